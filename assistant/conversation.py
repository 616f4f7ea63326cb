"""A follow-up -> a question that stands alone, without a model.

A follow-up is recognised by what it lacks: it opens with "and" or "what about", leans on a
pronoun or an ordinal, or is a fragment. What it lacks is taken from the earlier questions: a
thing of the same kind is put in the place of the old one ("And Series D?"), an ordinal is counted
in the earlier answer's list, a pronoun becomes what the earlier question was about.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from assistant.antecedents import Mention, inside, may_mean, mention, replaced
from assistant.dates import MONTH, YEAR
from assistant.errors import QuestionError
from assistant.followups import (
    BARE_QUESTION,
    CLAUSE,
    LATTER,
    OPENING,
    PLACES,
    QUESTION_WORD,
    SHORT_QUESTION,
    SUCH,
    THE_ONE,
    is_follow_up,
    place,
)
from assistant.labels import Label
from assistant.normalisation import lowered
from assistant.quantities import NUMBERS
from assistant.question import AUXILIARY, FUNCTION_WORDS, PREPOSITION, clean, parse, words

__all__ = ["Conversation", "asked_before"]

MAX_HISTORY = 6
MAX_PHRASE = 3  # words that can stand for a thing
MAX_NAME = 6  # words of an item that can be meant by "the latter"
MAX_CLAUSE = 7  # words up to which a question behind a comma leans on the earlier one

_YEAR = re.compile(rf"\b{YEAR.pattern}\b")
_RELATIVE_YEAR = re.compile(
    r"\b(?:the\s+)?(?:(?:(?P<next>next|following)|previous|prior|last|preceding)\s+year"
    rf"|(?:(?:(?P<count>{'|'.join(NUMBERS)}|\d{{1,2}})\s+years|(?:(?:a|one)\s+)?year)"
    r"\s+(?:(?P<later>later|after)|earlier|before)))(?:\s+that)?\b",
    re.IGNORECASE,
)
_MONTH = re.compile(rf"\b(?:{MONTH.pattern})\b")
_POSSESSIVE = re.compile(r"(?:its|his|her|their) \w", re.IGNORECASE)
_ONE_OF = re.compile(r"^(?:ones?|that|those) (?:from|of|in|for|by) (?:the )?", re.IGNORECASE)
_MANY = frozenset("they them their theirs this that these those there".split())
_ANY = frozenset("one item point entry option person place".split())
# A name behind these says when or where, or behind the others may not be what is asked about.
_WHEN_WHERE = "in|at|on|by|of|since"
_WITH_WHAT = "for|from|to|with|under|between|and"
_COMPARATIVES = frozenset(
    """less more fewer over under above below than older younger longer shorter larger smaller
    bigger greater higher lower""".split()
)
_NUMERIC = re.compile(
    rf"(?:(?:{'|'.join(_COMPARATIVES)}|between|from|at|most|least|up|to)\s+)*(?:[<>]\s*)?\d[\d,.]*\s?%?"
    r"(?:\s*(?:-|–|to|and)\s*\d[\d,.]*\s?%?)?(?!\w)",
    re.IGNORECASE,
)
_AUXILIARY = rf"{AUXILIARY}\b\s*(?:the\s+)?"
_ASKED = r"(?:who|what|which|when|where|why|how)"
_LEAD = re.compile(
    rf"^(?:{PREPOSITION}\s+)?(?:who|what|which|when|where|why"
    rf"|how(?: many| much| long| old)?)(?:'s)?\b\s*(?:{_AUXILIARY})?(?:the\s+)?"
    r"|^(?:list|name|give|show|tell|explain|describe|define|expand)\b"
    r"\s*(?:me\s+)?(?:all\s+)?(?:the\s+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Conversation:
    """Resolves follow-ups.

    `groups` are things of a kind (see `labels`); `items(question)` gives the list that answers a
    question, empty where its answer is not one; `answer(question)`, the few words that do, ""
    where they are many or none.
    """

    groups: Sequence[Sequence[Label]]
    items: Callable[[str], Sequence[str]]
    answer: Callable[[str], str] = lambda question: ""

    def standalone(self, question: str, history: Sequence[str] = ()) -> list[str]:
        """Readings of a question that stand alone, likeliest first; itself where it does.

        >>> Conversation([], lambda q: []).standalone("And by 2030?", ["What is due by 2027?"])
        ['What is due by 2030?']
        """
        earlier = asked_before(history)
        if not earlier or not is_follow_up(question):
            return [question]
        return self._resolve(question, [self._latest(earlier), *earlier])

    def latest(self, history: Sequence[str]) -> str:
        """The last question of a conversation, made to stand alone; "" where there is none."""
        return self._latest(asked_before(history))

    def _latest(self, earlier: Sequence[str]) -> str:
        previous = ""
        for number, later in enumerate(earlier):
            leans = number > 0 and is_follow_up(later)
            previous = self._resolve(later, [previous, *earlier[:number]])[0] if leans else later
        return previous

    def _resolve(self, question: str, before: Sequence[str]) -> list[str]:
        """Readings of a follow-up to `before[0]`, which stands alone."""
        previous = before[0]
        rest = OPENING.sub("", question).strip(" ?.!,") or question.strip(" ?.!,")

        relative = _RELATIVE_YEAR.search(rest)
        years = _YEAR.findall(previous)
        if relative and years:
            count = (relative["count"] or "1").lower()
            ahead = 1 if relative["next"] or relative["later"] else -1
            year = str(int(years[-1]) + ahead * int(NUMBERS.get(count, count)))
            if len(words(rest)) <= len(words(relative[0])) + 2:
                return [_swap(previous, years[-1], year)]
            rest = rest.replace(relative[0], f"in {year}")

        if CLAUSE.search(rest) and not QUESTION_WORD.match(rest):
            readings = [f"{_capital(rest)}?", f"{_capital(rest)}: {topic(previous)}?"]
            return readings if len(words(rest)) > MAX_CLAUSE else readings[::-1]

        latter = LATTER.search(rest)
        if latter:
            one = self._enumerated(latter["which"].lower(), previous)
            meant = re.sub(r"\bthe (?:former|latter)(?: one)?\b", lambda _: one, rest, flags=re.I)
            alone = [f"{_capital(meant)}?"] if one else []
            return [*alone, f"{_capital(rest)}: {topic(previous)}?"]

        if BARE_QUESTION.match(rest) or SHORT_QUESTION.match(rest):
            return [f"{_capital(rest)} {_predicate(previous)}?"]

        the_one = THE_ONE.search(rest)
        if the_one and QUESTION_WORD.match(rest):
            noun = self._noun(the_one["which"], previous)
            if noun:
                meant = rest[: the_one.start()] + f"{the_one['which']} {noun}"
                return [f"{_capital(meant + rest[the_one.end() :])}?"]
            return [f"{_capital(rest)}: {topic(previous)}?"]

        ordinal = place(rest)
        if ordinal:
            reading = self._ordinal(rest, ordinal, before)
            if reading:
                return [reading]

        if _POSSESSIVE.match(rest):
            rest = f"what is {rest}"
        pronoun = mention(rest)
        if pronoun and QUESTION_WORD.match(rest):
            return self._pronoun(rest, pronoun, previous)

        if QUESTION_WORD.match(rest):
            names = [n for n in parse(rest).names if not (_MONTH.match(n) or _YEAR.match(n))]
            whole = [f"{_capital(rest)}?"] if len(words(rest)) > 4 or names else []
            such = SUCH.search(rest)
            if whole and not such:
                return whole
            told = f"{_capital(_dated(rest, previous))}: {_without_time(topic(previous), rest)}?"
            return [*whole, told] if such and such["else"] else [told]
        return self._same_kind(rest, previous)

    def _noun(self, which: str, previous: str) -> str:
        """What `which` is one of: the word of the earlier question behind a thing of its kind."""
        old = words(previous)
        kin = {
            word
            for group in self._with(which)
            for name in group
            for word in _content(name)
            if len(name.split()) <= 2
        }
        for word, noun in itertools.pairwise(old):
            alike = word.lower() in kin or (which.istitle() and word.istitle() and word != old[0])
            if alike and noun.islower() and not re.match(_AUXILIARY, noun):
                return noun
        return ""

    def _same_kind(self, rest: str, previous: str) -> list[str]:
        """The earlier question with `rest` in the place of what is of its kind."""
        bare = re.sub(
            r"^(?:(?:in|on|by|for|at|to|from|with|of|the|a|an)\s+)+", "", rest, flags=re.IGNORECASE
        )
        years = _YEAR.findall(previous)
        bare = _ONE_OF.sub("", bare)
        if _YEAR.fullmatch(bare) and years:
            return [_swap(previous, years[-1], bare)]

        new, old = words(bare), words(previous)
        alike = _alike(new, old)
        if alike:
            return [_swap(previous, alike, bare)]

        measure = _NUMERIC.search(previous)
        if measure and _NUMERIC.fullmatch(bare):
            return [previous[: measure.start()] + bare + previous[measure.end() :]]

        ones = re.fullmatch(r"(.+?) (?:ones?|type|kind)", bare, re.IGNORECASE)
        swapped = self._sibling(ones[1] if ones else bare, previous)
        if swapped:
            return [swapped]

        if ones:  # "the emerging ones": what qualified the earlier thing gives way
            first = next((w for w in words(topic(previous)) if w.lower() not in FUNCTION_WORDS), "")
            return [_swap(previous, first, ones[1])]

        for wanted in (str.isupper, str.istitle, str.isdigit):  # what is written alike
            if new and all(wanted(w) for w in new):
                same = [w for w in parse(previous).names if wanted(w)]
                if same:
                    return [_swap(previous, _joined(same, previous), bare)]
        names_before = [n for n in parse(previous).names if not n.isdigit()]
        if names_before and len(new) <= 3 and rest[:1].isupper() and bare == rest:
            old_name = _joined(names_before, previous)
            return [_swap(previous, old_name, bare), f"{topic(previous)} {rest}?"]
        phrase = _phrase_of_its_kind(rest, previous)
        if phrase:
            return [phrase]
        asked = _LEAD.match(previous)
        lead = re.sub(r"\bthe\s*$", "", asked[0]).strip() if asked else ""
        again = [f"{lead} {rest}?"] if lead else []
        return [*again, f"{_capital(rest)}: {topic(previous)}?"]

    def _with(self, bare: str) -> list[Sequence[Label]]:
        """The groups in which a label has all the content words."""
        numbers = [self._groups_by_word.get(word, frozenset()) for word in _content(bare)]
        return [self.groups[n] for n in sorted(frozenset.intersection(*numbers))] if numbers else []

    @cached_property
    def _groups_by_word(self) -> dict[str, frozenset[int]]:
        found: dict[str, set[int]] = {}
        for number, group in enumerate(self.groups):
            for word in _content(" ".join(group)):
                found.setdefault(word, set()).add(number)
        return {word: frozenset(groups) for word, groups in found.items()}

    def _sibling(self, bare: str, previous: str) -> str | None:
        """`previous` about another row, item or heading of the group that it named."""
        found = []
        for group in self._with(bare):
            names = [name for name in group if _mentions(name, bare)]
            spans = [
                span
                for name in group
                if name not in names
                for span in _mentioned(name, previous, bare)
            ]
            if names and spans:
                name = min(names, key=len)
                exact = _content(name) == _content(bare)
                found.append((exact, max(spans, key=lambda span: span[1] - span[0]), name))
        if not found:
            return None
        exact, (start, end), name = max(found, key=lambda f: (f[0], f[1][1] - f[1][0]))
        return previous[:start] + (bare if exact else name) + previous[end:]

    def _ordinal(self, rest: str, found: re.Match[str], before: Sequence[str]) -> str | None:
        """An ordinal counted in the list that an earlier question asked for."""
        number = PLACES[lowered(found[1])]
        noun = found[2] if found[2] and found[2].lower() not in _ANY else ""
        for earlier in before:
            if noun and not _speaks(earlier, noun):
                continue  # "on the first day" counts no list of anything else
            same = place(earlier)
            if same and len(words(rest)) <= 4:  # "the first category" -> "the second category"
                return _swap(earlier, same[0], f"the {found[1]} {noun or same[2] or ''}".strip())
            items = list(self.items(earlier))
            if len(items) >= max(number, 2):
                item = items[number - 1]
                meant = _swap(rest, found[0], item)
                if meant == item or len(words(rest)) <= 3:
                    if parse(earlier).form != "list":
                        siblings = self._same_kind(item, earlier)
                        return siblings[0]
                    return f"What about {item}?"
                return f"{_capital(meant)}?"
        return None

    def _pronoun(self, rest: str, pronoun: Mention, previous: str) -> list[str]:
        """A pronoun replaced by what answered the earlier question, or by what it was about."""
        readings = [f"{_capital(rest)}?"] if inside(pronoun, rest) else []
        answer = self.answer(previous) if may_mean(pronoun, previous) else ""
        if answer:
            readings.append(f"{_capital(replaced(rest, pronoun, answer))}?")
        whole = f"{_capital(rest)}: {topic(previous)}?"
        names = [n for n in parse(previous).names if not n[:1].isdigit()]
        runs = [_joined(names[:number], previous) for number in range(1, len(names) + 1)]
        about = [
            name
            for name, run in zip(names, runs, strict=True)
            if not _placed(_WHEN_WHERE, run, previous)
        ]
        if not about or pronoun.word in _MANY:
            return [*readings, whole]
        name = _joined(about, previous)
        named = f"{_capital(replaced(rest, pronoun, _called(name, previous)))}?"
        last = [whole, named] if _placed(_WITH_WHAT, name, previous) else [named, whole]
        return [*readings, *last]

    def _enumerated(self, which: str, previous: str) -> str:
        """The former or the latter of two names in the earlier question, or of what answered it."""
        names = parse(previous).names
        found = [
            pair
            for pair in itertools.pairwise(names)
            if f"{pair[0]} and {pair[1]}" in previous or f"{pair[0]} or {pair[1]}" in previous
        ]
        items = found[-1] if found else self.items(previous)
        short = [item for item in items if len(words(item)) <= MAX_NAME]
        return short[-1 if which == "latter" else -2] if len(short) > 1 else ""


def asked_before(history: Sequence[str]) -> list[str]:
    """The latest earlier questions, cleaned, oldest first; what can't have been asked, empty or
    far too long, is left out."""
    asked: list[str] = []
    for entry in reversed(history):
        with suppress(QuestionError):
            asked.append(clean(entry))
        if len(asked) == MAX_HISTORY:
            break
    return asked[::-1]


def _placed(behind: str, name: str, text: str) -> bool:
    """Whether a name stands `behind` a preposition, so that it is not what the text is about:
    "in April", "of Acme", "in Acme's plan"."""
    owner = r"(?:[Tt]he )?(?:[A-Z][\w-]*['’]s? )?"
    return bool(re.search(rf"\b(?:{behind}) {owner}{re.escape(name)}(?!\w)", text))


def _speaks(text: str, noun: str) -> bool:
    """Whether a text has a noun in some form: "criteria" for "criterion", "cities" for "city"."""
    stem = noun.lower()[:-1] if len(noun) > 3 else noun.lower()
    return any(
        word.startswith(stem[:5]) and abs(len(word) - len(noun)) <= 3
        for word in words(text.lower())
    )


def topic(question: str) -> str:
    """What a question is about: itself without its question word and auxiliary.

    >>> topic("Which licence did Baidu win in June?")
    'licence did Baidu win in June'
    """
    return _LEAD.sub("", question.strip(" ?.!")).strip() or question.strip(" ?.!")


def _dated(rest: str, previous: str) -> str:
    """A month without its year gets the earlier question's."""
    month, years = _MONTH.search(rest), _YEAR.findall(previous)
    if month and years and not _YEAR.search(rest):
        return f"{rest[: month.end()]} {years[-1]}{rest[month.end() :]}"
    return rest


