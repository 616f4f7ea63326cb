"""Lines and tables of pages -> Markdown: paragraphs, lists, headings, over columns and pages."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median, median_low

from assistant.formats.furniture import CONTENTS, FOLIO, without_contents, without_furniture
from assistant.formats.layout import arrange
from assistant.formats.page import Line, Page, Table
from assistant.formats.parsed import Parsed
from assistant.formats.writing import Writer, paragraph, table, words

__all__ = ["Bookmark", "document"]

_BULLET = re.compile(r"[•●▪◦‣✔✓❖➢■□○]\s*")
_ONLY_BULLETS = re.compile(r"[•●▪◦‣·\s]+")
_DASH = re.compile(r"[*·–—-]\s+")
_NUMBER = re.compile(r"(?:(\d{1,3})[.)]|\(?([a-zA-Z]|[ivx]{1,4}|\d{1,3})\)|([a-z])\.)\s+(?=\S)")
_ALONE = re.compile(r"[$€£¥]?[-+−]?[\d.,]+[%kKmM]?")
_ENDS = re.compile(r"[.!?:;。！？：；][\"'”’)\]]*(?:\[\d+\])*$")
_CJK = re.compile("[\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\uff00-\uffef]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff]")  # lines end within words
_LARGE = 1.15  # times the body's size: a heading's
_MAX_HEADING = 200  # characters
_MAX_LINES = 4  # of a heading
_BACK = 15  # parts that may stand between two halves of a paragraph


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of a document's outline: its words, its depth from 0, its page from 0."""

    title: str
    depth: int
    page: int


@dataclass(slots=True)
class _Text:
    """Lines that belong together. `number` is a list item's ("" for a bullet), `starts` the
    lines before which a page begins, with that page; `code` is kept line by line; `said` are the
    lines as one, once all of them are there."""

    lines: list[Line]
    page: int
    number: str | None = None
    level: int = 0
    starts: list[tuple[int, int]] = field(default_factory=list)
    code: bool = False
    said: str = ""

    @property
    def size(self) -> float:
        return max(line.size for line in self.lines)

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)


_Part = tuple[int, _Text | Table]  # with the page that it begins on


def document(
    pages: Sequence[Page],
    outline: Sequence[Bookmark],
    about: Mapping[str, str | None],
    notes: Iterable[str],
) -> Parsed:
    """The text of all pages, with the offset at which each begins."""
    arranged = without_contents([arrange(page) for page in without_furniture(pages)])
    lines = [part for page in arranged for part in page if isinstance(part, Line)]
    style = _Style(lines)
    parts: list[_Part] = []
    for number, page in enumerate(arranged):
        parts += [(number, part) for part in _numbers_joined(_texts(page, number, style))]
    parts = _continued(parts, style)
    for _, part in parts:
        if isinstance(part, _Text):
            part.said = style.joined(part.lines)
    return _Script(parts, outline, style, len(pages)).written(about, notes)


