"""Whether a pronoun means what the earlier question asked for, and so what answered it.

"Which teacher wrote to the police?", "What subject does she teach?"
"""

import re
from dataclasses import dataclass

from assistant.dates import MONTHS
from assistant.followups import PRONOUN, RELATIVE
from assistant.question import FUNCTION_WORDS, PREPOSITION, parse, words

__all__ = ["Mention", "inside", "may_mean", "mention", "replaced"]

# "which firm", but neither "what makes" nor "what drives the"
_NO_NOUN = r"(?:happen|cause|make|cover|change|matter)(?:s|d|ed)?|made|else"
_ASKED_FOR = re.compile(
    rf"(?:{PREPOSITION} )?(?:(?P<who>who|whom|whose)|(?P<where>where)"
    rf"|(?:which|what) (?!(?:{'|'.join(sorted(FUNCTION_WORDS))}|{_NO_NOUN})\b)"
    r"(?P<noun>[\w-]+)(?! (?:the|an?|this|that|its|their)\b))\b",
    re.IGNORECASE,
)
_WHO_IS = re.compile(r"[Ww]ho(?:'s| is| was)(?: [A-Z][\w.'-]*)+\W*")
_OWNED = re.compile(rf" (?!(?:{'|'.join(sorted(FUNCTION_WORDS))})\b)[a-z]")
_PERSON = frozenset("he him his she her hers".split())
_SEVERAL = frozenset("they them their theirs".split())
_OWNING = frozenset("its his their".split())
_THINGS = frozenset(
    """body bodies business businesses company companies firm firms group groups man men people
    organisation organisations organization organizations person persons team teams woman
    women""".split()
)
_PLACES = frozenset("area city country county district place port province region town".split())
_TIME = re.compile(rf"\d+$|{'|'.join(month[:3] for month in MONTHS)}")
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
    word, *one = found[0].lower().split()
    noun = re.match(r" ([a-z][\w-]*)", question[found.end() :])
    verb = re.search(r"\b(?:do|does|did) $", question[: found.start()])  # "why does that run late?"
    if word in ("this", "that", "these", "those") and noun and not (one or verb):
        return Mention(found.start(), found.end() + noun.end(), word, noun[1])
    return Mention(found.start(), found.end(), word)


def inside(found: Mention, question: str) -> bool:
    """Whether a pronoun may mean what stands before it in its own question: a name in another
    clause, or before "its", or somebody, or several, before "their".

    >>> asked = "What can Acme do, and what must it not do?"
    >>> inside(mention(asked), asked), inside(Mention(14, 16, "it"), "Who works for it?")
    (True, False)
    """
    before = question[: found.start]
    if found.word in _OWNING | {"her"}:
        someone = r"\b(?:an?|the|each|every) \w+" if found.word != "its" else r"$^"
        several = r"[a-z]{3}s\b(?<!does)" if found.word == "their" else r"$^"
        if re.search(f"{someone}|{several}", before):
            return True
        clauses = [before]
    else:
        *clauses, _ = re.split(r", |\b(?:and|but|if|when|because|which|that|who) ", before)
    return any(not _TIME.match(name) for name in parse(" ".join(clauses)).names)


def may_mean(found: Mention, previous: str) -> bool:
    """Whether a pronoun may mean what the earlier question asked for, by its kind and number.

    >>> may_mean(mention("how old is she?"), "Who leads Acme?")
    True
    >>> may_mean(mention("when was it founded?"), "Who leads Acme?")
    False
    """
    asked = _ASKED_FOR.match(previous)
    if asked is None or _WHO_IS.fullmatch(previous):
        return False
    noun, plain = (asked["noun"] or "").lower(), parse(previous)
    if noun in _MEASURES:
        return False
    if found.noun:
        known, thing = found.noun in words(previous.lower()), found.noun in _THINGS
        if noun:
            return known or (thing and noun in _THINGS)
        return thing and not (known or plain.names)
    if found.word == "there":
        return bool(asked["where"]) or noun in _PLACES
    if found.word in _PERSON:
        return bool(asked["who"] or (noun and plain.form != "list" and not plain.names))
    if found.word in _SEVERAL:
        return not asked["where"]
    return found.word in ("it", "its") and bool(noun) and plain.form != "list"


def replaced(question: str, found: Mention, meant: str) -> str:
    """The question with what is meant in the pronoun's place.

    >>> replaced("What is its price?", Mention(8, 11, "its"), "Acme")
    "What is Acme's price?"
    """
    before, behind = question[: found.start], question[found.end :]
    owning = found.word in _OWNING or (found.word == "her" and _OWNED.match(behind))
    if found.word == "there" and not re.search(rf"\b{PREPOSITION} $", before):
        before += "to " if re.search(r"\b(?:get|go|travel) $", before) else "in "
    own = "'s" if owning else ""
    return f"{before}{meant}{own}{behind}"
