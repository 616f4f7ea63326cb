"""What the reader is trained on: questions that look answerable and are not, and how it is
calibrated."""

import gzip
import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reader.training.data import Pair, claims
from assistant.reader.training.evaluate import Case, Scored, calibrate
from assistant.reader.training.negatives import narrowed, places, sentence_removed

PASSAGE = (
    "The mill was built by Ann Lee in 1847. It stands in Lower Weir, beside the old bridge. "
    "In Upper Weir a second mill was opened in 1902 by John Poole. It closed before the war."
)


def pair(answer: str, question: str = "Who was it that built the mill") -> Pair:
    start = PASSAGE.index(answer)
    return Pair(question + "?", PASSAGE, start, start + len(answer), "made")


@given(st.sampled_from(["Ann Lee", "1847", "Lower Weir", "John Poole"]), st.integers(0, 10_000))
def test_a_narrowed_question_asks_for_more_than_its_sentence_says(answer: str, seed: int) -> None:
    asked = pair(answer)
    made = narrowed(asked, ["Sydney", "New Delhi"], random.Random(seed))
    if made is None:
        return
    assert made.start == -1
    assert made.passage == PASSAGE
    assert made.question.endswith("?")
    words = asked.question.rstrip("?").split()
    more = [w for w in made.question.rstrip("?").replace(",", "").split() if w not in words]
    sentence = next(s for s in PASSAGE.split(". ") if answer in s)
    assert more
    assert any(w.lower() not in sentence.lower().split() for w in more)


def test_a_question_that_is_narrow_already_is_left_alone() -> None:
    rng = random.Random(0)
    asked = pair("Ann Lee", "Who built the mill in 1847")
    assert all(narrowed(asked, ["Sydney"], rng) is None for _ in range(50))


def test_places_stand_after_in() -> None:
    assert places([pair("1847"), pair("Ann Lee")]) == ["Lower Weir", "Upper Weir"]


def test_the_sentence_that_answers_is_taken_out() -> None:
    made = sentence_removed(pair("Ann Lee"))
    assert made
    assert made.start == -1
    assert "Ann Lee" not in made.passage
    assert made.passage.startswith("It stands in Lower Weir")


def test_claims_are_borne_out_or_not_and_scifacts_are_left(tmp_path: Path) -> None:
    labels = {
        "supported": "fm2",
        "refuted": "fm2",
        "Fully attributable": "begin-wow",
        "partially_supported": "wice-dev",
        "not_supported": "wice-dev",
    }
    rows = [
        {"source": source, "claim": label, "evidence": ["One.", "Two."], "label": label}
        for label, source in [*labels.items(), ("supported", "scifact-train")]
    ]
    with gzip.open(tmp_path / "claims.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    found = claims(tmp_path / "claims.jsonl.gz")
    assert {p.question: p.start for p in found} == {
        "supported": 0,
        "refuted": -1,
        "Fully attributable": 0,
        "not_supported": -1,
    }
    assert all(p.start == p.end and p.passage == "One. Two." for p in found)


def scored(signal: float, f1: float | None, number: int, kind: str = "squad2") -> Scored:
    """A case with an answer, of which the words chosen have that F1, or with none."""
    answers = () if f1 is None else ("words",)
    case = Case(f"{number}?", "", answers, kind, True)
    return Scored(case, (signal, 0.0), 0.5, float(f1 == 1.0), f1 or 0.0)


@pytest.mark.parametrize("f1", [1.0, 0.5])
def test_one_half_is_where_showing_and_refusing_gain_alike(f1: float) -> None:
    """With twice as many cases that are answered half right, the balance is the same."""
    rng = random.Random(4)
    found = []
    for number in range(2000):
        signal = rng.uniform(-3, 3)
        answers = rng.random() < 1 / (1 + math.exp(-2 * signal))
        found.append(scored(signal, 1.0 if answers else None, number, "squad2"))
        found.append(scored(signal, 1.0 if answers else None, number, "made"))
        if answers and f1 < 1:  # as many more, half of whose words are right
            found += [scored(signal, f1, number), scored(signal, f1, number, "made")]
    (slope, _), offset = calibrate(found)
    # Cases answered at F1 0.5 count by half: the odds of a gain are 1.5 times as high.
    assert -offset / slope == pytest.approx(-math.log(1.5 if f1 < 1 else 1.0) / 2, abs=0.12)
