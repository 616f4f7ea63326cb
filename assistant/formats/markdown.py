"""Markdown, with YAML front matter where there is any."""

import datetime
import re

import yaml

from assistant.errors import DocumentError
from assistant.formats.decoding import text_of
from assistant.formats.parsed import Parsed

__all__ = ["read"]

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def read(data: bytes) -> Parsed:
    """Front matter apart from the body. Raises DocumentError where the front matter is broken.

    >>> read(b"---\\ntitle: A\\n---\\nBody").about
    {'title': 'A'}
    """
    source = text_of(data)
    match = _FRONT.match(source)
    if not match:
        return Parsed(source)
    try:
        fields = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DocumentError("its front matter is not valid YAML: mend or remove it") from error
    if not isinstance(fields, dict):  # a rule at the top of the page, not front matter
        return Parsed(source)
    # Scalars alone: a nested value could be made to unfold without end.
    plain = (str, int, float, datetime.date)
    about = {str(k): str(v) for k, v in fields.items() if isinstance(v, plain)}
    return Parsed(source[match.end() :].lstrip("\n"), about)
