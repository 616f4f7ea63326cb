"""Whether a pronoun means what the earlier question asked for, and so what answered it.

"Which teacher wrote to the police?", "What subject does she teach?"
"""

import re
from dataclasses import dataclass

from assistant.followups import PREPOSITION, PRONOUN, RELATIVE
from assistant.question import parse, words

__all__ = ["Mention", "may_mean", "mention", "replaced"]

_AUXILIARIES = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must"
_ASKED_FOR = re.compile(
    rf"(?:{PREPOSITION} )?(?:(?P<who>who|whom|whose)|(?P<where>where)"
    rf"|(?:which|what) (?!(?:{_AUXILIARIES})\b)(?P<noun>[\w-]+))\b",
    re.IGNORECASE,
)
_PERSON = frozenset("he him his she her hers".split())
_SEVERAL = frozenset("they them their theirs".split())
_OWNING = frozenset("its his their".split())
_THINGS = frozenset(
    """body bodies business businesses company companies firm firms group groups man men people
    organisation organisations organization organizations person persons team teams woman
    women""".split()
)
_PLACES = frozenset("area city country county district place port province region town".split())
# Asked for, these are no things that one would go on to speak of.
_MEASURES = frozenset(
    """age amount cost date day degree extent fraction kind length level month number percentage
    price proportion rate share size sort sum time type value way weight year""".split()
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A pronoun in a question, from `start` to `end`, with the `noun` that it stands before."""

    start: int
    end: int
    word: str
    noun: str = ""


def mention(question: str) -> Mention | None:
    """The first pronoun that refers to something outside the question; None without one.

    >>> mention("Where is that firm based?")
    Mention(start=9, end=18, word='that', noun='firm')
    """
    found = PRONOUN.search(RELATIVE.sub(lambda m: "\0" * len(m[0]), question))
    if found is None:
        return None
    word = found[0].lower()
    noun = re.match(r" ([a-z][\w-]*)", question[found.end() :])
    if word in ("this", "that", "these", "those") and noun:
        return Mention(found.start(), found.end() + noun.end(), word, noun[1])
    return Mention(found.start(), found.end(), word)


def may_mean(found: Mention, previous: str) -> bool:
    """Whether a pronoun may mean what the earlier question asked for, by its kind and number.

    >>> may_mean(mention("how old is she?"), "Who leads Acme?")
    True
    >>> may_mean(mention("when was it founded?"), "Who leads Acme?")
    False
    """
    asked = _ASKED_FOR.match(previous)
    if asked is None:
        return False
    noun, several = (asked["noun"] or "").lower(), parse(previous).form == "list"
    if noun in _MEASURES:
        return False
    if found.noun:
        return found.noun in _THINGS or (bool(noun) and found.noun in words(previous.lower()))
    if found.word == "there":
        return bool(asked["where"]) or noun in _PLACES
    if found.word in _PERSON:
        return bool(asked["who"]) or (bool(noun) and not (several or parse(previous).names))
    if found.word in _SEVERAL:
        return not asked["where"]
    return found.word in ("it", "its") and bool(noun) and not several


def replaced(question: str, found: Mention, meant: str) -> str:
    """The question with what is meant in the pronoun's place.

    >>> replaced("What is its price?", Mention(8, 11, "its"), "Acme")
    "What is Acme's price?"
    """
    behind = question[found.end :]
    owning = found.word in _OWNING or (found.word == "her" and re.match(r" \w", behind))
    own = "'s" if owning else ""
    before = "in " if found.word == "there" else ""
    return f"{question[: found.start]}{before}{meant}{own}{behind}"
