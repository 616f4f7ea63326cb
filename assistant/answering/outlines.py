"""What stands under a heading, told by the headings below it: "the five trends" that a report has
a section each for.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.answering.evidence import Terms
from assistant.labels import unnumbered
from assistant.lexical import Lexical
from assistant.normalisation import fold
from assistant.quantities import numbers
from assistant.question import Question
from assistant.retrieval import Retrieved
from assistant.types import Document, Passage, Section, Span

__all__ = ["Outlines"]

MOST = 20  # headings; more are no answer
MOSTLY = 0.6  # of a question's weight, and of a heading's
_HEADING = re.compile(r"\s*(?:#{1,6}[ \t]+)?(?P<words>[^\n]*?)(?:[ \t]+#+)?[ \t]*(?:\n|$)")
_PROSE = re.compile(r"^[ \t]*(?![-*+][ \t]|\d+[.)][ \t]|\|)\S", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Outline:
    """A section of a document, `text[start:end]` with all below it, and the headings right below
    as a passage: its text is theirs alone, a line each, and each of its spans one heading's words.
    """

    start: int
    end: int
    passage: Passage


class Outlines:
    """The outlines of documents, made when one is first asked for."""

    def __init__(self, documents: Mapping[str, Document], lexical: Lexical) -> None:
        self._documents = documents
        self._lexical = lexical
        self._made: dict[str, list[_Outline]] = {}

    def named(self, question: Question, found: Sequence[Retrieved]) -> list[Retrieved]:
        """For a question that wants a list: the outlines whose heading it names, of the sections
        that the passages found stand in, each as near to it as the nearest of these."""
        if question.form != "list":
            return []
        asked = Terms(question.text, self._lexical.idf, question.language)
        nearest: dict[tuple[str, int], Retrieved] = {}
        for each in sorted(found, key=lambda each: -each.cosine):
            for outline in self._around(each.passage):
                passage = outline.passage
                told = asked.coverage([*map(fold, passage.section), str(len(passage.spans))])
                named = asked.names(fold(unnumbered(passage.section[-1])))
                if min(told, named) >= MOSTLY:
                    made = Retrieved(-1, passage, 0.0, each.cosine, 0.0)
                    nearest.setdefault((passage.document, passage.start), made)
        return list(nearest.values())

    def _around(self, passage: Passage) -> list[_Outline]:
        id = passage.document
        if id not in self._made:
            self._made[id] = _outlines(self._documents[id])
        return [o for o in self._made[id] if o.start <= passage.start < o.end]


def _outlines(document: Document) -> list[_Outline]:
    """The sections whose content their headings tell: two or more right below it, few of them over
    a bare list, which tells more itself. A document as a whole is one where its title counts them
    ("Ten ways to ...")."""
    found = []
    sections = document.sections
    listed = [_is_listed(document, section) for section in sections]
    for number, section in enumerate(sections):
        depth = len(section.path)
        after = number + 1
        while after < len(sections) and sections[after].path[:depth] == section.path:
            after += 1
        below = [n for n in range(number + 1, after) if len(sections[n].path) == depth + 1]
        if not 2 <= len(below) <= MOST or 2 * sum(listed[n] for n in below) >= len(below):
            continue
        if depth == 1 and len(below) not in numbers(document.title):
            continue
        spans = tuple(_heading(document, sections[n], section.start) for n in below)
        text = "\n".join(f"- {unnumbered(document.text[s.start : s.end])}" for s in spans)
        start, end = spans[0].start, spans[-1].end
        context = " > ".join(section.path)
        passage = Passage(document.id, section.path, start, end, text, context, spans)
        found.append(_Outline(section.start, sections[after - 1].end, passage))
    return found


def _is_listed(document: Document, section: Section) -> bool:
    """Whether nothing stands right under a heading but a list or a table."""
    heading = _HEADING.match(document.text, section.start, section.end)
    body = document.text[heading.end() if heading else section.start : section.end]
    return bool(body.strip()) and not _PROSE.search(body)


def _heading(document: Document, section: Section, group: int) -> Span:
    found = _HEADING.match(document.text, section.start, section.end)
    start, end = found.span("words") if found else (section.start, section.end)
    return Span("heading", start, end, group)
