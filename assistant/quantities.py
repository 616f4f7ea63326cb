"""Numbers of a text, in digits or English words, and the ranges that they make."""

import math
import re
from functools import lru_cache

from assistant.dates import is_year
from assistant.normalisation import fold, lowered

__all__ = ["NUMBERS", "ORDINALS", "bracket", "numbers"]

_TO_NINETEEN = """two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
NUMBERS = {word: number for number, word in enumerate(_TO_NINETEEN, start=2)} | {
    word: 10 * number for number, word in enumerate(_TENS, start=2)
}
"""What number words say; "one" is mostly a pronoun."""

_NAMED = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
ORDINALS = {name: n for n, name in enumerate(_NAMED, 1)} | {
    f"{n}{'st nd rd'.split()[n - 1] if n < 4 else 'th'}": n for n in range(1, 11)
}
"""The places that "first" to "tenth" and "1st" to "10th" say."""

_WHOLE = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?!\w|\.\d|,\d{3})")
_FIGURE = r"((?<![\d,])\d[\d,]{0,19}(?:\.\d{1,20})?)"  # bounded: labels may be long
_UNIT = r"\s*(?:(?:[A-Z]{2,4}|[$€£¥%])\s*)?"
_ROUNDS = {"hundred": "100", "thousand": "1000", "million": "1000000"}
_ROUND = re.compile(rf"\b(?:a|one) ({'|'.join(_ROUNDS)})\b", re.IGNORECASE)
_NUMBERED = re.compile(
    rf"\b(?:(?:{'|'.join(_TENS)})[- ](?:one|{'|'.join(_TO_NINETEEN[:8])})|{'|'.join(NUMBERS)})\b",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"(?<![\w.-]){_FIGURE}\s*(?:%|[bm]illion\b)?\s*(?:-|–|\bto\b|\band\b){_UNIT}{_FIGURE}(?![\w-]*\d)"
)
_ABOVE = re.compile(
    r"(?:\b(?:more|older|longer|larger|bigger|greater|higher) than|\bover|\babove|\bexceeding"
    rf"|\bbeyond|\bat least|>){_UNIT}{_FIGURE}"
    rf"|{_FIGURE}[\w %]{{0,20}}(?:\bor|\band)"
    r" (?:above|more|over|older|longer|larger|higher|greater)\b",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"(?:\b(?:less|fewer|younger|shorter|smaller|lower) than|\bunder|\bbelow|\bup to|\bat most|<)"
    rf"{_UNIT}{_FIGURE}|{_FIGURE}[\w %]{{0,20}}(?:\bor|\band)"
    r" (?:below|less|fewer|under|younger|shorter|smaller|lower)\b",
    re.IGNORECASE,
)


def numbers(text: str) -> frozenset[int]:
    """The whole numbers of a text, in digits or words.

    >>> sorted(numbers("two to five, or 1,000-3,000"))
    [2, 5, 1000, 3000]
    """
    digits = (int(n.replace(",", "")) for n in _WHOLE.findall(text))
    named = (_number(lowered(found[0])) for found in _NUMBERED.finditer(text))
    return frozenset([*digits, *named])


@lru_cache(maxsize=4096)
def bracket(text: str) -> tuple[float, float] | None:
    """The range of numbers that a text names first, its ends as they are written.

    >>> bracket("firms with 101-300 staff"), bracket("over 80%"), bracket("1,001 or above")
    ((101.0, 300.0), (80.0, inf), (1001.0, inf))
    """
    text = _ROUND.sub(lambda found: _ROUNDS[lowered(found[1])], fold(text))
    text = _NUMBERED.sub(lambda found: str(_number(lowered(found[0]))), text)
    both = _RANGE.search(text)
    if both and not (is_year(_value(both[1])) and "," not in both[1]):
        return _value(both[1]), _value(both[2])
    above, below = _ABOVE.search(text), _BELOW.search(text)
    if above:
        return _value(above[1] or above[2]), math.inf
    return (0.0, _value(below[1] or below[2])) if below else None


def _number(said: str) -> int:
    return sum(NUMBERS.get(word, 1) for word in re.split("[- ]", said))


def _value(number: str) -> float:
    return float(number.replace(",", ""))
