"""The chat in a real browser, against the real server; and the HTML it is made of."""

import html
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import AssistantError
from assistant.types import Answer, Citation, Document, Section
from assistant.web import render, serve
from assistant.web.escape import escape
from assistant.web.examples import examples
from assistant.web.excerpt import Highlight, excerpt

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from assistant import Assistant

TESTS = Path(__file__).parent
FACT = "What share of the companies is at Series C?"
FOLLOW_UP = "And Series D?"
LIST = "What are the inclusion criteria?"
UNANSWERED = "How many firms are in Tianjin?"
EVIL = "http://evil.example"
HOSTILE = f"""<img src="{EVIL}/a.png" onerror="alert(1)"><script>alert(2)</script>"""
HOSTILE_DOCUMENT = f"""---
title: {HOSTILE!r}
publisher: "<b onmouseover=alert(3)>publisher</b>"
---

# {HOSTILE}

## Prices of valves {HOSTILE}

The Zanzibar valve costs 77 euros {HOSTILE} ![x]({EVIL}/d.png) [click](javascript:alert(4))
<style>body{{background:url({EVIL}/e)}}</style> <video src="{EVIL}/f" autoplay></video>
<form action="{EVIL}"><input autofocus onfocus=alert(5)></form> \u202egnp.exe\u202c.

| Valve {HOSTILE} | Price |
| --- | --- |
| Mombasa <svg onload=alert(6)> | 88 euros <iframe src="{EVIL}/g"></iframe> |
"""


# The HTML


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
        self.aside += kind in ("badge", "bullet") or self.aside > 0
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


def document(text: str, title: str = "Title") -> Document:
    return Document("id", title, text, (Section((title,), 0, len(text)),))


@given(st.text())
def test_escaped_text_is_one_line_without_syntax_and_reads_as_it_was(text: str) -> None:
    escaped = escape(text)
    assert not re.search(r"[<>\"'`*_$\\\[\]{}~|\n\r]", escaped)
    plain = "".join(c for c in text if c.isprintable())
    assert "".join(c for c in html.unescape(escaped) if c in plain) == plain


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
            spans.append(Highlight(start, end, f"t1n{number}", str(number)))
    if not spans:
        return
    shown = Shown(excerpt(document(text), spans))
    assert letters(shown.words) == letters(text)
    for span in spans:
        assert letters(shown.marked[span.id]) == letters(text[span.start : span.end])
        assert [named["id"] for tag, named in shown.tags if tag == "sup"].count(span.id) == 1


def test_a_sentence_is_marked_to_the_character() -> None:
    text = "# A\n\nOne is 1. Two is **2**, too. One is 1."
    start = text.rindex("One")
    shown = Shown(excerpt(document(text), [Highlight(start, len(text), "t1n1")]))
    assert shown.marked == {"t1n1": "One is 1."}
    assert shown.words == "AOne is 1. Two is 2, too. One is 1."


@pytest.mark.parametrize(
    "text", ["<!-- a note -->\n\nWords.", "---\n\nWords.", "> Words.\n\n* * *"]
)
def test_a_mark_on_syntax_alone_is_shown_as_plain_text(text: str) -> None:
    shown = Shown(excerpt(document(text), [Highlight(0, 4, "t1n1"), Highlight(0, len(text), "x")]))
    assert shown.marked["t1n1"]
    assert "Words." in shown.words


def test_of_a_long_section_the_surroundings_are_shown_and_gaps_are_told() -> None:
    rows = "\n".join(f"| row {n} | {n} |" for n in range(2_000))
    text = f"# A\n\n{'First words. ' * 400}\n\n| Name | Value |\n| --- | --- |\n{rows}"
    start = text.index("| row 60 |")
    source = excerpt(document(text), [Highlight(start, start + 13, "t1n1", "1")])
    shown = Shown(source)
    assert shown.marked["t1n1"] == "row 6060"
    assert "Name" in shown.words
    assert "…" in shown.words
    assert len(source) < 20_000
    one_line = "word " * 200_000
    assert len(excerpt(document(one_line), [Highlight(500_000, 500_004, "t1n1")])) < 5_000


def answer(text: str, quote: str = "words", **named: object) -> tuple[Answer, dict[str, Document]]:
    shown = document(f"Some {quote} here.", title=HOSTILE)
    place = Citation(1, "id", HOSTILE, (HOSTILE,), 3, 5, 5 + len(quote), quote, note=HOSTILE)
    given = {"found": True, "citations": (place,)} | named
    return Answer("q", text, **given), {"id": shown}  # type: ignore[arg-type]


