"""The way of a question, whole.

question + history -> readings that stand alone -> parts
    each part: passages found -> read -> drafted
drafts -> citations checked -> Answer
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from assistant import citations, labels, spelling
from assistant.answering import refusal
from assistant.answering.disagreement import Disagreement
from assistant.answering.evidence import Evidence, logit
from assistant.answering.extractive import MAX_WORDS, Candidate, Draft, Extractive
from assistant.answering.judging import Judge, threshold
from assistant.answering.outlines import Outlines
from assistant.answering.statements import BOLD, Statement, merged, overlap
from assistant.conversation import Conversation, asked_before
from assistant.duplicates import Versions
from assistant.index import passage_text
from assistant.normalisation import fold
from assistant.overviews import Overviews
from assistant.planning import Part, Planner
from assistant.question import Form, Question, clean, parse, words
from assistant.reader.polyglot import Polyglot, Reads
from assistant.retrieval import Retrieved, retrieve
from assistant.sentences import Sentence, composed
from assistant.types import Answer, Passage
from assistant.values import date
from assistant.wordlists import wants_several

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from assistant.embeddings import Embedder
    from assistant.index import Index

__all__ = ["Attempt", "Chain", "Reads", "threshold"]

PASSAGES = 10  # read for each part
NEAREST = 3
MAX_ANSWER = 6  # words that can stand for a pronoun
EARLIER = 64  # questions of conversations whose answers are kept
LATER = 2.0  # log odds that a later reading of a follow-up must be ahead


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
        self._reader = Polyglot(reader, index.lexical)
        self._threshold = threshold
        self._extractive = Extractive(index.documents, index.passages, index.lexical)
        self._judges = {reader: Judge.of(reader) for reader in ("trained", "overlap")}
        self._judges["other"] = Judge.unfitted()
        self._outlines = Outlines(index.documents, index.lexical)
        self._overviews = Overviews(index.documents, index.passages, embedder, self._outlines)
        self._versions = Versions(index.documents, index.passages, index.newer)
        self._disagreement = Disagreement(
            index.documents,
            index.passages,
            self._versions,
            index.lexical,
            self._draft,
            self._evidence,
        )
        kinds = [
            [fold(label) for label in group]
            for group in labels.groups(index.documents.values(), index.passages)
        ]
        self._texts = [document.text for document in index.documents.values()]
        self._planner = Planner(index.documents, kinds)
        self._conversation = Conversation(kinds, self._items, self._answering)
        # What was asked before is asked anew for each follow-up, and for several things.
        self._earlier = lru_cache(EARLIER)(self._first)
        self._spelled = lru_cache(EARLIER)(self._spell)

    def runnable(self, language: str = "en") -> "Runnable[dict[str, Any], Answer]":
        """{"question": str, "history": [str]} -> Answer, as a LangChain runnable; what the Answer
        says besides its quotes is in `language`."""
        from langchain_core.runnables import RunnableLambda

        attempt = RunnableLambda(self.find) | RunnableLambda(self.read) | RunnableLambda(self.write)
        cite = RunnableLambda(partial(self.cite, language=language))
        return RunnableLambda(self.understand) | attempt.map().map() | cite

    def understand(self, asked: Mapping[str, Any]) -> list[list[Part]]:
        """The readings of a question, likeliest first, each as its parts."""
        question = clean(asked["question"])
        language = self._index.lexical.language(question)
        question = self._spelled(question, language)
        if language != "en":  # neither its form nor what it leans on is to be read off its words
            form: Form = "list" if wants_several(question, language) else "fact"
            asks = replace(parse(question), form=form, sides=(), language=language)
            return [[Part(question, asks)]]
        history = [
            self._spelled(text, language) for text in asked_before(asked.get("history") or ())
        ]
        parts = self._plan(question)
        if parts[0].joined:
            return [self._each(parts, history)]
        readings = self._conversation.standalone(question, history)
        if readings == [question]:
            return [parts]
        said = self._said(self._conversation.latest(history))
        return [[_after(said, part) for part in self._plan(text)] for text in readings]

    def _plan(self, text: str) -> list[Part]:
        """The parts of a standalone question."""
        about = self._overviews.asked(text)
        return [Part(text, parse(text), about=about)] if about else self._planner.plan(text)

    def _spell(self, question: str, language: str) -> str:
        """A question with its words as the documents write them."""
        vocabulary = self._index.lexical.vocabulary
        question = spelling.correct(question, vocabulary, language, self._texts)
        if language == "en":
            question = spelling.as_written(question, vocabulary, self._texts)
        return spelling.spell_out(question, vocabulary, self._texts)

    def _each(self, parts: Sequence[Part], history: Sequence[str]) -> list[Part]:
        """Joined questions, each made to stand alone after those before it."""
        alone: list[Part] = []
        for number, part in enumerate(parts):
            own = part.question.text
            before = [*history, *(p.question.text for p in parts[:number])]
            meant = self._conversation.standalone(own, before)[0]
            if meant != own:
                part = replace(part, question=parse(meant), worded=own)
                part = _after(self._said(self._conversation.latest(before)), part)
            alone.append(part)
        return alone

    def find(self, part: Part) -> tuple[Part, list[Retrieved]]:
        """The passages that are nearest to a part, dense and lexical fused."""
        if part.about:
            return part, []
        wide = 2 * PASSAGES if part.document is None else len(self._index.passages)
        found = retrieve(self._index, self._embedder, part.question.text, wide)
        if part.document is None:
            return part, self._newest(part.question, found)[:PASSAGES]
        return part, [f for f in found if f.passage.document == part.document][:PASSAGES]

    def _newest(self, question: Question, found: Sequence[Retrieved]) -> list[Retrieved]:
        """Each passage in its document's newest version, unless the question names the older
        one's year; what several documents have in the same words, once."""
        kept: dict[tuple[str, ...], Retrieved] = {}
        for each in found:
            older = each.passage.document
            newest = self._versions.newer.get(older)
            when = date(self._index.documents[older].date)
            if newest and not (when and str(when[0]) in question.names):
                number = self._versions.counterpart(each.passage, newest)
                if number is not None:
                    each = replace(each, number=number, passage=self._index.passages[number])
            passage = each.passage
            kept.setdefault((*passage.section[1:], fold(passage.text)), each)
        return list(kept.values())

    def read(self, found: tuple[Part, list[Retrieved]]) -> tuple[Part, list[Evidence]]:
        """Each passage, and each outline that is named, with the words that answer and how likely
        they do."""
        part, retrieved = found
        retrieved = [*retrieved, *self._outlines.named(part.question, retrieved)]
        texts = [passage_text(r.passage) for r in retrieved]
        languages = [self._index.documents[r.passage.document].language for r in retrieved]
        readings = self._reader.read(part.question.text, texts, languages)
        both = zip(retrieved, readings, strict=True)
        return part, [Evidence.of(*each, rank) for rank, each in enumerate(both)]

    def write(self, read: tuple[Part, list[Evidence]]) -> Attempt:
        """The best statement that the passages give."""
        part, evidence = read
        if part.about:
            return Attempt(part, (), Draft(self._overviews.tell(part.about), 1.0))
        draft = self._draft(part.question, evidence, MAX_WORDS // part.of)
        if draft and part.of == 1:
            beside = self._disagreement.beside(part.question, draft, evidence)
            alone = beside.statements == draft.statements
            draft = replace(draft, statements=draft.both) if alone and draft.both else beside
        return Attempt(part, tuple(evidence), draft)

    def _draft(
        self, question: Question, evidence: Sequence[Evidence], limit: int = MAX_WORDS
    ) -> Draft | None:
        """The surest answer of those that the passages give which were read alike."""
        alike: dict[str, list[Evidence]] = {}
        for e in evidence:
            language = self._index.documents[e.passage.document].language
            alike.setdefault(self._reader.reads(question.text, language), []).append(e)
        drafts = [
            self._extractive.draft(question, group, self._judges[reads], limit)
            for reads, group in alike.items()
        ]
        return max(filter(None, drafts), key=lambda draft: draft.confidence, default=None)

    def candidates(
        self, part: Part, evidence: Sequence[Evidence]
    ) -> list[tuple[Candidate, tuple[Statement, ...]]]:
        """All that could be said, with what speaks for it: for those who fit the choice. The
        passages are taken as read alike, as they are where all are in one language."""
        return self._extractive.candidates(part.question, evidence)

    def _evidence(self, question: Question, passage: Passage) -> Evidence:
        """What the reader makes of one passage, however it was found."""
        language = self._index.documents[passage.document].language
        [reading] = self._reader.read(question.text, [passage_text(passage)], [language])
        return Evidence.of(Retrieved(-1, passage, 0.0, 0.0, 0.0), reading)

    def attempt(self, part: Part) -> Attempt:
        """The three steps above."""
        return self.write(self.read(self.find(part)))

    def _first(self, question: str) -> Attempt:
        """A question by its first part, as if that were all of it."""
        part = self._plan(question)[0]
        return self.attempt(
            Part(part.question.text, part.question, part.document, about=part.about)
        )

    def cite(self, readings: Sequence[Sequence[Attempt]], language: str = "en") -> Answer:
        """The likeliest reading that is answered, its citations checked; else a refusal."""

        def ahead(numbered: tuple[int, Sequence[Attempt]]) -> float:
            number, attempts = numbered
            return LATER * number - logit(max(a.confidence for a in attempts))

        for _, attempts in sorted(enumerate(readings), key=ahead):
            answered = [a for a in attempts if a.draft and a.confidence >= self._threshold]
            if not answered:
                continue
            lines, cited = citations.cite(self._together(answered), self._index.documents)
            if not cited:
                continue
            for attempt in attempts:
                if attempt not in answered:
                    part = attempt.part
                    lines += ["", Sentence("unsaid", (part.worded or part.question.text,))]
            return Answer(attempts[0].part.asked, composed(lines, language), True, cited)
        return self._refuse(readings[0], language)

    def _together(self, answered: Sequence[Attempt]) -> list[Statement]:
        """What the parts say, each thing once: where two quote the same sentence, cut each in its
        own way to be short, it stands whole."""
        told = [s for a in answered if a.draft for s in a.draft.statements]
        if any(itertools.starmap(overlap, itertools.combinations(told, 2))):
            whole = [self._draft(a.part.question, a.evidence) for a in answered]
            told = [s for draft in whole if draft for s in draft.statements]
        return merged(told)

    def confidence(self, readings: Sequence[Sequence[Attempt]]) -> float:
        """How sure the best reading is, 0 to 1."""
        return max(max(a.confidence for a in attempts) for attempts in readings)

    def _refuse(self, attempts: Sequence[Attempt], language: str) -> Answer:
        question = attempts[0].part.asked
        evidence = [
            e
            for attempt in attempts
            for e in attempt.evidence
            if e.passage.spans[0].kind != "heading"  # of an outline, which is no passage to read on
        ]
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
        said = refusal.explain(question, evidence, self._index.lexical)
        return Answer(question, composed(said, language), False, (), nearest)

    def _said(self, question: str) -> tuple[str, int, int] | None:
        """What is quoted to answer a question, as document, start and end; None for a refusal."""
        attempt = self._earlier(question)
        if attempt.draft is None or attempt.confidence < self._threshold:
            return None
        quoted = attempt.draft.own
        return quoted[0].passage.document, quoted[0].start, quoted[-1].end

    def _answering(self, question: str) -> str:
        """The few words that answer a question; "" where they are many, or unsure."""
        attempt = self._earlier(question)
        if attempt.draft is None or attempt.confidence < self._threshold:
            return ""
        found = BOLD.findall(" ".join(line for s in attempt.draft.own for line in s.lines))
        own = fold(found[0]).rpartition(": ")[2] if len(found) == 1 else ""
        return own if len(words(own)) <= MAX_ANSWER else ""

    def _items(self, question: str) -> list[str]:
        """The list that answers a question; the parts of an enumeration in a sentence."""
        attempt = self._earlier(question)
        if not attempt.draft:
            return []
        if len(attempt.part.about) > 1:
            return [self._index.documents[id].title for id in attempt.part.about]
        lines = [line.replace("**", "") for s in attempt.draft.own for line in s.lines]
        if len(lines) > 1:
            return [line.removeprefix("- ").split(" — ")[0] for line in lines]
        _, _, series = lines[0].rpartition(":")
        found = [re.sub(r"^and ", "", s.strip(" .")) for s in re.split(r",|;| and ", series)]
        return [s for s in found if s] if len(found) > 1 else []


def _after(said: tuple[str, int, int] | None, part: Part) -> Part:
    """A part that leans on one that was answered with `said`: asked near that, for something
    else."""
    if said is None:
        return part
    return replace(part, question=replace(part.question, near=said[0], said=said))
