"""The passages nearest to a question, by meaning and by words, fused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.embeddings import Embedder
from assistant.index import Index
from assistant.lexical import best
from assistant.types import Passage

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

__all__ = ["Retrieved", "as_retriever", "fuse", "retrieve"]

DEPTH = 50  # passages from either side
RANK_CONSTANT = 60  # as in the paper


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage for a question.

    `number` is its place in `Index.passages`, `score` the fused one (2/61 at most), `cosine` that
    of question and passage, `bm25` 0 where none of the question's words stand in the passage.
    """

    number: int
    passage: Passage
    score: float
    cosine: float
    bm25: float


def fuse(*rankings: Sequence[int]) -> list[tuple[int, float]]:
    """Rankings as one, best first, ties by number: reciprocal rank fusion.

    A passage at rank r of a ranking, counted from 1, gets 1 / (60 + r); what it gets adds up
    (Cormack, Clarke & Büttcher 2009).

    >>> [number for number, score in fuse([7, 3, 9], [3, 8])]
    [3, 7, 8, 9]
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def retrieve(index: Index, embedder: Embedder, question: str, k: int = 10) -> list[Retrieved]:
    """The k passages nearest to a question, or fewer, best first; none for an empty question."""
    depth = max(k, DEPTH)
    vector = embedder.encode_query(question)
    words = index.lexical.scores(question)
    dense = [number for number, _ in index.search(vector, depth)]
    sparse = [number for number, _ in best(words, depth)]
    fused = fuse(dense, sparse)[: max(k, 0)]
    cosines = index.cosines([number for number, _ in fused], vector)
    return [
        Retrieved(number, index.passages[number], score, float(cosine), float(words[number]))
        for (number, score), cosine in zip(fused, cosines, strict=True)
    ]


def as_retriever(index: Index, embedder: Embedder, k: int = 10) -> "BaseRetriever":
    """The same as a LangChain retriever, for chains of one's own.

    Its documents hold a passage's text, and in their metadata `document`, `title`, `section`
    (the headings, "A > B"), `start`, `end` and `score`.
    """
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class PassageRetriever(BaseRetriever):
        def _get_relevant_documents(
            self, query: str, *, run_manager: "CallbackManagerForRetrieverRun"
        ) -> "list[Document]":
            return [
                Document(
                    page_content=found.passage.text,
                    metadata={
                        "document": found.passage.document,
                        "title": index.documents[found.passage.document].title,
                        "section": " > ".join(found.passage.section),
                        "start": found.passage.start,
                        "end": found.passage.end,
                        "score": found.score,
                    },
                )
                for found in retrieve(index, embedder, query, k)
            ]

    return PassageRetriever()
