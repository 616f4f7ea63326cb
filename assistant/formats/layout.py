"""Where words stand on a page -> lines, cells and tables in reading order.

A file draws its words mostly in the order in which they are read, cell by cell in a table. That
order is kept; places say where a line, a cell, a row and a column end, and what was drawn out of
turn (a title that comes last) is put above what stands below it.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from assistant.formats.page import Line, Page, Rule, Table, Word

__all__ = ["arrange"]

_GAP = 1.0  # em between two words: more, and they stand in different cells
_MARKER = re.compile(r"[•●▪◦‣·✔✓❖➢■□○*–—-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]")
_MARKER_GAP = 4.0  # em from a bullet to its text
_LINE_GAP = 2.2  # em from one line of a cell to the next, at most
_ROW_GAP = 4.0  # em from one row of a table to the next, at most
_CLOSE = 3.0  # em between a heading's number and its words, or in a line that is stretched
_ROW = 150  # characters of cells that are read as one line where they are no table
_LABEL = 20  # words of a row of one cell within a table
_MODELS = 8  # rows of a table, the fullest ones, that show where its columns are
_FAR = 3.0  # em between two lines
_PROSE_ROWS = 8  # rows of two columns that may be columns of text
_PROSE_LINE = 25  # characters


@dataclass(slots=True)
class _Cell:
    """Lines one under the other."""

    lines: list[Line]

    @property
    def top(self) -> float:
        return self.lines[0].y

    @property
    def bottom(self) -> float:
        return self.lines[-1].y

    @property
    def x0(self) -> float:
        return min(line.x0 for line in self.lines)

    @property
    def x1(self) -> float:
        return max(line.x1 for line in self.lines)


class _Rules:
    """The ruled lines of a page, to ask whether one of them lies between two words."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        ordered = sorted(rules, key=lambda rule: rule.at)
        self.down = [rule for rule in ordered if rule.down]
        self.across = [rule for rule in ordered if not rule.down]

    def between(self, x0: float, x1: float, y: float) -> bool:
        """A line down from above `y` to below it, between x0 and x1."""
        return _crosses(self.down, x0, x1, y, y)

    def under(self, high: Line, low: Line) -> bool:
        """A line across between two lines, as wide as what they have in common."""
        x0, x1 = max(high.x0, low.x0), min(high.x1, low.x1)
        return _crosses(self.across, low.y + 0.5 * low.size, high.y, x0 + 1, x1 - 1)


def _crosses(rules: Sequence[Rule], first: float, last: float, low: float, high: float) -> bool:
    at = bisect_left(rules, first, key=lambda rule: rule.at)
    while at < len(rules) and rules[at].at <= last:
        if rules[at].low <= low and rules[at].high >= high:
            return True
        at += 1
    return False


def arrange(page: Page) -> list[Line | Table]:
    """The lines and tables of a page in reading order.

    Words at another angle than most (a stamp in the margin, a chart's axis) are left out.
    """
    letters: Counter[int] = Counter()
    for word in page.words:
        letters[word.angle] += len(word.text)
    if not letters:
        return []
    angle, _ = letters.most_common(1)[0]
    rules = _Rules(page.rules if angle == 0 else ())
    words = [word for word in page.words if word.angle == angle]
    return _ordered(_tables(_rows(_lines(words, rules), rules)))


def _lines(words: Iterable[Word], rules: _Rules) -> list[Line]:
    """Words side by side, as drawn one after the other."""
    lines: list[Line] = []
    for word in words:
        line = lines[-1] if lines else None
        if line and _beside(line, word, rules):
            last = line.words[-1]
            if word.text == last.text and abs(word.x0 - last.x0) < 0.2 * word.size:
                continue  # drawn twice, to look bold
            line.words.append(word)
            line.x0, line.x1 = min(line.x0, word.x0), max(line.x1, word.x1)
            if word.size > 1.1 * line.size:
                line.y, line.size = word.y, word.size
        else:
            lines.append(Line([word], word.x0, word.x1, word.y, word.size))
    for line in lines:  # most of it counts: a bullet or an initial may be larger
        letters: Counter[float] = Counter()
        for word in line.words:
            letters[word.size] += len(word.text)
        line.size = letters.most_common(1)[0][0]
    return lines


