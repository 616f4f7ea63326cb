"""A part of a document as HTML, with marks at exact character offsets.

Every character that is shown is a character of the document whose offset is known, so a mark
stands where its offsets say; nothing is searched for.
"""

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from assistant.labels import cells
from assistant.markup import Block, blocks, strip_markup
from assistant.types import Document, Section
from assistant.web.escape import escape
from assistant.web.i18n import say

__all__ = ["Highlight", "excerpt", "part", "plain", "without_label"]

PART = 40_000  # characters that are shown at once; a document up to twice as long is shown whole
PARSED = 300_000  # characters that are read as Markdown at once: more would keep the reader waiting
WRAPPED = 60  # a paragraph of lines at least this long was wrapped by a machine

_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]*")
_UNDERLINE = re.compile(r"\n[ \t]*(?:=+|-+)[ \t]*$")
_RULE = re.compile(r"\|[\s|:-]+\|?")  # under a table's header
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Highlight:
    """`text[start:end]` is marked; `id` names the mark in the page, `label` is what it shows."""

    start: int
    end: int
    id: str
    label: str = ""


def part(document: Document, start: int, end: int) -> tuple[int, int]:
    """Where the part of a document begins and ends that is shown with `text[start:end]`.

    Parts end where a section does, or a block, a row or a sentence of a long one. Together they
    are the whole document: the next part is that of the offset where this one ends.
    """
    text = document.text
    if len(text) <= 2 * PART:
        return 0, len(text)
    low, high = _unit(document, start)
    if high - low > 2 * PART:
        cuts = _cuts(text[low:high])
        at = bisect.bisect_right(cuts, start - low)
        high = low + cuts[at] if at < len(cuts) else high
        low += cuts[at - 1] if at else 0
    return low, max(high, min(end, len(text)))


def excerpt(
    document: Document, start: int, end: int, highlights: Sequence[Highlight], lang: str = "en"
) -> str:
    """`text[start:end]` as HTML in which the highlights are marked.

    The Markdown of the document is shown as headings, paragraphs, lists and tables; where a mark
    stands on nothing but syntax, as plain text. What an editor noted stands before what it is
    about, and where a page begins its number.
    """
    inside = [h for h in highlights if h.start < end and h.end > start]
    shown = _Shown(document, start, end, inside, lang)
    html = shown.blocks()
    unseen = [h for h in inside if h.id not in shown.seen]
    if unseen:
        shown = _Shown(document, start, end, inside, lang)
        html = shown.blocks(plain=unseen)
    if not all(h.id in shown.seen for h in inside):
        html = _Shown(document, start, end, inside, lang).plain(start, end)
    return html


