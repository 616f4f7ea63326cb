"""The way of a question, whole.

question + history -> readings that stand alone -> parts
    each part: passages found -> read -> drafted
drafts -> citations checked -> Answer
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from assistant import citations, labels, spelling
from assistant.answering import refusal
from assistant.answering.evidence import Evidence
from assistant.answering.extractive import MAX_WORDS, Draft, Extractive
from assistant.conversation import Conversation
from assistant.errors import AssistantError
from assistant.index import passage_text
from assistant.planning import Part, Planner
from assistant.question import clean
from assistant.retrieval import Retrieved, retrieve
from assistant.types import Answer

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from assistant.embeddings import Embedder
    from assistant.index import Index
    from assistant.reader import Reading

__all__ = ["Attempt", "Chain", "Reads", "threshold"]

PASSAGES = 8  # read for each part
NEAREST = 3

# By the false refusals and false answers that `assistant eval` finds at each: see README.md.
THRESHOLDS = {"strict": 0.3, "balanced": 0.15, "lax": 0.05}


class Reads(Protocol):
    """Anything that reads passages: the trained reader, or word overlap."""

    def read(self, question: str, passages: Sequence[str]) -> "list[Reading]": ...


def threshold(strictness: str) -> float:
    """The confidence that an answer needs. Raises AssistantError for an unknown setting."""
    if strictness not in THRESHOLDS:
        known = ", ".join(THRESHOLDS)
        raise AssistantError(f"ASSISTANT_STRICTNESS is {strictness!r}; it can be {known}.")
    return THRESHOLDS[strictness]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A part of a question with what was found and drafted for it."""

    part: Part
    evidence: tuple[Evidence, ...]
    draft: Draft | None

    @property
    def confidence(self) -> float:
        return self.draft.confidence if self.draft else 0.0


class Chain:
    """The steps over one opened index. `threshold` is the confidence that an answer needs."""

    def __init__(
        self, index: "Index", embedder: "Embedder", reader: Reads, threshold: float
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._reader = reader
        self._threshold = threshold
        self._extractive = Extractive(index.documents, index.passages, index.lexical)
        self._planner = Planner(index.documents)
        self._conversation = Conversation(
            labels.groups(index.documents.values(), index.passages), self._items
        )

    def runnable(self) -> "Runnable[dict[str, Any], Answer]":
        """{"question": str, "history": [str]} -> Answer, as a LangChain runnable."""
        from langchain_core.runnables import RunnableLambda

        attempt = RunnableLambda(self.find) | RunnableLambda(self.read) | RunnableLambda(self.write)
        return RunnableLambda(self.understand) | attempt.map().map() | RunnableLambda(self.cite)

    def understand(self, asked: Mapping[str, Any]) -> list[list[Part]]:
        """The readings of a question, likeliest first, each as its parts."""
        vocabulary = self._index.lexical.vocabulary
        texts = (document.text for document in self._index.documents.values())
        question = spelling.correct(clean(asked["question"]), vocabulary)
        question = spelling.spell_out(question, vocabulary, texts)
        history = asked.get("history") or []
        readings = self._conversation.standalone(question, history)
        plans = [self._planner.plan(text) for text in readings]
        if readings == [question]:
            return plans
        near = self._source(self._conversation.latest(history))
        return [
            [replace(part, question=replace(part.question, near=near)) for part in parts]
            for parts in plans
        ]

    def find(self, part: Part) -> tuple[Part, list[Retrieved]]:
        """The passages that are nearest to a part, dense and lexical fused."""
        wide = PASSAGES if part.document is None else len(self._index.passages)
        found = retrieve(self._index, self._embedder, part.question.text, wide)
        inside = [f for f in found if part.document in (None, f.passage.document)]
        return part, inside[:PASSAGES]

    def read(self, found: tuple[Part, list[Retrieved]]) -> tuple[Part, list[Evidence]]:
        """Each passage with the words that answer and how likely they do."""
        part, retrieved = found
        texts = [passage_text(r.passage) for r in retrieved]
        readings = self._reader.read(part.question.text, texts)
        return part, [Evidence.of(*each) for each in zip(retrieved, readings, strict=True)]

    def write(self, read: tuple[Part, list[Evidence]]) -> Attempt:
        """The best statement that the passages give."""
        part, evidence = read
        draft = self._extractive.draft(part.question, evidence, MAX_WORDS // part.of)
        return Attempt(part, tuple(evidence), draft)

    def attempt(self, part: Part) -> Attempt:
        """The three steps above."""
        return self.write(self.read(self.find(part)))

    def cite(self, readings: Sequence[Sequence[Attempt]]) -> Answer:
        """The first reading that is answered, its citations checked; else a refusal."""
        for attempts in readings:
            answered = [a for a in attempts if a.draft and a.confidence >= self._threshold]
            if not answered:
                continue
            drafted = [s for a in answered if a.draft for s in a.draft.statements]
            text, cited = citations.cite(drafted, self._index.documents)
            if not cited:
                continue
            for attempt in attempts:
                if attempt not in answered:
                    text += f"\n\nThe documents do not say: {attempt.part.question.text}"
            return Answer(attempts[0].part.asked, text, True, cited)
        return self._refuse(readings[0])

    def confidence(self, readings: Sequence[Sequence[Attempt]]) -> float:
        """How sure the best reading is, 0 to 1."""
        return max(max(a.confidence for a in attempts) for attempts in readings)

    def _refuse(self, attempts: Sequence[Attempt]) -> Answer:
        question = attempts[0].part.asked
        evidence = [e for attempt in attempts for e in attempt.evidence]
        evidence.sort(key=lambda e: (-e.answerable, -e.cosine))
        seen: dict[tuple[str, int], Evidence] = {}
        for e in evidence:
            seen.setdefault((e.passage.document, e.passage.start), e)
        nearest = tuple(
            citations.quote(
                self._index.documents[e.passage.document],
                e.passage,
                e.passage.start,
                e.passage.end,
                number,
            )
            for number, e in enumerate(list(seen.values())[:NEAREST], start=1)
        )
        text = refusal.explain(question, evidence, self._index.lexical)
        return Answer(question, text, False, (), nearest)

    def _source(self, question: str) -> str | None:
        """The document that answers a question, if one does."""
        attempt = self.attempt(self._planner.plan(question)[0])
        if attempt.draft and attempt.confidence >= self._threshold:
            return attempt.draft.evidence.passage.document
        return None

    def _items(self, question: str) -> list[str]:
        """The list that answers a question; the parts of an enumeration in a sentence."""
        attempt = self.attempt(self._planner.plan(question)[0])
        if not attempt.draft:
            return []
        statement = attempt.draft.statements[0]
        lines = [line.replace("**", "") for line in statement.lines]
        if len(lines) > 1:
            return [line.removeprefix("- ").split(" — ")[0] for line in lines]
        _, _, series = lines[0].rpartition(":")
        found = [re.sub(r"^and ", "", s.strip(" .")) for s in re.split(r",|;| and ", series)]
        return [s for s in found if s] if len(found) > 1 else []
