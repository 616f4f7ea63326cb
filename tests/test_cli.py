"""The command, as a real process."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assistant import Assistant

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(assistant: "Assistant", index_folder: Path) -> Run:
    """`assistant ARGUMENTS` over the shipped corpus."""

    def call(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "assistant", "--index", str(index_folder), *arguments]
        return subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=120, check=False
        )

    return call


def test_ask_prints_the_answer_with_its_quote(run: Run) -> None:
    done = run("ask", "What does BMS stand for?")
    assert done.returncode == 0, done.stderr
    assert "Battery Management System" in done.stdout
    assert (
        "[1] China’s Leading Autotech 50 › Glossary (kpmg-china-leading-autotech-50," in done.stdout
    )
    assert "\x1b" not in done.stdout


def test_a_batch_answers_in_order_whatever_its_lines_hold(run: Run, assistant: "Assistant") -> None:
    lines = [
        json.dumps({"question": "What does HMI stand for?", "history": []}),
        json.dumps({"question": "And BMS?", "history": ["What does HMI stand for?"]}),
        json.dumps({"question": ""}),
        json.dumps({"question": "x" * 100_000}),
        json.dumps({"question": "half a pair \ud800 and a \x00 null"}),
        json.dumps({"question": "自动驾驶的标准是什么?"}),
        "not json",
        json.dumps(["a list"]),
        json.dumps({"question": "And BMS?", "history": "What does HMI stand for?"}),
    ]
    given = "\ufeff" + "\n".join(lines)  # as some editors begin a file
    done = run("ask", "--batch", "-", given=given)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines), done.stderr
    assert done.returncode == 1  # three lines were no questions
    assert "Human Machine Interface" in answers[0]["text"]
    assert answers[1]["question"] == "What does BMS stand for?"
    assert [a["found"] for a in answers[2:]] == [False] * 7
    assert "empty" in answers[2]["text"]
    assert "100,000" in answers[3]["text"]
    for number in (7, 8, 9):
        assert f"Line {number}" in answers[number - 1]["text"]
    for answer in answers:
        for c in answer["citations"] + answer["nearest"]:
            assert assistant.documents[c["document"]].text[c["start"] : c["end"]] == c["quote"]
    fields = ["question", "text", "found", "citations", "nearest"]
    assert all(list(answer) == fields for answer in answers)


def test_history_and_json(run: Run) -> None:
    done = run("ask", "And in Shanghai?", "--history", "How many firms are in Beijing?", "--json")
    answer = json.loads(done.stdout)
    assert answer["question"] == "How many firms are in Shanghai?"
    assert "13" in answer["text"]


def test_questions_of_ones_own_are_measured_where_they_lie(run: Run, tmp_path: Path) -> None:
    (tmp_path / "questions.yaml").write_text(
        "- question: What does BMS stand for?\n"
        "  kind: terms\n"
        "  must: [Battery Management System]\n"
        "  documents: [kpmg-china-leading-autotech-50]\n"
    )
    wanted = "kinds: {terms: what a term stands for}\nthresholds: {}\n"
    (tmp_path / "thresholds.yaml").write_text(wanted)
    done = run("eval", "--evals", str(tmp_path))
    assert done.returncode == 0, done.stderr
    [half] = json.loads((tmp_path / "report.json").read_text())["halves"].values()
    assert half["accuracy"] == {"value": 1.0, "count": 1}
    (tmp_path / "questions.yaml").unlink()
    done = run("eval", "--evals", str(tmp_path))
    assert done.returncode == 1
    assert "questions.yaml: can't be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ask", ""), "The question is empty"),
        (("ask", "x" * 3000), "3,000 characters"),
        (("--corpus", "/nowhere", "ask", "Who?"), "There is no folder /nowhere"),
        (("ask",), "Give a QUESTION"),
    ],
)
def test_what_goes_wrong_is_one_line(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    if "--corpus" in arguments:
        arguments = ("--index", str(tmp_path / "index"), *arguments)
    done = run(*arguments)
    assert done.returncode != 0
    assert says in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_broken_file_leaves_the_index_serving(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus = make_corpus(tmp_path, {"a.md": "# Trains\n\nThe first train left in 1825.\n"})
    command = [sys.executable, "-m", "assistant", "--corpus", str(corpus)]
    ask = [*command, "--index", str(tmp_path / "i"), "ask", "When did the first train leave?"]
    assert "1825" in subprocess.run(ask, capture_output=True, text=True, check=True).stdout
    (corpus / "b.md").write_bytes(b"\xff\xfe broken")
    done = subprocess.run(ask, capture_output=True, text=True, check=True)
    assert "1825" in done.stdout
    assert "b.md" in done.stderr
    assert "UTF-8" in done.stderr
    index = subprocess.run(
        [*command, "--index", str(tmp_path / "i"), "index"], capture_output=True, text=True
    )
    assert index.returncode != 0
    assert "b.md" in index.stdout
