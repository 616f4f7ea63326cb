"""The chat in a real browser, against the real server."""

import html
import io
import json
import os
import re
import shutil
import socket
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from held import Held
from playwright.sync_api import expect, sync_playwright
from servers import Chat, Served, serving

from assistant.errors import AssistantError
from assistant.web import serve
from assistant.web.conversations import numbered

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from assistant import Assistant

FACT = "What share of the companies is at Series C?"
FOLLOW_UP = "And Series D?"
LIST = "What are the inclusion criteria?"
TWO = "Compare Beijing and Shanghai by number of companies"
UNANSWERED = "How many firms are in Tianjin?"
HOURS = "# Opening hours\n\nThe Lindi office opens at nine in the morning.\n"
EVIL = "http://evil.example"
BROKEN_OFF = "AbortError: signal is aborted|Connection errored out"
GRADIO_SAYS = "Method not implemented."  # to the console, after each upload
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


def letters(text: str) -> str:
    return re.sub(r"[\W\d_]", "", text)


def words(text: str) -> str:
    """What is written, however Markdown's syntax and white space are shown."""
    return "".join(re.findall(r"\w", text))


# The server


@pytest.fixture(scope="module")
def hostile(
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """A chat over a hostile document."""
    folder = tmp_path_factory.mktemp("hostile")
    corpus = make_corpus(folder, {'x"><img src=y onerror=alert(7)>.md': HOSTILE_DOCUMENT})
    with serving(Chat(("--corpus", corpus, "--index", folder / "index"))) as [chat]:
        yield chat


@pytest.fixture(scope="module")
def closed(
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """A chat over many documents that lets nobody change them."""
    folder = tmp_path_factory.mktemp("closed")
    notes = {f"n{n}.md": f"# Note {n}\n\nRoom {n} has {n + 3} chairs.\n" for n in range(1, 60)}
    corpus = make_corpus(folder, {"hours.md": HOURS, "bad.pdf": b"no PDF"} | notes)
    before = ("--corpus", corpus, "--index", folder / "index")
    with serving(Chat(before, ("--port", "0", "--read-only"), errors=folder / "stderr")) as [chat]:
        yield chat


@pytest.fixture(scope="module")
def url(served: Served) -> str:
    return served.url


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


def test_a_port_in_use_is_told(assistant: "Assistant") -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AssistantError, match=f"port {port}.*choose another"):
            serve(assistant, port=port, open_browser=False)


# The browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
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

    def marked(self) -> str:
        """The words that are marked as the ones that are read."""
        return "".join(self.page.locator("#reader mark.active").all_text_contents())

    def overflows(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def within(self, selector: str, around: str) -> bool:
        box, panel = (self.page.locator(s).first.bounding_box() for s in (selector, around))
        assert box
        assert panel
        return panel["y"] <= box["y"] <= panel["y"] + panel["height"]

    def export(self, kind: str) -> bytes:
        self.page.click("#export summary")
        with self.page.expect_download() as download:
            self.page.click(f"#export .{kind}")
        assert download.value.suggested_filename.endswith(f".{kind}")
        return Path(download.value.path()).read_bytes()

    def reload(self) -> None:
        """What is under way is broken off, which the page's framework complains of."""
        before = len(self.wrong)
        self.page.reload()
        self.page.wait_for_selector("#intro h2", state="attached")
        late = [one for one in self.wrong[before:] if not re.search(BROKEN_OFF, one)]
        self.wrong[before:] = late


@pytest.fixture
def tab(browser: "Browser", url: str) -> Iterator[Callable[..., Tab]]:
    """`tab()` opens the chat; the test fails where it ran, called or complained of anything."""
    opened: list[Tab] = []

    def make(address: str = url, **options: object) -> Tab:
        size = {"viewport": {"width": 1360, "height": 850}}
        page = browser.new_context(**(size | options)).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(60_000)
        one = Tab(page)
        home = urlsplit(address).netloc
        page.on("dialog", lambda dialog: one.note("dialog", dialog.dismiss))
        page.on("pageerror", lambda error: one.note(f"error: {error}"))
        page.on(
            "console",
            lambda line: (
                one.note(line.text)
                if line.type in ("error", "warning") and line.text != GRADIO_SAYS
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                one.note(request.url) if urlsplit(request.url).netloc not in (home, "") else None
            ),
        )
        page.goto(address)
        page.wait_for_selector("#intro .suggestion, #intro h2")
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.page.context.close()
        assert one.wrong == []


def test_first_question_follow_up_and_refusal(tab: Callable[..., Tab]) -> None:
    chat = tab()
    chat.page.wait_for_selector("#intro .suggestion >> nth=3")
    assert chat.page.get_by_role("button", name="Export").count() == 0
    chat.ask(FACT)
    assert "24%" in chat.text("#t1 .statements strong >> nth=-1")
    assert chat.page.locator("#intro").is_hidden()
    chat.page.wait_for_selector("#reader mark.active")
    assert words(chat.marked()) == "SeriesC24"
    assert "KPMG China · 2021-08" in chat.text("#reader .head .facts")
    assert "Funding rounds" in chat.text("#reader .path")
    assert "Reconstructed" in chat.text("#reader > .note")

    chat.ask(FOLLOW_UP)
    assert "Series D" in chat.text("#t2 .understood")
    assert "8%" in chat.text("#t2 .statements strong >> nth=-1")
    chat.page.click("#t2 .edit")
    box = chat.page.locator("#question textarea")
    assert "Series D" in box.input_value()
    box.fill(box.input_value().replace("Series D", "Series A"))
    box.press("Enter")
    chat.page.wait_for_selector("#t3 .found")
    assert "Series A" in chat.text("#t3 .statements")

    chat.ask(UNANSWERED)
    assert chat.text("#t4 .verdict") == "Not in the documents"
    assert "Tianjin" in chat.text("#t4 .statements")
    assert chat.page.locator("#t4 .nearest li").count() >= 1
    assert chat.page.locator("#t4 .cite").count() == 0
    chat.page.click("#t4 .nearest a >> nth=0")
    chat.page.wait_for_selector("#reader .refused mark.active")
    assert "Nearest passage 1" in chat.text("#reader .step")
    assert "Not in the documents" in chat.text("#voice")


def test_a_number_leads_to_the_very_words(tab: Callable[..., Tab], assistant: "Assistant") -> None:
    chat = tab()
    answer = assistant.answer(TWO)
    chat.ask(TWO)
    chat.ask(LIST)
    for number, kind in ((2, "step to"), (1, "previous"), (2, "next")):
        if kind == "step to":
            chat.page.click("#t1 .statements .cite >> nth=1")
        else:
            chat.page.click(f"#reader .{kind}")
        chat.page.wait_for_selector(f"#reader .badge.active#n{number}")
        quote = answer.citations[number - 1].quote
        assert letters(chat.marked()) == letters(quote)
        assert words(chat.marked()) == words(quote)
        assert chat.text("#reader .step") == f"Citation {number} of 2"
        assert chat.page.locator("#reader mark:not(.active)").count() >= 1  # the other one
        assert chat.within("#reader mark.active", "#reading")
    # the whole document is there to be read
    text = assistant.documents[answer.citations[0].document].text
    for line in (text[:200], text[-200:]):
        assert letters(line)[-40:] in letters(chat.text("#reader .text"))


def test_by_keyboard_alone(tab: Callable[..., Tab]) -> None:
    chat = tab()
    page = chat.page
    page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    assert page.get_by_role("textbox", name="Question").is_visible()
    assert page.get_by_role("button", name="Ask", exact=True).is_visible()
    page.keyboard.type(TWO)
    page.keyboard.press("Enter")
    page.wait_for_selector("#t1 .found .cite")
    page.wait_for_selector("#reader mark.active")
    for _ in range(25):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.className") == "cite":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#reader .badge.active")).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "cite"
    assert page.get_attribute("#voice", "role") == "status"
    assert "26" in chat.text("#voice")
    page.locator("#conversations .rename").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="detached")
    assert "By keyboard" in chat.text("#conversations")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Rename"


