"""What the readers write their Markdown with: clean words, escaped syntax, tables, pages.

writer = Writer()
writer.page()
writer.heading(1, words("A title"))
writer.block(table([["a", "b"], ["1", "2"]]))
writer.parsed({"title": "A title"})
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from assistant.errors import DocumentError
from assistant.formats.parsed import Parsed

__all__ = [
    "MAX_TEXT",
    "Writer",
    "clean",
    "paragraph",
    "plain",
    "raised",
    "real_title",
    "table",
    "words",
]

MAX_TEXT = 20_000_000  # characters; about 7,000 pages
_CODE_LETTER = 5.0  # points that a letter of a program is about wide
_MAX_HEADING = 300  # characters; what is longer is prose that was set large

# Control characters and those that reorder text on a screen: no document needs them, and they
# can make a quote read as something else. Half a surrogate pair can't be written anywhere.
_CONTROLS = (
    "\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
)
_UNSAFE = re.compile(f"[{_CONTROLS}]")
_UNSEEN = re.compile(f"[{_CONTROLS}\u00ad\u200b\u2060\ufffe\uffff]")  # and where a line may break
_ACTIVE = re.compile(r"[\\*_`~<&]|\]\(")  # text without these has no syntax inside a line
# What Markdown would read as its syntax inside a line ...
_INLINE = re.compile(
    r"""
      \\(?=[!-/:-@\[-`{-~])     # a backslash that would escape
    | (?<!\s)\*|\*(?!\s|$)      # emphasis, unless the star stands alone
    | (?<!\w)_|_(?!\w)|_(?=_)|(?<=_)_
    | `
    | ~(?=~)|(?<=~)~
    | <(?=[a-zA-Z/!?])          # a tag or a comment
    | &(?=\#?\w+;)
    | (?<=\])\(                 # a link
    """,
    re.VERBOSE,
)
# ... and at its start: a heading, a quotation, an item, a rule, a link's definition.
_START = re.compile(r"[#>]|[-+](?=\s|$)|-(?=[-\s]*$)|\[(?=[^\]]*\]:)|\d{1,9}(?=([.)])(?:\s|$))")
_NO_TITLE = re.compile(
    r"\.[a-z]{3,4}$|^(?:untitled|title|document|(?:power ?point )?presentation|slide)\b\W*\d*$|"
    r"^untitled|^microsoft word|^\(?(?:anonymous|unspecified)",
    re.IGNORECASE,
)
_SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def clean(source: str) -> str:
    """One kind of line end, a page's end a paragraph's too, nothing that a screen would obey.

    >>> clean("a\\x1b[0m\\r\\nb")
    'a[0m\\nb'
    """
    return _UNSAFE.sub("", re.sub(r"\r\n?|\u2028|\u2029", "\n", source).replace("\x0c", "\n\n"))


def plain(text: str) -> str:
    """Words on one line, as they are seen: one space between them, nothing invisible.

    >>> plain(" one\\u00a0two\\n three\\u00ad ")
    'one two three'
    """
    return " ".join(_UNSEEN.sub("", text).split())


def real_title(title: str | None) -> str | None:
    """A title that a file gives itself, unless it is one that programs put there.

    >>> real_title("Annual report"), real_title("report_v2.doc"), real_title("Untitled")
    ('Annual report', None, None)
    """
    title = plain(title or "")
    return title if re.search(r"[^\W\d_]", title) and not _NO_TITLE.search(title) else None


def words(text: str) -> str:
    """`plain` words with Markdown's syntax escaped.

    >>> words("<b> is *bold*, a_b is not")
    '\\\\<b> is \\\\*bold\\\\*, a_b is not'
    """
    said = plain(text)
    return _INLINE.sub(lambda match: "\\" + match[0], said) if _ACTIVE.search(said) else said


def raised(before: str, number: str) -> str:
    """A superscript after `before`: a footnote's number in brackets, else as an exponent.

    >>> raised("policy", "1"), raised("10", "2"), raised("km", "2")
    ('[1]', '²', '²')
    """
    if re.fullmatch(r"\d{1,3}", number) and re.search(r"[^\W\d]{3}$|[.,;:!?)\]”’\"']$", before):
        return f"[{number}]"
    return number.translate(_SUPERSCRIPTS)


def paragraph(text: str) -> str:
    """Escaped words as a paragraph: nothing at their start is read as something else.

    >>> paragraph("1. May"), paragraph("# one")
    ('1\\\\. May', '\\\\# one')
    """
    start = _START.match(text)
    if not start:
        return text
    return text[: start.end(0)] + "\\" + text[start.end(0) :] if start[1] else "\\" + text


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of escaped words as a Markdown table, the first its header; empty ones are left out.

    One column, or one row, is no table: its cells become paragraphs.

    >>> table([["a", "b|c"], ["1", ""]])
    '| a | b\\\\|c |\\n| --- | --- |\\n| 1 |  |'
    """
    kept = [[plain(cell) for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    width = max(map(len, kept), default=0)
    used = [n for n in range(width) if any(n < len(row) and row[n] for row in kept)]
    if len(kept) < 2 or len(used) < 2:
        return "\n\n".join(paragraph(cell) for row in kept for cell in row if cell)
    lines = [
        " | ".join((row[n] if n < len(row) else "").replace("|", "\\|") for n in used)
        for row in kept
    ]
    lines.insert(1, " | ".join("---" for _ in used))
    return "\n".join(f"| {line} |" for line in lines)


class Writer:
    """Blocks of Markdown in order, and the offset at which each page starts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pages: list[int] = []
        self._waiting = 0  # pages that begin with whatever comes next
        self._depth = -1  # of the list that is open
        self._inside = 0  # columns that its item's text is set in

    def page(self) -> None:
        """What comes next stands on a new page."""
        self._waiting += 1

    def heading(self, level: int, text: str) -> None:
        """A heading of escaped words, of level 1 to 6."""
        if len(text) > _MAX_HEADING:
            self.block(paragraph(text))
        elif text:
            said = re.sub(r"#+$", r"\\\g<0>", text)  # at the end it would be the heading's mark
            self.block(f"{'#' * max(1, min(6, level))} {said}")

    def block(self, markdown: str, pages: Iterable[int] = ()) -> None:
        """Any block; `pages` are offsets in it at which a page starts.

        Raises DocumentError when the text gets too long to work with.
        """
        if markdown.strip():
            self._depth = -1
            self._add(markdown, pages, "\n\n")

    def code(self, lines: Iterable[tuple[float, str]]) -> None:
        """Lines of a program as they are, each with how far from the left it begins, in points."""
        kept = [(left, _UNSAFE.sub("", text)) for left, text in lines]
        margin = min(left for left, _ in kept)
        text = "\n".join(" " * min(40, round((x - margin) / _CODE_LETTER)) + t for x, t in kept)
        ticks = max([2, *map(len, re.findall("`+", text))]) + 1
        self.block(f"{'`' * ticks}\n{text}\n{'`' * ticks}")

    def item(
        self, text: str, level: int = 0, number: str | None = None, pages: Iterable[int] = ()
    ) -> None:
        """A list's item of escaped words, `level` lists deep, `number` as it stands in the source;
        `pages` are offsets in `text`."""
        if not text.strip():
            return
        level = min(level, self._depth + 1)
        margin, marker = "    " * level, "-"
        self._inside = len(margin) + 2
        if number and re.fullmatch(r"\d{1,9}", number):
            marker = f"{number}."
            self._inside = len(margin) + len(marker) + 1
        elif number:  # a letter or a roman number: kept as words
            marker = f"- {number})"
        begins = f"{margin}{marker} "
        gap = "\n" if self._depth >= 0 else "\n\n"
        written = begins + (paragraph(text) if marker == "-" else text)
        self._depth = level
        shift = len(written) - len(text)
        self._add(written, [offset + shift for offset in pages], gap)

    def more(self, text: str) -> None:
        """A further paragraph of escaped words in the item that is open."""
        if self._depth < 0:
            self.block(paragraph(text))
        elif text.strip():
            self._add(" " * self._inside + paragraph(text), (), "\n\n")

    def _add(self, markdown: str, pages: Iterable[int], gap: str) -> None:
        if self._parts:
            self._parts.append(gap)
            self._length += len(gap)
        self._pages += [self._length] * self._waiting
        self._pages += [self._length + min(offset, len(markdown)) for offset in pages]
        self._waiting = 0
        self._parts.append(markdown)
        self._length += len(markdown)
        if self._length > MAX_TEXT:
            millions = MAX_TEXT // 1_000_000
            raise DocumentError(f"it holds more than {millions} million characters: split it")

    def parsed(self, about: Mapping[str, str | None], notes: Iterable[str] = ()) -> Parsed:
        """All of it; what is empty in `about` is left out."""
        text = "".join(self._parts)
        facts = {key: plain(value) for key, value in about.items() if value and plain(value)}
        pages = (*self._pages, *[len(text)] * self._waiting)
        return Parsed(text, facts, pages, tuple(notes))
