"""Whatever a file does to its parser, that file alone is set aside, soon and with one line."""

import io
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import making
import openpyxl
import pytest

from assistant import formats
from assistant.errors import DocumentError
from assistant.formats import cage

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def deflated(content: bytes, times: int) -> bytes:
    """So many copies of some bytes, deflated twice: kilobytes that become gigabytes."""
    packer = zlib.compressobj(9)
    begins, goes_on = (packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return zlib.compress(begins + goes_on * (times - 1) + packer.flush(), 9)


def pdf_bomb(content: bytes) -> bytes:
    """A PDF whose page draws what two rounds of inflating make of that."""
    page = making.pdf(["X"])
    start = page.index(b"<< /Length 1 >>")
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream"
    end = page.index(b"endstream", start) + len(b"endstream")
    return page[:start] + stream % (len(content), content) + page[end:]


def laughing_workbook() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["here", "b"])
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        parts: dict[str, str | bytes | int] = {n: archive.read(n) for n in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert isinstance(sheet, bytes)
    parts["xl/worksheets/sheet1.xml"] = LAUGHS + sheet.decode().replace("here", "&l11;")
    return making.zipped(parts)


def document_xml(before: str, text: str) -> dict[str, str | bytes | int]:
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return {"word/document.xml": f"{before}<w:document {W}>{body}</w:document>"}


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "spaces.pdf": (lambda: pdf_bomb(deflated(b" " * 1_000_000, 2_000)), "1 GB of memory|damaged"),
    "words.pdf": (
        lambda: pdf_bomb(deflated(b"BT /F1 9 Tf (A) Tj ET " * 50_000, 300)),
        "1 GB of memory|damaged",
    ),
    "unpacks.docx": (lambda: making.docx("", {"word/document.xml": 60}), "unpacks to 60 MB"),
    "unpacks.epub": (lambda: making.zipped({"a.xhtml": 60}), "unpacks to 60 MB"),
    "entries.xlsx": (
        lambda: making.zipped({f"{n}.xml": b"" for n in range(20_001)}),
        "20,001 files inside",
    ),
    "laughs.docx": (lambda: making.docx("", document_xml(LAUGHS, "&l11;")), "damaged"),
    "laughs.epub": (lambda: making.epub(["<p>a"], "<dc:title>&l11;</dc:title>", LAUGHS), "damaged"),
    "laughs.xlsx": (laughing_workbook, "damaged"),
    "deep.docx": (lambda: making.docx("<w:sdt>" * 90_000 + "</w:sdt>" * 90_000), "damaged"),
    "deep.html": (lambda: b"<div>" * 300_000 + b"x", "nested too deeply"),
    "wide.csv": (lambda: b"a," * 10_000, "10,000 columns"),
    "quote.csv": (lambda: b'"' + b"a,b\n" * 500_000, "not a table that can be read"),
    "line.txt": (lambda: b"word " * 19_000_000, "more than 20 million characters"),
    "line.md": (lambda: b"word " * 19_000_000, "more than 20 million characters"),
    "again.epub": (
        lambda: making.epub(["<p>" + "again and " * 2_000_000] * 2),
        "more than 20 million characters",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_one_line(name: str, tmp_path: Path) -> None:
    make, says = BOMBS[name]
    (tmp_path / name).write_bytes(make())
    with pytest.raises(DocumentError, match=says) as raised:
        formats.parse(tmp_path / name)
    assert "\n" not in str(raised.value)


def test_what_only_looks_like_a_bomb_is_read(tmp_path: Path) -> None:
    """Huge sizes that nobody has to make room for."""
    image = making.pdf([making.picture_page(), making.text_page([(50, 700, "Below a picture")])])
    wide = image.replace(b"/Width 1 /Height 1 ", b"/Width 99999 /Height 99999 ")
    (tmp_path / "image.pdf").write_bytes(wide)
    assert formats.parse(tmp_path / "image.pdf").text == "Below a picture"
    (tmp_path / "marks.html").write_bytes(b"<p>" + b"![" * 500_000)
    assert len(formats.parse(tmp_path / "marks.html").text) == 1_000_000


def test_nothing_outside_a_document_is_read_into_it(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(making.docx("", document_xml(OUTSIDE, "Users: &x;.")))
    assert "root" not in formats.parse(tmp_path / "a.docx").text


def test_a_file_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cage, "WALL", 1)
    names = b"".join(b"a%d=1 " % number for number in range(1_000_000))
    (tmp_path / "slow.html").write_bytes(b"<p " + names + b">x")
    with pytest.raises(DocumentError, match="took longer than 1 seconds"):
        formats.parse(tmp_path / "slow.html")


@pytest.mark.slow
def test_a_file_that_computes_too_long_is_ended_by_the_system(tmp_path: Path) -> None:
    names = b"".join(b"a%d=1 " % number for number in range(1_000_000))
    (tmp_path / "slow.html").write_bytes(b"<p " + names + b">x")
    with pytest.raises(DocumentError, match=f"took longer than {cage.CPU} seconds"):
        formats.parse(tmp_path / "slow.html")


@pytest.mark.parametrize(
    "deed",
    [
        "open('made', 'w')",
        "open('here', 'a')",
        "import os; os.remove('here')",
        "import os; os.mkdir('made')",
        "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import os; os.fork()",
        "bytearray(2_000_000_000)",
    ],
)
def test_a_parser_can_not(deed: str, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("kept")
    code = f"from assistant.formats.cage import restrict; restrict(); {deed}"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(("PermissionError", "MemoryError"))
    assert (tmp_path / "here").read_text() == "kept"
    assert os.listdir(tmp_path) == ["here"]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"000000000003{}",
        b"000000000002{}",
        b"000000000004null",
        b'000000000060{"text": "a", "about": {}, "pages": [3, 1], "notes": []}    ',
        b'000000000059{"text": "\\u001b", "about": {}, "pages": [], "notes": []}',
        b'000000000066{"text": "a", "about": {}, "pages": ["x"], "notes": []}         ',
    ],
)
def test_what_a_child_says_is_not_trusted(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cage, "_BOOT", f"import sys; sys.stdout.buffer.write({said!r})")
    (tmp_path / "a.html").write_text("<p>Text")
    with pytest.raises(DocumentError, match="damaged"):
        formats.parse(tmp_path / "a.html")
