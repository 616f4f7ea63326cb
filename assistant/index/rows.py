"""Documents, passages and entries as lines of JSON, read when they are asked for.

A line is taken over as it is into the next generation where its document has not changed.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, overload

import numpy as np
import orjson

from assistant import duplicates
from assistant.corpus import File, Stamp
from assistant.types import Document, Entry, Mark, Passage, Section, Span

__all__ = [
    "DIGEST",
    "SIGNATURE",
    "Documents",
    "Passages",
    "Piece",
    "Rows",
    "digests",
    "newer",
    "passage_text",
    "piece",
    "read_entries",
    "read_rows",
    "signatures",
    "slices",
    "write_rows",
]

ENTRIES, DOCUMENTS, PASSAGES = FILES = ("entries.json", "documents.jsonl", "passages.jsonl")
DIGEST = 16  # bytes
SIGNATURE = 4 * duplicates.HASHES


def passage_text(passage: Passage) -> str:
    """What a passage is embedded and searched by: its headings, then its text."""
    return f"{passage.context}\n{passage.text}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A document with its passages as they are written.

    `digests` are DIGEST bytes a passage, equal where its `passage_text` is; `signature` is what
    the document is compared with others by. `was` are the numbers of its passages in the
    generation that it is taken over from.
    """

    document: bytes
    passages: bytes
    digests: bytes
    signature: bytes
    was: range | None = None

    def __len__(self) -> int:
        return len(self.digests) // DIGEST

    def each(self) -> list[bytes]:
        """The digest of each passage."""
        return slices(self.digests, DIGEST)

    def load(self) -> tuple[Document, tuple[Passage, ...]]:
        document = _document(self.document)
        return document, _passages(self.passages, document)


def piece(document: Document, passages: Sequence[Passage]) -> Piece:
    """A new document as it is written."""
    rows = [
        [
            p.section,
            p.start,
            p.end,
            p.context,
            [[s.kind, s.start, s.end, s.group, s.lead] for s in p.spans],
        ]
        for p in passages
    ]
    return Piece(
        orjson.dumps(document), orjson.dumps(rows), digests(passages), signatures([document])
    )


def digests(passages: Sequence[Passage]) -> bytes:
    """DIGEST bytes for each passage."""
    texts = (passage_text(p).encode() for p in passages)
    return b"".join(hashlib.blake2b(text, digest_size=DIGEST).digest() for text in texts)


def signatures(documents: Iterable[Document]) -> bytes:
    """SIGNATURE bytes for each document."""
    return b"".join(duplicates.signature(document.text).tobytes() for document in documents)


def newer(documents: Mapping[str, Document], signed: bytes) -> dict[str, str]:
    """The newest version of each document that has a newer one, by ids."""
    each = (np.frombuffer(one, dtype=np.uint32) for one in slices(signed, SIGNATURE))
    return duplicates.newest(documents, dict(zip(documents, each, strict=True)))


def slices(data: bytes, size: int) -> list[bytes]:
    """Data in pieces of one size.

    >>> slices(b"abcd", 2)
    [b'ab', b'cd']
    """
    return [data[at : at + size] for at in range(0, len(data), size)]


class Documents(Mapping[str, Document]):
    """Documents by id, in order."""

    def __init__(self, lines: Mapping[str, bytes]) -> None:
        self._lines = lines
        self._made: dict[str, Document] = {}

    def __getitem__(self, id: str) -> Document:
        made = self._made.get(id)
        if made is None:
            made = self._made[id] = _document(self._lines[id])
        return made

    def __contains__(self, id: object) -> bool:
        return id in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __repr__(self) -> str:
        return f"<{len(self)} documents>"


