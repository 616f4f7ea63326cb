"""Documents that give different values, and older versions of a document."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assistant import Assistant

Make = Callable[[Path, Mapping[str, str | bytes]], Path]

GUIDE = """---
title: Harbour Guide
date: "{date}"
---

# Harbour Guide

## History

The Harbour Bridge opened to traffic on 18 June 2003 after five years of construction. It was
designed by Northern Engineers and links the old town with the port.

## Tolls

The toll for a passenger car is {car} euros per crossing. The toll for a lorry is 9 euros per
crossing. Residents of the old town pay no toll on Sundays.

## Traffic

The busiest month is August, when visitors drive to the beaches beyond the port.
{more}
"""
FERRY = "\n## Ferry\n\nA ferry runs beside the bridge on weekdays from the east pier.\n"

FILES = {
    "guide-2019.md": GUIDE.format(date="2019-03", car=3, more=FERRY),
    "guide-2023.md": GUIDE.format(date="2023-05", car=4, more=""),
    "history.md": """---
title: A History of **the Port** [9]
date: "2015"
---
# A History of the Port

The port was founded by merchants in 1702. Its lighthouse was built by Ada Stone. The port employs
1,200 people. In 2014 the museum had 40,000 visitors. The market hall is about 90 metres long.
""",
    "city.md": """---
title: City Facts
date: "2021-04"
---
# City Facts

The city has 310,000 inhabitants. The lighthouse was built by John Reed. The port employs 1,350
people. In 2020 the museum had 12,000 visitors. The market hall is 90.2 metres long.
""",
}


@pytest.fixture(scope="module")
def harbour(make_corpus: Make, tmp_path_factory: pytest.TempPathFactory) -> "Assistant":
    from assistant import Assistant

    folder = tmp_path_factory.mktemp("harbour")
    return Assistant(corpus=make_corpus(folder, FILES), index=folder / "index")


def quotes(assistant: "Assistant", question: str) -> list[tuple[str, str]]:
    answer = assistant.answer(question)
    for c in answer.citations:
        assert assistant.documents[c.document].text[c.start : c.end] == c.quote
        assert f"[{c.number}]" in answer.text
    return [(c.document, " ".join(c.quote.split())) for c in answer.citations]


def test_the_newer_version_answers_and_the_older_value_is_named(harbour: "Assistant") -> None:
    question = "What is the toll for a passenger car?"
    assert quotes(harbour, question) == [
        ("guide-2023", "The toll for a passenger car is 4 euros per crossing."),
        ("guide-2019", "The toll for a passenger car is 3 euros per crossing."),
    ]
    text = harbour.answer(question).text
    assert "\n\nAn older version, Harbour Guide (2019-03), gives another value:\nThe toll" in text


def test_an_older_version_with_the_same_words_is_named(harbour: "Assistant") -> None:
    question = "When did the Harbour Bridge open?"
    assert [document for document, _ in quotes(harbour, question)] == ["guide-2023"]
    text = harbour.answer(question).text
    assert text.endswith("\n\nAn older version says the same: Harbour Guide (2019-03).")


def test_what_only_the_older_version_says_is_marked(harbour: "Assistant") -> None:
    question = "When does the ferry run?"
    assert [document for document, _ in quotes(harbour, question)] == ["guide-2019"]
    text = harbour.answer(question).text
    assert text.startswith("From an older version; the newer is Harbour Guide (2023-05):\n")


@pytest.mark.parametrize(
    ("question", "newer", "older"),
    [
        ("How many people does the port employ?", "1,350", "1,200"),
        ("Who built the lighthouse?", "John Reed", "Ada Stone"),
    ],
)
def test_different_values_are_both_shown_with_their_dates(
    harbour: "Assistant", question: str, newer: str, older: str
) -> None:
    found = quotes(harbour, question)
    assert [document for document, _ in found] == ["city", "history"]
    assert newer in found[0][1]
    assert older in found[1][1]
    text = harbour.answer(question).text
    assert text.startswith("The documents give different values.\n\nCity Facts (2021-04):\n")
    assert "\n\nA History of the Port (2015):\n" in text  # no mark of ours in a title
    chinese = harbour.answer(question, language="zh").text
    assert chinese.startswith("各文档的说法不一致。\n\nCity Facts（2021-04）：\n")
    assert [line for line in chinese.split("\n") if line.endswith("]")] == [
        line for line in text.split("\n") if line.endswith("]")
    ]


@pytest.mark.parametrize(
    "question",
    [
        "How many inhabitants does the city have?",
        "When was the port founded?",
        "How many visitors did the museum have in 2020?",
        "How long is the market hall?",  # one value is rounded
    ],
)
def test_what_is_not_at_odds_is_not_said_to_be(harbour: "Assistant", question: str) -> None:
    assert len(quotes(harbour, question)) == 1
    assert "different values" not in harbour.answer(question).text


def test_an_answer_with_a_preface_is_the_same_every_time(harbour: "Assistant") -> None:
    question = "Who built the lighthouse?"
    assert harbour.answer(question) == harbour.answer(question)
