"""Questions to begin and to go on with: the documents answer each of them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.web import suggestions
from assistant.web.suggestions import Opening, further, opening

if TYPE_CHECKING:
    from assistant import Assistant

FACT = "What share of the companies is at Series C?"


def test_opening_questions_come_from_several_documents_and_are_answered(
    assistant: "Assistant",
) -> None:
    found = opening(assistant)
    assert 4 <= len(found) <= 6
    assert found[0] == "What are these documents about?"
    cited = [assistant.answer(question).citations[0].document for question in found]
    assert len(set(cited)) >= 3


def test_further_questions_are_answered_elsewhere_than_the_one_before(
    assistant: "Assistant", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "SECONDS", 60)  # however slow this computer is
    answer = assistant.answer(FACT)
    found = further(assistant, answer, [FACT])
    assert 1 <= len(found) <= 3
    quotes = {(c.start, c.end) for c in answer.citations}
    for question in found:
        other = assistant.answer(question)
        assert other.citations[0].document == answer.citations[0].document
        assert (other.citations[0].start, other.citations[0].end) not in quotes
    seen = [(c.document, c.start, c.end) for q in found for c in assistant.answer(q).citations]
    for again in (further(assistant, answer, found), further(assistant, answer, [FACT], seen)):
        assert not set(again) & set(found)


def test_nothing_is_suggested_where_nothing_is_cited(assistant: "Assistant") -> None:
    from assistant.types import Answer

    assert further(assistant, Answer("q", "t", False), []) == []


@pytest.fixture
def changing(
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path], tmp_path: Path
) -> "Assistant":
    from assistant import Assistant

    text = "# Rivers\n\nThe Rufiji Basin Office (RBO) was founded in 1990.\n"
    return Assistant(make_corpus(tmp_path, {"a.md": text}), tmp_path / "index")


def test_opening_questions_follow_the_documents(changing: "Assistant", tmp_path: Path) -> None:
    asked = Opening(changing)
    assert asked.ready() is None
    whole = "What is this document about?"
    assert asked.questions() == asked.ready() == [whole, "What does RBO stand for?"]
    new = tmp_path / "b.md"
    new.write_text("# Lakes\n\nThe Lake Victoria Society (LVS) is a club.\n", encoding="utf-8")
    changing.add([new])
    assert asked.ready() is None
    assert "What does LVS stand for?" in asked.questions()