def test_a_suggestion_is_asked_by_a_click(tab: Callable[..., Tab]) -> None:
    chat = tab()
    first = chat.page.locator("#intro .suggestion").nth(1)
    question = first.inner_text()
    first.click()
    chat.page.wait_for_selector("#t1 .found .cite")
    assert question in chat.text("#t1 .asked")
    chat.page.wait_for_selector("#t1 .further .suggestion, #t2 .found", state="attached")
    further = chat.page.locator("#t1 .further .suggestion").first.inner_text()
    assert further != question
    chat.page.click("#t1 .further .suggestion >> nth=0")
    chat.page.wait_for_selector("#t2 .found .cite")
    assert further in chat.text("#t2 .asked")


def test_conversations_are_kept_renamed_and_deleted(tab: Callable[..., Tab], url: str) -> None:
    chat = tab()
    page = chat.page
    chat.ask(FACT)
    chat.ask(FOLLOW_UP)
    chat.reload()
    page.wait_for_selector("#t2 .found .cite")
    assert "24%" in chat.text("#t1 .statements")
    assert page.locator(".changed").count() == 0
    page.click("#t1 .statements .cite")
    expect(page.locator("#reader mark.active").first).to_have_text("Series C")
    assert words(chat.marked()) == "SeriesC24"
    chat.ask("And Series B?")  # what was asked before the reload is known
    assert "Series B" in chat.text("#t3 .understood")

    page.click("#conversations .fresh")
    page.wait_for_selector("#intro h2")
    assert page.locator("#turns > .turn").count() == 0
    chat.ask(FOLLOW_UP)  # with nothing before it
    assert page.locator("#t1 .understood").count() == 0
    titles = page.locator("#conversations .title")
    assert titles.all_inner_texts() == [FOLLOW_UP, FACT]

    page.click("#conversations .rename")
    page.fill("dialog input", HOSTILE)
    page.click("dialog .main")
    assert titles.all_inner_texts() == [HOSTILE, FACT]
    page.click("#conversations .delete")
    assert HOSTILE in chat.text("dialog")
    page.click("dialog .main")
    assert titles.all_inner_texts() == [FACT]
    titles.first.click()
    page.wait_for_selector("#t3 .found")
    chat.reload()
    page.wait_for_selector("#t3 .found")

    other = tab()
    assert other.page.locator("#conversations .title").count() == 0
    kept = other.page.evaluate("Object.entries(localStorage).join()")
    assert FACT not in kept
    served = "".join(httpx.get(url + path).text for path in ("/", "/config"))
    assert FACT not in served


