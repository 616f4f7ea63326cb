"""Words in scripts that put no space between them, or much behind each word."""

import re
from collections.abc import Iterator

from assistant.question import words
from assistant.wordlists import function_words

__all__ = ["CHINESE", "HANGUL", "KANA", "SPACELESS", "hangul", "spaceless", "surface"]

CHINESE = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KATAKANA = "\u30a1-\u30ff\u31f0-\u31ff"
KANA = "\u3041-\u309f" + _KATAKANA
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
SPACELESS = CHINESE + KANA + _SOUTH_EAST
"""Characters of the scripts that put no space between words, for a class in a pattern."""

_SPACELESS_RUN = re.compile(f"[{SPACELESS}]")
_HAN = re.compile(f"[{CHINESE}]")
_KANAS = re.compile(f"[{KANA}]")
_BASES = re.compile(f"[{CHINESE}{_KATAKANA}]")  # and katakana, not endings
_SOUTH_EASTERN = re.compile(f"[{_SOUTH_EAST}]")
# Particles and endings behind a Korean word, the longest first.
_KOREAN_TAIL = re.compile(
    "(?:으로부터|에서부터|이었습니까|이었습니다|였습니까|였습니다|이라고|입니까|입니다|인가요|이라는|에서는"
    "|에게서|되었습니까|되었습니다|됐습니까|됐습니다|했습니까|했습니다|합니까|합니다|됩니까|됩니다|이며|이고"
    "|습니까|습니다|에서|에게|으로|부터|까지|처럼|보다|이나|라는|하는|되는|인가|했나요|하나요|되나요|은|는|이|가"
    "|을|를|의|에|로|와|과|도|만|나)$"
)


def spaceless(run: str, every: bool = False) -> Iterator[str]:
    """The terms of a run of characters that has no spaces: ICU's words, by its dictionaries.

    Particles and question words are left out. Chinese and Japanese words come as their pairs of
    characters, or the one. Where a word begins is often unsure: of a text to be searched, `every`
    pair and Chinese character is a term, whatever word a question makes of it.

    >>> list(spaceless("公司的总部位于哪里"))
    ['公司', '总部']
    """
    if every and not _SOUTH_EASTERN.search(run):
        yield from _pairs(run)
        yield from _HAN.findall(run) if len(run) > 1 else ()
        return
    silent = frozenset() if every else function_words("ja" if _KANAS.search(run) else "zh")
    single = ""
    for word in _words(run):
        characters = "" if word in silent else "".join(_BASES.findall(word))
        if len(characters) == 1:
            single += characters
            continue
        yield from _pairs(single)
        single = ""
        if characters:
            yield from _pairs(characters)
        elif word not in silent and _SOUTH_EASTERN.search(word):
            yield word
        elif word not in silent and len(word) > 2:
            yield from _pairs(word)
    yield from _pairs(single)


def _words(run: str) -> Iterator[str]:
    from icu4py.breakers import WordBreaker

    return iter(WordBreaker(run, "ja"))  # its one dictionary of Chinese and Japanese


def hangul(word: str, every: bool = False) -> Iterator[str]:
    """The terms of a Korean word: its pairs of syllables, without what is put behind it unless
    `every` pair is wanted.

    >>> list(hangul("인구는"))
    ['인구']
    """
    if every:
        yield from _pairs(word)
        return
    silent = function_words("ko")
    bare = _KOREAN_TAIL.sub("", word) if len(word) > 2 else word
    bare = bare if len(bare) > 1 else word
    if not {word, bare} & silent:
        yield from _pairs(bare)


def surface(text: str) -> list[str]:
    """A question's words as they stand, those of scripts without spaces too.

    >>> surface("BMS的成本是多少？")
    ['BMS', '的', '成本', '是', '多少']
    """
    found: list[str] = []
    for word in words(text):
        inside = _words(word) if _SPACELESS_RUN.search(word) else [word]
        found.extend(piece for piece in inside if any(c.isalnum() for c in piece))
    return found


def _pairs(text: str) -> Iterator[str]:
    if text:
        yield from (text[i : i + 2] for i in range(max(1, len(text) - 1)))
