"""BM25 over passages: words in, stems out, scores for a question.

Robertson & Zaragoza 2009, in the variant of Lucene, as bm25s computes it (Lù 2024).
"""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.question import FUNCTION_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["VERSION", "Lexical", "best", "tokens"]

VERSION = 1  # raise it when the same text gives other terms, or the files look different

# Signs that belong to the letter before them; \w does not know them, and Indic vowels are some.
_MARKS = "".join(c for c in map(chr, range(0x300, 0x3100)) if unicodedata.category(c)[0] == "M")
_CJK = "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_LETTER = rf"(?:(?![{_CJK}])[^\W_]|[{_MARKS}])"
_NUMBER = r"\d+(?:[.,]\d+)*"
_TERM = re.compile(
    rf"(?P<cjk>[{_CJK}]+)"
    rf"|(?<![\w-])(?P<range>{_NUMBER}-{_NUMBER})(?![\w-])"
    rf"|(?P<percent>{_NUMBER})(?:\s?%|\s?per\s?cent\b)"
    rf"|(?P<dotted>(?:[^\W\d_]\.){{2,}})"
    rf"|(?P<number>{_NUMBER}{_LETTER}*)"
    rf"|(?P<word>[^\W_]{_LETTER}*(?:'{_LETTER}+)*)"
)
_SIGNS = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "−": "-"})
_ACCENT = re.compile("[\u0300-\u036f]+")

_FILE = "words.json"


def tokens(text: str) -> list[str]:
    """The stems of a text in order, in any script.

    Capitals, width and accents make no difference. A percentage and a range of numbers stand
    whole after their parts; thousands are joined; Chinese, Japanese and Korean, which have no
    spaces (or endings that vary), come as pairs of characters.

    >>> tokens("V2X grew by 48 percent in 1–3 U.S. cities (ISO/SAE 21434)")
    ['v2x', 'grew', 'by', '48', '48%', 'in', '1', '3', '1-3', 'us', 'citi', 'iso', 'sae', '21434']
    >>> tokens("中国汽车")
    ['中国', '国汽', '汽车']
    """
    return [_stem(term) if kind == "word" else term for kind, term in _terms(text)]


class Lexical:
    """A BM25 index of texts, numbered from 0, kept as a folder of arrays and JSON."""

    def __init__(self, bm25: Any, vocabulary: Mapping[str, int], count: int) -> None:
        self._bm25 = bm25  # None when no text holds a term
        self._count = count
        self._rows: dict[str, int] = bm25.vocab_dict if bm25 else {}
        self.vocabulary = vocabulary

    vocabulary: Mapping[str, int]
    """The words as they stand in the texts, casefolded, with how often; no numbers."""

    @classmethod
    def build(cls, texts: Sequence[str]) -> "Lexical":
        """Index texts in order; empty ones count, and match nothing.

        >>> Lexical.build(["a red house", "a red car", "a tree"]).search("cars", 2)[0][0]
        1
        """
        words: Counter[str] = Counter()
        stems = []
        for text in texts:
            found = list(_terms(text))
            words.update(term for kind, term in found if kind == "word")
            stems.append([_stem(term) if kind == "word" else term for kind, term in found])
        bm25 = None
        if any(stems):
            # Numbered here, in order: the library numbers terms in the order of a set.
            rows = {
                term: row for row, term in enumerate(dict.fromkeys(t for s in stems for t in s))
            }
            bm25 = _bm25s().BM25()
            bm25.index(([[rows[t] for t in s] for s in stems], rows), show_progress=False)
        return cls(bm25, dict(words), len(stems))

    def scores(self, query: str) -> "NDArray[np.float32]":
        """The score of every text, shape (n,); 0 where no word of the question stands.

        A question's function words are left out, unless it is made of nothing else.
        """
        found = list(_terms(query))
        content = [(k, term) for k, term in found if k != "word" or term not in FUNCTION_WORDS]
        stems = [_stem(term) if kind == "word" else term for kind, term in content or found]
        rows = [self._rows[stem] for stem in stems if stem in self._rows]
        if not rows:
            return np.zeros(self._count, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(rows), dtype=np.float32)

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
        about = {"count": self._count, "terms": bool(self._bm25), "words": self.vocabulary}
        (folder / _FILE).write_text(json.dumps(about), encoding="utf-8")
        if self._bm25:
            self._bm25.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> "Lexical":
        """Open what `save` wrote, its arrays memory-mapped. Raises OSError or ValueError."""
        about = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        bm25 = _bm25s().BM25.load(folder, mmap=True) if about["terms"] else None
        return cls(bm25, about["words"], about["count"])


def best(scores: "NDArray[np.float32]", k: int) -> list[tuple[int, float]]:
    """The k highest of the scores above 0 as (number, score), best first, ties by number."""
    hits = np.flatnonzero(scores > 0)
    order = hits[np.lexsort((hits, -scores[hits]))][:k]
    return [(int(number), float(scores[number])) for number in order]


def _terms(text: str) -> Iterator[tuple[str, str]]:
    """(kind, term) in order, casefolded; kind is "word" where the stemmer has a say."""
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS).casefold()
    for match in _TERM.finditer(text):
        kind, term = str(match.lastgroup), match[str(match.lastgroup)]
        match kind:
            case "cjk":
                yield from ((kind, term[i : i + 2]) for i in range(max(1, len(term) - 1)))
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
                yield kind, term


def _digits(number: str) -> str:
    """A number without the commas of its thousands."""
    return re.sub(r",(?=\d{3}(?:\D|$))", "", number)


def _stem(word: str) -> str:
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", word))
    return _stemmer()(unicodedata.normalize("NFKC", plain))


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    import threading

    from Stemmer import Stemmer

    stemmer, lock = Stemmer("english"), threading.Lock()  # a stemmer serves one thread at a time

    def stem(word: str) -> str:
        with lock:
            return str(stemmer.stemWord(word))

    return stem


def _bm25s() -> Any:
    import bm25s

    return bm25s
