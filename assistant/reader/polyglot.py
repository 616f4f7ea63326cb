"""Who reads what: the model where it knows the language, words in common elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Protocol

from assistant.languages import known
from assistant.lexical import Lexical
from assistant.normalisation import Plain, plain
from assistant.reader.overlap import OverlapReader
from assistant.reader.reading import Reading

__all__ = ["Polyglot", "Reads"]


class Reads(Protocol):
    """Anything that reads passages: the trained reader, or word overlap."""

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]: ...


class Polyglot:
    """Has passages read by a reader that knows the languages of both question and passage.

    What they read is a passage's plain form; the offsets that come back are its own.
    """

    def __init__(self, reader: Reads, lexical: Lexical) -> None:
        self._reader = reader
        self._overlap = OverlapReader(lexical.idf, lexical.language)
        self._language = lexical.language
        self._knows: frozenset[str] = getattr(reader, "languages", frozenset({"en"}))

    def reads(self, question: str, language: str | None) -> Literal["trained", "overlap", "other"]:
        """What reads a passage in a language: a model, or words in common; "other" where those
        take the place of a model that does not know the language of question or passage."""
        english = self._language(question) == "en" and known(language)
        if isinstance(self._reader, OverlapReader):
            return "overlap" if english else "other"
        asked = known(self._language(question), self._knows)
        return "trained" if asked and known(language, self._knows) else "other"

    def read(
        self, question: str, passages: Sequence[str], languages: Sequence[str | None]
    ) -> list[Reading]:
        """One Reading a passage, in their order; `languages` are the passages', None unknown."""
        texts = [plain(passage) for passage in passages]
        readable = [self.reads(question, language) != "other" for language in languages]
        found: dict[int, Reading] = {}
        for reader, wanted in ((self._reader, True), (self._overlap, False)):
            numbers = [n for n, ok in enumerate(readable) if ok is wanted]
            if numbers:
                readings = reader.read(question, [texts[n].text for n in numbers])
                found |= zip(numbers, readings, strict=True)
        return [_back(found[n], text) for n, text in enumerate(texts)]


def _back(reading: Reading, text: Plain) -> Reading:
    """A reading of a plain form with the offsets of what it is the form of."""
    if text.starts is None:
        return reading
    start, end = text.source(reading.start, reading.end)
    spans = tuple(text.source(*span) for span in reading.spans)
    return replace(reading, start=start, end=end, spans=spans)
