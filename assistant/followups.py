"""Whether a question leans on an earlier one, and by which of its words."""

import re

from assistant.quantities import ORDINALS
from assistant.question import PREPOSITION, words

__all__ = [
    "BARE_QUESTION",
    "CLAUSE",
    "LATTER",
    "OPENING",
    "PLACES",
    "PRONOUN",
    "QUESTION_WORD",
    "RELATIVE",
    "SHORT_QUESTION",
    "SUCH",
    "THE_ONE",
    "is_follow_up",
    "place",
]

OPENING = re.compile(
    r"^(?:(?:and|but|so|then|also|or|ok|okay|now)\b[,:]?\s*)*"
    r"(?:(?:what|how) about|what of|same for|the same for|how is it for|what if)?\s*",
    re.IGNORECASE,
)
PLACES = ORDINALS | {"last": 0, "final": 0}
_ORDINAL = re.compile(
    rf"\b(?:the\s+)?({'|'.join(PLACES)})(?:\s+(?!(?:of|in|on|at|for|to|by|and|or)\b)(\w+))?(?=[\s?.,!]|$)",
    re.IGNORECASE,
)
PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|(?:this|that|these|those)"
    r"(?! (?:report|year|edition|document|article|note|study|week|month|list)\b)(?: one| ones)?"
    r"|(?<!is )(?<!are )(?<!were )(?<!was )there(?! (?:is|are|was|were|be|been|any|a)\b))\b",
    re.IGNORECASE,
)
# "the companies that employ", "is it true that": words that look like pronouns and refer inside.
RELATIVE = re.compile(
    r"\bis it true that\b"
    r"|\bit(?= (?:takes?|costs?)(?: (?!compared\b)[a-z]+)? to (?:[a-z]+ )+[\w-]+)"
    r"|(?<=[a-z])(?<!\bdoes)(?<!\bdid)(?<!\bcan)(?<!\bwill)(?<!\bof)(?<!\bin)(?<!\bby)(?<!\bto)"
    r"(?<!\bfor)(?<!\bfrom)"
    r"(?<!\bwith)(?<!\babout)\s+that(?=\s+(?:\w+s|\w+ed|are|is|were|was|have|has|had|can"
    r"|could|will|would|must|the|an?|do|does|did|they|it|employ|offer|make|use|need|want)\b)"
    r"|\bso that\b",
    re.IGNORECASE,
)
_LEADING = rf"(?:{PREPOSITION}|since|until|till|before|after|within|against|about)"
_ASKING = r"(?:who|whom|what|which|when|where|why|how)"
SUCH = re.compile(
    r"\bsuch(?! as)\b|\b(?:which|what|any|the) others?\b"
    r"|\b(?P<else>(?:who|what|where|anyone|anything) else)\b",
    re.IGNORECASE,
)
# "the latter", but not "the latter half"
LATTER = re.compile(
    r"(?P<does>\b(?:do|does|did|can|could|will|would|must|should) )?\bthe (?P<which>former|latter)"
    r"(?: one)?\b(?(does)|(?=\W*$|\W+(?:is|are|was|were|has|have|had|can|will|would|must)\b))",
    re.IGNORECASE,
)
# "the blue one": what it is one of was said before.
THE_ONE = re.compile(
    r"\b(?!(?:which|no|every|each|any|some|this|that|these|those|the|only|at|one|\w+est"
    rf"|{'|'.join(PLACES)})\b)"
    r"(?P<which>\w+) (?-i:ones?)\b",
    re.IGNORECASE,
)
QUESTION_WORD = re.compile(
    rf"^(?:{_LEADING} )?{_ASKING}\b"
    r"|^(?:is|are|was|were|do|does|did|can|could|will|would|should|must|shall|has|have|list|name"
    r"|give|show|tell|explain|describe|compare|define|expand|find)\b",
    re.IGNORECASE,
)
# "The others, what do they do?": what is asked stands behind what it is about.
CLAUSE = re.compile(
    rf",\s*(?:{_LEADING} )?{_ASKING}(?:'?s)?\b",
    re.IGNORECASE,
)
# "In which city?": a question word with its noun, and no verb.
SHORT_QUESTION = re.compile(
    rf"^(?:{PREPOSITION} )?(?:which|what|whose|how many|how much)"
    r" (?!(?:is|are|was|were|do|does|did)\b)\w+\W*$",
    re.IGNORECASE,
)
BARE_QUESTION = re.compile(
    r"^(?:why|how|when|where|who|how many|how much|how long|what year|which year"
    r"|which ones?|how so|why not|why so|why is that|(?:who|what|where) else"
    rf"|{_LEADING} (?:when|whom))\W*$",
    re.IGNORECASE,
)


def is_follow_up(question: str) -> bool:
    """Whether a question leans on an earlier one.

    >>> is_follow_up("And in 2030?"), is_follow_up("What share of firms is in Series A?")
    (True, False)
    """
    opening = OPENING.match(question)
    if opening and opening[0].strip():
        return True
    if BARE_QUESTION.match(question) or PRONOUN.search(RELATIVE.sub(" ", question)):
        return True
    if any(lack.search(question) for lack in (SHORT_QUESTION, SUCH, THE_ONE, LATTER)):
        return True
    if re.search(r"\bthe (?:other|same|rest)\b", question, re.IGNORECASE):
        return True
    ordinal = place(question)
    if ordinal and ((ordinal[2] or "one").lower() == "one" or len(words(question)) <= 6):
        return True
    return len(words(question)) <= 4 and not QUESTION_WORD.match(question)


def place(text: str) -> re.Match[str] | None:
    """The place in a list that a text names: "the first", "third category", "second one".

    >>> place("How long does the second stage last?")[0], place("How long does it last?")
    ('the second stage', None)
    """
    return next(
        (
            found
            for found in _ORDINAL.finditer(text)
            if found[2] or found[0].lower().startswith("the ") or found[0] == text.strip(" ?.!")
        ),
        None,
    )
