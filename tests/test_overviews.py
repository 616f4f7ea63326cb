"""What documents are about as wholes, through the public way in."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant import Assistant

if TYPE_CHECKING:
    from assistant import Answer

ABOUT = {
    "harbours.md": "---\ntitle: Clean Harbours\npublisher: Lindqvist Institute\ndate: 2023\n---\n\n"
    "# Clean Harbours\n\nRain fell for weeks on the coast that autumn. This report tells how four "
    "harbours on the Baltic coast became clean again.\n\n## Four harbours\n\nRiga came first.\n\n"
    "## What it cost\n\nIt cost 40 million euros.\n",
    "bees.md": "# Bees in Town\n\nMore and more people keep bees on the roofs of towns. "
    "The honey is sold at the market on Saturdays, and it is dear. "
    "A hive on a roof needs shade and water in hot summers.\n",
}


@pytest.fixture(scope="module")
def two(
    tmp_path_factory: pytest.TempPathFactory,
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path],
) -> Assistant:
    folder = tmp_path_factory.mktemp("overviews")
    return Assistant(make_corpus(folder, ABOUT), folder / "index")


def cited(answer: "Answer") -> list[tuple[str, str]]:
    return [(citation.document, citation.quote) for citation in answer.citations]


@pytest.mark.parametrize(
    "question",
    [
        "What is the Lindqvist report about?",
        "What topics does the report from the Lindqvist Institute cover?",
        "summarise the Clean Harbours report",
        "What is the report about?",  # one of the two calls itself so
        "overview of the 2023 report",
    ],
)
def test_a_document_is_told_by_a_sentence_and_its_headings(two: Assistant, question: str) -> None:
    answer = two.answer(question)
    assert answer.found
    first, *headings = cited(answer)
    assert first[1].startswith("This report tells how four harbours")
    assert headings == [("harbours", "Four harbours"), ("harbours", "What it cost")]


def test_one_without_headings_is_told_by_sentences_in_their_order(two: Assistant) -> None:
    answer = two.answer("What does the bees article say?")
    starts = [citation.start for citation in answer.citations]
    assert answer.found
    assert starts == sorted(starts)
    assert {document for document, _ in cited(answer)} == {"bees"}


@pytest.mark.parametrize(
    "question",
    ["What documents do you have?", "what are these documents about", "What is this about?"],
)
def test_all_documents_are_told_by_a_sentence_each(two: Assistant, question: str) -> None:
    answer = two.answer(question)
    assert [document for document, _ in cited(answer)] == ["bees", "harbours"]
    assert "Clean Harbours (2023):" in answer.text
    assert "Bees in Town (no date):" in answer.text


@pytest.mark.parametrize("question", ["Who are you?", "what is it?", "Why?"])
def test_a_question_without_content_is_refused(two: Assistant, question: str) -> None:
    assert not two.answer(question).found


def test_a_document_that_is_not_there_is_not_told_of(assistant: Assistant) -> None:
    answer = assistant.answer("What does the Deloitte report say?")
    assert not answer.found
    assert "“Deloitte”" in answer.text


def test_what_a_document_says_of_a_thing_is_read(two: Assistant) -> None:
    answer = two.answer("What does the report say it cost?")
    assert cited(answer) == [("harbours", "It cost 40 million euros.")]


def test_follow_ups_lean_on_what_was_told(two: Assistant) -> None:
    asked = "What is the Lindqvist report about?"
    other = two.answer("And the bees article?", history=[asked])
    assert {document for document, _ in cited(other)} == {"bees"}
    second = two.answer("What did the second one cost?", history=["What documents do you have?"])
    assert second.question == "What did Clean Harbours cost?"


def test_documents_without_sentences_are_told_by_what_they_begin_with(
    tmp_path: Path, make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path]
) -> None:
    files = {"prices.csv": "Town,Price\nBonn,12\n", "shopping.md": "# Shopping\n\n- Milk\n- Tea\n"}
    answer = Assistant(make_corpus(tmp_path, files), tmp_path / "index").answer(
        "What documents do you have?"
    )
    assert "Bonn — Price: **12** [1]" in answer.text
    assert "Shopping: Milk [2]" in answer.text
