"""Questions about invented charts, tables, lists, milestones, glossaries and profiles.

Each page is asked several things, some of which it does not say: that contrast teaches the
reader to look at the row, the list, the year and the name rather than at the topic.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from assistant.reader.training.charts import chart, counts
from assistant.reader.training.data import Pair
from assistant.reader.training.facts import milestones, numbers, profiles, records
from assistant.reader.training.glossaries import glossary
from assistant.reader.training.listings import lists, scopes, steps, years
from assistant.reader.training.words import World

__all__ = ["invented"]

MAKERS: tuple[Callable[[World, random.Random], list[Pair]], ...] = (
    chart,
    chart,
    chart,
    counts,
    counts,
    milestones,
    milestones,
    glossary,
    glossary,
    glossary,
    lists,
    lists,
    scopes,
    scopes,
    years,
    years,
    numbers,
    steps,
    steps,
    records,
    records,
    profiles,
    profiles,
)


def invented(world: World, count: int) -> list[Pair]:
    """About `count` pairs, of all makers in turn."""
    pairs: list[Pair] = []
    while len(pairs) < count:
        for make in MAKERS:
            pairs += make(world, world.rng)
    return pairs
