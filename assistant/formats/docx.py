"""Word: headings, paragraphs, lists and tables in the order of the document, its footnotes where
they are referred to.

Read from the XML itself: what was inserted under tracking, and what stands in content controls
and text boxes, belongs to the text as a reader sees it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistant.errors import DocumentError
from assistant.formats.dom import HEADLINE, LONG_CELL, joined
from assistant.formats.numbering import Numbering
from assistant.formats.parsed import Parsed
from assistant.formats.writing import Writer, paragraph, plain, raised, table, words
from assistant.formats.zipped import Package, attribute, core_facts, local, number, opened

__all__ = ["read"]

# Deleted, moved away, a field's instructions, properties, or shown a second time elsewhere.
_UNSAID = frozenset(
    "del moveFrom instrText delText rPr pPr sdtPr Fallback txbxContent pict object".split()
)
_WRAPPERS = frozenset(
    "sdt sdtContent smartTag customXml ins moveTo AlternateContent Choice".split()
)
_CONTENTS = re.compile(r"toc( |\d|$)|table of (figures|authorities)", re.IGNORECASE)
_HEADING = re.compile(r"heading ?(\d)$", re.IGNORECASE)
_MAX_DEPTH = 40  # of tables in tables


@dataclass(slots=True)
class _Style:
    """A paragraph's style, with what it takes over from the one that it is based on."""

    name: str = ""
    outline: int | None = None
    numbering: str | None = None
    level: int | None = None


def read(data: bytes) -> Parsed:
    """The document as Markdown. Raises DocumentError where it can't be read."""
    package = Package(opened(data))
    main = package.related("", "officeDocument")
    if not main:
        raise DocumentError("it is not a Word document, or damaged")
    root = package.part(main[0])
    body = root.find("{*}body")
    if body is None:
        raise DocumentError("it is not a Word document, or damaged")
    return _Reader(package, main[0], body).read()


class _Reader:
    """One document."""

    def __init__(self, package: Package, main: str, body: Any) -> None:
        self.package = package
        self.body = body
        self.writer = Writer()
        self.styles = {
            key: style
            for name in package.related(main, "styles")
            for key, style in _styles(package.part(name)).items()
        }
        self.numbering = Numbering()
        for name in package.related(main, "numbering"):
            self.numbering.define(package.part(name))
        self.notes: dict[tuple[str, str], Any] = {}
        for kind in ("footnote", "endnote"):
            for name in package.related(main, f"{kind}s"):
                for note in package.part(name):
                    self.notes[kind, attribute(note, "id")] = note
        self.referred = 0
        self.waiting: list[str] = []  # footnotes that the block being written refers to
        looks = [self._style(p) for p in body.iter("{*}p")]
        self.shift = int(any(style.name.lower() == "title" for style in looks))
        self.headed = any(self._heading(style, None) for style in looks)

    def read(self) -> Parsed:
        """The whole of it."""
        self._blocks(self.body)
        return self.writer.parsed(core_facts(self.package))

    def _blocks(self, around: Any, depth: int = 0) -> None:
        """The paragraphs and tables below an element, in order."""
        for child in around:
            name = local(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child, depth)
            elif name == "sdt" and _is_contents(child):
                continue
            elif name in _WRAPPERS:
                self._blocks(child, depth)
            self._footnotes()
            for box in _boxes(child) if name == "p" and depth < _MAX_DEPTH else ():
                self._blocks(box, depth + 1)

    def _footnotes(self) -> None:
        for note in self.waiting:
            self.writer.block(note)
        self.waiting.clear()

    def _style(self, p: Any) -> _Style:
        """A paragraph's style, its own settings before those of its style."""
        style = self.styles.get(attribute(p.find("{*}pPr/{*}pStyle"), "val"), _Style())
        outline = number(p.find("{*}pPr/{*}outlineLvl"))
        own = attribute(p.find("{*}pPr/{*}numPr/{*}numId"), "val")
        level = number(p.find("{*}pPr/{*}numPr/{*}ilvl"))
        return _Style(
            style.name,
            style.outline if outline is None else outline,
            own or style.numbering,
            style.level if level is None else level,
        )

    def _heading(self, style: _Style, p: Any) -> int | None:
        """A heading's level, None for other text."""
        if style.name.lower() == "title":
            return 1
        named = _HEADING.match(style.name)
        level = int(named[1]) if named else None
        if style.outline is not None and style.outline < 9:
            level = style.outline + 1
        if level:
            return level + self.shift
        if p is not None and not self.headed and _is_bold(p):
            return 2
        return None

    def _paragraph(self, p: Any) -> None:
        style = self._style(p)
        said = words(self._said(p))
        if not said or _CONTENTS.match(style.name):
            return
        level = style.level or 0
        label = None
        if style.numbering and style.numbering != "0":
            label = self.numbering.label(style.numbering, level)
        elif style.name.lower().startswith("list bullet"):
            label = ""
        heading = self._heading(style, p)
        if heading and (self.headed or HEADLINE.fullmatch(said)):
            self.writer.heading(heading, f"{words(label)} {said}" if label else said)
        elif label is None:
            self.writer.block(paragraph(said))
        elif re.fullmatch(r"\d{1,9}[.)]?", label):
            self.writer.item(said, level, label.rstrip(".)"))
        else:
            self.writer.item(f"{words(label)} {said}" if label else said, level)

    def _said(self, p: Any) -> str:
        """A paragraph's words, as they are seen."""
        said = ""
        for element in _walk(p):
            name = local(element)
            if name == "t":
                text = element.text or ""
                run = element.getparent()
                lifted = attribute(run.find("{*}rPr/{*}vertAlign"), "val") == "superscript"
                above = run.getparent()
                lifted = lifted or (above is not None and local(above) == "sup")  # a formula's
                if lifted and said and re.fullmatch(r"\s*[-+]?\d{1,9}\s*", text):
                    text = raised(said, text.strip())
                if not _on(run, "vanish"):
                    said += text.upper() if _on(run, "caps") else text
            elif name in ("tab", "br", "cr", "ptab"):
                said += " "
            elif name == "den":  # a fraction's second half
                said += "/"
            elif name == "noBreakHyphen":
                said += "-"
            elif name in ("footnoteReference", "endnoteReference"):
                said += self._referred(name.removesuffix("Reference"), attribute(element, "id"))
        return said

    def _referred(self, kind: str, id: str) -> str:
        """The mark of a footnote, whose words come after this block."""
        note = self.notes.get((kind, id))
        if note is None:
            return ""
        self.referred += 1
        mark = f"[{self.referred}]"
        parts = [plain(self._said(p)) for p in note.iter("{*}p")]
        self.waiting.append(f"{mark} {words(' '.join(filter(None, parts)))}")
        return mark

    def _table(self, tbl: Any, depth: int) -> None:
        cells = [list(_inside(row, "tc")) for row in _inside(tbl, "tr") if not _gone(row)]
        count = sum(map(len, cells))
        size = sum(len(t.text or "") for t in tbl.iter("{*}t"))
        one = max(map(len, cells), default=0) < 2 or len(cells) < 2
        if (one or size > LONG_CELL * count) and depth < _MAX_DEPTH:
            for row in cells:  # it lays out a page
                for cell in row:
                    self._blocks(cell, depth + 1)
            return
        rows: list[list[str]] = []
        for row in cells:
            texts: list[str] = []
            for cell in row:
                merge = cell.find("{*}tcPr/{*}vMerge")
                goes_on = merge is not None and attribute(merge, "val") != "restart"
                column = len(texts)
                above = rows[-1][column] if rows and column < len(rows[-1]) else ""
                text = above if goes_on else self._cell(cell)
                span = number(cell.find("{*}tcPr/{*}gridSpan")) or 1
                texts += [text] * min(50, span)
            rows.append(texts)
        self.writer.block(table(rows))

    def _cell(self, cell: Any) -> str:
        """A cell's paragraphs on one line."""
        parts = []
        for p in cell.iter("{*}p"):
            if next(p.iterancestors("{*}Fallback"), None) is not None:
                continue
            style = self._style(p)
            label = None
            if style.numbering and style.numbering != "0":
                label = self.numbering.label(style.numbering, style.level or 0)
            said = plain(self._said(p))
            if said:
                parts.append(f"{label} {said}" if label else said)
        return joined(parts)


