"""Questions that look answerable by a passage and are not."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from assistant.reader.training.data import Pair

__all__ = [
    "Swapper",
    "missing_attribute",
    "narrowed",
    "near_passages",
    "places",
    "sentence_removed",
    "swapped_number",
]

_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'-]+(?:\s(?:of\s)?[A-Z][\w'-]+)*")
_PLACE = re.compile(r"\b[Ii]n ((?:[A-Z][a-z'-]+ ?){1,3})(?<! )")
_YEAR = re.compile(r"\b(?:1[5-9]\d{2}|20[0-3]\d)\b")
_NARROWED = re.compile(r"\b(?:in|of|by|for|during|since|to|from|at) (?:the )?[A-Z\d][^ ]*\W*$")
_SENTENCE = re.compile(r"[^.!?]+[.!?]*\s*")
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
# A question about a name, and the stems of words that a passage which answers it would hold.
_ATTRIBUTES = (
    ("who founded {}?", "found establish creat set up start"),
    ("when was {} founded?", "found establish creat set up start born began"),
    ("who is the chief executive of {}?", "chief ceo execut head led lead director president"),
    ("where is {} headquartered?", "headquart based office locat"),
    ("how much did {} cost?", "cost price $ paid pay million spent fund"),
    ("what is the annual revenue of {}?", "revenue earn sales million billion"),
    ("how many people work for {}?", "employ work staff worker people"),
    ("what is the population of {}?", "popul inhabit people resident"),
    ("who owns {}?", "own belong property bought acqui"),
    ("which university did {} attend?", "universit college school graduat stud degree"),
    ("what is the phone number of {}?", "phone call number"),
    ("who was {} married to?", "marr wife husband spouse wed"),
    ("how tall is {}?", "tall high height feet metre meter"),
    ("what award did {} win?", "award prize won win medal honor"),
    ("what is the market share of {}?", "share percent %"),
    ("what will {} aim for by 2040?", "2040"),
    ("how old is {}?", "old age born aged"),
    ("why did {} close?", "clos shut end bankrupt"),
    ("who are the competitors of {}?", "compet rival"),
    ("what is the full name of {}?", "full name stand for called known"),
    ("when will {} be replaced?", "replac"),
    ("which company built {}?", "built build construct made manufact"),
    ("how is {} financed?", "financ fund pay paid money"),
    ("what criticism was made of {}?", "critic complain controvers"),
)
_AUXILIARY = re.compile(r"\b(did|does|do|is|are|was|were|can|could|will|would|has|have|had)\b")


def near_passages(pairs: Sequence[Pair], rng: random.Random, top: int = 8) -> list[Pair]:
    """For each answerable pair, its question with a passage that is close by BM25, of the same
    source, and does not hold the answer's words. Pairs without such a passage are left out."""
    import bm25s

    negatives = []
    by_source: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_source[pair.source].append(pair)
    for group in by_source.values():
        passages = sorted({pair.passage for pair in group})
        index = bm25s.BM25()
        index.index(bm25s.tokenize(passages, show_progress=False), show_progress=False)
        answered = [pair for pair in group if pair.start >= 0]
        if not answered or len(passages) <= top:
            continue
        queries = bm25s.tokenize([pair.question for pair in answered], show_progress=False)
        found, _ = index.retrieve(queries, k=top, show_progress=False)
        for pair, numbers in zip(answered, found, strict=True):
            answer = pair.answer.lower()
            close = [
                passages[i]
                for i in numbers
                if passages[i] != pair.passage and answer not in passages[i].lower()
            ][:4]
            if close:
                negatives.append(pair.unanswered(passage=rng.choice(close), kind="near"))
    return negatives


def sentence_removed(pair: Pair) -> Pair | None:
    """The passage without the sentences that hold the answer's words."""
    answer = pair.answer.lower()
    sentences = _SENTENCE.findall(pair.passage)
    kept = "".join(s for s in sentences if answer not in s.lower()).strip()
    if len(sentences) < 3 or answer in kept.lower() or len(kept) < 0.4 * len(pair.passage):
        return None
    return pair.unanswered(passage=kept, kind="removed")


def missing_attribute(pair: Pair, rng: random.Random) -> Pair | None:
    """A question about a name of the passage, on something that the passage does not speak of."""
    names = [n for n in _NAME.findall(pair.passage) if len(n) > 3]
    lowered = pair.passage.lower()
    fitting = [q for q, stems in _ATTRIBUTES if not any(s in lowered for s in stems.split())]
    if not names or not fitting:
        return None
    question = rng.choice(fitting).format(rng.choice(names))
    return pair.unanswered(question=question[0].upper() + question[1:], kind="attribute")


