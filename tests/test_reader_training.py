"""What the reader is trained on: questions that look answerable and are not, and how it is
calibrated."""

import gzip
import json
import math
import random
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import AssistantError
from assistant.reader.encoding import Encoder, Window
from assistant.reader.reading import WEIGHTS
from assistant.reader.training import evaluate, mix
from assistant.reader.training import train as training
from assistant.reader.training.__main__ import main
from assistant.reader.training.data import OWN, Pair, cropped, own, reports, rows, within
from assistant.reader.training.evaluate import Case, Scored, calibrate
from assistant.reader.training.lexicon import Lexicon
from assistant.reader.training.negatives import (
    narrowed,
    near_passages,
    places,
    sentence_removed,
)
from assistant.reader.training.network import rounded
from assistant.reader.training.structure import load_sections
from assistant.reader.training.swaps import Swapper
from assistant.reader.training.train import Encoded, Stage, batches, collate, loss_of

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


WORDNET = {
    "data.noun": (
        "00000010 28 n 01 season 0 002 ~ 00000020 n 0000 ~ 00000030 n 0000 | a part of a year",
        "00000020 28 n 02 winter 0 wintertime 0 001 @ 00000010 n 0000 | the coldest one",
        "00000030 28 n 02 summer 0 summertime 0 001 @ 00000010 n 0000 | the warmest one",
        "00000040 06 n 02 mill 0 factory 0 000 | a plant",
    ),
    "index.noun": (
        "season n 1 1 ~ 1 1 00000010",
        "winter n 1 1 @ 1 1 00000020",
        "summer n 1 1 @ 1 1 00000030",
        "mill n 1 0 1 1 00000040",
        "factory n 1 0 1 1 00000040",
    ),
    "data.verb": (
        "00000050 38 v 02 open 0 open_up 0 001 ! 00000060 v 0101 01 + 02 00 | make open",
        "00000060 38 v 02 close 0 shut 0 001 ! 00000050 v 0101 01 + 02 00 | make shut",
        "00000070 36 v 02 build 0 construct 0 000 01 + 08 00 | make by putting together",
    ),
    "index.verb": (
        "open v 1 1 ! 1 1 00000050",
        "close v 1 1 ! 1 1 00000060",
        "shut v 1 1 ! 1 1 00000060",
        "build v 1 0 1 1 00000070",
        "construct v 1 0 1 1 00000070",
    ),
    "data.adj": ("00000080 00 a 01 old 0 000 | not young",),
    "index.adj": ("old a 1 0 1 1 00000080",),
    "cntlist.rev": ("open%2:35:00:: 1 9", "old%3:00:00:: 1 9"),
}


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    """A few words of WordNet's, in its own form (wndb(5WN))."""
    share = tmp_path_factory.mktemp("share")
    (share / "wordnet").mkdir()
    for name, lines in WORDNET.items():
        licence = "" if name == "cntlist.rev" else "  1 This software is provided by its makers.\n"
        (share / "wordnet" / name).write_text(licence + "".join(f"{line}\n" for line in lines))
    common = "winter winters summer summers mill factory opened closed shut built constructed old"
    return Lexicon(share, [common] * 10)


def test_words_come_in_the_form_they_are_asked_in(lexicon: Lexicon) -> None:
    rng = random.Random(0)
    assert lexicon.synonyms("built") == ["constructed"]
    assert lexicon.synonyms("mill") == ["factory"]
    assert lexicon.others("winters", rng) == "summers"
    assert lexicon.others("opened", rng) == "closed"
    assert lexicon.others("built", rng) is None
    assert lexicon.others("unheard", rng) is None


@given(
    st.sampled_from(["Ann Lee", "1847", "Lower Weir", "John Poole", "1902"]),
    st.sampled_from(
        [
            "When was the mill in Upper Weir opened",
            "What did Ann Lee build in 1847",
            "In which winter was the old mill built",
        ]
    ),
    st.integers(0, 1000),
)
def test_what_is_changed_says_whether_the_answer_stands(
    lexicon: Lexicon, answer: str, question: str, seed: int
) -> None:
    asked, rng = pair(answer, question), random.Random(seed)
    swapper = Swapper([asked, pair("1847", "Where is Port Mary")], lexicon)
    if swapped := swapper.swap(asked, rng):
        assert (swapped.start, swapped.passage) == (-1, PASSAGE)
        assert swapped.question != asked.question
    if told := swapper.told_otherwise(asked, rng):
        assert (told.start, told.question) == (-1, asked.question)
        assert told.passage != PASSAGE
        assert answer in told.passage
    if retold := swapper.retold(asked, rng):
        assert retold.answer == answer
        assert retold.question != asked.question
        assert retold.passage != PASSAGE
    if reworded := swapper.reworded(asked, rng):
        assert (reworded.answer, reworded.passage) == (answer, PASSAGE)
        assert reworded.question != asked.question


