"""Small files of the formats, made for one test: what no real file at hand shows."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["docx", "epub", "pdf", "picture_page", "text_page", "zipped"]

Line = tuple[float, float, str]  # x, y, words

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="word/document.xml" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
_BODY = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body>{}</w:body></w:document>"
)
_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)


def text_page(lines: Iterable[Line], size: float = 10, font: str = "F1") -> str:
    """A page's drawing: lines of words, each at its place. F1 is Helvetica, F2 its bold."""
    drawn = [
        f"/{font} {size} Tf 1 0 0 1 {x} {y} Tm ({_escaped(words)}) Tj" for x, y, words in lines
    ]
    return f"BT {' '.join(drawn)} ET"


def _escaped(words: str) -> str:
    for sign in "\\()":
        words = words.replace(sign, f"\\{sign}")
    return words


def picture_page() -> str:
    """A page that shows a picture and no words, as a scanner makes it."""
    return "q 500 0 0 700 50 50 cm /I1 Do Q"


def pdf(pages: Sequence[str], title: str = "") -> bytes:
    """A PDF of pages that `text_page` or `picture_page` drew, 600 by 800 points each."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [{}] /Count {} >>".format(
            " ".join(f"{8 + 2 * n} 0 R" for n in range(len(pages))), len(pages)
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 "
        "/ColorSpace /DeviceGray /Length 1 >>\nstream\n0\nendstream",
        "<< /Font << /F1 3 0 R /F2 4 0 R >> /XObject << /I1 5 0 R >> >>",
        f"<< /Title ({_escaped(title)}) >>",
    ]
    for number, drawn in enumerate(pages):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources 6 0 R "
            f"/Contents {9 + 2 * number} 0 R >>"
        )
        length = len(drawn.encode("cp1252"))
        objects.append(f"<< /Length {length} >>\nstream\n{drawn}\nendstream")
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252"))
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.write("".join(f"{place:010d} 00000 n \n" for place in places).encode())
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info 7 0 R >>"
    out.write(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def zipped(parts: Mapping[str, str | bytes | int]) -> bytes:
    """A zip archive; a number stands for so many megabytes of spaces."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                if isinstance(content, int):
                    for _ in range(content):
                        entry.write(b" " * 1_000_000)
                else:
                    entry.write(content.encode() if isinstance(content, str) else content)
    return out.getvalue()


def docx(body: str, more: Mapping[str, str | bytes | int] | None = None) -> bytes:
    """A Word document with that XML in its body, or with parts of its own."""
    parts = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS}
    return zipped({**parts, "word/document.xml": _BODY.format(body), **(more or {})})


def epub(chapters: Sequence[str], metadata: str = "", before: str = "") -> bytes:
    """A book of those chapters (XHTML); `before` stands in front of its package document."""
    items = "".join(
        f'<item id="c{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        f'{before}<package xmlns="http://www.idpf.org/2007/opf">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    parts = {"META-INF/container.xml": _CONTAINER, "OPS/book.opf": package}
    return zipped({**parts, **{f"OPS/{n}.xhtml": text for n, text in enumerate(chapters)}})
