"""What users say: kept, listed, and turned into eval questions."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.cli import main
from assistant.errors import EvalError, FeedbackError
from assistant.evals.questions import load_questions, load_thresholds
from assistant.evals.reported import Known, add
from assistant.evals.scoring import holds
from assistant.feedback import KINDS, Entry, Feedback
from assistant.types import Answer, Citation

PROJECT = Path(__file__).resolve().parent.parent
QUOTE = Citation(1, "letter", "A letter", ("A letter",), None, 0, 9, "At nine.", "as told")
FOUND = Answer("When?", "It opens **at nine** [1]", True, (QUOTE,))
REFUSED = Answer("Who?", "No. Nowhere in the documents: “Baidu”.", False, (), (QUOTE,))

QUESTIONS = """# What is asked.

# --- the letter ---

- question: Are fleet management firms covered?  # and this stays, too
  kind: categories
  must: ["yes"]
  documents: [letter]

- question: When does the shop close?
  kind: article
  must: [at ten]
  documents: [letter]
"""


@pytest.fixture
def feedback(tmp_path: Path) -> Feedback:
    return Feedback(tmp_path / "said" / "feedback.sqlite3")


@pytest.fixture
def evals(tmp_path: Path) -> Path:
    """A folder of evals with a few questions, and comments among them."""
    folder = tmp_path / "evals"
    folder.mkdir()
    shutil.copy(PROJECT / "evals" / "thresholds.yaml", folder)
    (folder / "questions.yaml").write_text(QUESTIONS, encoding="utf-8")
    return folder


def questions(folder: Path) -> tuple[Any, ...]:
    kinds, _ = load_thresholds(folder / "thresholds.yaml")
    return load_questions(folder / "questions.yaml", kinds)


def test_what_is_said_is_there_again(feedback: Feedback) -> None:
    assert feedback.entries() == []
    assert not feedback.path.exists()
    feedback.record("When?", ["Where?"], FOUND, "up")
    number = feedback.record("Who?", [], REFUSED, "down", "should have answered", " It was Li. ")
    first, second = Feedback(feedback.path).entries()
    assert (first.question, first.history, first.answer) == ("When?", ("Where?",), FOUND)
    assert (first.verdict, first.kind, first.comment) == ("up", None, "")
    assert (second.id, second.answer, second.comment) == (number, REFUSED, "It was Li.")
    assert feedback.entry(number) == second
    with pytest.raises(FeedbackError, match="no feedback 99"):
        feedback.entry(99)
    with pytest.raises(FeedbackError):
        feedback.entry(10**30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(max_size=50), st.lists(st.text(max_size=20), max_size=3), st.sampled_from(KINDS))
def test_any_text_is_kept(feedback: Feedback, text: str, history: list[str], kind: Any) -> None:
    number = feedback.record(text, history, FOUND, "down", kind, text)
    entry = feedback.entry(number)
    assert entry.question == text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    assert len(entry.history) == len(history)
    assert entry.kind == kind


@pytest.mark.parametrize(
    "said",
    [
        {"verdict": "sideways"},
        {"kind": "no such kind"},
        {"verdict": "up", "kind": "wrong answer"},
        {"comment": "a" * 5_000},
        {"question": "a" * 20_000},
        {"history": ["a" * 20_000]},
    ],
    ids=lambda said: "-".join(said),
)
def test_what_is_too_large_or_unknown_is_refused(feedback: Feedback, said: dict[str, Any]) -> None:
    whole = {"question": "When?", "history": [], "answer": FOUND, "verdict": "down"} | said
    with pytest.raises(FeedbackError):
        feedback.record(**whole)
    assert feedback.entries() == []


def test_the_file_has_a_limit(feedback: Feedback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.feedback.PAGES", 20)

    def fill() -> None:
        for _ in range(100):
            feedback.record("When?", [], FOUND, "down", None, "a" * 4_000)

    with pytest.raises(FeedbackError, match="full"):
        fill()
    assert feedback.entries()


SAY = """
import sys
from assistant.feedback import Feedback
from assistant.types import Answer
from pathlib import Path
for number in range(20):
    Feedback(Path(sys.argv[1])).record(f"{sys.argv[2]} {number}", [], Answer("", "", False), "up")
