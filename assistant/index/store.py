"""Vectors in Chroma, by key: the only module that imports chromadb.

Chroma is given vectors, never texts. Its HNSW files end the process where they are damaged: a
folder is opened only after its checksums have been found right.
"""

import os
import sqlite3
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.errors import IndexingError
from assistant.index.files import SQLITE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Vectors = NDArray[np.float32]

__all__ = ["Store"]

BATCH = 5000  # Chroma takes 5461 rows at most
# Above Chroma's defaults of 100 both: at this size it costs little and misses fewer neighbours.
SEARCH_EF = CONSTRUCTION_EF = 200
PENDING = 200  # rows that may wait in SQLite; each is taken into memory at every start
PROBED = 100  # vectors that are compared after writing

_COLLECTION = "passages"


class Store:
    """An opened folder of vectors. `numbers` says which passage each key stands for."""

    def __init__(self, folder: Path, numbers: Mapping[str, int] | None = None) -> None:
        from chromadb import PersistentClient
        from chromadb.config import Settings

        # A stranger's .env in the working directory is not read.
        quiet: dict[str, Any] = {"anonymized_telemetry": False, "_env_file": None}
        client: Any = PersistentClient(str(folder), settings=Settings(**quiet))
        self._client = client
        self._collection: Any = None
        self._numbers = numbers or {}
        # Whoever still searches when another generation takes over keeps it open.
        self._close = weakref.finalize(self, client.close)

    @classmethod
    def create(
        cls,
        folder: Path,
        keys: Sequence[str],
        vectors: "Vectors",
        tell: Callable[[int, int], None],
    ) -> None:
        """Write vectors, of shape (n, d) with n > 0, to a new folder. Raises IndexingError."""
        wait = min(len(vectors), PENDING)
        with _writing(folder):
            with closing(cls(folder)) as store:
                # Rows wait in SQLite until there are `sync_threshold` of them. Fewer are left
                # after each change, so that opening the folder changes none of the HNSW files.
                hnsw = {
                    "space": "cosine",
                    "ef_construction": CONSTRUCTION_EF,
                    "ef_search": SEARCH_EF,
                    "batch_size": wait,
                    "sync_threshold": wait,
                }
                store._collection = store._client.create_collection(
                    _COLLECTION, configuration={"hnsw": hnsw}, embedding_function=None
                )
                store._add(keys, vectors, tell)
                store._collection.count()
            # The rows that waited leave nine tenths of the file empty.
            with closing(sqlite3.connect(folder / SQLITE, isolation_level=None)) as sql:
                sql.execute("VACUUM")

    @classmethod
    def update(
        cls, folder: Path, removed: Sequence[str], keys: Sequence[str], vectors: "Vectors"
    ) -> None:
        """Remove keys from a folder, and add vectors of shape (n, d). Raises IndexingError."""
        with _writing(folder), closing(cls(folder)) as store:
            store._get()
            for at in range(0, len(removed), BATCH):
                store._collection.delete(ids=list(removed[at : at + BATCH]))
            store._add(keys, vectors, lambda done, total: None)
            store._collection.count()

    @classmethod
    def open(cls, folder: Path, numbers: Mapping[str, int], vectors: "Vectors") -> "Store | None":
        """The store in a folder; None when it does not open or does not hold as many vectors."""
        if not all(os.access(path, os.W_OK) for path in (folder, folder / SQLITE)):
            return None  # opening it writes a row
        store = None
        try:
            store = cls(folder, numbers)
            store._get()
            found = store._collection.count() == len(vectors) and len(store.search(vectors[0], 1))
        except Exception:  # of many kinds, and whichever: exact search takes its place
            found = False
        if store and not found:
            store.close()
        return store if found else None

    def holds(self, vectors: "Vectors") -> bool:
        """Whether it holds these vectors, and no others; some are compared with what is stored."""
        found = self._collection.get(include=[])["ids"]
        step = max(1, len(vectors) // PROBED)
        probed = {key: n for key, n in self._numbers.items() if n % step == 0}
        return set(found) == self._numbers.keys() and all(
            np.allclose(vector, vectors[probed[key]], atol=1e-5)
            for key, vector in self._vectors(list(probed))
        )

    @classmethod
    def contents(cls, folder: Path) -> "Iterator[tuple[str, Vectors]]":
        """The keys in a folder with their vectors, of length 1. Raises IndexingError."""
        try:
            with closing(cls(folder)) as store:
                store._get()
                yield from store._vectors(store._collection.get(include=[])["ids"])
        except Exception as error:  # of many kinds
            raise IndexingError(f"Chroma can't read {folder}.") from error

    def search(self, vector: "Vectors", k: int) -> "Numbers":
        """The numbers of the k nearest or fewer, in no order. Raises whatever Chroma raises."""
        found = self._collection.query(query_embeddings=[vector], n_results=k, include=[])
        return np.array([self._numbers[key] for key in found["ids"][0]], dtype=np.int64)

    def close(self) -> None:
        """Let go of the files."""
        self._close()

    def _vectors(self, keys: Sequence[str]) -> "Iterator[tuple[str, Vectors]]":
        for at in range(0, len(keys), BATCH):
            found = self._collection.get(ids=list(keys[at : at + BATCH]), include=["embeddings"])
            for key, vector in zip(found["ids"], found["embeddings"], strict=True):
                yield str(key), np.asarray(vector, dtype=np.float32)

    def _get(self) -> None:
        self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)

    def _add(
        self, keys: Sequence[str], vectors: "Vectors", tell: Callable[[int, int], None]
    ) -> None:
        for at in range(0, len(keys), BATCH):
            batch = vectors[at : at + BATCH]
            self._collection.add(ids=list(keys[at : at + BATCH]), embeddings=list(batch))
            tell(at + len(batch), len(keys))


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except Exception as error:  # Chroma raises errors of many kinds, a full disk's among them
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise IndexingError(
            f"Chroma could not write the index ({reason}): see that the disk has room."
        ) from error
