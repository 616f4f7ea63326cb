"""The `assistant` command."""

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from assistant.errors import AssistantError, QuestionError
from assistant.types import Answer, Citation

if TYPE_CHECKING:
    from assistant.api import Assistant

__all__ = ["main"]


class _Group(click.Group):
    """Turns what goes wrong into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _warn
                return super().invoke(ctx)
        except AssistantError as error:
            raise click.ClickException(_printable(str(error))) from error


@click.group(cls=_Group)
@click.option("--corpus", type=click.Path(path_type=Path), help="The folder of documents.")
@click.option("--index", type=click.Path(path_type=Path), help="Where the index is kept.")
@click.version_option(package_name="document-assistant")
@click.pass_context
def main(ctx: click.Context, corpus: Path | None, index: Path | None) -> None:
    """Ask a folder of documents. Answers are quotes, each with the place it stands."""
    ctx.obj = {"corpus": corpus, "index": index}


@main.command()
@click.argument("question", required=False)
@click.option("--history", multiple=True, metavar="EARLIER", help="An earlier question; repeat.")
@click.option("--json", "as_json", is_flag=True, help="Print the Answer as JSON.")
@click.option(
    "--batch",
    type=click.File("r", encoding="utf-8", errors="replace"),
    metavar="FILE|-",
    help='JSON lines {"question", "history"} in, Answers out, in the same order.',
)
@click.pass_obj
def ask(
    where: dict[str, Path | None],
    question: str | None,
    history: tuple[str, ...],
    as_json: bool,
    batch: TextIO | None,
) -> None:
    """Answer QUESTION, or every question of a file."""
    if (question is None) == (batch is None):
        raise click.UsageError("Give a QUESTION, or --batch and a file.")
    assistant = _open(where)
    if batch is not None:
        failed = False
        for given in _batch(batch):
            answered = given if isinstance(given, Answer) else _answer(assistant, *given)
            failed |= isinstance(given, Answer)
            click.echo(_json(answered))
        sys.exit(1 if failed else 0)
    answered = assistant.answer(question or "", history)
    click.echo(_json(answered) if as_json else _page(answered, question or ""))


@main.command("index")
@click.pass_obj
def build(where: dict[str, Path | None]) -> None:
    """Build the index, or refresh it: only changed documents are read again."""
    from assistant import index as indexes
    from assistant.embeddings import Embedder
    from assistant.settings import Settings

    settings = Settings.load(**where)
    with _progress() as show:
        built = indexes.build(settings, Embedder(settings.model), show)
    click.echo(
        f"{len(built.documents)} documents, {len(built.passages)} passages in "
        f"{_printable(str(settings.index))}"
    )


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=7860, show_default=True)
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
@click.pass_obj
def chat(where: dict[str, Path | None], host: str, port: int, browser: bool) -> None:
    """The chat, in a browser."""
    from assistant.web import serve

    serve(_open(where), host=host, port=port, open_browser=browser)


@main.command("eval")
@click.option("--half", type=click.Choice(["work", "held"]), help="One half of the questions.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the report is written.")
@click.pass_obj
def evaluate(
    where: dict[str, Path | None], half: Literal["work", "held"] | None, out: Path | None
) -> None:
    """Measure the answers to the eval questions; exits 1 when a threshold is missed."""
    from assistant import evals
    from assistant.settings import PROJECT

    sys.exit(evals.main(_open(where), PROJECT / "evals", half, out))


def _open(where: dict[str, Path | None]) -> "Assistant":
    """The Assistant, its index built first where needed."""
    from assistant.api import Assistant

    with _progress() as show:
        return Assistant(**where, progress=show)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr, once there is something to show: called with step, done and total."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, Any] = {}

    def show(step: str, done: int, total: int) -> None:
        if not tasks:
            bar.start()
        if step not in tasks:
            tasks[step] = bar.add_task(step, total=total)
        bar.update(tasks[step], completed=done, total=total)

    try:
        yield show
    finally:
        if tasks:
            bar.stop()


def _batch(lines: TextIO) -> Iterator[tuple[str, list[str]] | Answer]:
    """What each line asks; an Answer that says what is wrong with it where it is broken."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            question, history = asked["question"], asked.get("history") or []
            if not isinstance(question, str) or not all(isinstance(h, str) for h in history):
                raise TypeError
            yield question, list(history)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            wanted = '{"question": "...", "history": ["..."]}'
            yield Answer("", f"Line {number} is not a question as JSON: {wanted}", False)


def _answer(assistant: "Assistant", question: str, history: list[str]) -> Answer:
    try:
        return assistant.answer(question, history)
    except QuestionError as error:
        return Answer(question[:200], str(error), False)


def _json(answered: Answer) -> str:
    # Lone surrogates have no place in UTF-8: ASCII escapes carry them.
    return json.dumps(asdict(answered), ensure_ascii=True)


def _page(answered: Answer, asked: str) -> str:
    """An answer as a terminal shows it, with its numbered quotes."""
    parts = []
    if answered.question.strip() != asked.strip():
        parts.append(click.style(_printable(f"Understood: {answered.question}"), dim=True))
    pieces = _printable(answered.text).split("**")
    parts.append("".join(click.style(p, bold=True) if n % 2 else p for n, p in enumerate(pieces)))
    if answered.nearest:
        parts.append("Nearest passages:")
    parts.extend(_quote(citation) for citation in answered.citations or answered.nearest)
    return "\n\n".join(parts)


def _quote(citation: Citation) -> str:
    place = " › ".join(citation.section) + (f", page {citation.page}" if citation.page else "")
    where = f"{citation.document}, {citation.start}-{citation.end}"
    head = click.style(_printable(f"[{citation.number}] {place} ({where})"), fg="cyan")
    lines = [f"    {line}" for line in citation.quote.splitlines()]
    if citation.note:
        lines.append(f"    (reconstructed: {citation.note})")
    return "\n".join([head, *(_printable(line) for line in lines)])


def _printable(text: str) -> str:
    """Nothing that a terminal would obey."""
    kept = "".join(c for c in text if c == "\n" or c.isprintable())
    return kept.encode("utf-8", "replace").decode()


def _warn(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    if category is UserWarning:
        click.echo(f"Warning: {message}", err=True)