class _Style:
    """What is usual in a document: the size of its text, the distance of its lines, its words."""

    def __init__(self, lines: Sequence[Line]) -> None:
        letters: Counter[float] = Counter()
        for line in lines:
            letters[_rounded(line.size)] += len(line.text)
        self.body = letters.most_common(1)[0][0] if letters else 10.0
        steps = [
            (above.y - line.y) / self.body
            for above, line in pairwise(lines)
            if above.run == line.run and _rounded(line.size) == _rounded(above.size) == self.body
        ]
        mono = sum(len(line.text) for line in lines if line.mono)
        self.code = 2 * mono < sum(letters.values())  # monospaced lines are a program's
        self.step = median([s for s in steps if 0.8 < s < 2.5] or [1.2])
        self.shows_spaces = any(line.words[-1].ends == " " for line in lines)
        whole, parted = [], False
        for line in lines:  # a word's two halves are no words
            text = line.text.lower()
            if parted:
                text = text.partition(" ")[2]
            parted = line.hyphen or text.endswith(("-", "‐"))
            whole.append(text.rpartition(" ")[0] if parted else text)
        self.vocabulary = Counter(re.findall(r"\w+(?:-\w+)*", "\n".join(whole)))
        for word, count in list(self.vocabulary.items()):
            if "-" in word:
                self.vocabulary.update(dict.fromkeys(word.split("-"), count))

    def joined(self, lines: Iterable[Line]) -> str:
        """Lines as one, the words that were parted at their ends whole again."""
        said, parted, spaced = "", False, False
        for line in lines:
            text = line.text
            if not said:
                said = text
            elif parted or re.search(r"\w[-‐]$", said):
                said = self._whole(said.rstrip("-‐"), text)
            elif said.endswith("/") or self._run_on(said[-1], text[0], spaced):
                said += text
            else:
                said += f" {text}"
            parted, spaced = line.hyphen, line.words[-1].ends == " "
        return said + "-" if parted else said

    def _run_on(self, before: str, after: str, spaced: bool) -> bool:
        """Whether no space is read between two lines: in scripts that are written without."""
        if _CJK.match(before) and _CJK.match(after):
            return True
        if _HANGUL.match(before) and _HANGUL.match(after):
            return self.shows_spaces and not spaced
        return False

    def _whole(self, said: str, text: str) -> str:
        """A word put together again: with its hyphen where that is how it is written."""
        head = re.search(r"[\w-]*$", said)
        tail = re.match(r"[\w-]*", text)
        first, second = (head[0] if head else "").lower(), (tail[0] if tail else "").lower()
        known = self.vocabulary
        keeps = (
            not text[:1].islower()
            or known[f"{first}-{second}"] > known[first + second]
            or (not known[first + second] and known[first] > 1 and known[second] > 1)
        )
        return f"{said}-{text}" if keeps else said + text


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _texts(page: Sequence[Line | Table], number: int, style: _Style) -> list[_Text | Table]:
    """The lines of a page in paragraphs and list items, its tables between them."""
    found: list[_Text | Table] = []
    for at, part in enumerate(page):
        if isinstance(part, Table):
            found.append(part)
            continue
        if _ONLY_BULLETS.fullmatch(part.text):
            continue  # drawn apart from their items
        text = found[-1] if found else None
        if style.code and part.mono:
            if isinstance(text, _Text) and text.code and not _apart(text.lines[-1], part):
                text.lines.append(part)
            else:
                found.append(_Text([part], number, code=True))
            continue
        marker = _marker(part, text)
        if marker is not None:
            found.append(_Text([part], number, marker))
        elif isinstance(text, _Text) and not text.code and not _breaks(page, at, text, style):
            text.lines.append(part)
        else:
            found.append(_Text([part], number))
    for text in found:
        if isinstance(text, _Text) and text.code:
            text.code = len(text.lines) > 1  # one line alone may be an address
    _indent(found)
    return found


def _apart(above: Line, line: Line) -> bool:
    """Whether two lines of a program are two programs."""
    return not 0 < above.y - line.y < 3 * line.size


def _marker(line: Line, before: _Text | Table | None) -> str | None:
    """The number that a list item begins with, "" for a bullet, None where it is none."""
    text = line.text
    if _BULLET.match(text) and len(text) > 1:
        return ""
    last = before.lines[-1] if isinstance(before, _Text) else None
    apart = (
        last is None
        or last.run != line.run
        or _ENDS.search(last.text) is not None
        or last.y - line.y > 1.6 * line.size
        or (isinstance(before, _Text) and before.number is not None)
        or line.x0 - last.x0 > 0.8 * line.size
    )
    if not apart:
        return None
    if _DASH.match(text):
        return ""
    number = _NUMBER.match(text)
    if number is None or line.bold:  # in bold it is a heading's number
        return None
    return number[1] or number[2] or number[3]


def _breaks(page: Sequence[Line | Table], at: int, text: _Text, style: _Style) -> bool:
    """Whether a line begins a new paragraph, after the one above it."""
    line, last = page[at], text.lines[-1]
    assert isinstance(line, Line)
    if last.run != line.run or page[at - 1] is not last:
        return True
    step, size = last.y - line.y, max(line.size, last.size)
    if line.row or last.row:
        return True
    emboldened = line.bold != last.bold and line.words[0].bold != last.words[-1].bold
    if emboldened or abs(line.size - last.size) > 0.08 * size:
        return not last.hyphen
    if step > size * max(1.35 * style.step, 1.2):
        return True
    if last.hyphen:
        return False
    if size >= _LARGE * style.body or line.bold:
        return step > 1.8 * size
    near = [
        part
        for part in page[max(0, at - 4) : at + 4]
        if isinstance(part, Line) and part.run == line.run
    ]
    above, below = near[: near.index(line)], near[near.index(line) :]
    left = min(part.x0 for part in near)
    right = min(max(part.x1 for part in above), max(part.x1 for part in [last, *below]))
    first = line.words[0]
    if last.x1 + 0.3 * size + (first.x1 - first.x0) < right - 0.5 * size:
        return True  # its first word would have fitted above
    indented = line.x0 > left + 0.8 * size
    if text.number is not None:
        if line.x0 < text.lines[0].x0 - 0.3 * size:
            return True
        return line.x0 < text.lines[0].x0 + 0.3 * size and _ENDS.search(last.text) is not None
    if len(text.lines) > 1 and line.x0 < last.x0 - 0.8 * size:
        return text.lines[0].x0 < last.x0 - 0.8 * size  # the next of several that hang
    return indented and line.x0 > last.x0 + 0.8 * size and _ENDS.search(last.text) is not None


