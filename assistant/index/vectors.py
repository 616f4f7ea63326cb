"""A vector for each passage: those that there are, and the rest embedded, kept as they come."""

import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.errors import IndexingError
from assistant.index.rows import DIGEST, Piece, passage_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assistant.embeddings import Embedder

    Vectors = NDArray[np.float32]

__all__ = ["Kept", "gather"]

CHUNK = 256  # texts that are embedded before their vectors are kept


class Kept:
    """Vectors by digest in a file that grows while texts are embedded.

    It starts with what made them; a record is a digest, a vector and their checksum. What a
    process that was ended has left incomplete is passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, embedder: "Embedder") -> "dict[bytes, Vectors]":
        """What was kept of this model's vectors."""
        head = _head(embedder)
        try:
            data = self._path.read_bytes()
        except OSError:
            return {}
        found: dict[bytes, Vectors] = {}
        if data.startswith(head):
            size = DIGEST + 4 * embedder.dimensions
            for at in range(len(head), len(data) - size - 3, size + 4):
                record = data[at : at + size]
                if data[at + size : at + size + 4] == _checksum(record):
                    found[record[:DIGEST]] = np.frombuffer(record[DIGEST:], dtype="<f4")
        return found

    def restart(self, embedder: "Embedder", vectors: "Mapping[bytes, Vectors]") -> None:
        """Write the file anew, with these in it. Raises OSError."""
        self._path.write_bytes(_head(embedder))
        self.add(list(vectors), list(vectors.values()))

    def add(self, digests: Sequence[bytes], vectors: "Iterable[Vectors]") -> None:
        """Keep more. Raises OSError."""
        with self._path.open("ab") as file:
            for digest, vector in zip(digests, vectors, strict=True):
                record = digest + vector.astype("<f4").tobytes()
                file.write(record + _checksum(record))

    def remove(self) -> None:
        """For when the vectors are part of a generation."""
        self._path.unlink(missing_ok=True)


def gather(
    pieces: Sequence[Piece],
    known: "Sequence[tuple[Sequence[bytes], Vectors]]",
    kept: Kept,
    embedder: "Embedder",
    tell: Callable[[int, int], None],
) -> "Vectors":
    """The vectors of all passages of these documents, shape (passages, dimensions).

    `known` are digests with their vectors, of the embedder's model. Raises ModelError,
    IndexingError, OSError.
    """
    digests = [digest for piece in pieces for digest in piece.each()]
    places = {
        digest: (source, row)
        for source in reversed(range(len(known)))
        for row, digest in enumerate(known[source][0])
    }
    missing = dict.fromkeys(digest for digest in digests if digest not in places)
    made = _embed(_texts(pieces, missing), kept, embedder, tell)
    dimensions = known[0][1].shape[1] if known else embedder.dimensions
    vectors = np.zeros((len(digests), dimensions), dtype=np.float32)
    for source, (_, there) in enumerate(known):
        here = [n for n, d in enumerate(digests) if d in places and places[d][0] == source]
        vectors[here] = there[[places[digests[n]][1] for n in here]]
    for n, digest in enumerate(digests):
        if digest in made:
            vectors[n] = made[digest]
    if not np.isfinite(vectors).all():
        raise IndexingError(f"The model {embedder.name} makes vectors that are not numbers.")
    return vectors


def _texts(pieces: Sequence[Piece], missing: Collection[bytes]) -> dict[bytes, str]:
    """What is embedded for these digests."""
    texts: dict[bytes, str] = {}
    for piece in pieces if missing else ():
        wanted = [(n, d) for n, d in enumerate(piece.each()) if d in missing and d not in texts]
        if wanted:
            _, passages = piece.load()
            texts |= {digest: passage_text(passages[n]) for n, digest in wanted}
    return texts


def _embed(
    texts: Mapping[bytes, str], kept: Kept, embedder: "Embedder", tell: Callable[[int, int], None]
) -> "dict[bytes, Vectors]":
    if not texts:
        return {}
    made = {digest: vector for digest, vector in kept.load(embedder).items() if digest in texts}
    kept.restart(embedder, made)
    # Texts of like length together: models but the bundled one pad those of a batch to the longest.
    order = sorted(texts.keys() - made.keys(), key=lambda digest: (len(texts[digest]), digest))
    for at in range(0, len(order), CHUNK):
        chunk = order[at : at + CHUNK]

        def told(done: int, _: int, before: int = len(made)) -> None:
            tell(before + done, len(texts))

        encoded = embedder.encode_documents([texts[digest] for digest in chunk], told)
        kept.add(chunk, encoded)
        made |= dict(zip(chunk, encoded, strict=True))
    return made


def _head(embedder: "Embedder") -> bytes:
    return f"{embedder.sha256} {embedder.dimensions}\n".encode()


def _checksum(record: bytes) -> bytes:
    return struct.pack("<I", zlib.crc32(record))
