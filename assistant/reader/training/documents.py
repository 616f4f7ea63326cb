"""Documentation in HTML as sections of paragraphs, lists, tables and definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from assistant.errors import AssistantError

__all__ = ["Block", "Section", "sections_under"]

_SKIPPED = {"script", "style", "nav", "pre", "head", "form", "button", "svg", "footer"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5"}
_NUMBERING = re.compile(r"^(?:chapter\s+)?(?:[A-Z]?\d+|[A-Z])(?:\.\d+)*\.?\s+", re.IGNORECASE)
_MARKS = re.compile(r"[¶#§\s]+$")


@dataclass(eq=False)
class Block:
    """A paragraph (`text`), a list (`items`), a table (`rows`, the first its header) or
    definitions (`rows` of term and meaning)."""

    kind: str  # paragraph, bullets, numbers, table, definitions
    text: str = ""
    items: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class Section:
    """A heading with its own blocks; `path` runs from the document's title downwards."""

    path: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sections: list[Section] = []
        self._headings: list[tuple[int, str]] = []
        self._text: list[str] = []
        self._skipping = 0
        self._open: list[Block] = []  # lists and tables around the current place
        self._row: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self._skipping += 1
        elif tag in ("ul", "ol", "table", "dl"):
            self._paragraph()
            kind = {"ul": "bullets", "ol": "numbers", "table": "table", "dl": "definitions"}[tag]
            self._open.append(Block(kind))
        elif tag in _HEADINGS or tag in ("p", "div", "section", "li", "dt", "dd"):
            self._paragraph()
        elif tag in ("td", "th"):
            self._text.clear()
        elif tag == "tr":
            self._row = []
        elif tag == "br":
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping = max(0, self._skipping - 1)
        elif tag in _HEADINGS:
            self._heading(int(tag[1]))
        elif tag in ("td", "th"):
            self._row.append(self._taken())
        elif tag == "tr" and self._open and self._open[-1].kind == "table":
            if any(self._row):
                self._open[-1].rows.append(self._row)
        elif tag == "dt" and self._open and self._open[-1].kind == "definitions":
            self._open[-1].rows.append([self._taken(), ""])
        elif tag in ("ul", "ol", "table", "dl"):
            self._paragraph()
            if self._open:
                self._place(self._open.pop())
        elif tag in ("p", "li", "dd", "div"):
            self._paragraph()

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._text.append(data)

    def _taken(self) -> str:
        text = re.sub(r"\s+", " ", "".join(self._text)).strip()
        self._text.clear()
        return _MARKS.sub("", text)

    def _heading(self, level: int) -> None:
        text = _NUMBERING.sub("", self._taken())
        if text:
            self._headings = [h for h in self._headings if h[0] < level] + [(level, text)]
            self.sections.append(Section(tuple(h[1] for h in self._headings)))

    def _paragraph(self) -> None:
        text = self._taken()
        if not text:
            return
        block = self._open[-1] if self._open else None
        if block is None:
            self._place(Block("paragraph", text))
        elif block.kind in ("bullets", "numbers"):
            block.items.append(text)
        elif block.kind == "definitions" and block.rows and not block.rows[-1][1]:
            block.rows[-1][1] = text

    def _place(self, block: Block) -> None:
        if self.sections and not self._open and (block.text or block.items or block.rows):
            self.sections[-1].blocks.append(block)


def sections_under(folder: Path, pattern: str) -> Iterator[Section]:
    """The sections of all pages below a folder whose path matches the glob pattern. Raises
    AssistantError where there is none: training would do without it and not say so."""
    pages = sorted(folder.glob(pattern))
    if not pages:
        raise AssistantError(f"{folder / pattern}: no page; unpack the package below {folder}")
    for page in pages:
        parser = _Parser()
        parser.feed(page.read_text(encoding="utf-8", errors="replace"))
        yield from (section for section in parser.sections if section.blocks)
