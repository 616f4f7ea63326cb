"""How long things take here: `make bench` prints a table. Nothing is asserted.

Times of an answer are of a running process, models loaded, one question at a time; with and
without the reader they are taken in turns, so that whatever else the computer does hits both.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant import Assistant
from assistant.evals import load_questions, load_thresholds

PROJECT = Path(__file__).resolve().parent.parent
FILES = 1000
QUESTIONS = 60
STARTS = 3
MAIN = "from assistant.cli import main; main()"

ROOMS = ("archive", "bakery", "boiler room", "foundry", "greenhouse", "harbour office", "library")
THINGS = ("barrel", "bell", "copper kettle", "crane", "ledger", "lantern", "pump", "sail", "scale")
PEOPLE = ("Ada", "Bruno", "Clara", "Dario", "Edith", "Felix", "Greta", "Hugo", "Ines", "Jonas")
DOINGS = ("counted", "lent", "moved", "painted", "repaired", "sold", "stored", "weighed")


def seconds(work: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def milliseconds(times: Sequence[float]) -> str:
    """`times` in seconds, at least two; the median and the 95th percentile.

    >>> milliseconds([0.010, 0.010, 0.010])
    'p50 10 ms, p95 10 ms'
    """
    twentieths = statistics.quantiles(times, n=20, method="inclusive")
    return f"p50 {1000 * twentieths[9]:.0f} ms, p95 {1000 * twentieths[18]:.0f} ms"


def note(number: int, chance: random.Random) -> str:
    """One Markdown file of about 250 words: paragraphs, a list and a table."""

    def sentence() -> str:
        return (
            f"{chance.choice(PEOPLE)} {chance.choice(DOINGS)} {chance.randint(2, 900)} of the "
            f"{chance.choice(THINGS)}s in the {chance.choice(ROOMS)} of house {number} "
            f"in {chance.randint(1850, 1950)}."
        )

    def paragraph() -> str:
        return " ".join(sentence() for _ in range(4))

    items = "\n".join(f"- {sentence()}" for _ in range(3))
    rows = "\n".join(f"| {thing} | {chance.randint(1, 99)} |" for thing in THINGS[:4])
    return (
        f"# House {number}\n\n## Its history\n\n{paragraph()}\n\n{paragraph()}\n\n"
        f"## Its rules\n\nThe rules of house {number} are:\n\n{items}\n\n"
        f"## Its stock\n\n| Thing | Number |\n| --- | --- |\n{rows}\n"
    )


def with_reader(state: str, corpus: Path, index: Path) -> Assistant:
    """An assistant that has answered once, so that everything it needs is loaded."""
    os.environ["ASSISTANT_READER"] = state
    loaded = Assistant(corpus=corpus, index=index)
    loaded.answer("What is this about?")
    return loaded


def shipped(index: Path) -> Iterator[tuple[str, str]]:
    corpus = PROJECT / "corpus"
    on, off = (with_reader(state, corpus, index) for state in ("on", "off"))
    kinds, _ = load_thresholds(PROJECT / "evals" / "thresholds.yaml")
    asked = random.Random(0).sample(
        load_questions(PROJECT / "evals" / "questions.yaml", kinds), QUESTIONS
    )
    times: dict[str, list[float]] = {"on": [], "off": []}
    for question in asked:
        for state, one in (("on", on), ("off", off)):
            times[state].append(seconds(one.answer, question.question, question.history))
    ratio = statistics.median(times["on"]) / statistics.median(times["off"])
    yield f"An answer ({QUESTIONS} questions)", milliseconds(times["on"])
    yield "An answer, reader off", f"{milliseconds(times['off'])} (with it {ratio:.1f} times that)"


def cold(index: Path) -> Iterator[tuple[str, str]]:
    command = [sys.executable, "-c", MAIN, "--index", str(index), "ask", "What is MaaS?"]
    starts = [
        seconds(lambda: subprocess.run(command, check=True, capture_output=True))
        for _ in range(STARTS)
    ]
    yield "`assistant ask` from a cold start", f"{statistics.median(starts):.1f} s"


def thousand(folder: Path) -> Iterator[tuple[str, str]]:
    corpus = folder / "corpus"
    corpus.mkdir()
    chance = random.Random(0)
    for number in range(FILES):
        (corpus / f"house-{number}.md").write_text(note(number, chance), encoding="utf-8")
    index = folder / "index"
    yield f"Indexing {FILES:,} Markdown files", f"{seconds(Assistant, corpus, index):.0f} s"
    made = with_reader("on", corpus, index)
    numbers = chance.sample(range(FILES), QUESTIONS)
    questions = [f"What are the rules of house {number}?" for number in numbers]
    times = [seconds(made.answer, question) for question in questions]
    yield f"An answer from {FILES:,} files", milliseconds(times)


def main() -> None:
    print("| what | time |\n| --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        index = folder / "shipped-index"
        for rows in (shipped(index), cold(index), thousand(folder)):
            for what, took in rows:
                print(f"| {what} | {took} |", flush=True)


if __name__ == "__main__":
    main()
