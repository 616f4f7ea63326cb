"""Excel: a sheet is a heading, and its rows a table with its header; values as they are shown."""

import io
from collections.abc import Iterator
from typing import Any

from assistant.errors import DocumentError
from assistant.formats.display import display
from assistant.formats.parsed import Parsed
from assistant.formats.sheets import Sheets
from assistant.formats.writing import Writer
from assistant.formats.zipped import Package, core_facts, opened

__all__ = ["read"]

_MAX_SHEETS = 1_000


def read(data: bytes) -> Parsed:
    """The visible sheets as Markdown. Raises DocumentError where there is none to read."""
    package = Package(opened(data))
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
        sheets.write(sheet.title, _rows(sheet))
    return writer.parsed(core_facts(package), [*notes, *sheets.notes])


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        yield [display(cell.value, getattr(cell, "number_format", "General")) for cell in row]