def test_a_pair_without_an_answer_is_retold_as_one(lexicon: Lexicon) -> None:
    asked = pair("1847", "When did the old mill burn").unanswered()
    retold = Swapper([pair("1847")], lexicon).retold(asked, random.Random(0))
    assert retold is None or retold.start == -1


@given(st.sampled_from(["Ann Lee", "Upper Weir", "1902", ""]), st.integers(0, 1000))
def test_what_is_cropped_keeps_what_answers(answer: str, seed: int) -> None:
    asked = pair(answer or "1847", "When was the second mill opened")
    kept = cropped(asked if answer else asked.unanswered(), random.Random(seed))
    assert kept.passage in PASSAGE
    assert kept.answer == answer
    if not answer:  # the sentence that shares most with the question stays
        assert "a second mill was opened" in kept.passage


def test_our_own_questions_stand_on_passages_that_hold_their_answers(tmp_path: Path) -> None:
    """On the public passages, which are not in the project, with the answers for a passage."""
    public = [row for row in rows(OWN) if "\n" not in row["context"]]
    for name, some in (("squadshifts", public[::2]), ("spans", public[1::2])):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
            for row in some:
                text = ". ".join(answer for _, answer in row["questions"] if answer)
                lines.write(json.dumps({"id": row["context"], "context": text}) + "\n")
    train, kept = own(tmp_path)
    both = [*train, *kept]
    assert len(both) == sum(len(row["questions"]) for row in rows(OWN))
    assert {p.source for p in train} == {p.source for p in kept} == {"own", "own-page"}
    assert not {p.passage for p in train} & {p.passage for p in kept}
    assert all(len(p.question) > 7 and p.question == p.question.strip() for p in both)
    asked = Counter((p.question.lower(), p.passage) for p in both)
    assert max(asked.values()) == 1
    for source in ("own", "own-page"):
        share = fmean(p.start >= 0 for p in both if p.source == source)
        assert 0.4 < share < 0.6


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b'{"id": "1"}\n{"id": 2\n'), "line 2: can't be read"),
        (gzip.compress(b'{"id": "1"}\n')[:-9], r"line \d: can't be read"),
        (b"{}", "line 1: can't be read"),
        (gzip.compress(b""), "no question .+, on whose passage .*questions.jsonl.gz asks"),
    ],
    ids=("bad line", "cut off", "not packed", "empty"),
)
def test_what_is_wrong_with_the_public_questions_is_named(
    tmp_path: Path, content: bytes, said: str
) -> None:
    for name in ("squadshifts", "spans"):
        (tmp_path / f"{name}.jsonl.gz").write_bytes(content)
    with pytest.raises(AssistantError, match=f"{tmp_path}.*{said}"):
        own(tmp_path)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("mean", "third/final.pt is not there: run the step third first"),
        ("sixth", "fifth/final.pt is not there"),
        ("export", "sixth/final.pt is not there"),
        ("evaluate", "No such file or directory: .*squad2-tune.jsonl.gz"),
    ],
)
def test_a_step_says_in_a_line_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, said: str
) -> None:
    folders = [f"--{name}={tmp_path}" for name in ("data", "docs", "out")]
    monkeypatch.setattr(sys, "argv", ["training", step, *folders])
    with pytest.raises(SystemExit, match=f"{said}.*MODEL_CARD.md") as exited:
        main()
    assert "\n" not in str(exited.value)


def test_documentation_that_is_not_there_is_missed(tmp_path: Path) -> None:
    with pytest.raises(AssistantError, match=r"debian-handbook.*no page"):
        load_sections(tmp_path)


def test_a_question_on_a_report_is_answered_by_the_first_of_its_passages_at_most() -> None:
    train, kept = reports()
    assert not {r.title for r in train} & {r.title for r in kept}
    assert len(kept) > 10
    for report in (*train, *kept):
        for group in within(report, 2):
            assert len({p.passage for p in group}) == len(group) in (2, 3)
            assert len({p.question for p in group}) == 1
            assert all(p.start < 0 for p in group[1:])
            if group[0].start >= 0:
                assert group[0].answer.strip()
        answers = [answer for _, number, answer in report.questions if number is not None]
        assert 0.4 < len(answers) / len(report.questions) < 0.75


def test_a_near_passage_does_not_hold_the_answer() -> None:
    pairs = [
        Pair(f"Who built mill {n}?", f"Mill {n} was built by Ann{n}.", 21, 26, "made")
        for n in range(10, 30)
    ]
    made = near_passages(pairs, random.Random(0), each=2)
    assert len(made) == len(pairs)
    for right, *wrong in made:
        assert len(wrong) == 2
        assert all(w.question == right.question and w.start == -1 for w in wrong)
        assert all(right.answer not in w.passage for w in wrong)


