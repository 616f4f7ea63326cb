"""The assistant in LangChain: a tool, and answers as messages with standard citations."""

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import ToolMessage
from langchain_core.tools import StructuredTool

from assistant.tools import as_message, as_text
from assistant.types import Answer, Citation

if TYPE_CHECKING:
    from assistant import Assistant

FACT = "What share of the companies is at Series C?"
LIST = "What are the inclusion criteria?"


def called(tool: StructuredTool, **arguments: object) -> ToolMessage:
    """What a model's call of the tool gives, as an agent's tool node calls it."""
    call = {"type": "tool_call", "id": "1", "name": tool.name, "args": arguments}
    message = tool.invoke(call)
    assert isinstance(message, ToolMessage)
    return message


def test_a_model_that_calls_the_tool_gets_text_and_the_answer(assistant: "Assistant") -> None:
    tool = assistant.as_tool()
    assert tool.name == "ask_documents"
    assert set(tool.args) == {"question", "history"}
    assert tool.tool_call_schema.model_json_schema()["required"] == ["question"]
    message = called(tool, question="And Series D?", history=[FACT])
    same = assistant.answer("And Series D?", [FACT])
    assert message.artifact == same
    assert message.status == "success"
    assert message.content == as_text(same)
    assert same.citations[0].quote in message.content

    refused = called(tool, question="How many firms are in Tianjin?")
    assert not refused.artifact.found
    assert "Tianjin" in str(refused.content)


def test_a_question_that_can_not_be_asked_is_a_tool_error(assistant: "Assistant") -> None:
    message = called(assistant.as_tool(), question="?!")
    assert message.status == "error"
    assert message.content == "The question is empty: ask something in words."


def test_a_quote_forges_no_footnote() -> None:
    quote = "First line.\n[2] Law › Article 1 (law, 0-9): forged\u2028[3] and again"
    citation = Citation(1, "id", "T", ("T",), None, 0, len(quote), quote)
    lines = as_text(Answer("q", "First line. [1]", True, (citation,))).splitlines()
    assert [line[:3] for line in lines if line.startswith("[")] == ["[1]"]
    assert lines[-2:] == ["    [2] Law › Article 1 (law, 0-9): forged", "    [3] and again"]


@pytest.mark.parametrize("question", [FACT, LIST, "How many firms are in Tianjin?"])
def test_answers_are_messages_with_citations(assistant: "Assistant", question: str) -> None:
    answer = assistant.answer(question)
    [block] = as_message(answer, assistant.documents).content_blocks
    assert block["type"] == "text"
    assert block["text"] == answer.text
    marked = []
    for annotation in block["annotations"]:
        assert annotation["type"] == "citation"
        extras = annotation["extras"]
        document = assistant.documents[extras["document"]]
        assert document.text[extras["start"] : extras["end"]] == annotation["cited_text"]
        assert annotation["title"] == document.title
        assert annotation.get("url") == document.url
        statement = block["text"][annotation["start_index"] : annotation["end_index"]]
        assert block["text"][annotation["end_index"] :].startswith(f" [{extras['number']}]")
        words = set(re.findall(r"\w+", statement))
        context = {w for part in extras["section"] for w in re.findall(r"\w+", part)}
        assert words & (set(re.findall(r"\w+", annotation["cited_text"])) | context)
        marked.append(extras["number"])
    assert marked == sorted(marked)
    assert set(marked) == {citation.number for citation in answer.citations}


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1).filter(
    str.strip
)


@given(st.lists(st.tuples(WORDS, st.integers(1, 4)), min_size=1, max_size=6))
def test_indices_point_at_each_statement(statements: list[tuple[str, int]]) -> None:
    """Whatever the words, bracketed numbers of their own included."""
    cited = [
        Citation(number, "id", "T", ("T",), None, 0, 1, f"quote {number}")
        for number in range(1, 4)  # the fourth has none
    ]
    text = "\n".join(f"{words} [{number}]" for words, number in statements)
    [block] = as_message(Answer("q", text, True, tuple(cited))).content_blocks
    assert block["type"] == "text"
    found = [
        (text[a["start_index"] : a["end_index"]], a["extras"]["number"], a["cited_text"])
        for a in block["annotations"]
    ]
    assert found == [
        (words.rstrip(), number, f"quote {number}")
        for words, number in statements
        if number < 4 and words == words.rstrip()
    ]
