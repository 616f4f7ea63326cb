"""An opened generation: what answers are made from."""

import json
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from assistant import duplicates, lexical
from assistant.errors import IndexingError
from assistant.index import files, rows
from assistant.index.files import CHROMA, Generation, Manifest
from assistant.index.rows import DIGEST
from assistant.index.store import Store
from assistant.lexical import Lexical
from assistant.types import Document, Entry, Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Vectors = NDArray[np.float32]

__all__ = [
    "DIGESTS",
    "LEXICAL",
    "NEWER",
    "SIGNATURES",
    "VECTORS",
    "Index",
    "keys",
    "load_vectors",
    "load_words",
    "opened",
    "sound",
]

MARGIN = 10  # more neighbours than asked for, so that ties are not broken by Chroma

VECTORS = "vectors.npy"
DIGESTS = "digests.bin"
SIGNATURES = "signatures.bin"
NEWER = "newer.json"
LEXICAL = "lexical/"


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """An opened generation. It stays as it is, whatever is built beside it.

    `entries` are the files that it was made from, `newer` the newest version of each document that
    has one. `passages` are numbered from 0, `vectors` is their (n, dimensions) matrix of rows of
    length 1. `id` names the generation, `problem` says in words what of it is not sound. Safe to
    use from several threads.
    """

    id: str
    entries: tuple[Entry, ...]
    documents: Mapping[str, Document]
    newer: Mapping[str, str]
    passages: Sequence[Passage]
    lexical: Lexical
    manifest: Manifest
    problem: str
    vectors: "Vectors" = field(repr=False)
    _chroma: "_Chroma" = field(repr=False)

    @property
    def by_chroma(self) -> bool:
        """Whether Chroma searches; exact search does where its files are unsound or read-only.

        Its library takes most of a second to load: it is when this or `search` is first called.
        """
        return self._chroma.store is not None

    def search(self, vector: "Vectors", k: int) -> list[tuple[int, float]]:
        """The k passages nearest to a vector as (number, cosine), best first, ties by number.

        Of more than MARGIN that tie for the last place Chroma picks. A vector of zeros is near
        nothing.
        """
        k = min(k, len(self.passages))
        if k < 1 or not vector.any():
            return []
        numbers = self._candidates(vector, k)
        cosines = self.cosines(numbers, vector)
        best = np.lexsort((numbers, -cosines))[:k]
        return [(int(numbers[i]), float(cosines[i])) for i in best]

    def cosines(self, numbers: "Sequence[int] | Numbers", vector: "Vectors") -> "Vectors":
        """The cosine of a vector of length 1 with each of these passages, to six digits.

        Beyond that it would depend on how many are computed at once.
        """
        return np.clip(np.round(self.vectors[numbers] @ vector, 6), -1, 1)

    @property
    def is_whole(self) -> bool:
        """Whether Chroma holds what `vectors` holds; a sample of the numbers is compared."""
        if not len(self.passages):
            return True
        store = self._chroma.store
        return store is not None and store.holds(self.vectors)

    def close(self) -> None:
        """Let go of Chroma's files: exact search takes over."""
        self._chroma.close()

    def _candidates(self, vector: "Vectors", k: int) -> "Numbers":
        everything = np.arange(len(self.passages))
        if k + MARGIN >= len(everything) or (store := self._chroma.store) is None:
            return everything
        try:
            found = store.search(vector, k + MARGIN)
        except Exception:  # its files are gone: the index was built twice while this one serves
            return everything
        return found if len(found) >= k else everything


class _Chroma:
    """Chroma's files of a generation, opened when they are first needed."""

    def __init__(
        self, generation: Generation, numbers: Mapping[str, int], vectors: "Vectors", there: bool
    ) -> None:
        self._what = generation, numbers, vectors
        self._lock = threading.Lock()
        self._opened = not there
        self._store: Store | None = None

    @property
    def store(self) -> Store | None:
        """None where they are not sound, or closed."""
        with self._lock:
            if not self._opened:
                generation, numbers, vectors = self._what
                if not files.damaged(generation, CHROMA):  # since it was opened
                    self._store = Store.open(generation.folder / CHROMA, numbers, vectors)
                self._opened = True
            return self._store

    def close(self) -> None:
        with self._lock:
            if self._store:
                self._store.close()
            self._store, self._opened = None, True


