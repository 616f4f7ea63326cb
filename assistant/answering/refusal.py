"""Saying that the documents do not answer, and what is missing in them."""

from collections.abc import Sequence

from assistant.answering.evidence import Evidence, terms
from assistant.answering.statements import plain
from assistant.lexical import Lexical
from assistant.question import HOW, acronyms, parse
from assistant.segmentation import surface
from assistant.sentences import Sentence
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


def explain(question: str, evidence: Sequence[Evidence], lexical: Lexical) -> list[str | Sentence]:
    """Why there is no answer, in lines: what was looked for, what nothing mentions, what comes
    closest."""
    said: list[str | Sentence] = [Sentence("refused", (plain(question),))]
    missing = unknown(question, lexical)
    if missing:
        said += ["", Sentence("nowhere", _named(missing))]
    if not evidence:
        return said
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
    if left and not missing:
        return [*said, "", Sentence("closest_without", (place, *_named(left)))]
    return [*said, "", Sentence("closest", (place,))]


def _content(question: str, language: str) -> list[str]:
    silent = function_words(language) - acronyms(question)
    found = (word for word in surface(HOW.sub("", question)) if word.lower() not in silent)
    return list(dict.fromkeys(found))


def _named(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(plain(word) for word in found[:MAX_NAMED])
