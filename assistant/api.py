"""What every surface calls: an Assistant over one corpus and one index."""

import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import CorpusError, IndexingError
from assistant.settings import Settings
from assistant.types import Answer, Document, Passage

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from assistant.chain import Reads
    from assistant.retrieval import Retrieved

__all__ = ["Assistant", "answer"]

Progress = Callable[[str, int, int], None]


class Assistant:
    """Answers questions about a folder of documents. Safe to use from several threads.

    The index is opened when the Assistant is made, and built first where it is missing or the
    documents have changed; `progress` is told the step, what is done and how much there is.
    Models are loaded with the first question, or by `warm()`. Raises AssistantError: the message
    says what to do. Where the documents can't be read, or the index can't be written, the index
    that was there serves, with a warning.

    >>> mine = Assistant(corpus="my-documents/", index="my-index/")  # doctest: +SKIP
    >>> mine.answer("What is due by 2030?").found  # doctest: +SKIP
    True
    """

    def __init__(
        self,
        corpus: str | Path | None = None,
        index: str | Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        from assistant import index as indexes
        from assistant.embeddings import Embedder

        self.settings = Settings.load(corpus, index)
        self._embedder = Embedder(self.settings.model)
        try:
            self._index = indexes.build(self.settings, self._embedder, progress)
        except (CorpusError, IndexingError) as error:
            try:
                self._index = indexes.open_index(self.settings, self._embedder)
            except IndexingError:
                raise error from None
            warnings.warn(f"{error} Answering from the index as it was.", stacklevel=2)
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Runnable[dict[str, Any], Answer]] | None = None

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by id; citations' offsets point into their `text`."""
        return self._index.documents

    @property
    def passages(self) -> Sequence[Passage]:
        return self._index.passages

    def answer(self, question: str, history: Sequence[str] = ()) -> Answer:
        """Answer a question; `history` are the earlier questions, oldest first.

        Raises QuestionError for a question that is empty or far too long.
        """
        return self.as_runnable().invoke({"question": question, "history": list(history)})

    def confidence(self, question: str, history: Sequence[str] = ()) -> float:
        """How sure the assistant is that it can answer, 0 to 1; it answers above a threshold."""
        chain = self._ready()[0]
        asked = {"question": question, "history": list(history)}
        return float(
            chain.confidence(
                [[chain.attempt(part) for part in parts] for parts in chain.understand(asked)]
            )
        )

    def retrieve(self, question: str, k: int = 10) -> "list[Retrieved]":
        """The k passages nearest to a question, best first."""
        from assistant.question import clean
        from assistant.retrieval import retrieve

        return retrieve(self._index, self._embedder, clean(question), k)

    def as_runnable(self) -> "Runnable[dict[str, Any], Answer]":
        """The chain as a LangChain runnable: {"question": str, "history": [str]} -> Answer."""
        return self._ready()[1]

    def warm(self) -> None:
        """Load the models now, so that the first question is as quick as the next."""
        self._ready()
        self._embedder.load()

    def _ready(self) -> "tuple[Any, Runnable[dict[str, Any], Answer]]":
        with self._lock:
            if self._loaded is None:
                from assistant.chain import Chain, threshold

                chain = Chain(
                    self._index,
                    self._embedder,
                    self._reader(),
                    threshold(self.settings.strictness),
                )
                self._loaded = chain, chain.runnable()
            return self._loaded

    def _reader(self) -> "Reads":
        from assistant.reader import Reader
        from assistant.reader.overlap import OverlapReader

        if self.settings.reader == "off":
            return OverlapReader(self._index.lexical.idf)
        return Reader.load(None if self.settings.reader == "on" else Path(self.settings.reader))


@lru_cache(maxsize=1)
def _default() -> Assistant:
    return Assistant()


def answer(question: str, history: Sequence[str] = ()) -> Answer:
    """Answer a question from the corpus that the settings name, the project's own by default.

    >>> answer("What does ADAS stand for?").found
    True
    """
    return _default().answer(question, history)
