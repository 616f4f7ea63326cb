"""The evals: what is scored and how, what stops a build, and what a report shows."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.errors import EvalError
from assistant.evals import Question, check, judge, load_questions, load_thresholds, main, run
from assistant.evals.page import Table, Verbatim, to_html, to_markdown, visible
from assistant.evals.questions import HALVES, Half
from assistant.evals.report import numbers
from assistant.evals.run import measures
from assistant.evals.scoring import (
    MEASURES,
    auroc,
    broken,
    fold,
    holds,
    percentile,
    prose_words,
    ranking,
    relevant,
    reliability,
    share,
    wilson,
    words,
)
from assistant.types import Answer, Citation, Document, Passage

PROJECT = Path(__file__).resolve().parent.parent
SENTENCES = {
    "plan": ("Sales reach 20,000 cars by 2025.", "The capital is Beijing."),
    "list": ("The list names 50 firms.", "Every firm is assessed by a committee."),
}
HOSTILE = (
    "</pre><script>alert(1)</script> ```` \x1b[2J \u202e [x](http://example.com) | **b** \ud800"
)


def cite(document: str, quote: str, number: int = 1) -> Citation:
    start = " ".join(SENTENCES[document]).index(quote)
    return Citation(number, document, document, (document,), None, start, start + len(quote), quote)


@dataclass(frozen=True)
class Hit:
    passage: Passage


@dataclass
class Overlap:
    """A small real assistant: the sentence that shares most words, when half of them are there.

    `confidence` is that share. A question that is a key of `fixed` gets that answer instead.
    """

    fixed: Mapping[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def documents(self) -> Mapping[str, Document]:
        return {
            name: Document(name, name, " ".join(lines), ()) for name, lines in SENTENCES.items()
        }

    def _ranked(self, question: str) -> list[tuple[float, str, str]]:
        wanted = set(re.findall(r"\w+", question.lower()))
        return sorted(
            (
                (
                    len(wanted & set(re.findall(r"\w+", line.lower()))) / (len(wanted) or 1),
                    name,
                    line,
                )
                for name, lines in SENTENCES.items()
                for line in lines
            ),
            reverse=True,
        )

    def answer(self, question: str, history: Sequence[str] = ()) -> Answer:
        self.asked.append(question)
        if question in self.fixed:
            return self.fixed[question]
        whole = " ".join((*history, question))
        score, name, line = self._ranked(whole)[0]
        if score < 0.5:
            return Answer(whole, "Not in the documents.", False, nearest=(cite(name, line),))
        return Answer(whole, f"**{line}** [1]", True, (cite(name, line),))

    def retrieve(self, question: str, k: int = 5) -> list[Hit]:
        return [
            Hit(Passage(name, (name,), 0, len(line), line, "", ()))
            for _, name, line in self._ranked(question)[:k]
        ]

    def confidence(self, question: str, history: Sequence[str] = ()) -> float:
        return self._ranked(" ".join((*history, question)))[0][0]


QUESTIONS = """
- question: Sales reach what by 2025?
  kind: fact
  must: ["20,000"]
  documents: [plan]
- question: What is the capital?
  kind: fact
  must: [Beijing]
  must_not: [Tianjin]
  documents: [plan]
- question: The list names how many?
  kind: fact
  must: [[fifty, "50"]]
  documents: [list]
- question: Who assessed every firm, by a committee?
  kind: fact
  must: [committee]
  documents: [list]
- question: and the list?
  kind: follow-up
  history: [names how many firms]
  must: ["50"]
  documents: [list]
- question: Which colour was requested back then?
  kind: unanswerable
- question: How many ships will sail in 2040?
  kind: unanswerable
  close: true
  missing: ["2040"]
"""
THRESHOLDS = """
kinds:
  fact: one fact
  follow-up: needs what was asked before
  several: needs several documents
thresholds:
  accuracy:
    at_least: {work: 0.5, held: 0.5}
    reason: half of it at least
  false_answers:
    at_most: {work: 0, held: 0}
    reason: none
