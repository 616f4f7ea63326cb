"""Running headers, footers and page numbers: found by their repetition, and taken away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.formats.layout import Page, Word

__all__ = ["without_furniture"]

_EDGE = 3  # rows at the top, and at the bottom, that may repeat
_SAME = 3.0  # points that a row may stand higher or lower on another page
_APART = 1.6  # em between furniture and the text
_FOLIO = 4  # words: "Page 3 of 12"
_HEADER = 15  # words: a chapter's name and the page's number
_MOST = 0.5  # of all words: if more repeat, it is the pages that do
_FEW = 4  # pages: two of them that begin alike are enough
_NEAR = 2  # pages from one running header to the next: left pages may have another
_ANY_NUMBER = re.compile(r"\b(?:\d+|[ivxlc]+)\b", re.IGNORECASE)
_OUTER_NUMBER = re.compile(r"^(?:\d+|[ivxlc]+)(?=\s|$)|(?<!\S)(?:\d+|[ivxlc]+)$", re.IGNORECASE)
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
    for top in (True, False):
        edges = [_edge(page.words, top) for page in pages]
        depths = [0 for _ in pages]
        for depth in range(_EDGE):  # from the edge inwards, without a gap
            rows = [
                edge[depth] if depth < len(edge) and depths[number] == depth else None
                for number, edge in enumerate(edges)
            ]
            for number in _repeated(rows):
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


def _repeated(rows: Sequence[_Row | None]) -> set[int]:
    """On which pages the row at this place of the page is furniture.

    It is where the same words stand at the same height on pages close by, and where a number
    counts the pages, whatever stands beside it.
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
    shapes: dict[str, list[tuple[int, _Row]]] = {}
    for number, row in places:
        shapes.setdefault(_ANY_NUMBER.sub("#", row.text), []).append((number, row))
    alike_but_counting = [(_ANY_NUMBER, rows, enough) for rows in shapes.values()]
    folios = [place for place in places if len(place[1].words) <= _FOLIO]
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
