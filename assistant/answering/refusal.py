"""Saying that the documents do not answer, and what is missing in them."""

from collections.abc import Sequence

from assistant.answering.evidence import Evidence, terms
from assistant.answering.statements import plain
from assistant.lexical import Lexical
from assistant.question import parse
from assistant.segmentation import surface
from assistant.wordlists import function_words

__all__ = ["explain", "unknown"]

MAX_NAMED = 4


def unknown(question: str, lexical: Lexical) -> list[str]:
    """What a question names and no document holds, as it was typed: its names and numbers, or
    where those all stand somewhere, its other words."""
    language = lexical.language(question)
    missing = [
        word
        for word in _content(question, language)
        if terms(word, language) and not any(stem in lexical for stem in terms(word, language))
    ]
    names = parse(question).names
    return [word for word in missing if word in names] or missing


def explain(question: str, evidence: Sequence[Evidence], lexical: Lexical) -> str:
    """Why there is no answer: what was looked for, what nothing mentions, what comes closest."""
    text = f"The documents do not answer this. Looked for: {plain(question)}"
    missing = unknown(question, lexical)
    if missing:
        text += f"\n\nNowhere in the documents: {_quoted(missing)}."
    if not evidence:
        return text
    best = max(evidence, key=lambda e: (e.answerable, e.cosine))
    passage = best.passage
    language = lexical.language(question)
    there = set(terms(" ".join([passage.text, *passage.section]), language, True))
    left = [
        word
        for word in _content(question, language)
        if word not in missing and terms(word, language) and not set(terms(word, language)) & there
    ]
    place = plain(" › ".join(passage.section))
    text += f"\n\nThe closest passage is from {place}"
    if left and not missing:
        text += f"; it says nothing of {_quoted(left)}"
    return text + "."


def _content(question: str, language: str) -> list[str]:
    silent = function_words(language)
    found = (word for word in surface(question) if word.lower() not in silent)
    return list(dict.fromkeys(found))


def _quoted(found: Sequence[str]) -> str:
    named = [f"“{plain(word)}”" for word in found[:MAX_NAMED]]
    return ", ".join(named)
