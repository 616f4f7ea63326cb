"""What only says where things are: running headers, footers and page numbers, found by their
repetition, and tables of contents. It is taken away."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from assistant.formats.page import Line, Page, Table, Word

__all__ = ["CONTENTS", "FOLIO", "without_contents", "without_furniture"]

_EDGE = 3  # rows at the top, and at the bottom, that may repeat
_SAME = 3.0  # points that a row may stand higher or lower on another page
_APART = 1.6  # em between furniture and the text
_SHORT = 4  # words: "Page 3 of 12"
_HEADER = 15  # words: a chapter's name and the page's number
_MOST = 0.5  # of all words: if more repeat, it is the pages that do
_FEW = 4  # pages: two of them that begin alike are enough
_PLACE = re.compile(
    r"(?:(?:page|seite|p\.|pg\.?|of|von|de|sur|[-–—|/])\s*|(?:\d+|[ivxlc]+)\b\s*)+", re.IGNORECASE
)
_LARGE = 1.15  # times the usual size: a heading's
_NEAR = 2  # pages from one running header to the next: left pages may have another
_ANY_NUMBER = re.compile(r"\b(?:\d+|[ivxlc]+)\b", re.IGNORECASE)
_OUTER_NUMBER = re.compile(r"^(?:\d+|[ivxlc]+)(?=\s|$)|(?<!\S)(?:\d+|[ivxlc]+)$", re.IGNORECASE)
# A line of a table of contents.
_LEADERS = re.compile(r"(?:(?:[.·…]\s?){4,}|(?:\.{3}|…)\s*)(\d{1,4}|[ivxlc]+)$")
CONTENTS = re.compile(
    r"(?:table of )?contents|inhalt(?:sverzeichnis)?|table des matières|sommaire|índice|目[录錄次]",
    re.IGNORECASE,
)
FOLIO = re.compile(r"(?:^|[\s.·…])(?:\d{1,4}|[ivxlc]+)$")
_MANY_LEADERS = 3
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class _Row:
    """Words on one baseline at the edge of a page: `words` are their places in the page."""

    y: float
    size: float
    text: str
    words: tuple[int, ...]
    starts: tuple[float, ...]  # where its cells begin


def without_furniture(pages: Sequence[Page]) -> list[Page]:
    """The pages without what only says where the reader is."""
    dropped: list[set[int]] = [set() for _ in pages]
    usual = median([word.size for page in pages for word in page.words] or [0.0])
    for top in (True, False):
        edges = [_edge(page.words, top) for page in pages]
        depths = [0 for _ in pages]
        for depth in range(_EDGE):  # from the edge inwards, without a gap
            rows = [
                edge[depth] if depth < len(edge) and depths[number] == depth else None
                for number, edge in enumerate(edges)
            ]
            for number in _repeated(rows, _LARGE * usual):
                depths[number] += 1
        for number, edge in enumerate(edges):
            while depths[number] and not _stands_apart(edge, depths[number]):
                depths[number] -= 1  # a table's header, on each page that it goes on to
            for row in edge[: depths[number]]:
                dropped[number] |= set(row.words)
    if sum(map(len, dropped)) > _MOST * sum(len(page.words) for page in pages):
        return list(pages)
    return [
        replace(page, words=[w for n, w in enumerate(page.words) if n not in gone])
        for page, gone in zip(pages, dropped, strict=True)
    ]


def _stands_apart(edge: Sequence[_Row], depth: int) -> bool:
    """Whether there is more room below so many rows than between lines of text, and what follows
    does not stand in the same columns."""
    if depth >= len(edge):
        return True
    last, text = edge[depth - 1], edge[depth]
    shared = sum(any(abs(x - other) < _SAME for other in text.starts) for x in last.starts)
    return shared < 2 and abs(last.y - text.y) > _APART * last.size


def _edge(words: Sequence[Word], top: bool) -> list[_Row]:
    """The outermost rows of a page, from its edge inwards."""
    rows: list[list[int]] = []
    for number in sorted(range(len(words)), key=lambda n: words[n].y, reverse=top):
        word = words[number]
        if word.angle:
            continue
        if rows and abs(words[rows[-1][0]].y - word.y) < 0.3 * word.size:
            rows[-1].append(number)
        elif len(rows) > _EDGE:  # one more, to see how far it is
            break
        else:
            rows.append([number])
    for row in rows:
        row.sort(key=lambda n: words[n].x0)
    return [
        _Row(
            words[row[0]].y,
            max(words[n].size for n in row),
            " ".join(words[n].text for n in row),
            tuple(row),
            tuple(
                words[n].x0
                for before, n in zip([None, *row], row, strict=False)
                if before is None or words[n].x0 - words[before].x1 > words[n].size
            ),
        )
        for row in rows
    ]


def _repeated(rows: Sequence[_Row | None], largest: float) -> set[int]:
    """On which pages the row at this place of the page is furniture.

    It is where the same words stand at the same height on pages close by, and where a number
    counts the pages, whatever stands beside it, unless it is larger than `largest`: headings are
    numbered too.
    """
    enough = 2 if len(rows) <= _FEW else 3
    places = [(number, row) for number, row in enumerate(rows) if row]
    same: dict[str, list[tuple[int, float]]] = {}
    for number, row in places:
        same.setdefault(row.text, []).append((number, row.y))
    found = set()
    for alike in same.values():
        for number, y in alike:
            others = [n for n, at in alike if abs(at - y) < _SAME and n != number]
            if len(others) + 1 >= enough and any(abs(n - number) <= _NEAR for n in others):
                found.add(number)
    places = [p for p in places if p[1].size <= largest or _PLACE.fullmatch(p[1].text)]
    shapes: dict[str, list[tuple[int, _Row]]] = {}
    for number, row in places:
        shapes.setdefault(_ANY_NUMBER.sub("#", row.text), []).append((number, row))
    alike_but_counting = [(_ANY_NUMBER, rows, enough) for rows in shapes.values()]
    folios = [place for place in places if len(place[1].words) <= _SHORT]
    headers = [place for place in places if len(place[1].words) <= _HEADER]
    for pattern, members, least in (
        *alike_but_counting,
        (_ANY_NUMBER, folios, enough),
        (_OUTER_NUMBER, headers, max(3, 0.3 * len(places))),
    ):
        heights = {number: row.y for number, row in members}
        for counted in _counting(members, pattern):
            if len(counted) >= least:
                found |= {
                    number
                    for number in counted
                    if any(
                        0 < abs(other - number) <= _NEAR
                        and abs(heights[other] - heights[number]) < _SAME
                        for other in counted
                    )
                }
    return found


def _counting(places: Sequence[tuple[int, _Row]], pattern: re.Pattern[str]) -> list[set[int]]:
    """Sets of pages whose row holds a number that grows with the pages."""
    offsets: dict[int, set[int]] = {}
    for number, row in places:
        for value in {_value(match[0]) for match in pattern.finditer(row.text)}:
            if value is not None:
                offsets.setdefault(value - number, set()).add(number)
    return list(offsets.values())


def _value(number: str) -> int | None:
    if number.isdigit():
        return int(number) if len(number) < 6 else None
    values = [_ROMAN[letter] for letter in number.lower()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)


def without_contents(pages: Sequence[Sequence[Line | Table]]) -> list[list[Line | Table]]:
    """Pages without their tables of contents: where things are, not what they are."""
    found: list[list[Line | Table]] = []
    goes_on = False
    for page in pages:
        entries = [(at, said) for at, part in enumerate(page) for said in _entries(part)]
        leading = [(at, end[1]) for at, said in entries if (end := _LEADERS.search(said[-100:]))]
        numbers = [int(number) for _, number in leading if number.isdigit()]
        rising = sum(a <= b for a, b in pairwise(numbers)) >= 0.8 * (len(numbers) - 1)
        # A list of prices may look the same, but has no such name and leads to no pages.
        named = any(CONTENTS.fullmatch(said) for _, said in entries)
        begins = named or max(numbers, default=0) <= len(pages)
        enough = 1 if goes_on else max(_MANY_LEADERS, 0.3 * len(entries))
        goes_on = len(leading) >= enough and rising and (goes_on or begins)
        places = [part.y for part in page if isinstance(part, Line) and FOLIO.search(part.text)]
        last = leading[-1][0] if goes_on else -1
        found.append([p for at, p in enumerate(page) if at > last or not _is_entry(p, places)])
    return found


def _entries(part: Line | Table) -> list[str]:
    """What may be an entry of a table of contents: a line, or a row of a table."""
    if isinstance(part, Line):
        return [part.text]
    return [" ".join(line.text for cell in row for line in cell) for row in part.rows]


def _is_entry(part: Line | Table, places: Iterable[float]) -> bool:
    """Whether a part of a table of contents leads to a page; `places` are the heights at which
    the number of a page stands."""
    if isinstance(part, Line):
        return any(abs(part.y - y) < 0.3 * part.size for y in places)
    return 2 * sum(FOLIO.search(entry) is not None for entry in _entries(part)) > len(part.rows)