def test_a_kept_quote_that_has_changed_says_so(tab: Callable[..., Tab]) -> None:
    chat = tab()
    chat.ask(TWO)
    chat.page.evaluate(
        """() => {
            const key = Object.keys(localStorage).find((one) => one.includes(":turns:"));
            const turns = JSON.parse(localStorage[key]);
            turns[0].answer.citations[1].quote = "| Shanghai | 14 <img src=//evil.example/z> |";
            localStorage[key] = JSON.stringify(turns);
        }"""
    )
    chat.reload()
    chat.page.wait_for_selector("#t1 .changed")
    assert "no longer stand there" in chat.text("#t1 .sources")
    chat.page.click("#t1 .statements .cite >> nth=1")
    chat.page.wait_for_selector("#reader > .note:has-text('no longer stand there')")
    assert chat.page.locator("#reader mark.active").count() == 0
    assert "no longer stand there" in chat.export("md").decode()


def test_an_export_holds_every_quote(tab: Callable[..., Tab], assistant: "Assistant") -> None:
    chat = tab()
    answers = []
    for question in (LIST, TWO, UNANSWERED):
        chat.ask(question)
        answers.append(assistant.answer(question))
    quotes = [c for answer in answers for _, c in numbered(answer)]
    docx = zipfile.ZipFile(io.BytesIO(chat.export("docx")))
    for text in (
        chat.export("md").decode(),
        html.unescape(re.sub(r"<[^>]+>", " ", chat.export("html").decode())),
        html.unescape(re.sub(r"<[^>]+>", " ", docx.read("word/footnotes.xml").decode())),
    ):
        for citation in quotes:
            assert words(citation.quote) in words(text)
            assert words(citation.title) in words(text)
            assert all(words(heading) in words(text) for heading in citation.section)
    assert docx.read("word/document.xml").decode().count("footnoteReference ") == len(quotes)


def test_an_answer_is_copied_with_its_footnotes(
    tab: Callable[..., Tab], assistant: "Assistant"
) -> None:
    chat = tab(permissions=["clipboard-read", "clipboard-write"])
    chat.ask(TWO)
    chat.page.click("#t1 .tool.copy")
    chat.page.wait_for_selector("#toast.shown")
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    for citation in assistant.answer(TWO).citations:
        where = " › ".join(dict.fromkeys([citation.title, *citation.section]))
        assert f"[{citation.number}] “{citation.quote}” — {where}" in copied
    assert "**" not in copied


