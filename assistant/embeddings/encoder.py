"""The bundled model on onnxruntime: loaded in a tenth of the time that PyTorch takes to be
imported."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

__all__ = ["GRAPH", "Encoder"]

# The network without its weights, which are read from the installed model's own file;
# `python -m assistant.embeddings.export` writes it.
GRAPH = Path(__file__).parent / "all-MiniLM-L6-v2.onnx"
MAX_TOKENS = 256  # as sentence_bert_config.json of the model says


class Encoder:
    """Texts to vectors of length 1. Safe to use from several threads.

    A text's vector is the same to the last bit whatever is encoded with it, in whatever order.
    `folder` holds model.safetensors, whose hash the caller has checked, since the graph names
    its tensors by their places in the file, and tokenizer.json.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # two threads do two texts sooner than one text each
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(folder)
        )
        self._session = onnxruntime.InferenceSession(
            GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._session.get_outputs()[0].shape[1])

    def documents(self, texts: Sequence[str]) -> Iterator[Vector]:
        """Their vectors, one after the other, on all processors; no text is empty."""
        pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
        try:
            yield from pool.map(self.query, texts)
        finally:
            pool.shutdown(cancel_futures=True)

    def query(self, text: str) -> Vector:
        """One vector, shape (dimensions,), on one processor."""
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        [[vector]] = self._session.run(None, {"ids": ids})
        return np.asarray(vector, dtype=np.float32)
