"""HTML elements -> Markdown: headings, paragraphs, lists, definitions, tables, programs.

The tree is walked without recursion: pages nest as deeply as they like.
"""

import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from assistant.formats.writing import Writer, paragraph, plain, raised, table, words

__all__ = [
    "BLOCKS",
    "HEADINGS",
    "HEADLINE",
    "LONG_CELL",
    "Markdown",
    "closed",
    "is_data",
    "joined",
    "walk",
]

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form header hgroup hr legend li main menu nav ol p pre search "
    "section summary table tbody td tfoot th thead tr ul".split()
) | set(HEADINGS)
_LISTS = frozenset({"ul", "ol", "menu"})
_UNSEEN = frozenset(
    "audio button canvas datalist embed head iframe input link map math meta noscript object "
    "option param script select style svg template textarea title track video".split()
)
_ANCHORS = frozenset("¶ # § 🔗 ⚓ ∞".split())  # links of a heading to itself
_WEIGHT = re.compile(r"font-weight\s*:\s*(bolder|bold|normal|[1-9]00)", re.IGNORECASE)
HEADLINE = re.compile(r"(?=.*[^\W\d_]{2}).{1,119}[^.,;:]")
_HEADED = 0.7  # of a table's rows: more that are a name and a value, and it is a list of them
_MAX_SPAN = 50  # columns or rows that one cell may take
_LAYOUT = "h1, h2, h3, h4, h5, h6, pre, article, section, form"  # not in a table of data
LONG_CELL = 600  # characters on average: a table that lays out a page
_SELF_CLOSED = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)"
    r"([a-zA-Z][\w:.-]*)((?:\s[^<>]*?)?)/>"
)


def closed(source: str) -> str:
    """XHTML for a parser of HTML, to which "/>" closes nothing.

    >>> closed('<title/><a id="p1" />One<br/>')
    '<title></title><a id="p1" ></a>One<br/>'
    """
    return _SELF_CLOSED.sub(r"<\1\2></\1>", source)


def joined(lines: Iterable[str]) -> str:
    """A cell's lines as escaped words on one, with semicolons after those that end in no stop.

    >>> joined(["Monday", "", "nine to five.", "Closed at noon"])
    'Monday; nine to five. Closed at noon'
    """
    said = ""
    for line in filter(None, map(plain, lines)):
        gap = " " if said.endswith((",", ";", ":", ".", "!", "?")) else "; "
        said += gap + line if said else line
    return words(said)


def walk(root: LexborNode) -> Generator[tuple[bool, LexborNode], bool | None, None]:
    """Every node below a root, as it opens (True) and, unless it is text, as it closes (False).

    Send True to a generator that has just opened a node to pass over what is inside it.
    """
    path: list[LexborNode] = []
    node = root.child
    while True:
        while node is None:
            if not path:
                return
            node = path.pop()
            yield False, node
            node = node.next
        skip = yield True, node
        if skip:
            yield True, node  # what send() returns
            node = node.next
        elif node.is_text_node or node.is_comment_node:
            node = node.next
        else:
            path.append(node)
            node = node.child


@dataclass(slots=True)
class _List:
    """A list that is open: its next number where it is numbered, its item's paragraphs so far."""

    number: int | None
    paragraphs: int = 0


