"""What users say of answers: kept in SQLite, read by `assistant feedback`.

feedback = Feedback(assistant.settings.feedback)
feedback.record("Who leads?", [], answer, "down", "should have refused", "She left in 2020.")
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from assistant.errors import FeedbackError
from assistant.types import Answer, Citation

__all__ = ["KINDS", "Entry", "Feedback", "Kind", "Verdict"]

Verdict = Literal["up", "down"]
Kind = Literal["wrong citation", "wrong answer", "should have answered", "should have refused"]
KINDS: tuple[Kind, ...] = get_args(Kind)

VERSION = 1  # of the table below
PAGES = 50_000  # of 4 kB: the file stops at 200 MB
TURNS = 100  # earlier questions that are kept with one
QUESTION = 10_000  # characters of a question, earlier ones too
COMMENT = 4_000
ANSWER = 500_000  # characters of an answer's JSON

_TABLE = """
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    question TEXT NOT NULL,
    history TEXT NOT NULL,
    answer TEXT NOT NULL,
    verdict TEXT NOT NULL,
    kind TEXT,
    comment TEXT NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One verdict. `at` is UTC, ISO 8601; `question` as it was typed, `history` before it."""

    id: int
    at: str
    question: str
    history: tuple[str, ...]
    answer: Answer
    verdict: Verdict
    kind: Kind | None
    comment: str


class Feedback:
    """The verdicts in one file, which several threads and processes may use at once.

    The file is made with the first verdict. Every method raises FeedbackError where it can't be
    read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(
        self,
        question: str,
        history: Sequence[str],
        answer: Answer,
        verdict: Verdict,
        kind: Kind | None = None,
        comment: str = "",
    ) -> int:
        """Keep a verdict and return its id. `kind` is what was wrong, for "down" alone.

        Raises FeedbackError also for a verdict or kind that does not exist, and for texts over
        the limits above.
        """
        if verdict not in get_args(Verdict):
            raise FeedbackError(f"The verdict is {verdict!r}; it can be up or down.")
        if kind is not None and (verdict == "up" or kind not in KINDS):
            raise FeedbackError(f"The kind is {kind!r}; with down it can be {', '.join(KINDS)}.")
        earlier = [_text("question", q, QUESTION) for q in list(history)[-TURNS:]]
        row = (
            datetime.now(UTC).isoformat(timespec="seconds"),
            _text("question", question, QUESTION),
            json.dumps(earlier),
            _text("answer", json.dumps(asdict(answer)), ANSWER),
            verdict,
            kind,
            _text("comment", comment.strip(), COMMENT),
        )
        with self._open() as connection, connection:
            added = connection.execute(
                "INSERT INTO feedback (at, question, history, answer, verdict, kind, comment)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            return int(added.lastrowid or 0)

    def entries(self) -> list[Entry]:
        """All verdicts, oldest first."""
        if not self.path.exists():
            return []
        with self._open() as connection:
            return [_entry(row) for row in connection.execute("SELECT * FROM feedback ORDER BY id")]

    def entry(self, number: int) -> Entry:
        """The verdict with an id; raises FeedbackError where there is none."""
        if self.path.exists():
            with self._open() as connection:
                asked = connection.execute("SELECT * FROM feedback WHERE id = ?", (number,))
                if row := asked.fetchone():
                    return _entry(row)
        raise FeedbackError(
            f"There is no feedback {number}: assistant feedback lists what there is."
        )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(f"PRAGMA max_page_count = {PAGES}")
                self._prepare(connection)
                yield connection
        except (sqlite3.Error, OSError, OverflowError) as error:
            raise FeedbackError(
                f"{self.path}: the feedback can't be read or written ({error}); move the file away "
                "if it is damaged, or make room."
            ) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if _version(connection) == 0:
            with connection:
                connection.execute("BEGIN IMMEDIATE")  # one process makes the table
                if _version(connection) == 0:
                    connection.execute(_TABLE)
                    connection.execute(f"PRAGMA user_version = {VERSION}")
        if (version := _version(connection)) != VERSION:
            raise FeedbackError(
                f"{self.path}: is of version {version}, and {VERSION} is read here: use the "
                "assistant that wrote it, or move the file away."
            )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _text(what: str, text: str, limit: int) -> str:
    """Text that SQLite takes: no lone surrogates, no null bytes."""
    if len(text) > limit:
        raise FeedbackError(f"The {what} has {len(text):,} characters; {limit:,} are kept at most.")
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _entry(row: sqlite3.Row) -> Entry:
    values: dict[str, Any] = dict(row)
    answer = json.loads(values.pop("answer"))
    for name in ("citations", "nearest"):
        answer[name] = tuple(_known(Citation, citation) for citation in answer[name])
    return Entry(
        **(
            values
            | {"history": tuple(json.loads(values["history"])), "answer": _known(Answer, answer)}
        )
    )


def _known(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """A dataclass of what is there: an older assistant's answer may have fewer fields, or more."""
    names = {field.name for field in fields(kind)}
    return kind(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if name in names
        }
    )
