"""What a question asks for: its form, its content words and the names it is about.

English alone: another language's question keeps its words, and has the form of a fact.
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from assistant.dates import MONTH, is_year
from assistant.errors import QuestionError
from assistant.normalisation import fold
from assistant.quantities import NUMBERS, ORDINALS, numbers
from assistant.sentences import Sentence

__all__ = [
    "AUXILIARY",
    "FUNCTION_WORDS",
    "HOW",
    "MAX_CHARACTERS",
    "PREPOSITION",
    "WORD",
    "Form",
    "Question",
    "acronyms",
    "clean",
    "parse",
    "words",
]

Form = Literal["fact", "list", "definition", "comparison"]

MAX_CHARACTERS = 2_000
MAX_HEAD = 3  # words of keywords before a preposition

# Words that make a question of its content, and say nothing of what it is about.
FUNCTION_WORDS = frozenset(
    """a about after all also am an and any are as at because be been before being but by can
    could did do does doing done for from get give given had has have having he her him his
    how i if in into is it its just know let like list many me mean means much my name need
    of on one or other our out please show so some tell than thanks thank that the their
    them then there these they this those to too up us very want was we were what what's
    whats when where which who whom whose why will with would you your exactly actually
    called according shall should may might must include includes included including contain
    contains contained consist consists comprise comprises cover covers covered""".split()
)
# What "how" asks the measure of: no word of what a question is about.
HOW = re.compile(r"(?<=\bhow) (?:old|long|far|large|big|often|high|tall|deep|wide|fast)\b", re.I)
_PREPOSITIONS = "in on by for at to from with of under".split()
PREPOSITION = rf"(?:{'|'.join(_PREPOSITIONS)})"
# Neither "must" nor "may", which is a month as well: patterns that take them add them.
_AUXILIARIES = "is are was were do does did has have had can could will would should".split()
AUXILIARY = rf"(?:{'|'.join(_AUXILIARIES)})"

_POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[\w ]*[,!.:]\s*"
    r"|(?:sorry|excuse me|ok|okay|please|pls|kindly|thanks|thank you)\b[,!.:]?\s+"
    r"|(?:i|we)(?: would|'d)? (?:just )?(?:want|like|need|wanted|was wondering|am wondering|wonder)"
    r"(?: to know| to find out| to ask)?(?: you)?(?: if| whether)?,?\s+"
    r"|(?:can|could|would|will) (?:(?:you|u)(?: please| kindly| pls)?"
    r" (?:tell|show|give|explain to|remind|help|let|find|look up|say|know|get|have|see)"
    r"|(?:i|we) (?:ask(?: you)?|know|find out"
    r"|(?:get|have|see)(?= (?:(?:an?|the) (?:list|names?|e-?mail|address|overview|meaning|number)\b"
    r"|what\b|which\b|how\b))))(?: me| us)?(?: know)?,?\s+"
    r"|(?:do|would) you (?:happen to )?know,?\s+"
    r"|(?:tell|show|remind) (?:me|us),?\s+(?=wh|how|if))",
    re.IGNORECASE,
)
_POLITE_END = re.compile(
    r"[,.!?\s]*\b(?:please|pls|plz|thanks(?: a lot| in advance)?|thank you(?: very much)?|thx"
    r"|if you can|if possible)[.!?\s]*$",
    re.IGNORECASE,
)
_EXPANSION = re.compile(
    r"\bstands? for\b|\babbreviat|\bacronym|\bfull (?:name|form|term)\b|\bspelled out\b"
    r"|^expand\b|\bexpansion of (?:the )?(?-i:[A-Z]{2,}s?)\W*$|\bshort for\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    rf"{_EXPANSION.pattern}|\bmeaning\b|\bdefin(?:e|ition)\b|\bdo(?:es)? .+ mean\b"
    r"|\b(?:what(?:'?s)?|it) (?!other\b).*\bmeans?(?:\W*$| (?:for|in|here|to)\b)|^what means\b"
    r"|^(?:\S+ ){1,3}means?\W*$|\bmeant (?:by|with)\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"\bwhy\b|\breasons?\b|\bhow come\b|\bwhat makes\b", re.IGNORECASE)
_WHEN = re.compile(
    r"^(?:and |so )?(?:by |since |until )?when\b(?![^,]*, *(?:who|what|which|how|where)\b)"
    r"|\b(?:what|which) (?:year|date|month|day|time)\b",
    re.IGNORECASE,
)
_POLAR = re.compile(rf"(?:{AUXILIARY}|must|may)\b", re.IGNORECASE)
_KINDS = r"(?:group|category|class|field|track|area|heading|section|chapter|type|segment|sector)"
_SORTED = re.compile(
    rf"(?:in|into|to|under|of) (?:what|which) {_KINDS}\b"
    rf"|(?:what|which) {_KINDS} (?:is|are|do|does|has|have|covers?|includes?|contains?)\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"\be-?mails?(?: address| contact| id\b|\W*$|\W+(?:of|for|to|can|could|should|do|is)\b)"
    r"|^(?:contact )?e-?mail\b|\bcontact e-?mail\b|\bhow (?:can|could|do|may|should) \w+ e-?mail\b",
    re.IGNORECASE,
)
_EMAIL_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+\.\w")
_WEBSITE = re.compile(
    r"\bwhat(?:'s| is)? the (?:url|link(?! between)|web ?site)\b|\b(?:url|web address)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_TIME = re.compile(
    rf"\d|\b(?:{MONTH.pattern}"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|decade|year|month|week|day"
    r"|spring|summer|autumn|fall|winter|today|now|after|before|until|since|once|when|first|last)s?\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|old|long|far|large|big|often)\b"
    r"|\b(?:what|which) (?:share|percent|proportion|number|fraction|portion)"
    r"|\b(?:share|percentage|proportion|number|fraction|portion) of\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    rf"\d|\b(?:one|{'|'.join(NUMBERS)}|dozens?|hundreds?|thousands?|millions?|billions?|trillions?"
    r"|half|third|quarter|most|all|none|no|few|several|many|majority|every|both|once|twice|double"
    r"|daily|weekly|monthly|quarterly|annual(?:ly)?|yearly|always|never|free)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:who|what|which|when|where|why|how|whose|whom|is|are|was|were|do|does|did|can|could|will"
    r"|has|have)(?:'s|s)?\b|^(?:list|name|give|tell|explain|describe)\b",
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
        r"\b(?:between|compar\w+(?! (?:to|with|against)\b)|contrast)\s+(.+?)"
        r"\s+(?:and|with|to|versus|vs\.?)\s+(.+)",
        re.I,
    ),
    re.compile(
        r"\bhow (?:do|does|did|is|are|was|were) (.+?) (?:differ|distin)\w* (?:from|to|than) (.+)",
        re.I,
    ),
    re.compile(r"\b(?:distinguish|differentiate)(?:s|d|es|ed)? (.+?) from (.+)", re.I),
    re.compile(r"\bhow (?:do|does|did) (.+?) and (.+?) (?:differ|compare)\b", re.I),
    re.compile(
        r"^(?:what(?:'s| is) )?(?!(?:who|what|which|how|when|where|why|by)\b)(.+?)"
        r"\s+(?:versus|vs\.?|compared (?:to|with|against))\s+(.+)",
        re.I,
    ),
]
_COMPARES = re.compile(
    r"\bdiffer(?!ent(?:ly)?\b|ing\b)|\bdifferent(?= (?:from|than|to|between)\b|\W*$)|\bcompar"
    r"|\bversus\b|\bvs\b|\bcontrast|\bdistin(?:ction|guish|ct(?= from\b))",
    re.I,
)
_LISTS = re.compile(
    r"^(?:list|name|enumerate|give)\b|\b(?:list of|all the|all of the)\b"
    r"|^what (?:do|does|did)\b.*\b(?:cover|include|contain|compris|consist|involve|consider"
    r"|encompass|look at|take into account|evaluat|assess)\w*"
    r"|\b(?:what|which|who) (?:are|were)\b|^(?:what|how) about\b"
    r"|^what(?:'s|s| is)? (?:in|inside|included in|part of|covered (?:by|in)|under)\b"
    r"|\b(?:distribut|break ?down|broken down|split (?:by|into|between))",
    re.IGNORECASE,
)
_HEAD = re.compile(r"\b(?:what|which)((?: [\w&/-]+){1,4})", re.I)
# "Which action deals with ...": an s that is no plural's.
_VERB = re.compile(
    r"^ (?!\w+s )[\w-]+ \w+s (?:with|the|an?|to|about|this|that|its|their)\b"
    r"|^ \w+s (?:if|when|the|an?|to|after|before|as|from|with)\b",
    re.I,
)
_HEAD_ENDS = frozenset([*_PREPOSITIONS, *_AUXILIARIES, "must", "may", "that", "makes"])
_PLURALS = frozenset({"criteria", "people", "data", "phenomena", "media"})
# Function words that are acronyms, too; others in capitals are only stressed.
_ALSO_ACRONYMS = frozenset("us it who can am me".split())
_MAY = re.compile(r"\bMay,? \d|\b(?:in|since|by|of|until|before|after) May\b")  # the month
WORD = re.compile(r"(?<![\w&/.+-])[\w&/.+-]*\w")


@dataclass(frozen=True, slots=True)
class Question:
    """`text` as it is asked, in a `language`; `form` of the answer it wants; `names` it is about:
    numbers, acronyms and capitalised words; `sides`, the two things that a comparison names. The
    question for one side has that side's own words as its `focus`, the other's as what it stands
    `against`. A follow-up is asked `near` the document that answered before, and what was `said`
    there, document, start and end, does not answer again."""

    text: str
    form: Form
    names: tuple[str, ...]
    sides: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    near: str | None = None
    said: tuple[str, int, int] | None = None
    language: str = "en"

    @property
    def reason(self) -> bool:
        """Whether it asks why."""
        return bool(_REASON.search(self.text))

    @property
    def when(self) -> bool:
        """Whether it asks for a time."""
        return bool(_WHEN.search(self.text))

    @property
    def mentioned(self) -> bool:
        """Whether it asks if something is there, or in which group: where it is named, it is."""
        return bool(_POLAR.match(self.text) or _SORTED.match(self.text))

    def fits(self, answer: str) -> bool:
        """Whether a text holds the kind of thing that is asked for: a time for "when", a number
        for "how many", an address for "e-mail" or "website"; anything else fits."""
        if self.when:
            return bool(_TIME.search(answer))
        if _EMAIL.search(self.text):
            return bool(_EMAIL_ADDRESS.search(answer))
        if _WEBSITE.search(self.text):
            return bool(_LINK.search(answer))
        return not _HOW_MANY.search(self.text) or bool(_AMOUNT.search(answer))

    @property
    def amount(self) -> bool:
        """Whether it asks for a number, or has no verb that says otherwise."""
        return self.keywords or bool(_HOW_MANY.search(self.text))

    @property
    def address(self) -> bool:
        """Whether it asks for an e-mail or web address: little else looks like one."""
        return bool(_EMAIL.search(self.text) or _WEBSITE.search(self.text))

    @property
    def expansion(self) -> bool:
        """Whether it asks for the words behind an abbreviation, and nothing else will do."""
        return bool(_EXPANSION.search(self.text))

    @property
    def keywords(self) -> bool:
        """Whether it is no sentence, but words as for a search engine."""
        return self.language == "en" and not _ASKS.search(self.text)

    @property
    def counts(self) -> frozenset[int]:
        """The numbers that it gives, years apart."""
        return frozenset(n for n in numbers(self.text) if not is_year(n))

    @property
    def ordinals(self) -> frozenset[int]:
        """The places in a list that the question names: "the third", "no. 3" and "3rd" are 3."""
        found = {ORDINALS[w.lower()] for w in words(self.text) if w.lower() in ORDINALS}
        numbered = re.findall(r"(?:\bno\.?|\bnumber|#)\s*(\d{1,2})\b", self.text, re.IGNORECASE)
        return frozenset(found | {int(n) for n in numbered})


def clean(text: str) -> str:
    """A question fit to be handled: no lone surrogates, controls or politeness, one line,
    in its plain form (see `normalisation`).

    Raises QuestionError where nothing is left, or more than MAX_CHARACTERS.

    >>> clean("Could you please tell me what ADAS means? Thanks!")
    'what ADAS means'
    """
    text = fold(text.encode("utf-8", "ignore").decode())
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    text = " ".join(text.split())
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(Sentence("long", (f"{len(text):,}", f"{MAX_CHARACTERS:,}")))
    bare = text
    while (shorter := _POLITE_END.sub("", _POLITE.sub("", bare))) != bare:
        bare = shorter
    if not any(c.isalnum() for c in text):
        raise QuestionError(Sentence("empty"))
    return bare if any(c.isalnum() for c in bare) else text


def words(text: str) -> list[str]:
    """Surface words, digits and inner signs kept: "1-3", "V2X", "ISO/SAE"."""
    return WORD.findall(text)


def acronyms(text: str) -> frozenset[str]:
    """The words, casefolded, that stand in capitals where not all do: no function words.

    >>> sorted(acronyms("Does the WHO say so to the US?")), sorted(acronyms("WHO WAS IT?"))
    (['us', 'who'], [])
    """
    if text.isupper():
        return frozenset()
    found = (w.casefold() for w in words(text) if len(w) > 1 and w.isupper())
    return frozenset(w for w in found if w not in FUNCTION_WORDS or w in _ALSO_ACRONYMS)


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
    elif _LISTS.search(text) or _plural_head(text) or _plural_keywords(text):
        form = "list"
    else:
        form = "fact"
    return Question(text, form, tuple(_names(text)), sides)


def _sides(text: str) -> tuple[str, ...]:
    if not _COMPARES.search(text):
        return ()
    for pattern in _SIDES:
        match = pattern.search(text)
        sides = tuple(side.strip(" ?.,!") for side in match.groups()) if match else ()
        # "..., compared with which year?" asks for the other side.
        if sides and not re.match(r"(?:which|what|when|who|how)\b", sides[1], re.IGNORECASE):
            return sides
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
    asked = match[1].lower() if text.isupper() else match[1]
    nouns = itertools.takewhile(lambda w: w.lower() not in _HEAD_ENDS, asked.split())
    return any(map(_is_plural, nouns))


def _plural_keywords(text: str) -> bool:
    """ "members of the board", "funding rounds": keywords that open with what is wanted, several.

    >>> _plural_keywords("members of the board"), _plural_keywords("number of members")
    (True, False)
    """
    if _ASKS.search(text):
        return False
    text = text.lower() if text.isupper() and len(words(text)) > 1 else text
    opening = list(itertools.takewhile(lambda w: w.lower() not in _HEAD_ENDS, words(text)))
    return 0 < len(opening) <= MAX_HEAD and _is_plural(opening[-1])


def _is_plural(noun: str) -> bool:
    if noun.isupper():
        return False
    noun = noun.lower()
    return noun in _PLURALS or (noun.endswith("s") and not noun.endswith(("ss", "us", "is")))


def _names(text: str) -> list[str]:
    found = words(text)
    opening = found[0].lower() in FUNCTION_WORDS if found else False
    capitals = [w for w in found[opening:] if w[:1].isupper()]
    # Capitals tell names only where not everything wears one.
    telling = len(capitals) <= max(2, len(found) * 0.6)
    names = []
    silent = FUNCTION_WORDS - acronyms(text)
    if _MAY.search(text):
        silent -= {"may"}
    for number, word in enumerate(found):
        if word.lower() in silent:
            continue
        acronym = sum(c.isupper() for c in word) > 1 and not text.isupper()
        capital = word[:1].isupper() and number > 0 and telling
        if any(c.isdigit() for c in word) or acronym or capital:
            names.append(word)
    return names
