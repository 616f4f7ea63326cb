"""The only way that text from documents, questions and file names gets to a terminal or a log."""

import logging
import sys
from typing import Any, TextIO

__all__ = ["log_plainly", "printable"]


def printable(text: str) -> str:
    """The text without anything that a terminal would obey; line breaks are kept, and other white
    space becomes a space.

    >>> printable("a\\x1b[31mb\\u00a0c")
    'a[31mb c'
    """
    kept = "".join(c if c == "\n" or c.isprintable() else " " if c.isspace() else "" for c in text)
    return kept.encode("utf-8", "replace").decode()


class _Plain:
    """A stream that is written to without anything that a terminal would obey."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("this stream takes text")  # as Click asks each stream
        self._stream.write(printable(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def log_plainly() -> None:
    """Warnings and errors of this process, and what libraries print, go to stderr as plain text."""
    sys.stderr = _Plain(sys.stderr)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
