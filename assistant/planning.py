"""One question -> the parts that are answered each on its own.

The two sides of a comparison, the questions joined by "and", the documents that are named.
"""

import itertools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.question import FUNCTION_WORDS, Question, parse, words
from assistant.types import Document

__all__ = ["Part", "Planner"]

MAX_PARTS = 4

_JOINED = re.compile(
    r"(?:,|;|\?)?\s+(?:and|or|also)\s+(?:also\s+)?(?=(?:who|what|which|when|where|why|how|by when"
    r"|in which|in what)\b)|\?\s+(?=\w)",
    re.IGNORECASE,
)
_ASKED = re.compile(r"(?:how (?:many|much)|what|which)\b", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must)\b",
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


class Planner:
    """Plans questions over these documents.

    A document is named by a word of its publisher's that no other document's publisher, and no
    other document's id, has.

    >>> [p.question.text for p in Planner({}).plan("When did it open and who built it?")]
    ['When did it open', 'who built it?']
    """

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = list(documents)
        shared = Counter(
            word
            for id, document in documents.items()
            for word in _names(f"{document.publisher or ''} {id.replace('-', ' ')}")
        )
        self._named = {
            word: id
            for id, document in documents.items()
            for word in _names(document.publisher or "")
            if shared[word] == 1
        }

    def plan(self, text: str) -> list[Part]:
        """The parts of a standalone question, itself where it has none."""
        question = parse(text)
        if question.form == "comparison" and question.sides:
            left, right = _completed(*question.sides)
            return [Part(text, side, of=2) for side in (_side(left, right), _side(right, left))]
        pieces = _pieces(text)
        if 1 < len(pieces) <= MAX_PARTS:
            return [Part(text, parse(piece), of=len(pieces)) for piece in pieces]
        asked = [self._named[word] for word in _names(text) if word in self._named]
        named = self._documents if _EVERY.search(text) else list(dict.fromkeys(asked))
        if 1 < len(named) <= MAX_PARTS:
            bare = parse(" ".join(_EVERY.sub(" ", text).split()))
            return [Part(text, bare, id, of=len(named)) for id in named]
        return [Part(text, question)]


def _pieces(text: str) -> list[str]:
    """The questions that are joined into one. What a first one lacks, the next one has.

    >>> _pieces("How many red and how many blue cars were sold?")
    ['How many red cars were sold?', 'how many blue cars were sold?']
    """
    pieces = [piece.strip() for piece in _JOINED.split(text) if len(words(piece)) > 2]
    for number, (piece, following) in enumerate(itertools.pairwise(pieces)):
        asked = _ASKED.match(piece)
        if asked and not _AUXILIARY.search(piece) and _AUXILIARY.search(following):
            same = following[: asked.end()].lower() == asked[0].lower()
            rest = following[asked.end() :].split()[len(piece[asked.end() :].split()) :]
            if same and rest:
                pieces[number] = " ".join([piece, *rest])
    return pieces


def _names(text: str) -> dict[str, None]:
    """Words that can name something, casefolded, each once, in order."""
    found = (word.lower() for word in words(text))
    return {word: None for word in found if len(word) > 2 and word not in FUNCTION_WORDS}


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
