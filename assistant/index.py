"""Owns the index folder: passages with their vectors in Chroma, their words in BM25.

    index/
        CURRENT         the generation that serves, and the hash of its manifest
        lock            held by the one process that writes
        generations/
            <id>/       manifest.json documents.json passages.json vectors.npy lexical/ chroma/

A generation is built aside, checked, and swapped in by replacing CURRENT; it is complete or
invisible, whenever the process ends. The manifest holds the hash of every file, and nothing is
opened that is not as it was written: a damaged HNSW file would end the process inside Chroma.
"""

import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from assistant import corpus, lexical, splitting
from assistant.errors import CorpusError, IndexingError
from assistant.lexical import Lexical
from assistant.settings import Settings
from assistant.types import Document, Mark, Passage, Section, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assistant.embeddings import Embedder

    Numbers = NDArray[np.int64]
    Vectors = NDArray[np.float32]

__all__ = ["Index", "Manifest", "State", "build", "open_index", "passage_text", "state"]

Progress = Callable[[str, int, int], None]

FORMAT = 1  # raise it when the files of a generation look different
WAIT = 5.0  # seconds to wait for another process that is writing
BATCH = 5000  # Chroma takes 5461 rows at most
# Above Chroma's defaults of 100 both: at this size it costs little and misses fewer neighbours.
SEARCH_EF = CONSTRUCTION_EF = 200
MARGIN = 10  # more neighbours than asked for, so that ties are not broken by Chroma
LIBRARIES = ("chromadb", "bm25s", "numpy")  # whose versions the manifest tells

_COLLECTION = "passages"
_CHROMA = "chroma/"
_SQLITE = "chroma.sqlite3"
_BUILD = "run `assistant index` to build it again"


