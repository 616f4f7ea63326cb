"""A part of a document as HTML, with marks at exact character offsets.

Every character that is shown is a character of the document whose offset is known, so a mark
stands where its offsets say; nothing is searched for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from assistant.markup import Block, blocks, strip_markup
from assistant.types import Document
from assistant.web.escape import escape

__all__ = ["Highlight", "excerpt"]

WHOLE = 3_500  # characters of a section that are shown without leaving anything out
AROUND = 1_000  # characters that are shown on either side of a mark in a longer one
PARSED = 20_000  # characters of a section that are read as Markdown at most
WRAPPED = 60  # a paragraph of lines at least this long was wrapped by a machine

_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]*")
_UNDERLINE = re.compile(r"\n[ \t]*(?:=+|-+)[ \t]*$")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Highlight:
    """`text[start:end]` is marked; `id` names the mark in the page, `label` is what it shows."""

    start: int
    end: int
    id: str
    label: str = ""


def excerpt(document: Document, highlights: Sequence[Highlight]) -> str:
    """The section that holds the highlights, as HTML in which they are marked.

    All highlights are of one section. Long sections are cut to the surroundings of the marks,
    and "…" stands where something is left out. The Markdown of the document is shown as
    headings, paragraphs, lists and tables; where a mark stands on nothing but syntax, as plain
    text.
    """
    first = min(h.start for h in highlights)
    last = max(h.end for h in highlights)
    start, end = _bounds(document, first, last)
    shown = _Shown(document.text, start, end, highlights)
    html = shown.blocks()
    if not all(h.id in shown.seen for h in highlights):
        html = _Shown(document.text, start, end, highlights).plain()
    return html


def _bounds(document: Document, first: int, last: int) -> tuple[int, int]:
    start, end = first, last
    for section in document.sections:
        if section.start <= first < section.end:
            start, end = section.start, max(section.end, last)
            break
    text = document.text
    if first - start > PARSED // 2:
        start = text.rfind("\n", first - PARSED // 2, first) + 1 or first - PARSED // 2
    if end - last > PARSED // 2:
        cut = text.find("\n", last, last + PARSED // 2)
        end = last + PARSED // 2 if cut < 0 else text.rfind("\n", last, last + PARSED // 2)
    return start, end


class _Shown:
    """Collects the HTML of `text[start:end]`; `seen` are the ids of the marks that it holds."""

    def __init__(self, text: str, start: int, end: int, highlights: Sequence[Highlight]) -> None:
        self.text, self.start, self.end = text, start, end
        self.highlights = sorted(highlights, key=lambda h: (h.start, h.end))
        self.seen: set[str] = set()
        self.gap = False
        whole = end - start <= WHOLE
        self.windows = (
            [(start, end)]
            if whole
            else [(h.start - AROUND, h.end + AROUND) for h in self.highlights]
        )

    def blocks(self) -> str:
        out: list[str] = []
        for block in blocks(self.text[self.start : self.end]):
            if block.kind == "comment":
                continue
            kinds = {"list": self._list, "table": self._table}
            inner = kinds.get(block.kind, self._flow)(block)
            if not inner:
                self.gap = True
                continue
            out.append(inner)
        return "".join(out) + self._gap("p")

    def plain(self) -> str:
        parts = [self._paint(a, b, syntax=True) for a, b in self._near(self.start, self.end)]
        return f'<p class="plain">{" … ".join(parts)}</p>'

    def _flow(self, block: Block) -> str:
        """A heading, a paragraph or code."""
        start, end = self.start + block.start, self.start + block.end
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
        near = self._near(start, end)
        if not near:
            return ""
        before = "… " if self.gap or near[0][0] > start else ""
        self.gap = False
        after = " …" if near[-1][1] < end else ""
        inner = " … ".join(self._paint(a, b, syntax=block.kind == "code") for a, b in near)
        return f"<{tag}{kind}>{before}{inner}{after}</{tag}>"

    def _list(self, block: Block) -> str:
        items = []
        for piece in block.pieces:
            line, start, end = (self.start + o for o in (piece.line, piece.start, piece.end))
            if not self._near(line, end):
                self.gap = True
                continue
            marker = self.text[line:start]
            depth = min(3, (len(marker) - len(marker.lstrip())) // 2)
            bullet = marker.strip() if any(c.isalnum() for c in marker) else "•"
            items.append(
                f'{self._gap("li")}<li class="d{depth}"><span class="bullet">{escape(bullet)}'
                f"</span><span>{self._paint(start, end)}</span></li>"
            )
        return f"<ul>{''.join(items)}</ul>" if items else ""

    def _table(self, block: Block) -> str:
        rows = []
        for piece in block.pieces:
            start, end = self.start + piece.start, self.start + piece.end
            if not self._near(start, end):
                self.gap = True
                continue
            gap = self._gap("td")
            rows.append((f"<tr>{gap}</tr>" if gap else "") + self._row(start, end, "td"))
        head = ""
        if block.header:
            head = self._row(self.start + block.header[0], self.start + block.header[1], "th")
        if not rows and "<mark" not in head:
            return ""
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

    def _near(self, start: int, end: int) -> list[tuple[int, int]]:
        """What of `text[start:end]` stands near a mark, cut at spaces."""
        near: list[tuple[int, int]] = []
        for low, high in self.windows:
            a, b = max(start, low), min(end, high)
            if a >= b:
                continue
            if a > start:
                a = self.text.find(" ", a, min(a + 40, b)) + 1 or a
            if b < end:
                cut = self.text.rfind(" ", max(b - 40, a), b)
                b = cut if cut > a else b
            if near and a <= near[-1][1]:
                near[-1] = (near[-1][0], max(b, near[-1][1]))
            else:
                near.append((a, b))
        return near

    def _gap(self, tag: str) -> str:
        """ "…" where something was left out since the last time."""
        if not self.gap:
            return ""
        self.gap = False
        return f'<{tag} class="gap">…</{tag}>'

    def _paint(self, start: int, end: int, syntax: bool = False) -> str:
        """The words of `text[start:end]`, escaped, those inside highlights in <mark>."""
        if syntax:
            words, offsets = self.text[start:end], list(range(end - start))
        else:
            words, offsets = strip_markup(self.text[start:end])
        on = [h for h in self.highlights if h.start < end and h.end > start]
        if not on:
            return escape(words)
        covers = (tuple(h for h in on if h.start <= start + offset < h.end) for offset in offsets)
        out, at = [], 0
        for cover, run in groupby(covers):
            length = sum(1 for _ in run)
            piece, at = escape(words[at : at + length]), at + length
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