def _indent(found: Sequence[_Text | Table]) -> None:
    """How deep in lists each item of a run of items is, by where it begins."""
    stack: list[float] = []
    for part in found:
        if not isinstance(part, _Text) or part.number is None:
            stack = []
            continue
        x0, size = part.lines[0].x0, part.size
        while stack and x0 < stack[-1] - 0.5 * size:
            stack.pop()
        if not stack or x0 > stack[-1] + 0.5 * size:
            stack.append(x0)
        part.level = min(len(stack) - 1, 3)


def _numbers_joined(parts: Iterable[_Text | Table]) -> list[_Text | Table]:
    """Numbers that stand alone one after the other (a chart's axis) as one paragraph."""
    found: list[_Text | Table] = []
    for part in parts:
        before = found[-1] if found else None
        if isinstance(before, _Text) and isinstance(part, _Text):
            lines = [*before.lines, *part.lines]
            if all(_ALONE.fullmatch(line.text) for line in lines):
                before.lines = lines
                continue
        found.append(part)
    return found


def _continued(parts: Sequence[_Part], style: _Style) -> list[_Part]:
    """Paragraphs that go on in the next column or on the next page, put together.

    What stands between (a footnote, a picture's words) then comes before them.
    """
    found: list[_Part] = []
    for page, part in parts:
        before = _unfinished(found, page, part, style)
        if before is None:
            found.append((page, part))
            continue
        _, text = found.pop(before)
        assert isinstance(text, _Text)
        assert isinstance(part, _Text)
        if page != max([text.page, *(p for _, p in text.starts)]):
            text.starts.append((len(text.lines), page))
        text.lines += part.lines
        found.append((text.page, text))
    return found


def _unfinished(
    found: Sequence[_Part], page: int, part: _Text | Table, style: _Style
) -> int | None:
    """Which of the parts so far goes on with this one: the last one of the same size, if it
    ends within a sentence and this begins within one."""
    if not isinstance(part, _Text) or part.number is not None or part.bold or part.code:
        return None
    if not re.match(r"[a-zß-öø-ÿ(]", part.lines[0].text):
        return None
    for at in range(len(found) - 1, max(-1, len(found) - _BACK), -1):
        began, text = found[at]
        if isinstance(text, Table) or text.code:
            continue
        ends = max([text.page, *(p for _, p in text.starts)])
        if ends < page - 1:
            return None
        if _rounded(text.size) == _rounded(part.size):
            last = text.lines[-1]
            if page == ends and last.run == part.lines[0].run:
                return None  # parted on purpose
            whole = _ENDS.search(last.text) and not last.hyphen
            return None if whole or text.bold or ends < began else at
        if text.size > part.size:
            return None
    return None


