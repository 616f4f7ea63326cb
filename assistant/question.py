"""What a question asks for: its form, its content words and the names it is about.

English alone: another language's question keeps its words, and has the form of a fact.
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from assistant.errors import QuestionError

__all__ = [
    "FUNCTION_WORDS",
    "MAX_CHARACTERS",
    "NUMBERS",
    "ORDINALS",
    "Question",
    "clean",
    "numbers",
    "parse",
    "words",
]

Form = Literal["fact", "list", "definition", "comparison"]

MAX_CHARACTERS = 2_000

# Words that make a question of its content, and say nothing of what it is about.
FUNCTION_WORDS = frozenset(
    """a about after all also am an and any are as at because be been before being but by can
    could did do does doing done for from get give given had has have having he her him his
    how i if in into is it its just know let like list many me mean means much my name need
    of on one or other our out please show so some tell than thanks thank that the their
    them then there these they this those to too up us very want was we were what what's
    whats when where which who whom whose why will with would you your exactly actually
    called according shall should may might must""".split()
)

NUMBERS = {
    word: number
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve".split(), start=2
    )
}
_NAMED = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
ORDINALS = {name: n for n, name in enumerate(_NAMED, 1)} | {
    f"{n}{'st nd rd'.split()[n - 1] if n < 4 else 'th'}": n for n in range(1, 11)
}

_POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[\w ]*[,!.:]\s*"
    r"|(?:sorry|excuse me|ok|okay|please|pls|kindly|thanks|thank you)\b[,!.:]?\s+"
    r"|(?:i|we)(?: would|'d)? (?:just )?(?:want|like|need|wanted|was wondering|am wondering|wonder)"
    r"(?: to know| to find out| to ask)?(?: you)?(?: if| whether)?,?\s+"
    r"|(?:can|could|would|will) (?:you|u|i|we)(?: please| kindly| pls)?"
    r" (?:tell|show|give|explain to|remind|help|let|find|look up|say|know|get|have|see)"
    r"(?: me| us)?(?: know)?,?\s+"
    r"|(?:do|would) you (?:happen to )?know,?\s+"
    r"|(?:tell|show|remind) (?:me|us),?\s+(?=wh|how|if))",
    re.IGNORECASE,
)
_POLITE_END = re.compile(
    r"[,.!?\s]*\b(?:please|pls|plz|thanks(?: a lot| in advance)?|thank you(?: very much)?|thx"
    r"|if you can|if possible)[.!?\s]*$",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"\bstands? for\b|\babbreviat|\bacronym|\bfull (?:name|form|term)\b|\bspelled out\b"
    r"|\bexpan(?:d|sion)\b|\bmeaning of\b|\bmeans?\b|\bdefin(?:e|ition)\b|\bshort for\b",
    re.IGNORECASE,
)
_EXPANSION = re.compile(
    r"\bstands? for\b|\babbreviat|\bacronym|\bfull (?:name|form|term)\b|\bspelled out\b"
    r"|\bexpan(?:d|sion)\b|\bshort for\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"\bwhy\b|\breasons?\b|\bhow come\b|\bwhat makes\b", re.IGNORECASE)
_WHEN = re.compile(
    r"^(?:and |so )?(?:by |since |until )?when\b|\b(?:what|which) (?:year|date|month|day|time)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|decade|year|month|week|day"
    r"|spring|summer|autumn|fall|winter|today|now|after|before|until|since|once|when|first|last)s?\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|old|long|far|large|big|often)\b|\bwhat (?:share|percent|proportion|number)"
    r"|\b(?:share|percentage|proportion|number) of\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
    r"|thousands?|millions?|billions?|trillions?|half|third|quarter|most|all|none|no|few|several"
    r"|many|majority|every|once|twice|double)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:who|what|which|when|where|why|how|whose|whom|is|are|was|were|do|does|did|can|could|will"
    r"|has|have|list|name|give|tell|explain|describe)(?:'s|s)?\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^(?:what|who)(?:'s|s| is| are)? (?:an? |the )?([\w/.&-]+(?: \d+)?)\s*\??$", re.I
)
_SIDES = [
    re.compile(
        r"^(.+?) (?:and|vs\.?|versus) (.+?)[:,;?-]+ ?what(?:'s| is| are)\b.*\bdifferen", re.I
    ),
    re.compile(
        r"\b(?:between|compar\w+|contrast)\s+(.+?)\s+(?:and|with|to|versus|vs\.?)\s+(.+)", re.I
    ),
    re.compile(
        r"\bhow (?:do|does|did|is|are) (.+?) (?:differ|distinct)\w* (?:from|to|than) (.+)",
        re.I,
    ),
    re.compile(r"\bhow (?:do|does|did) (.+?) and (.+?) (?:differ|compare)\b", re.I),
    re.compile(
        r"^(?:what(?:'s| is) )?(.+?)\s+(?:versus|vs\.?|compared (?:to|with|against))\s+(.+)", re.I
    ),
]
_COMPARES = re.compile(r"\bdiffer|\bcompar|\bversus\b|\bvs\b|\bcontrast|\bdistin(?:ct|guish)", re.I)
_LISTS = re.compile(
    r"^(?:list|name|enumerate|give)\b|\b(?:list of|all the|all of the)\b"
    r"|^what (?:do|does|did)\b.*\b(?:cover|include|contain|compris|consist|involve|consider"
    r"|encompass|look at|take into account|evaluat|assess)\w*"
    r"|\b(?:what|which|who) (?:are|were)\b|^(?:what|how) about\b"
    r"|\b(?:distribut|break ?down|broken down|split (?:by|into|between))",
    re.IGNORECASE,
)
_HEAD = re.compile(r"\b(?:what|which)((?: [\w&/-]+){1,4})", re.I)
# "Which action deals with ...": an s that is no plural's.
_VERB = re.compile(r"^ (?!\w+s )[\w-]+ \w+s (?:with|the|an?|to|about|this|that|its|their)\b", re.I)
_HEAD_ENDS = frozenset(
    """of in on for by from with is are was were do does did has have had must should will would can
    could may that to under at makes""".split()
)
_PLURALS = frozenset({"criteria", "people", "data", "phenomena", "media"})
_WHOLE = re.compile(r"(?<![\w.])\d[\d,]{0,15}(?!\w|\.\d)")
_NAME = re.compile(r"[\w&/.+-]*\w")


@dataclass(frozen=True, slots=True)
class Question:
    """`text` as it is asked; `form` of the answer it wants; `names` it is about: numbers,
    acronyms and capitalised words; `sides`, the two things that a comparison names. The question
    for one side has that side's own words as its `focus`, the other's as what it stands
    `against`. A follow-up is asked `near` the document that answered before."""

    text: str
    form: Form
    names: tuple[str, ...]
    sides: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    near: str | None = None

    @property
    def reason(self) -> bool:
        """Whether it asks why."""
        return bool(_REASON.search(self.text))

    def fits(self, answer: str) -> bool:
        """Whether a text holds the kind of thing that is asked for: a time for "when", a number
        for "how many"; anything else fits."""
        if _WHEN.search(self.text):
            return bool(_TIME.search(answer))
        return not _HOW_MANY.search(self.text) or bool(_AMOUNT.search(answer))

    @property
    def expansion(self) -> bool:
        """Whether it asks for the words behind an abbreviation, and nothing else will do."""
        return bool(_EXPANSION.search(self.text))

    @property
    def keywords(self) -> bool:
        """Whether it is no sentence, but words as for a search engine."""
        return not _ASKS.search(self.text)

    @property
    def counts(self) -> frozenset[int]:
        """The numbers that it gives, years apart."""
        return frozenset(n for n in numbers(self.text) if not 1900 <= n <= 2199)

    @property
    def ordinals(self) -> frozenset[int]:
        """The places in a list that the question names: "the third", "no. 3" and "3rd" are 3."""
        found = {ORDINALS[w.lower()] for w in words(self.text) if w.lower() in ORDINALS}
        numbered = re.findall(r"(?:\bno\.?|\bnumber|#)\s*(\d{1,2})\b", self.text, re.IGNORECASE)
        return frozenset(found | {int(n) for n in numbered})


def clean(text: str) -> str:
    """A question fit to be handled: no lone surrogates, controls or politeness, one line.

    Raises QuestionError where nothing is left, or more than MAX_CHARACTERS.

    >>> clean("Could you please tell me what ADAS means? Thanks!")
    'what ADAS means'
    """
    text = text.encode("utf-8", "ignore").decode()
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question has {len(text):,} characters; {MAX_CHARACTERS:,} are read at most."
        )
    bare = text
    while (shorter := _POLITE_END.sub("", _POLITE.sub("", bare))) != bare:
        bare = shorter
    if not any(c.isalnum() for c in text):
        raise QuestionError("The question is empty: ask something in words.")
    return bare if any(c.isalnum() for c in bare) else text


def words(text: str) -> list[str]:
    """Surface words, digits and inner signs kept: "1-3", "V2X", "ISO/SAE"."""
    return _NAME.findall(text)


def numbers(text: str) -> frozenset[int]:
    """The whole numbers of a text, in digits or words.

    >>> sorted(numbers("two to five, or 1,000-3,000"))
    [2, 5, 1000, 3000]
    """
    digits = (int(n.replace(",", "")) for n in _WHOLE.findall(text))
    named = (NUMBERS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in NUMBERS)
    return frozenset([*digits, *named])


def parse(text: str) -> Question:
    """The form and the names of a cleaned question.

    >>> parse("What does BMS stand for?").form, parse("Which cities lead?").form
    ('definition', 'list')
    """
    sides = _sides(text)
    if sides:
        form: Form = "comparison"
    elif _DEFINITION.search(text) or _is_bare(text):
        form = "definition"
    elif _LISTS.search(text) or _plural_head(text):
        form = "list"
    else:
        form = "fact"
    return Question(text, form, tuple(_names(text)), sides)


def _sides(text: str) -> tuple[str, ...]:
    if not _COMPARES.search(text):
        return ()
    for pattern in _SIDES:
        match = pattern.search(text)
        if match:
            return tuple(side.strip(" ?.,!") for side in match.groups())
    return ()


def _is_bare(text: str) -> bool:
    """ "What is X?", X one word that is written like a name or an acronym."""
    match = _BARE.match(text)
    return bool(match and any(c.isupper() or c.isdigit() for c in match[1]))


def _plural_head(text: str) -> bool:
    """ "Which <plural noun> ...?" asks for several; "what share of firms" does not."""
    if re.search(r"\bhow (?:many|much)\b", text, re.IGNORECASE):
        return False
    match = _HEAD.search(text)
    if not match or _VERB.match(text[match.start(1) :]):
        return False
    nouns = itertools.takewhile(lambda w: w not in _HEAD_ENDS, match[1].lower().split())
    return any(
        noun in _PLURALS or (noun.endswith("s") and not noun.endswith(("ss", "us", "is")))
        for noun in nouns
    )


def _names(text: str) -> list[str]:
    found = words(text)
    capitals = [w for w in found if w[:1].isupper()]
    # Capitals tell names only where not everything wears one.
    telling = len(capitals) <= max(2, len(found) * 0.6)
    names = []
    for number, word in enumerate(found):
        if word.lower() in FUNCTION_WORDS:
            continue
        acronym = sum(c.isupper() for c in word) > 1 and not text.isupper()
        capital = word[:1].isupper() and number > 0 and telling
        if any(c.isdigit() for c in word) or acronym or capital:
            names.append(word)
    return names
