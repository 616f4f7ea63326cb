"""What each stage of training sees."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.reader.training.data import Pair, claims, cropped, headed, natural, tune
from assistant.reader.training.invented import invented
from assistant.reader.training.negatives import (
    Swapper,
    missing_attribute,
    narrowed,
    near_passages,
    places,
    sentence_removed,
)
from assistant.reader.training.structure import documented, load_sections
from assistant.reader.training.wording import careless
from assistant.reader.training.words import World

__all__ = ["FOURTH", "SECOND", "THIRD", "Shares", "first_stage", "later_stage", "summary"]


@dataclass(frozen=True)
class Shares:
    """How many pairs of each sort a stage sees; `written` and `claims` say how often all of
    squad2-tune's and of the claims are seen."""

    wiki: int
    natural: int
    written: int
    near: int
    swapped: int
    removed: int
    lacking: int
    invented: int
    documented: int
    strangers: int
    careless: float
    narrowed: int = 0
    claims: int = 0


SECOND = Shares(11000, 3000, 3, 4500, 8500, 1200, 1800, 15000, 8000, 1000, 0.2)
THIRD = Shares(22000, 3000, 3, 4000, 8000, 2000, 600, 4500, 2500, 500, 0.1)
FOURTH = Shares(20000, 4000, 4, 4500, 7000, 2000, 400, 3000, 2000, 300, 0.08, 4500, 1)


def first_stage(data: Path, seed: int = 0) -> list[Pair]:
    """Natural questions with hard negatives, about 55 % answerable, shuffled."""
    rng = random.Random(seed)
    pairs = natural(data, rng)
    written, _ = tune(data)
    swapper = Swapper(pairs + written)
    near = near_passages(pairs + written, rng)
    swapped = [s for p in pairs + written if p.start >= 0 and (s := swapper.swap(p, rng))]
    removed = [s for p in rng.sample(pairs, 12000) if (s := sentence_removed(p))]
    mixed = [
        *pairs,
        *written,
        *written,
        *rng.sample(near, min(len(near), 9000)),
        *rng.sample(swapped, min(len(swapped), 14000)),
        *rng.sample(removed, min(len(removed), 4000)),
    ]
    return _dressed(mixed, rng, 0.2)


def later_stage(data: Path, share: Path, shares: Shares, seed: int) -> list[Pair]:
    """Questions on structure with a fresh sample of the natural ones and of near misses.

    `share` is the usr/share of the unpacked documentation packages.
    """
    rng = random.Random(seed)
    pairs = natural(data, rng)
    written, _ = tune(data)
    swapper = Swapper(pairs + written)
    near = near_passages(pairs + written, rng)
    wiki = [p for p in pairs if p.source not in ("squadshifts-reddit", "fairytaleqa")]
    swapped = [s for p in wiki + written if p.start >= 0 and (s := swapper.swap(p, rng))]
    removed = [s for p in rng.sample(pairs, 8000) if (s := sentence_removed(p))]
    lacking = [s for p in rng.sample(wiki, 6000) if (s := missing_attribute(p, rng))]
    narrow: list[Pair] = []
    if shares.narrowed:
        everywhere = places(wiki)
        narrow = [
            n for p in rng.sample(wiki + written, 9000) if (n := narrowed(p, everywhere, rng))
        ]
    made = [
        *invented(World.load(share, rng), shares.invented),
        *documented(load_sections(share), shares.documented, rng),
    ]
    strangers = [
        p.unanswered(passage=rng.choice(others).passage, kind="far")
        for some, others in ((made, pairs), (pairs, made))
        for p in rng.sample(some, shares.strangers)
    ]
    shown = [
        *rng.sample(wiki, shares.wiki),
        *rng.sample(pairs, shares.natural),
        *(written * shares.written),
        *rng.sample(near, shares.near),
        *rng.sample(swapped, shares.swapped),
        *rng.sample(removed, shares.removed),
        *rng.sample(lacking, shares.lacking),
        *rng.sample(narrow, shares.narrowed),
    ]
    borne = claims(data / "claims.jsonl.gz") * shares.claims if shares.claims else []
    mixed = [*_dressed(shown, rng, shares.careless), *made, *strangers, *borne]
    rng.shuffle(mixed)
    return mixed


def _dressed(pairs: Sequence[Pair], rng: random.Random, share: float) -> list[Pair]:
    """Passages cropped or headed, questions careless in a `share` of the cases; shuffled."""
    dressed = []
    for pair in pairs:
        if rng.random() < 0.45:
            pair = cropped(pair, rng)
        if rng.random() < 0.55:
            pair = headed(pair, rng)
        dressed.append(replace(pair, question=careless(pair.question, rng, share)))
    rng.shuffle(dressed)
    return dressed


def summary(pairs: Sequence[Pair]) -> str:
    """Pairs by source, and the share that is answerable."""
    counts = Counter(pair.source for pair in pairs)
    answered = sum(pair.start >= 0 for pair in pairs)
    lines = [f"{source}: {count}" for source, count in counts.most_common()]
    return "\n".join([*lines, f"all: {len(pairs)}, answerable: {answered / len(pairs):.3f}"])
