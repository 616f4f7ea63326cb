"""A user's verdict as an eval question: what is known about the answer follows from it."""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from assistant.errors import EvalError
from assistant.evals.questions import UNANSWERABLE, Question, load_questions, load_thresholds
from assistant.evals.scoring import fold, holds
from assistant.feedback import Entry
from assistant.terminal import printable

__all__ = ["Known", "add"]

FOLLOW_UP = "follow-up"
COMMENT = 300  # characters of a user's comment that are kept above the question


@dataclass(frozen=True, slots=True)
class Known:
    """What a person adds to a verdict: words of the right answer, documents that have it, and the
    question's kind."""

    must: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    kind: str | None = None


def add(entry: Entry, folder: Path, known: Known) -> Question:
    """Append the entry to questions.yaml in a folder of evals and return the question.

    A good answer's own words in bold are wanted again, from the same document; a bad one's are
    unwanted; what should be refused is unanswerable. Where the verdict does not say what is right,
    `known` has to. The file is replaced only when it can be read with the new question; its
    comments stay. Raises EvalError: it says what is missing, or what is wrong in the file.

    >>> add(feedback.entry(3), Path("evals"), Known()).kind  # doctest: +SKIP
    'unanswerable'
    """
    path = folder / "questions.yaml"
    kinds, _ = load_thresholds(folder / "thresholds.yaml")
    asked = load_questions(path, kinds)
    fields = _fields(entry, known)
    fields["kind"] = fields["kind"] or _kind(entry, asked, kinds)
    comment = _line(printable(entry.comment))[:COMMENT]
    said = f"{entry.kind or entry.verdict}{': ' if comment else ''}{comment}"
    block = f"\n# From feedback {entry.id} of {entry.at[:10]}, {said}\n{_yaml(fields)}"
    try:
        before = path.read_text(encoding="utf-8")
        handle, name = tempfile.mkstemp(dir=folder, prefix=".questions-", suffix=".yaml")
    except OSError as error:
        raise EvalError(f"{path}: can't be written: {error.strerror}") from error
    written = Path(name)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(before.rstrip("\n") + "\n" + block)
        added = load_questions(written, kinds)[-1]
        written.chmod(path.stat().st_mode)
        os.replace(written, path)
    except OSError as error:
        raise EvalError(f"{path}: can't be written: {error.strerror}") from error
    except EvalError as error:
        raise EvalError(str(error).replace(name, str(path))) from error
    finally:
        with suppress(OSError):
            written.unlink()
    return added


def _fields(entry: Entry, known: Known) -> dict[str, Any]:
    """The fields of the question, `kind` None where any of the answerable ones would do."""
    answer, good = entry.answer, entry.verdict == "up"
    fields: dict[str, Any] = {"question": _line(entry.question), "kind": known.kind}
    if entry.history:
        fields["history"] = [_line(question) for question in entry.history]
    if entry.kind == "should have refused" or (good and not answer.found):
        missing = [word for word in _unknown(answer.text) if holds(entry.question, word)]
        fields |= {"kind": UNANSWERABLE, "must": list(known.must)}
        fields |= {"close": not missing, "missing": missing if good else []}
        return {name: value for name, value in fields.items() if value not in ([], None)}
    bold, cited = _bold(answer.text), [c.document for c in answer.citations]
    must, documents = list(known.must), list(dict.fromkeys(known.documents))
    if good:
        must, documents = must or bold, documents or cited[:1]
    elif entry.kind == "wrong citation":
        must = must or bold
    needed = []
    if not must:
        needed.append("--must with words of the right answer")
    if not documents:
        near = sorted({*cited, *(c.document for c in answer.nearest)})
        shown = f" (it cited {', '.join(near)})" if near else ""
        needed.append(f"--document with the document that has it{shown}")
    if needed:
        raise EvalError(
            f"Feedback {entry.id} ({entry.kind or entry.verdict}) does not say what is right: add "
            + " and ".join(needed)
            + "."
        )
    fields["must"] = must
    if entry.kind in ("wrong answer", None) and not good:
        fields["must_not"] = [
            word for word in bold if not any(holds(m, word) or holds(word, m) for m in must)
        ]
    fields["documents"] = documents
    return {name: value for name, value in fields.items() if value != []}


def _line(text: str) -> str:
    return " ".join(text.split())


def _bold(text: str) -> list[str]:
    """The words that answer, each once."""
    found = re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)
    return list({fold(one): _line(one) for one in found if fold(one)}.values())


def _unknown(text: str) -> list[str]:
    """The words that a refusal names in quotation marks."""
    return [word for word in re.findall("“([^”]+)”", text) if fold(word)]


def _kind(entry: Entry, asked: Sequence[Question], kinds: Mapping[str, str]) -> str:
    """That of the question most like it; of a follow-up, its own, where there is one."""
    if entry.history and FOLLOW_UP in kinds:
        return FOLLOW_UP
    alike = [one for one in asked if one.answerable and one.half == "work"]
    if not alike:
        raise EvalError(f"Which kind of question is it? Add --kind, one of {', '.join(kinds)}.")
    texts = [fold(one.question) for one in alike]
    _, _, number = process.extract(fold(entry.question), texts, scorer=fuzz.token_set_ratio)[0]
    return alike[int(number)].kind


def _yaml(fields: dict[str, Any]) -> str:
    """One entry, a line for each field, as the file has them."""
    lines = []
    for name, value in fields.items():
        dumped = yaml.safe_dump(value, allow_unicode=True, width=10**9, default_flow_style=True)
        lines.append(f"{name}: {dumped.removesuffix('...' + chr(10)).strip()}")
    return "- " + "\n  ".join(lines) + "\n"