def sound(broken: Collection[str]) -> bool:
    """Whether a generation can serve without these files: all else is found again from the rest."""
    vectors = VECTORS not in broken or not any(name.startswith(CHROMA) for name in broken)
    return vectors and not set(rows.FILES) & set(broken)


def opened(generation: Generation, broken: Collection[str] = (), problem: str = "") -> Index:
    """Open a generation whose files are sound but for `broken`. Raises IndexingError."""
    folder, manifest = generation
    try:
        lines = rows.read_rows(folder)
        documents, passages = lines.open()
        whole = DIGESTS not in broken
        found = keys((folder / DIGESTS).read_bytes() if whole else rows.digests(passages))
        # In memory: a file that is cut short while it is mapped would end the process.
        vectors = np.array(load_vectors(generation, broken, found))
        if vectors.shape != (len(passages), manifest.dimensions) or len(found) != len(passages):
            raise ValueError(vectors.shape)
        words = _load_lexical(generation, broken, documents, passages)
        newer = _load_newer(generation, broken, documents)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise IndexingError(f"The index in {folder} is damaged: run `assistant doctor`.") from error
    there = len(passages) > 0 and not any(name.startswith(CHROMA) for name in broken)
    numbers = {key: number for number, key in enumerate(found)}
    return Index(
        generation.id,
        lines.entries,
        documents,
        newer,
        passages,
        words,
        manifest,
        problem,
        vectors,
        _Chroma(generation, numbers, vectors, there),
    )


def keys(digests: bytes) -> list[str]:
    """What each passage is called in Chroma: its digest, and how many before it have the same.

    >>> keys(bytes(32))[1]
    '00000000000000000000000000000000-1'
    """
    seen: Counter[str] = Counter()
    found = []
    for at in range(0, len(digests), DIGEST):
        name = digests[at : at + DIGEST].hex()
        found.append(f"{name}-{seen[name]}")
        seen[name] += 1
    return found


def load_vectors(
    generation: Generation, broken: Collection[str], found: Sequence[str]
) -> "Vectors":
    """The vectors of these keys, taken from Chroma where they are broken."""
    folder, manifest = generation
    if VECTORS not in broken:
        vectors: Vectors = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
        return vectors
    kept = dict(Store.contents(folder / CHROMA))
    shape = (len(found), manifest.dimensions)
    return np.array([kept[key] for key in found], dtype=np.float32).reshape(shape)


def load_words(generation: Generation, broken: Collection[str]) -> Lexical | None:
    """The words of the passages; None where they are broken, or of another version."""
    if generation.manifest.versions["lexical"] != lexical.VERSION:
        return None
    if any(name.startswith(LEXICAL) for name in broken):
        return None
    try:
        return Lexical.load(generation.folder / LEXICAL)
    except (OSError, ValueError, KeyError, TypeError):  # another version of the library wrote it
        return None


def _load_lexical(
    generation: Generation,
    broken: Collection[str],
    documents: Mapping[str, Document],
    passages: Sequence[Passage],
) -> Lexical:
    if found := load_words(generation, broken):
        return found
    texts = [rows.passage_text(passage) for passage in passages]
    return Lexical.build(texts, spoken=[documents[p.document].language for p in passages])


def _load_newer(
    generation: Generation, broken: Collection[str], documents: Mapping[str, Document]
) -> dict[str, str]:
    current = generation.manifest.versions["duplicates"] == duplicates.VERSION
    if current and NEWER not in broken:
        data = (generation.folder / NEWER).read_text(encoding="utf-8")
        return {str(older): str(new) for older, new in json.loads(data).items()}
    return rows.newer(documents, rows.signatures(documents.values()))
