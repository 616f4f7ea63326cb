"""Answers in the documents' own words: which spans, how they are shown, how sure it is.

The reader says which words of a passage answer and how likely; the documents' structure says
what belongs together (a list with its lead-in, a row with its header, a definition with its
term); the question's names say what an answer must be about.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant import values
from assistant.answering import judging, statements
from assistant.answering.evidence import (
    MOSTLY,
    Evidence,
    Terms,
    best_covered,
    label_of,
    overlapping,
    row_label,
    text_of,
)
from assistant.answering.judging import Judge
from assistant.answering.statements import Statement
from assistant.answering.weighing import features, log_odds
from assistant.labels import cells, unnumbered
from assistant.lexical import Lexical
from assistant.normalisation import fold
from assistant.quantities import bracket, numbers
from assistant.question import Question
from assistant.sentences import Sentence
from assistant.types import Document, Passage, Span

__all__ = ["Candidate", "Draft", "Extractive"]

MAX_WORDS = 90  # of an answer that is not a list
MAX_EACH = 35  # of two statements that are shown for one
MAX_ITEMS = 60
SHORT_LIST = 8  # items that a sentence brings along, or that stand beside another answer
CLOSE = math.log(2)  # log odds: another candidate is at least half as likely as the one chosen

TOLD = 0.8  # of a question's, by a heading and what introduces a list
MAX_LABEL = 6  # words of an item that may be what the question names

_MOST = re.compile(r"\b(?:most|largest|highest|biggest|greatest|top|commonest)\b", re.I)
_LEAST = re.compile(r"\b(?:least|smallest|lowest|fewest|rarest)\b", re.I)
_OTHER = re.compile(r"\b(?:others?|else|another)\b", re.I)


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before its citations are checked; `confidence` that it answers, 0 to 1, is what
    its `signals` come to (see `judging`). `both`, where there are any, are the statement and
    another that is nearly as likely to answer, both in fewer words."""

    statements: tuple[Statement, ...]
    confidence: float
    signals: tuple[float, ...] = ()
    both: tuple[Statement, ...] = ()

    @property
    def own(self) -> tuple[Statement, ...]:
        """The statements without what other documents say, which comes after them."""
        rest = self.statements[1:]
        return (self.statements[0], *itertools.takewhile(lambda s: not s.preface, rest))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Spans that may answer, a `whole` list or not, with what speaks for them (see `weighing`)."""

    evidence: Evidence
    spans: tuple[Span, ...]
    whole: bool
    features: Mapping[str, float]

    @property
    def log_odds(self) -> float:
        return log_odds(self.features)

    @property
    def short(self) -> bool:
        """Whether it is no long list."""
        return not self.whole or len(self.spans) <= SHORT_LIST


class Extractive:
    """Chooses what answers among passages that have been read."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        passages: Sequence[Passage],
        lexical: Lexical,
    ) -> None:
        self._documents = documents
        self._lexical = lexical
        self._groups: dict[tuple[str, int], list[Span]] = {}
        self._common: dict[tuple[str, int, str], frozenset[str]] = {}  # see `_shared`
        for passage in passages:
            for span in passage.spans:
                if span.kind != "sentence":
                    self._groups.setdefault((passage.document, span.group), []).append(span)
        self._introduced_by = {
            (document, *group[0].lead): group
            for (document, _), group in self._groups.items()
            if group[0].lead and group[0].kind != "row"
        }

    def draft(
        self,
        question: Question,
        evidence: Sequence[Evidence],
        judge: Judge,
        limit: int = MAX_WORDS,
    ) -> Draft | None:
        """The best answer that the evidence gives, however unsure; None without evidence, and where
        the question has no word of content.

        `judge` says how sure. An answer that is no list has at most `limit` words."""
        asked = self._terms(question, evidence)
        candidates = self._all(question, asked, evidence)
        if not (candidates and asked.weights):
            return None
        best, *others = sorted(candidates, key=lambda c: (-c.log_odds, c.spans[0].start))
        signals = judging.signals(asked, best.evidence, best.log_odds, evidence)
        told = self._statements(question, best, limit)
        both = self._both(question, best, others)
        return Draft(told, judge.confidence(signals), signals, both)

    def candidates(
        self, question: Question, evidence: Sequence[Evidence]
    ) -> list[tuple[Candidate, tuple[Statement, ...]]]:
        """All candidates with what they would say, for those who fit the choice among them."""
        found = self._all(question, self._terms(question, evidence), evidence)
        return [(c, self._statements(question, c, MAX_WORDS)) for c in found]

    def _both(
        self, question: Question, best: Candidate, others: Sequence[Candidate]
    ) -> tuple[Statement, ...]:
        """What the best candidate says and what the likeliest of those that come close to it says
        besides, from other words; none where nothing does. Of two sections each is named. `others`
        are in order, the likeliest first."""
        first, *more = self._statements(question, best, MAX_EACH)
        close = itertools.takewhile(lambda c: best.log_odds - c.log_odds < CLOSE, others)
        for candidate in close:
            if more or not candidate.short:  # an outline, or a long list
                continue
            second, *rest = self._statements(question, candidate, MAX_EACH)
            if not rest and statements.adds(first, second):
                if first.passage.section != second.passage.section:
                    first, second = map(statements.under_heading, (first, second))
                return first, replace(second, preface=(Sentence("close"),))
        return ()

    def _all(
        self, question: Question, asked: Terms, evidence: Sequence[Evidence]
    ) -> list[Candidate]:
        return [c for e in evidence for c in self._candidates(question, asked, e)]

    def _terms(self, question: Question, evidence: Sequence[Evidence]) -> Terms:
        asked = Terms(question.text, self._lexical.idf, self._lexical.language(question.text))
        asked.beside = self._beside(asked, evidence)
        return asked

    def _beside(self, asked: Terms, evidence: Sequence[Evidence]) -> dict[str, frozenset[str]]:
        """By document, the stems of its title and of its passages that were found."""
        stems: dict[str, set[str]] = {}
        for passage in (e.passage for e in evidence):
            if passage.document not in stems:
                title = self._documents[passage.document].title
                name = f"{title} {passage.document.replace('-', ' ')}"
                stems[passage.document] = set(asked.held(name))
            stems[passage.document].update(asked.held(passage.text))
        return {document: frozenset(found) for document, found in stems.items()}

    def _candidates(self, question: Question, asked: Terms, evidence: Evidence) -> list[Candidate]:
        passage = evidence.passage
        if passage.spans[0].kind == "heading":
            first = passage.spans[0]
            whole = replace(evidence, start=first.start, end=first.end, others=(), rank=0)
            return [self._candidate(question, asked, whole, passage.spans, True, outline=1)]
        found = [self._from_reader(question, asked, evidence, overlapping(evidence))]
        for rank, (start, end) in enumerate(evidence.others, start=1):
            other = replace(evidence, start=start, end=end)
            made = self._from_reader(question, asked, other, overlapping(other))
            found.append(replace(made, features={**made.features, "alternative": rank}))
        most = best_covered(asked, passage, passage.spans)
        found.append(self._alone(question, asked, evidence, most, alternative=1))
        found.extend(
            self._alone(question, asked, evidence, span)
            for span in passage.spans
            if question.focus and span.kind == "sentence"
        )
        named: set[int] = set()
        for span in passage.spans:
            if span.kind == "sentence":
                continue
            label = self._named(question, asked, passage, span)
            if label:
                named.add(span.group)
                found.append(self._alone(question, asked, evidence, span, label=label))
        if question.form == "list" or question.keywords:
            listed = [span for span in passage.spans if span.kind != "sentence"]
            for first in {span.group: span for span in reversed(listed)}.values():
                one = question.keywords and (
                    first.group in named or self._singles(asked, passage, first)
                )
                headed = 0.0 if one else self._heads(question, asked, passage, first)
                if headed:
                    group = tuple(self._groups[passage.document, first.group][:MAX_ITEMS])
                    found.append(
                        self._candidate(question, asked, evidence, group, True, heading=headed)
                    )
        return found

    def _from_reader(
        self, question: Question, asked: Terms, evidence: Evidence, touched: Sequence[Span]
    ) -> Candidate:
        """What the reader's words stand in: a sentence, an item, a row, or the whole list."""
        passage = evidence.passage
        listed = [span for span in touched if span.kind != "sentence"]
        wants_list = question.form == "list" and not (
            question.keywords and listed and self._singles(asked, passage, listed[0])
        )
        if listed and (wants_list or len(listed) > 1):
            group = self._groups[passage.document, listed[0].group]
            several = len(listed) > 1 and 2 * len(listed) >= len(group)
            several = several and not self._singles(asked, passage, listed[0])
            if (wants_list or several) and len(group) <= MAX_ITEMS:
                return self._candidate(question, asked, evidence, tuple(group), True)
        if not listed:
            introduced = self._introduced(passage, touched[-1])
            # A sentence that only introduces a list answers with it.
            if introduced and (wants_list or len(introduced) <= SHORT_LIST):
                return self._candidate(question, asked, evidence, introduced, True)
        if listed:
            span = best_covered(asked, passage, listed)
            if span.kind == "row":
                span = self._extreme(
                    question, passage, self._labelled(question, asked, passage, span)
                )
            return self._candidate(question, asked, evidence, (span,), False)
        if question.reason and len(touched) == 1:  # what follows tells more of why
            after = [s for s in passage.spans if s.group == touched[0].group]
            touched = after[after.index(touched[0]) :]
        return self._candidate(question, asked, evidence, tuple(touched[:2]), False)

    def _alone(
        self, question: Question, asked: Terms, evidence: Evidence, span: Span, **more: float
    ) -> Candidate:
        """One span of a passage, whatever words of it the reader chose."""
        here = replace(evidence, start=span.start, end=span.end)
        if self._introduced(evidence.passage, span):
            more["bare_lead"] = 1
        return self._candidate(question, asked, here, (span,), False, **more)

    def _candidate(
        self,
        question: Question,
        asked: Terms,
        evidence: Evidence,
        spans: tuple[Span, ...],
        whole: bool,
        **more: float,
    ) -> Candidate:
        """Spans with what speaks for them, and `more` of it that structure says."""
        passage = evidence.passage
        document = self._documents[passage.document]
        found = features(question, asked, document, evidence, spans) | more
        called = "label" in more or "heading" in more
        if whole:
            found["count"] = len(spans) in question.counts
            found["one_of_them"] = not called and any(
                asked.names(label_of(document.text[span.start : span.end], span)) == 1
                for span in spans
            )
        elif spans[0].kind == "row" and question.amount and (named := bracket(question.text)):
            row = bracket(row_label(passage, spans[0]))
            found["another_bracket"] = row is not None and not _near(row, named)
        if told := self._told(question, passage, spans):
            found[told] = 1
        if question.expansion and not called:
            own = fold(" ".join(document.text[span.start : span.end] for span in spans))
            found["missing_expansion"] = not _spells_out(own, question.names)
        return Candidate(evidence, spans, whole, found)

    def _told(self, question: Question, passage: Passage, spans: Sequence[Span]) -> str | None:
        """Whether the conversation was told this already, as a feature: "repeated" a whole list, a
        row with one value, or anything where something other is asked for; else in part."""
        if (passage.document, spans[0].start, spans[-1].end) != question.said:
            return None
        if spans[0].kind == "sentence":  # a sentence may hold more than was asked for
            return "repeated" if _OTHER.search(question.text) else "repeated_in_part"
        row = cells(self._documents[passage.document].text[spans[0].start : spans[0].end])
        telling = [value for value in row if value and not value.isdigit()]
        told = len(spans) > 1 or (spans[0].kind == "row" and len(telling) <= 2)
        return "repeated" if told else "repeated_in_part"

    def _named(self, question: Question, asked: Terms, passage: Passage, span: Span) -> float:
        """How much the question names this very row or item, 0 to 2: by its label, as the term
        it asks the meaning of (2), or by its place in the list."""
        if question.form == "definition":
            return 2.0 if self._defines(question, asked, passage, span) else 0.0
        name = row_label(passage, span)
        if span.kind == "row" and question.amount and _same_bracket(name, question.text):
            return 1.0
        if span.kind == "row" and numbers(name) and numbers(name) == question.counts:
            return 1.0
        reason = question.reason and name == text_of(passage, span)  # it says no more than its name
        short = len(name.split()) <= MAX_LABEL and not reason
        if span.kind == "row" or (question.form != "list" and short):
            named = asked.names(name, self._shared(asked, passage, span))
            told = asked.coverage([name, *self._around(passage, span)])
            # "Are florists covered?": the item tells, however little else of that stands in it.
            enough = 0 if question.mentioned and span.kind != "row" and named == 1 else MOSTLY
            if named >= MOSTLY and told >= enough:
                return named * told
        group = self._groups[passage.document, span.group]
        placed = group.index(span) + 1 in question.ordinals
        if placed and asked.coverage([self._head(passage, span)]) >= MOSTLY:
            return 1.0
        return 0.0

    def _defines(self, question: Question, asked: Terms, passage: Passage, span: Span) -> bool:
        """Whether a row or definition gives what a definition question names: a term with a
        capital or a digit, or most of what it asks about."""
        text = text_of(passage, span)
        parts = cells(text) if span.kind == "row" else [row_label(passage, span)]
        sentence = f" {' '.join(_plain_words(question.text))} "
        for part in parts:
            words = _plain_words(part)
            told = any(c.isupper() or c.isdigit() for c in part) or asked.coverage([part]) >= MOSTLY
            if words and told and not part.isdigit() and f" {' '.join(words)} " in sentence:
                return True
        return False

    def _heads(self, question: Question, asked: Terms, passage: Passage, span: Span) -> float:
        """How much of what the question asks for a list's own heading and lead-in say, 0 to 1;
        0 where it names none of them."""
        number = re.match(r"\d+", passage.section[-1])
        if number and int(number[0]) in question.ordinals:
            return 1.0
        told = asked.coverage([self._head(passage, span)])
        named = told >= TOLD or asked.names(unnumbered(passage.section[-1])) == 1
        return told if named else 0.0

    def _singles(self, asked: Terms, passage: Passage, first: Span) -> bool:
        """Whether one item of a list holds most of the question, as its heading does not."""
        head = asked.held(self._head(passage, first))
        rest = {stem: weight for stem, weight in asked.weights.items() if stem not in head}
        text = self._documents[passage.document].text
        group = self._groups[passage.document, first.group]
        items = [asked.held(text[s.start : s.end]) for s in group[:MAX_ITEMS]]
        most = max(sum(w for stem, w in rest.items() if stem in item) for item in items)
        return 2 * sum(rest.values()) > sum(asked.weights.values()) and (
            most >= MOSTLY * sum(rest.values())
        )

    def _around(self, passage: Passage, span: Span) -> list[str]:
        """The headings above a row and the header of its table."""
        document = self._documents[passage.document]
        header = document.text[slice(*span.lead)] if span.lead else ""
        return [*passage.section[1:], header]

    def _head(self, passage: Passage, span: Span) -> str:
        """The heading above a list, and the sentence that introduces it."""
        document = self._documents[passage.document]
        lead = document.text[slice(*span.lead)] if span.lead and span.kind != "row" else ""
        return f"{passage.section[-1]} {lead}"

    def _introduced(self, passage: Passage, span: Span) -> tuple[Span, ...]:
        """The list that a sentence introduces."""
        return tuple(self._introduced_by.get((passage.document, span.start, span.end), ()))

    def _labelled(self, question: Question, asked: Terms, passage: Passage, span: Span) -> Span:
        """The row of the same table whose label the question names best, if it names one."""

        def named(row: Span) -> tuple[float, int]:
            name = row_label(passage, row)
            if question.amount and _same_bracket(name, question.text):
                return 1.0, len(asked.weights)
            return asked.names(name, shared), len(set(asked.of(name)) & asked.weights.keys())

        shared = self._shared(asked, passage, span)
        rows = [s for s in passage.spans if s.group == span.group]
        best = max(rows, key=lambda row: (*named(row), row == span, -row.start))
        return best if named(best)[0] >= MOSTLY else span

    def _shared(self, asked: Terms, passage: Passage, span: Span) -> frozenset[str]:
        """Stems that most labels of a table or list have: they tell none from the others. Each of
        its rows asks for them, so they are kept."""
        key = (passage.document, span.group, asked.language)
        if key not in self._common:
            text = self._documents[passage.document].text
            group = self._groups[passage.document, span.group][:MAX_ITEMS]
            stems = Counter(
                stem
                for one in group
                for stem in set(asked.of(label_of(text[one.start : one.end], one)))
            )
            most = (stem for stem, count in stems.items() if 2 * count > len(group) > 1)
            self._common[key] = frozenset(most)
        return self._common[key]

    def _extreme(self, question: Question, passage: Passage, span: Span) -> Span:
        """For "the largest", the row whose number is largest."""
        pick = max if _MOST.search(question.text) else min if _LEAST.search(question.text) else None
        if pick is None:
            return span
        text = self._documents[passage.document].text
        sizes = {}
        for other in self._groups[passage.document, span.group]:
            last = (cells(fold(text[other.start : other.end])) or [""])[-1]
            if (size := _size(last)) is not None:
                sizes[other] = size
        return pick(sizes, key=lambda other: sizes[other]) if sizes else span

    def _statements(
        self, question: Question, chosen: Candidate, limit: int
    ) -> tuple[Statement, ...]:
        """What a candidate says; the headings of an outline are quoted each on its own."""
        passage = chosen.evidence.passage
        document = self._documents[passage.document]
        if chosen.spans[0].kind == "heading":
            return statements.outline(document, passage, chosen.spans)
        if chosen.whole:
            return (statements.whole(document, passage, chosen.spans),)
        return (self._statement(question, chosen, limit),)

    def _statement(self, question: Question, chosen: Candidate, limit: int) -> Statement:
        evidence, spans = chosen.evidence, chosen.spans
        passage = evidence.passage
        document = self._documents[passage.document]
        bold = (evidence.start, evidence.end)
        first = spans[0]
        if first.kind == "row":
            return statements.row(document, passage, first)
        if first.kind in ("item", "definition"):
            inside = bold[0] < first.end and bold[1] > first.start
            # Where only the heading tells the time that is asked for, it is shown.
            dated = question.when and not question.fits(text_of(passage, first))
            return statements.item(
                document, passage, first, bold if inside else (first.start, first.end), dated
            )
        return statements.sentence(document, passage, (first.start, spans[-1].end), bold, limit)


def _size(cell: str) -> float | None:
    """The number that a cell gives; of a date, the year, where there is no other.

    >>> _size("48 million (2021)"), _size("10-20%"), _size("-3.5"), _size("none")
    (48000000.0, 10.0, -3.5, None)
    """
    found = sorted((v for v in values.find(cell) if v.numbers), key=lambda v: v.kind == "date")
    if not found:
        return None
    below = cell[: found[0].start].rstrip().endswith("-")
    return -found[0].numbers[0] if below else float(found[0].numbers[0])


def _same_bracket(label: str, question: str) -> bool:
    one, other = bracket(label), bracket(question)
    return one is not None and other is not None and _near(one, other)


def _near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two ranges are one: "over 1,000" and "1,001 or above"."""
    return all(a == b or abs(a - b) <= 1 for a, b in zip(one, other, strict=True))


def _spells_out(text: str, names: Sequence[str]) -> bool:
    """Whether a text sets a name in brackets behind other words, or such words behind it."""
    return any(
        re.search(rf"\({re.escape(name)}s?\)|\b{re.escape(name)} \(", text) for name in names
    )


def _plain_words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
