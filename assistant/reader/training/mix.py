"""What each stage of training sees."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from assistant.reader.training.data import (
    Pair,
    cropped,
    headed,
    natural,
    own,
    reports,
    tune,
    within,
)
from assistant.reader.training.invented import invented
from assistant.reader.training.lexicon import Lexicon
from assistant.reader.training.negatives import (
    missing_attribute,
    narrowed,
    near_passages,
    places,
    sentence_removed,
)
from assistant.reader.training.structure import documented, load_sections
from assistant.reader.training.swaps import Swapper
from assistant.reader.training.wording import careless
from assistant.reader.training.words import World

__all__ = [
    "FIFTH",
    "FOURTH",
    "SECOND",
    "SIXTH",
    "THIRD",
    "Shares",
    "first_stage",
    "later_stage",
    "summary",
]


T = TypeVar("T")


@dataclass(frozen=True)
class Shares:
    """How many pairs of each sort a stage sees, of `swapped` to `narrowed` as far as there are.

    `own` is the share of the project's own questions that are seen, `reports` how often those on
    its reports are, and `written` how often those of squad2-tune, from the second time on mostly
    with things renamed. `near` counts questions that are seen with a passage which does not answer;
    `rivals`, those that are seen with the one that does and two that do not, to be told apart."""

    wiki: int
    natural: int
    written: int
    own: float
    reports: int
    near: int
    rivals: int
    swapped: int
    otherwise: int
    retold: int
    reworded: int
    removed: int
    lacking: int
    narrowed: int
    invented: int
    documented: int
    strangers: int
    careless: float


SECOND = Shares(
    wiki=11000,
    natural=3000,
    written=3,
    own=0,
    reports=0,
    rivals=0,
    near=4500,
    swapped=8500,
    otherwise=0,
    retold=0,
    reworded=0,
    removed=1200,
    lacking=1800,
    narrowed=0,
    invented=15000,
    documented=8000,
    strangers=1000,
    careless=0.2,
)
THIRD = replace(
    SECOND,
    wiki=22000,
    near=4000,
    swapped=8000,
    removed=2000,
    lacking=600,
    invented=4500,
    documented=2500,
    strangers=500,
    careless=0.1,
)
FOURTH = replace(
    SECOND,
    wiki=32000,
    natural=9000,
    near=14000,
    swapped=34000,
    otherwise=14000,
    retold=12000,
    reworded=9000,
    removed=7000,
    lacking=1000,
    narrowed=7000,
    invented=8000,
    documented=4500,
    strangers=600,
    careless=0.08,
)
FIFTH = replace(
    FOURTH,
    wiki=3000,
    natural=1500,
    written=1,
    own=1,
    near=2000,
    swapped=800,
    otherwise=800,
    retold=500,
    reworded=500,
    removed=500,
    lacking=300,
    narrowed=500,
    invented=3000,
    documented=1800,
    strangers=250,
)
SIXTH = replace(
    FIFTH,
    wiki=2000,
    natural=800,
    own=0.8,
    reports=1,
    near=500,
    rivals=2500,
    swapped=400,
    otherwise=400,
    retold=300,
    reworded=300,
    removed=300,
    lacking=200,
    narrowed=300,
    invented=2000,
    documented=1200,
    strangers=200,
)


def first_stage(data: Path, share: Path, seed: int = 0) -> list[Pair]:
    """Natural questions with hard negatives, about 55 % answerable, shuffled."""
    rng = random.Random(seed)
    pairs, written, swapper = _sources(data, share, rng)
    near = near_passages(pairs + written, rng)
    swapped = [s for p in pairs + written if p.start >= 0 and (s := swapper.swap(p, rng))]
    removed = [s for p in rng.sample(pairs, 12000) if (s := sentence_removed(p))]
    mixed = [
        *pairs,
        *written,
        *written,
        *(wrong for _, *some in _some(near, 9000, rng) for wrong in some),
        *_some(swapped, 14000, rng),
        *_some(removed, 4000, rng),
    ]
    return _dressed(mixed, rng, 0.2)


def later_stage(data: Path, share: Path, shares: Shares, seed: int) -> list[Pair]:
    """Questions on structure with a fresh sample of the natural ones and of near misses, and the
    project's own, those on reports with passages to be told apart.

    `share` is the usr/share of the unpacked packages: documentation and WordNet.
    """
    rng = random.Random(seed)
    pairs, written, swapper = _sources(data, share, rng)
    wiki = [p for p in pairs if p.source not in ("squadshifts-reddit", "fairytaleqa")]
    answered = wiki + [p for p in written if p.start >= 0]
    everywhere = places(wiki)
    train, _ = own(data)
    seen = _some(train, round(shares.own * len(train)), rng)
    mine = [p for p in seen if p.source == "own"]
    pages = [p for p in seen if p.source != "own"]
    made = [
        *invented(World.load(share, rng), shares.invented),
        *documented(load_sections(share), shares.documented, rng),
    ]
    close = near_passages([*pairs, *written, *mine], rng, each=2 if shares.rivals else 1)
    rivals = _grouped(_some(close, shares.rivals, rng))
    told = [group for report in reports()[0] for group in within(report, 1)] * shares.reports
    strangers = [
        p.unanswered(passage=rng.choice(others).passage, kind="far")
        for some, others in ((made, pairs), (pairs, made))
        for p in rng.sample(some, shares.strangers)
    ]

    def changed(
        how: Callable[[Pair], Pair | None], source: Sequence[Pair], count: int
    ) -> list[Pair]:
        """At most `count` pairs of a source, changed in the same way."""
        order = rng.sample(source, len(source))
        return list(islice((new for p in order if (new := how(p))), count))

    shown = [
        *_some(wiki, shares.wiki, rng),
        *_some(pairs, shares.natural, rng),
        *written,
        *(_renamed(p, swapper, rng) for p in written * (shares.written - 1)),
        *mine,
        *(wrong for _, *some in _some(close, shares.near, rng) for wrong in some),
        *rivals,
        *changed(lambda p: swapper.swap(p, rng), answered, shares.swapped),
        *changed(lambda p: swapper.told_otherwise(p, rng), answered, shares.otherwise),
        *changed(lambda p: swapper.retold(p, rng), answered, shares.retold),
        *changed(lambda p: swapper.reworded(p, rng), answered, shares.reworded),
        *changed(sentence_removed, pairs, shares.removed),
        *changed(lambda p: missing_attribute(p, rng), wiki, shares.lacking),
        *changed(lambda p: narrowed(p, everywhere, rng), answered, shares.narrowed),
    ]
    reported = _grouped(told, after=len(rivals))
    mixed = [*_dressed(shown, rng, shares.careless), *made, *strangers, *pages, *reported]
    rng.shuffle(mixed)
    return mixed


def _some(some: Sequence[T], count: int, rng: random.Random) -> list[T]:
    return rng.sample(some, min(count, len(some)))


def _grouped(groups: Sequence[Sequence[Pair]], after: int = 0) -> list[Pair]:
    """The pairs of all groups, numbered from `after` + 1 on."""
    return [replace(p, group=n) for n, group in enumerate(groups, after + 1) for p in group]


def _sources(data: Path, share: Path, rng: random.Random) -> tuple[list[Pair], list[Pair], Swapper]:
    """Natural pairs, those with no-answers that people wrote, and what changes them."""
    pairs = natural(data, rng)
    written, _ = tune(data)
    lexicon = Lexicon(share, {p.passage: None for p in pairs})
    return pairs, written, Swapper(pairs + written, lexicon)


def _renamed(pair: Pair, swapper: Swapper, rng: random.Random) -> Pair:
    """The pair with up to two things called otherwise in question and passage, where it can be,
    so that a pair that is seen again is not known by heart."""
    for _ in range(rng.choice((1, 1, 2))):
        pair = swapper.retold(pair, rng) or pair
    return pair


def _dressed(pairs: Sequence[Pair], rng: random.Random, share: float) -> list[Pair]:
    """Passages cropped or headed, questions careless in a `share` of the cases, alike in a group;
    shuffled."""
    dressed = []
    asked: dict[int, str] = {}
    for pair in pairs:
        if rng.random() < 0.55:
            pair = cropped(pair, rng)
        if rng.random() < 0.55:
            pair = headed(pair, rng)
        question = careless(pair.question, rng, share)
        if pair.group:
            question = asked.setdefault(pair.group, question)
        dressed.append(replace(pair, question=question))
    rng.shuffle(dressed)
    return dressed


def summary(pairs: Sequence[Pair]) -> str:
    """Pairs by source, and the share that is answerable."""
    counts = Counter(pair.source for pair in pairs)
    answered = sum(pair.start >= 0 for pair in pairs)
    lines = [f"{source}: {count}" for source, count in counts.most_common()]
    return "\n".join([*lines, f"all: {len(pairs)}, answerable: {answered / len(pairs):.3f}"])
