"""One question -> the parts that are answered each on its own.

The two sides of a comparison, the questions joined by "and", the rows or items of one table or
list that are named side by side, the documents that are named.
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.dates import YEAR
from assistant.labels import MAX_WORDS, Label
from assistant.question import AUXILIARY, FUNCTION_WORDS, PREPOSITION, WORD, Question, parse, words
from assistant.types import Document

__all__ = ["Part", "Planner"]

MAX_PARTS = 4
MAX_NOUN = 4  # words
MAX_BARE = 2
YEARS = -1  # are of a kind like any group of labels

_JOINED = re.compile(
    r"(?:,|;|\?)?\s+(?:and|or|also)\s+(?:also\s+)?(?=(?:who|what|which|when|where|why|how"
    rf"|{PREPOSITION}\s+(?:what|which|when|whom))\b)|\?\s+(?=\w)",
    re.IGNORECASE,
)
_ASKED = re.compile(r"(?:how (?:many|much)|what|which)\b", re.IGNORECASE)
_AUXILIARY = re.compile(rf"\b(?:{AUXILIARY}|must)\b", re.IGNORECASE)
# What stands between things that are named side by side.
_BESIDE = re.compile(
    r"\s*(?:,(?:\s*(?:and|or)\b)?|/|&|\b(?:and|or|nor|than|versus|vs|compared (?:to|with))\b\.?)"
    r"(?:\s*\b(?:in|at|for|of|from|by|the))*\s*",
    re.IGNORECASE,
)
# "and which are", "and how many have": what is counted or chosen was named before.
_NOUNLESS = re.compile(rf"(which|how many)\s+(?={_AUXILIARY.pattern})", re.IGNORECASE)
_PHRASE = re.compile(r" (?:in|on|at|of|for|from|with|by|under) ")
_MEASURES = re.compile(
    r"(?:^|\s)(?:price|cost|number|amount|share|percentage|proportion|size|length|rate|level|value"
    r"|role|effect|impact|advantage|disadvantage|benefit|risk|purpose|goal)s?$",
    re.IGNORECASE,
)
_ONE = re.compile(rf"(?:(\w+) )?ones?(?! of\b)(?=$|{_PHRASE.pattern})(.*)")
_DATED = re.compile(
    r"\b(?:in|by|since|until|before|after|during|for|of|the|both|and|or)\s+$|,\s*$", re.I
)
_COMPARED = re.compile(
    r"\b(?:than|more|less|fewer|higher|lower|average|mean|grow\w*|rise|rose|fall|fell|chang\w+"
    r"|increas\w+|decreas\w+|differen\w+|compar\w+)\b",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\bboth\s+((?:in|at|for|of|from|by)\s+)?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\b[^,;?]*$", re.IGNORECASE)
_SINGULAR = {"do": "does", "are": "is", "were": "was", "have": "has"}
_PLURAL = re.compile(rf"\b({'|'.join(_SINGULAR)})(?= (?:the )?$)", re.IGNORECASE)
_TOGETHER = re.compile(r"\b(?:together|combined|altogether|in total|sum)\b", re.IGNORECASE)
_EVERY = re.compile(
    r"\b(?:both|all(?: three| the)?|each(?: of the)?|every|across|(?:two|three) of the)\s+"
    r"(?:the\s+)?(?:documents?|sources?|reports?|texts?|papers?|files?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A question of its own, one `of` so many parts of the one `asked`; `document` limits where
    its answer is looked for; `about` are the documents that it is about as wholes. Of questions
    that were `joined`, a later one may lean on those before; `worded` is what it was before it was
    made to stand alone."""

    asked: str
    question: Question
    document: str | None = None
    of: int = 1
    joined: bool = False
    worded: str = ""
    about: tuple[str, ...] = ()


