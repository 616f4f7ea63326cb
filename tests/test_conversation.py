"""Follow-ups find what they mean from the conversation."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversation import Conversation, is_follow_up
from assistant.errors import QuestionError

GROUPS = [
    ["Apples", "Pears", "Plums"],
    ["Rules for entry", "Rules for exit"],
    ["< 2 years", "2-5 years", "> 10 years"],
]


def items(question: str) -> Sequence[str]:
    return ["Apples", "Pears", "Plums"] if "kinds of fruit" in question else []


def answer(question: str) -> str:
    told = {
        "Who is": "a writer",
        "Who": "Ada Lovelace",
        "Which firm": "Acme",
        "Where": "Bonn",
        "Which dates": "1 May",
    }
    return next((words for asked, words in told.items() if question.startswith(asked)), "")


CONVERSATION = Conversation(GROUPS, items, answer)


@pytest.mark.parametrize(
    ("history", "question", "meant"),
    [
        (["What is due by 2027?"], "And by 2030?", "What is due by 2030?"),
        (["What is due by 2027?"], "and the year after?", "What is due by 2028?"),
        (["What is due by 2027?"], "the year before?", "What is due by 2026?"),
        (["What is due by 2027?"], "And three years later?", "What is due by 2030?"),
        (["What is due by 2027?"], "10 years earlier?", "What is due by 2017?"),
        (["How many apples are sold?"], "what about pears?", "How many pears are sold?"),
        (["Which kinds of fruit are there?"], "And the second one?", "What about Pears?"),
        (
            ["Which kinds of fruit are there?"],
            "What does the last kind cost?",
            "What does Plums cost?",
        ),
        (["What are the rules for entry?"], "And exit?", "What are the Rules for exit?"),
        (["What share is at Series A?"], "Series D?", "What share is at Series D?"),
        (["What does ABC stand for?"], "And XYZ?", "What does XYZ stand for?"),
        (["Who leads Acme?"], "When was it founded?", "When was Acme founded?"),
        (
            ["How many are less than 2 years old?"],
            "over 10 years?",
            "How many are over 10 years old?",
        ),
        (["Who leads Acme in 2020?", "And in 2021?"], "in 2022?", "Who leads Acme in 2022?"),
        (
            ["What share has 101-300 staff?"],
            "and more than 1,000?",
            "What share has more than 1,000 staff?",
        ),
        (["What does level 2 mean?"], "and 3?", "What does level 3 mean?"),
        (["What is the dose for adults?"], "and for children?", "What is the dose for children?"),
        (["What is the price of paper clips?"], "and glue?", "What is the price of glue?"),
        (["Where did Acme open in Hong Kong?"], "In Macau?", "Where did Acme open in Macau?"),
        (["When are Apples picked?"], "and where do Pears grow?", "Where do Pears grow?"),
        (
            ["When was the Apples list published?"],
            "When was the Pears one printed?",
            "When was the Pears list printed?",
        ),
        (
            ["What did Acme issue in April 2021?"],
            "And in June?",
            "What did Acme issue in June 2021?",
        ),
        (
            ["What did Acme issue in April 2021?"],
            "and what came in July?",
            "What came in July 2021: Acme issue?",
        ),
        (
            ["How many people work for Acme?"],
            "in how many countries?",
            "In how many countries people work for Acme?",
        ),
        (["Who is Ada Lovelace?"], "how old is she?", "How old is Ada Lovelace?"),
        (["When is ISO 9001 due?"], "what is it about?", "What is ISO 9001 about?"),
        (
            ["Where was the Acme photo taken?"],
            "What does it show?",
            "What does the Acme photo show?",
        ),
        (["Who wrote the notes?"], "Where did she live?", "Where did Ada Lovelace live?"),
        (["Who heads it?"], "Who paid her in 2023?", "Who paid Ada Lovelace in 2023?"),
        (["When did Acme open in China?"], "What does it sell?", "What does Acme sell?"),
        (
            ["What is the seal in Bonn's Clean Water Programme?"],
            "Who gets it?",
            "Who gets it: seal in Bonn's Clean Water Programme?",
        ),
        (["Who leads Acme?"], "How big is that company?", "How big is that company: leads Acme?"),
        (
            ["What does the contract with Acme cost?"],
            "When does it end?",
            "When does it end: contract with Acme cost?",
        ),
        (["Who leads Acme?"], "Must a clerk return their keys?", "Must a clerk return their keys?"),
        (
            ["Who leads Acme?"],
            "What else is covered by the new insurance?",
            "What else is covered by the new insurance?",
        ),
        (["Who leads Acme?"], "what is her salary?", "What is Ada Lovelace's salary?"),
        (["Which firm won?"], "where is that company based?", "Where is Acme based?"),
        (["Which firm won?"], "and its price?", "What is Acme's price?"),
        (["Where did it start?"], "who works there?", "Who works in Bonn?"),
        (["What is TISAX?"], "how long does it take to join?", "How long does TISAX take to join?"),
        (["What is TISAX?"], "does that cost a fee?", "Does that cost a fee: TISAX?"),
        (["Who leads Acme?"], "who else?", "Who else leads Acme?"),
        (
            ["When did Acme pass the act?"],
            "since when is it in force?",
            "Since when is Acme in force?",
        ),
        (
            ["How many sell Apples and Plums?"],
            "what does the latter cost?",
            "What does Plums cost?",
        ),
        (
            ["How much glass is used?"],
            "how much of that is new?",
            "How much of that is new: glass is used?",
        ),
        (
            ["How many firms of 2020 are left?"],
            "and of those from 2019?",
            "How many firms of 2019 are left?",
        ),
        (
            ["What do plums cost?"],
            "and kiwis, where do they grow?",
            "Kiwis, where do they grow: plums cost?",
        ),
        (
            ["Who leads Acme?"],
            "What can Zenit do, and what must it not?",
            "What can Zenit do, and what must it not?",
        ),
        (
            ["Where was the fair in Bonn?"],
            "How are prices in it?",
            "How are prices in it: fair in Bonn?",
        ),
        (
            ["Which city has trams?"],
            "Which other cities have such a thing?",
            "Which other cities have such a thing: city has trams?",
        ),
    ],
)
def test_what_a_follow_up_means(history: list[str], question: str, meant: str) -> None:
    assert CONVERSATION.standalone(question, history)[0] == meant


@pytest.mark.parametrize(
    "question",
    [
        "What does BMS stand for?",
        "How many companies that employ 1,000 people are there?",
        "Which rules apply to exit and entry in 2030?",
        "Which streets will get the trams first?",
        "How long does a term of office last?",
        "What happened in the latter half of 2023?",
        "What does the Dutch fund Future One give?",
        "Is it true that apples are cheaper than pears in the north?",
        "How long does it take to charge a car?",
        "What does Zenit do that others do not?",
        "How many accidents have there been in Bonn?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert CONVERSATION.standalone(question, ["Who leads Acme?"]) == [question]


def test_without_history_nothing_is_added() -> None:
    assert CONVERSATION.standalone("And by 2030?", []) == ["And by 2030?"]
    assert is_follow_up("And by 2030?")


@given(st.text(min_size=1, max_size=80), st.lists(st.text(max_size=80), max_size=4))
def test_any_text_gives_readings_in_words(question: str, history: list[str]) -> None:
    try:
        readings = CONVERSATION.standalone(question, history)
    except QuestionError:
        return
    assert readings
    assert all(isinstance(reading, str) and reading for reading in readings)


def test_history_that_could_not_be_asked_is_left_out() -> None:
    history = ["What is due by 2027?", "x" * 3000, "", "?!"]
    assert CONVERSATION.standalone("And by 2030?", history) == ["What is due by 2030?"]
    assert CONVERSATION.standalone("And by 2030?", ["x" * 3000]) == ["And by 2030?"]
