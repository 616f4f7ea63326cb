"""The `assistant` command."""

import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from assistant.errors import AssistantError, QuestionError
from assistant.terminal import printable
from assistant.types import Answer, Citation

if TYPE_CHECKING:
    from assistant import types
    from assistant.api import Assistant
    from assistant.embeddings import Embedder
    from assistant.feedback import Entry
    from assistant.library import Changes
    from assistant.settings import Settings

__all__ = ["main"]


class _Group(click.Group):
    """Turns what goes wrong into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _warn
                return super().invoke(ctx)
        except AssistantError as error:
            raise click.ClickException(printable(str(error))) from error


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
    type=click.File("r", encoding="utf-8-sig", errors="replace"),
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
@click.option("--watch", is_flag=True, help="Go on, whenever the documents change, until Ctrl+C.")
@click.option("--retry", is_flag=True, help="Read again what could not be read and is unchanged.")
@click.pass_obj
def build(where: dict[str, Path | None], watch: bool, retry: bool) -> None:
    """Build the index, or refresh it: only changed documents are read again.

    Exits 1 when a file could not be read; the other documents are served all the same.
    """
    from assistant import index as indexes
    from assistant import languages, library

    settings, embedder = _with(where)
    before, _ = indexes.recorded(settings.index)
    if watch:
        _watch(settings, embedder, before)
        return
    with _progress() as show:
        built = library.refresh(settings, embedder, show, retry=retry)
    changes = library.changes(before, built.entries)
    click.echo(_changes(changes))
    click.echo(
        f"{_count(len(built.documents), 'document')}, "
        f"{_count(len(built.passages), 'passage')} in {printable(str(settings.index))}"
    )
    _notice(languages.warning(built.documents.values(), embedder.name, embedder.languages))
    sys.exit(1 if changes.failed else 0)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def add(where: dict[str, Path | None], paths: tuple[Path, ...]) -> None:
    """Copy files, and the documents of folders, into the corpus folder, and index them.

    A file of the same name takes the place of its old self. Exits 1 when a file could not be read.
    """
    from assistant import library

    settings, embedder = _with(where)
    with _progress() as show:
        _, entries = library.add(settings, embedder, paths, progress=show)
    for entry in entries:
        click.echo(_entry(entry))
    sys.exit(1 if any(entry.status == "failed" for entry in entries) else 0)


@main.command()
@click.argument("names", nargs=-1, required=True, metavar="ID|NAME...")
@click.pass_obj
def remove(where: dict[str, Path | None], names: tuple[str, ...]) -> None:
    """Delete documents, by id, or files, by name, from the corpus folder and the index."""
    from assistant import library

    settings, embedder = _with(where)
    with _progress() as show:
        _, entries = library.remove(settings, embedder, names, show)
    for entry in entries:
        click.echo(printable(f"removed    {entry.name}"))


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the entries as JSON lines.")
@click.pass_obj
def show(where: dict[str, Path | None], as_json: bool) -> None:
    """List the files of the corpus folder and what became of each, as last indexed."""
    from assistant import index as indexes
    from assistant import languages

    settings, embedder = _with(where)
    entries, _ = indexes.recorded(settings.index)
    for entry in entries:
        click.echo(json.dumps(asdict(entry)) if as_json else _entry(entry))
    state = indexes.state(settings, embedder)
    if state.status != "ready":
        click.echo(printable(f"{state.reason} Run `assistant index`."), err=True)
    else:
        documents = indexes.open_index(settings, embedder).documents.values()
        _notice(languages.warning(documents, embedder.name, embedder.languages))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=7860, show_default=True)
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
@click.option(
    "--read-only/--writable",
    default=None,
    help="Whether nobody can add or remove documents in it. By default that is so where others "
    "than this computer's users can reach it without a login.",
)
@click.pass_obj
def chat(
    where: dict[str, Path | None], host: str, port: int, browser: bool, read_only: bool | None
) -> None:
    """The chat, in a browser."""
    from assistant.web import serve

    assistant = _open(where)
    _notice(assistant.notice)
    serve(assistant, host=host, port=port, open_browser=browser, read_only=read_only)


@main.command()
@click.pass_obj
def mcp(where: dict[str, Path | None]) -> None:
    """Serve answer, search and read over the Model Context Protocol, on stdin and stdout."""
    from assistant.mcp import serve

    serve(lambda: _open(where))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the entries as JSON lines.")
@click.option("--to-eval", type=int, metavar="ID", help="Append an entry to the eval questions.")
@click.option("--must", multiple=True, help="With --to-eval: words of the right answer; repeat.")
@click.option("--document", multiple=True, help="With --to-eval: a document that has it; repeat.")
@click.option("--kind", help="With --to-eval: the question's kind, of evals/thresholds.yaml.")
@click.option(
    "--evals",
    "folder",
    type=click.Path(path_type=Path),
    help="With --to-eval: the folder of questions.yaml.",
)
@click.pass_obj
def feedback(
    where: dict[str, Path | None],
    as_json: bool,
    to_eval: int | None,
    must: tuple[str, ...],
    document: tuple[str, ...],
    kind: str | None,
    folder: Path | None,
) -> None:
    """List what users said of answers, or make an entry an eval question."""
    from assistant.feedback import Feedback
    from assistant.settings import PROJECT, Settings

    given = Feedback(Settings.load(**where).feedback)
    if to_eval is not None:
        from assistant.evals.reported import Known, add

        path = folder or PROJECT / "evals"
        added = add(given.entry(to_eval), path, Known(must, document, kind))
        click.echo(
            printable(
                f"Added to {path / 'questions.yaml'} as {added.kind}, in the {added.half} half: "
                "look at what it expects."
            )
        )
        return
    entries = given.entries()
    if as_json:
        for entry in entries:
            click.echo(json.dumps(asdict(entry)))
    else:
        click.echo("\n\n".join(map(_said, entries)) or "Nobody has said anything yet.")


@main.command("eval")
@click.option("--half", type=click.Choice(["work", "held"]), help="One half of the questions.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the report is written.")
@click.option(
    "--evals",
    "folder",
    type=click.Path(path_type=Path),
    help="The folder of questions.yaml and thresholds.yaml, if not the project's.",
)
@click.pass_obj
def evaluate(
    where: dict[str, Path | None],
    half: Literal["work", "held"] | None,
    out: Path | None,
    folder: Path | None,
) -> None:
    """Measure the answers to the eval questions; exits 1 when a threshold is missed."""
    from assistant import evals
    from assistant.settings import PROJECT

    sys.exit(evals.main(_open(where), folder or PROJECT / "evals", half, out))


@main.command()
@click.option("--check", is_flag=True, help="Only look; change nothing.")
@click.pass_obj
def doctor(where: dict[str, Path | None], check: bool) -> None:
    """Say what is wrong with the documents, the index or the models, and mend what can be mended.

    Exits 1 when something stays wrong.
    """
    from assistant import doctor

    settings, embedder = _with(where)
    with _progress() as show:
        findings = (
            doctor.examine(settings, embedder) if check else doctor.mend(settings, embedder, show)
        )
    for finding in findings:
        click.echo(printable(f"{finding.status:6}  {finding.text}"))
    sys.exit(1 if any(finding.status == "wrong" for finding in findings) else 0)


def _with(where: dict[str, Path | None]) -> "tuple[Settings, Embedder]":
    """The settings, and the embedding model that they name."""
    from assistant.embeddings import Embedder
    from assistant.settings import Settings

    settings = Settings.load(**where)
    return settings, Embedder(settings.model)


def _watch(settings: "Settings", embedder: "Embedder", before: "Sequence[types.Entry]") -> None:
    from assistant import library

    def tell(news: "Sequence[types.Entry] | Exception") -> None:
        nonlocal before
        if isinstance(news, Exception):
            click.echo(printable(str(news) or type(news).__name__), err=True)
        else:
            changes, before = library.changes(before, news), news
            click.echo(_changes(changes))

    click.echo(printable(f"Watching {settings.corpus}; Ctrl+C ends it."))
    with suppress(KeyboardInterrupt):
        library.watch(settings, embedder, tell)


def _changes(changes: "Changes") -> str:
    """How many files are new and so on, and why any failed."""
    counts = ("new", "changed", "removed", "failed")
    told = [f"{n} {name}" for name in counts if (n := len(getattr(changes, name)))]
    return "\n".join([", ".join(told) or "No document has changed.", *map(_entry, changes.failed)])


def _entry(entry: "types.Entry") -> str:
    """A file of the corpus on one line."""
    about = [
        entry.document if entry.document != entry.name else None,
        entry.title if entry.title != entry.document else None,
        _count(entry.pages, "page"),
        _count(entry.passages, "passage"),
        entry.indexed[:10],
        entry.reason,
        *entry.notes,
    ]
    line = f"{entry.status:9}  {entry.name}: {' · '.join(filter(None, about))}"
    return printable(" ".join(line.splitlines()))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


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
            listed = isinstance(history, list) and all(isinstance(one, str) for one in history)
            if not (isinstance(question, str) and listed):
                raise TypeError
            yield question, history
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
        parts.append(click.style(printable(f"Understood: {answered.question}"), dim=True))
    pieces = printable(answered.text).split("**")
    parts.append("".join(click.style(p, bold=True) if n % 2 else p for n, p in enumerate(pieces)))
    if answered.nearest:
        parts.append("Nearest passages:")
    parts.extend(_quote(citation) for citation in answered.citations or answered.nearest)
    return "\n\n".join(parts)


def _said(entry: "Entry") -> str:
    """A user's verdict as a terminal shows it."""
    head = f"{entry.id}  {entry.at}  {entry.verdict}{f': {entry.kind}' if entry.kind else ''}"
    lines = [click.style(printable(head), fg="green" if entry.verdict == "up" else "red")]
    lines += [f"    after: {question}" for question in entry.history]
    lines += [f"    asked: {entry.question}"]
    lines += [f"    {line}" for line in entry.answer.text.splitlines() if line.strip()]
    lines += [f"    says:  {entry.comment}"] if entry.comment else []
    return "\n".join([lines[0], *(printable(" ".join(line.splitlines())) for line in lines[1:])])


def _quote(citation: Citation) -> str:
    place = " › ".join(citation.section) + (f", page {citation.page}" if citation.page else "")
    where = f"{citation.document}, {citation.start}-{citation.end}"
    head = click.style(printable(f"[{citation.number}] {place} ({where})"), fg="cyan")
    lines = [f"    {line}" for line in citation.quote.splitlines()]
    if citation.note:
        lines.append(f"    (reconstructed: {citation.note})")
    return "\n".join([head, *(printable(line) for line in lines)])


def _notice(text: str | None) -> None:
    if text:
        click.echo(printable(f"Warning: {text}"), err=True)


def _warn(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    if category is UserWarning:
        click.echo(printable(f"Warning: {message}"), err=True)
