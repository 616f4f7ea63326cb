"""Fits by what an answer is chosen, and how its signals make its confidence.

    python -m assistant.evals.calibrate --data DIR

DIR holds squad2-tune.jsonl.gz: SQuAD 2.0 questions, half of which nothing answers, on 18
articles. Asked are those on the articles that the reader was not trained on, without their
paragraph and over all 18 articles as a corpus; those on the project's own reports that were kept
from training, over these as a corpus; and those of evals/questions.yaml and evals/other over their
documents. Half of the first, the work half of the last two and all of the others are fitted on;
what comes of what is and of what is not is printed, and answering/weighing.json and judging.json
written. To be run when the reader's weights have changed.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.answering import judging, weighing
from assistant.answering.evidence import Evidence, logit
from assistant.answering.judging import SIGNALS, Judge
from assistant.errors import AssistantError, EvalError
from assistant.evals import choosing
from assistant.evals.choosing import Choice
from assistant.evals.questions import load_questions, load_thresholds
from assistant.evals.report import shown
from assistant.evals.scoring import auroc, holds, share
from assistant.regression import alike, logistic
from assistant.settings import PROJECT, Settings

if TYPE_CHECKING:
    from assistant.answering.statements import Statement
    from assistant.chain import Chain
    from assistant.planning import Part
    from assistant.reader.training.data import Report

__all__ = [
    "Asked",
    "Case",
    "Read",
    "articles",
    "cases",
    "choices",
    "documents",
    "fit",
    "main",
    "rates",
    "read",
    "thresholds",
]

SQUAD, REPORTS, OWN, OTHER = "SQuAD 2.0", "reports", "own", "other"
PLAIN = (OWN, OTHER)  # asked as people ask, neither to deceive nor in other words than the text's
RIDGE = 10.0  # on standardised signals

# The share of answerable questions that may be refused, in the mean of the sources in PLAIN.
REFUSALS = {"strict": 0.1, "balanced": 0.04, "lax": 0.01}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; one of each group in `must` stands in its answer, and nothing answers it where
    there is no group. `fitted` says whether it is fitted on."""

    question: str
    history: tuple[str, ...]
    must: tuple[tuple[str, ...], ...]
    source: str
    fitted: bool


@dataclass(frozen=True, slots=True)
class Case:
    """The signals of the best answer to a question, and whether that is right."""

    asked: Asked
    signals: tuple[float, ...]
    right: bool


