"""What every reader of a format returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Parsed"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's content as Markdown.

    `about` is what the file says of itself (title, publisher, date, url, language, licence),
    `pages` the offset at which each page or slide starts (empty where there are none; a page
    without text starts where the next one does), `notes` what could not be read, in plain words.
    """

    text: str
    about: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
