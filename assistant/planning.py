"""One question -> the parts that are answered each on its own.

The two sides of a comparison, the questions joined by "and", the documents that are named.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.question import FUNCTION_WORDS, Question, parse, words
from assistant.types import Document

__all__ = ["Part", "plan"]

MAX_PARTS = 4

_JOINED = re.compile(
    r"(?:,|;|\?)?\s+(?:and|or|also)\s+(?:also\s+)?(?=(?:who|what|which|when|where|why|how|by when"
    r"|in which|in what)\b)|\?\s+(?=\w)",
    re.IGNORECASE,
)
_EVERY = re.compile(
    r"\b(?:both|all(?: three| the)?|each(?: of the)?|every|across|(?:two|three) of the)\s+"
    r"(?:the\s+)?(?:documents?|sources?|reports?|texts?|papers?|files?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A question of its own, one `of` so many parts of the one `asked`; `document` limits where
    its answer is looked for."""

    asked: str
    question: Question
    document: str | None = None
    of: int = 1


def plan(text: str, documents: Mapping[str, Document]) -> list[Part]:
    """The parts of a standalone question, itself where it has none.

    >>> [part.question.text for part in plan("When did it open and who built it?", {})]
    ['When did it open', 'who built it?']
    """
    question = parse(text)
    if question.form == "comparison" and question.sides:
        left, right = _completed(*question.sides)
        return [Part(text, side, of=2) for side in (_side(left, right), _side(right, left))]
    pieces = [piece.strip() for piece in _JOINED.split(text) if len(words(piece)) > 2]
    if 1 < len(pieces) <= MAX_PARTS:
        return [Part(text, parse(piece), of=len(pieces)) for piece in pieces]
    named = list(documents) if _EVERY.search(text) else _named(text, documents)
    if 1 < len(named) <= MAX_PARTS:
        bare = parse(" ".join(_EVERY.sub(" ", text).split()))
        return [Part(text, bare, id, of=len(named)) for id in named]
    return [Part(text, question)]


def _side(side: str, other: str) -> Question:
    """A side of a comparison asks for whatever the documents say of it, a whole list too."""
    return replace(
        parse(f"What is {side}?"),
        form="list",
        focus=_own_words(side, other),
        against=_own_words(other, side),
    )


def _own_words(side: str, other: str) -> tuple[str, ...]:
    """What a side has and the other has not; "level 2" whole, where that is a number alone."""
    theirs = {word.lower() for word in words(other)} | FUNCTION_WORDS
    mine = [word for word in words(side) if word.lower() not in theirs]
    return (side,) if all(word.isdigit() for word in mine) else tuple(mine)


def _completed(left: str, right: str) -> tuple[str, str]:
    """ "leading", "emerging companies" -> "leading companies", "emerging companies"."""
    left, right = (re.sub(r"^the\s+", "", side, flags=re.IGNORECASE) for side in (left, right))
    tail = right.split()[len(left.split()) :]
    if tail and len(left.split()) <= 2 and not left.lower().endswith(tail[-1].lower()):
        return f"{left} {' '.join(tail)}", right
    return left, right


def _named(text: str, documents: Mapping[str, Document]) -> list[str]:
    """The documents whose publisher, or whose title's own words, a question names."""
    asked = {word.lower() for word in words(text)}
    own = {
        id: {
            word.lower()
            for word in words(f"{document.publisher or ''} {id.replace('-', ' ')}")
            if len(word) > 2 and word.lower() not in FUNCTION_WORDS
        }
        for id, document in documents.items()
    }
    found = []
    for id in own:
        others = set().union(*(theirs for other, theirs in own.items() if other != id))
        publisher = {word.lower() for word in words(documents[id].publisher or "")} - others
        if asked & publisher:
            found.append(id)
    return found
