"""However a document or a question is written, the same is found, and quoted as it stands."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.normalisation import fold, plain
from assistant.question import clean

if TYPE_CHECKING:
    from assistant import Assistant

Disguise = Callable[[str], str]
Make = Callable[[Path, Mapping[str, str | bytes]], Path]

TEXT = """# The Harbour Café

## Opening

The café's first manager, Zoë Müller, opened it on 3 May 2019 – a "historic" day. Its office
is on the first floor. It has 45-50 seats and fine coffee; the rent is $2,400 a month.

## Staff

| Role | Name | Salary |
| --- | --- | --- |
| Chef | Léa Dupont | 3,900 |
| Waiter | Jürgen Weiß | 2,100 |

The café reflects three aims:

- Efficient service
- Fair prices
- Quiet rooms
"""

QUESTIONS = {
    "When did the café open?": "3 May 2019",
    "Who was the café's first manager?": "Zoë Müller",
    "How many seats does it have?": "45-50 seats",
    "What is the salary of the waiter?": "2,100",
    'Which day was "historic"?': "historic",
    "What three aims does the café reflect?": "Fair prices",
}


def full_width(text: str) -> str:
    return re.sub("[A-Za-z0-9]", lambda m: chr(ord(m[0]) + 0xFEE0), text)


def each(pattern: str, replacement: str) -> Disguise:
    return lambda text: re.sub(pattern, replacement, text)


DISGUISES: dict[str, Disguise] = {
    "full width": full_width,
    "accents apart": lambda text: unicodedata.normalize("NFD", text),
    "zero width": each(r"(?<=[a-z])(?=[a-z])", "\u200b"),
    "joiners": each(r"(?<=[a-z])(?=[a-z]{3})", "\u2060"),
    "soft hyphens": each(r"(?<=[a-z]{2})(?=[a-z]{2})", "\u00ad"),
    "spaces that hold": each(r"(?<=\w) (?=\w)", "\u00a0"),
    "thin spaces": each(r"(?<=\w) (?=\w)", "\u2009"),
    "ligatures": lambda text: text.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ"),
    "curly quotes": lambda text: re.sub(r'"(\w+)"', "“\\1”", text).replace("'", "’"),
    "dashes": lambda text: text.replace("45-50", "45–50").replace(" – ", " \u2212 "),
}


def disguise(text: str, names: Sequence[str]) -> str:
    for name in names:
        text = DISGUISES[name](text)
    return text


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_folds_to_what_it_disguises(name: str) -> None:
    assert DISGUISES[name](TEXT) != TEXT
    assert fold(DISGUISES[name](TEXT)) == fold(TEXT)
    for question in QUESTIONS:
        assert clean(DISGUISES[name](question)) == clean(question)


@given(st.text(max_size=60))
def test_a_plain_form_knows_where_it_came_from(text: str) -> None:
    shown = plain(text)
    assert shown.text == fold(text)
    for at in range(len(shown.text)):
        start, end = shown.source(at, at + 1)
        assert 0 <= start < end <= len(text)
        # The source of a character folds to a text that holds it, ranges apart.
        assert shown.text[at] in fold(text[start:end]) + "-"
    assert fold(fold(text)) == fold(text) or "\u0345" in unicodedata.normalize("NFKD", text)


@given(st.lists(st.sampled_from([*"aé-ﬁ한ｶﾞ１", "e\u0301", "\u00ad", "“", " "])).map("".join))
def test_there_and_back(text: str) -> None:
    shown = plain(text)
    if shown.text:
        start, end = shown.source(0, len(shown.text))
        assert fold(text[start:end]) == shown.text


@pytest.fixture(scope="module")
def answers(
    make_corpus: Make, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., "Assistant"]:
    """`answers("dashes", "ligatures")` answers from the text in these disguises."""

    @lru_cache
    def disguised(*names: str) -> "Assistant":
        from assistant import Assistant

        folder = tmp_path_factory.mktemp("disguised")
        corpus = make_corpus(folder, {"cafe.md": disguise(TEXT, names)})
        return Assistant(corpus=corpus, index=folder / "index")

    return disguised


@pytest.mark.parametrize(
    "names",
    [
        ["full width"],
        ["accents apart", "dashes", "ligatures"],
        ["curly quotes", "zero width", "spaces that hold"],
        ["soft hyphens", "joiners", "thin spaces"],
    ],
)
def test_a_disguised_document_gives_the_same_quotes(
    names: list[str], answers: Callable[..., "Assistant"]
) -> None:
    assistant, usual = answers(*names), answers()
    for question, holds in QUESTIONS.items():
        answer = assistant.answer(question)
        assert answer.found, question
        assert fold(holds) in fold(answer.text.replace("**", ""))
        quotes = [fold(c.quote) for c in answer.citations]
        assert quotes == [fold(c.quote) for c in usual.answer(question).citations]
        for c in answer.citations:
            assert assistant.documents[c.document].text[c.start : c.end] == c.quote


@settings(max_examples=10)
@given(
    st.sampled_from(
        [
            "What does BMS stand for?",
            "What share of the companies has 101-300 employees?",
            "When was the Implementation Plan released?",
            "Which cities do autotech companies prefer?",
            "How many companies are in Tianjin?",
        ]
    ),
    st.lists(st.sampled_from(sorted(DISGUISES)), min_size=1, max_size=3, unique=True),
)
def test_a_disguised_question_finds_the_same(
    assistant: "Assistant", question: str, names: list[str]
) -> None:
    disguised = disguise(question, names)
    assert assistant.answer(disguised).citations == assistant.answer(question).citations