class _Script:
    """Parts written as Markdown, the headings among them told by the outline and their looks."""

    def __init__(
        self, parts: Sequence[_Part], outline: Sequence[Bookmark], style: _Style, pages: int
    ) -> None:
        self.parts = parts
        self.style = style
        self.pages = pages
        self.depths: dict[tuple[str, int], int] = {}
        for mark in outline:
            for bare in _bare(mark.title):
                self.depths.setdefault((bare, mark.page), mark.depth)
        self.below = 1  # the level of the outline's first entries
        heads = [part for _, part in parts if isinstance(part, _Text) and self._heads(part)]
        self.levels = _levels(set(map(self._looks, heads)))
        if self.depths and self._titled():
            self.below = 2
        numbered = [
            self.levels[self._looks(text)] - count for text in heads if (count := _parts(text.said))
        ]
        # From how many parts a heading's number has to its level, as the looks mostly have it.
        self.shift = min(1, max(0, median_low(numbered))) if numbered else 1

    def _titled(self) -> bool:
        """Whether the first page has a title, larger than what the outline names."""
        named, others = [0.0], [0.0]
        for page, part in self.parts:
            if isinstance(part, _Text) and self._heads(part):
                if self._depth(part.said, page) is not None:
                    named.append(part.size)
                elif page == 0:
                    others.append(part.size)
        return max(others) > max(named)

    def _depth(self, said: str, page: int) -> int | None:
        """How deep in the outline a heading is: with its number, or else without."""
        if len(said) < _MAX_HEADING:
            for bare in _bare(said):
                for near in (page, page - 1, page + 1):
                    if (bare, near) in self.depths:
                        return self.depths[bare, near]
        return None

    def _looks(self, text: _Text) -> tuple[float, bool]:
        return _rounded(text.size), text.bold

    def _heads(self, text: _Text) -> bool:
        """Whether a paragraph looks like a heading."""
        if text.number is not None or text.code or len(text.lines) > _MAX_LINES:
            return False
        said = text.said
        if len(said) > _MAX_HEADING or not re.search(r"[^\W\d_]{2}", said):
            return False
        if re.search(r"[.,;:。，；：]$", said) or FOLIO.fullmatch(said):
            return False
        large = text.size >= _LARGE * self.style.body
        return large or (text.bold and text.size > 0.92 * self.style.body)

    def _level(self, text: _Text) -> int | None:
        """A heading's level, None for other text."""
        if text.number is None and len(text.lines) <= _MAX_LINES:
            depth = self._depth(text.said, text.page)
            if depth is not None:
                return min(6, depth + self.below)
        if not self._heads(text):
            return None
        parts = _parts(text.said)
        return min(6, parts + self.shift) if parts else self.levels[self._looks(text)]

    def written(self, about: Mapping[str, str | None], notes: Iterable[str]) -> Parsed:
        """All parts as Markdown; without a title of its own, the largest words of page 1 are it."""
        writer = Writer()
        begun = 0  # pages
        title: tuple[float, str] | None = None
        for page, part in self.parts:
            for _ in range(begun, page + 1):
                writer.page()
            begun = max(begun, page + 1)
            if isinstance(part, Table):
                writer.block(table([[words(self.style.joined(c)) for c in r] for r in part.rows]))
                continue
            if part.code:
                writer.code([(line.x0, line.text) for line in part.lines])
                continue
            level, said = self._level(part), part.said
            if level is not None:
                writer.heading(level, words(said))
                larger = title is None or part.size > 1.4 * title[0]
                if page == 0 and larger and not CONTENTS.fullmatch(said):
                    title = part.size, said  # the first one that is about as large as any
                continue
            pages = []
            for before, starts in part.starts:
                offset = len(words(self.style.joined(part.lines[:before]))) + 1
                pages += [offset] * (starts + 1 - begun)
                begun = starts + 1
            if part.number is not None:
                bare = words(_bare_item(said))
                shift = len(words(said)) - len(bare)
                writer.item(bare, part.level, part.number, [max(0, at - shift) for at in pages])
            else:
                writer.block(paragraph(words(said)), pages)
        for _ in range(begun, self.pages):
            writer.page()
        known = about.get("title") or (title[1] if title else None)
        return writer.parsed({**about, "title": known}, notes)


def _parts(heading: str) -> int:
    """How many parts the number of a heading has: 2 for "3.1 Scope", 0 without a number."""
    number = re.match(r"\d{1,2}(?:\.\d{1,2})*(?=\.?\s)", heading)
    return number[0].count(".") + 1 if number else 0


def _levels(shapes: Iterable[tuple[float, bool]]) -> dict[tuple[float, bool], int]:
    """The level of each look of a heading: by size, sizes that are about the same together."""
    levels: dict[tuple[float, bool], int] = {}
    level, largest = 0, float("inf")
    for looks in sorted(shapes, reverse=True):
        if looks[0] < 0.9 * largest:
            level, largest = level + 1, looks[0]
        levels[looks] = min(6, level)
    return levels


def _bare(title: str) -> tuple[str, str]:
    """The letters and digits of a heading, with the number in front of it and without."""
    name = re.sub(r"^\W*(?:[\dA-Z]+[.)])*\d*\s+", "", title)
    return re.sub(r"\W+|_", "", title).lower(), re.sub(r"\W+|_", "", name).lower()


def _bare_item(text: str) -> str:
    """A list item without its marker."""
    for marker in (_BULLET, _DASH, _NUMBER):
        match = marker.match(text)
        if match:
            return text[match.end() :]
    return text
