"""BM25 over passages: words in, stems out, scores for a question.

Robertson & Zaragoza 2009, in the variant of Lucene, as bm25s computes it (Lù 2024).
"""

import json
import logging
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant import languages
from assistant.normalisation import fold
from assistant.question import acronyms
from assistant.segmentation import HANGUL, SPACELESS, hangul, spaceless
from assistant.wordlists import function_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int32]

__all__ = ["VERSION", "Lexical", "best", "tokens"]

VERSION = 3  # raise it when the same text gives other terms, or the files look different

# Signs that belong to the letter before them; \w does not know them, and Indic vowels are some.
_MARKS = "".join(c for c in map(chr, range(0x300, 0x3100)) if unicodedata.category(c)[0] == "M")
_LETTER = rf"(?:(?![{SPACELESS}{HANGUL}])[^\W_]|[{_MARKS}])"
_NUMBER = r"\d+(?:[.,]\d+)*"
_TERM = re.compile(
    rf"(?P<spaceless>[{SPACELESS}]+)"
    rf"|(?P<hangul>[{HANGUL}]+)"
    rf"|(?<![\w-])(?P<range>{_NUMBER}-{_NUMBER})(?![\w-])"
    rf"|(?P<percent>{_NUMBER})(?:\s?%|\s?per\s?cent\b)"
    rf"|(?P<dotted>(?:[^\W\d_]\.){{2,}})"
    rf"|(?P<number>{_NUMBER}{_LETTER}*)"
    rf"|(?P<word>[^\W_]{_LETTER}*(?:'{_LETTER}+)*)"
)

_DATE_SIGN = re.compile("^[年月日号號년월일]")  # behind a number: of a question, no word of its own
_STEMLESS = frozenset(_TERM.groupindex) - {"word"}
_FILE = "words.json"
_ARRAYS = ("terms.npy", "starts.npy")


def tokens(text: str, language: str = "en", every: bool = False) -> list[str]:
    """The stems of a text in order, in any script, with the endings of its language cut off.

    Capitals, width and accents make no difference. A percentage and a range of numbers stand
    whole after their parts; thousands are joined; Chinese, Japanese and the like are cut into
    words, and those, like Korean ones, into pairs of characters; of a text to be searched, `every`
    pair is a term, so that it does not matter where a question's words begin.

    >>> tokens("V2X grew by 48 percent in 1–3 U.S. cities (ISO/SAE 21434)")
    ['v2x', 'grew', 'by', '48', '48%', 'in', '1', '3', '1-3', 'us', 'citi', 'iso', 'sae', '21434']
    >>> tokens("中国的汽车")
    ['中国', '汽车']
    """
    return [_stem(kind, term) for kind, term in _terms(text, language, every)]


