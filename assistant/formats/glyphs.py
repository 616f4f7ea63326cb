"""The characters of a PDF's page, by PDFium -> words with their places."""

import ctypes
import re
from collections.abc import Iterator
from math import atan2, cos, degrees, hypot, radians, sin
from typing import Any

import pypdfium2.raw as pdfium

from assistant.formats.page import Word

__all__ = ["Fonts", "words_of"]

_SPACE = ord(" ")
_HYPHEN = 2  # PDFium's sign for a hyphen at the end of a line
_SPACES = frozenset(map(ord, " \t\r\n\f\v\u00a0\u2002\u2003\u2009\u200b\u3000\ufffe\uffff"))
_LETTERS = {  # what stands for several letters, for a bullet in a font of symbols, for nothing
    **dict.fromkeys(range(32)),
    **dict(zip(range(0xFB00, 0xFB07), "ff fi fl ffi ffl st st".split(), strict=True)),
    **dict.fromkeys((0xF0A7, 0xF0B7, 0xF076, 0xF0D8, 0x25CF), "•"),
}
_BOLD = re.compile("bold|black|heavy|semib|demi|medi$|cmbx|cmssbx", re.IGNORECASE)
_MONO = re.compile("courier|mono|nimbusmon|consol|typewriter|cmtt|menlo", re.IGNORECASE)
_SYMBOLS = re.compile("dingbat|wingding|webding", re.IGNORECASE)
_APART = 0.3  # em between two letters of a word, at most
_WIDE = 1.3  # em that a letter takes on average, at most
_MAX_WORD = 200  # characters: a longer run without a space is cut


class Fonts:
    """What is known of the fonts of a document: whether each is bold, monospaced, of symbols."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[bool, bool, bool]] = {}

    def of(self, drawn: Any) -> tuple[bool, bool, bool]:
        """Of a text object, as PDFium names it."""
        font = pdfium.FPDFTextObj_GetFont(drawn)
        key = _address(font)
        if key not in self._known:
            buffer = ctypes.create_string_buffer(200)
            pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
            name = buffer.value.decode("utf-8", "replace")
            bold = pdfium.FPDFFont_GetWeight(font) >= 600 or _BOLD.search(name) is not None
            mono = _MONO.search(name) is not None
            self._known[key] = bold, mono, _SYMBOLS.search(name) is not None
        return self._known[key]


def words_of(page: Any, fonts: Fonts) -> Iterator[Word]:
    """The words of a text page in the order in which the file draws them."""
    reader = _Reader(page, fonts)
    for first, end, ends in reader.runs():
        yield from reader.words(first, end, ends)


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


# Asked for almost every word, so without making a typed pointer of what it returns.
_OWNER = ctypes.cast(
    pdfium.FPDFText_GetTextObject,
    ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
)


class _Reader:
    """One page's characters; asking PDFium is what takes the time, so little is asked."""

    def __init__(self, page: Any, fonts: Fonts) -> None:
        self.page = page
        self._at = ctypes.cast(page, ctypes.c_void_p)
        self.fonts = fonts
        self.codes = [
            pdfium.FPDFText_GetUnicode(page, index)
            for index in range(pdfium.FPDFText_CountChars(page))
        ]
        self.styles: dict[int, tuple[float, int, bool, bool, bool]] = {}
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._box, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()

    def runs(self) -> Iterator[tuple[int, int, str]]:
        """From where to where no space stands, and what ends it (see Word)."""
        first = None
        for index, code in enumerate(self.codes):
            if code not in _SPACES and code >= _SPACE:
                if first is None:
                    first = index
            elif first is not None:
                spaced = code == _SPACE and not pdfium.FPDFText_IsGenerated(self.page, index)
                yield first, index, "-" if code == _HYPHEN else " " if spaced else ""
                first = None
            elif code < _SPACE and not pdfium.FPDFText_IsGenerated(self.page, index):
                yield index, index + 1, ""  # a sign without a letter, as bullets are
        if first is not None:
            yield first, len(self.codes), ""

    def words(self, first: int, end: int, ends: str) -> Iterator[Word]:
        """A run as one word, or as several where its size changes or a gap is in it."""
        key = _OWNER(self._at, first) or 0
        if end - first <= _MAX_WORD and key == (_OWNER(self._at, end - 1) or 0):
            whole = self._word(first, end, key, ends, glued=False)
            if whole.x1 - whole.x0 <= _WIDE * whole.size * (end - first):
                yield whole
                return
        keys = [_OWNER(self._at, index) or 0 for index in range(first, end)]
        start, glued = first, False
        for index in range(first + 1, end):
            key, before = keys[index - first], keys[start - first]
            cut = index - start >= _MAX_WORD
            changes = key != before and self._differ(index, key, start, before)
            apart = self._gap(index) > _APART * self._style(index, key)[0]
            if cut or changes or apart:
                yield self._word(start, index, before, "", glued)
                start, glued = index, not apart
        yield self._word(start, end, keys[start - first], ends, glued)

    def _style(self, index: int, key: int) -> tuple[float, int, bool, bool, bool]:
        """Size, angle, and whether it is bold, monospaced, of symbols: a text object's."""
        if key not in self.styles:
            matrix = self._matrix
            pdfium.FPDFText_GetMatrix(self.page, index, matrix)
            scale = hypot(matrix.c, matrix.d) or hypot(matrix.a, matrix.b)
            size = pdfium.FPDFText_GetFontSize(self.page, index) * scale
            drawn = pdfium.FPDFText_GetTextObject(self.page, index)
            looks = self.fonts.of(drawn) if key else (False, False, False)
            angle = round(degrees(atan2(matrix.b, matrix.a)) / 90) * 90 % 360
            self.styles[key] = size, angle, *looks
        return self.styles[key]

    def _differ(self, index: int, key: int, other: int, before: int) -> bool:
        """Whether two characters differ in size or angle: a raised number, most of the time."""
        here, there = self._style(index, key), self._style(other, before)
        return abs(here[0] - there[0]) > 0.12 * max(here[0], there[0]) or here[1] != there[1]

    def _gap(self, index: int) -> float:
        """The space between a character and the one before it, in points."""
        pdfium.FPDFText_GetLooseCharBox(self.page, index - 1, self._box)
        right = self._box.right
        pdfium.FPDFText_GetLooseCharBox(self.page, index, self._box)
        return float(self._box.left - right)

    def _word(self, first: int, end: int, key: int, ends: str, glued: bool) -> Word:
        """The characters from `first` up to `end`, turned so that they run to the right."""
        size, angle, bold, mono, symbols = self._style(first, key)
        pdfium.FPDFText_GetCharOrigin(self.page, first, self._x, self._y)
        points = [(self._x.value, self._y.value)]
        for index in (first, end - 1):
            pdfium.FPDFText_GetLooseCharBox(self.page, index, self._box)
            box = self._box
            points += [(box.left, box.bottom), (box.right, box.top)]
        if angle:
            turn = radians(-angle)
            points = [
                (x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)) for x, y in points
            ]
        across = [x for x, _ in points[1:]]
        text = "•" if symbols and end - first == 1 else self._text(first, end)
        x0, x1, y = min(across), max(across), points[0][1]
        return Word(text, x0, x1, y, size, bold, mono, angle, ends, glued)

    def _text(self, first: int, end: int) -> str:
        codes = self.codes[first:end]
        text = "".join(map(chr, codes)).translate(_LETTERS) or "•"
        if max(codes) >= 0xD800 and re.search("[\ud800-\udfff]", text):  # halves of a character
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text
