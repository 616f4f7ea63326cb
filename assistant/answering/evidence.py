"""What speaks for a passage, and for the spans in it, as the answer to a question."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from assistant.labels import TERM_END, cells, label
from assistant.lexical import tokens
from assistant.normalisation import fold
from assistant.quantities import NUMBERS, ORDINALS
from assistant.question import HOW, acronyms
from assistant.retrieval import Retrieved
from assistant.types import Passage, Span
from assistant.wordlists import function_words

if TYPE_CHECKING:
    from assistant.reader import Reading

__all__ = ["MOSTLY", "Evidence", "Terms", "logit", "sigmoid", "terms"]

MOSTLY = 0.6  # of a question's weight, or a label's

# Thousands, a decimal number and dotted initials stand whole.
_WORD = re.compile(
    r"\d{1,3}(?:,\d{3})+(?!\d)|(?<![\d.])\d{1,3}\.\d{1,3}(?!\.?\d)|(?:[^\W\d_]\.){2,}|[^\W_]+"
)
_CLITIC = re.compile(r"\b(?:ca|wo|sha)n't\b|(?:n't|'(?:s|d|m|re|ll|ve))\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that has been read for a question.

    `answerable` is the reader's probability, `start` and `end` the words that answer, as
    characters of the document; `others`, further words that might, best first. `rank` counts the
    passages that the search put before it.
    """

    passage: Passage
    cosine: float
    answerable: float
    start: int
    end: int
    others: tuple[tuple[int, int], ...] = ()
    rank: int = 0

    @classmethod
    def of(cls, found: Retrieved, reading: "Reading", rank: int = 0) -> "Evidence":
        """From what a reader made of `context + newline + text`."""
        passage = found.passage
        shift = passage.start - len(passage.context) - 1

        def here(start: int, end: int) -> tuple[int, int]:
            start, end = max(start + shift, passage.start), min(end + shift, passage.end)
            # Where the reader points at a heading: the passage as a whole.
            return (start, end) if start < end else (passage.start, passage.end)

        best = here(reading.start, reading.end)
        others = tuple(span for span in (here(*s) for s in reading.spans) if span != best)
        return cls(passage, found.cosine, reading.answerable, *best, others, rank)


@lru_cache(maxsize=20_000)
def terms(text: str, language: str = "en", every: bool = False) -> tuple[str, ...]:
    """The stems of a text's content words in a language; numbers as digits, apart from signs:
    "1-3" is "1" and "3", "six" is "6"; "'s" and the like are none, nor is a function
    word that is no acronym. Ordinals are places in a list, and no content. `every` is
    for a text in which others' words are looked for (see `lexical.tokens`).

    >>> terms("What does China's plan aim for by 2030?"), terms("how long is 1,000 at 2.5%")
    (('china', 'plan', 'aim', '2030'), ('1000', '2.5'))
    """
    silent = function_words(language) - acronyms(text)
    words = _WORD.findall(_CLITIC.sub("", HOW.sub("", fold(text).casefold())))
    found = (w for w in words if w not in silent and w not in ORDINALS)
    numbered = (str(NUMBERS.get(word, word)) for word in found)
    return tuple(stem for word in numbered for stem in tokens(word, language, every))


class Terms:
    """The content words of one question, weighed by how rare they are in the documents.

    All texts are taken as written in the question's language.
    """

    def __init__(self, text: str, idf: Callable[[str], float], language: str = "en") -> None:
        self._idf = idf
        self._text = text
        self.language = language
        # By document, the stems of its title and of its passages that were found.
        self.beside: Mapping[str, frozenset[str]] = {}
        self.weights = {stem: max(idf(stem), 0.1) for stem in self.of(text)}

    def of(self, text: str) -> tuple[str, ...]:
        """The stems of a text's content words."""
        return terms(text, self.language)

    def held(self, text: str) -> frozenset[str]:
        """The stems that words may have which stand in a text."""
        return frozenset(terms(text, self.language, True))

    def coverage(self, texts: Iterable[str]) -> float:
        """The share of the question's weight that stands in the texts, 0 to 1; 1 if it has none.

        >>> Terms("red house", lambda stem: 1.0).coverage(["a red car"])
        0.5
        """
        there = {stem for text in texts for stem in self.held(text)}
        total = sum(self.weights.values())
        return sum(w for s, w in self.weights.items() if s in there) / total if total else 1.0

    def names(self, text: str, shared: frozenset[str] = frozenset()) -> float:
        """The share of a label's weight that stands in the question, 0 to 1; stems that it has
        in common with others count only where it has no more.

        >>> Terms("share of Series E firms", lambda stem: 1.0).names("Series E")
        1.0
        """
        stems = self.of(text)
        telling = [stem for stem in stems if stem not in shared] or stems
        weights = {stem: max(self._idf(stem), 0.1) for stem in telling}
        total = sum(weights.values())
        named = sum(w for s, w in weights.items() if s in self.held(self._text))
        return named / total if total else 0.0


def overlapping(evidence: Evidence) -> list[Span]:
    """The spans of one block that the answering words touch, but for a stray character."""

    def shared(span: Span) -> int:
        return min(span.end, evidence.end) - max(span.start, evidence.start)

    least = min(2, evidence.end - evidence.start)
    touched = [s for s in evidence.passage.spans if shared(s) >= min(least, s.end - s.start)]
    if not touched:
        return list(evidence.passage.spans[:1])
    most = max(touched, key=shared)
    return [span for span in touched if span.group == most.group]


def text_of(passage: Passage, span: Span) -> str:
    """A span's words in their plain form, to compare and not to quote."""
    return fold(passage.text[span.start - passage.start : span.end - passage.start])


def row_label(passage: Passage, span: Span) -> str:
    """What a row, a definition or an item of a passage is called."""
    return label_of(passage.text[span.start - passage.start : span.end - passage.start], span)


def label_of(text: str, span: Span) -> str:
    """What a row, a definition or an item of this text is called."""
    return fold(label(cells(text)) if span.kind == "row" else TERM_END.split(text)[0])


def best_covered(question: Terms, passage: Passage, spans: Sequence[Span]) -> Span:
    """The span that shares most with the question."""
    return max(spans, key=lambda span: (question.coverage([text_of(passage, span)]), -span.start))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, x))))


def logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))
