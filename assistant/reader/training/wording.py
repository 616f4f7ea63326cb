"""Questions as people type them: lower case, slips of the keyboard, politeness, keywords."""

from __future__ import annotations

import random
import re

__all__ = ["careless"]

_POLITE = (
    "please tell me {}",
    "can you tell me {}",
    "could you tell me {}",
    "i would like to know {}",
    "hi, {}",
    "hello! {}",
    "do you know {}",
    "quick question: {}",
    "{} please",
    "{}, thanks",
    "tell me {}",
    "so {}",
    "ok and {}",
    "I was wondering {}",
    "Please, {}",
)
_FILLER = re.compile(
    r"\b(what|which|who|when|where|how|is|are|was|were|did|does|do|the|a|an|of|in|for|to|that|"
    r"please|has|have|had|been)\b\s*",
    re.IGNORECASE,
)


def careless(question: str, rng: random.Random, share: float = 0.3) -> str:
    """The question changed in a `share` of cases, in one or two ways that keep its sense."""
    if rng.random() > share:
        return question
    way = rng.random()
    if way < 0.35:
        question = question.lower()
        return question.rstrip("?") if rng.random() < 0.5 else question
    if way < 0.6:
        return _typo(question.lower() if rng.random() < 0.5 else question, rng)
    if way < 0.8:
        first = question[:1].lower() + question[1:] if question[1:2].islower() else question
        return rng.choice(_POLITE).format(first)
    if way < 0.85:
        return question.upper()
    keywords = _FILLER.sub("", question).rstrip("?").strip()
    return keywords if len(keywords.split()) > 2 else question.rstrip("?")


def _typo(question: str, rng: random.Random) -> str:
    words = question.split(" ")
    places = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    for at in rng.sample(places, min(len(places), rng.choice((1, 1, 2)))):
        word = words[at]
        i = rng.randrange(1, len(word) - 1)
        words[at] = rng.choice(
            (
                word[:i] + word[i + 1 :],
                word[:i] + word[i + 1] + word[i] + word[i + 2 :],
                word[:i] + word[i] + word[i:],
                word[:i] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[i + 1 :],
            )
        )
    return " ".join(words)
