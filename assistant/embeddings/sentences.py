"""Any other model, on sentence-transformers: its import takes 4 to 6 s."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

__all__ = ["SentenceModel"]

BATCH = 32
ENCODE: dict[str, Any] = {
    "convert_to_numpy": True,
    "normalize_embeddings": True,
    "show_progress_bar": False,
}


class SentenceModel:
    """A folder's model, offline: texts to vectors of length 1. Safe to use from several threads.

    Raises whatever a folder that holds something else makes sentence-transformers raise.
    """

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._lock = threading.Lock()  # a fast tokeniser is not safe in two threads at once
        torch.set_num_threads(1)  # a single question is faster on one thread than on two

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def documents(self, texts: Sequence[str]) -> Iterator[Vector]:
        """Their vectors, one after the other; texts of like length together are quicker, since
        the padding of a batch is work for nothing."""
        import torch

        # Twice the passages a second where the processor has it; cosine to float32 is 0.9999.
        fast = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        for at in range(0, len(texts), BATCH):
            batch = list(texts[at : at + BATCH])
            with self._lock, torch.autocast("cpu", torch.bfloat16, enabled=fast):
                torch.set_num_threads(os.cpu_count() or 1)
                try:
                    vectors = self._model.encode_document(batch, batch_size=BATCH, **ENCODE)
                finally:
                    torch.set_num_threads(1)
            yield from vectors

    def query(self, text: str) -> Vector:
        """One vector, shape (dimensions,)."""
        with self._lock:
            return np.asarray(self._model.encode_query(text, **ENCODE), dtype=np.float32)