def articles(rows: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """SQuAD's paragraphs as a corpus: one Markdown file an article."""
    paragraphs: dict[str, dict[str, None]] = {}
    for row in rows:
        paragraphs.setdefault(row["title"], {})[" ".join(row["context"].split())] = None
    for title, texts in paragraphs.items():
        name = re.sub(r"[^a-z]+", "-", title.lower()).strip("-")
        text = "\n\n".join([f"# {title.replace('_', ' ')}", *texts])
        (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")


def documents(reports: Iterable["Report"], folder: Path) -> None:
    """Reports as a corpus: one Markdown file each."""
    for number, report in enumerate(reports):
        lines, above = [f"# {report.title}"], ""
        for heading, text in report.sections:
            parent, _, own = heading.rpartition(" > ")
            if parent and parent != above:
                lines.append(f"## {parent}")
            above = parent
            lines += [f"{'###' if parent else '##'} {own}", text]
        (folder / f"report-{number:03}.md").write_text("\n\n".join(lines) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Read:
    """A question with what was found and read for each of its parts."""

    asked: Asked
    parts: tuple[tuple["Part", list[Evidence]], ...]


def read(chain: "Chain", questions: Iterable[Asked]) -> Iterator[Read]:
    """Each question, in its likeliest reading, up to where the chain chooses among candidates, but
    those on documents as wholes, for which it does not; what came before in a conversation is
    answered with the weights in use."""
    for one in questions:
        parts = chain.understand({"question": one.question, "history": one.history})[0]
        if not any(part.about for part in parts):
            yield Read(one, tuple(chain.read(chain.find(part)) for part in parts))


def choices(chain: "Chain", found: Iterable[Read]) -> Iterator[Choice]:
    """The candidates for each answerable question of one part."""
    for one in found:
        if one.asked.must and len(one.parts) == 1:
            [(part, evidence)] = one.parts
            made = chain.candidates(part, evidence)
            yield Choice.of(
                ((candidate.features, _right(one.asked, told)) for candidate, told in made),
                one.asked.source,
            )


def cases(chain: "Chain", found: Iterable[Read]) -> Iterator[Case]:
    """A case for each question that the chain drafts an answer to."""
    for one in found:
        drafts = [draft for part in one.parts if (draft := chain.write(part).draft)]
        if drafts:
            best = max(drafts, key=lambda draft: draft.confidence)
            told = [s for draft in drafts for s in draft.statements]
            yield Case(one.asked, best.signals, _right(one.asked, told))


def _right(asked: Asked, told: Iterable["Statement"]) -> bool:
    said = " ".join(statement.said for statement in told)
    return bool(asked.must) and all(
        any(holds(said, option) for option in group) for group in asked.must
    )


def fit(found: Sequence[Case], without: Sequence[str] = ()) -> Judge:
    """A logistic regression on the cases to be fitted, the sources weighing alike; some signals
    can be left out.

    An answerable question whose answer is wrong is left out: to refuse it is neither right nor
    wrong. Raises EvalError where there are not both right answers and unanswerable questions.
    """
    fitted = [case for case in found if case.asked.fitted and (case.right or not case.asked.must)]
    if len({case.right for case in fitted}) < 2:
        raise EvalError(
            "nothing to fit on: among the questions there have to be some that are answered "
            "rightly and some that nothing answers"
        )
    values = np.array([case.signals for case in fitted])
    values[:, [SIGNALS.index(name) for name in without]] = 0.0
    mean, spread = values.mean(0), np.maximum(values.std(0), 1e-9)
    x = np.hstack([(values - mean) / spread, np.ones((len(fitted), 1))])
    y = np.array([case.right for case in fitted], dtype=float)
    weight = alike([case.asked.source for case in fitted])
    w = logistic(x, y, weight, np.array([RIDGE] * len(SIGNALS) + [1e-6]))
    slopes = w[:-1] / spread
    return Judge(tuple(float(slope) for slope in slopes), float(w[-1] - mean @ slopes))


def thresholds(judge: Judge, found: Sequence[Case]) -> dict[str, float]:
    """For each strictness the confidence below which its share of REFUSALS falls."""
    by_source: dict[str, list[float]] = {}
    for case in found:
        if case.asked.must and case.asked.fitted:
            sure = judge.confidence(case.signals)
            by_source.setdefault(case.asked.source, []).append(sure)
    steps = np.linspace(0, 1, 1001)
    refused = np.mean([[np.mean(np.array(c) < t) for t in steps] for c in by_source.values()], 0)
    return {n: round(float(steps[refused <= s].max()), 3) for n, s in REFUSALS.items()}


def level(judge: Judge, own: float, threshold: float) -> Judge:
    """A judge whose confidence is `threshold` where it was `own`."""
    return replace(judge, offset=judge.offset + logit(threshold) - logit(own))


def rates(judge: Judge, found: Sequence[Case], threshold: float) -> str:
    """One line: how many questions, how many refused falsely and answered falsely, AUROC."""
    sure = [(judge.confidence(case.signals), bool(case.asked.must)) for case in found]
    yes = [c for c, answerable in sure if answerable]
    no = [c for c, answerable in sure if not answerable]
    refused = shown("false_refusals", share(c < threshold for c in yes).value)
    answered = shown("false_answers", share(c >= threshold for c in no).value)
    return (
        f"{len(yes)} answerable, {refused} refused; {len(no)} unanswerable, {answered} answered; "
        f"AUROC {shown('auroc', auroc(yes, no))}"
    )


def main() -> None:
    """Fits, prints and writes."""
    parser = argparse.ArgumentParser(
        prog="python -m assistant.evals.calibrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of squad2-tune.jsonl.gz")
    parser.add_argument("--evals", type=Path, default=PROJECT / "evals")
    parser.add_argument("--corpus", type=Path, default=PROJECT / "corpus")
    parser.add_argument("--out", type=Path, default=judging.JUDGED.parent, help="where to write")
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        asked = _asked(given.data, Path(scratch), given.corpus, given.evals)
        judged: dict[str, Any] = {}
        for reader in ("trained", "overlap"):
            if reader == "overlap":  # words in common tell nothing of questions made to deceive
                asked = {f: some for f, some in asked.items() if some[0].source in PLAIN}
            chains = {
                folder: _chain(
                    folder, Path(scratch) / f"{folder.parent.name}-{folder.name}-index", reader
                )
                for folder in asked
            }
            known = [(chains[f], list(read(chains[f], some))) for f, some in asked.items()]
            if reader == "trained":
                _fit_weights(known, given.out / weighing.WEIGHED.name)
            found = [case for chain, some in known for case in cases(chain, some)]
            judge = fit(found, without=() if reader == "trained" else SIGNALS[1:])
            needed = thresholds(judge, [case for case in found if case.asked.source in PLAIN])
            judged.setdefault("thresholds", needed)
            # Words in common tell so little that more has to be refused.
            own = needed["balanced" if reader == "trained" else "strict"]
            judge = level(judge, own, judged["thresholds"]["balanced"])
            judged[reader] = {
                "weights": {n: round(w, 4) for n, w in zip(SIGNALS, judge.weights, strict=True)},
                "offset": round(judge.offset, 4),
            }
            for name, threshold in judged["thresholds"].items():
                print(f"{reader}, {name}: an answer needs {threshold}")
                for source, fitted in dict.fromkeys(
                    (c.asked.source, c.asked.fitted) for c in found
                ):
                    part = [
                        c for c in found if (c.asked.source, c.asked.fitted) == (source, fitted)
                    ]
                    which = "fitted on" if fitted else "kept apart"
                    print(f"  {source}, {which}: {rates(judge, part, threshold)}")
    out = given.out / judging.JUDGED.name
    out.write_text(json.dumps(judged, indent=2) + "\n", encoding="utf-8")


def _fit_weights(known: Sequence[tuple["Chain", list[Read]]], out: Path) -> None:
    """Fits, prints and writes how candidates are weighed, and weighs them so from now on."""
    fitted, apart = (
        [
            one
            for chain, some in known
            for one in choices(chain, (r for r in some if r.asked.fitted == fit_on))
        ]
        for fit_on in (True, False)
    )
    weights = choosing.fit(fitted)
    for which, found in (("fitted on", fitted), ("kept apart", apart)):
        for source in dict.fromkeys(one.source for one in found):
            some = [one for one in found if one.source == source]
            by_hand, now = (choosing.share_right(some, w) for w in (weighing.PRIOR, weights))
            reach = np.mean([one.right.any() for one in some])
            print(
                f"{source}, {which}: of {len(some)} questions {by_hand:.1%} right with weights by "
                f"hand, {now:.1%} with fitted ones; {reach:.1%} have a right candidate"
            )
    out.write_text(json.dumps(weights, indent=2) + "\n", encoding="utf-8")
    weighing.use(weights)


def _asked(data: Path, scratch: Path, corpus: Path, evals: Path) -> dict[Path, list[Asked]]:
    """The questions for each corpus; all but the project's are made in `scratch`."""
    from assistant.reader.training.data import one_in, reports, rows, tune

    (scratch / SQUAD).mkdir()
    articles(rows(data / "squad2-tune.jsonl.gz"), scratch / SQUAD)
    squad = [
        Asked(
            row["question"].strip(),
            (),
            (tuple(a["text"] for a in row["answers"]),) if row["answers"] else (),
            SQUAD,
            one_in(2, row["id"]),
        )
        for row in tune(data)[1]
    ]
    _, kept = reports()
    (scratch / REPORTS).mkdir()
    documents(kept, scratch / REPORTS)
    told = [
        Asked(question, (), _lines(answer), REPORTS, True)
        for report in kept
        for question, _, answer in report.questions
    ]
    return {
        scratch / SQUAD: squad,
        scratch / REPORTS: told,
        corpus: [one for one in _evals(evals, OWN) if one.fitted],
        evals / "other" / "corpus": list(_evals(evals / "other", OTHER)),
    }


def _evals(folder: Path, source: str) -> Iterator[Asked]:
    """The questions of a folder's questions.yaml; the work half is fitted on."""
    kinds, _ = load_thresholds(folder / "thresholds.yaml")
    for one in load_questions(folder / "questions.yaml", kinds):
        yield Asked(one.question, one.history, one.must, source, one.half == "work")


def _lines(answer: str) -> tuple[tuple[str, ...], ...]:
    """What must stand in an answer: each line of a list, without its mark."""
    lines = (re.sub(r"^(?:[-*]|\d+[.)])\s+", "", line.strip()) for line in answer.split("\n"))
    return tuple((line.replace("**", ""),) for line in lines if line)


def _chain(corpus: Path, index: Path, reader: str) -> "Chain":
    from assistant import index as indexes
    from assistant.chain import Chain
    from assistant.embeddings import Embedder
    from assistant.reader import Reader
    from assistant.reader.overlap import OverlapReader

    settings = Settings.load(corpus, index)
    embedder = Embedder(settings.model)
    opened = indexes.build(settings, embedder)
    words = OverlapReader(opened.lexical.idf, opened.lexical.language)
    return Chain(opened, embedder, Reader.load() if reader == "trained" else words, threshold=0.0)


if __name__ == "__main__":
    try:
        main()
    except (AssistantError, OSError) as error:
        sys.exit(str(error))
