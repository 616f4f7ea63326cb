"""Saying that the documents do not answer, and what is missing in them."""

from collections.abc import Sequence

from assistant.answering.evidence import Evidence, terms
from assistant.answering.statements import plain
from assistant.lexical import Lexical
from assistant.question import FUNCTION_WORDS, words

__all__ = ["explain", "unknown"]

MAX_NAMED = 4


def unknown(question: str, lexical: Lexical) -> list[str]:
    """The words of a question that stand nowhere in the documents.

    They are quoted as they were typed, in order.
    """
    return [
        word
        for word in _content(question)
        if terms(word) and not any(stem in lexical for stem in terms(word))
    ]


def explain(question: str, evidence: Sequence[Evidence], lexical: Lexical) -> str:
    """Why there is no answer: what was looked for, what nothing mentions, what comes closest."""
    text = f"The documents do not answer this. Looked for: {plain(question)}"
    missing = unknown(question, lexical)
    if missing:
        text += f"\n\nNothing in the documents mentions {_quoted(missing)}."
    if not evidence:
        return text
    best = max(evidence, key=lambda e: (e.answerable, e.cosine))
    passage = best.passage
    there = set(terms(" ".join([passage.text, *passage.section])))
    left = [
        word
        for word in _content(question)
        if word not in missing and terms(word) and not set(terms(word)) & there
    ]
    place = plain(" › ".join(passage.section))
    text += f"\n\nThe closest passage is from {place}"
    if left and not missing:
        text += f"; it says nothing of {_quoted(left)}"
    return text + "."


def _content(question: str) -> list[str]:
    found = (word for word in words(question) if word.lower() not in FUNCTION_WORDS)
    return list(dict.fromkeys(found))


def _quoted(found: Sequence[str]) -> str:
    named = [f"“{plain(word)}”" for word in found[:MAX_NAMED]]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
