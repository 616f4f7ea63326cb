"""A question's words brought towards the documents': slips mended, acronyms written in capitals
or spelled out."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from assistant.question import words
from assistant.segmentation import HANGUL, SPACELESS
from assistant.wordlists import function_words

__all__ = ["as_written", "correct", "spell_out"]

_VOCABULARY = Path(__file__).parent / "reader" / "weights" / "tokenizer.json"
MIN_LENGTH = 4
MIN_ELSEWHERE = 8
MAX_UNKNOWN = 8  # words of a question that are looked for in all documents
MAX_ACRONYM = 6  # letters
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


def correct(
    question: str,
    vocabulary: Mapping[str, int],
    language: str = "en",
    texts: Sequence[str] = (),
) -> str:
    """A question with each unknown word replaced by the nearest word of the documents.

    `vocabulary` holds the documents' words, casefolded, with their counts. A word stays as it is
    when it is English, when it has a capital inside or a digit, or when nothing is within one
    slip (two from eight letters on), a swap of neighbours counting as one (Damerau 1964). A word
    with a capital among small letters, which may be a name, keeps its first letter; unless the
    question begins with it, it becomes no function word and none that the documents, `texts`,
    write small. In another language, whose common words are not known, only long words are
    replaced.

    >>> correct("Whcih categorys?", {"categories": 3, "which": 1})
    'which categories?'
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    silent = function_words(language)
    shortest = MIN_LENGTH if language == "en" else MIN_ELSEWHERE
    left = MAX_UNKNOWN
    for word in dict.fromkeys(words(question)):
        low = word.casefold()
        if (american := _american(low)) in vocabulary and low not in vocabulary:
            question = _replace(question, word, american)
            continue
        if (
            len(word) < shortest
            or not word.isalpha()
            or not (word.islower() or word.istitle() or question.isupper())
            or {low, f"{low}s", low.removesuffix("s")} & vocabulary.keys()
            or low in silent
            or low in _english()
            or _inflected(low)
            or _UNSPELLED.search(word)
            or not left
        ):
            continue
        left -= 1
        slips = 1 if len(word) < 8 or language != "en" else 2
        named = not (word.islower() or question.isupper())
        inside = named and not re.search(rf"(?:^|[.?!:\"'])\s*{word}\b", question)
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
            if w.isalpha() and (not named or w[0] == low[0]) and not (inside and w in silent)
        ]
        if not ranked:
            continue
        nearest = min(ranked)[2]
        small = named and _is_small(nearest, texts)
        if not (inside and small):
            capital = named and texts and not small and nearest not in silent
            question = _replace(question, word, nearest.title() if capital else nearest)
    return question


def _is_small(word: str, texts: Sequence[str]) -> bool:
    """Whether a word stands in texts in small letters, and with a capital only at the beginning of
    sentences."""
    capital = re.compile(rf"[\w,|#-] \**{word.title()}\b")
    small = re.compile(rf"\b{word}\b")
    return any(map(small.search, texts)) and not any(map(capital.search, texts))


def as_written(question: str, vocabulary: Mapping[str, int], texts: Sequence[str]) -> str:
    """A question with the acronyms that it has in small letters as the documents always write them.

    >>> as_written("what is bms?", {"bms": 1}, ["The BMS is new."])
    'what is BMS?'
    >>> as_written("what is bms?", {"bms": 2}, ["bms, BMS"])
    'what is bms?'
    """
    known = function_words("en") | _english()
    unknown = (
        word
        for word in dict.fromkeys(words(question))
        if word.islower() and word not in known and (word in vocabulary or not word.isalpha())
    )
    for word in [w for w in unknown if 2 <= len(w) <= MAX_ACRONYM][:MAX_UNKNOWN]:
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        forms: Counter[str] = Counter()
        for found in itertools.chain.from_iterable(map(pattern.finditer, texts)):
            if sum(map(str.isupper, found[0])) < 2:
                break
            forms[found[0]] += 1
        else:
            if forms:
                question = _replace(question, word, forms.most_common(1)[0][0])
    return question


def spell_out(question: str, vocabulary: Mapping[str, int], texts: Sequence[str]) -> str:
    """Initials that the documents never use, replaced by the words that they stand for there.

    Only where the same words with these initials stand at least twice.

    >>> spell_out("NEV sales?", {}, ["new energy vehicles and new energy vehicles"])
    'new energy vehicles sales?'
    """
    known = function_words("en") | _english() if question.isupper() else frozenset()
    unknown = [
        (word, letters)
        for word in dict.fromkeys(words(question))
        if 3 <= len(letters := word.removesuffix("s")) <= MAX_ACRONYM
        and letters.isalpha()
        and letters.isupper()
        and letters.casefold() not in known
        and not {word.casefold(), letters.casefold()} & vocabulary.keys()
    ]
    for word, letters in unknown[:MAX_UNKNOWN]:
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
