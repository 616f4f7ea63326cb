"""The assistant's own sentences: in any language, and never a word of a quote changed."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import QuestionError
from assistant.sentences import LANGUAGES, SENTENCES, Sentence, composed, told

if TYPE_CHECKING:
    from assistant import Assistant

FIELDS = {kind: re.findall(r"\{(\w+)\}", text) for kind, text in SENTENCES["en"].items()}
CHINESE = re.compile("[\u4e00-\u9fff]")


@st.composite
def sentences(draw: st.DrawFn) -> Sentence:
    kind = draw(st.sampled_from(sorted(FIELDS)))
    values = draw(st.lists(st.text(max_size=5), min_size=5, max_size=5))
    more = draw(st.integers(0, 2)) if FIELDS[kind][-1:] == ["words"] else 0
    return Sentence(kind, tuple(values[: len(FIELDS[kind]) + more]))


def test_every_language_says_the_same() -> None:
    for language in LANGUAGES:
        assert set(SENTENCES[language]) == set(FIELDS)
        for kind, text in SENTENCES[language].items():
            assert set(re.findall(r"\{(\w+)\}", text)) == set(FIELDS[kind]), kind


@given(st.lists(st.text(max_size=8) | sentences(), max_size=6), st.sampled_from(LANGUAGES))
def test_only_what_we_say_ourselves_is_put_into_words(
    lines: list[str | Sentence], language: str
) -> None:
    said = [line.said(language) if isinstance(line, Sentence) else line for line in lines]
    assert composed(lines, language) == "\n".join(said)
    assert composed(lines) == "\n".join(map(str, lines))
    for line in lines:
        if isinstance(line, Sentence):
            assert all(value in line.said(language) for value in line.values)


def test_values_are_put_in_as_they_are() -> None:
    assert str(Sentence("refused", ("{words} [1]",))).endswith("Looked for: {words} [1]")
    assert Sentence("nowhere", ("a", "b")).said("zh") == "文档中没有出现：“a”、“b”。"
    assert str(Sentence("of", ("Guide", "")))[-10:] == "(no date):"


def test_a_refusal_is_ours_and_a_quote_is_not(assistant: "Assistant") -> None:
    question = "How many firms are in Tianjin?"
    refused, chinese = (assistant.answer(question, language=lang) for lang in LANGUAGES)
    assert "Looked for: " + question in refused.text
    assert "Looked for" not in chinese.text
    assert all(CHINESE.search(line) for line in chinese.text.split("\n\n"))
    assert "“Tianjin”" in chinese.text
    assert question in chinese.text
    assert replace(chinese, text=refused.text) == refused

    question = "Compare Beijing and Tianjin by number of companies"
    both, chinese = (assistant.answer(question, language=lang) for lang in LANGUAGES)
    assert both.text.split("\n")[-1].startswith("The documents do not say: ")
    assert chinese.text.split("\n")[0] == both.text.split("\n")[0]
    assert CHINESE.search(chinese.text.split("\n")[-1])
    with pytest.raises(QuestionError, match="en and zh: 'fr'"):
        assistant.answer(question, language="fr")


def test_an_error_is_told_in_both_languages(assistant: "Assistant") -> None:
    for question, words in (("?!", "The question is empty"), ("why " * 900, "3,599 characters")):
        with pytest.raises(QuestionError, match=words) as raised:
            assistant.answer(question)
        assert told(raised.value) == str(raised.value)
        assert CHINESE.search(told(raised.value, "zh"))
    assert told(OSError("other")) == "other"
