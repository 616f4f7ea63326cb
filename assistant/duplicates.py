"""Documents that are nearly the same, and which of them is the newest.

Broder 1997: the share of word triples that two documents have in common is estimated from the
least hashes of each. Documents that agree in one of the bands of their hashes are compared.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from assistant.lexical import tokens
from assistant.normalisation import fold
from assistant.segmentation import HANGUL, SPACELESS
from assistant.types import Document, Passage
from assistant.values import date

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signature = NDArray[np.uint32]

__all__ = ["VERSION", "Versions", "newest", "signature"]

VERSION = 1  # raise it when the same text gives another signature

HASHES = 128
BANDS = 32  # of four hashes: two texts that share half of their triples meet in 87 of 100 cases
ALIKE = 0.6  # the share of triples in common from which on one is a version of the other
LEAST = 20  # triples: of less text nothing is said
COUNTERPART = 0.6  # the share of words in common of a passage and its newer or older form

_WORD = re.compile(f"[{SPACELESS}{HANGUL}]|[^\\W_{SPACELESS}{HANGUL}]+")


def signature(text: str) -> "Signature":
    """The least hashes of a text's word triples, shape (128,); zeros for a text too short.

    >>> signature("too short").any()
    False
    """
    from rensa import RMinHash

    words = _WORD.findall(fold(text).casefold())
    triples = {" ".join(words[i : i + 3]) for i in range(len(words) - 2)}
    if len(triples) < LEAST:
        return np.zeros(HASHES, dtype=np.uint32)
    hashes = RMinHash(HASHES, 1)
    hashes.update(sorted(triples))
    return np.array(hashes.digest(), dtype=np.uint32)


def newest(
    documents: Mapping[str, Document], signatures: Mapping[str, "Signature"]
) -> dict[str, str]:
    """The newest version of each document that has a newer one, by ids.

    Newer is what its date says; of two that are not both dated, or not to be told apart by their
    dates, neither is. Takes time in proportion to the number of documents.
    """
    groups = _groups({id: signatures[id] for id in documents if signatures[id].any()})
    found = {}
    for group in groups:
        dated = [(when, id) for id in group if (when := date(documents[id].date))]
        for when, id in dated:
            later = [(other, name) for other, name in dated if _later(other, when)]
            if later:
                found[id] = max(later)[1]
    return found


class Versions:
    """What newer and older versions of documents have in common."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        passages: Sequence[Passage],
        newer: Mapping[str, str],
    ) -> None:
        self._documents = documents
        self._passages = passages
        self.newer = newer
        self._numbers: dict[str, list[int]] = {}
        concerned = {*newer, *newer.values()}
        for number, passage in enumerate(passages if concerned else ()):
            if passage.document in concerned:
                self._numbers.setdefault(passage.document, []).append(number)

    def older(self, id: str) -> list[str]:
        """The older versions of a document, the latest first."""
        found = [old for old, new in self.newer.items() if new == id]
        return sorted(found, key=lambda old: (date(self._documents[old].date) or (), old))[::-1]

    def counterpart(self, passage: Passage, id: str) -> int | None:
        """The number of the passage of another version that says the same, or the same with other
        values; None where there is none."""
        words = _terms(passage.text)
        best, most = None, COUNTERPART
        for other in self._numbers.get(id, ()):
            theirs = _terms(self._passages[other].text)
            shared = 2 * len(words & theirs) / max(len(words) + len(theirs), 1)
            if shared > most:
                best, most = other, shared
        return best


@lru_cache(maxsize=10_000)
def _terms(text: str) -> frozenset[str]:
    return frozenset(tokens(text, every=True))


def _later(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether a date is after another, as far as both are given."""
    given = min(len(one), len(other))
    return one[:given] > other[:given]


def _groups(signatures: Mapping[str, "Signature"]) -> list[list[str]]:
    """Documents that are alike, by comparing each with the first of those that it meets."""
    groups: list[list[str]] = []
    firsts = np.zeros((len(signatures), HASHES), dtype=np.uint32)  # of the groups' first documents
    met: dict[bytes, list[int]] = {}  # groups by a band of their first document
    for id, hashes in signatures.items():
        bands = [n.to_bytes(1) + band.tobytes() for n, band in enumerate(hashes.reshape(BANDS, -1))]
        near = list(dict.fromkeys(number for band in bands for number in met.get(band, ())))
        alike = (firsts[near] == hashes).mean(axis=1) >= ALIKE
        if alike.any():
            groups[near[int(alike.argmax())]].append(id)
        else:
            for band in bands:
                met.setdefault(band, []).append(len(groups))
            firsts[len(groups)] = hashes
            groups.append([id])
    return [group for group in groups if len(group) > 1]
