"""What the browser keeps of a conversation, read back: nothing of it is believed.

A conversation is kept in the storage of the browser that asked, so that no other user comes near
it. What comes back may be old or made up: it is checked against the documents before it is shown.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from assistant.citations import stands
from assistant.types import Answer, Citation, Document

__all__ = ["OURS", "TURNS", "Turn", "changed", "numbered", "read_answer", "read_turns"]

# What an answer's text is marked with: **the words that answer** and [the number of a citation].
OURS = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|\[(\d{1,3})\]")
TURNS = 50  # of a conversation that are kept
CITATIONS = 500  # of an answer
LENGTH = 100_000  # characters of a text


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was typed, and the answer to it."""

    asked: str
    answer: Answer

    @property
    def understood(self) -> str:
        """The question as it was understood; empty where it has the words that were typed."""
        plain = (re.findall(r"\w+", q.lower()) for q in (self.asked, self.answer.question))
        return self.answer.question if next(plain) != next(plain) else ""


def read_turns(value: Any) -> list[Turn]:
    """The turns in `[{"asked": str, "answer": {…}}, …]`. Raises ValueError for anything else."""
    if not isinstance(value, list) or len(value) > TURNS:
        raise ValueError("not a conversation")
    turns = []
    for one in value:
        if not isinstance(one, dict):
            raise ValueError("not a turn")
        turns.append(Turn(_text(one.get("asked")), read_answer(one.get("answer"))))
    return turns


def read_answer(value: Any) -> Answer:
    """An Answer from its JSON. Raises ValueError for anything else.

    >>> from dataclasses import asdict
    >>> one = Answer("Why?", "Because.", False)
    >>> read_answer(asdict(one)) == one
    True
    """
    if not isinstance(value, dict):
        raise ValueError("not an answer")
    return Answer(
        question=_text(value.get("question")),
        text=_text(value.get("text")),
        found=value.get("found") is True,
        citations=_citations(value.get("citations", [])),
        nearest=_citations(value.get("nearest", [])),
    )


def numbered(answer: Answer) -> list[tuple[int, Citation]]:
    """What an answer's links lead to: its citations, or the passages nearest to the question."""
    if answer.found:
        return [(c.number, c) for c in answer.citations]
    return list(enumerate(answer.nearest, 1))


def changed(answer: Answer, documents: Mapping[str, Document]) -> set[int]:
    """The numbers of the citations whose words no longer stand where they stood."""
    return {number for number, c in numbered(answer) if not stands(c, documents)}


def _citations(value: Any) -> tuple[Citation, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > CITATIONS:
        raise ValueError("not citations")
    return tuple(_citation(one) for one in value)


def _citation(value: Any) -> Citation:
    if not isinstance(value, dict):
        raise ValueError("not a citation")
    named: dict[str, Any] = {field.name: value.get(field.name) for field in fields(Citation)}
    for name in ("number", "start", "end"):
        named[name] = _number(named[name])
    for name in ("document", "title", "quote"):
        named[name] = _text(named[name])
    section = named["section"]
    if not isinstance(section, Sequence) or isinstance(section, str) or len(section) > 100:
        raise ValueError("not a section")
    named["section"] = tuple(map(_text, section))
    named["page"] = None if named["page"] is None else _number(named["page"])
    named["note"] = None if named["note"] is None else _text(named["note"])
    return Citation(**named)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LENGTH:
        raise ValueError("not a text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError("not a number")
    return value
