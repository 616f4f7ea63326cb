"""Settings from the environment, and what is said of one that is none."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from assistant.cli import main
from assistant.errors import AssistantError
from assistant.settings import Settings


def test_a_corpus_given_as_an_argument_gets_an_index_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSISTANT_CORPUS", "letters")
    monkeypatch.setenv("ASSISTANT_INDEX", "kept")
    assert Settings.load().index == Path("kept")
    assert Settings.load(corpus="minutes").index == Path("minutes-index")
    assert Settings.load(corpus="minutes", index="here").index == Path("here")
    assert Settings.load(corpus="letters").index == Path("kept")
    monkeypatch.delenv("ASSISTANT_CORPUS")
    assert Settings.load(corpus="minutes").index == Path("kept")


@pytest.mark.parametrize(
    ("corpus", "index"),
    [(".", "home/letters-index"), ("..", "home-index"), ("old/..", "home/letters-index")],
)
def test_the_index_stands_beside_a_corpus_however_it_is_named(
    corpus: str, index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "home" / "letters"
    (here / "old").mkdir(parents=True)
    monkeypatch.chdir(here)
    assert Settings.load(corpus=corpus).index == tmp_path / index


@pytest.mark.parametrize(("value", "read"), [("", None), (" ON ", True), ("off", False)])
def test_read_only_is_on_off_or_left_open(
    value: str, read: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_READ_ONLY", value)
    assert Settings.load().read_only is read


def test_a_switch_that_is_neither_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_READ_ONLY", "maybe")
    with pytest.raises(AssistantError, match="ASSISTANT_READ_ONLY is 'maybe'"):
        Settings.load()
    ran = CliRunner().invoke(main, ["list"])
    assert ran.exit_code == 1
    assert ran.stderr.splitlines() == [
        "Error: ASSISTANT_READ_ONLY is 'maybe'; it can be on or off."
    ]
