"""What each stage of training sees."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.reader.training.data import Pair, cropped, headed, natural, tune
from assistant.reader.training.invented import invented
from assistant.reader.training.negatives import (
    Swapper,
    missing_attribute,
    near_passages,
    sentence_removed,
)
from assistant.reader.training.structure import documented, load_sections
from assistant.reader.training.wording import careless
from assistant.reader.training.words import World

__all__ = ["first_stage", "second_stage", "summary"]


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
    return _dressed(mixed, rng)


def second_stage(data: Path, share: Path, seed: int = 1) -> list[Pair]:
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
    removed = [s for p in rng.sample(pairs, 6000) if (s := sentence_removed(p))]
    lacking = [s for p in rng.sample(wiki, 6000) if (s := missing_attribute(p, rng))]
    made = [*invented(World.load(share, rng), 15000), *documented(load_sections(share), 8000, rng)]
    strangers = [
        p.unanswered(passage=rng.choice(pairs).passage, kind="far") for p in rng.sample(made, 1000)
    ] + [
        p.unanswered(passage=rng.choice(made).passage, kind="far") for p in rng.sample(pairs, 1000)
    ]
    shown = [
        *rng.sample(wiki, 11000),
        *rng.sample(pairs, 3000),
        *written,
        *written,
        *written,
        *rng.sample(near, 4500),
        *rng.sample(swapped, 8500),
        *rng.sample(removed, 1200),
        *rng.sample(lacking, 1800),
    ]
    mixed = [*_dressed(shown, rng), *made, *strangers]
    rng.shuffle(mixed)
    return mixed


def _dressed(pairs: Sequence[Pair], rng: random.Random) -> list[Pair]:
    """Passages cropped or headed, questions careless, each in a part of the cases; shuffled."""
    dressed = []
    for pair in pairs:
        if rng.random() < 0.45:
            pair = cropped(pair, rng)
        if rng.random() < 0.55:
            pair = headed(pair, rng)
        dressed.append(replace(pair, question=careless(pair.question, rng, 0.2)))
    rng.shuffle(dressed)
    return dressed


def summary(pairs: Sequence[Pair]) -> str:
    """Pairs by source, and the share that is answerable."""
    counts = Counter(pair.source for pair in pairs)
    answered = sum(pair.start >= 0 for pair in pairs)
    lines = [f"{source}: {count}" for source, count in counts.most_common()]
    return "\n".join([*lines, f"all: {len(pairs)}, answerable: {answered / len(pairs):.3f}"])
