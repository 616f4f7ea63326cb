"""Passages and spans keep their offsets, whatever the text."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.corpus import parse
from assistant.formats import Parsed
from assistant.formats import text as plain
from assistant.markup import strip_markup
from assistant.splitting import MAX_CHARACTERS, split
from assistant.types import Document

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40
)
LINES = st.one_of(
    WORDS,
    st.builds(
        "{} {}".format, st.sampled_from(["#", "##", "-", "*", "1.", "  -", ">", "```"]), WORDS
    ),
    st.builds("| {} | {} |".format, WORDS, WORDS),
    st.just("| --- | --- |"),
    st.just("<!-- reconstructed: so -->"),
    st.just(""),
    st.sampled_from(["One sentence. Another one: e.g. this.", "It lists:", "**Term**: what it is"]),
)
MARKDOWN = st.lists(LINES, max_size=30).map("\n".join)


def document(text: str) -> Document:
    return parse("d", Parsed(text))


@given(MARKDOWN)
@example("<!-- reconstructed: so -->\n#")
@settings(deadline=None)
def test_offsets_hold_over_arbitrary_markdown(text: str) -> None:
    made = document(text)
    end = 0
    for section in made.sections:
        assert section.start == end
        end = section.end
    assert end == len(made.text)
    at = 0
    for passage in split(made):
        assert made.text[passage.start : passage.end] == passage.text
        assert passage.start >= at
        assert passage.text.strip()
        at = passage.end
        section = next(s for s in made.sections if s.start <= passage.start < s.end)
        assert passage.end <= section.end
        assert passage.section == section.path
        inside = passage.start
        assert passage.spans
        for span in passage.spans:
            assert inside <= span.start < span.end <= passage.end
            inside = span.end
            if span.lead:
                assert 0 <= span.lead[0] < span.lead[1] <= span.start
    for mark in made.marks:
        assert 0 <= mark.start < mark.end <= len(made.text)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_plain_text_of_any_kind_is_split(text: str) -> None:
    made = parse("d", plain.read(text.replace("\x00", "").encode()))
    for passage in split(made):
        assert made.text[passage.start : passage.end] == passage.text


@given(st.text(max_size=200))
def test_stripped_words_know_where_they_stand(text: str) -> None:
    shown, offsets = strip_markup(text)
    assert len(shown) == len(offsets)
    assert all(text[offset] == char for char, offset in zip(shown, offsets, strict=True))
    assert offsets == sorted(set(offsets))


def kinds(text: str) -> list[tuple[str, str]]:
    made = document(text)
    return [(span.kind, made.text[span.start : span.end]) for p in split(made) for span in p.spans]


def test_kinds_of_spans() -> None:
    text = (
        "# T\n\nIt has two parts. They are these:\n\n- one\n- **Two**: a part\n  that goes on\n"
        "    - below\n\n| A | B |\n|---|---|\n| x | 1 |\n| y | 2 |\n"
    )
    assert kinds(text) == [
        ("sentence", "It has two parts."),
        ("sentence", "They are these:"),
        ("item", "one"),
        ("definition", "**Two**: a part\n  that goes on"),
        ("item", "below"),
        ("row", "| x | 1 |"),
        ("row", "| y | 2 |"),
    ]


def test_a_list_knows_its_lead_and_a_row_its_header() -> None:
    made = document("They are:\n\n- one\n- two\n\n| A | B |\n|---|---|\n| x | 1 |\n")
    leads = [made.text[slice(*s.lead)] for p in split(made) for s in p.spans if s.lead]
    assert leads == ["They are:", "They are:", "| A | B |"]


def test_a_sentence_introduces_a_list_by_its_colon_or_its_count() -> None:
    made = document("Text. There are two.\n\n- a\n- b\n\nThere are 3.\n\n- c\n- d\n")
    leads = [made.text[slice(*s.lead)] for p in split(made) for s in p.spans if s.lead]
    assert leads == ["There are two.", "There are two."]


def test_an_item_holds_all_that_stands_in_it() -> None:
    code = "1. Get it.\n2. Run this:\n\n   ```\n   pip install foo\n   ```"
    for text in (
        code,
        "- One\n\n  <div>Two</div>",
        "- One\n\n      two()\n- ```\n  three()\n  ```",
    ):
        [passage] = split(document(f"# T\n\n{text}\n\n## Next\n"))[:1]
        assert passage.text == text
    [passage] = split(document("- One\n\n  <!-- hidden -->\n"))
    assert passage.text == "- One"


def test_long_blocks_are_cut_and_short_ones_stay_whole() -> None:
    rows = "\n".join(f"| name {n} | value {n} |" for n in range(200))
    passages = split(document(f"# T\n\n| Name | Value |\n|---|---|\n{rows}\n"))
    assert len(passages) > 3
    assert all(len(p.text) <= 1.2 * MAX_CHARACTERS for p in passages)
    assert all("| Name | Value |" in p.text or "| Name | Value |" in p.context for p in passages)
    assert sum(len(p.spans) for p in passages) == 200


def test_headings_make_the_path() -> None:
    made = document("# T\n\nx.\n\n## A\n\nx.\n\n### B\n\nx.\n\n## C\n\nx.")
    assert [p.context for p in split(made)] == ["T", "T > A", "T > A > B", "T > C"]


def test_reconstructed_blocks_are_marked() -> None:
    made = document("a\n\n<!-- reconstructed: by order -->\n| A |\n|---|\n| x |\n\n- y\n")
    [mark] = made.marks
    assert made.text[mark.start : mark.end] == "| A |\n|---|\n| x |"
    assert mark.note == "by order"


def test_extracted_text_gets_structure() -> None:
    text = (
        "Annual report\n\nThis is a hard-\nwrapped paragraph with\nthree lines.\n\nResults\n\n"
        "It was good. It says:\n\n  • first thing\nthat goes on\n  • second\n\n1. one\n2. two\n"
    )
    parsed = plain.read(text.encode())
    assert parsed.about["title"] == "Annual report"
    assert kinds(parsed.text) == [
        ("sentence", "This is a hard-wrapped paragraph with three lines."),
        ("sentence", "It was good."),
        ("sentence", "It says:"),
        ("item", "first thing that goes on"),
        ("item", "second"),
        ("item", "one"),
        ("item", "two"),
    ]
