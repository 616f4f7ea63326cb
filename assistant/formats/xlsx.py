"""Excel: a sheet is a heading, and its rows a table with its header; values as they are shown."""

import io
import re
from collections.abc import Iterator
from itertools import chain, pairwise, zip_longest
from typing import IO, Any

from assistant.errors import DocumentError
from assistant.formats.display import display
from assistant.formats.parsed import Parsed
from assistant.formats.sheets import Sheets
from assistant.formats.writing import Writer
from assistant.formats.zipped import Package, core_facts, opened

__all__ = ["read"]

_MAX_SHEETS = 1_000
_CHUNK = 1_000_000  # bytes
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s+ref\s*=\s*[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']"
)

_Ranges = dict[int, list[tuple[int, int, int]]]  # first row -> first and last column, last row


def read(data: bytes) -> Parsed:
    """The visible sheets as Markdown. Raises DocumentError where there is none to read."""
    archive = opened(data)
    package = Package(archive)
    if not package.related("", "officeDocument"):
        raise DocumentError("it is not an Excel workbook, or damaged")
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    writer = Writer()
    sheets = Sheets(writer)
    notes = []
    for sheet in book.worksheets[:_MAX_SHEETS]:
        if sheet.sheet_state != "visible":
            notes.append(f"sheet {sheet.title!r} is hidden, and not read")
            continue
        sheet.reset_dimensions()  # what a sheet says of its size may be far from it
        with archive.open(sheet._worksheet_path) as part:
            merged = _merged(part)
        sheets.write(sheet.title, _rows(sheet, merged))
    return writer.parsed(core_facts(package), [*notes, *sheets.notes])


def _merged(part: IO[bytes]) -> _Ranges:
    """A sheet's merged cells, read from its part: openpyxl leaves them out where it streams."""
    from openpyxl.utils import range_boundaries

    found: _Ranges = {}
    rest = b""
    while chunk := part.read(_CHUNK):
        rest += chunk
        end = len(rest) - 100  # a match may go on in the next chunk
        for match in _MERGED.finditer(rest):
            left, top, right, bottom = range_boundaries(match[1].decode())
            found.setdefault(top, []).append((left - 1, right, bottom))
            end = max(end, match.end())
        rest = rest[max(0, end) :]
    return found


def _rows(sheet: Any, merged: _Ranges) -> Iterator[list[str]]:
    """The rows as the sheet shows them. A merged cell's value is repeated in each row that has
    others, and in each column that the row above or below fills."""
    shown = (
        [display(cell.value, getattr(cell, "number_format", "General")) for cell in row]
        for row in sheet.iter_rows()
    )
    open_: list[tuple[int, int, int, str]] = []
    above: list[str] = []
    for number, (own, below) in enumerate(pairwise(chain(shown, [[]])), 1):
        begun = [(*place, own[place[0]]) for place in merged.get(number, ()) if place[0] < len(own)]
        open_ = [place for place in open_ if place[2] >= number] + begun
        beside = [one or other for one, other in zip_longest(above, below, fillvalue="")]
        row = list(own)
        for left, right, _, text in open_:
            total = not left and any(above[1:right])  # a last row's name, over all but its sums
            if text and not total and any(own[:left] + own[left + 1 :]):
                columns = range(left, min(right, len(beside)))
                end = max((n for n in columns if beside[n]), default=left) + 1
                row += [""] * (end - len(row))
                row[left:end] = [text] * (end - left)
        yield row
        above = own