class State(NamedTuple):
    """Whether an index can serve, and if not why, in words."""

    status: Literal["missing", "stale", "ready"]
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What made a generation.

    `documents` are sha256 by document id, `files` sha256 by path inside the generation, `created`
    is UTC, `splitting` and `terms` the VERSION of those modules.
    """

    format: int
    created: str
    model: str
    model_sha256: str
    dimensions: int
    splitting: int
    terms: int
    passages: int
    documents: Mapping[str, str]
    libraries: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """An opened generation. It stays as it is, whatever is built beside it.

    `passages` are numbered from 0, `vectors` is their (n, dimensions) matrix of rows of length 1,
    memory-mapped. Safe to use from several threads.
    """

    documents: Mapping[str, Document]
    passages: tuple[Passage, ...]
    lexical: Lexical
    manifest: Manifest
    vectors: "Vectors" = field(repr=False)
    _store: "_Store | None" = field(repr=False)

    @property
    def by_chroma(self) -> bool:
        """Whether Chroma searches; exact search does where its files are unsound or read-only."""
        return self._store is not None

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

    def close(self) -> None:
        """Let go of Chroma. The index does not search afterwards."""
        if self._store:
            self._store.close()

    def _candidates(self, vector: "Vectors", k: int) -> "Numbers":
        everything = np.arange(len(self.passages))
        if not self._store or k + MARGIN >= len(everything):
            return everything
        try:
            return self._store.search(vector, k + MARGIN)
        except Exception:  # its files are gone: the index was built twice while this one serves
            return everything


def passage_text(passage: Passage) -> str:
    """What a passage is embedded and searched by: its headings, then its text."""
    return f"{passage.context}\n{passage.text}"


def state(settings: Settings, embedder: "Embedder") -> State:
    """Whether the index fits the documents and the model. Reads and hashes files; loads no model.

    Raises CorpusError where the documents can't be read, ModelError where there is no model.
    """
    return _inspect(settings, embedder).state


def build(settings: Settings, embedder: "Embedder", progress: Progress | None = None) -> Index:
    """Build the index, or bring it up to date, and open it; only opens one that is ready.

    A passage whose text and headings are as they were keeps its vector. `progress` is told the
    step ("splitting", "embedding", "storing"), what is done and how much there is.
    Raises CorpusError, ModelError, or IndexingError when the folder can't be written or another
    process is writing; the index that was there still serves.
    """
    found = _inspect(settings, embedder)
    if found.state.status != "ready":
        with _lock(settings.index):
            found = _inspect(settings, embedder)  # another process may just have built it
            if found.state.status != "ready":
                found = _write(settings, embedder, found, progress)
    assert found.generation  # as the state is "ready"
    return _open(found.generation)


def open_index(settings: Settings, embedder: "Embedder") -> Index:
    """Open the index as it is, whether or not the documents have changed since.

    Raises IndexingError when there is none, when it was made with another model or by another
    version of this program, or when its files are damaged.
    """
    found = _current(settings.index)
    if found is None:
        raise IndexingError(f"There is no index in {settings.index}: run `assistant index`.")
    manifest = found.manifest
    if manifest.model_sha256 != embedder.sha256:
        raise IndexingError(
            f"The index in {settings.index} was made with the model {manifest.model}, not "
            f"{embedder.name}: {_BUILD}, or set ASSISTANT_MODEL to {manifest.model}."
        )
    damaged = _damaged(found)
    broken = [name for name in damaged if not name.startswith(_CHROMA)]
    if broken:
        raise IndexingError(f"The index in {settings.index} is damaged ({broken[0]}): {_BUILD}.")
    return _open(found, chroma=not damaged)


# Reading


class _Generation(NamedTuple):
    folder: Path
    manifest: Manifest


class _Found(NamedTuple):
    """What is in an index folder: the generation that serves, if its manifest can be read."""

    state: State
    generation: _Generation | None = None


def _current(index: Path) -> _Generation | None:
    """The generation that serves; None when there is none. Raises IndexingError on a bad one."""
    try:
        pointer = (index / "CURRENT").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IndexingError(f"The index in {index} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise IndexingError(f"The index in {index} is damaged (CURRENT): {_BUILD}.") from error
    try:
        id, expected = pointer
        if not id.replace("-", "").isalnum():
            raise ValueError(id)
        folder = index / "generations" / id
        data = (folder / "manifest.json").read_bytes()
        if hashlib.sha256(data).hexdigest() != expected:
            raise ValueError(id)
        row = json.loads(data)
        if (row["format"], row["terms"]) != (FORMAT, lexical.VERSION):
            raise IndexingError(
                f"The index in {index} was made by another version of this program: {_BUILD}."
            )
        return _Generation(folder, Manifest(**row))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexingError(f"The index in {index} is damaged (manifest): {_BUILD}.") from error


def _inspect(settings: Settings, embedder: "Embedder") -> _Found:
    documents = corpus.fingerprints(settings.corpus)
    try:
        found = _current(settings.index)
    except IndexingError as error:
        return _Found(State("stale", str(error)))
    if found is None:
        return _Found(State("missing", f"There is no index in {settings.index} yet."))
    manifest = found.manifest
    if manifest.model_sha256 != embedder.sha256:
        reason = f"The index was made with another model, {manifest.model}."
    elif manifest.splitting != splitting.VERSION:
        reason = "The index was made by another version of this program."
    elif manifest.documents != documents:
        reason = f"The documents have changed: {_changes(manifest.documents, documents)}."
    elif damaged := _damaged(found):
        reason = f"The index is damaged ({damaged[0]})."
    else:
        return _Found(State("ready", "The index is up to date."), found)
    return _Found(State("stale", reason), found)


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    counts = {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[id] != new[id] for id in new.keys() & old.keys()),
        "removed": len(old.keys() - new.keys()),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def _damaged(generation: _Generation) -> list[str]:
    """The files of a generation that are missing or not as they were written."""
    folder, manifest = generation
    return [name for name, sha256 in manifest.files.items() if _sha256(folder / name) != sha256]


def _sha256(path: Path) -> str | None:
    """The hash of a file, None if it can't be read; of what Chroma's SQLite file says."""
    try:
        if path.name == _SQLITE:
            return _sql_sha256(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError, sqlite3.Error):
        return None


def _sql_sha256(path: Path) -> str:
    """Of all its tables but the one in which Chroma notes that it was opened."""
    digest = hashlib.sha256()
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)) as sql:
        digest.update(repr(sql.execute("PRAGMA quick_check(1)").fetchall()).encode())
        for line in sql.iterdump():
            if not line.startswith('INSERT INTO "acquire_write"'):
                digest.update(line.encode())
    return digest.hexdigest()


def _open(generation: _Generation, chroma: bool = True) -> Index:
    """Open a generation whose files have been found sound, Chroma's if `chroma`."""
    folder, manifest = generation
    try:
        rows = json.loads((folder / "documents.json").read_text(encoding="utf-8"))
        documents = {row["id"]: _document(row) for row in rows}
        rows = json.loads((folder / "passages.json").read_text(encoding="utf-8"))
        passages = tuple(_passage(row, documents) for row in rows)
        vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        words = Lexical.load(folder / "lexical")
        if vectors.shape != (len(passages), manifest.dimensions):
            raise ValueError(vectors.shape)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise IndexingError(f"The index in {folder} is damaged: {_BUILD}.") from error
    store = _Store.open(folder / _CHROMA, vectors) if chroma else None
    return Index(documents, passages, words, manifest, vectors, store)


