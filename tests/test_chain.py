"""Answers over the shipped documents, through the public way in."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant import Assistant
from assistant.errors import QuestionError

if TYPE_CHECKING:
    from assistant import Answer


def bold(answer: "Answer") -> list[str]:
    return answer.text.split("**")[1::2]


def test_a_fact_is_the_sentence_that_holds_it(assistant: Assistant) -> None:
    answer = assistant.answer("When must carbon dioxide emissions peak?")
    assert answer.text.startswith("Carbon dioxide emissions must peak")
    assert "2030" in " ".join(bold(answer))
    assert answer.citations[0].section[-1] == "Executive Summary"


def test_a_definition_is_its_row(assistant: Assistant) -> None:
    answer = assistant.answer("What does TISAX stand for?")
    assert bold(answer) == ["Trusted Information Security Assessment Exchange"]
    assert len(answer.citations) == 1


def test_a_chart_gives_the_row_with_what_it_is_a_share_of(assistant: Assistant) -> None:
    answer = assistant.answer("What share of the companies has 301-500 employees?")
    assert bold(answer) == ["12%"]
    assert answer.text.startswith("Team size: 301-500 employees — Share of the 75 companies")
    assert "two separate lists" in str(answer.citations[0].note)


def test_a_list_is_whole_and_alone(assistant: Assistant) -> None:
    answer = assistant.answer("What are the exclusion criteria?")
    assert answer.text.splitlines() == [
        "Exclusion criteria:",
        "- **Dominates the market based on revenue or market share** [1]",
        "- **Publicly listed or with USD 1B+ in funding** [1]",
        "- **Directly connected to a major supplier or OEM** [1]",
        "- **In operation for less than 9 months** [1]",
    ]


def test_headings_answer_where_each_has_a_section(assistant: Assistant) -> None:
    answer = assistant.answer("What are the autotech top trends?")
    lines = answer.text.splitlines()
    assert lines[0] == "Autotech top trends:"
    assert lines[1] == "- **A tipping point has been reached for vehicle electrification** [1]"
    assert len(lines) == 1 + len(answer.citations) == 11
    for cited in answer.citations:
        assert cited.section[-2:] == ("Autotech top trends", cited.quote)
    third = assistant.answer("Tell me more about the third", history=[answer.question])
    assert third.citations[0].section[-1].startswith("The lines between Big Tech and Big Auto")


@pytest.mark.parametrize(
    "question",
    ["What does the autotech cohort analysis cover?", "What is included in the cohort analysis?"],
)
def test_what_a_section_covers_its_headings_tell(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question)
    assert answer.text.startswith("Autotech cohort analysis:\n- **Core businesses** [1]\n")
    assert answer.citations[-1].quote == "Funding rounds"


TIPS = """# Three ways to a quiet office

## Close the doors

Most noise comes from the corridor, and a door that is shut keeps nine tenths of it out.

## Move the printers

A printer in a room of its own disturbs nobody, and paper is used less when it is far.

## Ask people