class Passages(Sequence[Passage]):
    """The passages of documents one after another, numbered from 0."""

    def __init__(self, documents: Documents, lines: Sequence[bytes], counts: Sequence[int]) -> None:
        self._documents = documents
        self._ids = tuple(documents)
        self._lines = lines
        self._starts = list(accumulate(counts, initial=0))
        self._made: dict[int, tuple[Passage, ...]] = {}

    @overload
    def __getitem__(self, number: int) -> Passage: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Passage, ...]: ...
    def __getitem__(self, number: int | slice) -> Passage | tuple[Passage, ...]:
        if isinstance(number, slice):
            return tuple(self[n] for n in range(*number.indices(len(self))))
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        at = bisect_right(self._starts, number) - 1
        return self._of(at)[number - self._starts[at]]

    def __iter__(self) -> Iterator[Passage]:
        for at in range(len(self._ids)):
            yield from self._of(at)

    def __len__(self) -> int:
        return self._starts[-1]

    def __repr__(self) -> str:
        return f"<{len(self)} passages>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Passages) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def _of(self, at: int) -> tuple[Passage, ...]:
        made = self._made.get(at)
        if made is None:
            document = self._documents[self._ids[at]]
            made = self._made[at] = _passages(self._lines[at], document)
        return made


@dataclass(frozen=True, slots=True)
class Rows:
    """The lines of a generation: one of either kind for each document, in order."""

    entries: tuple[Entry, ...]
    documents: Sequence[bytes]
    passages: Sequence[bytes]

    @property
    def indexed(self) -> list[Entry]:
        """The entries of the documents, in order."""
        return [entry for entry in self.entries if entry.status == "indexed"]

    def open(self) -> tuple[Documents, Passages]:
        """Raises ValueError where the parts do not fit one another."""
        indexed = self.indexed
        ids = [str(entry.document) for entry in indexed]
        documents = Documents(dict(zip(ids, self.documents, strict=True)))
        if not len(documents) == len(indexed) == len(self.passages):
            raise ValueError("documents and passages")
        return documents, Passages(documents, self.passages, [e.passages for e in indexed])


def read_entries(folder: Path) -> tuple[tuple[Entry, ...], dict[str, tuple[Stamp, str]]]:
    """The entries of a generation, and the settled stamps and hashes of its files by name.

    Raises OSError, ValueError or TypeError.
    """
    rows = orjson.loads((folder / ENTRIES).read_bytes())
    make: Callable[..., Entry] = Entry
    entries = tuple(make(*fields, tuple(notes)) for *fields, notes in rows["entries"])
    return entries, {name: (tuple(stamp), sha256) for name, stamp, sha256 in rows["stamps"]}


def read_rows(folder: Path) -> Rows:
    """The lines of a generation. Raises OSError, ValueError or TypeError."""
    documents, passages = (
        (folder / name).read_bytes().split(b"\n")[:-1] for name in (DOCUMENTS, PASSAGES)
    )
    return Rows(read_entries(folder)[0], documents, passages)


def write_rows(
    folder: Path, entries: Sequence[Entry], stamped: Sequence[File], pieces: Sequence[Piece]
) -> None:
    """The files that the functions above read."""
    rows = {
        "entries": [[getattr(e, name) for name in Entry.__slots__] for e in entries],
        "stamps": [[f.name, f.stamp, f.sha256] for f in stamped if f.settled],
    }
    (folder / ENTRIES).write_bytes(orjson.dumps(rows))
    (folder / DOCUMENTS).write_bytes(b"".join(p.document + b"\n" for p in pieces))
    (folder / PASSAGES).write_bytes(b"".join(p.passages + b"\n" for p in pieces))


def _document(line: bytes) -> Document:
    row: dict[str, Any] = orjson.loads(line)
    row["sections"] = tuple(
        Section(tuple(s["path"]), s["start"], s["end"]) for s in row["sections"]
    )
    row["marks"] = tuple(Mark(**mark) for mark in row["marks"])
    row["pages"] = tuple(row["pages"])
    return Document(**row)


def _passages(line: bytes, document: Document) -> tuple[Passage, ...]:
    return tuple(
        Passage(
            document.id,
            tuple(section),
            start,
            end,
            document.text[start:end],
            context,
            tuple(
                Span(kind, first, last, group, (lead[0], lead[1]) if lead else None)
                for kind, first, last, group, lead in spans
            ),
        )
        for section, start, end, context, spans in orjson.loads(line)
    )
