"""The reading panel: a document, or the part of a long one, with an answer's quotes marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.errors import AssistantError
from assistant.types import Document
from assistant.web.escape import escape
from assistant.web.excerpt import Highlight, excerpt, part
from assistant.web.i18n import say

__all__ = ["Place", "facts", "read_places", "reading_html"]

PLACES = 500  # marks in a document


@dataclass(frozen=True, slots=True)
class Place:
    """`text[start:end]` of a document, marked as number `number` of an answer."""

    number: int
    start: int
    end: int


def read_places(value: Any) -> list[Place]:
    """Places from `[[number, start, end], …]`. Raises ValueError for anything else."""
    if not isinstance(value, list) or len(value) > PLACES:
        raise ValueError("not places")
    places = []
    for one in value:
        if not (
            isinstance(one, list)
            and len(one) == 3
            and all(type(n) is int and 0 <= n < 2**53 for n in one)
        ):
            raise ValueError("not a place")
        places.append(Place(*one))
    return places


def reading_html(
    documents: Mapping[str, Document],
    name: str,
    places: list[Place],
    at: int,
    lang: str = "en",
) -> str:
    """The part of a document that holds `text[at]`, places marked, with ways to go on reading.

    Raises AssistantError where the document is not there any more.
    """
    document = documents.get(name)
    if document is None:
        raise AssistantError(say("gone", lang))
    length = len(document.text)
    at = min(max(0, at), max(0, length - 1))
    ends = [place.end for place in places if place.start <= at < place.end <= length]
    start, end = part(document, at, max(ends, default=at))
    marks = [
        Highlight(place.start, place.end, f"n{place.number}", str(place.number))
        for place in places
        if place.start < place.end <= length
    ]
    body = excerpt(document, start, end, marks, lang)
    earlier = _button("earlier", start - 1, lang) if start > 0 else ""
    later = _button("later", end, lang) if end < length else ""
    begins = start == 0 and document.text.lstrip("# \n").startswith(document.title)
    return (
        f'<div class="head"><h2 class="title{" sr" * begins}" tabindex="-1">'
        f"{escape(document.title)}</h2>"
        f'<p class="facts">{escape(facts(document, lang))}</p></div>'
        f'{earlier}<div class="text" dir="auto">{body}</div>{later}'
    )


def facts(document: Document, lang: str = "en") -> str:
    """Who published a document, when, and how many pages it has, in one line."""
    pages = say("pages", lang, count=len(document.pages)) if document.pages else None
    return " · ".join(f for f in (document.publisher, document.date, pages) if f)


def _button(kind: str, at: int, lang: str) -> str:
    return (
        f'<p class="more"><button type="button" class="{kind}" value="{at}">'
        f"{say(kind, lang)}</button></p>"
    )
