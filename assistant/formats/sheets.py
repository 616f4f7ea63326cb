"""Rows of cells, from a spreadsheet or a CSV file -> Markdown tables with their headers."""

from collections.abc import Iterable, Sequence

from assistant.errors import DocumentError
from assistant.formats.writing import Writer, paragraph, table, words

__all__ = ["Sheets"]

MAX_COLUMNS = 500
MAX_CELLS = 1_000_000


class Sheets:
    """Writes sheet after sheet, up to MAX_CELLS cells; `notes` say what is not there."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.notes: list[str] = []
        self._left = MAX_CELLS
        self._name = ""

    def write(self, name: str, rows: Iterable[Sequence[str]]) -> None:
        """One sheet's rows, below its name as a heading if it has one. A row of one cell is a line
        of text; what follows an empty row is a table of its own when it begins with a header, and
        else the same table.

        Raises DocumentError where a row has more than MAX_COLUMNS cells.
        """
        self._name = name
        open_rows: list[list[str]] = []  # of the table that is being read, its header first
        labels: list[list[str]] = []  # rows of one cell: part of the table, or text after it
        apart = False
        for number, cells in enumerate(rows, 1):
            row = [words(cell) for cell in _trimmed(cells)]
            if len(row) > MAX_COLUMNS:
                place = f"sheet {name!r}, row {number}" if name else f"row {number}"
                raise DocumentError(
                    f"{place} has {len(row):,} columns; up to {MAX_COLUMNS} can be read"
                )
            self._left -= len(row)
            if self._left < 0:
                where = f"sheet {name!r}" if name else "it"
                self.notes.append(f"{where} is cut at row {number}: it holds too many cells")
                break
            filled = sum(map(bool, row))
            if not filled:
                apart = bool(open_rows or labels)
                continue
            if filled == 1 and (apart or not open_rows):
                self._close(open_rows, labels)
                open_rows, labels = [], []
                self._text(row)
            elif filled == 1:
                labels.append(row)
            elif apart and _is_header(row):
                self._close(open_rows, labels)
                open_rows, labels = [row], []
            else:
                open_rows += [*labels, row]
                labels = []
            apart = False
        self._close(open_rows, labels)

    def _close(self, rows: list[list[str]], labels: list[list[str]]) -> None:
        sparse = len(rows) > 2 and 2 * sum(map(bool, rows[0])) <= sum(map(bool, rows[1]))
        if sparse and _is_header(rows[1]):  # above the names of the columns: a unit, a period
            self._text(rows.pop(0))
        if rows:
            self._head()
            self.writer.block(table(rows))
        for row in labels:
            self._text(row)

    def _text(self, row: Iterable[str]) -> None:
        self._head()
        self.writer.block(paragraph(" · ".join(filter(None, row))))

    def _head(self) -> None:
        """The sheet's name, above the first thing that is in it."""
        if self._name:
            self.writer.heading(2, words(self._name))
        self._name = ""


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _is_header(row: Iterable[str]) -> bool:
    """Whether no cell begins with a digit: names of columns, not values."""
    return not any(cell[:1].isdigit() for cell in row)
