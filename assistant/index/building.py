"""Builds a generation: only what has changed since the last one is read, embedded and stored."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from assistant import corpus, duplicates, lexical, splitting
from assistant.corpus import File
from assistant.errors import CorpusError, IndexingError
from assistant.index import files, opened, reading, rows, vectors
from assistant.index.files import CHROMA, Generation, Manifest
from assistant.index.opened import DIGESTS, LEXICAL, NEWER, SIGNATURES, VECTORS, Index
from assistant.index.reading import Earlier
from assistant.index.rows import DIGEST, Piece
from assistant.index.store import Store
from assistant.lexical import Lexical
from assistant.settings import Settings
from assistant.types import Entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assistant.embeddings import Embedder

    Vectors = NDArray[np.float32]

__all__ = ["State", "build", "open_index", "recorded", "state"]

Progress = Callable[[str, int, int], None]

VERSIONS = {
    "corpus": corpus.VERSION,
    "splitting": splitting.VERSION,
    "lexical": lexical.VERSION,
    "duplicates": duplicates.VERSION,
}
LIBRARIES = ("chromadb", "bm25s", "numpy")  # whose versions the manifest tells
SPARE = 20_000_000  # bytes that stay free on the disk
FEW = 1000  # vectors that Chroma takes into what it has, rather than all of them anew
MARKED = 0.25  # of Chroma's vectors may be marked as removed

_BUILD = "run `assistant index` to build it again"


class State(NamedTuple):
    """Whether an index can serve, and if not why, in words."""

    status: Literal["missing", "stale", "ready"]
    reason: str


@dataclass(frozen=True, slots=True)
class _Old:
    """A generation that there is, and which of its files are damaged."""

    generation: Generation
    broken: tuple[str, ...]

    @classmethod
    def of(cls, generation: Generation) -> "_Old":
        return cls(generation, tuple(files.damaged(generation)))

    @property
    def folder(self) -> Path:
        return self.generation.folder

    @property
    def manifest(self) -> Manifest:
        return self.generation.manifest

    def has(self, *parts: str) -> bool:
        """Whether these files, or all files of these folders ("lexical/"), are sound."""
        return not any(name.startswith(parts) for name in self.broken)

    def lines(self) -> rows.Rows | None:
        """Its documents, where they are sound."""
        return rows.read_rows(self.folder) if self.has(*rows.FILES) else None

    def digests(self) -> bytes | None:
        """Those of its passages, where they are sound or can be computed."""
        if self.has(DIGESTS):
            return (self.folder / DIGESTS).read_bytes()
        there = self.lines()
        return rows.digests(there.open()[1]) if there else None

    def signatures(self, there: rows.Rows) -> bytes:
        """Those of its documents, computed where they are not sound or of another version."""
        if self.has(SIGNATURES) and self.same("duplicates"):
            return (self.folder / SIGNATURES).read_bytes()
        return rows.signatures(there.open()[0].values())

    def same(self, *modules: str) -> bool:
        """Whether these modules would make the same of the same files."""
        return all(self.manifest.versions.get(name) == VERSIONS[name] for name in modules)


class _Found(NamedTuple):
    """The corpus and the index as they are; the first of `olds` serves."""

    state: State
    files: Mapping[str, File]
    olds: tuple[_Old, ...]


def state(settings: Settings, embedder: "Embedder") -> State:
    """Whether the index fits the documents and the model. Reads and hashes files; loads no model.

    Raises CorpusError where the documents can't be read, ModelError where there is no model.
    """
    return _inspect(settings, embedder).state


def build(
    settings: Settings,
    embedder: "Embedder",
    progress: Progress | None = None,
    *,
    retry: bool = False,
    empty: bool = False,
) -> Index:
    """Build the index, or bring it up to date, and open it; only opens one that is ready.

    A file that can't be read is an entry that says why; it is tried again when it changes, or to
    `retry`. A passage whose text and headings are as they were keeps its vector. `progress` is
    told the step ("reading", "embedding", "storing"), what is done and how much there is.
    Raises CorpusError (where no document can be read, unless it may be `empty`), ModelError, or
    IndexingError when the folder can't be written or another process is writing; the index that
    was there still serves.
    """
    found = _inspect(settings, embedder, retry=retry)
    if found.state.status == "ready":
        return opened.opened(found.olds[0].generation)
    with files.writing(settings.index):
        found = _inspect(settings, embedder, found.files, retry)  # another may just have built it
        if found.state.status == "ready":
            return opened.opened(found.olds[0].generation)
        return _write(settings, embedder, found, progress or (lambda *at: None), retry, empty)


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
    if _has_something(settings.index):
        raise IndexingError(
            f"The index in {settings.index} is damaged, or was made by another version of this "
            f"program: {_BUILD}."
        )
    raise IndexingError(f"There is no index in {settings.index}: run `assistant index`.")


def recorded(index: Path) -> tuple[tuple[Entry, ...], dict[str, tuple[corpus.Stamp, str]]]:
    """The entries of the generation that serves, and the settled stamps and hashes of its files.

    Nothing where there is none, or they are damaged. Raises IndexingError where the folder can't
    be read.
    """
    for generation in files.candidates(index)[:1]:
        if not files.damaged(generation, rows.ENTRIES):
            return rows.read_entries(generation.folder)
    return (), {}


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
        broken = files.damaged(generation)
        if broken and not problem:
            problem = f"The index in {settings.index} is damaged ({broken[0]})."
        if opened.sound(broken):
            older = "" if generation == there[0] else f" The one of {manifest.created} serves."
            try:
                return opened.opened(generation, broken, problem + older)
            except IndexingError:
                continue
    return None


def _has_something(index: Path) -> bool:
    folder = index / "generations"
    return (index / "CURRENT").exists() or (folder.is_dir() and any(folder.iterdir()))


def _inspect(
    settings: Settings,
    embedder: "Embedder",
    seen: Mapping[str, File] | None = None,
    retry: bool = False,
) -> _Found:
    """What there is. `seen` are the files of a moment ago: what has not changed is not read."""
    known = {f.name: (f.stamp, f.sha256) for f in (seen or {}).values() if f.settled}
    olds = tuple(map(_Old.of, files.candidates(settings.index)[:1]))
    if not olds:
        there = corpus.files(settings.corpus, known)
        if _has_something(settings.index):
            reason = "The index is damaged, or was made by another version of this program."
            return _Found(State("stale", reason), there, ())
        return _Found(State("missing", f"There is no index in {settings.index} yet."), there, ())
    old = olds[0]
    entries: tuple[Entry, ...] = ()
    if old.has(rows.ENTRIES):
        entries, stamps = rows.read_entries(old.folder)
        known = stamps | known
    there = corpus.files(settings.corpus, known)
    return _Found(_state(settings, embedder, old, entries, there, retry), there, olds)


def _state(
    settings: Settings,
    embedder: "Embedder",
    old: _Old,
    entries: Sequence[Entry],
    there: Mapping[str, File],
    retry: bool,
) -> State:
    before = {entry.name: entry.sha256 or entry.reason for entry in entries}
    now = {name: file.content for name, file in there.items()}
    if old.broken:
        reason = f"The index is damaged ({old.broken[0]})."
    elif files.pointer(settings.index) != old.generation.id:
        reason = "The index is damaged (CURRENT)."
    elif unlike := old.manifest.unlike(embedder):
        reason = f"The index was made with {unlike}."
    elif not old.same(*VERSIONS):
        reason = "The index was made by another version of this program."
    elif before != now:
        reason = f"The documents have changed: {_changes(before, now)}."
    elif retry and any(entry.status == "failed" for entry in entries):
        reason = "Files that could not be read are tried again."
    else:
        return State("ready", "The index is up to date.")
    return State("stale", reason)


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    counts = {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[name] != new[name] for name in new.keys() & old.keys()),
        "removed": len(old.keys() - new.keys()),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


# Writing


def _write(
    settings: Settings,
    embedder: "Embedder",
    found: _Found,
    tell: Progress,
    retry: bool,
    empty: bool,
) -> Index:
    """Build a generation aside, check it, swap it in."""
    there = files.candidates(settings.index)
    olds = [*found.olds, *map(_Old.of, there[len(found.olds) :])]
    source, lines = _source(olds)
    earlier = Earlier({}, {}, {})
    if source and lines:
        earlier = Earlier.of(lines, source.digests() or b"", source.signatures(lines))
    entries, pieces = reading.read(found.files, earlier, retry, lambda *at: tell("reading", *at))
    if not pieces and not empty:
        raise CorpusError(_nothing(settings.corpus, entries))
    if lines and lines.entries == tuple(entries) and _as_it_is(olds[0], embedder):
        files.point(settings.index, olds[0].generation)
        return opened.opened(olds[0].generation)

    mine = [old for old in olds if not old.manifest.unlike(embedder)]
    dimensions = mine[0].manifest.dimensions if mine else embedder.dimensions
    _room(settings.index, pieces, dimensions)
    kept = vectors.Kept(settings.index / "embedded.part")
    matrix = vectors.gather(
        pieces, list(_known(mine)), kept, embedder, lambda *at: tell("embedding", *at)
    )
    with files.building(settings.index) as aside:
        rows.write_rows(aside, entries, list(found.files.values()), pieces)
        digests = b"".join(piece.digests for piece in pieces)
        (aside / DIGESTS).write_bytes(digests)
        signatures = b"".join(piece.signature for piece in pieces)
        (aside / SIGNATURES).write_bytes(signatures)
        ids = [str(entry.document) for entry in entries if entry.status == "indexed"]
        documents = rows.Documents(dict(zip(ids, (p.document for p in pieces), strict=True)))
        files.write_json(aside / NEWER, rows.newer(documents, signatures))
        np.save(aside / VECTORS, matrix)
        _words(pieces, source).save(aside / LEXICAL)
        removed = _store(aside / CHROMA, opened.keys(digests), matrix, mine[:1], tell)
        made = files.seal(
            aside,
            {
                "format": files.FORMAT,
                "created": files.utc(),
                "model": embedder.name,
                "model_sha256": embedder.sha256,
                "dimensions": matrix.shape[1],
                "versions": VERSIONS,
                "documents": len(pieces),
                "passages": len(matrix),
                "removed": removed,
                "libraries": {name: version(name) for name in LIBRARIES},
            },
        )
        _check(made, entries, matrix)
        generation = files.publish(settings.index, made)
    kept.remove()
    # The last good one stays: for whoever has it open, and should this one be damaged.
    good = sorted((old for old in olds if opened.sound(old.broken)), key=lambda o: bool(o.broken))
    files.clean(settings.index, [generation, *(old.generation for old in good[:1])])
    return opened.opened(generation)


def _source(olds: Sequence[_Old]) -> tuple[_Old | None, rows.Rows | None]:
    """The generation whose documents are taken over: the newest sound one of this version."""
    for old in olds:
        if old.same("corpus", "splitting") and (lines := old.lines()):
            return old, lines
    return None, None


def _as_it_is(old: _Old, embedder: "Embedder") -> bool:
    return not old.broken and not old.manifest.unlike(embedder) and old.same(*VERSIONS)


def _nothing(folder: Path, entries: Sequence[Entry]) -> str:
    if not entries:
        return f"The folder {folder} holds no documents ({corpus.KINDS}): put some there."
    first = entries[0]
    more = f" (and {len(entries) - 1} more)" if len(entries) > 1 else ""
    return f"No document in {folder} can be read: {first.name}: {first.reason}{more}."


def _room(index: Path, pieces: Sequence[Piece], dimensions: int) -> None:
    """Raises IndexingError where the disk would run full: before the work, not after it."""
    text = sum(len(piece.document) + len(piece.passages) for piece in pieces)
    matrix = sum(map(len, pieces)) * 4 * dimensions
    needed = 2 * text + 4 * matrix + SPARE  # words beside texts; vectors kept, here, in Chroma
    free = shutil.disk_usage(index).free
    if free < needed:
        raise IndexingError(
            f"The index in {index} needs {needed // 1_000_000} MB more on its disk, which has "
            f"{free // 1_000_000} MB: make room. What was there is unchanged."
        )


def _known(olds: Sequence[_Old]) -> "Iterator[tuple[list[bytes], Vectors]]":
    """The vectors that there are, with their digests."""
    for old in olds:
        digests = old.digests()
        if digests is None or not (old.has(VECTORS) or old.has(CHROMA)):
            continue
        try:
            matrix = opened.load_vectors(old.generation, old.broken, opened.keys(digests))
        except (IndexingError, OSError, ValueError, KeyError):
            continue
        yield rows.slices(digests, DIGEST), matrix


def _words(pieces: Sequence[Piece], source: _Old | None) -> Lexical:
    """The words of all passages; those of documents taken over are not looked for again."""
    last = opened.load_words(source.generation, source.broken) if source else None
    texts: list[str | int] = []
    spoken: list[str | None] = []
    for piece in pieces:
        if last and piece.was is not None:
            texts += piece.was
            spoken += [None] * len(piece)
        else:
            document, passages = piece.load()
            texts += [rows.passage_text(passage) for passage in passages]
            spoken += [document.language] * len(piece)
    return Lexical.build(texts, last, spoken)


def _store(
    folder: Path, keys: Sequence[str], matrix: "Vectors", last: Sequence[_Old], tell: Progress
) -> int:
    """Chroma's files: the last ones brought up to date where little has changed, or new ones.

    Returns how many of their vectors are marked as removed.
    """
    for old in last:
        digests = old.digests()
        same_library = old.manifest.libraries["chromadb"] == version("chromadb")
        if not digests or not old.has(CHROMA) or not same_library:
            continue
        there = set(opened.keys(digests))
        removed = sorted(there.difference(keys))
        added = [number for number, key in enumerate(keys) if key not in there]
        marked = old.manifest.removed + len(removed)
        if len(added) <= FEW and marked <= FEW + MARKED * len(keys) and keys:
            shutil.copytree(old.folder / CHROMA, folder)
            Store.update(folder, removed, [keys[n] for n in added], matrix[added])
            return marked
    if keys:
        Store.create(folder, keys, matrix, lambda *at: tell("storing", *at))
    return 0


def _check(made: Generation, entries: Sequence[Entry], matrix: "Vectors") -> None:
    """Open what was written as a reader would, and compare. Raises IndexingError."""
    index = opened.opened(made)
    try:
        if not (
            index.entries == tuple(entries)
            and np.array_equal(index.vectors, matrix)
            and len(index.passages) == len(matrix)
            and index.is_whole
        ):
            raise IndexingError("The index that was written does not read back: try again.")
    finally:
        index.close()