def test_only_our_own_marks_become_tags() -> None:
    shown = render.answer_html(answer("A **b** c [1]. Not [2], nor ** d **.")[0], "q", 7)
    tags = Shown(shown)
    assert [tag for tag, _ in tags.tags].count("strong") == 1
    links = [named["href"] for tag, named in tags.tags if tag == "a"]
    assert links == ["#t7n1", "#t7n1"]  # in the text and under it
    assert "Not [2], nor ** d **." in tags.words


def test_hostile_text_gives_no_tags() -> None:
    found, documents = answer(HOSTILE, quote=HOSTILE)
    refused, _ = answer(HOSTILE, found=False, citations=(), nearest=found.citations)
    for one in (found, refused):
        parts = [
            render.answer_html(one, HOSTILE, 1),
            render.turn_html(1, HOSTILE, "found", ""),
            render.reading_html(one, documents, 1),
            render.spoken(one),
            render.documents_html(documents, {"id": 1}),
        ]
        for part in parts:
            assert "\n" not in part  # a second line could become Markdown
            tags = Shown(part).tags
            assert not {tag for tag, _ in tags} & {"img", "script", "style", "form", "iframe"}
            for _, named in tags:
                assert set(named) <= {"class", "id", "href", "type", "tabindex", "dir"}
                assert (named.get("href") or "#").startswith("#")


def test_a_question_understood_as_typed_is_not_repeated() -> None:
    given_answer = answer("Words [1].")[0]
    assert "Understood" not in render.answer_html(given_answer, " Q? ", 1)
    assert "Understood" in render.answer_html(given_answer, "and then?", 1)


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
            ("ink", "key"), ("card", "amber"),
        ):  # fmt: skip
            light, dark = sorted((luminance(colour[ink]), luminance(colour[page])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, page)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


# The server


@contextmanager
def chats(*commands: list[str | Path]) -> Iterator[list[str]]:
    """The addresses of `assistant ... chat`, one process each, ended as a user ends it."""
    with ExitStack() as stack:
        processes = []
        for command in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", "offline", *command, "chat", "--no-browser", "--port", "0"],
                cwd=TESTS.parent,
                env={**os.environ, "PYTHONPATH": str(TESTS)},
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.__exit__, None, None, None)
            stack.callback(process.kill)
            processes.append(process)
        addresses = []
        for process in processes:
            assert process.stdout
            line = next((line for line in process.stdout if "The chat is at" in line), None)
            assert line, "the chat did not start"
            addresses.append(line.split()[4].rstrip("/"))
        yield addresses
        for process in processes:
            process.send_signal(signal.SIGINT)
        assert [process.wait(60) for process in processes] == [0] * len(processes)


@pytest.fixture(scope="module")
def urls(
    assistant: "Assistant",
    index_folder: Path,
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[str]]:
    """Two chats: over the shipped documents, and over a hostile one."""
    assert assistant.documents
    folder = tmp_path_factory.mktemp("hostile")
    hostile = make_corpus(folder, {'x"><img src=y onerror=alert(7)>.md': HOSTILE_DOCUMENT})
    with chats(
        ["--index", index_folder], ["--corpus", hostile, "--index", folder / "index"]
    ) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def url(urls: list[str]) -> str:
    return urls[0]


def test_a_large_body_is_refused_at_once(url: str) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 10_000

    join = f"{url}/gradio_api/queue/join"
    assert httpx.post(join, content=b"x" * 50_000_000).status_code == 413
    assert httpx.post(join, content=drip()).status_code == 413
    assert httpx.get(url).status_code == 200


def test_only_this_computers_names_are_served(url: str) -> None:
    assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 400
    assert httpx.get(url, headers={"Host": f"localhost:{urlsplit(url).port}"}).status_code == 200
    other = httpx.get(f"{url}/config", headers={"Origin": EVIL})
    assert "access-control-allow-origin" not in other.headers


