"""A question's words brought towards the documents': slips mended, initials spelled out."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from assistant.question import words
from assistant.segmentation import HANGUL, SPACELESS
from assistant.wordlists import function_words

__all__ = ["correct", "spell_out"]

_VOCABULARY = Path(__file__).parent / "reader" / "weights" / "tokenizer.json"
MIN_LENGTH = 4
MIN_ELSEWHERE = 8
_UNSPELLED = re.compile(f"[{SPACELESS}{HANGUL}]")  # words that are not spelled in letters


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """The whole words of BERT's word-piece vocabulary (Devlin et al. 2019): about 20,000 common
    English words and names, which no slip made."""
    model = json.loads(_VOCABULARY.read_text(encoding="utf-8"))["model"]
    return frozenset(word for word in model["vocab"] if word.isalpha())


def _inflected(word: str) -> bool:
    """Whether a word is a common English one with an ending, or in its British spelling.

    >>> _inflected("complying"), _inflected("criticise"), _inflected("categroying")
    (True, True, False)
    """
    if _american(word) in _english():
        return True
    for ending in ("ing", "ed", "ly", "er", "ers", "ise", "ises", "ised", "ising", "isation"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= MIN_LENGTH:
            bases = {base, base + "e", base[:-1] if base[-1] == base[-2] else base}
            if bases & _english():
                return True
    return False


def _american(word: str) -> str:
    """ "utilisation" -> "utilization"; other words as they are."""
    return re.sub(r"is(?=(?:e[ds]?|ers?|ing|ations?)$)", "iz", word)


def correct(question: str, vocabulary: Mapping[str, int], language: str = "en") -> str:
    """A question with each unknown word replaced by the nearest word of the documents.

    `vocabulary` holds the documents' words, casefolded, with their counts. A word stays as it is
    when it is English, when it has a capital inside or a digit, or when nothing is within one
    slip (two from eight letters on), a swap of neighbours counting as one (Damerau 1964). A word
    with a capital among small letters, which may be a name, keeps its first letter, and becomes a
    function word only where the question begins. In another language, whose common words are not
    known, only long words are replaced.

    >>> correct("Whcih categorys?", {"categories": 3, "which": 1})
    'which categories?'
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    silent = function_words(language)
    shortest = MIN_LENGTH if language == "en" else MIN_ELSEWHERE
    for word in dict.fromkeys(words(question)):
        low = word.casefold()
        if (american := _american(low)) in vocabulary and low not in vocabulary:
            question = _replace(question, word, american)
            continue
        if (
            len(word) < shortest
            or not word.isalpha()
            or not (word.islower() or word.istitle() or question.isupper())
            or low in vocabulary
            or low in silent
            or low in _english()
            or _inflected(low)
            or _UNSPELLED.search(word)
        ):
            continue
        slips = 1 if len(word) < 8 or language != "en" else 2
        named = not (word.islower() or question.isupper())
        opens = re.search(rf"(?:^|[.?!:\"'])\s*{word}\b", question)
        near = process.extract(
            low,
            [*vocabulary, *silent - vocabulary.keys()],
            scorer=OSA.distance,
            score_cutoff=slips,
            limit=None,
        )
        ranked = [
            (slip, -vocabulary.get(w, 0), w)
            for w, slip, _ in near
            if w.isalpha() and (not named or (w[0] == low[0] and (opens or w not in silent)))
        ]
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
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text)