def _without_time(text: str, rest: str) -> str:
    """What an earlier question was about, less the time where the new one has its own."""
    if not (_MONTH.search(rest) or _YEAR.search(rest)):
        return text
    time = rf"(?:{_MONTH.pattern}|{_YEAR.pattern})"
    return " ".join(re.sub(rf"(?:\b{PREPOSITION}\s+)?{time}(?:\s+{time})*", " ", text).split())


def _phrase_of_its_kind(rest: str, previous: str) -> str:
    """The earlier question with `rest` for its last phrase after a preposition: the same one
    where `rest` has one, and written alike. "" where there is none.

    >>> _phrase_of_its_kind("for children", "What is the dose for adults?")
    'What is the dose for children?'
    """
    own = re.match(rf"({PREPOSITION}) (.+)", rest, re.IGNORECASE)
    if not own and len(words(rest)) > MAX_PHRASE:
        return ""
    preposition, new = (own[1], own[2]) if own else (PREPOSITION, rest)
    phrases = re.finditer(
        rf"\b({preposition}) ((?:(?!{PREPOSITION}\b)[^\s?.!,]+ ?)+)", previous, re.IGNORECASE
    )
    alike = [p for p in phrases if _written(p[2]) == _written(new)]
    if not alike or alike[-1].start() == 0:
        return ""
    last = alike[-1]
    space = " " if last[2].endswith(" ") else ""
    return previous[: last.start(2)] + new + space + previous[last.end() :]


