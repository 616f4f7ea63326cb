"""Pairs of a question and a passage, from the public question-answering sets and our own.

Sources and licences are in the model card. Articles whose title falls into the held-back
part never reach training.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError

__all__ = [
    "SENTENCE",
    "Pair",
    "Report",
    "held_back",
    "natural",
    "one_in",
    "own",
    "reports",
    "rows",
    "said",
    "tune",
    "within",
]

OWN = Path(__file__).parent / "questions.jsonl.gz"
REPORTS = Path(__file__).parent / "reports.jsonl.gz"
PUBLIC = ("squadshifts", "spans")

CAPS = {
    "qamr": 6000,
    "fairytaleqa": 4000,
    "squadshifts-reddit": 8000,
    "squadshifts-amazon_reviews": 6500,
}
_NAME = re.compile(r"\b[A-Z][\w'-]+(?:\s+(?:of\s+|the\s+)?[A-Z][\w'-]+)*")
SENTENCE = re.compile(r"[^.!?]+[.!?]*\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Pair:
    """`passage[start:end]` answers the question; start is -1 where nothing does. Pairs of one
    `group`, a number over 0, have one question, which at most the first of them answers."""

    question: str
    passage: str
    start: int
    end: int
    source: str
    title: str = ""
    group: int = 0

    @property
    def answer(self) -> str:
        return self.passage[self.start : self.end] if self.start >= 0 else ""

    def unanswered(self, *, question: str = "", passage: str = "", kind: str = "") -> Pair:
        """The same without an answer, with another question or passage."""
        return replace(
            self,
            question=question or self.question,
            passage=passage or self.passage,
            start=-1,
            end=-1,
            source=f"{self.source}-{kind}",
        )


@dataclass(frozen=True)
class Report:
    """An invented document: headings with their texts, and questions, each with the number of the
    section that answers it (None where none does) and the words that answer."""

    title: str
    sections: tuple[tuple[str, str], ...]
    questions: tuple[tuple[str, int | None, str], ...]


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a .jsonl.gz file. Raises AssistantError with the line that can't be read."""
    found: list[dict[str, Any]] = []
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found.extend(map(json.loads, lines))
    except (gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise AssistantError(f"{path}, line {len(found) + 1}: can't be read: {error}") from error
    return found


def held_back(title: str) -> bool:
    """Whether an article is kept for measuring: about two in nine, by a hash of its title."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % 9 < 2


def one_in(parts: int, text: str) -> bool:
    """Whether a text falls into one of so many parts of all texts, by a hash."""
    return hashlib.sha256(text.encode()).digest()[0] % parts == 0


def _pair(row: dict[str, Any]) -> Pair:
    start, end = -1, -1
    if not row["is_impossible"]:
        votes = Counter((a["answer_start"], a["text"]) for a in row["answers"])
        start, text = max(votes, key=lambda a: (votes[a], -len(a[1])))
        end = start + len(text)
    title = row.get("title", "").replace("_", " ")
    if row["source"] in ("squadshifts-reddit", "squadshifts-amazon_reviews"):
        title = ""
    return Pair(row["question"].strip(), row["context"], start, end, row["source"], title)


def natural(data: Path, rng: random.Random) -> list[Pair]:
    """Answerable pairs of all the sets but squad2-tune, capped by source."""
    by_source: dict[str, list[Pair]] = defaultdict(list)
    for name in PUBLIC:
        for row in rows(data / f"{name}.jsonl.gz"):
            by_source[row["source"]].append(_pair(row))
    by_source["qamr"] = _joined(by_source["qamr"], rng)
    pairs = []
    for source, found in sorted(by_source.items()):
        rng.shuffle(found)
        pairs += found[: CAPS.get(source, len(found))]
    return pairs


def tune(data: Path) -> tuple[list[Pair], list[dict[str, Any]]]:
    """squad2-tune: pairs of the articles to train on, rows of the articles held back."""
    found = rows(data / "squad2-tune.jsonl.gz")
    train = [_pair(row) for row in found if not held_back(row["title"])]
    return train, [row for row in found if held_back(row["title"])]


def own(data: Path) -> tuple[list[Pair], list[Pair]]:
    """The project's own questions, on passages of the public sets ("own") and on invented pages
    ("own-page"): pairs to train on, and those on one passage in twenty, held back. (With its
    public questions, such a passage is trained on all the same.)

    Half of them have no answer, though something in the passage looks like it, and most of those
    differ from one that is answered in a word or two. A line of the file is `{context, questions:
    [[question, answer], ...]}`: the id of a public question on the passage, or the page itself; ""
    for no answer. Raises AssistantError where the public sets lack a passage.
    """
    passages = {row["id"]: row["context"] for n in PUBLIC for row in rows(data / f"{n}.jsonl.gz")}
    train: list[Pair] = []
    kept: list[Pair] = []
    for row in rows(OWN):
        source, passage = "own", passages.get(row["context"])
        if passage is None:
            source, passage = "own-page", row["context"]
            if "\n" not in passage:
                raise AssistantError(f"{data}: no question {passage}, on whose passage {OWN} asks")
        pairs = kept if one_in(20, passage) else train
        for question, answer in row["questions"]:
            pairs.append(_placed(question, passage, answer, source))
    return train, kept


def reports() -> tuple[list[Report], list[Report]]:
    """The project's own documents with questions on them: those to train on, and those held back,
    one in eight by a hash of the title, on which the assistant's choice and confidence are
    fitted."""
    train: list[Report] = []
    kept: list[Report] = []
    for row in rows(REPORTS):
        sections = tuple((heading, text) for heading, text in row["sections"])
        report = Report(row["title"], sections, tuple(tuple(asked) for asked in row["questions"]))
        (kept if one_in(8, report.title) else train).append(report)
    return train, kept


def within(report: Report, others: int) -> Iterator[list[Pair]]:
    """For each question on a report, it with the section that answers it, if one does, and with
    `others` more, those that have most words in common with it."""
    passages = [f"{report.title} > {heading}\n{text}" for heading, text in report.sections]
    there = [_words(passage) for passage in passages]
    for question, number, answer in report.questions:
        asked = _words(question)
        nearest = sorted(
            (i for i in range(len(passages)) if i != number),
            key=lambda i: (-len(asked & there[i]), i),
        )
        answers = [] if number is None else [_placed(question, passages[number], answer, "report")]
        apart = [Pair(question, passages[i], -1, -1, "report-none") for i in nearest[:others]]
        yield [*answers, *apart]


def _placed(question: str, passage: str, answer: str, source: str) -> Pair:
    """The answer where it stands in the sentence that shares most words with the question."""
    if not answer:
        return Pair(question, passage, -1, -1, source)
    found = [
        Pair(question, passage, m.start(), m.end(), source)
        for m in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", passage)
    ]
    asked = _words(question)
    return max(found, key=lambda pair: len(asked & _words(said(pair))))


def _joined(pairs: Iterable[Pair], rng: random.Random) -> list[Pair]:
    """QAMR's single sentences, three to six of them joined into one passage."""
    by_sentence: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_sentence[pair.passage].append(pair)
    sentences, joined = list(by_sentence), []
    while sentences:
        count = rng.randint(3, 6)
        taken, sentences = sentences[:count], sentences[count:]
        passage = " ".join(taken)
        at = 0
        for sentence in taken:
            joined += [
                replace(p, passage=passage, start=p.start + at, end=p.end + at)
                for p in by_sentence[sentence]
            ]
            at += len(sentence) + 1
    return joined


def said(pair: Pair) -> str:
    """The sentences that hold the answer."""
    return "".join(
        m.group()
        for m in SENTENCE.finditer(pair.passage)
        if m.start() < pair.end and m.end() > pair.start
    )


def cropped(pair: Pair, rng: random.Random) -> Pair:
    """A run of sentences, often of one, around the one that answers, or else around the one that
    shares most words with the question: lengths vary, and short is no sign of an answer."""
    cuts = [0, *(m.end() for m in _SENTENCE_END.finditer(pair.passage)), len(pair.passage)]
    count = len(cuts) - 1
    if count < 3:
        return pair
    if pair.start >= 0:
        first = max(i for i, cut in enumerate(cuts) if cut <= pair.start)
        last = min(i for i, cut in enumerate(cuts) if cut >= pair.end)
    else:
        asked = _words(pair.question)
        shared = [len(asked & _words(pair.passage[a:b])) for a, b in pairwise(cuts)]
        first = max(range(count), key=lambda i: (shared[i], rng.random()))
        last = first + 1
    alone = rng.random() < 0.5
    low, high = (first, last) if alone else (rng.randint(0, first), rng.randint(last, count))
    start, end = cuts[low], cuts[high]
    moved = replace(pair, passage=pair.passage[start:end].rstrip())
    if pair.start >= 0:
        moved = replace(moved, start=pair.start - start, end=pair.end - start)
    return moved if moved.end <= len(moved.passage) else pair


def _words(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[^\W_]{4,}|\d+", text.lower())}


def headed(pair: Pair, rng: random.Random) -> Pair:
    """The passage under a line with its title, or with a name that it speaks of."""
    title = pair.title
    if not title:
        names = Counter(n for n in _NAME.findall(pair.passage) if n != pair.answer and len(n) > 3)
        if not names:
            return pair
        title = names.most_common(1)[0][0]
    parts = [title]
    if rng.random() < 0.4:
        parts.append(rng.choice(("Overview", "History", "Background", "Introduction", "Details")))
    heading = " > ".join(parts) + "\n"
    shift = len(heading) if pair.start >= 0 else 0
    return replace(
        pair, passage=heading + pair.passage, start=pair.start + shift, end=pair.end + shift
    )
