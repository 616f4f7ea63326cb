"""questions.yaml and thresholds.yaml, read and checked.

Whatever is wrong in them is an EvalError that names the file and the entry, so that a typing
mistake never turns into a question that nothing can fail.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from assistant.errors import EvalError
from assistant.evals.scoring import MEASURES, fold

__all__ = ["HALVES", "Half", "Question", "Threshold", "load_questions", "load_thresholds"]

Half = Literal["work", "held"]
HALVES: tuple[Half, ...] = ("work", "held")

UNANSWERABLE = "unanswerable"
FIELDS = ("question", "kind", "history", "must", "must_not", "documents", "close", "missing")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known about its answer.

    The answer must hold one alternative of every group in `must` and nothing of `must_not`, and
    its first citation must be in one of `documents` (all of them must be cited where `kind` is
    "several"). When `kind` is "unanswerable", the documents do not answer: `close` says that they
    nearly do, `missing` are the words that a good refusal names.
    """

    question: str
    kind: str
    history: tuple[str, ...] = ()
    must: tuple[tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    close: bool = False
    missing: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        return self.kind != UNANSWERABLE

    @property
    def label(self) -> str:
        """The kind as it is reported: close questions without an answer on a row of their own."""
        return f"{self.kind}, close" if self.close else self.kind

    @property
    def half(self) -> Half:
        """ "work" to develop on, "held" only to be scored: the parity of a hash.

        It depends on the question and its history alone, so adding, moving or rewording one
        question never moves another, and nobody chooses.

        >>> Question("Which year?", "fact").half
        'held'
        """
        text = json.dumps([self.question, *self.history])
        return HALVES[hashlib.sha256(text.encode()).digest()[0] % 2]


@dataclass(frozen=True, slots=True)
class Threshold:
    """What one measure of one half has to reach, and why."""

    measure: str
    half: Half
    bound: float
    at_least: bool
    reason: str

    def met(self, value: float | None) -> bool:
        """False where there was nothing to measure: a gate that can't see is shut."""
        if value is None:
            return False
        return value >= self.bound if self.at_least else value <= self.bound


def load_questions(path: Path, kinds: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions in the order of the file; `kinds` are those that thresholds.yaml describes.

    Raises EvalError: the file can't be read, is not a list of questions, or has an entry with an
    unknown kind or field, without anything to check, or asked twice (same words, same history).
    """
    entries = _read(path)
    if not isinstance(entries, list) or not entries:
        raise EvalError(f"{path}: expected a list of questions, each with question and kind")
    seen: dict[tuple[str, ...], int] = {}
    questions = []
    for number, entry in enumerate(entries, 1):
        question = _question(entry, kinds, f"{path}: entry {number}")
        key = tuple(fold(text) for text in (question.question, *question.history))
        if key in seen:
            raise EvalError(
                f"{path}: entry {number} ({question.question[:60]!r}) asks what entry {seen[key]} "
                "asks; remove one of them"
            )
        seen[key] = number
        questions.append(question)
    return tuple(questions)


def load_thresholds(path: Path) -> tuple[dict[str, str], tuple[Threshold, ...]]:
    """(kind -> what it is, thresholds). Raises EvalError where the file is not as README has it."""
    data = _read(path)
    if not isinstance(data, dict) or set(data) != {"kinds", "thresholds"}:
        raise EvalError(f"{path}: expected two tables, kinds and thresholds")
    kinds, bounds = data["kinds"], data["thresholds"]
    if not isinstance(kinds, dict) or not all(
        isinstance(text, str) for pair in kinds.items() for text in pair
    ):
        raise EvalError(f"{path}: kinds: expected one line for each kind, 'name: what it is'")
    if not isinstance(bounds, dict):
        raise EvalError(f"{path}: thresholds: expected one entry for each measure")
    thresholds: list[Threshold] = []
    for name, entry in bounds.items():
        thresholds += _thresholds(name, entry, f"{path}: thresholds: {name}")
    return kinds, tuple(thresholds)


class _Loader(yaml.SafeLoader):
    """YAML in which a key that is there twice is an error: the first would be lost silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(
                problem="a key is there twice", problem_mark=node.start_mark
            )
        return mapping


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (it is safe)
    except OSError as error:
        raise EvalError(f"{path}: can't be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise EvalError(f"{path}{line}: not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise EvalError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error


def _question(entry: Any, kinds: Mapping[str, str], where: str) -> Question:
    if not isinstance(entry, dict) or not isinstance(entry.get("question"), str):
        raise EvalError(f"{where}: expected fields, with the text of the question among them")
    if not entry["question"].strip():
        raise EvalError(f"{where}: the question is empty")
    where = f"{where} ({entry['question'][:60]!r})"
    if unknown := sorted(str(field) for field in entry if field not in FIELDS):
        raise EvalError(f"{where}: unknown field {unknown[0]!r}; there are {', '.join(FIELDS)}")
    kind = entry.get("kind")
    if kind not in (*kinds, UNANSWERABLE):
        raise EvalError(
            f"{where}: unknown kind {kind!r}; thresholds.yaml describes {', '.join(kinds)}"
        )
    if not isinstance(entry.get("close", False), bool):
        raise EvalError(f"{where}: close: expected true or false")
    question = Question(
        question=entry["question"],
        kind=kind,
        history=_texts(entry, "history", where),
        must=tuple(
            tuple(_text(one, "must", where) for one in (want if isinstance(want, list) else [want]))
            for want in _list(entry, "must", where)
        ),
        must_not=_texts(entry, "must_not", where),
        documents=_texts(entry, "documents", where),
        close=entry.get("close", False),
        missing=_texts(entry, "missing", where),
    )
    _consistent(question, where)
    return question


def _consistent(question: Question, where: str) -> None:
    if not question.answerable:
        if question.must:
            raise EvalError(f"{where}: is {UNANSWERABLE}, so it can't have must")
        return
    if not question.must or not all(question.must) or not question.documents:
        raise EvalError(f"{where}: needs must and documents, or the kind {UNANSWERABLE}")
    if question.close or question.missing:
        raise EvalError(f"{where}: close and missing are for the kind {UNANSWERABLE}")


def _list(entry: Mapping[str, Any], field: str, where: str) -> list[Any]:
    value = entry.get(field, [])
    if not isinstance(value, list):
        raise EvalError(f"{where}: {field}: expected a list")
    return value


def _texts(entry: Mapping[str, Any], field: str, where: str) -> tuple[str, ...]:
    return tuple(_text(one, field, where) for one in _list(entry, field, where))


def _text(value: Any, field: str, where: str) -> str:
    if not isinstance(value, str):
        raise EvalError(f"{where}: {field}: {value!r} is not text; put quotes around it")
    if not fold(value):
        raise EvalError(f"{where}: {field}: {value!r} holds nothing to look for")
    return value


def _thresholds(name: Any, entry: Any, where: str) -> list[Threshold]:
    if name not in MEASURES:
        raise EvalError(f"{where}: unknown measure; there are {', '.join(MEASURES)}")
    sides = {"at_least", "at_most"} & set(entry) if isinstance(entry, dict) else set()
    if len(sides) != 1 or not isinstance(entry.get("reason"), str) or len(entry) != 2:
        raise EvalError(f"{where}: expected reason, and either at_least or at_most")
    (side,) = sides
    bounds = entry[side]
    if not isinstance(bounds, dict) or set(bounds) != set(HALVES):
        raise EvalError(f"{where}: {side}: expected a number for work and one for held")
    for bound in bounds.values():
        if not isinstance(bound, int | float) or isinstance(bound, bool):
            raise EvalError(f"{where}: {side}: {bound!r} is not a number")
    return [
        Threshold(name, half, float(bounds[half]), side == "at_least", entry["reason"])
        for half in HALVES
    ]