class Planner:
    """Plans questions over these documents, of which `groups` are things of a kind (see `labels`).

    A document is named by a word of its publisher's that no other document's publisher, and no
    other document's id or text, has.

    >>> [p.question.text for p in Planner({}).plan("When did it open and who built it?")]
    ['When did it open', 'who built it?']
    >>> planner = Planner({}, [["Bonn", "Kiel"]])
    >>> [p.question.text for p in planner.plan("How many live in Bonn and Kiel?")]
    ['How many live in Bonn?', 'How many live in Kiel?']
    """

    def __init__(
        self, documents: Mapping[str, Document], groups: Sequence[Sequence[Label]] = ()
    ) -> None:
        self._documents = documents
        self._titles = [document.title for document in documents.values()]
        self._groups = groups
        shared = Counter(
            word
            for id, document in documents.items()
            for word in _names(f"{document.publisher or ''} {id.replace('-', ' ')}")
        )
        self._named = {
            word: id
            for id, document in documents.items()
            for word in _names(document.publisher or "")
            if shared[word] == 1
        }

    def plan(self, text: str) -> list[Part]:
        """The parts of a standalone question, itself where it has none."""
        question = parse(text)
        if question.form == "comparison" and question.sides:
            left, right = _completed(*question.sides)
            return [Part(text, side, of=2) for side in (_side(left, right), _side(right, left))]
        pieces = _pieces(text)
        if 1 < len(pieces) <= MAX_PARTS:
            return [Part(text, parse(piece), of=len(pieces), joined=True) for piece in pieces]
        alike = self._alike(text)
        if alike:
            return [Part(text, parse(each), of=len(alike)) for each in alike]
        named = list(self._documents) if _EVERY.search(text) else self._asked(text)
        if 1 < len(named) <= MAX_PARTS:
            bare = parse(" ".join(_EVERY.sub(" ", text).split()))
            return [Part(text, bare, id, of=len(named)) for id in named]
        return [Part(text, question)]

    def _asked(self, text: str) -> list[str]:
        """The documents that a question names, where they are several."""
        found = {word: self._named[word] for word in _names(text) if word in self._named}
        if len(set(found.values())) < 2:
            return []
        own = (
            id
            for word, id in found.items()
            if not any(
                re.search(rf"\b{re.escape(word)}\b", other.text, re.IGNORECASE)
                for key, other in self._documents.items()
                if key != id
            )
        )
        return list(dict.fromkeys(own))

    @cached_property
    def _labels(self) -> dict[tuple[str, ...], set[int]]:
        """The groups that each label is of, by its words."""
        found: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for number, group in enumerate(self._groups):
            for name in group:
                found[tuple(words(name.lower()))].add(number)
        return found

    def _alike(self, text: str) -> list[str]:
        """The question about each of the rows, items or headings that it names side by side."""
        if _TOGETHER.search(text):
            return []
        named = list(self._named_labels(text))
        for first in range(len(named)):
            (start, end, groups), run = named[first], [named[first]]
            for following in named[first + 1 :]:
                if not (groups & following[2] and _BESIDE.fullmatch(text[end : following[0]])):
                    break
                run.append(following)
                end, groups = following[1], groups & following[2]
            if len(run) > MAX_PARTS or (YEARS in groups and _COMPARED.search(text)):
                return []
            if len(run) > 1 and not self._is_one(text, start, end):
                before = _BOTH.sub(lambda both: both[1] or "", text[:start])
                before = _PLURAL.sub(lambda verb: _SINGULAR[verb[1].lower()], before)
                return [f"{before}{text[low:high]}{text[end:]}" for low, high, _ in run]
        return []

    def _is_one(self, text: str, start: int, end: int) -> bool:
        """Whether text[start:end] names one thing: what lies between two, or part of a longer name,
        as in "Plan for Coasts and Towns". That stands in a document's title or in a label with the
        word before it or the one behind."""
        if _BETWEEN.search(text[:start]):
            return True
        before, named, after = words(text[:start]), words(text[start:end]), words(text[end:])
        longer = [
            f" {' '.join(some).lower()} "
            for some in (before[-1:] + named, named + after[:1])
            if len(some) > len(named)
        ]
        first = named[0].lower()
        names = map(str.lower, (*self._titles, *itertools.chain.from_iterable(self._groups)))
        plain = [f" {' '.join(words(name))} " for name in names if first in name]
        return any(part in name for name in plain for part in longer)

    def _named_labels(self, text: str) -> Iterator[tuple[int, int, set[int]]]:
        """Where labels stand in a question, the longest there, and the groups that each is of."""
        found = list(WORD.finditer(text))
        at = 0
        while at < len(found):
            for last in range(min(at + MAX_WORDS, len(found)), at, -1):
                name = tuple(w[0].lower() for w in found[at:last])
                dated = YEAR.fullmatch(" ".join(name)) and _DATED.search(text[: found[at].start()])
                groups = {YEARS} if dated else self._labels.get(name)
                if groups:
                    yield found[at].start(), found[last - 1].end(), groups
                    at = last - 1
                    break
            at += 1


