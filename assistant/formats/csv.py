"""CSV, with commas, semicolons, tabs or bars: one table."""

import csv
import io
from collections.abc import Iterator

from assistant.errors import DocumentError
from assistant.formats.decoding import text_of
from assistant.formats.parsed import Parsed
from assistant.formats.sheets import Sheets
from assistant.formats.writing import Writer

__all__ = ["read"]

_DELIMITERS = ",;\t|"
_SAMPLE = 20  # lines from which the delimiter is told


def read(data: bytes) -> Parsed:
    """The table as Markdown, its first row the header. Raises DocumentError where it has too many
    columns, or is no table.

    >>> read(b"a;b\\n1;2").text
    '| a | b |\\n| --- | --- |\\n| 1 | 2 |'
    """
    text = text_of(data)
    writer = Writer()
    sheets = Sheets(writer)
    sheets.write("", _rows(text, _delimiter(text)))
    return writer.parsed({}, sheets.notes)


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise DocumentError(f"it is not a table that can be read ({error})") from error


def _delimiter(text: str) -> str:
    """The sign that parts the most lines into the same number of cells, two at least."""
    lines = [line for line in text[:200_000].split("\n")[: _SAMPLE + 1] if line.strip()][:_SAMPLE]

    def alike(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(usual) if usual > 1 else 0), usual

    return max(_DELIMITERS, key=alike)