@dataclass(slots=True)
class Markdown:
    """Writes a tree into a Writer.

    `unwanted` are nodes to pass over, by their `mem_id`; where a page has no headings, `bold`
    makes them of short paragraphs that are bold.
    """

    writer: Writer
    unwanted: frozenset[int] = frozenset()
    bold: bool = False
    _inline: list[str] = field(default_factory=list)
    _lists: list[_List] = field(default_factory=list)
    _terms: list[str] = field(default_factory=list)
    _heading: int = 0
    _heavy: list[bool] = field(default_factory=list)  # of the elements that are open: is it bold?
    _light: bool = False  # some of the words are not bold

    def write(self, root: LexborNode) -> None:
        """Everything below a node."""
        steps = walk(root)
        for opens, node in steps:
            tag = node.tag
            if not opens:
                self._heavy.pop()
                self._close(tag)
            elif node.is_text_node:
                self._text(node.text_content or "")
            elif (
                (tag in _UNSEEN and not (tag == "button" and self._begins_heading()))
                or node.is_comment_node
                or node.mem_id in self.unwanted
                or self._whole(node, tag)
            ):
                steps.send(True)
            else:
                self._heavy.append(_is_bold(node, tag, self._heavy))
                self._open(node, tag)
        self._flush()

    def _begins_heading(self) -> bool:
        """Whether a heading is open and has no words: a button there holds them."""
        return bool(self._heading) and not any(map(str.strip, self._inline))

    def _text(self, text: str) -> None:
        self._inline.append(text)
        if not (self._heavy and self._heavy[-1]) and text.strip():
            self._light = True

    def _whole(self, node: LexborNode, tag: str | None) -> bool:
        """Writes what is not walked through: programs, tables, raised numbers."""
        if tag == "pre":
            self._flush()
            lines = node.text().strip("\n").expandtabs().split("\n")
            if any(line.strip() for line in lines):
                self._term()
                self.writer.code([(0, line.rstrip()) for line in lines])
            return True
        if tag == "table" and is_data(node):
            self._flush()
            self._term()
            self._table(node)
            return True
        if tag == "sup":
            self._inline.append(_raised("".join(self._inline[-3:]), node))
            return True
        if tag == "a":
            return plain(node.text()) in _ANCHORS
        if tag == "br":
            self._inline.append("\n")
            return True
        return False

    def _open(self, node: LexborNode, tag: str | None) -> None:
        if tag not in BLOCKS:
            return
        self._flush()
        if tag in HEADINGS:
            self._heading = HEADINGS[tag]
        elif tag in _LISTS:
            start = node.attributes.get("start") or "1"
            first = int(start) if start.isdecimal() and len(start) < 9 else 1
            self._lists.append(_List(first if tag == "ol" else None))
        elif tag == "li":
            if not self._lists:
                self._lists.append(_List(None))
            self._lists[-1].paragraphs = 0

    def _close(self, tag: str | None) -> None:
        if tag not in BLOCKS:
            return
        if tag == "dt":
            term = words("".join(self._inline))
            self._inline.clear()
            self._light = False
            if term:
                self._terms.append(term)
            return
        self._flush()
        if tag in HEADINGS:
            self._heading = 0
        elif tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "li" and self._lists and self._lists[-1].number is not None:
            self._lists[-1].number += 1
        elif tag == "dl":
            self._term()

    def _term(self) -> None:
        """Terms whose definition is not a paragraph, or missing."""
        if self._terms:
            self.writer.block(paragraph(", ".join(self._terms)))
            self._terms.clear()

    def _flush(self) -> None:
        """The words so far as a paragraph, a heading or an item."""
        text, heavy = "".join(self._inline), not self._light
        self._inline.clear()
        self._light = False
        if not text.strip():
            return
        if self.bold and heavy and not self._lists and HEADLINE.fullmatch(plain(text)):
            self.writer.heading(2 if text.isupper() else 3, words(text))
            return
        if self._heading:
            self._term()
            self.writer.heading(self._heading, words(text))
            return
        for part in re.split(r"\n[ \t\r\f\v]*\n", text) if "\n" in text else [text]:
            said = words(part)
            if said:
                self._paragraph(said)

    def _paragraph(self, said: str) -> None:
        if self._terms:
            self.writer.item(f"{', '.join(self._terms)}: {said}", len(self._lists))
            self._terms.clear()
        elif self._lists and self._lists[-1].paragraphs:
            self.writer.more(said)
        elif self._lists:
            number = self._lists[-1].number
            self.writer.item(said, len(self._lists) - 1, None if number is None else str(number))
        else:
            self.writer.block(paragraph(said))
        if self._lists:
            self._lists[-1].paragraphs += 1

    def _table(self, node: LexborNode) -> None:
        caption = node.css_first("caption")
        if caption is not None:
            self.writer.block(paragraph(words(caption.text(separator=" "))))
        rows, headed = _rows(node)
        if sum(headed) > _HEADED * len(rows) and all(len(row) == 2 for row in rows):
            for name, value in rows:  # names and values: an item each
                pair = name and value and name != value
                self.writer.item(f"{name}: {value}" if pair else name or value)
        else:
            self.writer.block(table(rows))


