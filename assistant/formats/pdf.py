"""PDF: the words of every page with their places, by PDFium; `flow` makes text of them."""

import ctypes
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from assistant.errors import DocumentError
from assistant.formats.flow import Bookmark, document
from assistant.formats.glyphs import Fonts, words_of
from assistant.formats.page import Page, Rule, Word
from assistant.formats.parsed import Parsed
from assistant.formats.writing import plain, real_title

__all__ = ["read"]

_PASSWORD = "it is protected by a password: save it without one"  # noqa: S105 - a message
_SCANNED = "its pages are pictures without text: run text recognition over it first"
_MAX_OBJECTS = 20_000  # drawings of a page that are looked at for the rules of tables
_MAX_OUTLINE = 5_000
_NO_LETTERS = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")  # private, or unknown
_THIN = 2.5  # points: a thinner box is a line


def read(data: bytes) -> Parsed:
    """The pages of a PDF as Markdown. Raises DocumentError where there is no text to read."""
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise DocumentError(_PASSWORD) from error
        raise DocumentError("it is not a PDF, or damaged") from error
    fonts = Fonts()
    pages = [_page(pdf, number, fonts) for number in range(len(pdf))]
    if not any(page.words for page in pages):
        if any(page.pictures for page in pages):
            raise DocumentError(_SCANNED)
        raise DocumentError("its pages hold no text")
    about = _about(pdf)
    return document(pages, list(_outline(pdf)), about, _notes(pages))


def _notes(pages: list[Page]) -> list[str]:
    """The pages without text that show something all the same."""
    empty = [n for n, page in enumerate(pages, 1) if not page.words and page.pictures]
    if not empty:
        return []
    runs: list[list[int]] = []
    for number in empty:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    names = ", ".join("-".join(map(str, run)) for run in runs)
    return [
        f"page {names} has no text (scanned?)"
        if len(empty) == 1
        else f"pages {names} have no text (scanned?)"
    ]


def _about(pdf: pypdfium2.PdfDocument) -> dict[str, str | None]:
    facts = pdf.get_metadata_dict()
    date = re.match(r"D:(\d{4})(\d\d)(\d\d)", facts.get("CreationDate", ""))
    return {
        "title": real_title(facts.get("Title")),
        "date": "-".join(date.groups()) if date else None,
        "language": _language(pdf),
    }


def _language(pdf: pypdfium2.PdfDocument) -> str | None:
    size = pdfium.FPDFCatalog_GetLanguage(pdf.raw, None, 0)
    if not 2 < size < 100:
        return None
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFCatalog_GetLanguage(
        pdf.raw, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size
    )
    return buffer.raw.decode("utf-16-le", "ignore").strip("\0") or None


def _outline(pdf: pypdfium2.PdfDocument) -> Iterator[Bookmark]:
    """The bookmarks: titles, how deep they are, and the pages that they lead to."""
    for number, mark in enumerate(pdf.get_toc(max_depth=6)):
        if number >= _MAX_OUTLINE:
            return
        target = mark.get_dest()
        page = target.get_index() if target else None
        if page is not None:
            yield Bookmark(plain(mark.get_title()), mark.level, page)


def _page(pdf: pypdfium2.PdfDocument, number: int, fonts: Fonts) -> Page:
    try:
        page = pdf[number]
        if _flattened(page.raw):
            page.close()
            page = pdf[number]
    except pypdfium2.PdfiumError:  # a damaged page is an empty one
        return Page([], [], True)
    text = pdfium.FPDFText_LoadPage(page.raw)
    if not text:
        return Page([], [], True)
    words = list(words_of(text, fonts))
    rules, pictures = _drawings(page.raw)
    if _is_garbled(words):
        words, pictures = [], True
    pdfium.FPDFText_ClosePage(text)
    page.close()
    return Page(words, rules, pictures)


def _flattened(page: Any) -> bool:
    """Makes what is filled into a form, or written on a page, part of it: whether there is any.

    It shows when the page is loaded again.
    """
    return bool(
        pdfium.FPDFPage_GetAnnotCount(page)
        and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS
    )


def _is_garbled(words: list[Word]) -> bool:
    """Whether a page's fonts do not say which letters they draw: it can be seen, and not read."""
    letters = "".join(word.text for word in words)
    return 2 * len(_NO_LETTERS.findall(letters)) > len(letters)


def _drawings(page: Any) -> tuple[list[Rule], bool]:
    """The straight lines of a page, across and down, and whether it shows a picture."""
    rules: list[Rule] = []
    pictures = False
    sides = [ctypes.c_float() for _ in range(4)]
    for index in range(min(pdfium.FPDFPage_CountObjects(page), _MAX_OBJECTS)):
        drawn = pdfium.FPDFPage_GetObject(page, index)
        kind = pdfium.FPDFPageObj_GetType(drawn)
        if kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM):
            pictures = True
        elif kind == pdfium.FPDF_PAGEOBJ_PATH and pdfium.FPDFPageObj_GetBounds(drawn, *sides):
            left, bottom, right, top = (side.value for side in sides)
            rules += _edges(left, bottom, right, top)
    return rules, pictures


def _edges(left: float, bottom: float, right: float, top: float) -> list[Rule]:
    """A drawing's box as lines: one where it is thin, its four sides where it is a cell's."""
    if top - bottom <= _THIN and right - left > _THIN:
        return [Rule(False, (top + bottom) / 2, left, right)]
    if right - left <= _THIN and top - bottom > _THIN:
        return [Rule(True, (left + right) / 2, bottom, top)]
    if right - left > 3 * _THIN and top - bottom > 3 * _THIN:
        return [
            Rule(False, top, left, right),
            Rule(False, bottom, left, right),
            Rule(True, left, bottom, top),
            Rule(True, right, bottom, top),
        ]
    return []
