"""Values in words, and whether two of them can both be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.values import alike, date, differ, find


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("opened in 1932", [(1932,)]),
        ("on 18 June 2003, a Wednesday", [(2003, 6, 18)]),
        ("June 18th, 2003", [(2003, 6, 18)]),
        ("am 18. Juni 2003", [(2003, 6, 18)]),
        ("2003年6月18日正式通车", [(2003, 6, 18)]),
        ("2003년 6월 18일에", [(2003, 6, 18)]),
        ("since May 2019", [(2019, 5)]),
        ("2025-12-29", [(2025, 12, 29)]),
        ("between 2026 and 2030", [(2026,), (2030,)]),
        ("74,000 vehicles", [(74_000,)]),
        ("7.4万辆", [(74_000,)]),
        ("186億円", [(18_600_000_000,)]),
        ("$2.1bn or 3 million", [(2_100_000_000,), (3_000_000,)]),
        ("2.480 Meter", [(2.48, 2480)]),
        ("48 per cent", [(48,)]),
        ("no value at all", []),
    ],
)
def test_values_are_found(text: str, values: list[tuple[float, ...]]) -> None:
    assert [v.numbers for v in find(text)] == values


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ("48%", "48 percent", False),
        ("48%", "52 %", True),
        ("48%", "48 firms", False),  # not of one kind
        ("$3 million", "3,000,000 dollars", False),
        ("2.480 Meter", "2480 Meter", False),
        ("9.98 km", "10 km", False),
        ("10 km", "12 km", True),
        ("June 2003", "18 June 2003", False),
        ("June 2003", "18 July 2003", True),
        ("2003", "2003年6月", False),
        ("2003", "2004", True),
        ("2003", "2003 people", False),
    ],
)
def test_values_differ_or_not(one: str, other: str, different: bool) -> None:
    [first], [second] = find(one), find(other)
    assert differ(first, second) is different
    assert differ(second, first) is different
    assert not (different and alike(first, second))


def test_a_date_as_far_as_it_is_known() -> None:
    assert date("after 2025-12-29") == (2025, 12, 29)
    assert date("2021") == (2021,)
    assert date("undated") is None
    assert date(None) is None


@given(st.text(max_size=80))
def test_any_text_has_values_or_none(text: str) -> None:
    for value in find(text):
        assert text[value.start : value.end].strip()
        assert not differ(value, value)
        assert alike(value, value)
