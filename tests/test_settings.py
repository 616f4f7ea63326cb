"""Settings from the environment, and what is said of one that is none."""

import pytest
from click.testing import CliRunner

from assistant.cli import main
from assistant.errors import AssistantError
from assistant.settings import Settings


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
