"""Documents as wholes: "What is the report about?", "What documents are there?"

No passage says that. A document's headings do, and that sentence of its opening which is nearest to
its title and to the opening as a whole (the centroid of Radev et al., 2004).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from assistant.answering import statements
from assistant.answering.outlines import Outlines
from assistant.answering.statements import Statement, told_of
from assistant.question import FUNCTION_WORDS, words
from assistant.types import Document, Passage, Span

if TYPE_CHECKING:
    from assistant.embeddings import Embedder

__all__ = ["Overviews"]

MOST = 10  # documents; of more, a question has to say which it means
OPENING = 8  # passages
LEAST, LONGEST = 8, 60  # words of a sentence that tells
TELLING = 3  # sentences, of a document without headings

_NOUNS = "document report article paper study text file publication source note story pdf".split()
_TEXT = rf"(?:{'|'.join(_NOUNS)})"
_TEXTS = rf"(?:{'|'.join(re.sub('y$', 'ie', noun) for noun in _NOUNS)})s"
_MEANT = (
    r"(?:(?!an? )(?P<every>(?:both|all|each|every)(?: of)? )?"
    r"(?:(?:the|this|that|these|those|your|our|my) )?"
    rf"(?P<named>(?:(?!(?:of|in|from|by)\b)[\w&'.-]+ ){{0,6}}?)(?:(?P<one>{_TEXT})|{_TEXTS})"
    r"(?: (?:by|from) (?P<by>[\w&'. -]+))?)"
)
_TOPICS = (
    r"(?:(?:main|key|major|central|general) )?"
    r"(?:topics?|subjects?|themes?|issues?|sections?|chapters?|headings?|contents?|points?|messages?)"
)
_COVERS = (
    r"(?:covers?|contains?|includes?|discuss(?:es)?|address(?:es)?|treats?|describes?|have|has"
    r"|deals? with|talks? about|says?|tells? (?:me|us)(?: about)?)"
)
_COVERED = r"(?:covered|contained|included|discussed|addressed|treated|described|dealt with|there)"
_ASKED = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:so )?what(?:'?s| is| are) {_MEANT}(?: (?:all |mainly |mostly |really )?about)?",
        rf"(?:what|(?:what|which) {_TOPICS}) (?:do|does|did) {_MEANT} {_COVERS}",
        rf"(?:what|which) {_TOPICS} (?:is|are) {_COVERED} (?:in|by) {_MEANT}",
        r"(?:(?:what(?:'?s| is| are)|give|write|show|list|name)(?: me| us)? )?(?:the |an? )?"
        rf"(?:(?:short|brief|quick) )?(?:summary|overview|outline|gist|structure|{_TOPICS})"
        rf" (?:of|in|from) {_MEANT}",
        rf"(?:summari[sz]e|sum up|outline|describe|introduce|tell (?:me|us) about) {_MEANT}",
        rf"(?:what|which) {_TEXTS} (?:are there|are (?:available|included|loaded|indexed)"
        r"|(?:do|can) (?:you|we|i) (?:have|know|use|search|ask about))",
        rf"(?:list|name|show(?: me| us)?)(?: all)?(?: of)?(?: the| your| my)? {_TEXTS}",
        r"what (?:is this(?: all)? about|can (?:you answer|i ask(?: you)?)(?: about)?"
        r"|do you know(?: about)?)",
    )
]


class Overviews:
    """Tells of documents as wholes. `passages` are theirs; `outlines` know their headings."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        passages: Sequence[Passage],
        embedder: "Embedder",
        outlines: Outlines,
    ) -> None:
        self._documents = documents
        self._passages = passages
        self._embedder = embedder
        self._outlines = outlines
        self._telling = lru_cache(TELLING * MOST)(self._nearest)

    def asked(self, question: str) -> tuple[str, ...]:
        """The documents that an English question is about as wholes: those that have all that it
        calls them in title, publisher, date or id. None where it is about anything else, or about
        more than MOST."""
        text = question.strip(" ?.!")
        match = next((m for pattern in _ASKED if (m := pattern.fullmatch(text))), None)
        if match is None:
            return ()
        said = match.groupdict(default="")
        named = _words(f"{said.get('named', '')} {said.get('by', '')}")
        meant = [id for id in self._openings if named <= self._called(id)]
        if len(meant) > MOST:
            return ()
        if said.get("one") and not said["every"]:
            itself = re.compile(rf"\bthis {said['one']}\b", re.IGNORECASE)
            telling = [id for id in meant if itself.search(self._documents[id].text)]
            meant = telling if len(telling) == 1 else meant
        return tuple(meant)

    def tell(self, documents: Sequence[str]) -> tuple[Statement, ...]:
        """A telling sentence of each document; of a single one its headings too, or where it has
        none, some sentences more."""
        if len(documents) > 1:
            return tuple(self._headed(id, self._sentences(id, 1)[0]) for id in documents)
        [id] = documents
        headings = self._outlines.whole(id)
        if headings is None:
            return tuple(self._sentences(id, TELLING))
        outline = statements.outline(self._documents[id], headings, headings.spans)
        return (*self._sentences(id, 1), *outline)

    @cached_property
    def _openings(self) -> dict[str, list[Passage]]:
        """The first passages of each document, sought when they are first asked for."""
        openings: dict[str, list[Passage]] = {}
        for passage in self._passages:
            opening = openings.setdefault(passage.document, [])
            if len(opening) < OPENING:
                opening.append(passage)
        return openings

    def _called(self, id: str) -> set[str]:
        document = self._documents[id]
        called = (document.title, document.publisher or "", document.date or "", id)
        return _words(" ".join(called).replace("-", " "))

    def _sentences(self, id: str, count: int) -> list[Statement]:
        """The most telling sentences, in their order."""
        nearest = sorted(self._telling(id)[:count], key=lambda one: one[1].start)
        return [_statement(self._documents[id], *one) for one in nearest]

    def _headed(self, id: str, told: Statement) -> Statement:
        """A statement under its document's title and date."""
        return replace(told, preface=(told_of("of", self._documents[id]),))

    def _nearest(self, id: str) -> list[tuple[Passage, Span]]:
        """The sentences of the opening, the most telling first; any span where there is none."""
        text = self._documents[id].text
        opening = self._openings[id]
        found = [
            (passage, span)
            for passage in opening
            for span in passage.spans
            if span.kind == "sentence" and len(text[span.start : span.end].split()) >= LEAST
        ]
        if not found:
            return [(opening[0], opening[0].spans[0])]
        told = self._embedder.encode_documents([text[s.start : s.end] for _, s in found])
        title = self._embedder.encode_query(self._documents[id].title)
        middle = told.mean(0)
        near = told @ title + told @ middle / np.linalg.norm(middle)
        return [found[number] for number in np.argsort(-near, kind="stable")]


def _statement(document: Document, passage: Passage, span: Span) -> Statement:
    if span.kind == "row":
        return statements.row(document, passage, span)
    if span.kind != "sentence":
        return statements.item(document, passage, span, (0, 0))
    return statements.sentence(document, passage, (span.start, span.end), (0, 0), LONGEST)


def _words(text: str) -> set[str]:
    return {word.removesuffix("'s") for word in words(text.lower())} - FUNCTION_WORDS
