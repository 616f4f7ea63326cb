"""What every reader of a format returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Parsed"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's content as Markdown, what it says of itself (title, publisher, date, url,
    language, licence), and the offset at which each page starts, where there are pages."""

    text: str
    about: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[int, ...] = ()
