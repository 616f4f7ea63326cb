"""The numbers of a text and the ranges that they make."""

import math

import pytest

from assistant.quantities import bracket


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("share with 101-300 employees", 101, 300),
        ("between 301 and 500 staff", 301, 500),
        ("valued between RMB 1 billion to RMB 3 billion", 1, 3),
        ("more than a thousand employees", 1000, math.inf),
        ("1,001 employees or above", 1001, math.inf),
        ("older than ten years", 10, math.inf),
        ("> RMB 20 billion", 20, math.inf),
        ("Fewer than 100 employees", 0, 100),
        ("under two years", 0, 2),
        ("65 or older", 65, math.inf),
        ("5 and lower", 0, 5),
        ("over fıve", 5, math.inf),
        ("older than twenty-five years", 25, math.inf),
    ],
)
def test_a_range_of_numbers(text: str, low: float, high: float) -> None:
    assert bracket(text) == (low, high)


@pytest.mark.parametrize(
    "text", ["level 2", "in 2026-2030", "of the 75 companies and 3 cities", "", "1" * 50_000]
)
def test_no_range_of_numbers(text: str) -> None:
    assert bracket(text) is None
