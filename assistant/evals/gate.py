"""`assistant eval`: runs the set, prints a table, writes the report, says whether it passes."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import EvalError
from assistant.evals.page import visible
from assistant.evals.questions import HALVES, Half, load_questions, load_thresholds
from assistant.evals.report import bound, failure, last_numbers, shown, write
from assistant.evals.run import Answering, Check, Report, check, measures, run
from assistant.evals.scoring import MEASURES

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["main"]


def main(
    assistant: Answering, folder: Path, half: Half | None = None, out: Path | None = None
) -> int:
    """Evaluate on `folder`'s questions.yaml; 1 when a threshold is missed, else 0.

    `half` asks one half only. Its failures are printed when it is the half to work on; those of
    the held-out half stand in the report alone. The report goes to `out`, by default into
    `folder` for both halves and nowhere for one, so that half a report never replaces a whole.
    Raises EvalError where the set or the thresholds can't be read, or the report not written.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console()
    kinds, thresholds = load_thresholds(folder / "thresholds.yaml")
    asked = [
        one for one in load_questions(folder / "questions.yaml", kinds) if half in (None, one.half)
    ]
    if not asked:
        raise EvalError(f"{folder / 'questions.yaml'}: no question falls into the half {half!r}")
    try:
        last = _last(folder)
    except EvalError as error:
        last = {}
        console.print(f"{error}; compared with nothing", soft_wrap=True, markup=False)
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("Asking", total=3 * len(asked))
        report = run(assistant, asked, lambda: progress.advance(bar))
    checks = check(report, thresholds)
    if half == "work":
        _print_failures(console, report)
    _print_table(console, report, checks, last)
    target = out or (folder if half is None else None)
    if target is not None:
        write(report, checks, last, target)
        console.print(f"Every failure: {target / 'report.html'}", soft_wrap=True, markup=False)
    missed = [one for one in checks if not one.met]
    for one in missed:
        console.print(_missed(one), soft_wrap=True, markup=False, highlight=False)
    return 1 if missed else 0


def _last(folder: Path) -> Mapping[str, Any]:
    """The last committed report's numbers, or those that lie there, or none."""
    path = folder / "report.json"
    try:
        git = subprocess.run(
            ["git", "show", "HEAD:./report.json"],  # noqa: S607 (git is wherever it is)
            cwd=folder, capture_output=True, encoding="utf-8", timeout=10, check=False,
        )  # fmt: skip
        if git.returncode == 0:
            return last_numbers(git.stdout, f"{path} as committed")
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        pass  # no git here: what lies in the folder is the last report
    try:
        return last_numbers(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path}: can't be read") from error


def _print_failures(console: "Console", report: Report) -> None:
    for one in report.outcomes:
        if one.problems:
            console.print(f"{one.question.label}\n{failure(one)}\n", soft_wrap=True,
                          markup=False, highlight=False)  # fmt: skip


def _print_table(
    console: "Console", report: Report, checks: Sequence[Check], last: Mapping[str, Any]
) -> None:
    from rich.table import Table

    wanted = {(one.threshold.measure, one.threshold.half): one for one in checks}
    table = Table(title=f"{len(report.outcomes)} questions")
    table.add_column("measure", no_wrap=True)
    halves = [half for half in HALVES if report.of(half)]
    values = {half: measures(report.of(half)) for half in halves}
    for half in halves:
        table.add_column(half, justify="right")
        table.add_column("was", justify="right")
        table.add_column("wanted", justify="right")
    for name in MEASURES:
        row = [name]
        for half in halves:
            gate = wanted.get((name, half))
            value = shown(name, values[half][name].value)
            row += [
                f"[red]{value}[/]" if gate and not gate.met else value,
                shown(name, last.get(half, {}).get(name)),
                bound(gate).replace("at least", "≥").replace("at most", "≤") if gate else "",
            ]
        table.add_row(*row)
    for rank in (50, 95):
        seconds = report.latency(rank)
        if seconds is not None:
            table.add_row(f"latency p{rank}", f"{1000 * seconds:.3g} ms")
    console.print(table)


def _missed(one: Check) -> str:
    threshold, measure = one.threshold, one.measure
    measured = "nothing to measure it on" if measure.value is None else (
        f"{shown(threshold.measure, measure.value)} of {measure.count}"
    )  # fmt: skip
    return visible(
        f"missed: {threshold.measure}, {threshold.half} half: {measured}, "
        f"wanted {bound(one)} ({threshold.reason})"
    ).replace("\n", " ")
