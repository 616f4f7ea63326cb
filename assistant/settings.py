"""One frozen object of settings, read from the environment once."""

import os
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import AssistantError

__all__ = ["Settings"]

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and what they are made with.

    `model` is the name or path of a sentence-transformers model (ASSISTANT_MODEL); `reader` is
    "on", "off" or a folder with a reader's weights (ASSISTANT_READER); `strictness` is how sure
    the assistant must be before it answers (ASSISTANT_STRICTNESS: "strict", "balanced", "lax");
    `read_only` is whether the chat lets nobody add or remove documents (ASSISTANT_READ_ONLY: "on",
    "off"), None where that is left to who can reach it.

    >>> Settings.load(corpus="letters").index
    PosixPath('letters-index')
    """

    corpus: Path
    index: Path
    model: str = DEFAULT_MODEL
    reader: str = "on"
    strictness: str = "balanced"
    read_only: bool | None = None

    @classmethod
    def load(cls, corpus: str | Path | None = None, index: str | Path | None = None) -> "Settings":
        """Arguments before environment before defaults.

        The default corpus is the project's own; another corpus without an index of its own gets
        one beside it, and where ASSISTANT_CORPUS and ASSISTANT_INDEX name both, that index is for
        no other corpus, so that no two share one by accident. Raises AssistantError for a switch
        that is neither on nor off.
        """
        env = os.environ
        given = corpus or env.get("ASSISTANT_CORPUS")
        folder = Path(given) if given else PROJECT / "corpus"
        another = corpus and env.get("ASSISTANT_CORPUS") not in (None, "", str(corpus))
        named = folder.resolve() if folder.name in ("", "..") else folder  # as for "." and ".."
        beside = named.parent / f"{named.name}-index" if given else PROJECT / "index"
        return cls(
            corpus=folder,
            index=Path(index or (None if another else env.get("ASSISTANT_INDEX")) or beside),
            model=env.get("ASSISTANT_MODEL") or DEFAULT_MODEL,
            reader=env.get("ASSISTANT_READER") or "on",
            strictness=env.get("ASSISTANT_STRICTNESS") or "balanced",
            read_only=_switch("ASSISTANT_READ_ONLY"),
        )

    @property
    def feedback(self) -> Path:
        """Where users' verdicts are kept: beside the index, which may be made anew."""
        return Path(f"{self.index.resolve()}-feedback.sqlite3")


def _switch(name: str) -> bool | None:
    """A setting that is on or off; None where it is not set."""
    value = os.environ.get(name, "").strip().lower()
    if value not in ("", "on", "off"):
        raise AssistantError(f"{name} is {value!r}; it can be on or off.")
    return value == "on" if value else None
