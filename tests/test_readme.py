"""The README says what is true: its commands work, its answers are the answers given now.

- Lines of `bash` and `sh` blocks are commands; so are the lines of `console` blocks that start
  with "$ ", and what follows them there is what they print, white space aside; "..." is anything.
- `python` blocks are run, in the order in which they stand, as one program. Where a block has
  ">>>" prompts, what follows them is what they print.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, flags=re.MULTILINE))
TOKENS = MarkdownIt().parse(README)

# A server, and a run that `make eval` is for.
NOT_RUN = re.compile(r"\bassistant chat\b|\bassistant eval\b")
SET_UP = {"cd", "git", "make", "pip", "python", "source"}


def blocks(*languages: str) -> list[str]:
    return [
        token.content
        for token in TOKENS
        if token.type == "fence" and token.info.split(" ")[0] in languages
    ]


def commands() -> Iterator[tuple[str, str]]:
    """Each command with what the README says that it prints, "" where it does not say."""
    for block in blocks("bash", "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip() and not line.startswith("#"):
                yield line.strip(), ""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed


def bare(command: str) -> str:
    return command.replace(".venv/bin/assistant", "assistant")


COMMANDS = [(bare(command), printed) for command, printed in commands()]
RUN = [
    (command, printed)
    for command, printed in COMMANDS
    if "assistant " in command and not NOT_RUN.search(command)
    if shlex.split(command)[0] not in SET_UP
]


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    make_corpus: Callable[..., Path],
) -> Path:
    """Where a reader of the README might be: with documents and questions of their own."""
    here = tmp_path_factory.mktemp("readme")
    corpus = make_corpus(here, {"letter.md": "# A letter\n\nThe office opens at nine o'clock.\n"})
    corpus.rename(here / "my-documents")
    (here / "minutes.txt").write_text("We met on Monday and chose a colour.\n", encoding="utf-8")
    question = '{"question": "When does the office open?", "history": []}\n'
    (here / "questions.jsonl").write_text(question, encoding="utf-8")
    (here / "my-questions").mkdir()
    (here / "my-questions" / "questions.yaml").write_text(
        "- question: When does the office open?\n  kind: hours\n  must: [nine o'clock]\n"
        "  documents: [letter]\n"
    )
    (here / "my-questions" / "thresholds.yaml").write_text(
        "kinds: {hours: when something is open}\nthresholds: {}\n"
    )
    command = here / "bin" / "assistant"
    command.parent.mkdir()
    main = "from assistant.cli import main; main()"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{main}" "$@"\n')
    command.chmod(0o755)
    return here


@pytest.mark.parametrize("command", [command for command, _ in COMMANDS])
def test_commands_are_known(command: str) -> None:
    first, *rest = shlex.split(command, comments=True)
    if first == "make":
        assert {word for word in rest if "=" not in word} <= TARGETS
    else:
        assert "assistant" in command or first in SET_UP


@pytest.mark.usefixtures("assistant")
@pytest.mark.parametrize(("command", "printed"), RUN)
def test_commands_work(command: str, printed: str, folder: Path, index_folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    environment["PYTHONPATH"] = str(PROJECT)
    if "--corpus" not in command and "ASSISTANT_CORPUS" not in command:
        environment["ASSISTANT_INDEX"] = str(index_folder)
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert_printed(printed, done.stdout)


def assert_printed(expected: str, got: str) -> None:
    """Every stretch of `expected` between two "..." stands in `got`, in that order."""
    rest = " ".join(got.split())
    for part in expected.split("..."):
        if stretch := " ".join(part.split()):
            assert stretch in rest
            rest = rest.partition(stretch)[2]


@pytest.mark.usefixtures("assistant")
def test_python_works(folder: Path, index_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ASSISTANT_INDEX", str(index_folder))
    names: dict[str, object] = {}
    for number, block in enumerate(blocks("python")):
        if ">>>" not in block:
            exec(compile(block, f"README.md, block {number}", "exec"), names)  # noqa: S102
            continue
        example = doctest.DocTestParser().get_doctest(block, names, "README.md", None, 0)
        printed: list[str] = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        failed, _ = runner.run(example, out=printed.append, clear_globs=False)
        assert not failed, "".join(printed)
        names = example.globs


def test_every_command_is_documented() -> None:
    from assistant.cli import main

    for name in main.commands:
        assert re.search(rf"assistant[^\n]* {name}\b|make {name}\b", README), name
    for target in TARGETS - {"help"}:
        assert f"make {target}" in README


def test_links_lead_somewhere() -> None:
    inline = [child for token in TOKENS for child in token.children or []]
    links = [str(token.attrs.get("href") or token.attrs.get("src") or "") for token in inline]
    for link in filter(None, links):
        path = link.partition("#")[0]
        assert "://" in link or not path or (PROJECT / path).exists(), link
