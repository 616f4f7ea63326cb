"""Words that mean the same, the opposite, or another thing of the same kind, from WordNet."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

__all__ = ["Lexicon"]

_KINDS = {"noun": "NOUN", "verb": "VERB", "adj": "ADJ"}
_LETTERS = {"NOUN": "n", "VERB": "v", "ADJ": "as"}  # of each part of speech in a pointer
_TAGS = {
    "NOUN": ("NN", "NNS"),
    "VERB": ("VBD", "VBN", "VB", "VBZ", "VBG"),
    "ADJ": ("JJ", "JJR", "JJS"),
}
_SENSES = 2  # of a word, its most frequent
_SIBLINGS = {"NOUN": 150, "VERB": 40}  # what has more kinds is too general for them to be alike
_COMMON = 8  # times that a word must stand in the texts to be put in the place of another
# Words that most questions have, or whose neighbours in WordNet mean something else altogether.
_LEFT = frozenset(
    "be have do make get give take use call name know go say come see happen become can will may "
    "many much more most few other same such own type kind thing way people person number amount "
    "example word term part percentage percent size what which who whom whose when where why how "
    "one two three".split()
)
_WORD = re.compile(r"[^\W\d_]+")


class Lexicon:
    """WordNet's nouns, verbs and adjectives, as far as a collection of texts uses them.

    `share` is the usr/share that has wordnet-base unpacked in it.
    """

    def __init__(self, share: Path, texts: Iterable[str]) -> None:
        used: Counter[str] = Counter()
        for text in texts:
            used.update(word.lower() for word in _WORD.findall(text))
        self._used = used
        self._senses: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._words: dict[str, list[str]] = {}
        self._pointers: dict[str, list[tuple[str, str, int, int]]] = {}
        for kind, part in _KINDS.items():
            folder = share / "wordnet"
            for line in (folder / f"data.{kind}").read_text("utf-8").splitlines():
                if line[0] != " ":
                    self._sense(part, line.split("|")[0].split())
            for line in (folder / f"index.{kind}").read_text("utf-8").splitlines():
                if line[0] != " ":
                    fields = line.split()
                    senses = fields[-int(fields[2]) :]
                    self._senses[part, fields[0]] = [part + number for number in senses]
        self._counts: Counter[tuple[str, str]] = Counter()
        parts = {"1": "NOUN", "2": "VERB", "3": "ADJ", "5": "ADJ"}
        for line in (share / "wordnet" / "cntlist.rev").read_text("utf-8").splitlines():
            key, _, count = line.split()
            word, _, rest = key.partition("%")
            if rest[0] in parts:
                self._counts[parts[rest[0]], word] += int(count)

    def _sense(self, part: str, fields: list[str]) -> None:
        """One line of data.noun and so on, as wndb(5WN) describes it."""
        count = int(fields[3], 16)
        sense = part + fields[0]
        self._words[sense] = [
            re.sub(r"\(.*\)$", "", word).lower() for word in fields[4 : 4 + 2 * count : 2]
        ]
        first = 5 + 2 * count
        rest = fields[first : first + 4 * int(fields[first - 1])]
        self._pointers[sense] = [
            (symbol, part + target, int(ends[:2], 16), int(ends[2:], 16))
            for symbol, target, pos, ends in zip(
                rest[::4], rest[1::4], rest[2::4], rest[3::4], strict=True
            )
            if pos in _LETTERS[part]
        ]

    def synonyms(self, word: str) -> list[str]:
        """Words of the same sense, the first, in the same form; sorted.

        >>> lexicon.synonyms("began")  # doctest: +SKIP
        ['commenced', 'started']
        """
        return self._related(word.lower())[0]

    def others(self, word: str, rng: random.Random) -> str | None:
        """A word of the opposite sense, or for another thing of the same kind, in the same form.

        >>> lexicon.others("winter", random.Random(0))  # doctest: +SKIP
        'summer'
        """
        _, opposite, siblings = self._related(word.lower())
        found = opposite if opposite and (not siblings or rng.random() < 0.7) else siblings
        return rng.choice(found) if found else None

    @cache  # noqa: B019 (one lexicon lives as long as the program)
    def _related(self, word: str) -> tuple[list[str], list[str], list[str]]:
        """Synonyms, opposites, and siblings of a word."""
        from lemminflect import getAllLemmas

        if len(word) < 3 or word in _LEFT:
            return [], [], []
        lemmas = [
            (self._counts[part, lemma], part, lemma)
            for part, found in getAllLemmas(word).items()
            for lemma in found
            if self._senses.get((part, lemma)) and lemma not in _LEFT
        ]
        if not lemmas:
            return [], [], []
        _, part, lemma = max(lemmas)
        every = self._senses[part, lemma]
        near = {word for sense in every for word in self._words[sense]}
        for sense in every:  # what is wider or narrower may be said of the same thing
            for symbol, target, _, _ in self._pointers[sense]:
                if symbol in "@~&^*>$+":
                    near.update(self._words.get(target, ()))
        opposite, siblings = set[str](), set[str]()
        for sense in every[:_SENSES]:
            heads = [sense, *(t for s, t, _, _ in self._pointers[sense] if s == "&")]
            for head in heads:
                for symbol, target, source, aim in self._pointers.get(head, ()):
                    words = self._words[head]
                    if symbol == "!" and (head != sense or words[source - 1] == lemma):
                        opposite.add(self._words[target][aim - 1])
        for symbol, target, _, _ in self._pointers[every[0]]:
            if symbol != "@":
                continue
            kinds = [t for s, t, _, _ in self._pointers[target] if s == "~"]
            if len(kinds) <= _SIBLINGS.get(part, 0):
                siblings.update(word for kind in kinds for word in self._words[kind][:1])
        same = {
            word
            for word in self._words[every[0]]
            if word != lemma and every[0] in self._senses[part, word][:_SENSES]
        }
        return (
            self._formed(same, word, part, lemma),
            self._formed(opposite - same, word, part, lemma),
            self._formed(siblings - near - opposite, word, part, lemma),
        )

    def _formed(self, lemmas: set[str], word: str, part: str, lemma: str) -> list[str]:
        """The lemmas in the form in which `word` is one of `lemma`, those that are common."""
        from lemminflect import getInflection

        tag = next((t for t in _TAGS[part] if word in getInflection(lemma, t)), None)
        if not tag:
            return []
        plain = (one for one in lemmas if one.isalpha())
        formed = {forms[0] for one in plain if (forms := getInflection(one, tag))}
        return sorted(one for one in formed if self._used[one] >= _COMMON and one != word)