def test_what_is_wrong_is_noted(tab: Callable[..., Tab]) -> None:
    chat = tab()
    chat.ask(UNANSWERED)
    chat.page.click("#t1 .tool.right")
    chat.page.wait_for_selector("#t1 .tool.right[aria-pressed=true]")
    chat.page.click("#t1 .tool.wrong")
    assert chat.page.locator("dialog input").evaluate_all("all => all.map(one => one.value)") == [
        "should have answered"
    ]
    chat.page.fill("dialog textarea", "It is <b>there</b>.")
    chat.page.click("dialog .main")
    chat.page.wait_for_selector("#t1 .tool.wrong[aria-pressed=true]")
    assert "noted" in chat.text("#toast")


@pytest.mark.parametrize(
    ("width", "scheme"), [(320, "light"), (390, "dark"), (820, "dark"), (2200, "light")]
)
def test_fits_the_screen(tab: Callable[..., Tab], width: int, scheme: str) -> None:
    chat = tab(viewport={"width": width, "height": 780}, color_scheme=scheme)
    page = chat.page
    assert not chat.overflows()
    chat.ask(TWO)
    chat.ask(UNANSWERED)
    assert not chat.overflows()
    last = page.locator("#theme").bounding_box()
    assert last
    assert last["x"] + last["width"] <= width
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = sum(map(int, re.findall(r"\d+", colour)[:3])) < 200
    assert dark == (scheme == "dark")
    if width < 900:  # the panel comes over the chat
        assert page.locator("#reading").is_hidden()
        page.click("#t1 .cite >> nth=1")
        page.wait_for_selector("#reader mark.active")
        assert not chat.overflows()
        assert page.evaluate("document.elementFromPoint(20, 600).closest('#reading') !== null")
        assert page.evaluate("document.querySelector('#chat').inert")
        page.click("#reader .close")
        assert page.locator("#reading").is_hidden()
        assert page.evaluate("document.activeElement.className") == "cite"
        page.click("#menu")
        page.click("#conversations .fresh")
        page.wait_for_selector("#intro h2")
    for view, there in (("library", "#documents li"), ("quality", "#report table")):
        page.click(f"#view-{view}")
        page.wait_for_selector(there)
        assert not chat.overflows()
    page.click("#theme")
    other = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", other)[:3])) < 200) != dark
    chat.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == other


def assert_accessible(page: "Page") -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert serious == [], json.dumps([(v["id"], v["nodes"][0]["html"]) for v in serious])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(tab: Callable[..., Tab], scheme: str) -> None:
    chat = tab(color_scheme=scheme)

    def check() -> None:
        assert_accessible(chat.page)

    chat.page.wait_for_selector("#intro .suggestion")
    check()
    chat.ask(TWO)
    chat.page.wait_for_selector("#reader mark.active")
    chat.ask(UNANSWERED)
    chat.page.wait_for_selector("#reader .refused mark.active")
    check()
    chat.page.click("#t1 .tool.wrong")
    check()
    chat.page.keyboard.press("Escape")
    chat.page.click("#view-library")
    chat.page.wait_for_selector("#documents li")
    check()
    chat.page.click("#view-quality")
    chat.page.wait_for_selector("#report table")
    check()


def test_in_chinese(tab: Callable[..., Tab]) -> None:
    chat = tab(locale="zh-CN")
    assert chat.page.evaluate("document.documentElement.lang") == "zh-CN"
    assert chat.page.get_attribute("#question textarea", "placeholder") == "向文档提问"
    assert chat.text("#intro h2") == "向文档提问"
    assert chat.page.get_by_role("button", name="新对话").is_visible()
    chat.ask(FACT)
    chat.page.wait_for_selector("#reader mark.active")
    assert chat.text("#reader .step") == "引文 1 / 1"
    assert "复制" in chat.text("#t1 .tools")
    chat.ask(UNANSWERED)
    assert chat.text("#t2 .verdict") == "文档中没有答案"
    chat.ask("?!")
    for _ in range(2):  # as it is answered, and as it was kept
        said = chat.text("#t2 .statements")
        assert "查找的是：" in said
        assert "Tianjin" in said
        assert "documents" not in said
        assert "documents" not in chat.export("md").decode()
        if chat.page.locator("#t3").count():
            assert chat.text("#t3 .failed") == "问题是空的：请用文字提问。"
            chat.reload()
            chat.page.wait_for_selector("#t2 .refused")
    chat.page.click("#view-library")
    chat.page.wait_for_selector("#documents li")
    assert "份文档" in chat.text("#documents .told")


