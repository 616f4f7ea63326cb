"""The gate lets through what the source holds, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.statements import Statement, merged, sentence
from assistant.citations import cite
from assistant.corpus import parse
from assistant.formats import Parsed
from assistant.splitting import split

TEXT = "# Title\n\nThe bridge opened in **1932** after years of work. It is long.\n"
DOCUMENT = parse("d", Parsed(TEXT))
[PASSAGE] = split(DOCUMENT)
SPAN = (PASSAGE.spans[0].start, PASSAGE.spans[0].end)
GOOD = sentence(DOCUMENT, PASSAGE, SPAN, SPAN, 90)


def test_a_statement_gets_its_number_and_its_quote() -> None:
    [text], [citation] = cite([GOOD], {"d": DOCUMENT})
    assert text == "**The bridge opened in 1932 after years of work**. [1]"
    assert citation.quote == DOCUMENT.text[citation.start : citation.end]
    assert citation.quote == "The bridge opened in **1932** after years of work."
    assert citation.section == ("Title",)


def test_the_same_quote_has_one_number() -> None:
    lines, citations = cite([GOOD, GOOD], {"d": DOCUMENT})
    assert len(citations) == 1
    assert "\n".join(map(str, lines)).count("[1]") == 2


def test_a_word_that_the_source_lacks_drops_the_statement() -> None:
    forged = replace(GOOD, lines=("The bridge opened in 1933.",))
    lines, citations = cite([forged], {"d": DOCUMENT})
    assert not citations
    assert [str(line) for line in lines] == [
        "One statement was left out: the source could not be confirmed."
    ]


def test_a_document_that_is_gone_drops_the_statement() -> None:
    assert cite([GOOD], {})[1] == ()


@given(st.integers(-5, 200), st.integers(-5, 200), st.text(max_size=30))
def test_no_citation_ever_differs_from_its_source(start: int, end: int, shown: str) -> None:
    _, citations = cite([Statement(PASSAGE, start, end, (shown,))], {"d": DOCUMENT})
    for citation in citations:
        assert DOCUMENT.text[citation.start : citation.end] == citation.quote
        assert citation.quote.strip()


@pytest.mark.parametrize(
    ("text", "chosen", "shown"),
    [
        ("Write to a.lee@bonn.de today.", "bonn", "Write to **a.lee@bonn.de** today."),
        ("See https://bonn.de/a for it.", "https", "See **https://bonn.de/a** for it."),
        ("The 15th plan (2026) began.", "plan (2026", "The 15th **plan (2026)** began."),
        ("The 15th plan (2026) began.", "(2026", "The 15th plan **(2026)** began."),
        ("The plan (of 2026 and on) began.", "(of 2026", "The plan (**of 2026** and on) began."),
    ],
)
def test_what_is_bold_is_whole(text: str, chosen: str, shown: str) -> None:
    document = parse("b", Parsed(text))
    [passage] = split(document)
    at = text.index(chosen)
    made = sentence(document, passage, (0, len(text)), (at, at + len(chosen)), 90)
    assert made.lines == (shown,)


def test_a_sentence_said_twice_is_said_once_with_both_parts_bold() -> None:
    years = [(at, at + 4) for at in (DOCUMENT.text.index("1932"), DOCUMENT.text.index("work"))]
    twice = [sentence(DOCUMENT, PASSAGE, SPAN, year, 90) for year in years]
    [one] = merged([*twice, twice[0]])
    assert one.lines == ("The bridge opened in **1932** after years of **work**.",)
    assert len(merged([one, replace(one, end=one.end - 1)])) == 2


def test_a_long_sentence_is_cut_to_the_clauses_that_answer() -> None:
    long = ", ".join(f"part {n} of it goes on and on" for n in range(40)) + "."
    document = parse("l", Parsed(long))
    [passage] = split(document)
    whole = (0, len(document.text))
    at = document.text.index("part 20")
    cut = sentence(document, passage, whole, (at, at + 7), 30)
    assert "**part 20**" in cut.lines[0]
    assert len(cut.lines[0].split()) <= 32
    [text], [citation] = cite([cut], {"l": document})
    assert str(text).startswith("… ")
    assert citation.quote in document.text