def _beside(line: Line, word: Word, rules: _Rules) -> bool:
    size = max(line.size, word.size)
    if abs(word.y - line.y) > 0.5 * size or line.hyphen:
        return False
    gap = max(word.x0 - line.x1, line.x0 - word.x1)  # the second for text that runs to the left
    if gap < -0.5 * size and word.x0 < line.words[-1].x0 and not word.glued:
        return False  # back over what is there: another line, drawn on top
    if len(line.words) == 1 and _MARKER.fullmatch(line.words[0].text):
        return gap < _MARKER_GAP * size
    if gap > _GAP * size:
        return False
    return gap < 0.1 * size or not rules.between(line.x1 - 0.1, word.x0 + 0.1, line.y + 0.2 * size)


def _rows(lines: Iterable[Line], rules: _Rules) -> list[list[_Cell]]:
    """Cells side by side, each of lines one under the other."""
    rows: list[list[_Cell]] = []
    for line in lines:
        if not rows:
            rows.append([_Cell([line])])
            continue
        row = rows[-1]
        cell = row[-1]
        last = cell.lines[-1]
        near = 0.4 * max(line.size, last.size)
        if line.x0 >= cell.x1 - near and line.x0 > row[0].x0:
            if len(row) == 1 and len(cell.lines) > 1 and abs(line.y - last.y) < near:
                cell.lines.pop()  # the row begins with the last line alone
                rows.append([_Cell([last]), _Cell([line])])
                continue
            top, bottom = max(c.top for c in row), min(c.bottom for c in row)
            if bottom - near <= line.y <= top + near:
                row.append(_Cell([line]))
                continue
        step = last.y - line.y
        overlap = min(line.x1, cell.x1) - max(line.x0, cell.x0)
        narrow = min(line.x1 - line.x0, cell.x1 - cell.x0)
        if (
            0.5 * last.size < step < _LINE_GAP * max(line.size, last.size)
            and overlap > 0.5 * narrow
            and not rules.under(last, line)
        ):
            cell.lines.append(line)
        else:
            rows.append([_Cell([line])])
    return rows


def _tables(rows: Sequence[list[_Cell]]) -> list[Line | Table]:
    """Rows whose cells stand in the same columns become tables, all others lines again."""
    found: list[Line | Table] = []
    at = 0
    while at < len(rows):
        end = _run(rows, at)
        made = _table(rows[at:end]) if end - at > 1 else None
        if made:
            found += made
        else:
            end = max(end, at + 1)
            found += [line for row in rows[at:end] for line in _unrolled(row)]
        at = end
    return found


def _unrolled(row: Sequence[_Cell]) -> list[Line]:
    """The lines of cells that are no table's; what stands close side by side is one line."""
    lines = list(row[0].lines)
    short = sum(len(line.text) for cell in row for line in cell.lines) < _ROW
    single = all(len(cell.lines) == 1 for cell in row)
    for cell in row[1:]:
        last, first = lines[-1], cell.lines[0]
        near = first.x0 - last.x1 < _CLOSE * first.size
        if (near or (short and single)) and abs(first.y - last.y) < 0.4 * first.size:
            last.row = last.row or not near
            last.words += first.words
            last.x1 = first.x1
            lines += cell.lines[1:]
        else:
            lines += cell.lines
    return lines


def _run(rows: Sequence[list[_Cell]], at: int) -> int:
    """Where the rows end that may be one table from here: each below the last, of several cells
    but for a short line now and then."""
    end = at
    for number in range(at, len(rows)):
        row = rows[number]
        if number > at:
            above = min(cell.bottom for cell in rows[number - 1])
            step = above - max(cell.top for cell in row)
            if not 0 < step < _ROW_GAP * row[0].lines[0].size:
                break
        if len(row) > 1:
            end = number + 1
        elif number - end > 1 or len(row[0].lines) > 1 or len(row[0].lines[0].words) > _LABEL:
            break
    return end


