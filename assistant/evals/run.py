"""Asks every question twice and turns what came into measures."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.errors import EvalError
from assistant.evals.questions import Half, Question, Threshold
from assistant.evals.scoring import (
    DEPTH,
    MEASURES,
    Measure,
    Verdict,
    auroc,
    broken,
    judge,
    mean,
    percentile,
    ranking,
    relevant,
    share,
    words,
)
from assistant.types import Answer, Document, Passage

__all__ = ["Answering", "Check", "Outcome", "Report", "check", "measures", "run"]

WARM_UP = 3  # questions asked before the clock starts


class Ranked(Protocol):
    """A passage that was retrieved."""

    @property
    def passage(self) -> Passage: ...


class Answering(Protocol):
    """What is evaluated. `confidence(question, history) -> float` is measured where there is one:
    the probability, 0 to 1, that the documents answer."""

    @property
    def documents(self) -> Mapping[str, Document]: ...

    def answer(self, question: str, history: Sequence[str] = ...) -> Answer: ...

    def retrieve(self, question: str, k: int = ...) -> Sequence[Ranked]: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question and what came of it. `answer` is None where `error` was raised.

    `seconds` is the time of the first answer, `ranking` hit@1, hit@5 and reciprocal rank (None
    for a question that the documents do not answer), `confidence` a probability or None. Both are
    None where `answer` is.
    """

    question: Question
    answer: Answer | None
    error: str
    verdict: Verdict
    broken: tuple[str, ...]
    same: bool
    seconds: float
    ranking: tuple[float, float, float] | None = None
    confidence: float | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """All that is not as it should be, in words; an outcome with any is shown in the report."""
        unstable = () if self.same else ("the second answer differs",)
        return (*self.verdict.problems, *self.broken, *unstable)


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes, in the order of the questions."""

    outcomes: tuple[Outcome, ...]

    def of(self, half: Half) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if one.question.half == half)

    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({one.question.label for one in self.outcomes}))

    def latency(self, rank: float) -> float | None:
        """A percentile of the seconds to an answer, both halves together; None without any."""
        return percentile([one.seconds for one in self.outcomes], rank)


@dataclass(frozen=True, slots=True)
class Check:
    """A threshold and what was measured."""

    threshold: Threshold
    measure: Measure

    @property
    def met(self) -> bool:
        return self.threshold.met(self.measure.value)


def run(
    assistant: Answering, questions: Sequence[Question], step: Callable[[], None] = lambda: None
) -> Report:
    """Ask all questions, then all again in reverse order; `step` is called 3 times a question.

    The first few are asked beforehand, so that loading does not count as latency. An error that
    the assistant raises is an outcome, not the end. Raises EvalError where a question expects a
    document that the corpus does not have.
    """
    _documents_exist(assistant, questions)
    for question in questions[:WARM_UP]:
        _ask(assistant, question)
    first, second = [], []
    for question in questions:
        first.append(_ask(assistant, question))
        step()
    for question in reversed(questions):
        second.append(_ask(assistant, question))
        step()
    rankings = _rankings(assistant, questions, [answer for answer, _, _ in first])
    outcomes = []
    for question, one, two, rank in zip(questions, first, reversed(second), rankings, strict=True):
        outcomes.append(_outcome(assistant, question, one, two, rank))
        step()
    return Report(tuple(outcomes))


def measures(outcomes: Sequence[Outcome]) -> dict[str, Measure]:
    """Every measure of MEASURES, in its order; the value is None where there are no cases."""
    answerable = [one for one in outcomes if one.question.answerable]
    unanswerable = [one for one in outcomes if not one.question.answerable]
    answers = [(one, one.answer) for one in outcomes if one.answer is not None]
    found = [(one, answer) for one, answer in answers if answer.found]
    lengths = [words(answer.text) for _, answer in found]
    ranks = [one.ranking for one in outcomes if one.ranking is not None]
    sure = [(one.confidence, one.question.answerable) for one in outcomes]
    yes = [score for score, good in sure if score is not None and good]
    no = [score for score, good in sure if score is not None and not good]
    values = {
        "accuracy": share(one.verdict.right for one in answerable),
        "false_refusals": share(
            not answer.found for one, answer in answers if one.question.answerable
        ),
        "false_answers": share(one.answer is not None and one.answer.found for one in unanswerable),
        "right_document": share(
            one.verdict.right_document for one, _ in found if one.question.answerable
        ),
        "citation_validity": share(flag for one in outcomes for flag in _citations(one)),
        "determinism": share(one.same for one in outcomes),
        "raised": share(bool(one.error) for one in outcomes),
        "missing_named": share(
            not any(problem.startswith("does not name") for problem in one.verdict.problems)
            for one, answer in answers
            if one.question.missing and not answer.found
        ),
        "hit@1": share(bool(hit) for hit, _, _ in ranks),
        "hit@5": share(bool(hit) for _, hit, _ in ranks),
        "mrr": mean([rank for _, _, rank in ranks]),
        "auroc": Measure(auroc(yes, no), len(yes) + len(no)),
        "words_median": Measure(percentile(lengths, 50), len(lengths)),
        "words_p95": Measure(percentile(lengths, 95), len(lengths)),
    }
    return {name: values[name] for name in MEASURES}


def check(report: Report, thresholds: Sequence[Threshold]) -> tuple[Check, ...]:
    """The thresholds of the halves that were asked, in their order."""
    by_half = {half: measures(report.of(half)) for half in {t.half for t in thresholds}}
    return tuple(
        Check(one, by_half[one.half][one.measure]) for one in thresholds if report.of(one.half)
    )


def _documents_exist(assistant: Answering, questions: Sequence[Question]) -> None:
    for question in questions:
        for document in question.documents:
            if document not in assistant.documents:
                known = ", ".join(sorted(assistant.documents)[:10])
                raise EvalError(
                    f"question {question.question[:60]!r} expects the document {document!r}, "
                    f"which the corpus does not have; it has {known}"
                )


def _ask(assistant: Answering, question: Question) -> tuple[Answer | None, str, float]:
    started = time.perf_counter()
    try:
        answer, error = assistant.answer(question.question, question.history), ""
    except Exception as problem:  # whatever it is: "nothing ever raises" is one of the measures
        answer, error = None, f"{type(problem).__name__}: {problem}"
    return answer, error, time.perf_counter() - started


def _rankings(
    assistant: Answering, questions: Sequence[Question], answers: Sequence[Answer | None]
) -> list[tuple[float, float, float] | None]:
    """Searched for with the question as the assistant understood it, follow-ups made standalone."""
    asked = [
        (number, question, answer.question)
        for number, (question, answer) in enumerate(zip(questions, answers, strict=True))
        if question.answerable and answer
    ]
    scores = ranking(
        [
            [relevant(question, one.passage) for one in assistant.retrieve(text, DEPTH)]
            for _, question, text in asked
        ]
    )
    rankings: list[tuple[float, float, float] | None] = [None] * len(questions)
    for (number, _, _), score in zip(asked, scores, strict=True):
        rankings[number] = score
    return rankings


def _outcome(
    assistant: Answering,
    question: Question,
    first: tuple[Answer | None, str, float],
    second: tuple[Answer | None, str, float],
    rank: tuple[float, float, float] | None,
) -> Outcome:
    answer, error, seconds = first
    confidence = getattr(assistant, "confidence", None) if answer else None
    return Outcome(
        question=question,
        answer=answer,
        error=error,
        verdict=judge(question, answer) if answer else Verdict(False, False, (error,)),
        broken=broken(answer, assistant.documents) if answer else (),
        same=first[:2] == second[:2],
        seconds=seconds,
        ranking=rank,
        confidence=confidence(question.question, question.history) if confidence else None,
    )


def _citations(outcome: Outcome) -> list[bool]:
    """One flag for each citation, and one for an answer that has none."""
    answer = outcome.answer
    if answer is None:
        return []
    total = len(answer.citations) + len(answer.nearest) + (answer.found and not answer.citations)
    bad = len(outcome.broken)
    return [False] * bad + [True] * (total - bad)
