"""Word: headings, paragraphs, lists and tables in the order of the document, its footnotes where
they are referred to.

Read from the XML itself: what was inserted under tracking, and what stands in content controls
and text boxes, belongs to the text as a reader sees it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.errors import DocumentError
from assistant.formats.parsed import Parsed
from assistant.formats.writing import Writer, paragraph, plain, raised, table, words
from assistant.formats.zipped import Package, core_facts, local, opened

__all__ = ["read"]

# Deleted, moved away, a field's instructions, properties, or shown a second time elsewhere.
_UNSAID = frozenset(
    "del moveFrom instrText delText rPr pPr sdtPr Fallback txbxContent pict object".split()
)
_WRAPPERS = frozenset("sdt sdtContent smartTag customXml ins moveTo".split())
_CONTENTS = re.compile(r"toc( |\d|$)|table of (figures|authorities)", re.IGNORECASE)
_HEADING = re.compile(r"heading ?(\d)$", re.IGNORECASE)
_HEADLINE = re.compile(r"(?=.*[^\W\d_]{2}).{1,119}[^.,;:]")
_LONG_CELL = 600  # characters on average: a table that lays out a page
_MAX_DEPTH = 40  # of tables in tables
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(slots=True)
class _Style:
    """A paragraph's style, with what it takes over from the one that it is based on."""

    name: str = ""
    outline: int | None = None
    numbering: str | None = None
    level: int | None = None


@dataclass(slots=True)
class _Level:
    """How one level of a numbered list is numbered: "%1.%2" in decimals, say."""

    format: str = "bullet"
    text: str = ""
    start: int = 1


@dataclass(slots=True)
class _Numbering:
    """The lists of a document, and how far each has counted."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    counted: dict[str, dict[int, int]] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)  # a list's definition, which counts

    def label(self, numbering: str, level: int) -> str | None:
        """The next label at a level: "2.1", "a)", "" for a bullet, None where there is none."""
        levels = self.levels.get(numbering)
        if levels is None:
            return None
        counted = self.counted.setdefault(self.shared.get(numbering, numbering), {})
        known = levels.get(level, _Level())
        counted[level] = counted.get(level, known.start - 1) + 1
        for deeper in [n for n in counted if n > level]:
            del counted[deeper]
        if known.format in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            other = levels.get(at, _Level("decimal"))
            return _counted(counted.get(at, other.start), other.format)

        return re.sub(r"%([1-9])", shown, known.text).strip()


def _counted(number: int, format: str) -> str:
    if format in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if format == "upperLetter" else letter
    if format in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        said = ""
        for value, letters in _ROMAN:
            said += letters * (number // value)
            number %= value
        return said.upper() if format == "upperRoman" else said
    return str(number)


def read(data: bytes) -> Parsed:
    """The document as Markdown. Raises DocumentError where it can't be read."""
    package = Package(opened(data))
    main = package.related("", "officeDocument")
    if not main:
        raise DocumentError("it is not a Word document, or damaged")
    root = package.part(main[0])
    body = next((child for child in root if local(child) == "body"), None)
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
        self.numbering = _Numbering()
        for name in package.related(main, "numbering"):
            _number(package.part(name), self.numbering)
        self.notes: dict[tuple[str, str], Any] = {}
        for kind in ("footnote", "endnote"):
            for name in package.related(main, f"{kind}s"):
                for note in package.part(name):
                    self.notes[kind, _value(note, "id")] = note
        self.referred = 0
        self.waiting: list[str] = []  # footnotes that the block being written refers to
        looks = [self._style(p) for p in body.iter() if local(p) == "p"]
        self.titled = any(style.name.lower() == "title" for style in looks)
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
            elif name in _WRAPPERS or name == "AlternateContent":
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
        properties = _child(p, "pPr")
        style = self.styles.get(_value(_child(properties, "pStyle"), "val"), _Style())
        outline = _number_of(_child(properties, "outlineLvl"))
        numbered = _child(properties, "numPr")
        own = _value(_child(numbered, "numId"), "val")
        level = _number_of(_child(numbered, "ilvl"))
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
            return level + self.titled_shift
        if p is not None and not self.headed and _is_bold(p):
            return 2
        return None

    @property
    def titled_shift(self) -> int:
        return 1 if self.titled else 0

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
        if heading and (self.headed or _HEADLINE.fullmatch(said)):
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
                run = _child(element.getparent(), "rPr")
                lifted = _value(_child(run, "vertAlign"), "val") == "superscript"
                above = element.getparent().getparent()
                lifted = lifted or (above is not None and local(above) == "sup")  # a formula's
                if lifted and said and re.fullmatch(r"\s*[-+]?\d{1,9}\s*", text):
                    text = raised(said, text.strip())
                if _child(run, "vanish") is None:
                    said += text.upper() if _child(run, "caps") is not None else text
            elif name in ("tab", "br", "cr", "ptab"):
                said += " "
            elif name == "den":  # a fraction's second half
                said += "/"
            elif name == "noBreakHyphen":
                said += "-"
            elif name in ("footnoteReference", "endnoteReference"):
                said += self._referred(name.removesuffix("Reference"), _value(element, "id"))
        return said

    def _referred(self, kind: str, id: str) -> str:
        """The mark of a footnote, whose words come after this block."""
        note = self.notes.get((kind, id))
        if note is None:
            return ""
        self.referred += 1
        number = self.referred
        parts = [plain(self._said(p)) for p in note.iter() if local(p) == "p"]
        self.waiting.append(f"[{number}] {words(' '.join(filter(None, parts)))}")
        return f"[{number}]"

    def _table(self, tbl: Any, depth: int) -> None:
        cells = [list(_inside(row, "tc")) for row in _inside(tbl, "tr") if not _gone(row)]
        count = sum(map(len, cells))
        size = sum(len(t.text or "") for t in tbl.iter() if local(t) == "t")
        one = max(map(len, cells), default=0) < 2 or len(cells) < 2
        if (one or size > _LONG_CELL * count) and depth < _MAX_DEPTH:
            for row in cells:  # it lays out a page
                for cell in row:
                    self._blocks(cell, depth + 1)
            return
        rows: list[list[str]] = []
        for row in cells:
            texts: list[str] = []
            for cell in row:
                properties = _child(cell, "tcPr")
                merge = _child(properties, "vMerge")
                goes_on = merge is not None and _value(merge, "val") != "restart"
                column = len(texts)
                above = rows[-1][column] if rows and column < len(rows[-1]) else ""
                text = above if goes_on else self._cell(cell)
                texts += [text] * min(50, max(1, _number_of(_child(properties, "gridSpan")) or 1))
            rows.append(texts)
        self.writer.block(table(rows))

    def _cell(self, cell: Any) -> str:
        """A cell's paragraphs on one line."""
        parts = []
        for p in (element for element in cell.iter() if local(element) == "p"):
            style = self._style(p)
            label = None
            if style.numbering and style.numbering != "0":
                label = self.numbering.label(style.numbering, style.level or 0)
            said = plain(self._said(p))
            if said:
                parts.append(f"{label} {said}" if label else said)
        return words(re.sub(r"(?<=[,;:.!?]);", "", "; ".join(parts)))


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
        for box in p.iter()
        if local(box) == "txbxContent"
        and not any(local(above) in ("Fallback", "txbxContent") for above in box.iterancestors())
    ]