def _walk(p: Any) -> Iterator[Any]:
    """The elements of a paragraph in order, without those that say nothing."""
    stack = [iter(p)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif local(element) not in _UNSAID:
            yield element
            stack.append(iter(element))


def _boxes(p: Any) -> list[Any]:
    """The contents of the text boxes that are anchored in a paragraph, each once."""
    return [
        box
        for box in p.iter("{*}txbxContent")
        if next(box.iterancestors("{*}Fallback", "{*}txbxContent"), None) is None
    ]


def _inside(element: Any, name: str) -> Iterator[Any]:
    """An element's children of that name, also those in a content control."""
    for child in element:
        if local(child) == name:
            yield child
        elif local(child) in _WRAPPERS:
            yield from _inside(child, name)


def _gone(row: Any) -> bool:
    return row.find("{*}trPr/{*}del") is not None


def _is_contents(sdt: Any) -> bool:
    galleries = sdt.iterfind("{*}sdtPr//{*}docPartGallery")
    return any("Contents" in attribute(gallery, "val") for gallery in galleries)


def _is_bold(p: Any) -> bool:
    """Whether every run that says something is bold."""
    runs = [run for run in _walk(p) if local(run) == "r"]
    said = [run for run in runs if any((t.text or "").strip() for t in run.iterfind("{*}t"))]
    return bool(said) and all(_on(run, "b") for run in said)


def _on(run: Any, name: str) -> bool:
    """Whether a run has a property, and not one that is switched off."""
    mark = run.find(f"{{*}}rPr/{{*}}{name}")
    return mark is not None and attribute(mark, "val") not in ("0", "false", "off")


def _styles(root: Any) -> dict[str, _Style]:
    """The paragraph styles by their id."""
    elements = {attribute(style, "styleId"): style for style in root.iterfind("{*}style")}
    found: dict[str, _Style] = {}
    for key, style in elements.items():
        made = _Style(attribute(style.find("{*}name"), "val"))
        seen: set[str] = set()
        while style is not None and len(seen) < 20:
            if made.outline is None:
                made.outline = number(style.find("{*}pPr/{*}outlineLvl"))
            numbered = style.find("{*}pPr/{*}numPr")
            if made.numbering is None and numbered is not None:
                made.numbering = attribute(numbered.find("{*}numId"), "val") or None
                made.level = number(numbered.find("{*}ilvl"))
            base = attribute(style.find("{*}basedOn"), "val")
            style = None if base in seen else elements.get(base)
            seen.add(base)
        found[key] = made
    return found
