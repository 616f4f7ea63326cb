"""Markdown, with YAML front matter where there is any."""

import datetime
import re

import yaml

from assistant.formats.decoding import text_of
from assistant.formats.parsed import Parsed

__all__ = ["read"]

# A blank line after the first marks makes them a rule.
_FRONT = re.compile(
    r"\A---[ \t]*\n(?![ \t]*\n)(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_BROKEN = "its front matter is not valid YAML: its title and date are not known"


def read(data: bytes) -> Parsed:
    """Front matter apart from the body; a note where it is broken.

    >>> read(b"---\\ntitle: A\\n---\\nBody").about
    {'title': 'A'}
    """
    source = text_of(data)
    match = _FRONT.match(source)
    if not match:
        return Parsed(source)
    body = source[match.end() :].lstrip("\n")
    try:
        fields = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return Parsed(body, notes=(_BROKEN,))
    if not isinstance(fields, dict):  # a rule at the top of the page, not front matter
        return Parsed(source)
    # Scalars alone: a nested value could be made to unfold without end.
    plain = (str, int, float, datetime.date)
    about = {str(k): str(v) for k, v in fields.items() if isinstance(v, plain)}
    return Parsed(body, about)
