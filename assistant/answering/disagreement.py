"""Documents that give different values for the same thing, and older versions of a document."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assistant import values
from assistant.answering.evidence import MOSTLY, Evidence, Terms
from assistant.answering.extractive import Draft
from assistant.answering.statements import BOLD, Statement, told_of, value
from assistant.duplicates import Versions
from assistant.lexical import Lexical
from assistant.normalisation import fold
from assistant.question import Question, parse
from assistant.sentences import Sentence
from assistant.types import Document, Passage
from assistant.values import date

__all__ = ["Disagreement"]

SURE = 0.5  # of a second document's answer
AS_MUCH = 0.15  # of the question may be missing in it that stands in the first
MAX_SHOWN = 3
MAX_NAME = 5  # words

_NAMES = re.compile(r"^(?:\w+ )?(?:who|whom|whose|where|which|what)\b", re.IGNORECASE)

Drafts = Callable[[Question, Sequence[Evidence]], Draft | None]
Finds = Callable[[Question, Passage], Evidence]


class Disagreement:
    """Puts beside an answer what other documents say of the same thing.

    `draft` answers from evidence, `read` makes evidence of a passage.
    """

    def __init__(
        self,
        documents: Mapping[str, Document],
        passages: Sequence[Passage],
        versions: Versions,
        lexical: Lexical,
        draft: Drafts,
        read: Finds,
    ) -> None:
        self._documents = documents
        self._passages = passages
        self._versions = versions
        self._lexical = lexical
        self._draft = draft
        self._read = read

    def beside(self, question: Question, chosen: Draft, evidence: Sequence[Evidence]) -> Draft:
        """A draft with what differs from it: other values, and older versions by name."""
        if len(chosen.statements) > 1:
            return chosen
        first = chosen.statements[0]
        own = first.passage.document
        newer = self._versions.newer.get(own)
        if newer:
            preface = self._said("newer", newer)
            return replace(chosen, statements=(replace(first, preface=(preface,)),))
        older = [self._older(question, chosen, id) for id in self._versions.older(own)]
        others = self._others(question, chosen, evidence)
        if others:
            dated = sorted([first, *others], key=self._when, reverse=True)[:MAX_SHOWN]
            shown = [
                replace(each, preface=(self._said("of", each.passage.document),)) for each in dated
            ]
            opening = (Sentence("differ"), "", *shown[0].preface)
            shown[0] = replace(shown[0], preface=opening)
            return replace(chosen, statements=(*shown, *older))
        return replace(chosen, statements=(first, *older))

    def _older(self, question: Question, chosen: Draft, id: str) -> Statement:
        """What an older version says in the place of an answer; without lines where it says the
        same, or nothing that can be set beside it."""
        first = chosen.statements[0]
        number = self._versions.counterpart(first.passage, id)
        alone = replace(first, lines=(), head="", preface=(self._said("older", id),))
        if number is None:
            return alone
        there = self._passages[number]
        quote = fold(self._documents[first.passage.document].text[first.start : first.end])
        if quote in fold(there.text):
            return replace(alone, preface=(self._said("older_same", id),))
        drafted = self._draft(question, [self._read(question, there)])
        if drafted and len(drafted.statements) == 1 and _differ(question, chosen, drafted):
            return replace(drafted.statements[0], preface=(self._said("older_differs", id),))
        return alone

    def _others(
        self, question: Question, chosen: Draft, evidence: Sequence[Evidence]
    ) -> list[Statement]:
        """What other documents answer as surely, with other values."""
        if chosen.confidence < SURE:
            return []
        own = chosen.statements[0].passage.document
        versions = {own, *self._versions.older(own)}
        documents = dict.fromkeys(e.passage.document for e in evidence)
        asked = Terms(question.text, self._lexical.idf, self._lexical.language(question.text))
        found = []
        for id in documents:
            inside = [e for e in evidence if e.passage.document == id]
            sure = any(e.answerable >= SURE for e in inside)
            if id in versions or id in self._versions.newer or not sure:
                continue
            drafted = self._draft(question, inside)
            if (
                drafted
                and drafted.confidence >= SURE
                and len(drafted.statements) == 1
                and self._same_thing(asked, question, chosen, drafted)
                and _differ(question, chosen, drafted)
            ):
                found.append(drafted.statements[0])
        return found

    def _same_thing(self, asked: Terms, question: Question, one: Draft, other: Draft) -> bool:
        """Whether two answers are about one thing, as far as their words tell."""
        first, second = (self._scope(draft) for draft in (one, other))
        covered = asked.coverage([second])
        if covered < MOSTLY or covered < asked.coverage([first]) - AS_MUCH:
            return False
        mine, theirs = (_qualifiers(question, draft) for draft in (one, other))
        return all(not (mine[kind] and theirs[kind]) or mine[kind] & theirs[kind] for kind in mine)

    def _scope(self, draft: Draft) -> str:
        statement = draft.statements[0]
        text = self._documents[statement.passage.document].text[statement.start : statement.end]
        return " ".join([text, *statement.passage.section])

    def _said(self, kind: str, id: str) -> Sentence:
        return told_of(kind, self._documents[id])

    def _when(self, statement: Statement) -> tuple[int, ...]:
        return date(self._documents[statement.passage.document].date) or ()


def _differ(question: Question, one: Draft, other: Draft) -> bool:
    """Whether two answers, of one line each, give values that can't both be right."""
    first, second = (_line(draft) for draft in (one, other))
    if first is None or second is None:
        return False
    mine, theirs = (value(line) for line in (first, second))
    if mine and theirs:
        return values.differ(mine, theirs)
    if mine or theirs or not _NAMES.search(question.text):
        return False
    names = [BOLD.findall(line)[0] for line in (first, second)]
    if not all(map(_is_name, names)):
        return False
    words = [set(re.findall(r"\w+", name.casefold())) for name in names]
    around = [
        set(re.findall(r"\w+", line.casefold())) - name
        for line, name in zip((first, second), words, strict=True)
    ]
    alike = len(around[0] & around[1]) / max(len(around[0] | around[1]), 1)
    return not words[0] & words[1] and alike >= 0.5


def _line(draft: Draft) -> str | None:
    """The one line of an answer, where one thing in it is the answer."""
    lines = draft.statements[0].lines
    if len(lines) != 1 or len(BOLD.findall(lines[0])) != 1:
        return None
    return fold(lines[0])


def _is_name(text: str) -> bool:
    found = text.split()
    return len(found) <= MAX_NAME and found[0][:1].isupper() and found[-1][:1].isupper()


def _qualifiers(question: Question, draft: Draft) -> dict[str, set[str]]:
    """The years and the names in an answer that are neither its value nor in the question."""
    line = fold(" ".join(draft.statements[0].lines))
    rest = BOLD.sub(" ", line)
    asked = question.text.casefold()
    years = {w for w in re.findall(r"\b(?:1[5-9]|20|21)\d\d\b", rest) if w not in asked}
    names = {
        word.casefold()
        for word in parse(rest).names
        if word.isalpha() and word.casefold() not in asked
    }
    return {"years": years, "names": names}
