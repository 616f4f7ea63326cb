"""One way to write what can be written in several: full width, ligatures, accents as signs of
their own, curly quotes, dashes, spaces of all widths, and characters that nobody sees.

Documents stay as they are, and are quoted as they are. Whatever compares, searches or reads them
does so on their plain form.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Plain", "fold", "lowered", "plain"]

MAX_KEPT = 10_000  # characters of a text whose plain form is kept

_QUOTES = dict.fromkeys("‘’‚‛′ʼ´", "'") | dict.fromkeys("“”„‟″", '"')
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-")
_SIGNS = str.maketrans(_QUOTES | _DASHES)
# Nobody sees them: soft hyphen, zero-width spaces and joiners, marks of direction, variants.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_I = str.maketrans("İı", "ii")
_SPACE = re.compile(r"[^\S\n ]")
_NUMBERS_APART = re.compile(r"(?<=\d)[—―~](?=\d)")  # as Chinese writes a range
# What can change: anything that is not plain ASCII.
_OTHER = re.compile(r"[^\n -~]")
_SAME = re.compile(r"[\n -~]+(?=[\n -~])")  # the last of a run may be one with what follows


def fold(text: str) -> str:
    """The plain form of a text.

    >>> fold("ＡＢＣ\\u00ad ﬁne “1–3”")
    'ABC fine "1-3"'
    """
    return _fold(text) if len(text) > MAX_KEPT else _kept(text)


def lowered(text: str) -> str:
    """What a pattern matched regardless of case, in small letters: to it İ and ı are i's, too.

    >>> lowered("Mıllıon")
    'million'
    """
    return text.translate(_I).lower()


def _fold(text: str) -> str:
    if not _OTHER.search(text):
        return text
    # Signs first and last: NFKC makes a space and an accent of a lone ´, and ‐ of a ‑.
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", text).translate(_SIGNS))
    folded = _SPACE.sub(" ", folded.translate(_SIGNS))
    return _NUMBERS_APART.sub("-", folded)


_kept = lru_cache(maxsize=4096)(_fold)


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain form of `source`, which knows where each of its characters came from.

    `starts` and `ends` are offsets into the source, one for each character of `text`; None where
    the two are the same.
    """

    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the source.

        >>> plain("ﬁne\\u00adst").source(2, 5)
        (1, 5)
        """
        if self.starts is None or self.ends is None or not self.text:
            return start, end
        last = len(self.text) - 1
        if start >= end:
            at = self.starts[start] if start <= last else self.ends[last]
            return at, at
        return self.starts[start], self.ends[min(end, last + 1) - 1]

    def here(self, start: int, end: int) -> tuple[int, int]:
        """Where `source[start:end]` stands in the text.

        >>> plain("ﬁne").here(1, 3)
        (2, 4)
        """
        if self.starts is None or self.ends is None:
            return start, end
        return bisect_right(self.ends, start), bisect_left(self.starts, end)


@lru_cache(maxsize=1024)
def plain(text: str) -> Plain:
    """`fold`, with the way back.

    >>> plain("ﬁne").text
    'fine'
    """
    if fold(text) == text:
        return Plain(text)
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    start = 0
    while start < len(text):
        same = _SAME.match(text, start)
        if same:
            end = same.end()
            letters.append(same[0])
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            end = start + 1
            while end < len(text) and _joins(text[end]):
                end += 1
            piece = _fold(text[start:end])
            letters.append(piece)
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))
        start = end
    return Plain(_NUMBERS_APART.sub("-", "".join(letters)), tuple(starts), tuple(ends))


def _joins(character: str) -> bool:
    """Whether a character may become one with what stands before it."""
    return character > "\x7f" and (
        unicodedata.category(character)[0] == "M"
        or "\u1160" <= character <= "\u11ff"  # the later parts of a syllable of Hangul
        or character in "\uff9e\uff9f"  # the signs of half-width kana
        or bool(_UNSEEN.match(character))
    )