def test_every_response_has_a_strict_policy(url: str) -> None:
    for path in ("/", "/web/chat.js", "/config", "/nothing"):
        headers = httpx.get(url + path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        scripts = re.search(r"script-src ([^;]*)", policy)
        assert scripts
        assert not re.search(r"unsafe|\*|http", scripts[1])
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/gradio_api/file=/etc/passwd", "/web/..%2fapp.py", "/web/nothing", "/docs"]
)
def test_no_other_file_is_served(url: str, path: str) -> None:
    assert httpx.get(url + path).status_code in (403, 404)


def test_nothing_is_uploaded(url: str) -> None:
    sent = httpx.post(f"{url}/gradio_api/upload", files={"files": ("a.txt", b"words")})
    assert sent.status_code >= 400


def test_a_port_in_use_is_told(assistant: "Assistant") -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AssistantError, match=f"port {port}.*choose another"):
            serve(assistant, port=port, open_browser=False)


def test_examples_come_from_several_documents_and_are_answered(assistant: "Assistant") -> None:
    found = examples(assistant)
    assert 4 <= len(found) <= 6
    cited = [assistant.answer(question).citations[0].document for question in found]
    assert len(set(cited)) >= 3


# The browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("Chromium is not installed; CHROMIUM may name where it is")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Tab:
    """A page of the chat, and what happened in it that should not have."""

    page: "Page"
    wrong: list[str] = field(default_factory=list)

    def note(self, what: str, then: Callable[[], object] = lambda: None) -> None:
        self.wrong.append(what)
        then()

    def ask(self, question: str) -> None:
        number = self.page.locator("#turns > .turn").count() + 1
        self.page.fill("#question textarea", question)
        self.page.press("#question textarea", "Enter")
        self.page.wait_for_selector(f"#t{number} .said:not(.pending)")

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def overflows(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.fixture
def tab(browser: "Browser", url: str) -> Iterator[Callable[..., Tab]]:
    """`tab()` opens the chat; the test fails where it ran, called or complained of anything."""
    opened: list[Tab] = []

    def make(address: str = url, **options: object) -> Tab:
        page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(10_000)
        one = Tab(page)
        home = urlsplit(address).netloc
        page.on("dialog", lambda dialog: one.note("dialog", dialog.dismiss))
        page.on("pageerror", lambda error: one.note(f"error: {error}"))
        page.on(
            "console",
            lambda line: one.note(line.text) if line.type in ("error", "warning") else None,
        )
        page.on(
            "request",
            lambda request: (
                one.note(request.url) if urlsplit(request.url).netloc not in (home, "") else None
            ),
        )
        page.goto(address)
        page.wait_for_selector("#question textarea")
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.page.context.close()
        assert one.wrong == []


def test_first_question_follow_up_and_refusal(tab: Callable[..., Tab]) -> None:
    chat = tab(viewport={"width": 1360, "height": 850})
    assert "documents" in chat.text("#top")
    assert chat.page.locator("#examples button").count() >= 4
    chat.ask(FACT)
    assert "24%" in chat.text("#t1 .statements strong >> nth=-1")
    assert chat.page.locator("#examples button:visible").count() == 0
    assert "Reconstructed" in chat.text("#r1 .note")
    assert "KPMG China · 2021-08" in chat.text("#r1 .head")
    assert "Funding rounds" in chat.text("#r1 .path")

    chat.ask(FOLLOW_UP)
    assert "Series D" in chat.text("#t2 .understood")
    assert "8%" in chat.text("#t2 .statements strong >> nth=-1")
    chat.page.click("#t2 .fill")
    assert "Series D" in chat.page.input_value("#question textarea")

    chat.ask(UNANSWERED)
    assert chat.text("#t3 .verdict") == "Not in the documents"
    assert "Tianjin" in chat.text("#t3 .statements")
    assert chat.page.locator("#t3 .nearest li").count() >= 1
    assert chat.page.locator("#t3 .cite").count() == 0
    chat.page.click("#t3 .nearest a >> nth=0")
    assert chat.page.locator("#r3 mark.active").count() >= 1
    assert "which do not answer" in chat.text("#r3 h2")
    assert "Not in the documents" in chat.text("#voice")

    chat.page.click("#fresh")
    chat.page.wait_for_selector("#examples button")
    assert chat.page.locator("#turns").count() == 0
    chat.ask(FOLLOW_UP)  # with nothing before it
    assert chat.page.locator("#t1 .understood").count() == 0


def test_a_number_leads_to_the_very_words(tab: Callable[..., Tab], assistant: "Assistant") -> None:
    chat = tab(viewport={"width": 1360, "height": 850})
    chat.ask(LIST)
    chat.ask(FACT)
    citation = assistant.answer(LIST).citations[0]
    chat.page.click("#t1 .cite >> nth=0")  # of an earlier answer
    assert not chat.page.locator("#r2").is_visible()
    active = chat.page.locator(f"#r1 mark.active.t1n{citation.number}")
    marked = "".join(active.all_text_contents())
    assert letters(marked) == letters(citation.quote)
    assert active.first.is_visible()
    box, panel = active.first.bounding_box(), chat.page.locator("#reading").bounding_box()
    assert box
    assert panel
    assert panel["y"] <= box["y"] <= panel["y"] + panel["height"]


def test_by_keyboard_alone(tab: Callable[..., Tab]) -> None:
    chat = tab()
    page = chat.page
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    assert page.get_by_role("textbox", name="Question").is_visible()
    assert page.get_by_role("button", name="Ask", exact=True).is_visible()
    page.keyboard.type(FACT)
    page.keyboard.press("Enter")
    page.wait_for_selector("#t1 .found .cite")
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.className") == "cite":
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "t1n1"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "cite"
    assert page.get_attribute("#voice", "role") == "status"
    assert "24%" in chat.text("#voice")


def test_an_example_is_asked_by_a_click(tab: Callable[..., Tab]) -> None:
    chat = tab()
    example = chat.text("#examples button >> nth=1")
    chat.page.click("#examples button >> nth=1")
    chat.page.wait_for_selector("#t1 .found .cite")
    assert example in chat.text("#t1 .asked")


@pytest.mark.parametrize(
    ("width", "scheme"), [(320, "light"), (390, "dark"), (820, "dark"), (1360, "light")]
)
def test_fits_the_screen(tab: Callable[..., Tab], width: int, scheme: str) -> None:
    chat = tab(viewport={"width": width, "height": 780}, color_scheme=scheme)
    assert not chat.overflows()
    chat.ask(LIST)
    chat.ask(UNANSWERED)
    assert not chat.overflows()
    page = chat.page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = sum(map(int, re.findall(r"\d+", page)[:3])) < 200
    assert dark == (scheme == "dark")
    if width < 900:  # the passages are under the conversation
        chat.page.click("#t1 .cite >> nth=0")
        chat.page.click("#r1 .back")
        assert chat.page.evaluate("document.activeElement.className") == "cite"


def test_errors_are_one_plain_line(tab: Callable[..., Tab]) -> None:
    chat = tab()
    chat.ask("  ?! ")
    chat.ask("why " * 25_000)
    for turn in ("#t1", "#t2"):
        line = chat.text(f"{turn} .failed")
        assert line
        assert "\n" not in line
        assert "Traceback" not in line
    chat.ask(FACT)
    assert "24%" in chat.text("#t3 .statements")


def test_hostile_questions_do_nothing(tab: Callable[..., Tab]) -> None:
    chat = tab()
    for number, question in enumerate(
        (
            HOSTILE,
            f"![x]({EVIL}/b) <style>body{{background:url({EVIL}/c)}}</style> $\\href{{{EVIL}}}$",
            "[x](javascript:alert(1)) \u202egnp.exe \x00 <form action=//evil.example><input>",
        ),
        1,
    ):
        chat.ask(question)
        assert chat.page.locator(f"#t{number} :is(img, script, style, form, input)").count() == 0
    assert "<img src=" in chat.text("#t1 .asked")


def test_hostile_documents_do_nothing(tab: Callable[..., Tab], urls: list[str]) -> None:
    chat = tab(urls[1])
    for number, question in enumerate(
        ("What does the Zanzibar valve cost?", "What is the price of the Mombasa valve?"), 1
    ):
        chat.ask(question)
        assert chat.page.locator(f"#r{number} mark").count() >= 1
    chat.page.hover("#r2 .head")
    chat.page.wait_for_timeout(300)
    inside = ":is(#conversation, #reading) :is(img, script, style, form, input, video, iframe)"
    assert chat.page.locator(inside).count() == 0
    assert chat.page.locator("#reading svg").count() == 0
    hrefs = chat.page.eval_on_selector_all("#desk a", "all => all.map(a => a.hash)")
    assert hrefs
    assert all(re.fullmatch(r"#t\d+n\d+", href) for href in hrefs)
