"""A question's words brought towards the documents': slips mended, initials spelled out."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from assistant.question import FUNCTION_WORDS, words

__all__ = ["correct", "spell_out"]

_VOCABULARY = Path(__file__).parent / "reader" / "weights" / "tokenizer.json"
MIN_LENGTH = 4


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """The whole words of BERT's word-piece vocabulary (Devlin et al. 2019): about 20,000 common
    English words and names, which no slip made."""
    model = json.loads(_VOCABULARY.read_text(encoding="utf-8"))["model"]
    return frozenset(word for word in model["vocab"] if word.isalpha())


def correct(question: str, vocabulary: Mapping[str, int]) -> str:
    """A question with each unknown word replaced by the nearest word of the documents.

    `vocabulary` holds the documents' words, casefolded, with their counts. A word stays as it is
    when it is English, when it has a capital inside or a digit, or when nothing is within one
    slip (two from eight letters on), a swap of neighbours counting as one (Damerau 1964).

    >>> correct("Whcih categorys?", {"categories": 3, "which": 1})
    'which categories?'
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    for word in dict.fromkeys(words(question)):
        low = word.casefold()
        if (
            len(word) < MIN_LENGTH
            or not word.isalpha()
            or not (word.islower() or word.istitle() or question.isupper())
            or low in vocabulary
            or low in FUNCTION_WORDS
            or low in _english()
        ):
            continue
        slips = 1 if len(word) < 8 else 2
        near = process.extract(
            low,
            [*vocabulary, *FUNCTION_WORDS - vocabulary.keys()],
            scorer=OSA.distance,
            score_cutoff=slips,
            limit=None,
        )
        ranked = [(slip, -vocabulary.get(w, 0), w) for w, slip, _ in near if w.isalpha()]
        if ranked:
            question = _replace(question, word, min(ranked)[2])
    return question


def spell_out(question: str, vocabulary: Mapping[str, int], texts: Iterable[str]) -> str:
    """Initials that the documents never use, replaced by the words that they stand for there.

    Only where the same words with these initials stand at least twice.

    >>> spell_out("NEV sales?", {}, ["new energy vehicles and new energy vehicles"])
    'new energy vehicles sales?'
    """
    texts = list(texts)
    for word in dict.fromkeys(words(question)):
        letters = word.removesuffix("s")
        if not (3 <= len(letters) <= 6 and letters.isalpha() and letters.isupper()):
            continue
        if word.casefold() in vocabulary or letters.casefold() in vocabulary:
            continue
        pattern = re.compile(
            r"\b" + r"[ -]".join(rf"{letter}[a-z]+" for letter in letters.lower()) + r"\b", re.I
        )
        found = Counter(match[0].lower() for text in texts for match in pattern.finditer(text))
        if found:
            phrase, count = min(found.items(), key=lambda item: (-item[1], item[0]))
            if count > 1:
                question = _replace(question, word, phrase)
    return question


def _replace(text: str, old: str, new: str) -> str:
    import re

    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text)
