"""Readers of file formats: one module each, from a file's bytes to Markdown text."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from assistant.formats import markdown, text
from assistant.formats.parsed import Parsed

__all__ = ["READERS", "Parsed"]

READERS: Mapping[str, Callable[[str], Parsed]] = MappingProxyType(
    {".md": markdown.read, ".markdown": markdown.read, ".txt": text.read}
)