class Lexical:
    """A BM25 index of texts, numbered from 0, kept as a folder of arrays and JSON."""

    def __init__(self, bm25: Any, vocabulary: Mapping[str, int], terms: "_Terms") -> None:
        self._bm25 = bm25  # None when no text holds a term
        self._terms = terms
        self._count = len(terms.starts) - 1
        self._rows: dict[str, int] = bm25.vocab_dict if bm25 else {}
        self.vocabulary = vocabulary
        self.languages = frozenset(kind for kind, _ in terms.names) - _STEMLESS

    languages: frozenset[str]
    """Those that words of the texts are stemmed in."""

    vocabulary: Mapping[str, int]
    """The words as they stand in the texts, casefolded, with how often; no numbers."""

    @classmethod
    def build(
        cls,
        texts: "Sequence[str | int]",
        last: "Lexical | None" = None,
        spoken: Sequence[str | None] = (),
    ) -> "Lexical":
        """Index texts in order; empty ones count, and match nothing.

        A number stands for that text of `last`, whose terms are taken over: most of the work.
        `spoken` are the texts' languages, English where left out.

        >>> old = Lexical.build(["a red house", "a red car"])
        >>> Lexical.build([1, "a tree"], old).search("cars", 2)[0][0]
        0
        """
        terms = _gather(texts, last._terms if last else None, spoken or [None] * len(texts))
        counts = np.bincount(terms.numbers, minlength=len(terms.names)).tolist()
        words: dict[str, int] = {}
        for (kind, term), count in zip(terms.names, counts, strict=True):
            if kind not in _STEMLESS:
                words[term] = words.get(term, 0) + count
        bm25 = None
        if terms.names:
            # Numbered here, in order: the library numbers terms in the order of a set.
            rows: dict[str, int] = {}
            row = np.array([rows.setdefault(_stem(*name), len(rows)) for name in terms.names])
            numbers = row[terms.numbers]
            stems = [numbers[start:end].tolist() for start, end in pairwise(terms.starts)]
            bm25 = _bm25s().BM25()
            bm25.index((stems, rows), show_progress=False)
        return cls(bm25, words, terms)

    def scores(self, query: str) -> "NDArray[np.float32]":
        """The score of every text, shape (n,); 0 where no word of the question stands.

        A question's function words are left out, unless it is made of nothing else. Its other
        words are looked for as each language of the texts would stem them.
        """
        silent = function_words(self.language(query)) - acronyms(query)
        found = list(_terms(query))
        content = [(k, term) for k, term in found if k in _STEMLESS or term not in silent]
        rows: list[int] = []
        for kind, term in content or found:
            kinds = [kind] if kind in _STEMLESS else sorted(self.languages)
            stems = dict.fromkeys(_stem(each, term) for each in kinds)
            rows.extend(self._rows[stem] for stem in stems if stem in self._rows)
        if not rows:
            return np.zeros(self._count, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(rows), dtype=np.float32)

    def language(self, question: str) -> str:
        """The language of a question to these texts."""
        return languages.asked_in(question, self.languages)

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """At most k (number, score) with a score above 0, best first, ties by number."""
        return best(self.scores(query), k)

    def idf(self, term: str) -> float:
        """How rare a stem is, Lucene's formula: about 0 in every text, highest when in none."""
        there = 0
        if term in self._rows:
            row, starts = self._rows[term], self._bm25.scores["indptr"]
            there = int(starts[row + 1] - starts[row])
        return math.log(1 + (self._count - there + 0.5) / (there + 0.5))

    def __contains__(self, term: object) -> bool:
        """Whether a stem stands in any text."""
        return term != "" and term in self._rows  # the library adds an empty one of its own

    def save(self, folder: Path) -> None:
        """Write the index into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        names = [f"{kind} {term}" for kind, term in self._terms.names]
        about = {"words": self.vocabulary, "terms": names}
        (folder / _FILE).write_text(json.dumps(about), encoding="utf-8")
        for name, array in zip(_ARRAYS, (self._terms.numbers, self._terms.starts), strict=True):
            np.save(folder / name, array)
        if self._bm25:
            self._bm25.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> "Lexical":
        """Open what `save` wrote. Raises OSError or ValueError."""
        about = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        names = [(kind, term) for kind, _, term in (n.partition(" ") for n in about["terms"])]
        arrays = (np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in _ARRAYS)
        bm25 = _bm25s().BM25.load(folder) if names else None
        return cls(bm25, about["words"], _Terms(names, *arrays))


@dataclass(frozen=True, slots=True)
class _Terms:
    """The terms of texts: those of text i are `names[n] for n in numbers[starts[i]:starts[i + 1]]`.

    A name is a (kind, term) as `_terms` gives it, each once; all are used.
    """

    names: Sequence[tuple[str, str]]
    numbers: "Numbers"
    starts: "Numbers"


def _gather(
    texts: "Sequence[str | int]", last: _Terms | None, spoken: Sequence[str | None]
) -> _Terms:
    """The terms of texts, those of a number taken from `last`."""
    known = {name: number for number, name in enumerate(last.names if last else ())}
    runs: list[Numbers] = []
    for text, language in zip(texts, spoken, strict=True):
        if isinstance(text, str):
            terms = _terms(text, languages.stemmed(language), every=True)
            found = [known.setdefault(name, len(known)) for name in terms]
            runs.append(np.array(found, dtype=np.int32))
        else:
            assert last  # or a number stands for nothing
            runs.append(last.numbers[last.starts[text] : last.starts[text + 1]])
    numbers = np.concatenate([*runs, np.zeros(0, dtype=np.int32)])
    starts = np.cumsum([0, *map(len, runs)], dtype=np.int32)
    used = np.flatnonzero(np.bincount(numbers, minlength=len(known)))
    names = list(known)
    places = np.zeros(len(names), dtype=np.int32)
    places[used] = np.arange(len(used))
    return _Terms([names[n] for n in used], places[numbers], starts)


def best(scores: "NDArray[np.float32]", k: int) -> list[tuple[int, float]]:
    """The k highest of the scores above 0 as (number, score), best first, ties by number."""
    hits = np.flatnonzero(scores > 0)
    order = hits[np.lexsort((hits, -scores[hits]))][:k]
    return [(int(number), float(scores[number])) for number in order]


def _terms(text: str, language: str = "en", every: bool = False) -> Iterator[tuple[str, str]]:
    """(kind, term) in order, casefolded; the kind of what has a stem is its language."""
    text = fold(text).casefold()
    for match in _TERM.finditer(text):
        kind, term = str(match.lastgroup), match[str(match.lastgroup)]
        if kind in ("spaceless", "hangul") and text[match.start() - 1 : match.start()].isdigit():
            term = term if every else _DATE_SIGN.sub("", term)
        match kind:
            case "spaceless":
                yield from ((kind, piece) for piece in spaceless(term, every))
            case "hangul":
                yield from ((kind, piece) for piece in hangul(term, every))
            case "range":
                first, last = map(_digits, term.split("-"))
                yield from ((kind, part) for part in (first, last, f"{first}-{last}"))
            case "percent":
                yield from ((kind, part) for part in (_digits(term), f"{_digits(term)}%"))
            case "dotted":
                yield kind, term.replace(".", "")
            case "number":
                yield kind, _digits(term)
            case _:
                yield language, term


def _stem(kind: str, term: str) -> str:
    return term if kind in _STEMLESS else languages.stem(term, kind)


def _digits(number: str) -> str:
    """A number without the commas of its thousands."""
    return re.sub(r",(?=\d{3}(?:\D|$))", "", number)


def _bm25s() -> Any:
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it asks for all of its messages itself
    return bm25s