"""


def test_several_processes_and_threads_say_at_once(feedback: Feedback) -> None:
    commands = [[sys.executable, "-c", SAY, feedback.path, name] for name in "abc"]
    processes = [subprocess.Popen(command, cwd=PROJECT) for command in commands]
    with ThreadPoolExecutor(4) as threads:
        for number in range(20):
            threads.submit(feedback.record, f"d {number}", [], FOUND, "up")
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    said = sorted(entry.question for entry in feedback.entries())
    assert said == sorted(f"{name} {number}" for name in "abcd" for number in range(20))


def test_what_is_no_feedback_is_told(feedback: Feedback, tmp_path: Path) -> None:
    feedback.path.parent.mkdir()
    feedback.path.write_bytes(b"no database at all, " * 100)
    with pytest.raises(FeedbackError, match=r"feedback\.sqlite3.*move the file away"):
        feedback.entries()
    newer = Feedback(tmp_path / "newer.sqlite3")
    newer.record("When?", [], FOUND, "up")
    with sqlite3.connect(newer.path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(FeedbackError, match="version 9"):
        newer.record("When?", [], FOUND, "up")
    with pytest.raises(FeedbackError):
        Feedback(tmp_path).record("When?", [], FOUND, "up")  # a folder


def entry(answer: Answer = FOUND, verdict: Any = "down", **said: Any) -> Entry:
    whole = {"question": "When does it open?", "history": (), "kind": None, "comment": ""} | said
    return Entry(id=7, at="2026-01-02T03:04:05+00:00", answer=answer, verdict=verdict, **whole)


def expected(folder: Path) -> dict[str, Any]:
    """The last question of the file, as it is written."""
    [*_, last] = yaml.safe_load((folder / "questions.yaml").read_text(encoding="utf-8"))
    return dict(last)


def test_a_good_answer_is_expected_again(evals: Path) -> None:
    before = (evals / "questions.yaml").read_text(encoding="utf-8")
    had = questions(evals)
    added = add(entry(verdict="up", comment="Good.\nReally\u2028so\x1b[31m"), evals, Known())
    assert questions(evals) == (*had, added)
    assert added.must == (("at nine",),)
    assert added.documents == ("letter",)
    assert added.kind == "article"  # as the question that is most like it
    assert holds(FOUND.text, added.must[0][0])
    after = (evals / "questions.yaml").read_text(encoding="utf-8")
    assert after.startswith(before.rstrip("\n"))  # comments and all
    assert "\n# From feedback 7 of 2026-01-02, up: Good. Really so[31m\n- question:" in after


def test_what_should_have_been_refused_is_unanswerable(evals: Path) -> None:
    added = add(entry(kind="should have refused"), evals, Known())
    assert (added.kind, added.close, added.must) == ("unanswerable", True, ())
    asked = entry(REFUSED, "up", question="Who founded Baidu then?", history=("Where?",))
    added = add(asked, evals, Known())
    assert (added.kind, added.close, added.missing) == ("unanswerable", False, ("Baidu",))
    assert added.history == ("Where?",)


def test_what_was_wrong_needs_what_is_right(evals: Path) -> None:
    before = (evals / "questions.yaml").read_bytes()
    for said, known, needed in (
        (entry(kind="wrong answer"), Known(), "--must.* and --document.*letter"),
        (entry(), Known(must=("at ten",)), "--document"),
        (entry(REFUSED, kind="should have answered"), Known(documents=("letter",)), "--must"),
        (entry(kind="wrong citation"), Known(), "--document"),
        (entry(verdict="up"), Known(kind="no-such-kind"), "unknown kind"),
        (entry(kind="should have refused"), Known(must=("a",)), "can't have must"),
        (entry(verdict="up", question="Are fleet management firms covered?"), Known(), "asks what"),
    ):
        with pytest.raises(EvalError, match=needed):
            add(said, evals, known)
        assert (evals / "questions.yaml").read_bytes() == before
    assert sorted(path.name for path in evals.glob(".*")) == []

    right = Known(("at ten", "daily"), ("letter", "other"), "several")
    added = add(entry(kind="wrong answer"), evals, right)
    assert added.must == (("at ten",), ("daily",))
    assert added.must_not == ("at nine",)
    assert added.documents == ("letter", "other")
    assert added.kind == "several"
    cited = entry(kind="wrong citation", question="When exactly does it open?")
    added = add(cited, evals, Known(documents=("other",)))
    assert (added.must, added.must_not, added.documents) == ((("at nine",),), (), ("other",))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(question=st.text(min_size=1, max_size=40), comment=st.text(max_size=40))
def test_any_words_end_in_a_file_that_can_be_read(evals: Path, question: str, comment: str) -> None:
    asked = f"{question.encode('utf-8', 'replace').decode()} zebra"
    said = entry(verdict="up", question=asked, comment=comment)
    (evals / "questions.yaml").write_text(QUESTIONS, encoding="utf-8")
    add(said, evals, Known())
    assert expected(evals)["question"].endswith("zebra")
    questions(evals)


def run(tmp_path: Path, *arguments: str) -> Any:
    where = ["--corpus", str(tmp_path / "corpus"), "--index", str(tmp_path / "index")]
    return CliRunner().invoke(main, [*where, "feedback", *arguments])


def test_the_command_lists_and_converts(
    tmp_path: Path, evals: Path, make_corpus: Callable[..., Path]
) -> None:
    make_corpus(tmp_path, {})
    assert "Nobody has said anything" in run(tmp_path).output
    kept = Feedback(tmp_path / "index-feedback.sqlite3")
    kept.record("Wann?\x1b[2J\n\u202eevil", ["Wo?"], FOUND, "up", None, "Fine\x07.")
    kept.record("Who?", [], REFUSED, "down", "should have answered", "")

    listed = run(tmp_path).output
    assert "up" in listed
    assert "down: should have answered" in listed
    assert "after: Wo?" in listed
    assert "Fine." in listed
    assert all(c == "\n" or c.isprintable() for c in listed)

    lines = [json.loads(line) for line in run(tmp_path, "--json").output.splitlines()]
    assert [line["id"] for line in lines] == [1, 2]
    assert lines[0]["answer"]["citations"][0]["quote"] == "At nine."
    assert run(tmp_path, "--json").output.isascii()

    folder = ("--evals", str(evals))
    done = run(tmp_path, "--to-eval", "1", *folder)
    assert done.exit_code == 0, done.output
    assert "half" in done.output
    assert expected(evals)["must"] == ["at nine"]
    done = run(tmp_path, "--to-eval", "2", *folder)
    assert done.exit_code == 1
    assert "--must" in done.output
    right = ("--must", "Li", "--document", "letter", "--kind", "article")
    done = run(tmp_path, "--to-eval", "2", *right, *folder)
    assert done.exit_code == 0, done.output
    assert expected(evals) == {
        "question": "Who?", "kind": "article", "must": ["Li"], "documents": ["letter"]
    }  # fmt: skip
    assert run(tmp_path, "--to-eval", "9", *folder).exit_code == 1
