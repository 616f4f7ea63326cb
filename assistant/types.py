"""The nouns of the project: small frozen dataclasses, no framework types.

All offsets are character offsets into `Document.text`, end exclusive.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Answer", "Citation", "Document", "Entry", "Mark", "Passage", "Section", "Span"]

SpanKind = Literal["sentence", "item", "row", "definition", "heading"]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading's own text, up to the next heading. `path` runs from the title downwards."""

    path: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """An editor's note on `text[start:end]`, for example how a chart was reconstructed."""

    start: int
    end: int
    note: str


@dataclass(frozen=True, slots=True)
class Document:
    """One source, as Markdown text.

    `id` is the file's stem, `date` as exactly as it is known ("2021-08"), `pages` the offset at
    which each page starts (empty where there are no pages), `sha256` the hash of the file.
    """

    id: str
    title: str
    text: str
    sections: tuple[Section, ...]
    publisher: str | None = None
    date: str | None = None
    url: str | None = None
    language: str | None = None
    licence: str | None = None
    marks: tuple[Mark, ...] = ()
    pages: tuple[int, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the corpus folder, and what became of it.

    `name` is its path inside the folder, `reason` says why it is not indexed, or that it has just
    taken another's place. `document` is the id of the document that it is, or that it is a
    duplicate of; a failed one has none. `size` is in bytes, `modified` and `indexed` are UTC
    ("2025-01-31T09:30:00Z"), `notes` say what of it could not be read.
    """

    name: str
    status: Literal["indexed", "duplicate", "failed"]
    reason: str = ""
    document: str | None = None
    title: str = ""
    sha256: str = ""
    size: int = 0
    modified: str = ""
    indexed: str = ""
    pages: int = 0
    passages: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """What is quoted: a sentence, a list item, a table row, a definition or a heading's words.

    `lead` are the offsets of what the span is read with: a table's header row, or the sentence
    that introduces a list. Spans of one list or table share `group` (the offset where it starts);
    a sentence's group is its paragraph's.
    """

    kind: SpanKind
    start: int
    end: int
    group: int
    lead: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """What is retrieved: a run of blocks of one section, `Document.text[start:end]`; only a long
    block is cut, between its sentences, items or rows.

    `context` is what the passage is embedded and read with: the headings above it and, where a
    list or table was cut, the sentence that introduces the list or the table's header row.
    """

    document: str
    section: tuple[str, ...]
    start: int
    end: int
    text: str
    context: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and where it stands: `documents[document].text[start:end] == quote`, always.

    `note` says what an editor had to reconstruct, where the quote is not as it was printed.
    """

    number: int
    document: str
    title: str
    section: tuple[str, ...]
    page: int | None
    start: int
    end: int
    quote: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the documents' own words.

    `question` is the question as understood (a follow-up made standalone). `text` holds
    statements followed by [1], [2], the words that answer in **bold**. When `found` is False,
    `text` says what is missing and `nearest` holds the closest passages.
    """

    question: str
    text: str
    found: bool
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
