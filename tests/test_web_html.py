"""The HTML that the page is made of: inert whatever it holds, and marked to the character."""

import html
import json
import re
from collections.abc import Collection
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import AssistantError
from assistant.types import Answer, Citation, Document, Entry, Mark, Section
from assistant.web import render
from assistant.web.conversations import Turn, changed, read_answer, read_turns
from assistant.web.escape import escape
from assistant.web.excerpt import PARSED, PART, Highlight, excerpt, part
from assistant.web.i18n import LANGUAGES, TEXTS, language, say
from assistant.web.library import Wanted, library_html
from assistant.web.quality import quality_html
from assistant.web.reading import Place, read_places, reading_html

if TYPE_CHECKING:
    from assistant import Assistant

EVIL = "http://evil.example"
HOSTILE = f"""<img src="{EVIL}/a.png" onerror="alert(1)"><script>alert(2)</script>"""
ALLOWED = {"class", "id", "href", "type", "tabindex", "dir", "title", "value", "hidden"}


class Shown(HTMLParser):
    """What a reader sees of some HTML: its words, those in marks by class, its tags."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words, self.marked = "", {}  # type: str, dict[str, str]
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.aside = 0
        self.on: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        kind = named.get("class") or ""
        beside = kind in ("badge", "bullet", "pagemark", "note", "data")
        self.aside += beside or self.aside > 0
        if tag == "mark":
            self.on = kind.split()

    def handle_endtag(self, tag: str) -> None:
        self.aside -= self.aside > 0
        if tag == "mark":
            self.on = []

    def handle_data(self, data: str) -> None:
        if not self.aside:
            self.words += data
            for name in self.on:
                self.marked[name] = self.marked.get(name, "") + data


def letters(text: str) -> str:
    return re.sub(r"[\W\d_]", "", text)


def document(text: str, title: str = "Title", **named: Any) -> Document:
    return Document("id", title, text, (Section((title,), 0, len(text)),), **named)


def whole(shown: Document, *highlights: Highlight) -> Shown:
    return Shown(excerpt(shown, 0, len(shown.text), highlights))


def answer(text: str, quote: str = "words", **named: Any) -> tuple[Answer, dict[str, Document]]:
    shown = document(f"Some {quote} here.", title=HOSTILE)
    place = Citation(1, "id", HOSTILE, (HOSTILE,), 3, 5, 5 + len(quote), quote, note=HOSTILE)
    return Answer("q", text, **({"found": True, "citations": (place,)} | named)), {"id": shown}


# Escaping


@given(st.text())
def test_escaped_text_is_one_line_without_syntax_and_reads_as_it_was(text: str) -> None:
    escaped = escape(text)
    assert not re.search(r"[<>\"'`*_$\\\[\]{}~|\n\r]", escaped)
    plain = "".join(c for c in text if c.isprintable())
    assert "".join(c for c in html.unescape(escaped) if c in plain) == plain


@given(st.text())
def test_data_for_the_script_comes_through_as_it_was(text: str) -> None:
    source = render.data({"quote": text})
    assert source.isascii()
    assert "\n" not in source
    inner = re.fullmatch(r'<span class="data" hidden>(.*)</span>', source)
    assert inner
    assert json.loads(html.unescape(inner[1])) == {"quote": text}


# Marks


WORD = st.text("abcdeéß中", min_size=1, max_size=6)
LINE = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
BLOCK = st.one_of(
    LINE,
    LINE.map(lambda s: f"## {s}"),
    LINE.map(lambda s: f"**{s}** and `{s}`"),
    st.lists(LINE, min_size=1, max_size=4).map(lambda items: "\n".join(f"- {i}" for i in items)),
    st.lists(LINE, min_size=1, max_size=4).map(
        lambda items: "\n".join(f"{n}. {i}" for n, i in enumerate(items, 1))
    ),
    st.lists(st.tuples(LINE, LINE), min_size=1, max_size=4).map(
        lambda rows: "| a | b |\n| --- | --- |\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    ),
)


@given(st.lists(BLOCK, min_size=1, max_size=6).map("\n\n".join), st.data())
def test_marks_stand_on_exactly_the_characters_of_their_offsets(
    text: str, data: st.DataObject
) -> None:
    spans = []
    for number in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        if letters(text[start:end]):
            spans.append(Highlight(start, end, f"n{number}", str(number)))
    pages = data.draw(st.lists(st.integers(0, len(text)), max_size=3, unique=True).map(sorted))
    shown = whole(document(text, pages=tuple(pages)), *spans)
    assert letters(shown.words) == letters(text)
    for span in spans:
        assert letters(shown.marked[span.id]) == letters(text[span.start : span.end])
        assert [named["id"] for tag, named in shown.tags if tag == "sup"].count(span.id) == 1


def test_a_sentence_is_marked_to_the_character() -> None:
    text = "# A\n\nOne is 1. Two is **2**, too. One is 1."
    start = text.rindex("One")
    shown = whole(document(text), Highlight(start, len(text), "n1"))
    assert shown.marked == {"n1": "One is 1."}
    assert shown.words == "AOne is 1. Two is 2, too. One is 1."


@pytest.mark.parametrize(
    "text", ["<!-- a note -->\n\nWords.", "---\n\nWords.", "> Words.\n\n* * *"]
)
def test_a_mark_on_syntax_alone_is_shown_as_plain_text(text: str) -> None:
    shown = whole(document(text), Highlight(0, 4, "n1"), Highlight(0, len(text), "n2"))
    assert shown.marked["n1"]
    assert "Words." in shown.words


def test_only_the_block_of_a_mark_on_syntax_is_plain() -> None:
    text = "A **bold** word.\n\n<!-- a note -->\n\nAnother **bold** word."
    shown = whole(document(text), Highlight(text.index("<!--"), text.index("-->"), "n1"))
    assert shown.words == "A bold word.<!-- a note -->Another bold word."


def test_pages_are_numbered_where_they_begin() -> None:
    text = "One two three.\n\nFour five."
    source = excerpt(document(text, pages=(0, 4, 16)), 0, len(text), [])
    plain = re.sub(r"<[^>]+>", "|", source)
    assert plain == "||p. 1|One |p. 2|two three.|||p. 3|Four five.|"


def test_an_editors_note_stands_before_what_it_is_about() -> None:
    text = "First.\n\n| a | b |\n| --- | --- |\n| c | d |"
    note = Mark(text.index("| c"), len(text), "reconstructed: from two lists")
    source = excerpt(document(text, marks=(note,)), 0, len(text), [])
    assert re.search(r"First.</p><p class=\"note\"><strong>Reconstructed</strong> from", source)
    assert source.count("from two lists") == 1


# Parts of long documents


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(f"## Section {n}\n\n" + "Words of it. " * 200 for n in range(120)),
        "# A\n\n| Name | Value |\n| --- | --- |\n"
        + "\n".join(f"| row {n} | {n} |" for n in range(12_000)),
        "word " * 100_000,
        "x" * (2 * PARSED),
    ],
    ids=["sections", "table", "line", "letters"],
)
def test_the_parts_of_a_long_document_are_the_whole_of_it(text: str) -> None:
    starts = [m.start() for m in re.finditer("^## ", text, re.MULTILINE)] or [0]
    ends = [*starts[1:], len(text)]
    sections = tuple(Section(("T",), a, b) for a, b in zip(starts, ends, strict=True))
    shown = Document("id", "T", text, sections)
    at, parts = 0, []
    while at < len(text):
        start, end = part(shown, at, at + 1)
        assert start == at < end <= start + 3 * PART
        parts.append((start, end))
        at = end
    assert len(parts) > 2
    for start, end in (parts[0], parts[1], parts[-1]):
        assert part(shown, (start + end) // 2, (start + end) // 2 + 1) == (start, end)
        mark = Highlight(start + 40, start + 60, "n1")
        assert letters(Shown(excerpt(shown, start, end, [mark])).marked["n1"]) == letters(
            text[start + 40 : start + 60]
        )
    words = [Shown(excerpt(shown, start, end, [])).words for start, end in parts]
    assert letters("".join(words)).replace("NameValue", "") == letters(text).replace(
        "NameValue", ""
    )


def test_a_long_document_is_read_on() -> None:
    text = "\n\n".join(f"## Section {n}\n\n" + f"Words {n}. " * 200 for n in range(120))
    starts = [m.start() for m in re.finditer("## ", text)]
    sections = tuple(
        Section((f"{n}",), a, b)
        for n, (a, b) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True))
    )
    documents = {"id": Document("id", "T", text, sections)}
    first = Shown(reading_html(documents, "id", [], 0))
    [later] = [named for tag, named in first.tags if tag == "button"]
    assert later["class"] == "later"
    second = Shown(reading_html(documents, "id", [], int(later["value"] or "")))
    [earlier, _] = [named for tag, named in second.tags if tag == "button"]
    assert earlier["class"] == "earlier"
    again = Shown(reading_html(documents, "id", [], int(earlier["value"] or "")))
    assert again.words == first.words
    with pytest.raises(AssistantError, match="not there any more"):
        reading_html(documents, "another", [], 0)


# Answers


def test_only_our_own_marks_become_tags() -> None:
    shown = Shown(render.turn_html(7, Turn("q", answer("A **b** c [1]. Not [2], nor ** d **.")[0])))
    assert [tag for tag, _ in shown.tags].count("strong") == 1
    links = [named["href"] for tag, named in shown.tags if tag == "a"]
    assert links == ["#t7n1", "#t7n1"]  # in the text and under it
    assert "Not [2], nor ** d **." in shown.words


def test_hostile_text_gives_no_tags() -> None:
    found, documents = answer(HOSTILE, quote=HOSTILE)
    refused, _ = answer(HOSTILE, found=False, citations=(), nearest=found.citations)
    parts = [
        render.pending_html(1, HOSTILE),
        render.failed_html(1, HOSTILE, HOSTILE),
        reading_html(documents, "id", [Place(1, 5, 20)], 5),
    ]
    for one in (found, refused):
        parts += [render.turn_html(1, Turn(HOSTILE, one), lang, [1]) for lang in LANGUAGES]
    for part_ in parts:
        assert "\n" not in part_  # a second line could become Markdown
        tags = Shown(part_).tags
        assert not {tag for tag, _ in tags} & {"img", "script", "style", "form", "iframe"}
        for _, named in tags:
            assert set(named) <= ALLOWED
            assert (named.get("href") or "#").startswith("#")


def test_a_question_understood_as_typed_is_not_repeated() -> None:
    given_answer = answer("Words [1].")[0]
    assert "Understood" not in render.turn_html(1, Turn(" Q? ", given_answer))
    assert "Understood" in render.turn_html(1, Turn("and then?", given_answer))


# What the browser kept


def test_an_answer_comes_back_as_it_was(assistant: "Assistant") -> None:
    for question in (
        "What share of the companies is at Series C?",
        "Who is the chief executive of NIO?",
    ):
        one = assistant.answer(question)
        assert read_answer(json.loads(json.dumps(asdict(one)))) == one
        assert changed(one, assistant.documents) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [1],
        [{"asked": "q"}],
        [{"asked": "q", "answer": {"question": "q", "text": 1}}],
        [{"asked": "q", "answer": {"question": "q", "text": "t", "citations": "[1]"}}],
        [{"asked": "q", "answer": {"question": "q", "text": "t", "citations": [{"number": -1}]}}],
        [{"asked": "q", "answer": {"question": "q", "text": "t" * 200_000}}],
        [{"asked": "q", "answer": {"question": "q", "text": "t"}}] * 51,
    ],
)
def test_what_is_no_conversation_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"^not "):
        read_turns(wrong)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists))
def test_places_are_read_or_refused(value: object) -> None:
    try:
        places = read_places(value)
    except ValueError:
        return
    assert all(place.start >= 0 for place in places)


def test_a_quote_that_is_not_there_any_more_is_said_to_be_changed() -> None:
    one, documents = answer("Words [1].")
    assert changed(one, documents) == set()
    other = {"id": replace(documents["id"], text="Some other here.")}
    for now in (other, {}):
        gone: Collection[int] = changed(one, now)
        assert gone == {1}
        assert "no longer stand there" in render.turn_html(1, Turn("q", one), "en", gone)
    moved = replace(one.citations[0], start=0, end=0, quote="")
    assert changed(replace(one, citations=(moved,)), documents) == {1}


# The other views


def test_the_library_lists_what_is_looked_for(assistant: "Assistant") -> None:
    every = library_html(assistant)
    assert all(escape(d.title) in every for d in assistant.documents.values())
    some = library_html(assistant, Wanted("kpmg 2021"))
    assert some.count("<li>") == 1
    assert "No document has these words" in library_html(assistant, Wanted("nothing like it"))
    assert say("documents", "zh", count=3) in library_html(assistant, lang="zh")
    assert "remove" in every
    assert "remove" not in library_html(assistant, read_only=True)


def test_the_library_is_sorted_and_turned_page_by_page() -> None:
    numbers = [7, 100, *range(8, 100), *range(1, 7), *range(101, 121)]
    documents = {
        f"d{n}": replace(
            document("x", f"Part {n}"), id=f"d{n}", date=f"{2200 - n}" if n % 2 else None
        )
        for n in numbers
    }
    entries = [
        Entry(f"{n}.md", "indexed", document=f"d{n}", indexed=f"{at:03}")
        for at, n in enumerate(numbers)
    ]
    failed = [Entry(f"bad {n}.pdf", "failed", "damaged") for n in range(2)]
    many: Any = SimpleNamespace(documents=documents, entries=entries + failed, passages=[])

    def shown(**wanted: Any) -> list[int]:
        return [
            int(n) for n in re.findall(r'auto">Part (\d+)<', library_html(many, Wanted(**wanted)))
        ]

    assert shown() == list(range(1, 51)) == shown(at=-5)
    assert shown(at=50) == list(range(51, 101))
    assert shown(at=100) == list(range(101, 121)) == shown(at=10**9)
    assert shown(order="date")[:3] == [1, 3, 5]
    assert shown(order="date", at=100)[-2:] == [118, 120]  # without a date
    assert shown(order="indexed")[:2] == [120, 119]
    assert shown(words="d120") == [120]
    html = library_html(many, Wanted(at=50))
    assert "51 to 100 of 120" in html
    assert re.findall(r'_documents" value="(-?\d+)"( disabled)?', html) == [("0", ""), ("100", "")]
    assert "2 files could not be read" in html
    assert "1 file could not be read" in library_html(many, Wanted("BAD 1"))
    assert "No document" not in library_html(many, Wanted("BAD 1"))


def test_quality_shows_the_report_with_its_diagram(tmp_path: Path) -> None:
    assert say("no_report") in quality_html("en", tmp_path / "none.json")
    path = tmp_path / "report.json"
    path.write_text("[1]", encoding="utf-8")
    assert say("no_report") in quality_html("en", path)
    report = {
        "halves": {"work": {"accuracy": {"value": 0.842, "count": 120}}},
        "kinds": {HOSTILE: {"work": {"right": 3, "of": 4}}},
        "reliability": [
            {"count": 10, "probability": 0.25, "observed": 0.5},
            {"count": 0, "probability": None, "observed": None},
        ],
    }
    path.write_text(json.dumps(report), encoding="utf-8")
    shown = Shown(quality_html("en", path))
    assert "84.2 %" in shown.words
    assert "width: 75%" in {named.get("style") for _, named in shown.tags}
    assert [tag for tag, _ in shown.tags].count("circle") == 1
    assert "img" not in {tag for tag, _ in shown.tags}


# Words and colours


def test_both_languages_have_the_same_words_to_be_put_in() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["zh"])
    for key in TEXTS["en"]:
        holes = [set(re.findall(r"\{\w+\}", TEXTS[lang][key])) for lang in LANGUAGES]
        assert holes[0] == holes[1] or key.endswith("_one"), key
    assert [language(tag) for tag in ("zh", "zh-Hans-CN", "ZH-tw", "en-GB", "fr", None)] == [
        "zh",
        "zh",
        "zh",
        "en",
        "en",
        "en",
    ]


def test_every_word_that_the_script_says_is_there() -> None:
    static = Path(render.__file__).parent / "static"
    for path in static.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        for key in re.findall(r'\bsay\("(\w+)"', source):
            assert key in TEXTS["en"], (path.name, key)


def test_colours_have_contrast() -> None:
    css = (Path(render.__file__).parent / "static" / "chat.css").read_text(encoding="utf-8")
    for theme in (":root", ".dark"):
        block = css[css.index(f"{theme} {{") :].split("}")[0]
        colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for ink, page in (
            *(("ink", on) for on in ("page", "card", "asked", "amber-page")),
            *((ink, on) for ink in ("quiet", "accent", "amber") for on in ("page", "card")),
            ("quiet", "amber-page"), ("accent", "amber-page"), ("amber", "amber-page"),
            ("on-accent", "accent"), ("red", "page"), ("on-mark", "mark"), ("on-mark", "active"),
            ("ink", "key"), ("card", "amber"), ("card", "red"), ("card", "ink"),
        ):  # fmt: skip
            light, dark = sorted((luminance(colour[ink]), luminance(colour[page])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, page)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