Who is asked to speak low mostly does; a sign on the wall changes little.
"""


@pytest.mark.parametrize(
    ("question", "headed"),
    [
        ("What are the three ways to a quiet office?", True),
        ("What are the ways to a quiet garden?", False),
        ("How much noise does a door that is shut keep out?", False),
    ],
)
def test_a_title_that_counts_its_sections_heads_them(
    tmp_path: Path, make_corpus: Callable[..., Path], question: str, headed: bool
) -> None:
    corpus = make_corpus(tmp_path, {"office.md": TIPS})
    answer = Assistant(corpus=corpus, index=tmp_path / "index").answer(question)
    quotes = [citation.quote for citation in answer.citations]
    assert (quotes == ["Close the doors", "Move the printers", "Ask people"]) == headed


def test_a_comparison_shows_both_sides(assistant: Assistant) -> None:
    answer = assistant.answer("What is the difference between inclusion and exclusion criteria?")
    assert [c.section[-1] for c in answer.citations] == ["Inclusion criteria", "Exclusion criteria"]


def test_a_sentence_that_answers_two_parts_is_said_once(assistant: Assistant) -> None:
    answer = assistant.answer("When must emissions peak and when must neutrality be achieved?")
    assert answer.text.count("must peak") == 1
    assert bold(answer) == ["2030", "2060"]
    assert len(answer.citations) == 1


@pytest.mark.parametrize(
    "question",
    [
        "what does adas stand for",
        "WHAT DOES ADAS STAND FOR?",
        "Could you please tell me what ADAS stands for? Thanks!",
        "adas full name",
        "What dose ADAS stand for?",
    ],
)
def test_the_manner_of_asking_makes_no_difference(assistant: Assistant, question: str) -> None:
    assert "Advanced Driver Assistance Systems" in assistant.answer(question).text


@pytest.mark.parametrize(
    ("history", "question", "holds"),
    [
        (["What share of the companies is at Series A?"], "Series D?", "8%"),
        (["How many companies are in Beijing?"], "And in Shanghai?", "13"),
        (["What does Mobility cover as a category?"], "And connectivity?", "Data security"),
    ],
)
def test_a_follow_up_finds_what_it_means(
    assistant: Assistant, history: list[str], question: str, holds: str
) -> None:
    answer = assistant.answer(question, history)
    assert holds in answer.text, (answer.question, answer.text)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What does the plan aim for by 2040?", "2040"),
        ("How many firms are in Tianjin?", "Tianjin"),
        ("What is the capital of Mongolia?", "Mongolia"),
    ],
)
def test_what_is_not_there_is_refused_and_named(
    assistant: Assistant, question: str, missing: str
) -> None:
    answer = assistant.answer(question)
    assert not answer.found
    assert not answer.citations
    assert f"“{missing}”" in answer.text
    assert 1 <= len(answer.nearest) <= 3
    for c in answer.nearest:
        assert assistant.documents[c.document].text[c.start : c.end] == c.quote


def test_the_same_question_has_the_same_answer(assistant: Assistant) -> None:
    question = "Which cities do autotech companies prefer?"
    assert assistant.answer(question) == assistant.answer(question)


def test_it_is_a_langchain_runnable(assistant: Assistant) -> None:
    from langchain_core.runnables import Runnable

    runnable = assistant.as_runnable()
    assert isinstance(runnable, Runnable)
    asked = {"question": "What does BMS stand for?", "history": []}
    assert runnable.batch([asked, asked])[1] == assistant.answer("What does BMS stand for?")


def test_only_the_threshold_tells_strict_from_lax(monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.chain import threshold
    from assistant.errors import AssistantError

    assert threshold("strict") > threshold("balanced") > threshold("lax")
    with pytest.raises(AssistantError, match="ASSISTANT_STRICTNESS"):
        threshold("paranoid")


@pytest.mark.parametrize(
    ("question", "history", "says"),
    [
        ("What percentage has more than 1,000 employees?", [], "12%"),
        ("share of firms older than ten years", [], "11%"),
        ("And Shanghai?", ["How many companies are in Beijing?", "x" * 3000], "13"),
        ("What is it compatible with?", ["What does TISAX stand for?"], "ISO27001"),
        ("what's in the connectivity category", [], "Data security"),
        ("When was the connectivity list launched?", [], "2021.08"),
    ],
)
def test_the_right_figure_row_or_list_answers(
    assistant: Assistant, question: str, history: list[str], says: str
) -> None:
    answer = assistant.answer(question, history)
    assert says in answer.text.replace("**", "")


def test_another_month_does_not_answer(assistant: Assistant) -> None:
    assert "Baidu" not in assistant.answer("Which company won a licence in November?").text
    assert "licence in June" in assistant.answer("Which company won a licence in June?").text


def test_a_later_question_of_two_knows_what_the_first_was_about(assistant: Assistant) -> None:
    answer = assistant.answer("What is TISAX and who asks suppliers for it?")
    assert "Trusted Information Security Assessment Exchange" in answer.text
    assert len(answer.citations) > 1 or "who asks suppliers for it?" in answer.text


def test_a_preposition_may_open_the_second_of_two_questions(assistant: Assistant) -> None:
    asked = "Which authorities released the plan for the automotive industry, and on which day?"
    text = assistant.answer(asked).text.replace("**", "")
    assert "National Data Administration" in text
    assert "December 29, 2025" in text


def test_documents_that_are_asked_each_lean_on_nothing(assistant: Assistant) -> None:
    answer = assistant.answer("Which standards do KPMG and SESEC name in their reports?")
    assert answer.question == "Which standards do KPMG and SESEC name in their reports?"


def test_an_item_tells_whether_it_is_there(assistant: Assistant) -> None:
    assert bold(assistant.answer("Are fleet management firms covered?")) == ["Fleet management"]


def test_what_answered_is_meant_next(assistant: Assistant) -> None:
    history = ["Which cities are most popular with autotech companies?"]
    answer = assistant.answer("how far are they from the sea?", history)
    assert answer.question == "How far are Beijing and Shanghai from the sea?"


def test_a_history_that_is_one_string_is_an_error(assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="a list of questions, oldest first"):
        assistant.answer("And BMS?", history="What does HMI stand for?")


def test_tables_of_any_cells_are_compared(tmp_path: Path, make_corpus: Callable[..., Path]) -> None:
    text = """# Phones