def _table(run: Sequence[list[_Cell]]) -> list[Line | Table] | None:
    """A run of rows as a table, or None where its cells share no columns."""
    fullest = sorted(run, key=len, reverse=True)[:_MODELS]
    spans = [[_wide(cell, fullest) for cell in row] for row in run]
    narrow = [
        (cell.x0, cell.x1)
        for row, wide in zip(run, spans, strict=True)
        for cell, spanning in zip(row, wide, strict=True)
        if not spanning
    ]
    if len(narrow) < 0.7 * sum(map(len, run)):
        return None
    columns: list[tuple[float, float]] = []
    for x0, x1 in sorted(narrow):
        if columns and x0 < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    if len(columns) < 2:
        return None
    rows: list[list[list[Line]]] = [[[] for _ in columns] for _ in run]
    for made, row in zip(rows, run, strict=True):
        for cell in row:
            made[_column(cell, columns)] += cell.lines
    rows = _complemented(rows)
    if len(rows[0]) < 2:
        return None
    if len(rows[0]) == 2 and len(rows) >= _PROSE_ROWS and _prose(rows):
        return [line for column in zip(*rows, strict=True) for cell in column for line in cell]
    bottom = min(cell.bottom for cell in run[-1])
    return [Table(rows, columns[0][0], columns[-1][1], run[0][0].top, bottom)]


def _complemented(rows: Sequence[Sequence[list[Line]]]) -> list[list[list[Line]]]:
    """Rows of a table, where columns of which never both are filled are one: a header in the
    middle and its numbers at the right."""
    columns: list[list[list[Line]]] = []
    for column in zip(*rows, strict=True):
        if columns and not any(a and b for a, b in zip(columns[-1], column, strict=True)):
            columns[-1] = [a or b for a, b in zip(columns[-1], column, strict=True)]
        else:
            columns.append(list(column))
    return [list(row) for row in zip(*columns, strict=True)]


def _prose(rows: Sequence[Sequence[Sequence[Line]]]) -> bool:
    """Whether two columns are a text's and not a table's: every line is about full."""
    lengths = [[len(line.text) for line in cell] for row in rows for cell in row]
    return all(len(cell) == 1 for cell in lengths) and median(n for [n] in lengths) > _PROSE_LINE


def _wide(cell: _Cell, rows: Iterable[list[_Cell]]) -> bool:
    """Whether a cell stands over two cells of another row."""
    x0, x1 = cell.x0, cell.x1
    return any(sum(x0 < other.x1 and other.x0 < x1 for other in row) > 1 for row in rows)


def _column(cell: _Cell, columns: Sequence[tuple[float, float]]) -> int:
    """The first column that a cell stands in."""
    return next(
        (n for n, (x0, x1) in enumerate(columns) if min(cell.x1, x1) - max(cell.x0, x0) > 0), 0
    )


def _ordered(found: Sequence[Line | Table]) -> list[Line | Table]:
    """What was drawn out of turn goes above what stands below it."""
    runs: list[list[Line | Table]] = []
    for part in found:
        if runs and _below(runs[-1][-1], part):
            runs[-1].append(part)
        else:
            runs.append([part])
    placed: list[list[Line | Table]] = []
    for run in runs:
        box = _box(run)
        before = next(
            (n for n, other in enumerate(placed) if _above(box, _box(other))), len(placed)
        )
        placed.insert(before, run)
    for number, run in enumerate(placed):
        for part in run:
            if isinstance(part, Line):
                part.run = number
    return [part for run in placed for part in run]


def _below(one: Line | Table, other: Line | Table) -> bool:
    """Whether the second goes on below the first, in the same column: with room for something
    between them, they may be moved apart."""
    if isinstance(one, Table) or isinstance(other, Table):
        return False
    apart = min(one.x1, other.x1) <= max(one.x0, other.x0)
    return 0 < one.y - other.y < _FAR * one.size and not apart


def _box(run: Sequence[Line | Table]) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a run."""
    tops = [part.top if isinstance(part, Table) else part.y for part in run]
    bottoms = [part.bottom if isinstance(part, Table) else part.y for part in run]
    return min(p.x0 for p in run), max(p.x1 for p in run), min(bottoms), max(tops)


def _above(
    box: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    """Whether the first stands wholly above the second, over some part of it."""
    return box[2] > other[3] and min(box[1], other[1]) > max(box[0], other[0])
