"""Reading without a model: the line or sentence that shares most words with the question."""

from collections.abc import Callable, Sequence

from assistant.answering.evidence import Terms, sigmoid
from assistant.markup import sentences
from assistant.reader.reading import Reading

__all__ = ["OverlapReader"]


class OverlapReader:
    """The same interface as `Reader`, in any language; `answerable` is no calibrated probability.

    `idf` weighs a stem by how rare it is in the documents, `language` tells a question's.
    """

    languages = frozenset({"multilingual"})

    def __init__(
        self, idf: Callable[[str], float], language: Callable[[str], str] = lambda _: "en"
    ) -> None:
        self._idf = idf
        self._language = language

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """One Reading a passage, in their order."""
        asked = Terms(question, self._idf, self._language(question))
        return [self._reading(asked, passage) for passage in passages]

    def _reading(self, asked: Terms, passage: str) -> Reading:
        found = (0.0, 0, 0)
        at = 0
        for line in passage.split("\n"):
            for start, end in sentences(passage, at, at + len(line), asked.language):
                found = max(found, (asked.coverage([passage[start:end]]), -start, end))
            at += len(line) + 1
        share, start, end = found[0], -found[1], found[2]
        # With every word of the question in the passage, even odds or better.
        score = 6 * (asked.coverage([passage]) - 0.9) + 2 * (share - 0.5)
        return Reading(sigmoid(score), start, end, score, ((start, end),) if end else ())
