"""An opened generation: what answers are made from."""

import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from assistant.errors import IndexingError
from assistant.index import files, rows
from assistant.index.checking import Checked
from assistant.index.files import CHROMA, DIGESTS, LEXICAL, NEWER, VECTORS, Generation, Manifest
from assistant.index.rows import DIGEST
from assistant.index.store import Store
from assistant.lexical import Lexical
from assistant.settings import Settings
from assistant.types import Document, Entry, Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assistant.embeddings import Embedder

    Numbers = NDArray[np.int64]
    Vectors = NDArray[np.float32]

__all__ = ["Index", "keys", "load_vectors", "load_words", "open_index", "opened"]

MARGIN = 10  # more neighbours than asked for, so that ties are not broken by Chroma

_BUILD = "run `assistant index` to build it again"


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


def open_index(settings: Settings, embedder: "Embedder") -> Index:
    """Open the index as it is, whether or not the documents have changed since.

    Where files of it are damaged, what can't be found again from the others comes from the
    generation before, and `Index.problem` says so. Raises IndexingError when there is none, or
    none that is sound, or when it was made with another model.
    """
    for _ in range(3):  # a process that builds may remove what is being opened
        before = files.candidates(settings.index)
        index = _open_best(settings, embedder, before)
        if index:
            return index
        if files.candidates(settings.index) == before:
            break
    if before:
        raise IndexingError(f"The index in {settings.index} is damaged: {_BUILD}.")
    if files.has_something(settings.index):
        raise IndexingError(
            f"The index in {settings.index} is damaged, or was made by another version of this "
            f"program: {_BUILD}."
        )
    raise IndexingError(f"There is no index in {settings.index}: run `assistant index`.")


def _open_best(
    settings: Settings, embedder: "Embedder", there: Sequence[Generation]
) -> Index | None:
    problem = ""
    for generation in there:
        manifest = generation.manifest
        if unlike := manifest.unlike(embedder):
            known = manifest.model == embedder.name
            choice = "" if known else f", or set ASSISTANT_MODEL to {manifest.model}"
            raise IndexingError(
                f"The index in {settings.index} was made with {unlike}: {_BUILD}{choice}."
            )
        checked = Checked.of(generation)
        if checked.broken and not problem:
            problem = f"The index in {settings.index} is damaged ({checked.broken[0]})."
        if checked.is_sound:
            older = "" if generation == there[0] else f" The one of {manifest.created} serves."
            try:
                return opened(generation, checked.broken, problem + older)
            except IndexingError:
                continue
    return None


def opened(generation: Generation, broken: tuple[str, ...] = (), problem: str = "") -> Index:
    """Open a generation whose files are sound but for `broken`. Raises IndexingError."""
    folder, manifest = generation
    checked = Checked(generation, broken)
    try:
        lines = rows.read_rows(folder)
        documents, passages = lines.open()
        whole = checked.has(DIGESTS)
        found = keys((folder / DIGESTS).read_bytes() if whole else rows.digests(passages))
        # In memory: a file that is cut short while it is mapped would end the process.
        vectors = np.array(load_vectors(checked, found))
        if vectors.shape != (len(passages), manifest.dimensions) or len(found) != len(passages):
            raise ValueError(vectors.shape)
        words = _load_lexical(checked, documents, passages)
        newer = _load_newer(checked, documents)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise IndexingError(f"The index in {folder} is damaged: run `assistant doctor`.") from error
    there = len(passages) > 0 and checked.has(CHROMA)
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
    for digest in rows.slices(digests, DIGEST):
        name = digest.hex()
        found.append(f"{name}-{seen[name]}")
        seen[name] += 1
    return found


def load_vectors(checked: Checked, found: Sequence[str]) -> "Vectors":
    """The vectors of these keys, taken from Chroma where they are broken."""
    if checked.has(VECTORS):
        vectors: Vectors = np.load(checked.folder / VECTORS, mmap_mode="r", allow_pickle=False)
        return vectors
    kept = dict(Store.contents(checked.folder / CHROMA))
    shape = (len(found), checked.manifest.dimensions)
    return np.array([kept[key] for key in found], dtype=np.float32).reshape(shape)


def load_words(checked: Checked) -> Lexical | None:
    """The words of the passages; None where they are broken, or of another version."""
    if not (checked.same("lexical") and checked.has(LEXICAL)):
        return None
    try:
        return Lexical.load(checked.folder / LEXICAL)
    except (OSError, ValueError, KeyError, TypeError):  # another version of the library wrote it
        return None


def _load_lexical(
    checked: Checked, documents: Mapping[str, Document], passages: Sequence[Passage]
) -> Lexical:
    if found := load_words(checked):
        return found
    texts = [rows.passage_text(passage) for passage in passages]
    return Lexical.build(texts, spoken=[documents[p.document].language for p in passages])


def _load_newer(checked: Checked, documents: Mapping[str, Document]) -> dict[str, str]:
    if checked.same("duplicates") and checked.has(NEWER):
        data = (checked.folder / NEWER).read_text(encoding="utf-8")
        return {str(older): str(new) for older, new in json.loads(data).items()}
    return rows.newer(documents, rows.signatures(documents.values()))
