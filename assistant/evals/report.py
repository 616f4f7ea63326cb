"""The report as Markdown, as HTML and as numbers.

What is on the page is said once, as blocks; `page.py` renders them and keeps hostile text at bay.
"""

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import EvalError
from assistant.evals.page import (
    Block,
    Figure,
    Heading,
    Paragraph,
    Table,
    Verbatim,
    diagram,
    to_html,
    to_markdown,
    visible,
)
from assistant.evals.questions import HALVES, Half
from assistant.evals.run import Check, Outcome, Report, measures
from assistant.evals.scoring import MEASURES, Bin, Measure, reliability, share
from assistant.types import Citation

__all__ = ["bound", "failure", "last_numbers", "numbers", "shown", "write"]

NAMES: dict[Half, str] = {"work": "work half", "held": "held-out half"}
COUNTS = ("words_median", "words_p95")  # measures that are not shares
PLAIN = ("mrr", "auroc")  # measures between 0 and 1 that nobody reads as per cent


def write(report: Report, checks: Sequence[Check], last: Mapping[str, Any], folder: Path) -> None:
    """report.md, report.html and report.json into `folder`, each replaced as a whole."""
    blocks = tuple(_blocks(report, checks, last))
    files = {
        "report.md": to_markdown(blocks),
        "report.html": to_html(blocks),
        "report.json": json.dumps(numbers(report), indent=2) + "\n",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            aside = folder / f".{name}.new"
            aside.write_text(text, encoding="utf-8")
            os.replace(aside, folder / name)
    except OSError as error:
        raise EvalError(f"{folder}: the report can't be written: {error.strerror}") from error


def numbers(report: Report) -> dict[str, Any]:
    """report.json: no texts, a stable order, so that a diff shows what changed.

    Latencies are rounded up to 1, 2 or 5 times a power of ten, so that they rarely move.
    """
    return {
        "halves": {
            half: {
                name: {"value": _rounded(one.value), "count": one.count}
                for name, one in measures(report.of(half)).items()
            }
            for half in HALVES
            if report.of(half)
        },
        "kinds": {
            kind: {
                half: {"right": sum(one.verdict.right for one in own), "of": len(own)}
                for half in HALVES
                if (own := [one for one in report.of(half) if one.question.label == kind])
            }
            for kind in report.kinds()
        },
        "reliability": [
            {
                "count": one.count,
                "probability": _rounded(one.probability),
                "observed": _rounded(one.observed),
            }
            for one in _bins(report)
        ],
        "latency_ms_at_most": {
            f"p{rank}": _step_up(1000 * seconds)
            for rank in (50, 95)
            if (seconds := report.latency(rank)) is not None
        },
    }


def last_numbers(text: str, where: str) -> dict[str, Any]:
    """An earlier report.json; raises EvalError where `text` is not one."""
    try:
        data = json.loads(text)
        return {
            half: {
                name: None if one["value"] is None else float(one["value"])
                for name, one in values.items()
            }
            for half, values in data["halves"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvalError(f"{where}: not a report of this kind") from error


def shown(name: str, value: float | None) -> str:
    """A measure's value for people: "93.8 %", "0.880", "21", or "-" for none."""
    if value is None:
        return "-"
    if name in COUNTS:
        return f"{value:g}"
    return f"{value:.3f}" if name in PLAIN else f"{100 * value:.1f} %"


def bound(check: Check) -> str:
    """What a threshold asks for: "at least 80.0 %"."""
    side = "at least" if check.threshold.at_least else "at most"
    return f"{side} {shown(check.threshold.measure, check.threshold.bound)}"


def failure(outcome: Outcome) -> str:
    """What was asked, expected and answered, as plain lines."""
    question, answer = outcome.question, outcome.answer
    expected = [" or ".join(group) for group in question.must] or ["a refusal"]
    lines = [("after", one) for one in question.history]
    lines += [("question", question.question), ("expected", "; ".join(expected))]
    if question.missing:
        lines.append(("missing", "; ".join(question.missing)))
    if question.must_not:
        lines.append(("never", "; ".join(question.must_not)))
    if question.documents:
        lines.append(("from", ", ".join(question.documents)))
    if answer is not None:
        if answer.question != question.question:
            lines.append(("read as", answer.question))
        lines.append(("answered" if answer.found else "refused", answer.text))
        lines += [("cites", _cited(one)) for one in answer.citations]
        lines += [("nearest", _cited(one)) for one in answer.nearest]
    if outcome.confidence is not None:
        lines.append(("sure", f"{outcome.confidence:.2f}"))
    lines.append(("problem", "; ".join(outcome.problems)))
    return "\n".join(
        f"{name:<9} " + visible(text).replace("\n", "\n" + " " * 10) for name, text in lines
    )


def _cited(citation: Citation) -> str:
    section = " > ".join(citation.section)
    place = f"{citation.document} {citation.start}-{citation.end}"
    return f'[{citation.number}] {place}, {section}: "{citation.quote}"'


def _blocks(report: Report, checks: Sequence[Check], last: Mapping[str, Any]) -> Iterator[Block]:
    halves = [half for half in HALVES if report.of(half)]
    yield Heading(1, "Eval report")
    sizes = " and ".join(f"{len(report.of(half))} in the {NAMES[half]}" for half in halves)
    missed = [one for one in checks if not one.met]
    verdict = f"{len(missed)} of {len(checks)} thresholds missed" if missed else (
        f"all {len(checks)} thresholds met"
    )  # fmt: skip
    yield Paragraph(f"{len(report.outcomes)} questions, {sizes}; {verdict}.")
    yield Heading(2, "Thresholds")
    yield Table(
        ("measure", "half", "wanted", "measured", "", "why"),
        tuple(
            (
                one.threshold.measure,
                one.threshold.half,
                bound(one),
                shown(one.threshold.measure, one.measure.value),
                "met" if one.met else "MISSED",
                one.threshold.reason,
            )
            for one in checks
        ),
    )
    yield Heading(2, "Measures")
    yield Paragraph("With 95 % Wilson intervals, and what the last committed report had.")
    yield _measures(report, halves, last)
    yield Heading(2, "By kind of question")
    yield Paragraph("Right: answered rightly, or refused where the documents do not answer.")
    yield _by_kind(report, halves)
    yield Heading(2, "Time to an answer")
    p50, p95 = (_milliseconds(report.latency(rank)) for rank in (50, 95))
    yield Paragraph(f"Median {p50}, 95th percentile {p95}, after warm-up; not a threshold.")
    yield from _calibration(report)
    for half in halves:
        failures = [one for one in report.of(half) if one.problems]
        yield Heading(2, f"Failures, {NAMES[half]} ({len(failures)})")
        if half == "held":
            yield Paragraph("Only scored: whoever develops the assistant leaves these unread.")
        for number, one in enumerate(failures, 1):
            yield Heading(3, f"{number}. {one.question.label}")
            yield Verbatim(failure(one))


def _measures(report: Report, halves: Sequence[Half], last: Mapping[str, Any]) -> Table:
    by_half = {half: measures(report.of(half)) for half in halves}
    header = ["measure"]
    for half in halves:
        header += [NAMES[half], "of", "was"]
    rows = []
    for name, meaning in MEASURES.items():
        row = [f"{name}: {meaning}"]
        for half in halves:
            one = by_half[half][name]
            row += [_interval(name, one), str(one.count), shown(name, last.get(half, {}).get(name))]
        rows.append(tuple(row))
    return Table(tuple(header), tuple(rows))


def _interval(name: str, measure: Measure) -> str:
    value = shown(name, measure.value)
    if measure.low is None or measure.high is None:
        return value
    return f"{value} ({100 * measure.low:.0f}-{100 * measure.high:.0f})"


def _by_kind(report: Report, halves: Sequence[Half]) -> Table:
    header = ["kind"]
    for half in halves:
        header += [f"right, {NAMES[half]}", "of", "hit@5", "words"]
    rows = []
    for kind in report.kinds():
        row = [kind]
        for half in halves:
            own = [one for one in report.of(half) if one.question.label == kind]
            values = measures(own)
            right = share(one.verdict.right for one in own)
            row += [
                _interval("accuracy", right),
                str(right.count),
                shown("hit@5", values["hit@5"].value),
                shown("words_median", values["words_median"].value),
            ]
        rows.append(tuple(row))
    return Table(tuple(header), tuple(rows))


def _bins(report: Report) -> Sequence[Bin]:
    sure = [
        (one.confidence, one.question.answerable)
        for one in report.outcomes
        if one.confidence is not None
    ]
    return reliability([score for score, _ in sure], [good for _, good in sure]) if sure else ()


def _calibration(report: Report) -> Iterator[Block]:
    bins = _bins(report)
    if not bins:
        return
    yield Heading(2, "How sure, and how often rightly so")
    yield Paragraph(
        "The probability that the assistant gives a question to be answerable, against the share "
        "of questions that are; on the diagonal it is calibrated."
    )
    dots = [
        (one.probability, one.observed, one.count)
        for one in bins
        if one.probability is not None and one.observed is not None
    ]
    yield Figure(diagram(dots))
    yield Table(
        ("probability", "questions", "mean probability", "answerable"),
        tuple(
            (
                f"{one.low:.1f}-{one.high:.1f}",
                str(one.count),
                shown("auroc", one.probability),
                shown("auroc", one.observed),
            )
            for one in bins
        ),
    )


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{float(f'{1000 * seconds:.2g}'):g} ms"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _step_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(max(value, 1e-3)))
    return next(round(step * power, 6) for step in (1, 2, 5, 10) if value <= step * power * 1.0001)