def test_the_passages_of_a_group_are_asked_in_the_same_words() -> None:
    groups = [[replace(pair("Ann Lee"), group=n)] * 3 for n in range(1, 9)]
    dressed = mix._dressed([p for group in groups for p in group], random.Random(3), 1.0)
    asked = {group: {p.question for p in dressed if p.group == group} for group in range(1, 9)}
    assert all(len(questions) == 1 for questions in asked.values())
    assert len(set.union(*asked.values())) > 1


def window(size: int) -> Window:
    spread = range(size)
    return Window([7] * size, [0, *[1] * (size - 1)], [-1, *spread[1:]], [-1, *spread[1:]])


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(4, 90)), min_size=1, max_size=40),
    st.integers(0, 99),
)
def test_what_is_to_be_told_apart_stands_in_one_batch(
    asked: list[tuple[int, int]], seed: int
) -> None:
    examples = [Encoded(window(size), 0, 0, group) for group, size in asked]
    made = batches(examples, Stage(batch_tokens=600, seed=seed))
    assert sorted(i for batch in made for i in batch) == list(range(len(examples)))
    for group in {group for group, _ in asked if group}:
        assert sum(any(examples[i].group == group for i in batch) for batch in made) == 1


def test_a_rival_that_scores_higher_costs_more_than_one_of_another_question() -> None:
    def loss(rival: int) -> float:
        examples = [Encoded(window(8), 3, 4, 1), Encoded(window(8), 0, 0, rival)]
        batch = collate(examples, torch.device("cpu"))
        start = torch.zeros(2, batch["ids"].shape[1])
        start[1, 5] = 6.0  # over its own first token, in the passage that does not answer
        return float(loss_of(start, start, torch.tensor([0.0, 3.0]), batch))

    assert loss(1) > loss(2) + 2


class Small(torch.nn.Module):
    """A network of one layer that takes and gives what the reader's does."""

    def __init__(self, as_shipped: bool) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(30522, 4)
        self.heads = torch.nn.Linear(4, 3)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> tuple:
        start, end, relevance = self.heads(self.words(ids)).unbind(-1)
        return start, end, relevance[:, 0]


def test_what_was_interrupted_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "Network", Small)
    encoder = Encoder(WEIGHTS / "tokenizer.json", max_tokens=96)
    pairs = [pair(answer) for answer in ("Ann Lee", "1847", "Lower Weir", "John Poole")]

    def trained(folder: str, minutes: float | None = None) -> dict:
        """One pair a batch, saved after each."""
        stage = Stage(batch_tokens=96, save_every=0, minutes=minutes)
        return torch.load(training.train(pairs, encoder, stage, tmp_path / folder, compiled=False))

    whole = trained("whole")
    losses = iter([training.loss_of, training.loss_of])  # and none for a third batch
    with monkeypatch.context() as patch:
        patch.setattr(training, "loss_of", lambda *given: next(losses)(*given))
        with pytest.raises(StopIteration):
            trained("cut")
    assert not (tmp_path / "cut" / "final.pt").exists()
    cut = trained("cut")
    assert [file.name for file in (tmp_path / "cut").iterdir()] == ["final.pt"]
    for name, tensor in whole["network"].items():
        assert torch.equal(tensor, cut["network"][name])
    assert whole["step"] == cut["step"] == len(pairs)
    assert trained("short", minutes=1e-9)["step"] == 1


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=50))
def test_rounding_moves_nothing_by_more_than_half_a_step(values: list[float]) -> None:
    whole = torch.tensor(values, requires_grad=True)
    (found,) = rounded(torch.nn.Identity(), (whole,))
    step = (max(0.0, *values) - min(0.0, *values)) / 255
    assert float((found - whole).detach().abs().max()) <= step / 2 * 1.01 + 1e-6
    found.sum().backward()
    assert whole.grad is not None
    assert whole.grad.tolist() == [1.0] * len(values)


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


def test_a_report_has_each_scored_case_in_its_row() -> None:
    """A case for fitting in none; what was not measured is a dash."""
    cases = [scored(0.0, 1.0 if n % 2 else None, n, "squad2") for n in range(11)]
    kept = [
        replace(s, case=replace(s.case, fit=False), answerable=n / 10) for n, s in enumerate(cases)
    ]
    rows = [
        line.strip("| ").split(" | ") for line in evaluate.report([*kept, cases[0]]).splitlines()
    ]
    bins = [row for row in rows if " to " in row[0]]
    assert [row[1] for row in bins] == ["1"] * 9 + ["2"]
    assert [row[2] for row in bins] == ["0.00", "1.00"] * 4 + ["0.00", "0.50"]
    assert {tuple(row[3:]) for row in bins} == {("0", "-")}
