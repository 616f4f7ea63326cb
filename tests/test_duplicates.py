"""Documents that are nearly the same, and which is the newest."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.duplicates import newest, signature
from assistant.types import Document

Make = Callable[[Path, Mapping[str, str | bytes]], Path]

WORDS = [f"word{number}" for number in range(500)]


def text(seed: int, length: int = 300) -> str:
    chosen = random.Random(seed)
    return " ".join(chosen.choice(WORDS) for _ in range(length))


def edited(original: str, every: int) -> str:
    words = original.split()
    words[::every] = ["other"] * len(words[::every])
    return " ".join(words)


def found(dated: Mapping[str, tuple[str, str | None]]) -> dict[str, str]:
    documents = {
        id: Document(id, id, written, (), date=date) for id, (written, date) in dated.items()
    }
    return newest(documents, {id: signature(d.text) for id, d in documents.items()})


def test_the_newest_takes_the_place_of_the_others() -> None:
    dated = {
        "a": (text(1), "2019"),
        "b": (edited(text(1), 40), "2023-05"),
        "c": (edited(text(1), 50), "2021"),
        "d": (text(2), "2024"),
    }
    assert found(dated) == {"a": "b", "c": "b"}


@pytest.mark.parametrize(
    "dates", [(None, "2020"), (None, None), ("2020", "2020"), ("2020", "2020-05")]
)
def test_without_an_order_of_dates_neither_is_newer(dates: tuple[str | None, str | None]) -> None:
    assert found({"a": (text(1), dates[0]), "b": (text(1), dates[1])}) == {}


def test_what_shares_half_of_its_words_is_another_document() -> None:
    assert found({"a": (text(1), "2019"), "b": (edited(text(1), 3), "2020")}) == {}


def test_short_texts_are_not_compared() -> None:
    assert not signature("The same few words.").any()
    assert found({"a": ("Same words.", "2019"), "b": ("Same words.", "2020")}) == {}


def test_width_and_case_make_no_difference_and_no_spaces_are_needed() -> None:
    assert np.array_equal(signature(text(1)), signature(text(1).upper().replace(" ", "\u00a0 ")))
    chinese = "".join(chr(0x4E00 + random.Random(7).randrange(2000)) for _ in range(3)) * 2
    assert not signature(chinese).any()
    long = "".join(chr(0x4E00 + n * 7 % 3000) for n in range(400))
    assert found({"a": (long, "2019"), "b": (long[:380] + "新" * 5, "2020")}) == {"a": "b"}


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["2018", "2019", "2020-05", None]), min_size=2, max_size=6))
def test_the_newest_of_a_group_has_no_newer(dates: list[str | None]) -> None:
    dated = {f"d{n}": (edited(text(3), 60 + n), date) for n, date in enumerate(dates)}
    for older, newer in found(dated).items():
        assert dated[older][1] is not None
        assert str(dated[newer][1]) > str(dated[older][1])
        assert newer not in found(dated)


def test_a_thousand_documents_of_one_form_are_one_group() -> None:
    dated = {f"i{n}": (f"{text(4)} {n}", f"{2000 + n % 20}") for n in range(1000)}
    assert set(found(dated).values()) == {"i999"}
