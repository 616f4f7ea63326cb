"""What becomes of each file: an entry, and a document where it can be read.

Documents that were read before are taken over; one bad file never stops the others.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import NamedTuple, TypedDict

from assistant import corpus, splitting
from assistant.corpus import File
from assistant.errors import AssistantError
from assistant.index import rows
from assistant.index.files import utc
from assistant.index.rows import DIGEST, SIGNATURE, Piece, Rows, slices
from assistant.types import Entry

__all__ = ["Earlier", "read"]


class _Key(NamedTuple):
    """What makes a file the same document as before."""

    id: str
    sha256: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was made of the files before."""

    entries: Mapping[_Key, Entry]
    pieces: Mapping[_Key, Piece]
    failed: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, there: Rows, digests: bytes, signatures: bytes) -> "Earlier":
        """A generation's documents; `digests` and `signatures` are those of all of them."""
        entries = {}
        pieces = {}
        at = 0
        for entry, document, inside, signature in zip(
            there.indexed,
            there.documents,
            there.passages,
            slices(signatures, SIGNATURE),
            strict=True,
        ):
            end = at + entry.passages
            own = digests[DIGEST * at : DIGEST * end]
            key = _Key(str(entry.document), entry.sha256, _suffix(entry.name))
            entries[key] = entry
            pieces[key] = Piece(document, inside, own, signature, range(at, end))
            at = end
        failed = {
            (entry.sha256, _suffix(entry.name)): entry.reason
            for entry in there.entries
            if entry.status == "failed"
        }
        return cls(entries, pieces, failed)


def read(
    files: Mapping[str, File],
    earlier: Earlier,
    retry: bool,
    tell: Callable[[int, int], None],
) -> tuple[list[Entry], list[Piece]]:
    """What became of each file, and the documents that there are, both in order of the names.

    Of files that are one document the first is that. A file that could not be read before
    is read again to `retry`; `tell` gets (done, total) of those that are read.
    """
    first: dict[tuple[str, str], str] = {}
    for name, file in files.items():
        if not file.problem:
            first.setdefault(file.identity, name)
    same = {name: first[file.identity] for name, file in files.items() if not file.problem}
    unlike = [name for name in files if same.get(name, name) == name]
    ids = corpus.identify(unlike)
    results: dict[str, tuple[Entry, Piece | None]] = {}
    todo = []
    for name in first.values():
        file, key = files[name], _Key(ids[name], files[name].sha256, _suffix(name))
        if key in earlier.pieces:
            results[name] = replace(earlier.entries[key], **_about(file)), earlier.pieces[key]
        elif key[1:] in earlier.failed and not retry:
            results[name] = _failed(file, earlier.failed[key[1:]]), None
        else:
            todo.append(name)
    taken = _parallel((files[name], ids[name]) for name in todo)
    for done, (name, result) in enumerate(zip(todo, taken, strict=True), 1):
        results[name] = result
        tell(done, len(todo))

    entries = []
    for name, file in files.items():
        if file.problem:
            entries.append(_failed(file, file.problem))
        elif same[name] == name:
            entries.append(results[name][0])
        else:
            entries.append(_again(file, results[same[name]][0]))
    return entries, [piece for name in first.values() if (piece := results[name][1])]


def _parallel(work: Iterable[tuple[File, str]]) -> Iterator[tuple[Entry, Piece | None]]:
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        yield from pool.map(lambda each: _take(*each), work)
    finally:
        pool.shutdown(cancel_futures=True)


def _take(file: File, id: str) -> tuple[Entry, Piece | None]:
    """One file, read and taken apart; whatever goes wrong is its own affair."""
    try:
        document, notes = corpus.read(file, id)
        passages = splitting.split(document)
        if not passages:
            return _failed(file, "it holds no text"), None
        if any(document.text[p.start : p.end] != p.text for p in passages):
            return _failed(file, "its passages are not what stands in it"), None
        piece = rows.piece(document, passages)
    except AssistantError as error:
        return _failed(file, str(error)), None
    except Exception as error:
        return _failed(file, f"it can't be taken apart ({type(error).__name__})"), None
    entry = Entry(
        status="indexed",
        document=id,
        title=document.title,
        indexed=utc(),
        pages=len(document.pages),
        passages=len(passages),
        notes=notes,
        **_about(file),
    )
    return entry, piece


def _again(file: File, entry: Entry) -> Entry:
    """A file with the content of one that has this entry."""
    if entry.status == "failed":
        return _failed(file, entry.reason)
    return Entry(
        status="duplicate",
        reason=f"the same as {entry.name}",
        document=entry.document,
        title=entry.title,
        indexed=entry.indexed,
        pages=entry.pages,
        **_about(file),
    )


def _failed(file: File, reason: str) -> Entry:
    return Entry(status="failed", reason=reason, **_about(file))


class _About(TypedDict):
    name: str
    sha256: str
    size: int
    modified: str


def _about(file: File) -> _About:
    size, modified, _, _ = file.stamp
    return {
        "name": file.name,
        "sha256": file.sha256,
        "size": size,
        "modified": utc(modified / 1e9) if modified else "",
    }


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
