"""Logistic regression, which makes signals into a probability."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["alike", "logistic"]

STEPS = 50


def alike(sources: Sequence[Hashable]) -> "Floats":
    """The weight of each case, by its source, with which the sources weigh alike; 1 in the mean.

    >>> alike(["a", "a", "a", "b"]).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    sizes = Counter(sources)
    return np.array([len(sources) / len(sizes) / sizes[source] for source in sources])


def logistic(
    x: "Floats", y: "Floats", weight: "Floats", ridge: "Floats", base: "Floats | float" = 0.0
) -> "Floats":
    """The coefficients w, shape (signals,), by Newton's method.

    They maximise the likelihood of `y`, 0 or 1, shape (cases,), at log odds of `base` + `x` @ w,
    with `x` of shape (cases, signals); each case counts by its `weight`, and `ridge`, shape
    (signals,), holds each coefficient towards 0.

    >>> ones, y = np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 0.0])
    >>> round(float(logistic(ones, y, np.ones(4), np.zeros(1))[0]), 4)  # log 3
    1.0986
    """
    w = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(base + x @ w, -30, 30)))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        w -= np.linalg.solve(hessian, x.T @ (weight * (p - y)) + ridge * w)
    return w