def places(pairs: Iterable[Pair]) -> list[str]:
    """Names that stand after "in" in the passages."""
    return [
        name for passage in {p.passage: None for p in pairs} for name in _PLACE.findall(passage)
    ]


def narrowed(pair: Pair, elsewhere: Sequence[str], rng: random.Random) -> Pair | None:
    """The question with a place, a year or a name more, of which the sentence that answers it does
    not speak; `elsewhere` are places to choose from, beside those of the passage."""
    question = pair.question.rstrip(" ?")
    said = " ".join(
        m.group()
        for m in _SENTENCE.finditer(pair.passage)
        if m.start() < pair.end and m.end() > pair.start
    )
    if pair.start < 0 or _NARROWED.search(question) or len(question.split()) < 4:
        return None
    way = rng.random()
    if way < 0.5:
        near = _PLACE.findall(pair.passage)
        form, name = "in {}", rng.choice(near if near and rng.random() < 0.5 else elsewhere)
    elif way < 0.75:
        years = _YEAR.findall(pair.passage)
        form = rng.choice(("in {}", "in {}", "before {}", "after {}", "since {}", "by {}"))
        name = rng.choice(years) if years and rng.random() < 0.5 else str(rng.randint(1890, 2040))
    else:
        names = _NAME.findall(pair.passage)
        form = rng.choice(("for {}", "by {}", "according to {}", "of {}", "with {}", "at {}"))
        name = rng.choice(names) if names else ""
    if len(name) < 3 or name in said or name in question or name in pair.answer:
        return None
    if _YEAR.search(name) and re.match(r"(?i)when|.*\byear\b|.*\d{4}", question):
        return None
    limit = form.format(name)
    if rng.random() < 0.2 and not form.startswith(("for", "of", "with", "by")):
        first = question[0].lower() + question[1:] if question[1:2].islower() else question
        question = f"{limit[0].upper()}{limit[1:]}, {first}"
    else:
        question = f"{question} {limit}"
    return pair.unanswered(question=f"{question}?", kind="narrowed")


class Swapper:
    """Changes a question in one thing so that its passage answers it no longer.

    `pairs` give the names to put in the place of others.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._names: dict[str, list[str]] = defaultdict(list)
        for pair in pairs:
            self._names[pair.source].extend(_NAME.findall(pair.question))

    def swap(self, pair: Pair, rng: random.Random) -> Pair | None:
        """The pair with a number, a name, or a word of opposite sense swapped, or a negation."""
        ways = [self._number, self._name, self._name, _opposite]
        rng.shuffle(ways)
        if rng.random() < 0.05:
            ways.insert(0, _negated)
        for way in ways:
            question = way(pair, rng)
            if question and question != pair.question:
                return pair.unanswered(question=question, kind="swapped")
        return None

    def _number(self, pair: Pair, rng: random.Random) -> str | None:
        return swapped_number(pair.question, pair.passage, rng)

    def _name(self, pair: Pair, rng: random.Random) -> str | None:
        found = [m for m in _NAME.finditer(pair.question) if m.group() in pair.passage]
        if not found:
            return None
        old = rng.choice(found)
        lowered = pair.passage.lower()
        if rng.random() < 0.45:  # a name of the same passage: the hardest kind
            names = [
                n
                for n in _NAME.findall(pair.passage)
                if n not in pair.question and n not in pair.answer and pair.answer not in n
            ]
        else:
            pool = self._names[pair.source]
            names = [n for n in rng.choices(pool, k=8) if n.lower() not in lowered]
        similar = [n for n in names if len(n.split()) == len(old.group().split())] or names
        if not similar:
            return None
        new: str = rng.choice(similar)
        return pair.question[: old.start()] + new + pair.question[old.end() :]


def swapped_number(question: str, passage: str, rng: random.Random) -> str | None:
    """The question with one of its numbers, or years, replaced by one not in the passage."""
    found = list(_NUMBER.finditer(question))
    if not found:
        return None
    old = rng.choice(found)
    value = old.group()
    for _ in range(5):
        if re.fullmatch(r"1\d{3}|20\d{2}", value):
            new = str(int(value) + rng.choice((-20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20)))
        else:
            new = re.sub(r"\d", lambda m: str(rng.randint(1, 9)), value)
        if new not in passage and new != value:
            return question[: old.start()] + new + question[old.end() :]
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
    if not match or " not " in pair.question:
        return None
    end = match.end()
    subject_end = pair.question.find(" ", end + 1)
    if match.group() in ("is", "are", "was", "were") and rng.random() < 0.6:
        return pair.question[:end] + " not" + pair.question[end:]
    if subject_end < 0:
        return None
    return pair.question[:subject_end] + " not" + pair.question[subject_end:]