@pytest.mark.parametrize(("locale", "line"), [("en-GB", "ask again"), ("zh-CN", "再问")])
def test_a_question_that_finds_no_room_is_kept(
    tab: Callable[..., Tab], held: Held, locale: str, line: str
) -> None:
    chat = tab(held.url, locale=locale)
    box = chat.page.locator("#question textarea")
    voice = chat.page.locator("#voice")

    def refused_anew() -> None:
        voice.evaluate("voice => { voice.textContent = '' }")  # what it said of the time before
        box.press("Enter")
        expect(voice).to_contain_text(line)
        chat.page.wait_for_selector("#t2.again .failed")
        assert line in chat.text("#t2 .failed")

    chat.ask(LIST)
    chat.page.wait_for_selector("#t1 .further .suggestion")  # they are asked for too
    with held.crowd():
        for _ in range(2):
            box.fill(FACT)
            refused_anew()
            assert FACT in chat.text("#t2 .asked")
            assert box.input_value() == FACT
            expect(box).to_be_focused()
        assert chat.page.locator("#turns > .turn").count() == 2
        assert chat.page.locator("[data-testid=toast-body]").count() == 0
        chat.page.click("#t1 .statements .cite >> nth=0")  # the rest of the page goes on
        chat.page.wait_for_selector("#reader mark.active")
        chat.page.click("#view-library")
        chat.page.wait_for_selector("#documents .read")
        chat.page.click("#view-chat")
    held.tell("0")  # let in, but not begun in time
    refused_anew()
    expect(box).to_have_value(FACT)
    held.tell("60")
    box.press("Enter")
    chat.page.wait_for_selector("#t2 .found")
    assert "24%" in chat.text("#t2 .statements")
    assert chat.page.locator("#turns > .turn").count() == 2
    assert box.input_value() == ""
    refused = [one for one in chat.wrong if "503" in one]  # as the browser notes it
    assert len(refused) == 2
    chat.wrong[:] = [one for one in chat.wrong if one not in refused]


def test_documents_are_added_and_removed(tab: Callable[..., Tab], hostile: Served) -> None:
    chat = tab(hostile.url)
    page = chat.page
    page.click("#view-library")
    page.wait_for_selector("#documents li")
    page.set_input_files(
        "#add input[type=file]",
        [
            {"name": "<b>hours.md", "mimeType": "text/markdown", "buffer": HOURS.encode()},
            {"name": "again.md", "mimeType": "text/markdown", "buffer": HOURS.encode()},
            {"name": "bad.pdf", "mimeType": "application/pdf", "buffer": b"no PDF"},
        ],
    )
    page.wait_for_selector("#added ul")
    assert page.locator("#added li").count() == 3
    assert page.locator("#added .status").all_inner_texts() == [
        "Ready",
        "Already there",
        "Not read",
    ]
    assert chat.text("#added .failed .remark")
    item = page.locator("#documents li", has_text="Opening hours")
    item.wait_for()
    item.get_by_role("button", name="Read").click()
    page.wait_for_selector("#reader .text")
    assert "nine in the morning" in chat.text("#reader .text")
    page.fill("#stock input[type=search]", "opening HOURS")
    expect(page.locator("#documents li")).to_have_count(1, timeout=60_000)
    page.click("#view-chat")
    chat.ask("When does the Lindi office open?")
    assert "nine" in chat.text("#t1 .statements")

    page.click("#view-library")
    item.get_by_role("button", name="Remove").click()
    page.click("dialog button:not(.main)")
    assert item.count() == 1
    item.get_by_role("button", name="Remove").click()
    page.click("dialog .main")
    expect(page.locator("#documents li")).to_have_count(0, timeout=60_000)
    page.fill("#stock input[type=search]", "")
    page.wait_for_selector("#documents li")
    page.locator("#documents li", has_text="bad.pdf").get_by_role("button", name="Remove").click()
    page.click("dialog .main")
    expect(page.locator("#documents li")).to_have_count(1, timeout=60_000)
    page.click("#view-chat")
    chat.ask("When does the Lindi office open?")
    assert page.locator("#t2 .refused").count() == 1
    chat.reload()  # and what was cited from it says that it is gone
    page.wait_for_selector("#t1 .changed")