def _document(row: dict[str, Any]) -> Document:
    row["sections"] = tuple(
        Section(tuple(s["path"]), s["start"], s["end"]) for s in row["sections"]
    )
    row["marks"] = tuple(Mark(**mark) for mark in row["marks"])
    row["pages"] = tuple(row["pages"])
    return Document(**row)


def _passage(row: Sequence[Any], documents: Mapping[str, Document]) -> Passage:
    document, section, start, end, context, spans = row
    return Passage(
        document,
        tuple(section),
        start,
        end,
        documents[document].text[start:end],
        context,
        tuple(
            Span(kind, first, last, group, (lead[0], lead[1]) if lead else None)
            for kind, first, last, group, lead in spans
        ),
    )


# Writing


@contextmanager
def _lock(index: Path) -> Iterator[None]:
    """The right to write, for one process at a time; a failure to write becomes one line."""
    from filelock import FileLock, Timeout

    try:
        index.mkdir(parents=True, exist_ok=True)
        with FileLock(index / "lock", timeout=WAIT):
            yield
    except Timeout as error:
        raise IndexingError(
            f"Another process is building the index in {index}: wait until it is done."
        ) from error
    except OSError as error:
        reason = error.strerror or "the disk is full"  # what NumPy says of that has no number
        raise IndexingError(
            f"The index in {index} can't be written: {reason}. What was there is unchanged."
        ) from error


def _write(
    settings: Settings, embedder: "Embedder", old: _Found, progress: Progress | None
) -> _Found:
    """Build a generation aside, check it, swap it in."""
    tell = progress or (lambda step, done, total: None)
    generations = settings.index / "generations"
    generations.mkdir(exist_ok=True)
    for left in generations.glob(".building-*"):  # by a process that was ended
        shutil.rmtree(left, ignore_errors=True)

    documents, passages = _read(settings.corpus, tell)
    texts = [passage_text(p) for p in passages]
    vectors = _vectors(texts, _known(old, embedder), embedder, tell)

    id = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"
    aside, folder = generations / f".building-{id}", generations / id
    try:
        aside.mkdir()
        _write_json(aside / "documents.json", [asdict(d) for d in documents.values()])
        _write_json(aside / "passages.json", [_row(p) for p in passages])
        np.save(aside / "vectors.npy", vectors)
        Lexical.build(texts).save(aside / "lexical")
        _Store.create(aside / _CHROMA, vectors, tell)
        manifest = _describe(aside, embedder, documents, vectors)
        _write_json(aside / "manifest.json", asdict(manifest))
        _check(_Generation(aside, manifest), passages)
        for path in (*aside.rglob("*"), aside):
            _sync(path)
        aside.rename(folder)
        _sync(generations)
        _point(settings.index, f"{id} {_sha256(folder / 'manifest.json')}\n")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    # A reader may still have the last one open.
    keep = {folder, old.generation.folder} if old.generation else {folder}
    for path in set(generations.iterdir()) - keep:
        shutil.rmtree(path, ignore_errors=True)
    return _Found(State("ready", "The index has been built."), _Generation(folder, manifest))


def _read(folder: Path, tell: Progress) -> tuple[dict[str, Document], list[Passage]]:
    documents = corpus.load(folder)
    passages: list[Passage] = []
    for number, document in enumerate(documents.values(), 1):
        passages += splitting.split(document)
        tell("splitting", number, len(documents))
    if not passages:
        raise CorpusError(f"The documents in {folder} hold no text.")
    for p in passages:
        if documents[p.document].text[p.start : p.end] != p.text:
            raise IndexingError(f"A passage of {p.document} is not what stands at {p.start}.")
    return documents, passages


