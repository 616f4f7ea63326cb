"""A conversation as a file: every quote in it, and nothing in it that does anything."""

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import docx
import pypdfium2
import pytest
from lxml import etree
from markdown_it import MarkdownIt

from assistant.errors import AssistantError
from assistant.types import Answer, Citation, Document
from assistant.web.conversations import Turn
from assistant.web.export import export

EVIL = "http://evil.example"
HOSTILE = (
    f"<img src='{EVIL}/a' onerror=alert(1)> ![x]({EVIL}/b) [c](javascript:alert(2)) `$&\x00\x1b[2J"
    f"\u202egnp.exe <script src={EVIL}></script> ]]> &lt; [^1]: x \\<img src=x>\n\n[c]: {EVIL}"
)
TEXT = f"Rivers: the Rufiji is 600 km long. {HOSTILE} The Ruvuma is **800 km** long."
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def cite(number: int, quote: str, **named: object) -> Citation:
    start = TEXT.index(quote)
    given = {"title": "Rivers", "section": ("Rivers", "Lengths"), "page": 7} | named
    return Citation(number, "rivers", start=start, end=start + len(quote), quote=quote, **given)  # type: ignore[arg-type]


DOCUMENTS = {
    "rivers": Document("rivers", "Rivers", TEXT, (), publisher="Atlas", date="2021-08"),
}
RUFIJI = cite(1, "the Rufiji is 600 km long.")
RUVUMA = cite(2, "The Ruvuma is **800 km** long.", note="reconstructed: from a map")
TURNS = [
    Turn(
        "How long are they?",
        Answer(
            "How long are the rivers?",
            "Two rivers:\n- **600 km** [1] and again [1]\n- [9] of old",
            True,
            (RUFIJI, RUVUMA),
        ),
    ),
    Turn("And the Wami?", Answer("And the Wami?", "Not here.", False, (), (RUVUMA,))),
]


@pytest.mark.parametrize("kind", ["md", "html", "docx"])
def test_every_quote_is_there_with_its_place(kind: str) -> None:
    file = export(kind, "Rivers?", TURNS, DOCUMENTS)
    assert file.name == f"Rivers.{kind}"
    text = _shown(kind, file.content)
    for said in (
        *("How long are they?", "How long are the rivers?", "Two rivers:", "[9] of old"),
        *("the Rufiji is 600 km long.", "Rivers › Lengths, p. 7 (Atlas, 2021-08)"),
        *("Reconstructed: from a map", "And the Wami?", "Not in the documents"),
    ):
        assert said in text, said
    assert text.count("The Ruvuma is") == 2  # once cited by none of the words, once as nearest


def test_word_gets_footnotes_that_it_numbers_itself() -> None:
    content = export("docx", "Rivers", TURNS, DOCUMENTS).content
    opened = docx.Document(io.BytesIO(content))
    body = opened.element.body
    ids = [one.get(f"{W}id") for one in body.iter(f"{W}footnoteReference")]
    assert ids == ["1", "2", "3"]
    assert len(list(body.iter(f"{W}fldSimple"))) == 1  # the second [1]
    names = {style.style_id for style in opened.styles}
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        notes = etree.fromstring(files.read("word/footnotes.xml"))
        assert "/word/footnotes.xml" in files.read("[Content_Types].xml").decode()
    found = {note.get(f"{W}id"): note for note in notes}
    assert set(found) == {"-1", "0", "1", "2", "3"}
    assert {one.get(f"{W}val") for one in notes.iter(f"{W}pStyle")} <= names


def test_quotes_read_as_they_do_on_the_page() -> None:
    quote = "| City | Firms |\n| --- | ---: |\n| **Pemba** | 26 |\n\nA *note* [there](http://a.example)."
    answer = Answer(
        "Q", "Firms:\n- Pemba: **26** [1]\n- not - a list", True, (cite(1, RUFIJI.quote),)
    )
    turns = [Turn("q?", replace(answer, citations=(replace(RUFIJI, quote=quote),)))]
    read = "City | Firms\nPemba | 26\nA note there."
    assert read in _shown("html", export("html", "T", turns, DOCUMENTS).content)
    assert (
        "> | City | Firms |\n    > | --- | ---: |" in export("md", "T", turns, {}).content.decode()
    )
    content = export("docx", "T", turns, DOCUMENTS).content
    assert read.replace("\n", "") in _shown("docx", content)
    opened = docx.Document(io.BytesIO(content))
    listed = [p.text for p in opened.paragraphs if p.style and p.style.name == "List Bullet"]
    assert listed == ["Pemba: 26\u00a0", "not - a list"]