def test_nobody_changes_the_documents_where_they_are_read_only(
    tab: Callable[..., Tab], closed: Served
) -> None:
    chat = tab(closed.url)
    chat.page.click("#view-library")
    chat.page.wait_for_selector("#documents li .read")
    for gone in ("#add", "input[type=file]", ".remove", "#do-remove"):
        assert chat.page.locator(gone).count() == 0
    chat.page.click("#documents .read")
    chat.page.wait_for_selector("#reader .text")
    chat.page.click("#view-chat")
    chat.ask("When does the Lindi office open?")
    assert "nine" in chat.text("#t1 .statements")

    with httpx.Client(base_url=closed.url, timeout=60) as client:
        before = client.get("/api/documents").json()
        for path in ("/gradio_api/upload", "/gradio_api/upload/"):
            files = {"files": ("new.md", b"# New", "text/markdown")}
            assert client.post(path, files=files).status_code == 403
        for method in ("DELETE", "PUT", "POST"):
            answered = client.request(method, f"/api/documents/{before[0]['id']}")
            assert answered.status_code == 405
        for event in client.get("/config").json()["dependencies"]:
            names = [str(name) for name in event["targets"]]
            assert not any(word in " ".join(names) for word in ("upload", "remove", "delete"))
            message = json.dumps({"id": 1, "name": before[0]["id"], "lang": "en"})
            session = {"session_hash": f"closed{event['id']}"}
            given = [message] * len(event["inputs"])
            joined = {"data": given, "fn_index": event["id"]} | session
            if client.post("/gradio_api/queue/join", json=joined).is_success:
                client.get("/gradio_api/queue/data", params=session)
        assert client.get("/api/documents").json() == before


@pytest.mark.parametrize("width", [1360, 390])
def test_many_documents_are_turned_page_by_page(
    tab: Callable[..., Tab], closed: Served, width: int
) -> None:
    chat = tab(closed.url, viewport={"width": width, "height": 780})
    page = chat.page
    page.click("#view-library")
    titles = page.locator("#documents .read .sr")
    expect(titles).to_have_count(50)
    assert titles.all_text_contents()[:3] == [": Note 1", ": Note 2", ": Note 3"]
    assert chat.text("#documents .told") == "60 documents · 1 file could not be read"
    assert_accessible(page)
    page.click("#documents .pages button:enabled")
    expect(titles).to_have_count(10)
    assert titles.last.text_content() == ": Opening hours"
    assert chat.text("#documents .pages span") == "51 to 60 of 60"
    assert chat.within("#documents .told", "#library")
    expect(page.get_by_role("button", name="Previous", exact=True)).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(titles).to_have_count(50)
    page.select_option("#stock select", "indexed")
    page.fill("#stock input[type=search]", "NOTE 2")
    expect(titles).to_have_count(15)
    assert page.locator("#documents .pages").count() == 0
    page.fill("#stock input[type=search]", "bad.p")
    expect(page.locator("#documents li .title")).to_have_text(["bad.pdf"])
    page.fill("#stock input[type=search]", "")
    expect(titles).to_have_count(50)
    assert not chat.overflows()
    titles.nth(40).locator("..").click()
    page.wait_for_selector("#reader:not(.citing) .text")
    if width < 900:
        page.click("#reader .close")
    titles.nth(3).locator("..").click()
    expect(page.locator("#reader .text")).to_contain_text("chairs")
    assert page.evaluate("document.querySelector('#reading').scrollTop") == 0


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
    assert "<img src=" in chat.text("#conversations")
    chat.reload()
    chat.page.wait_for_selector("#t1")
    exported = chat.export("html").decode()
    assert "<img" not in exported
    assert "default-src 'none'" in exported


def test_hostile_documents_do_nothing(tab: Callable[..., Tab], hostile: Served) -> None:
    chat = tab(hostile.url)
    for question in (
        "What does the Zanzibar valve cost?",
        "What is the price of the Mombasa valve?",
    ):
        chat.ask(question)
        chat.page.wait_for_selector("#reader mark.active")
    chat.page.click("#t1 .statements .cite >> nth=0")
    chat.page.hover("#reader .head")
    chat.page.click("#view-library")
    chat.page.locator("#documents li", has_text="<img src=").locator(".read").click()
    chat.page.wait_for_selector("#reader:not(.citing) .head .title")
    chat.page.wait_for_timeout(300)
    tags = ":is(img, script, style, form, input, video, iframe, svg)"
    for region in ("#turns", "#reader", "#conversations", "#documents"):
        assert chat.page.locator(f"{region} {tags}").count() == 0
    assert "<img src=" in chat.text("#reader .head .title")
    hrefs = chat.page.eval_on_selector_all("#desk a", "all => all.map(a => a.hash)")
    assert hrefs
    assert all(re.fullmatch(r"#t\d+n\d+", href) for href in hrefs)
    for kind in ("md", "html", "docx"):
        chat.page.click("#view-chat")
        assert chat.export(kind)
