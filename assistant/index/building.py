"""Builds a generation: only what has changed since the last one is read, embedded and stored."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant import corpus
from assistant.errors import CorpusError, IndexingError
from assistant.index import files, opened, reading, rows, vectors
from assistant.index.checking import VERSIONS, Checked, Found, inspect
from assistant.index.files import CHROMA, DIGESTS, LEXICAL, NEWER, SIGNATURES, VECTORS, Generation
from assistant.index.opened import Index
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

__all__ = ["SPARE", "build"]

Progress = Callable[[str, int, int], None]

LIBRARIES = ("chromadb", "bm25s", "numpy")  # whose versions the manifest tells
SPARE = 20_000_000  # bytes that stay free on the disk
FEW = 1000  # vectors that Chroma takes into what it has, rather than all of them anew
MARKED = 0.25  # of Chroma's vectors may be marked as removed


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
    found = inspect(settings, embedder, retry=retry)
    if found.state.status == "ready":
        return opened.opened(found.olds[0].generation)
    with files.writing(settings.index):
        found = inspect(settings, embedder, found.files, retry)  # another may just have built it
        if found.state.status == "ready":
            return opened.opened(found.olds[0].generation)
        return _write(settings, embedder, found, progress or (lambda *at: None), retry, empty)


def _write(
    settings: Settings,
    embedder: "Embedder",
    found: Found,
    tell: Progress,
    retry: bool,
    empty: bool,
) -> Index:
    """Build a generation aside, check it, swap it in."""
    there = files.candidates(settings.index)
    olds = [*found.olds, *map(Checked.of, there[len(found.olds) :])]
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
    good = sorted((old for old in olds if old.is_sound), key=lambda o: bool(o.broken))
    files.clean(settings.index, [generation, *(old.generation for old in good[:1])])
    return opened.opened(generation)


def _source(olds: Sequence[Checked]) -> tuple[Checked | None, rows.Rows | None]:
    """The generation whose documents are taken over: the newest sound one of this version."""
    for old in olds:
        if old.same("corpus", "splitting") and (lines := old.lines()):
            return old, lines
    return None, None


def _as_it_is(old: Checked, embedder: "Embedder") -> bool:
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


def _known(olds: Sequence[Checked]) -> "Iterator[tuple[list[bytes], Vectors]]":
    """The vectors that there are, with their digests."""
    for old in olds:
        digests = old.digests()
        if digests is None or not (old.has(VECTORS) or old.has(CHROMA)):
            continue
        try:
            matrix = opened.load_vectors(old, opened.keys(digests))
        except (IndexingError, OSError, ValueError, KeyError):
            continue
        yield rows.slices(digests, DIGEST), matrix


def _words(pieces: Sequence[Piece], source: Checked | None) -> Lexical:
    """The words of all passages; those of documents taken over are not looked for again."""
    last = opened.load_words(source) if source else None
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
    folder: Path, keys: Sequence[str], matrix: "Vectors", last: Sequence[Checked], tell: Progress
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