def _unit(document: Document, at: int) -> tuple[int, int]:
    """The run of whole sections around an offset that is read as Markdown at once."""
    units = _units(document.sections, len(document.text))
    low, high = units[max(0, bisect.bisect_right(units, (at, len(document.text) + 1)) - 1)]
    if high - low > PARSED:
        text, start = document.text, low
        low += (at - start) // PARSED * PARSED
        if low > start:
            low = text.rfind("\n", low - PARSED // 4, low) + 1 or low
        if high - low > PARSED:
            high = low + PARSED
            high = text.rfind("\n", high - PARSED // 4, high) + 1 or high
    return low, high


@lru_cache(maxsize=64)
def _units(sections: tuple[Section, ...], length: int) -> list[tuple[int, int]]:
    """Runs of whole sections, each as long as a part where a section is no longer."""
    starts = [section.start for section in sections if 0 < section.start < length]
    units, low = [], 0
    for start, after in pairwise([*starts, length]):
        if after - low > PART and start > low:
            units.append((low, start))
            low = start
    return [*units, (low, length)]


@lru_cache(maxsize=32)
def _parsed(text: str) -> list[Block]:
    return blocks(text)


@lru_cache(maxsize=32)
def _cuts(text: str) -> list[int]:
    """Offsets at which a long text is cut into parts, at blocks and their pieces."""
    edges = sorted({o for b in _parsed(text) for o in (b.start, *(p.line for p in b.pieces))})
    cuts, low = [], 0
    for edge, after in pairwise([*edges, len(text)]):
        if after - low > PART and edge > low:
            cuts.append(edge)
            low = edge
        while after - low > 2 * PART:  # a piece that is too long itself
            low = text.rfind(" ", low + PART // 2, low + PART) + 1 or low + PART
            cuts.append(low)
    return cuts


class _Shown:
    """Makes the HTML of `text[start:end]`; `seen` are the ids of the marks that it holds."""

    def __init__(
        self,
        document: Document,
        start: int,
        end: int,
        highlights: Sequence[Highlight],
        lang: str,
    ) -> None:
        self.document, self.text, self.lang = document, document.text, lang
        self.start, self.end = start, end
        self.highlights = sorted(highlights, key=lambda h: (h.start, h.end))
        self.seen: set[str] = set()
        self.page = bisect.bisect_left(document.pages, start)  # the last one that was numbered
        self.noted: set[str] = set()

    def blocks(self, plain: Sequence[Highlight] = ()) -> str:
        """All blocks; those that hold one of `plain` as they stand, syntax and all."""
        low, high = 0, len(self.text)
        if high > 2 * PART:
            low, high = _unit(self.document, self.start)
            high = max(high, self.end)
        out: list[str] = []
        for block in _parsed(self.text[low:high]):
            start, end = max(low + block.start, self.start), min(low + block.end, self.end)
            if start >= end:
                continue
            if any(h.start < end and h.end > start for h in plain):
                out.append(self.plain(start, end))
            elif block.kind != "comment":
                kinds = {"list": self._list, "table": self._table}
                out.append(self._note(start, end) + kinds.get(block.kind, self._flow)(block, low))
        return "".join(out)

    def plain(self, start: int, end: int) -> str:
        return f'<p class="plain">{self._paint(start, end, syntax=True)}</p>'

    def _note(self, start: int, end: int) -> str:
        notes = [m.note for m in self.document.marks if m.start < end and m.end > start]
        fresh = [note for note in dict.fromkeys(notes) if note not in self.noted]
        self.noted.update(fresh)
        label = say("reconstructed", self.lang)
        return "".join(
            f'<p class="note"><strong>{label}</strong> {escape(without_label(note))}</p>'
            for note in fresh
        )

    def _flow(self, block: Block, low: int) -> str:
        """A heading, a paragraph or code."""
        start, end = max(low + block.start, self.start), min(low + block.end, self.end)
        tag, kind = "p", ""
        if block.kind == "heading":
            match = _HEADING.match(self.text, start, end)
            start = match.end() if match else start
            underline = _UNDERLINE.search(self.text[start:end])
            end = start + underline.start() if underline else end
            kind = f' class="heading h{block.level}"'
        elif block.kind == "code":
            tag = "pre"
        elif any(len(line) < WRAPPED for line in self.text[start:end].split("\n")[:-1]):
            kind = ' class="lines"'
        return f"<{tag}{kind}>{self._paint(start, end, syntax=block.kind == 'code')}</{tag}>"

    def _list(self, block: Block, low: int) -> str:
        items = []
        for piece in block.pieces:
            line, start, end = (low + o for o in (piece.line, piece.start, piece.end))
            if line >= self.end or end <= self.start:
                continue
            marker = self.text[line:start]
            depth = min(3, (len(marker) - len(marker.lstrip())) // 2)
            bullet = marker.strip() if any(c.isalnum() for c in marker) else "•"
            items.append(
                f'<li class="d{depth}"><span class="bullet">{escape(bullet)}'
                f"</span><span>{self._paint(start, end)}</span></li>"
            )
        return f"<ul>{''.join(items)}</ul>"

    def _table(self, block: Block, low: int) -> str:
        head = ""
        if block.header:
            head = self._row(low + block.header[0], low + block.header[1], "th")
        rows = [
            self._row(low + piece.start, low + piece.end, "td")
            for piece in block.pieces
            if low + piece.start < self.end and low + piece.end > self.start
        ]
        return (
            f'<div class="scroll"><table><thead>{head}</thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div>"
        )

    def _row(self, start: int, end: int, tag: str) -> str:
        edges = [start, *(start + m.start() for m in _PIPE.finditer(self.text[start:end])), end]
        cells = []
        for a, b in pairwise(edges):
            a += self.text[a : a + 1] == "|"
            inner = self.text[a:b].strip()
            outside = not inner and (a <= start + 1 or b == end)
            if not outside:
                a += len(self.text[a:b]) - len(self.text[a:b].lstrip())
                cells.append(f"<{tag}>{self._paint(a, a + len(inner))}</{tag}>")
        return f"<tr>{''.join(cells)}</tr>"

    def _paint(self, start: int, end: int, syntax: bool = False) -> str:
        """The words of `text[start:end]`, escaped, those inside highlights in <mark>."""
        if syntax:
            words, offsets = self.text[start:end], list(range(end - start))
        else:
            words, offsets = strip_markup(self.text[start:end])
        on = [h for h in self.highlights if h.start < end and h.end > start]
        pages = self.document.pages
        if not on and not (self.page < len(pages) and pages[self.page] < end):
            return escape(words)
        covers = (
            (
                bisect.bisect_right(pages, start + offset),
                tuple(h for h in on if h.start <= start + offset < h.end),
            )
            for offset in offsets
        )
        out, at = [], 0
        for (page, cover), run in groupby(covers):
            length = sum(1 for _ in run)
            piece, at = escape(words[at : at + length]), at + length
            if page > self.page:
                number = say("page", self.lang, number=page)
                out.append(f'<span class="pagemark">{number}</span>')
                self.page = page
            if cover:
                badges = "".join(self._badge(h) for h in cover if h.id not in self.seen)
                self.seen.update(h.id for h in cover)
                names = " ".join(h.id for h in cover)
                piece = f'{badges}<mark class="{names}">{piece}</mark>'
            out.append(piece)
        return "".join(out)

    @staticmethod
    def _badge(highlight: Highlight) -> str:
        """What a citation's link leads to, in front of its mark."""
        return (
            f'<sup class="badge" id="{highlight.id}" tabindex="-1">{escape(highlight.label)}</sup>'
        )


def plain(quote: str) -> str:
    """A quote as it is read, without Markdown's syntax; a row's cells have bars between them.

    >>> plain("| **City** | Firms |\\n| --- | --- |\\n| Pemba | 26 |")
    'City | Firms\\nPemba | 26'
    """
    lines = (line.strip() for line in quote.split("\n"))
    return "\n".join(
        " | ".join(cells(line)) if line.startswith("|") else strip_markup(line)[0]
        for line in lines
        if line and not _RULE.fullmatch(line)
    )


def without_label(note: str) -> str:
    """An editor's note without the word that the page puts in front of it."""
    return re.sub(r"^\s*reconstructed\s*:?\s*", "", note, flags=re.IGNORECASE)