"""
KINDS = {"fact": "one fact", "several": "several documents"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "questions.yaml").write_text(QUESTIONS, encoding="utf-8")
    (tmp_path / "thresholds.yaml").write_text(THRESHOLDS, encoding="utf-8")
    return tmp_path


def of_half(half: Half) -> str:
    """A question that falls into `half`."""
    return next(
        text
        for number in range(99)
        if Question(text := f"Is it {number}?", "unanswerable").half == half
    )


# --- comparing texts ---


@pytest.mark.parametrize(
    ("text", "want", "there"),
    [
        ("It is **48%** [1].", "48%", True),
        ("It is 48 %.", "48%", True),
        ("It is 148%.", "48%", False),
        ("It is 48%.", "8%", False),
        ("It is 4.8%.", "8%", False),
        ("20,000 cars", "20", False),
        ("20.", "20", True),
        ("By 2025[3].", "2025", True),
        ("2021\u20132025", "2021-2025", True),
        ("China\u2019s \u201cplan\u201d", 'china\'s "PLAN"', True),
        ("new\u00a0energy\n vehicles", "New Energy", True),
        ("investment", "invest", True),
        ("level", "EV", False),
        ("EVs, so far", "EV", True),
        ("\u7535\u52a8\u6c7d\u8f66", "\u6c7d\u8f66", True),
        ("anything", "**", False),
    ],
)
def test_a_wanted_text_is_found_whole(text: str, want: str, there: bool) -> None:
    assert holds(text, want) is there


@given(st.text(), st.text())
def test_folding_never_raises_and_every_text_holds_itself(before: str, text: str) -> None:
    assert "\n" not in fold(text)
    assert holds(f"{text}", text) is bool(fold(text))
    holds(before, text)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_match_only_themselves(said: int, want: int) -> None:
    assert holds(f"It is {said}%, they say.", f"{want}%") is (said == want)


def test_words_outside_lists_are_counted() -> None:
    text = "Four of them [1]:\n- one and two\n2. three\n| four | five |\nThe end."
    assert prose_words(text) == 6
    assert prose_words("") == words("") == 0


@given(st.text())
def test_prose_is_part_of_the_words(text: str) -> None:
    assert 0 <= prose_words(text) <= words(text)


# --- judging an answer ---

ASKED = Question("What?", "fact", must=(("Beijing", "Peking"),), documents=("plan",))
CAPITAL = cite("plan", "The capital is Beijing.")
FIRMS = cite("list", "The list names 50 firms.")


@pytest.mark.parametrize(
    ("answer", "problems"),
    [
        (Answer("", "The capital is **Peking** [1].", True, (CAPITAL,)), ()),
        (Answer("", "Not there.", False), ("refused",)),
        (Answer("", "Paris.", True, (CAPITAL,)), ("lacks 'Beijing' or 'Peking'",)),
        (Answer("", "Beijing.", True, (FIRMS, CAPITAL)), ("cites list first",)),
        (Answer("", "Beijing.", True), ("cites nothing first",)),
        (Answer("", "Beijing " * 91, True, (CAPITAL,)), ("91 words",)),
        (Answer("", "- Beijing\n" * 91, True, (CAPITAL,)), ()),
    ],
)
def test_an_answerable_question(answer: Answer, problems: tuple[str, ...]) -> None:
    verdict = judge(ASKED, answer)
    assert verdict.problems == problems
    assert verdict.right is (not problems)


def test_what_must_not_be_said_is_wrong() -> None:
    question = Question("?", "fact", (), (("Beijing",),), ("Tianjin",), ("plan",))
    assert judge(question, Answer("", "Beijing", True, (CAPITAL,))).right
    verdict = judge(question, Answer("", "Beijing, Tianjin", True, (CAPITAL,)))
    assert not verdict.right
    assert verdict.problems == ("says 'Tianjin'",)


def test_several_documents_are_all_cited() -> None:
    question = Question("?", "several", must=(("Beijing",),), documents=("plan", "list"))
    assert judge(question, Answer("", "Beijing", True, (FIRMS, CAPITAL))).right
    verdict = judge(question, Answer("", "Beijing", True, (CAPITAL,)))
    assert verdict.problems == ("does not cite list",)


def test_an_unanswerable_question() -> None:
    question = Question("?", "unanswerable", missing=("2040",))
    assert judge(question, Answer("", "Nothing about 2040.", False)).problems == ()
    unnamed = judge(question, Answer("", "Nothing.", False))
    assert unnamed.right
    assert unnamed.problems == ("does not name '2040'",)
    assert not judge(question, Answer("", "In 2040.", True, (CAPITAL,))).right


def test_broken_citations_are_found() -> None:
    documents = Overlap().documents
    for made_up in (
        Citation(1, "plan", "", (), None, 0, 5, "Other"),
        Citation(1, "nowhere", "", (), None, 0, 5, "Sales"),
        Citation(1, "plan", "", (), None, 3, 3, ""),
        Citation(1, "plan", "", (), None, -7, -1, "eijing"),
    ):
        assert len(broken(Answer("", "x", True, (CAPITAL, made_up)), documents)) == 1
        assert len(broken(Answer("", "x", False, (), (made_up,)), documents)) == 1
    assert broken(Answer("", "x", True, (CAPITAL,)), documents) == ()
    assert broken(Answer("", "x", False), documents) == ()
    assert broken(Answer("", "x", True), documents) == ("answered without a citation",)


def test_relevant_passages_are_of_a_right_document_and_hold_a_must() -> None:
    passages = [one.passage for one in Overlap().retrieve("capital", 9)]
    right = [one.text for one in passages if relevant(ASKED, one)]
    assert right == ["The capital is Beijing."]
    assert not any(relevant(Question("?", "unanswerable"), one) for one in passages)


# --- statistics ---


def test_ranking_by_ir_measures() -> None:
    lists = [[True], [False, False, True], [False] * 5 + [True], [False], [], [False] * 10 + [True]]
    third, sixth = pytest.approx(1 / 3), pytest.approx(1 / 6)
    assert ranking(lists) == [(1, 1, 1), (0, 1, third), (0, 0, sixth), *[(0, 0, 0)] * 3]
    assert ranking([]) == []
    assert ranking([[], []]) == [(0, 0, 0)] * 2


@given(st.lists(st.lists(st.booleans(), max_size=10), max_size=5))
def test_ranking_is_what_it_says(lists: list[list[bool]]) -> None:
    for row, (first, five, reciprocal) in zip(lists, ranking(lists), strict=True):
        assert first == any(row[:1])
        assert five == any(row[:5])
        assert reciprocal == pytest.approx(1 / (row.index(True) + 1) if any(row) else 0)


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_holds_the_share_and_narrows(hits: int, total: int) -> None:
    assume(hits <= total)
    low, high = wilson(hits, total)
    assert 0 <= low <= (hits / total if total else 0.5) <= high <= 1
    more = wilson(10 * hits, 10 * total)
    assert more[1] - more[0] <= high - low


def test_wilson_known_values() -> None:
    # Newcombe 1998, table I: 81 of 263, and 0 of 20
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0, 1)


@given(st.lists(st.integers(), min_size=1), st.floats(0, 100))
def test_percentiles_are_values_and_do_not_fall(values: list[int], rank: float) -> None:
    at = percentile(values, rank)
    assert at in values
    assert min(values) <= at <= (percentile(values, 100) or 0) == max(values)


def test_nothing_gives_no_value() -> None:
    assert percentile([], 50) is None
    assert auroc([], [0.5]) is auroc([0.5], []) is None
    assert share([]).value is None
    assert all(one.count == 0 for one in reliability([], []))
    empty = measures([])
    assert tuple(empty) == tuple(MEASURES)
    assert all(one.value is None for one in empty.values())


@given(st.lists(st.floats(0, 1), min_size=1), st.lists(st.floats(0, 1), min_size=1))
def test_auroc_turns_round(positive: list[float], negative: list[float]) -> None:
    value = auroc(positive, negative)
    assert value is not None
    assert 0 <= value <= 1
    assert value == pytest.approx(1 - (auroc(negative, positive) or 0))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())))
def test_reliability_loses_no_question(pairs: list[tuple[float, bool]]) -> None:
    bins = reliability([one for one, _ in pairs], [good for _, good in pairs])
    assert len(bins) == 10
    assert sum(one.count for one in bins) == len(pairs)
    for one in bins:
        if one.probability is not None and one.observed is not None:
            assert one.low - 1e-9 <= one.probability <= one.high + 1e-9
            assert 0 <= one.observed <= 1


# --- the two halves ---


def test_the_split_is_stable() -> None:
    halves = "held held held held work work work held".split()
    assert [Question(f"Question {number}?", "fact").half for number in range(8)] == halves
    one = Question("Which year?", "follow-up", ("Which plan?",))
    assert one.half == Question("Which year?", "fact", ("Which plan?",), (("x",),)).half


@given(st.text(), st.lists(st.text(), max_size=3))
def test_everything_falls_into_a_half(question: str, history: list[str]) -> None:
    assert Question(question, "fact", tuple(history)).half in HALVES


def test_the_halves_are_of_about_one_size() -> None:
    halves = [Question(f"Question {number}?", "fact").half for number in range(1000)]
    assert 450 < halves.count("work") < 550


# --- the files ---

GOOD = {"question": "Which?", "kind": "fact", "must": ["a"], "documents": ["plan"]}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "expected a list"),
        ({"a": 1}, "expected a list"),
        (["Which?"], "entry 1: expected fields"),
        ([{"question": " ", "kind": "fact"}], "entry 1: the question is empty"),
        (
            [GOOD, {**GOOD, "question": "What?", "kind": "guess"}],
            r"entry 2 \('What\?'\): unknown k",
        ),
        ([GOOD, {**GOOD, "question": "which?  "}], "entry 2 .* asks what entry 1 asks"),
        ([{**GOOD, "must_have": []}], "entry 1 .* unknown field 'must_have'"),
        ([{**GOOD, "must": [2025]}], "entry 1 .* must: 2025 is not text; put quotes around"),
        ([{**GOOD, "must": ["**"]}], "entry 1 .* must: .* holds nothing"),
        ([{**GOOD, "must": "a"}], "entry 1 .* must: expected a list"),
        ([{**GOOD, "must": []}], "entry 1 .* needs must and documents"),
        ([{**GOOD, "must": [[]]}], "entry 1 .* needs must and documents"),
        ([{**GOOD, "documents": []}], "entry 1 .* needs must and documents"),
        ([{**GOOD, "kind": "unanswerable"}], "entry 1 .* can't have must"),
        ([{**GOOD, "close": "yes"}], "entry 1 .* close: expected true or false"),
        ([{**GOOD, "close": True}], "entry 1 .* close and missing are for"),
    ],
)
def test_a_bad_entry_is_named(tmp_path: Path, entries: object, message: str) -> None:
    path = tmp_path / "questions.yaml"
    path.write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(EvalError, match=message) as raised:
        load_questions(path, KINDS)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        b"- question: [",
        b"\xff\xfe\x00",
        b"- a: 1\n  a: 2\n",
        b"- \x00",
        b"- 2021-13-45",
        b"[" * 5000,
    ],
)
def test_bad_yaml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "questions.yaml"
    path.write_bytes(content)
    with pytest.raises(EvalError, match="not valid YAML") as raised:
        load_questions(path, KINDS)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"none\.yaml: can't be read"):
        load_questions(tmp_path / "none.yaml", KINDS)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"kinds": {}}, "expected two tables"),
        ({"kinds": ["fact"], "thresholds": {}}, "kinds: expected one line"),
        ({"kinds": {}, "thresholds": []}, "thresholds: expected one entry"),
        ({"kinds": {}, "thresholds": {"beauty": {}}}, "beauty: unknown measure"),
        ({"kinds": {}, "thresholds": {"mrr": {"at_least": 1}}}, "mrr: expected reason"),
        (
            {"kinds": {}, "thresholds": {"mrr": {"at_least": {"work": 1}, "reason": "x"}}},
            "mrr: at_least: expected a number for work and one for held",
        ),
        (
            {
                "kinds": {},
                "thresholds": {"mrr": {"at_least": {"work": 1, "held": "1"}, "reason": ""}},
            },
            "mrr: at_least: '1' is not a number",
        ),
    ],
)
def test_bad_thresholds_are_named(tmp_path: Path, data: object, message: str) -> None:
    path = tmp_path / "thresholds.yaml"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(EvalError, match=message):
        load_thresholds(path)


def test_the_project_has_an_eval_set() -> None:
    kinds, thresholds = load_thresholds(PROJECT / "evals" / "thresholds.yaml")
    questions = load_questions(PROJECT / "evals" / "questions.yaml", kinds)
    assert len(questions) >= 150
    unanswerable = [one for one in questions if not one.answerable]
    assert len(unanswerable) >= 40
    assert sum(one.close for one in unanswerable) > len(unanswerable) / 2
    assert {one.kind for one in questions} == set(kinds)
    for half in HALVES:
        own = [one for one in questions if one.half == half]
        assert len(own) > len(questions) / 3
        assert {one.kind for one in own} == set(kinds)
        assert any(one.half == half and one.measure == "citation_validity" for one in thresholds)


@pytest.mark.parametrize(
    ("name", "corpus"), [("other", "evals/other/corpus"), ("reworded", "corpus")]
)
def test_further_questions_are_answered_by_what_they_name(name: str, corpus: str) -> None:
    texts = {path.stem: fold(path.read_text()) for path in (PROJECT / corpus).glob("*.md")}
    asked = loaded(PROJECT / "evals" / name)
    assert {one.half for one in asked} == set(HALVES)
    for one in asked:
        told = " ".join(texts[document] for document in one.documents)
        assert all(any(fold(option) in told for option in group) for group in one.must), one


# --- a run ---


def loaded(folder: Path) -> tuple[Question, ...]:
    kinds, _ = load_thresholds(folder / "thresholds.yaml")
    return load_questions(folder / "questions.yaml", kinds)


def test_a_run_measures_what_came(folder: Path) -> None:
    report = run(Overlap(), loaded(folder))
    values = measures(report.outcomes)
    assert values["accuracy"].count == 5
    assert values["accuracy"].value == 1
    assert values["false_answers"].value == values["false_refusals"].value == 0
    assert values["citation_validity"].value == values["determinism"].value == 1
    assert values["citation_validity"].count == 7
    assert values["hit@1"].value == values["mrr"].value == values["auroc"].value == 1
    assert values["missing_named"].value == 0
    assert values["raised"].value == 0
    assert values["words_p95"].value == 8


def test_every_question_is_asked_twice_in_both_orders(folder: Path) -> None:
    assistant, questions = Overlap(), loaded(folder)
    steps: list[None] = []
    run(assistant, questions, lambda: steps.append(None))
    texts = [one.question for one in questions]
    assert assistant.asked[-2 * len(texts) :] == texts + texts[::-1]
    assert len(steps) == 3 * len(texts)


def test_an_error_is_an_outcome() -> None:
    class Broken(Overlap):
        def answer(self, question: str, history: Sequence[str] = ()) -> Answer:
            raise ZeroDivisionError("as always")

        def retrieve(self, question: str, k: int = 5) -> list[Hit]:
            raise ZeroDivisionError("here too")

        def confidence(self, question: str, history: Sequence[str] = ()) -> float:
            raise ZeroDivisionError("and here")

    report = run(Broken(), [ASKED, Question("?", "unanswerable")])
    values = measures(report.outcomes)
    assert values["raised"].value == 1
    assert values["accuracy"].value == 0
    assert report.outcomes[0].problems == ("ZeroDivisionError: as always",)


def test_another_answer_the_second_time_is_seen() -> None:
    class Moody(Overlap):
        def answer(self, question: str, history: Sequence[str] = ()) -> Answer:
            self.asked.append(question)
            return Answer(question, str(len(self.asked)), False)

    report = run(Moody(), [ASKED])
    assert measures(report.outcomes)["determinism"].value == 0
    assert "the second answer differs" in report.outcomes[0].problems


def test_confidence_is_optional() -> None:
    class Silent(Overlap):
        confidence = None  # type: ignore[assignment]

    report = run(Silent(), [ASKED, Question("?", "unanswerable")])
    assert measures(report.outcomes)["auroc"].value is None


def test_a_document_that_is_not_in_the_corpus_is_named() -> None:
    asked = Question("Which?", "fact", must=(("a",),), documents=("gone",))
    with pytest.raises(EvalError, match=r"'Which\?' expects the document 'gone'.* list, plan"):
        run(Overlap(), [asked])


def test_a_measure_without_cases_misses_its_threshold(folder: Path) -> None:
    _, thresholds = load_thresholds(folder / "thresholds.yaml")
    report = run(Overlap(), [Question(of_half("work"), "unanswerable")])
    checks = check(report, thresholds)
    assert [(one.threshold.half, one.met) for one in checks] == [("work", False), ("work", True)]


# --- the gate ---


def test_met_thresholds_exit_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(Overlap(), folder) == 0
    assert "missed" not in capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} == {
        "questions.yaml",
        "thresholds.yaml",
        "report.md",
        "report.html",
        "report.json",
    }


def test_a_missed_threshold_exits_with_1_and_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = loaded(folder)[-1]
    made_up = Answer(asked.question, "Nine.", True, (CAPITAL,))
    assert main(Overlap({asked.question: made_up}), folder) == 1
    lines = [one for one in capsys.readouterr().out.splitlines() if one.startswith("missed: ")]
    assert len(lines) == 1
    assert lines[0].startswith(f"missed: false_answers, {asked.half} half: ")
    assert lines[0].endswith("wanted at most 0.0 % (none)")


def test_only_failures_of_the_work_half_are_printed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "questions.yaml").write_text(
        json.dumps([{"question": of_half(half), "kind": "unanswerable"} for half in HALVES])
    )
    wrong = {of_half(half): Answer("", f"Wrong, {half}.", True, (CAPITAL,)) for half in HALVES}
    printed = {}
    halves: tuple[Half | None, ...] = (None, *HALVES)
    for half in halves:
        assert main(Overlap(wrong), folder, half) == 1
        printed[half] = capsys.readouterr().out
    assert "Wrong, work." in printed["work"]
    assert not any("Wrong, held." in one for one in printed.values())
    assert "held half" not in printed["work"]
    assert "work half" not in printed["held"]


def test_one_half_never_replaces_the_report_of_both(folder: Path, tmp_path: Path) -> None:
    main(Overlap(), folder, "work")
    assert not (folder / "report.json").exists()
    main(Overlap(), folder, "work", folder / "aside")
    assert set(json.loads((folder / "aside" / "report.json").read_text())["halves"]) == {"work"}


def test_a_run_is_compared_with_the_committed_report(folder: Path) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(folder)]
    main(Overlap(), folder)
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "report.json"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "x"], check=True)
    all_refused = {one.question: Answer("", "No.", False) for one in loaded(folder)}
    for _ in range(2):  # what lies there after the first is not what was committed
        main(Overlap(all_refused), folder)
        row = next(
            line
            for line in (folder / "report.md").read_text().splitlines()
            if line.startswith("| accuracy: ")
        )
        cells = [cell.strip() for cell in row.split("|")]
        assert cells[2].startswith("0.0 %")
        assert cells[4] == "100.0 %"


def test_a_damaged_last_report_is_said_and_replaced(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "report.json").write_text('{"halves": {"work": {"accuracy": {"value": "x"}}}}')
    assert main(Overlap(), folder) == 0
    assert (
        "report.json: not a report of this kind; compared with nothing" in capsys.readouterr().out
    )
    assert json.loads((folder / "report.json").read_text())["halves"]["work"]["accuracy"]["count"]


# --- the report ---


def test_numbers_do_not_change_from_run_to_run(folder: Path) -> None:
    first, second = (numbers(run(Overlap(), loaded(folder))) for _ in range(2))
    for one in (first, second):
        assert one.pop("latency_ms_at_most")["p95"] < 1000
    assert json.dumps(first) == json.dumps(second)


def test_every_failure_is_shown_with_the_held_half_last(folder: Path) -> None:
    wrong = {one.question: Answer("", "Paris.", True, (CAPITAL,)) for one in loaded(folder)}
    main(Overlap(wrong), folder)
    for name in ("report.md", "report.html"):
        text = (folder / name).read_text()
        held = text.index("Failures, held-out half")
        assert text.index("Failures, work half") < held
        for one in loaded(folder):
            assert (text.index(f"question  {one.question}") > held) is (one.half == "held")
        assert "The capital is Beijing." in text


@pytest.fixture
def hostile(folder: Path) -> Path:
    entries = [
        {"question": f"{HOSTILE} {number}", "kind": "unanswerable", "missing": [HOSTILE]}
        for number in range(9)
    ]
    (folder / "questions.yaml").write_text(json.dumps(entries))
    where = Citation(1, HOSTILE, HOSTILE, (HOSTILE,), None, 0, 1, HOSTILE)
    answers = {str(one["question"]): Answer(HOSTILE, HOSTILE, True, (where,)) for one in entries}
    assert main(Overlap(answers), folder) == 1
    return folder


def test_html_escapes_hostile_text(hostile: Path) -> None:
    page = (hostile / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;/pre&gt;&lt;script&gt;" in page
    assert not set("\x1b\u202e") & set(page)
    assert not re.search(r"<[^>]*(?: src| href|url\()", page)
    assert "default-src 'none'" in page


def test_markdown_keeps_hostile_text_in_its_block(hostile: Path) -> None:
    page = (hostile / "report.md").read_text(encoding="utf-8")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(page)
    inline = [one for token in tokens for one in token.children or ()]
    assert not [one for one in (*tokens, *inline) if one.type.startswith(("html", "link", "image"))]
    assert sum(one.type == "fence" for one in tokens) == 9
    assert not set("\x1b\u202e") & set(page)


def test_the_terminal_gets_no_control_characters(
    hostile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    main(Overlap(), hostile, "work")
    assert not set("\x1b\u202e") & set(capsys.readouterr().out)


@given(st.text(), st.text())
def test_any_text_stays_what_it_is(cell: str, block: str) -> None:
    page = to_markdown([Table(("head",), ((cell,),)), Verbatim(block)])
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(page)
    assert [one.type for one in tokens].count("tr_open") == 2
    assert tokens[-1].type == "fence"
    assert tokens[-1].content == visible(block) + "\n"
    assert to_html([Verbatim(block)]).encode("utf-8").count(b"</pre>") == 1


def test_the_diagram_has_a_dot_for_each_bin_with_questions(folder: Path) -> None:
    main(Overlap(), folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    filled = {min(9, int(10 * Overlap().confidence(q.question, q.history))) for q in loaded(folder)}
    assert page.count("<circle ") == len(filled)
    assert "## How sure" in (folder / "report.md").read_text(encoding="utf-8")