@pytest.mark.parametrize(
    ("language", "lang", "expected"),
    [
        ("zh-Hant", "en", "zh-CN"),
        ("ja", "zh", "ja-JP"),
        (None, "zh", "zh-CN"),
        ("de", "en", "en-US"),
    ],
)
def test_word_knows_whose_characters_they_are(
    language: str | None, lang: str, expected: str
) -> None:
    documents = {"rivers": replace(DOCUMENTS["rivers"], language=language)}
    opened = docx.Document(io.BytesIO(export("docx", "T", TURNS, documents, lang).content))
    [spoken] = opened.styles.element.iter(f"{W}lang")
    assert spoken.get(f"{W}eastAsia") == expected


@pytest.mark.slow
def test_word_processors_show_the_footnotes(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    path = tmp_path / "rivers.docx"
    path.write_bytes(export("docx", "Rivers 江河", TURNS, DOCUMENTS, "zh").content)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pages = pypdfium2.PdfDocument(path.with_suffix(".pdf"))
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
    for said in (
        "江河",
        "the Rufiji is 600 km long.”",
        "Rivers › Lengths, 第 7 页 (Atlas, 2021-08)",
    ):
        assert said in text
    assert re.search(r"Two rivers: \S 600 km 1 and again 1", text)


def test_a_quote_that_has_changed_says_so() -> None:
    for kind in ("md", "html", "docx"):
        text = _shown(kind, export(kind, "Rivers", TURNS, {}).content)
        assert text.count("no longer stand there") == 3


@pytest.mark.parametrize("kind", ["md", "html", "docx"])
def test_hostile_text_is_inert(kind: str) -> None:
    place = cite(1, HOSTILE, title=HOSTILE, section=(HOSTILE,), note=HOSTILE)
    turns = [
        Turn(HOSTILE, Answer(HOSTILE + "?", f"{HOSTILE} [1]", True, (place,))),
        Turn(HOSTILE, Answer(HOSTILE, HOSTILE, False, (), (place,))),
    ]
    file = export(kind, HOSTILE, turns, DOCUMENTS)
    assert re.fullmatch(r"[\w-]+\.\w+", file.name)
    if kind == "docx":
        assert "alert(1)" in _shown(kind, file.content)
        return
    text = file.content.decode()
    assert not re.search("[\x00-\x08\x1b\u202e]", text)
    source = text
    if kind == "md":
        # Without footnotes, what is indented under one would be code, where nothing is live.
        source = re.sub("^    (?=>)", "", text, flags=re.MULTILINE)
        source = MarkdownIt("commonmark", {"html": True}).enable("table").render(source)
    tags = Tags(source)
    assert not tags.names & {"img", "script", "iframe", "form", "video"}
    assert all(href.startswith("#note-") for href in tags.links)
    assert (kind == "md") or "default-src 'none'" in text


def test_what_can_not_be_exported_is_said() -> None:
    with pytest.raises(AssistantError, match="md, html, docx, not pdf"):
        export("pdf", "Rivers", TURNS, DOCUMENTS)
    with pytest.raises(AssistantError, match="nothing to export"):
        export("md", "Rivers", [], DOCUMENTS)


class Tags(HTMLParser):
    """The names of the tags in some HTML, where its links lead, and its words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.words = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


def _shown(kind: str, content: bytes) -> str:
    if kind == "md":
        return re.sub(r"\\(?=[^\w\s])", "", content.decode())
    if kind == "html":
        return Tags(content.decode()).words
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        parts = [files.read(f"word/{name}.xml") for name in ("document", "footnotes")]
    trees = [etree.fromstring(part) for part in parts]
    return "".join("".join(tree.itertext()) for tree in trees)
