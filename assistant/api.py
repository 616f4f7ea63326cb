"""What every surface calls: an Assistant over one corpus and one index."""

import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError, CorpusError, IndexingError, QuestionError
from assistant.sentences import LANGUAGES
from assistant.settings import Settings
from assistant.types import Answer, Document, Entry, Passage

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable
    from langchain_core.tools import StructuredTool

    from assistant.chain import Chain, Reads
    from assistant.index import Index
    from assistant.library import Changes
    from assistant.reader import Reader
    from assistant.retrieval import Retrieved

    Runnables = Mapping[str, Runnable[dict[str, Any], Answer]]  # by language

__all__ = ["Assistant", "answer"]

Progress = Callable[[str, int, int], None]

LOOK = 1.0  # seconds between looks at whether another process has built the index anew


@dataclass(slots=True)
class _Serving:
    """What answers: an index, and the chain over it once it has been asked for."""

    index: "Index"
    chain: "tuple[Chain, Runnables] | None" = None


class Assistant:
    """Answers questions about a folder of documents. Safe to use from several threads.

    The index is opened when the Assistant is made, and built first where it is missing or the
    documents have changed; `progress` is told the step, what is done and how much there is.
    Models are loaded with the first question, or by `warm()`. Raises AssistantError: the message
    says what to do. Where the documents can't be read, or the index can't be written, the index
    that was there serves, with a warning; files that can't be read are warned of, too.

    Documents may be added, removed and refreshed while questions are answered: those under way
    end on the index that they began with. What another process has built is taken up with the
    next question.

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
        from assistant import library
        from assistant.embeddings import Embedder

        self.settings = Settings.load(corpus, index)
        self._embedder = Embedder(self.settings.model)
        before = indexes.pointer(self.settings.index)
        try:
            opened = library.refresh(self.settings, self._embedder, progress)
            failed = library.failures(opened.entries)
            if opened.id != before and failed:
                warnings.warn(failed, stacklevel=2)
        except (CorpusError, IndexingError) as error:
            try:
                opened = indexes.open_index(self.settings, self._embedder)
            except IndexingError:
                raise error from None
            said = f"{error} {opened.problem}".strip()
            warnings.warn(f"{said} Answering from the index as it was.", stacklevel=2)
        self._serving = _Serving(opened)
        self._lock = threading.Lock()  # the chain is made once
        self._writing = threading.Lock()  # one change at a time
        self._turn = threading.Lock()  # what serves changes in the order of the generations
        self._seen: str | None = opened.id
        self._look = time.monotonic() + LOOK

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by id; citations' offsets point into their `text`."""
        return self._serving.index.documents

    @property
    def passages(self) -> Sequence[Passage]:
        return self._serving.index.passages

    @property
    def entries(self) -> Sequence[Entry]:
        """The files of the corpus folder, and what became of each."""
        return self._serving.index.entries

    def add(
        self,
        paths: Sequence[str | Path],
        names: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> list[Entry]:
        """Copy files, and the documents of folders, into the corpus folder and index them.

        Returns an entry for each file: indexed, a duplicate of what is there already, or failed,
        with the reason. `names` are what the files are called, where their paths do not say it. A
        file of the same name replaces its old self. Raises AssistantError where nothing could be
        done; then the documents that were there are still answered from.
        """
        from assistant import library

        with self._writing:
            index, entries = library.add(self.settings, self._embedder, paths, names, progress)
            self._serve(index)
        return entries

    def remove(self, ids: Sequence[str], progress: Progress | None = None) -> list[Entry]:
        """Delete documents by id, or files by name, from the corpus folder; what is gone.

        Raises CorpusError for what is not there, before anything is deleted.
        """
        from assistant import library

        with self._writing:
            index, entries = library.remove(self.settings, self._embedder, ids, progress)
            self._serve(index)
        return entries

    def refresh(self, progress: Progress | None = None, *, retry: bool = False) -> "Changes":
        """Take up what has changed in the corpus folder; files that failed are read again where
        they have changed, or to `retry`. Raises AssistantError; what was there still serves."""
        from assistant import library

        with self._writing:
            before = self.entries
            self._serve(library.refresh(self.settings, self._embedder, progress, retry=retry))
            return library.changes(before, self.entries)

    @property
    def notice(self) -> str | None:
        """What the owner of the documents should know and can change: that the embedding model
        does not know their language. None where all is well."""
        from assistant import languages

        model = self._embedder
        return languages.warning(self.documents.values(), model.name, model.languages)

    def answer(self, question: str, history: Sequence[str] = (), language: str = "en") -> Answer:
        """Answer a question; `history` are the earlier questions, oldest first.

        What the answer says besides its quotes, as why there is none, is in `language`, "en" or
        "zh". Raises QuestionError for another one, for a question that is empty or far too long,
        and for a `history` that is one string.
        """
        if language not in LANGUAGES:
            raise QuestionError(f"Answers are given in {' and '.join(LANGUAGES)}: {language!r}.")
        if isinstance(history, str):  # whose letters would be taken for questions
            raise QuestionError("history is a list of questions, oldest first.")
        runnable = self._ready()[1][language]
        return runnable.invoke({"question": question, "history": list(history)})

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

        self._notice_others()
        return retrieve(self._serving.index, self._embedder, clean(question), k)

    def as_runnable(self) -> "Runnable[dict[str, Any], Answer]":
        """The chain as a LangChain runnable: {"question": str, "history": [str]} -> Answer."""
        from langchain_core.runnables import RunnableLambda

        def current(asked: dict[str, Any]) -> "Runnable[dict[str, Any], Answer]":
            return self._ready()[1]["en"]

        self._ready()
        return RunnableLambda(current)

    def as_tool(self) -> "StructuredTool":
        """A LangChain tool, `ask_documents`: see `assistant.tools`."""
        from assistant.tools import as_tool

        return as_tool(self)

    def warm(self) -> None:
        """Load the models now, so that the first question is as quick as the next."""
        self._ready()
        self._embedder.load()
        _ = self._serving.index.by_chroma

    def _ready(self) -> "tuple[Chain, Runnables]":
        self._notice_others()
        serving = self._serving
        with self._lock:
            if serving.chain is None:
                serving.chain = self._chain(serving.index)
            return serving.chain

    def _chain(self, index: "Index") -> "tuple[Chain, Runnables]":
        from assistant.chain import Chain, threshold
        from assistant.reader.overlap import OverlapReader

        reads: Reads
        if self.settings.reader == "off":
            reads = OverlapReader(index.lexical.idf, index.lexical.language)
        else:
            reads = self._reader
        chain = Chain(index, self._embedder, reads, threshold(self.settings.strictness))
        return chain, {language: chain.runnable(language) for language in LANGUAGES}

    @cached_property
    def _reader(self) -> "Reader":
        from assistant.reader import Reader

        return Reader.load(None if self.settings.reader == "on" else Path(self.settings.reader))

    def _notice_others(self) -> None:
        """Take up what another process has built, looking for it once in a while."""
        if time.monotonic() < self._look or not self._turn.acquire(blocking=False):
            return
        try:
            from assistant import index as indexes

            self._look = time.monotonic() + LOOK
            current = indexes.pointer(self.settings.index)
            if current is not None and current != self._seen:
                self._seen = current
                with suppress(AssistantError):  # what was there still serves
                    self._take_up(indexes.open_index(self.settings, self._embedder))
        finally:
            self._turn.release()

    def _serve(self, index: "Index") -> None:
        with self._turn:
            self._take_up(index)

    def _take_up(self, index: "Index") -> None:
        self._seen = index.id
        if index.id == self._serving.index.id:
            index.close()
            return
        asked_for = self._serving.chain is not None
        self._serving = _Serving(index, self._chain(index) if asked_for else None)


@lru_cache(maxsize=1)
def _default() -> Assistant:
    return Assistant()


def answer(question: str, history: Sequence[str] = ()) -> Answer:
    """Answer a question from the corpus that the settings name, the project's own by default.

    >>> answer("What does ADAS stand for?").found
    True
    """
    return _default().answer(question, history)
