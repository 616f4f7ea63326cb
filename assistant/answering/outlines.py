"""What stands under a heading, told by the headings below it: "the five trends" that a report has
a section each for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.answering.evidence import MOSTLY, Terms
from assistant.labels import unnumbered
from assistant.lexical import Lexical
from assistant.markup import Block, blocks
from assistant.normalisation import fold
from assistant.quantities import numbers
from assistant.question import Question
from assistant.retrieval import Retrieved
from assistant.types import Document, Passage, Section, Span

__all__ = ["Outlines"]

MOST = 20  # headings; more are no answer


@dataclass(frozen=True)
class _Outline:
    """A section of a document, `text[start:end]` with all under it, and those right `below`."""

    document: Document
    path: tuple[str, ...]
    start: int
    end: int
    below: tuple[Section, ...]

    @cached_property
    def _blocks(self) -> list[list[Block]]:
        """What stands in each section right below, its heading first."""
        return [blocks(self.document.text[s.start : s.end]) for s in self.below]

    @cached_property
    def passage(self) -> Passage:
        """The headings right below as a passage: its text is theirs alone, a line each, and each of
        its spans one heading's words."""
        text = self.document.text
        spans = []
        for section, (heading, *_) in zip(self.below, self._blocks, strict=True):
            [words] = heading.pieces
            start, end = section.start + words.start, section.start + words.end
            spans.append(Span("heading", start, end, self.start))
        lines = [f"- {unnumbered(text[s.start : s.end])}" for s in spans]
        return Passage(
            self.document.id,
            self.path,
            spans[0].start,
            spans[-1].end,
            "\n".join(lines),
            " > ".join(self.path),
            tuple(spans),
        )

    @cached_property
    def telling(self) -> bool:
        """Whether the headings tell what a list asks for: not where half of them stand over a bare
        list, which tells more itself; nor those of a whole document, but where its title counts
        them ("Ten ways to ...")."""
        if len(self.path) == 1 and len(self.below) not in numbers(self.document.title):
            return False
        listed = sum(
            bool(rest) and all(block.kind in ("list", "table") for block in rest)
            for _, *rest in self._blocks
        )
        return 2 * listed < len(self.below)


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
                told = asked.coverage([*map(fold, outline.path), str(len(outline.below))])
                named = asked.names(fold(unnumbered(outline.path[-1])))
                if min(told, named) >= MOSTLY and outline.telling:
                    passage = outline.passage
                    made = Retrieved(-1, passage, 0.0, each.cosine, 0.0)
                    nearest.setdefault((passage.document, passage.start), made)
        return list(nearest.values())

    def whole(self, id: str) -> Passage | None:
        """The main headings of a document; None where they are fewer than two, or more than
        MOST."""
        return next((o.passage for o in self._of(id) if len(o.path) == 1), None)

    def _around(self, passage: Passage) -> list[_Outline]:
        return [o for o in self._of(passage.document) if o.start <= passage.start < o.end]

    def _of(self, id: str) -> list[_Outline]:
        if id not in self._made:
            self._made[id] = _outlines(self._documents[id])
        return self._made[id]


def _outlines(document: Document) -> list[_Outline]:
    """The sections that have two or more right below them, and not more than MOST."""
    found = []
    sections = document.sections
    for number, section in enumerate(sections):
        depth = len(section.path)
        after = number + 1
        while after < len(sections) and sections[after].path[:depth] == section.path:
            after += 1
        below = tuple(s for s in sections[number + 1 : after] if len(s.path) == depth + 1)
        if 2 <= len(below) <= MOST:
            end = sections[after - 1].end
            found.append(_Outline(document, section.path, section.start, end, below))
    return found
