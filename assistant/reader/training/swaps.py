"""One thing of a question, of its passage or of both put in another's place."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from assistant.reader.training.data import Pair, said
from assistant.reader.training.lexicon import Lexicon
from assistant.reader.training.negatives import NAME

__all__ = ["Swapper"]

_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_WORD = re.compile(r"[^\W\d_]+")
_OPPOSITES = [
    tuple(pair.split("/"))
    for pair in (
        "first/last first/second second/third largest/smallest biggest/smallest highest/lowest "
        "most/least more/fewer oldest/newest oldest/youngest before/after increase/decrease "
        "increased/decreased increasing/decreasing north/south northern/southern east/west "
        "eastern/western win/lose won/lost begin/end began/ended started/ended start/stop "
        "early/late earliest/latest always/never maximum/minimum best/worst include/exclude "
        "included/excluded inside/outside above/below legal/illegal male/female king/queen "
        "father/mother son/daughter brother/sister buy/sell bought/sold born/buried born/died "
        "opened/closed accept/reject accepted/rejected advantage/disadvantage strong/weak "
        "internal/external public/private upper/lower left/right direct/indirect joined/left "
        "supported/opposed support/oppose positive/negative likes/dislikes like/dislike "
        "easy/difficult cheap/expensive common/rare success/failure victory/defeat city/country "
        "state/country rise/fall rose/fell long/short shortest/longest shorter/longer "
        "hot/cold day/night summer/winter friend/enemy arrive/leave entered/left"
    ).split()
]
_OPPOSITE: dict[str, list[str]] = defaultdict(list)
for _one, _other in _OPPOSITES:
    _OPPOSITE[_one].append(_other)
    _OPPOSITE[_other].append(_one)
_AUXILIARY = re.compile(r"\b(did|does|do|is|are|was|were|can|could|will|would|has|have|had)\b")


class Swapper:
    """Changes one thing in a question, in its passage, or in both.

    `pairs` give the names to put in the place of others, `lexicon` the words.
    """

    def __init__(self, pairs: Sequence[Pair], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._names: dict[str, list[str]] = defaultdict(list)
        for pair in pairs:
            self._names[pair.source].extend(NAME.findall(pair.question))

    def swap(self, pair: Pair, rng: random.Random) -> Pair | None:
        """The question with a number, a name or a word swapped, or negated: nothing answers it."""
        ways = [self._number, self._name, self._name, _opposite, self._word, self._word]
        rng.shuffle(ways)
        if rng.random() < 0.08:
            ways.insert(0, _negated)
        for way in ways:
            question = way(pair, rng)
            if question and question != pair.question:
                return pair.unanswered(question=question, kind="swapped")
        return None

    def told_otherwise(self, pair: Pair, rng: random.Random) -> Pair | None:
        """The passage with something else in the place of what the question names."""
        change = self._shared(pair, rng)
        told = _replaced(pair, *change) if change else None
        return told.unanswered(kind="otherwise") if told else None

    def retold(self, pair: Pair, rng: random.Random) -> Pair | None:
        """Question and passage with one thing swapped alike: what answers does so as before."""
        change = self._shared(pair, rng)
        told = _replaced(pair, *change) if change else None
        if not change or not told:
            return None
        question = _put(pair.question, *change)
        return replace(told, question=question, source=f"{pair.source}-retold")

    def reworded(self, pair: Pair, rng: random.Random) -> Pair | None:
        """The question with a word of the same sense, which the passage answers as before."""
        found = [(m, same) for m in _words(pair) if (same := self._lexicon.synonyms(m.group()))]
        if not found:
            return None
        match, same = rng.choice(found)
        question = _set(pair.question, match, rng.choice(same))
        return replace(pair, question=question, source=f"{pair.source}-reworded")

    def _number(self, pair: Pair, rng: random.Random) -> str | None:
        found = list(_NUMBER.finditer(pair.question))
        if not found:
            return None
        old = rng.choice(found)
        new = _other_number(old.group(), pair.passage, rng)
        return _set(pair.question, old, new) if new else None

    def _name(self, pair: Pair, rng: random.Random) -> str | None:
        found = [m for m in NAME.finditer(pair.question) if m.group() in pair.passage]
        if not found:
            return None
        old = rng.choice(found)
        names = self._elsewhere(pair, rng)
        if rng.random() < 0.45:  # a name of the same passage: the hardest kind
            names = [
                n
                for n in NAME.findall(pair.passage)
                if n not in pair.question and n not in pair.answer and pair.answer not in n
            ]
        new = _alike(old.group(), names, rng)
        return _set(pair.question, old, new) if new else None

    def _word(self, pair: Pair, rng: random.Random) -> str | None:
        sentence = said(pair).lower()
        found = [
            (m, other)
            for m in _words(pair)
            if (other := self._lexicon.others(m.group(), rng)) and other not in sentence
        ]
        return _set(pair.question, *rng.choice(found)) if found else None

    def _elsewhere(self, pair: Pair, rng: random.Random) -> list[str]:
        """Some names that the passage does not hold."""
        pool, lowered = self._names[pair.source], pair.passage.lower()
        return [n for n in rng.choices(pool, k=8) if n.lower() not in lowered] if pool else []

    def _shared(self, pair: Pair, rng: random.Random) -> tuple[str, str] | None:
        """What the question shares with the sentence that answers it, or else with the passage,
        and what could stand in its place."""
        sentence, passage = said(pair) or pair.passage, pair.passage.lower()
        there = {word.lower() for word in _WORD.findall(sentence)}
        changes: list[tuple[str, str | None]] = [
            (m.group(), _alike(m.group(), self._elsewhere(pair, rng), rng))
            for m in NAME.finditer(pair.question)
            if m.group() in sentence
        ]
        changes += [
            (m.group(), _other_number(m.group(), pair.passage, rng))
            for m in _NUMBER.finditer(pair.question)
            if m.group() in sentence
        ]
        changes += [
            (m.group(), self._lexicon.others(m.group(), rng))
            for m in _words(pair)
            if m.group().lower() in there
        ]
        fitting = [
            (old, new)
            for old, new in changes
            if new and new.lower() not in passage and old.lower() not in pair.answer.lower()
        ]
        return rng.choice(fitting) if fitting else None


def _words(pair: Pair) -> list[re.Match[str]]:
    """The question's words that are no names."""
    return [m for m in _WORD.finditer(pair.question) if m.group().islower() or not m.start()]