def _written(text: str) -> str:
    if any(c.isdigit() for c in text):
        return "number"
    found = [word for word in words(text) if word.lower() not in FUNCTION_WORDS]
    return "name" if found and all(word[:1].isupper() for word in found) else "words"


def _swap(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text, count=1)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _joined(names: Sequence[str], text: str) -> str:
    """The last name of a text, with the names directly before it."""
    joined = names[-1]
    for name in reversed(names[:-1]):
        if f"{name} {joined}" in text:
            joined = f"{name} {joined}"
    return joined


def _called(name: str, text: str) -> str:
    """A name with its number, or with the thing that it is only a part of the name of.

    >>> _called("ISO", "When is ISO 9001 due?"), _called("Acme", "Where is the Acme bridge?")
    ('ISO 9001', 'the Acme bridge')
    """
    number = re.search(rf"(?<!\w){re.escape(name)} \d[\d.,-]*(?!\w)", text)
    other = rf"(?!{_AUXILIARY})(?!{PREPOSITION}\b)(?!\w+(?:ed|en|ing)\b)"
    thing = re.search(rf"\bthe {re.escape(name)} {other}[a-z]+", text)
    return number[0] if number else thing[0] if thing else name


def _alike(new: Sequence[str], old: Sequence[str]) -> str:
    """The words of the earlier question that share a word with the new ones, and its measure:
    "Series A" for "Series D", "less than 2 years" for "over 10 years"."""
    for at, word in enumerate(new):
        places = [n for n, w in enumerate(old) if w.lower() == word.lower()]
        if len(new) == 1 or not places or word.lower() in FUNCTION_WORDS | _COMPARATIVES:
            continue
        first, last = places[-1], min(places[-1] + len(new) - at - 1, len(old) - 1)
        while at and first and _gives_way(old[first - 1], new[at - 1]):
            first -= 1
        if [w.lower() for w in old[first : last + 1]] != [w.lower() for w in new]:
            return " ".join(old[first : last + 1])
    return ""


