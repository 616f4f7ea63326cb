"""Fits how what speaks for a candidate is weighed when one of them is chosen to answer."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assistant.answering.weighing import PRIOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Choice", "choice", "fit", "share_right"]

NAMES = tuple(PRIOR)
RIDGE = 5.0  # holds each weight towards its prior


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates for one question: their features, shape (candidates, len(NAMES)), and
    which of them are right, shape (candidates,)."""

    features: "Floats"
    right: "NDArray[np.bool_]"
    source: str


def choice(candidates: Iterable[tuple[Mapping[str, float], bool]], source: str) -> Choice:
    """From the features of each candidate, by name, and whether it is right.

    >>> made = choice([({"reader": 2.0}, True), ({"reader": -1.0}, False)], "own")
    >>> made.features[:, NAMES.index("reader")].tolist(), made.right.tolist()
    ([2.0, -1.0], [True, False])
    """
    found = list(candidates)
    rows = [[float(features.get(name, 0.0)) for name in NAMES] for features, _ in found]
    return Choice(np.array(rows), np.array([right for _, right in found], dtype=bool), source)


def fit(found: Sequence[Choice]) -> dict[str, float]:
    """The weights, by name, with which a right candidate is likeliest to be chosen.

    A conditional logit (McFadden, 1974) over the choices that have right candidates and wrong
    ones, the sources weighing alike, with a normal prior around PRIOR.
    """
    from scipy.optimize import minimize

    told = [each for each in found if each.right.any() and not each.right.all()]
    sizes = Counter(each.source for each in told)
    share = {source: len(told) / len(sizes) / size for source, size in sizes.items()}
    prior = np.array([PRIOR[name] for name in NAMES])

    def cost(weights: "Floats") -> "tuple[float, Floats]":
        total, slope = RIDGE / 2 * ((weights - prior) ** 2).sum(), RIDGE * (weights - prior)
        for each in told:
            odds = each.features @ weights
            chosen = _softmax(odds)
            among = np.zeros_like(odds)
            among[each.right] = _softmax(odds[each.right])
            total -= share[each.source] * np.log(chosen[each.right].sum() + 1e-12)
            slope = slope + share[each.source] * (each.features.T @ (chosen - among))
        return float(total), slope

    best = minimize(cost, prior, jac=True, method="L-BFGS-B").x
    return {name: round(float(weight), 3) for name, weight in zip(NAMES, best, strict=True)}


def share_right(found: Sequence[Choice], weights: Mapping[str, float]) -> Iterator[str]:
    """A line for each source: how many of its questions get a right candidate, and could."""
    values = np.array([weights[name] for name in NAMES])
    for source in dict.fromkeys(each.source for each in found):
        some = [each for each in found if each.source == source]
        right = np.mean([each.right[np.argmax(each.features @ values)] for each in some])
        could = np.mean([each.right.any() for each in some])
        yield f"{source}: of {len(some)} questions {right:.1%} right, {could:.1%} within reach"


def _softmax(odds: "Floats") -> "Floats":
    raised = np.exp(odds - odds.max())
    return np.asarray(raised / raised.sum())