def _inside(element: Any, name: str) -> Iterator[Any]:
    """An element's children of that name, also those in a content control."""
    for child in element:
        if local(child) == name:
            yield child
        elif local(child) in _WRAPPERS:
            yield from _inside(child, name)


def _gone(row: Any) -> bool:
    return _child(_child(row, "trPr"), "del") is not None


def _is_contents(sdt: Any) -> bool:
    properties = _child(sdt, "sdtPr")
    return properties is not None and any(
        local(element) == "docPartGallery" and "Contents" in _value(element, "val")
        for element in properties.iter()
    )


def _is_bold(p: Any) -> bool:
    """Whether every run that says something is bold."""
    runs = [run for run in _walk(p) if local(run) == "r"]
    said = [run for run in runs if any(local(t) == "t" and (t.text or "").strip() for t in run)]
    marks = [_child(_child(run, "rPr"), "b") for run in said]
    return bool(said) and all(
        mark is not None and _value(mark, "val") not in ("0", "false") for mark in marks
    )


def _child(element: Any, name: str) -> Any:
    if element is None:
        return None
    return next((child for child in element if local(child) == name), None)


def _value(element: Any, name: str) -> str:
    """An attribute, whichever namespace it is in."""
    if element is None:
        return ""
    return next(
        (str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), ""
    )


def _number_of(element: Any) -> int | None:
    value = _value(element, "val")
    return int(value) if re.fullmatch(r"\d{1,4}", value) else None


def _styles(root: Any) -> dict[str, _Style]:
    """The paragraph styles by their id."""
    elements = {_value(style, "styleId"): style for style in root if local(style) == "style"}
    found: dict[str, _Style] = {}
    for key, style in elements.items():
        made = _Style(_value(_child(style, "name"), "val"))
        seen: set[str] = set()
        while style is not None and len(seen) < 20:
            properties = _child(style, "pPr")
            numbered = _child(properties, "numPr")
            if made.outline is None:
                made.outline = _number_of(_child(properties, "outlineLvl"))
            if made.numbering is None and numbered is not None:
                made.numbering = _value(_child(numbered, "numId"), "val") or None
                made.level = _number_of(_child(numbered, "ilvl"))
            base = _value(_child(style, "basedOn"), "val")
            style = None if base in seen else elements.get(base)
            seen.add(base)
        found[key] = made
    return found


def _number(root: Any, numbering: _Numbering) -> None:
    """The lists that a numbering part defines."""
    abstract: dict[str, dict[int, _Level]] = {}
    for element in root:
        if local(element) == "abstractNum":
            abstract[_value(element, "abstractNumId")] = _levels(element)
    for element in root:
        if local(element) != "num":
            continue
        id = _value(element, "numId")
        base = _value(_child(element, "abstractNumId"), "val")
        numbering.levels[id] = dict(abstract.get(base, {}))
        numbering.shared[id] = base
        overrides = [child for child in element if local(child) == "lvlOverride"]
        for override in overrides:
            numbering.shared[id] = f"{base} {id}"  # counts anew
            numbering.levels[id] |= _levels(override)


def _levels(element: Any) -> dict[int, _Level]:
    found = {}
    for level in element:
        if local(level) == "lvl":
            at = _value(level, "ilvl")
            start = _number_of(_child(level, "start"))
            found[int(at) if at.isdecimal() else 0] = _Level(
                _value(_child(level, "numFmt"), "val") or "decimal",
                _value(_child(level, "lvlText"), "val"),
                1 if start is None else start,
            )
    return found