def _gives_way(old: str, new: str) -> bool:
    """Whether a word is part of a measure, or written like the one that takes its place."""
    measure = old.lower() in _COMPARATIVES or any(c.isdigit() for c in old)
    return measure or (old.istitle() and new.istitle())


def _predicate(question: str) -> str:
    """A question without its question word and what belongs to that, its auxiliary kept.

    >>> _predicate("Which prize did she win?")
    'did she win'
    """
    asked = re.match(rf"(?:\w+ )?{_ASKED}\b.{{0,40}}?\b(?={_AUXILIARY})", question, re.IGNORECASE)
    return question[asked.end() :].strip(" ?.!") if asked else topic(question)


def _content(text: str) -> list[str]:
    silent = FUNCTION_WORDS | _COMPARATIVES
    return [w.lower() for w in words(text) if w.lower() not in silent]


def _mentions(name: str, bare: str) -> bool:
    """Whether `bare` names a label, whole or by the word that tells it from its neighbours."""
    new, full = _content(bare), _content(name)
    return bool(new) and set(new) <= set(full)


def _mentioned(name: str, text: str, without: str) -> list[tuple[int, int]]:
    """Where a label stands in a text: whole, or else its telling words."""
    whole = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
    if whole:
        return [whole.span()]
    telling = [w for w in _content(name) if w not in _content(without)]
    spans = []
    for word in telling[:1]:
        match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
        if match and len(_content(name)) <= 3:
            spans.append(match.span())
    return spans
