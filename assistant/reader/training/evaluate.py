"""What the reader is measured by: articles, packages and questions that it was not trained on."""

from __future__ import annotations

import random
import re
import string
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from assistant.evals.scoring import auroc, reliability
from assistant.reader import Reader
from assistant.reader.training.data import Pair, one_in, own, tune
from assistant.reader.training.documents import sections_under
from assistant.reader.training.invented import invented
from assistant.reader.training.structure import documented
from assistant.reader.training.words import World
from assistant.regression import alike, logistic

__all__ = ["Case", "Scored", "calibrate", "held_back_cases", "report", "score"]

QUESTIONS = ("own", "own-page")  # kinds of our own questions
HELD_BACK_PACKAGES = ("git-doc/*.html", "krb5-doc/admin/**/*.html")


@dataclass(frozen=True)
class Case:
    """A question on a passage; no `answers` where nothing answers. `fit` marks what the
    calibration is fitted on, which is not scored."""

    question: str
    passage: str
    answers: tuple[str, ...]
    kind: str
    fit: bool


@dataclass(frozen=True)
class Scored:
    """One case read: the signals, the calibrated probability, exact match and F1 of the
    best span (0 where nothing answers)."""

    case: Case
    signals: tuple[float, ...]
    answerable: float
    exact: float
    f1: float


def held_back_cases(data: Path, share: Path) -> list[Case]:
    """squad2-tune's held-back articles, structure (unseen packages, freshly invented pages), and
    those of our own questions that are held back, none of which is for fitting."""
    _, articles = tune(data)
    cases = [
        Case(
            row["question"],
            row["context"],
            tuple(a["text"] for a in row["answers"]),
            "squad2",
            one_in(2, row["id"]),
        )
        for row in articles
    ]
    rng = random.Random(99)
    packages = [list(sections_under(share / "doc", p)) for p in HELD_BACK_PACKAGES]
    made = [*invented(World.load(share, rng), 1000), *documented(packages, 500, rng)]
    mine = (replace(_case(pair), fit=False) for pair in own(data)[1])
    return [*cases, *(_case(pair) for pair in made), *mine]


def _case(pair: Pair) -> Case:
    kind = pair.source.removesuffix("-none").removeprefix("made-")
    answers = (pair.answer,) if pair.start >= 0 else ()
    return Case(pair.question, pair.passage, answers, kind, one_in(2, pair.question + pair.passage))


def score(reader: Reader, cases: Sequence[Case]) -> list[Scored]:
    """Every case read on its own."""
    scored = []
    for case in cases:
        [(reading, signals)] = reader.examine(case.question, [case.passage])
        said = case.passage[reading.start : reading.end]
        scored.append(
            Scored(
                case,
                signals,
                reading.answerable,
                max((float(_normal(said) == _normal(a)) for a in case.answers), default=0.0),
                max((_overlap(said, a) for a in case.answers), default=0.0),
            )
        )
    return scored


def _normal(text: str) -> str:
    """As SQuAD's own script does: no case, punctuation or articles."""
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def _overlap(said: str, answer: str) -> float:
    one, other = _normal(said).split(), _normal(answer).split()
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / (len(one) + len(other)) if common else 0.0


def calibrate(scored: Sequence[Scored]) -> tuple[list[float], float]:
    """Slopes and offset of a logistic regression on the signals (Platt scaling) of the cases to
    fit; the sets weigh alike.

    Then the offset alone once more, with each answerable case counting by the F1 of the words
    chosen: where they are wrong, neither to show them nor to refuse would be right. So one half is
    about where showing and refusing gain alike.
    """
    fitted = [s for s in scored if s.case.fit]
    x = np.array([[*s.signals, 1.0] for s in fitted])
    y = np.array([bool(s.case.answers) for s in fitted], dtype=float)
    weight = alike([s.case.kind == "squad2" for s in fitted])
    w = logistic(x, y, weight, np.full(x.shape[1], 0.01))
    gained = weight * [s.f1 if s.case.answers else 1.0 for s in fitted]
    w[-1] += logistic(np.ones((len(y), 1)), y, gained, np.zeros(1), x @ w)[0]
    return [float(slope) for slope in w[:-1]], float(w[-1])


def report(scored: Sequence[Scored]) -> str:
    """Markdown tables over the cases that are not for fitting."""
    kept = [s for s in scored if not s.case.fit]
    squad = [s for s in kept if s.case.kind == "squad2"]
    by_kind: dict[str, list[Scored]] = defaultdict(list)
    for s in kept:
        by_kind[s.case.kind].append(s)
    lines = ["| SQuAD 2.0 style, held-back articles | value |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in squad_measures(squad).items()]
    lines += [
        "",
        "| kind | answerable | F1 of span | answered | unanswerable | refused | AUROC |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind, group in sorted(by_kind.items()):
        yes = [s for s in group if s.case.answers]
        no = [s for s in group if not s.case.answers]
        lines.append(
            f"| {'SQuAD 2.0 style' if kind == 'squad2' else kind} | "
            f"{len(yes)} | {_mean(s.f1 for s in yes)} | "
            f"{_mean(s.answerable >= 0.5 for s in yes)} | {len(no)} | "
            f"{_mean(s.answerable < 0.5 for s in no)} | "
            f"{_auroc(group)} |"
        )
    lines += [
        "",
        "| `answerable` | SQuAD 2.0 style: cases | answerable | structure: cases | answerable |",
        "| --- | --- | --- | --- | --- |",
    ]
    structure = [s for s in kept if s.case.kind not in (*QUESTIONS, "squad2")]
    both = [
        reliability([s.answerable for s in group], [bool(s.case.answers) for s in group])
        for group in (squad, structure)
    ]
    for bins in zip(*both, strict=True):
        cells = [
            f"{one.count} | " + ("-" if one.observed is None else f"{one.observed:.2f}")
            for one in bins
        ]
        lines.append(f"| {bins[0].low:.1f} to {bins[0].high:.1f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def squad_measures(scored: Sequence[Scored], threshold: float = 0.5) -> dict[str, Any]:
    """EM and F1 as SQuAD 2.0 counts them, in percent, answered from the threshold on."""
    yes = [s for s in scored if s.case.answers]
    no = [s for s in scored if not s.case.answers]

    def f1_at(limit: float) -> float:
        right = sum(s.f1 for s in yes if s.answerable >= limit)
        return 100 * (right + sum(s.answerable < limit for s in no)) / len(scored)

    answered = [s for s in yes if s.answerable >= threshold]
    refused = sum(s.answerable < threshold for s in no)
    best = max((s.answerable for s in scored), key=f1_at)
    return {
        "questions (answerable)": f"{len(scored)} ({len(yes)})",
        "EM": round(100 * (sum(s.exact for s in answered) + refused) / len(scored), 1),
        "F1": round(f1_at(threshold), 1),
        "HasAns F1": round(100 * sum(s.f1 for s in answered) / len(yes), 1),
        "NoAns accuracy": round(100 * refused / len(no), 1),
        "F1 of spans where there is an answer": round(100 * sum(s.f1 for s in yes) / len(yes), 1),
        "best F1 (at threshold)": f"{f1_at(best):.1f} ({best:.2f})",
        "AUROC": _auroc(scored),
    }


def _auroc(scored: Sequence[Scored]) -> str:
    """ "-" where one kind is missing."""
    value = auroc(
        *([s.answerable for s in scored if bool(s.case.answers) is b] for b in (True, False))
    )
    return "-" if value is None else f"{value:.3f}"


def _mean(values: Any) -> str:
    found = list(values)
    return f"{sum(found) / len(found):.2f}" if found else "-"