def _raised(before: str, node: LexborNode) -> str:
    """A superscript: a number as a footnote's or an exponent, anything else as it is."""
    number = plain(node.text())
    simple = before.strip() and re.fullmatch(r"[-+]?\d{1,9}", number)
    return raised(before.rstrip(), number) if simple else number


def _is_bold(node: LexborNode, tag: str | None, around: list[bool]) -> bool:
    style = _WEIGHT.search(node.attributes.get("style") or "")
    if style:
        return style[1] in ("bold", "bolder") or style[1] >= "600"
    return tag in ("b", "strong") or bool(around and around[-1])


def is_data(node: LexborNode) -> bool:
    """Whether a table holds data, and is not there to lay out a page."""
    if node.attributes.get("role") in ("presentation", "none") or node.css_first(_LAYOUT):
        return False
    cells = len(node.css("td, th"))
    rows = len(node.css("tr"))
    inner = sum(len(other.text()) for other in node.css("table") if other != node)
    size = len(node.text())
    return rows > 1 and cells > rows and size < LONG_CELL * cells and inner < 0.5 * size


def _rows(node: LexborNode) -> tuple[list[list[str]], list[bool]]:
    """A table's cells, those that span several repeated in each, and of each row whether its
    first cell alone is a header."""
    rows: list[list[str]] = []
    headed: list[bool] = []
    pending: dict[int, tuple[int, str]] = {}  # columns taken by cells of the rows above
    for line in node.css("tr"):
        if _table_of(line) != node:
            continue
        row: list[str] = []
        cells = [cell for cell in line.iter() if cell.tag in ("td", "th")]
        for cell in cells:
            _fill(row, pending)
            text = _cell(cell)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for _ in range(across):
                if down > 1:
                    pending[len(row)] = (down - 1, text)
                row.append(text)
        _fill(row, pending)
        rows.append(row)
        headed.append([cell.tag for cell in cells] == ["th", "td"])
    return rows, headed


def _table_of(line: LexborNode) -> LexborNode | None:
    above = line.parent
    while above is not None and above.tag != "table":
        above = above.parent
    return above


def _fill(row: list[str], pending: dict[int, tuple[int, str]]) -> None:
    """The cells that reach down into a row, from where it is."""
    while len(row) in pending:
        column = len(row)
        left, text = pending.pop(column)
        if left > 1:
            pending[column] = (left - 1, text)
        row.append(text)


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(_MAX_SPAN, max(1, int(value))) if value.isdecimal() and len(value) < 9 else 1


def _cell(cell: LexborNode) -> str:
    """A cell's words on one line, what stands on lines of their own parted by semicolons."""
    parts = [""]
    steps = walk(cell)
    for opens, node in steps:
        if not opens:
            if node.tag in BLOCKS:
                parts.append("")
        elif node.is_text_node:
            parts[-1] += node.text_content or ""
        elif node.tag in _UNSEEN or node.is_comment_node:
            steps.send(True)
        elif node.tag == "br":
            parts[-1] += " "
        elif node.tag == "sup":
            parts[-1] += _raised(parts[-1], node)
            steps.send(True)
        elif node.tag in BLOCKS:
            parts.append("")
    return joined(parts)