def _alike(old: str, names: Sequence[str], rng: random.Random) -> str | None:
    """One of the names, of as many words as `old` if there is one."""
    similar = [n for n in names if len(n.split()) == len(old.split())] or names
    return rng.choice(similar) if similar else None


def _set(text: str, match: re.Match[str], new: str) -> str:
    if match.group()[0].isupper():
        new = new[0].upper() + new[1:]
    return text[: match.start()] + new + text[match.end() :]


def _put(text: str, old: str, new: str) -> str:
    """The text with `new` wherever `old` stands as a word of its own."""
    for match in reversed(list(_standing(old).finditer(text))):
        text = _set(text, match, new)
    return text


def _standing(old: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.IGNORECASE)


def _replaced(pair: Pair, old: str, new: str) -> Pair | None:
    """The pair with `new` for `old` in its passage, the answer where it now stands."""
    if pair.start < 0:
        return replace(pair, passage=_put(pair.passage, old, new))
    before = _put(pair.passage[: pair.start], old, new)
    passage = before + pair.answer + _put(pair.passage[pair.end :], old, new)
    if passage == pair.passage:
        return None
    end = len(before) + len(pair.answer)
    return replace(pair, passage=passage, start=len(before), end=end)


def _other_number(value: str, passage: str, rng: random.Random) -> str | None:
    """A number, or a year, that is not in the passage."""
    for _ in range(5):
        if re.fullmatch(r"1\d{3}|20\d{2}", value):
            new = str(int(value) + rng.choice((-20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20)))
        else:
            new = re.sub(r"\d", lambda m: str(rng.randint(1, 9)), value)
        if new not in passage and new != value:
            return new
    return None


def _opposite(pair: Pair, rng: random.Random) -> str | None:
    words = pair.question.split(" ")
    places = [
        i
        for i, word in enumerate(words)
        if any(o not in pair.passage.lower() for o in _OPPOSITE.get(word.lower().strip("?,."), ()))
    ]
    if not places:
        return None
    at = rng.choice(places)
    bare = words[at].lower().strip("?,.")
    others = [o for o in _OPPOSITE[bare] if o not in pair.passage.lower()]
    words[at] = words[at].lower().replace(bare, rng.choice(others))
    return " ".join(words)


def _negated(pair: Pair, rng: random.Random) -> str | None:
    match = _AUXILIARY.search(pair.question)
    if not match or re.search(r"not\b|n't\b", pair.question):
        return None
    end = match.end()
    if rng.random() < 0.5:
        short = {"can": "can't", "will": "won't"}.get(match.group(), match.group() + "n't")
        return _set(pair.question, match, short)
    subject_end = pair.question.find(" ", end + 1)
    if match.group() in ("is", "are", "was", "were") and rng.random() < 0.6:
        return pair.question[:end] + " not" + pair.question[end:]
    if subject_end < 0:
        return None
    return pair.question[:subject_end] + " not" + pair.question[subject_end:]