## Releases

| Model | Release |
| --- | --- |
| Alba | 12.05.2024 |
| Bora | 2.4.1 |
|

## Sales by model

| Model | Sales |
| --- | --- |
| Alba | 48 million (2021) |
| Bora | 900 thousand (2022) |

## Revenue

| Year | Euros |
| --- | --- |
| 2021 | 500 |
| 2022 | 900 |

## Offices

| Office | City | State |
| --- | --- | --- |
| North | Berlin | Berlin |
"""
    assistant = Assistant(make_corpus(tmp_path, {"a.md": text}), tmp_path / "index")
    assert assistant.answer("Which model has the most recent release?")
    assert "Alba" in assistant.answer("Which model has the largest sales?").text
    assert bold(assistant.answer("What was the revenue in 2022?")) == ["900"]
    assert "State: **Berlin**" in assistant.answer("In which state is the North office?").text


def test_a_long_sentence_that_answers_two_parts_stands_once_and_whole(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    sentence = (
        "The old harbour of Riga was closed on 3 May 1998, after a storm had broken its northern "
        "wall, when the council of the town and the owners of the boats, who had met four times "
        "that winter, agreed that mending it would cost more than the whole fleet was worth, and "
        "its cranes were sold to the yard of Gdansk for 2 million dollars."
    )
    corpus = make_corpus(tmp_path, {"riga.md": f"# Harbours\n\n{sentence}\n"})
    answer = Assistant(corpus, tmp_path / "index").answer(
        "When was the old harbour of Riga closed and who bought its cranes?"
    )
    assert [citation.quote for citation in answer.citations] == [sentence]
    assert bold(answer) == ["3 May 1998", "the yard of Gdansk"]


GATES = """# The castle

## East gate

The gate opens at nine o'clock in the morning. It leads to the gardens and the tea house.

## West gate

The gate opens at half past ten in the morning. It leads to the museum and the tower.
"""


def test_of_two_places_that_answer_alike_both_are_shown(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    assistant = Assistant(make_corpus(tmp_path, {"castle.md": GATES}), tmp_path / "index")
    answer = assistant.answer("When does the gate of the castle open?")
    lines = answer.text.replace("**", "").splitlines()
    assert sorted(line for line in lines if line.endswith(":")) == [
        "East gate:",
        "This may also answer it:",
        "West gate:",
    ]
    assert lines[3] == "This may also answer it:"
    assert [citation.number for citation in answer.citations] == [1, 2]
    assert {citation.quote for citation in answer.citations} == {
        "The gate opens at nine o'clock in the morning.",
        "The gate opens at half past ten in the morning.",
    }
    other = assistant.answer("When does the gate of the castle open?", language="zh")
    assert "以下内容也可能是答案：" in other.text


def test_of_two_places_the_one_that_is_named_answers_alone(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    assistant = Assistant(make_corpus(tmp_path, {"castle.md": GATES}), tmp_path / "index")
    answer = assistant.answer("When does the east gate open?")
    assert [citation.section[-1] for citation in answer.citations] == ["East gate"]
    [*_, last] = answer.text.splitlines()
    assert last == answer.text


def test_an_item_that_only_names_a_thing_is_no_reason(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    text = """# The marsh

## Plants

The species which had settled by the end, in order of cover, were:

- annual glasswort
- sea aster
- sea purslane

A trial planting of 600 plugs of sea purslane in May 2019 failed: geese pulled up most of them
within three weeks.
"""
    assistant = Assistant(make_corpus(tmp_path, {"marsh.md": text}), tmp_path / "index")
    assert "geese" in assistant.answer("Why did the sea purslane planting fail?").text