def _describe(
    folder: Path, embedder: "Embedder", documents: Mapping[str, Document], vectors: "Vectors"
) -> Manifest:
    return Manifest(
        format=FORMAT,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        model=embedder.name,
        model_sha256=embedder.sha256,
        dimensions=vectors.shape[1],
        splitting=splitting.VERSION,
        terms=lexical.VERSION,
        passages=len(vectors),
        documents={id: document.sha256 for id, document in documents.items()},
        libraries={name: version(name) for name in LIBRARIES},
        files={
            path.relative_to(folder).as_posix(): str(_sha256(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    )


def _known(found: _Found, embedder: "Embedder") -> "dict[str, Vectors]":
    """The vectors there are, by what was embedded: equal text, equal model, equal vector."""
    old = found.generation
    if not old or old.manifest.model_sha256 != embedder.sha256:
        return {}
    if any(not name.startswith(_CHROMA) for name in _damaged(old)):
        return {}
    index = _open(old, chroma=False)
    return dict(zip(map(passage_text, index.passages), index.vectors, strict=True))


def _vectors(
    texts: Sequence[str],
    known: "Mapping[str, Vectors]",
    embedder: "Embedder",
    tell: Progress,
) -> "Vectors":
    new = list(dict.fromkeys(text for text in texts if text not in known))
    made: Mapping[str, Vectors] = {}
    if new:
        encoded = embedder.encode_documents(new, lambda *at: tell("embedding", *at))
        made = dict(zip(new, encoded, strict=True))
    vectors = np.stack([known[text] if text in known else made[text] for text in texts])
    if not np.isfinite(vectors).all():
        raise IndexingError(f"The model {embedder.name} makes vectors that are not numbers.")
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _row(p: Passage) -> list[Any]:
    spans = [[s.kind, s.start, s.end, s.group, s.lead] for s in p.spans]
    return [p.document, p.section, p.start, p.end, p.context, spans]


def _check(generation: _Generation, passages: Sequence[Passage]) -> None:
    """Open what was written as a reader would, and compare."""
    if not _damaged(generation):
        index = _open(generation)
        try:
            if index.passages == tuple(passages) and index.by_chroma:
                return
        finally:
            index.close()
    raise IndexingError("The index that was written does not read back: try again.")


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


def _point(index: Path, text: str) -> None:
    aside = index / "CURRENT.new"
    aside.write_text(text, encoding="ascii")
    _sync(aside)
    os.replace(aside, index / "CURRENT")
    _sync(index)


def _sync(path: Path) -> None:
    """Have the disk hold it, so that no power cut leaves a pointer to what is not there."""
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Store:
    """Vectors by passage number in a Chroma collection. It is given vectors, never texts."""

    def __init__(self, folder: Path) -> None:
        from chromadb import PersistentClient
        from chromadb.config import Settings as ChromaSettings

        # A stranger's .env in the working directory is not read.
        quiet: dict[str, Any] = {"anonymized_telemetry": False, "_env_file": None}
        self._client: Any = PersistentClient(str(folder), settings=ChromaSettings(**quiet))
        self._collection: Any = None

    @classmethod
    def create(cls, folder: Path, vectors: "Vectors", tell: Progress) -> None:
        """Write vectors of shape (n, d), n > 0, to a new folder. Raises IndexingError."""
        rows = len(vectors)
        try:
            store = cls(folder)
            try:
                # Rows wait in SQLite until there are `sync_threshold` of them: at n all are
                # written, and opening the folder changes none of the HNSW files.
                hnsw = {
                    "space": "cosine",
                    "ef_construction": CONSTRUCTION_EF,
                    "ef_search": SEARCH_EF,
                    "batch_size": rows,
                    "sync_threshold": rows,
                }
                collection = store._client.create_collection(
                    _COLLECTION, configuration={"hnsw": hnsw}, embedding_function=None
                )
                for at in range(0, rows, BATCH):
                    batch = vectors[at : at + BATCH]
                    collection.add(
                        ids=[str(at + i) for i in range(len(batch))], embeddings=list(batch)
                    )
                    tell("storing", at + len(batch), rows)
            finally:
                store.close()
            # The rows that waited leave nine tenths of the file empty.
            with closing(sqlite3.connect(folder / _SQLITE, isolation_level=None)) as sql:
                sql.execute("VACUUM")
        except OSError:
            raise
        except Exception as error:  # Chroma raises errors of many kinds, a full disk's among them
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise IndexingError(
                f"Chroma could not write the index ({reason}): see that the disk has room."
            ) from error

    @classmethod
    def open(cls, folder: Path, vectors: "Vectors") -> "_Store | None":
        """The store in a folder; None when it does not open or does not hold the vectors."""
        if not all(os.access(path, os.W_OK) for path in (folder, folder / _SQLITE)):
            return None  # opening it writes a row
        store = None
        try:
            store = cls(folder)
            store._collection = store._client.get_collection(_COLLECTION, embedding_function=None)
            found = store._collection.count() == len(vectors) and len(store.search(vectors[0], 1))
        except Exception:  # of many kinds, and whichever: exact search takes its place
            found = False
        else:
            if found:
                return store
        if store:
            store.close()
        return None

    def search(self, vector: "Vectors", k: int) -> "Numbers":
        """The numbers of the k nearest or fewer, in no order."""
        found = self._collection.query(query_embeddings=[vector], n_results=k, include=[])
        return np.array([int(id) for id in found["ids"][0]], dtype=np.int64)

    def close(self) -> None:
        self._client.close()