def _pieces(text: str) -> list[str]:
    """The questions that are joined into one. What a first one lacks, the next one has, unless a
    comma ends it; what is meant by a bare "which" or "how many", the one before says.

    >>> _pieces("How many red and how many blue cars were sold?")
    ['How many red cars were sold?', 'how many blue cars were sold?']
    >>> _pieces("How many cars were sold, and how many are red?")
    ['How many cars were sold', 'how many cars are red?']
    """
    split = [piece.strip() for piece in _JOINED.split(text) if words(piece)]
    pieces: list[str] = []
    for piece in split:
        if len(words(piece)) > 2:
            pieces.append(piece)
        elif pieces:  # "..., and why?" has nothing of its own
            pieces[-1] += f" and {piece}"
    for number, (piece, following) in enumerate(itertools.pairwise(pieces)):
        asked = _ASKED.match(piece)
        if not asked:
            continue
        bare = _NOUNLESS.match(following)
        noun = _noun(piece[asked.end() :])
        if bare and noun and bare[1].lower() == asked[0].lower():
            pieces[number + 1] = f"{bare[0]}{noun} {following[bare.end() :]}"
        elif f"{piece}," in text and len(words(piece)) > len(words(asked[0])) + MAX_BARE:
            continue
        elif not _AUXILIARY.search(piece) and _AUXILIARY.search(following):
            same = following[: asked.end()].lower() == asked[0].lower()
            own, rest = piece[asked.end() :].split(), following[asked.end() :].split()
            verb = next((n for n, word in enumerate(rest) if _AUXILIARY.fullmatch(word)), 0)
            if same and rest[len(own) :]:
                pieces[number] = " ".join([piece, *rest[min(len(own), verb) :]])
    return pieces


def _noun(asked: str) -> str:
    """What a question asks which or how many of: the words to its auxiliary, or else the first; ""
    where it is not told."""
    asked = re.sub(r"^ of (?:the )?", " ", asked)
    found = _AUXILIARY.search(asked)
    named = words(asked[: found.start()] if found else asked)
    named = named if found and len(named) <= MAX_NOUN else named[:1]
    return "" if {word.lower() for word in named} & FUNCTION_WORDS else " ".join(named)


def _names(text: str) -> dict[str, None]:
    """Words that can name something, casefolded, each once, in order."""
    found = (word.lower() for word in words(text))
    return {word: None for word in found if len(word) > 2 and word not in FUNCTION_WORDS}


def _side(side: str, other: str) -> Question:
    """A side of a comparison asks for whatever the documents say of it, a whole list too."""
    return replace(
        parse(f"What is {side}?"),
        form="list",
        focus=_own_words(side, other),
        against=_own_words(other, side),
    )


def _own_words(side: str, other: str) -> tuple[str, ...]:
    """What a side has and the other has not; "level 2" whole, where that is a number alone."""
    theirs = {word.lower() for word in words(other)} | FUNCTION_WORDS
    mine = [word for word in words(side) if word.lower() not in theirs]
    return (side,) if all(word.isdigit() for word in mine) else tuple(mine)


def _completed(left: str, right: str) -> tuple[str, str]:
    """What one side leaves out, the other says.

    >>> _completed("leading", "emerging companies")
    ('leading companies', 'emerging companies')
    >>> _completed("the old bridge in Bonn", "the new one")
    ('old bridge in Bonn', 'new bridge in Bonn')
    >>> _completed("the price of leasing", "buying")
    ('price of leasing', 'price of buying')
    """
    left, right = (re.sub(r"^the\s+", "", side, flags=re.IGNORECASE) for side in (left, right))
    one = _ONE.match(right)
    if one and one[1]:  # "the northern one"
        return left, f"{one[1]} {' '.join(left.split()[1:])} {one[2]}".strip()
    if one:  # "the one in Kiel"
        return left, f"{_PHRASE.split(left)[0]} {one[2]}".strip()
    head, of, _ = left.rpartition(" of ")
    if of and " of " not in right and _MEASURES.search(head):  # "the price of leasing and buying"
        last = re.match(r"(.+ (?:in|at|for|from|by|with)) ", left)
        if last and len(last[1]) > len(head) + 4:  # "of companies in Bonn and Kiel"
            return left, f"{last[1]} {right}"
        return left, f"{head} of {right}"
    tail = right.split()[len(left.split()) :]
    if tail and len(left.split()) <= 2 and not left.lower().endswith(tail[-1].lower()):
        return f"{left} {' '.join(tail)}", right
    return left, right
