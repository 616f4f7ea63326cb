"""Readers of file formats: one module each, from a file's bytes to Markdown text.

Each module has `read(data: bytes) -> Parsed`, which raises DocumentError. Files are read in a cage
(assistant.formats.cage), since a parser may be led astray by them; only Markdown and text of up to
1 MB are not.
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from assistant.errors import DocumentError
from assistant.formats import cage
from assistant.formats.parsed import Parsed

__all__ = ["MAX_BYTES", "READERS", "Format", "Parsed", "parse"]

MAX_BYTES = 100_000_000
_SMALL = 1_000_000  # bytes of plain text that are read here, without a process of their own


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its name, its module in assistant.formats, and whether it is plain text."""

    name: str
    module: str
    plain: bool = False


_PDF = Format("PDF", "pdf")
_MARKDOWN = Format("Markdown", "markdown", plain=True)
_TEXT = Format("text", "text", plain=True)
_HTML = Format("HTML", "html")
_EXCEL = Format("Excel", "xlsx")

READERS: Mapping[str, Format] = MappingProxyType(
    {
        ".csv": Format("CSV", "csv"),
        ".docx": Format("Word", "docx"),
        ".epub": Format("EPUB", "epub"),
        ".htm": _HTML,
        ".html": _HTML,
        ".markdown": _MARKDOWN,
        ".md": _MARKDOWN,
        ".pdf": _PDF,
        ".pptx": Format("PowerPoint", "pptx"),
        ".text": _TEXT,
        ".tsv": Format("TSV", "csv"),
        ".txt": _TEXT,
        ".xhtml": _HTML,
        ".xlsm": _EXCEL,
        ".xlsx": _EXCEL,
    }
)


def parse(path: Path) -> Parsed:
    """A file as Markdown, by its suffix; safe to call from several threads at once.

    Raises DocumentError, whatever the file is; its one line goes after the file's name and a
    colon ("it is protected by a password").
    """
    format = READERS.get(path.suffix.lower())
    if format is None:
        raise DocumentError(f"it is of a kind that can't be read: {', '.join(READERS)} can")
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError("it is not a file")
        if status.st_size > MAX_BYTES:
            raise DocumentError(f"it is larger than {MAX_BYTES // 1_000_000} MB: split it")
        if format.plain and status.st_size <= _SMALL:
            parsed: Parsed = import_module(f"assistant.formats.{format.module}").read(
                path.read_bytes()
            )
        else:
            parsed = cage.parse(format.module, path)
    except OSError as error:
        raise DocumentError(f"it can't be read: {error.strerror}") from error
    if not parsed.text.strip():
        raise DocumentError("it holds no text")
    return parsed
