"""Fits how what speaks for a candidate is weighed when one of them is chosen to answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assistant.answering.weighing import PRIOR
from assistant.regression import alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Choice", "fit", "share_right"]

NAMES = tuple(PRIOR)
COLUMN = {name: n for n, name in enumerate(NAMES)}
RIDGE = 5.0  # holds each weight towards its prior


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates for one question: their features, shape (candidates, len(NAMES)), and
    which of them are right, shape (candidates,)."""

    features: "Floats"
    right: "NDArray[np.bool_]"
    source: str

    @classmethod
    def of(cls, candidates: Iterable[tuple[Mapping[str, float], bool]], source: str) -> "Choice":
        """From the features of each candidate, by name, and whether it is right. Raises KeyError
        for a feature that has no weight.

        >>> made = Choice.of([({"reader": 2.0}, True), ({"reader": -1.0}, False)], "own")
        >>> made.features[:, NAMES.index("reader")].tolist(), made.right.tolist()
        ([2.0, -1.0], [True, False])
        """
        found = list(candidates)
        rows = np.zeros((len(found), len(NAMES)))
        for row, (features, _) in zip(rows, found, strict=True):
            for name, value in features.items():
                row[COLUMN[name]] = value
        return cls(rows, np.array([right for _, right in found], dtype=bool), source)


def fit(found: Sequence[Choice]) -> dict[str, float]:
    """The weights, by name, with which a right candidate is likeliest to be chosen.

    A conditional logit (McFadden, 1974) over the choices that have right candidates and wrong
    ones, the sources weighing alike, with a normal prior around PRIOR.
    """
    from scipy.optimize import minimize
    from scipy.special import softmax

    told = [each for each in found if each.right.any() and not each.right.all()]
    share = alike([each.source for each in told])
    prior = np.array([PRIOR[name] for name in NAMES])

    def cost(weights: "Floats") -> "tuple[float, Floats]":
        total, slope = RIDGE / 2 * ((weights - prior) ** 2).sum(), RIDGE * (weights - prior)
        for each, weight in zip(told, share, strict=True):
            odds = each.features @ weights
            chosen = softmax(odds)
            among = np.zeros_like(odds)
            among[each.right] = softmax(odds[each.right])
            total -= weight * np.log(chosen[each.right].sum() + 1e-12)
            slope = slope + weight * (each.features.T @ (chosen - among))
        return float(total), slope

    best = minimize(cost, prior, jac=True, method="L-BFGS-B").x
    return {name: round(float(weight), 3) for name, weight in zip(NAMES, best, strict=True)}


def share_right(found: Sequence[Choice], weights: Mapping[str, float]) -> float:
    """The share of the questions for which a right candidate is chosen."""
    values = np.array([weights[name] for name in NAMES])
    chosen = [each.right[np.argmax(each.features @ values)] for each in found if len(each.right)]
    return float(sum(chosen) / len(found))
