"""Bytes of text -> characters, whatever they were written in."""

import codecs
import re

from assistant.errors import DocumentError
from assistant.formats.writing import MAX_TEXT, clean

__all__ = ["decode", "text_of"]

_MARKS = {  # the longer ones first: UTF-32's begins with UTF-16's
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SAMPLE = 100_000  # bytes that an encoding is told from
_WESTERN = "windows-1252"
_LATIN = re.compile(r"cp125[0247]|cp(?:437|85\d|86\d|500|1140)|latin|iso8859|mac|hp_roman|ascii")
_SIGN = "[\u00a1-\u00bf\u00d7\u00f7]"
_BESIDE = re.compile(rf"(?<=[^\W\d_]){_SIGN}|{_SIGN}(?=[^\W\d_])")  # in a word: not a letter here
_EASTERN = re.compile("[ðþýšžÐÞÝŠŽŸ]")  # Western, but what Czech, Turkish or Romanian look like
_RUN = re.compile("[À-ÖØ-öø-ÿ]{4}")  # so many accents in a row: other letters
_EAST_ASIAN = (  # encodings, letters that every text in them has, and how many of them at least
    (re.compile(r"gb|hz|big5"), re.compile("[的一是不了在人有中和年大上为這这為]"), 0.03),
    (re.compile(r"cp932|shift_jis|euc_jis|euc_jp|iso2022_jp"), re.compile("[ぁ-ん]"), 0.15),
    (re.compile(r"cp949|euc_kr|johab|iso2022_kr"), re.compile("[가-힣]"), 0.9),
)
_UNKNOWN = "it is not UTF-8, and its encoding can't be told: save it as UTF-8"


def text_of(data: bytes) -> str:
    """The clean text of a file of plain text, of MAX_TEXT characters at most."""
    text = decode(data)
    if len(text) > MAX_TEXT:
        millions = MAX_TEXT // 1_000_000
        raise DocumentError(f"it holds more than {millions} million characters: split it")
    return clean(text)


def decode(data: bytes) -> str:
    """The text of a file, without its byte order mark.

    UTF-8 and what begins with a byte order mark is certain; another encoding is told from the
    words that it makes. Raises DocumentError where none makes sense.

    >>> decode("Größe".encode("utf-16")), decode("Die Größe".encode("latin-1"))
    ('Größe', 'Die Größe')
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            try:
                return data.decode(encoding).removeprefix("\ufeff")
            except UnicodeDecodeError as error:
                raise DocumentError(_UNKNOWN) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if b"\x00" in data:
        raise DocumentError("it is a binary file, not text")
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken * 100 < sum(not char.isascii() for char in text):  # UTF-8, but for a few bytes
        return text
    try:
        return data.decode(_encoding(data))
    except (UnicodeDecodeError, LookupError) as error:
        raise DocumentError(_UNKNOWN) from error


def _encoding(data: bytes) -> str:
    """The encoding that makes words of the bytes.

    Detectors can't tell encodings of Latin letters from one another, nor short texts at all: what
    reads as Western European without a doubt is that, and what reads as another language with
    Latin letters is taken only where it can't be that. Raises DocumentError otherwise.
    """
    from charset_normalizer import from_bytes

    sample = data[: data.rfind(b"\n", 0, _SAMPLE) + 1] or data
    western = sample.decode(_WESTERN, "replace")
    foreign = sum(not char.isascii() for char in western)
    odd = 20 * (len(_BESIDE.findall(western)) + western.count("\ufffd")) > foreign
    latin = foreign <= 0.3 * sum(map(str.isalpha, western)) and not _RUN.search(western)
    if latin and not odd:
        hungarian = "õ" in western and "ã" not in western
        if hungarian or 50 * len(_EASTERN.findall(western)) > foreign:
            raise DocumentError(_UNKNOWN)
        return _WESTERN
    for match in from_bytes(sample):
        encoding = match.encoding
        if match.chaos > 0.1 or latin != (_LATIN.match(encoding) is not None):
            continue
        if latin or match.coherence >= 0.3 or _is_east_asian(encoding, str(match)):
            return encoding
    raise DocumentError(_UNKNOWN)


def _is_east_asian(encoding: str, text: str) -> bool:
    """Whether text reads as Chinese, Japanese or Korean, which its encoding is one of."""
    for encodings, common, least in _EAST_ASIAN:
        if encodings.match(encoding):
            letters = sum(char.isalpha() and not char.isascii() for char in text)
            return len(common.findall(text)) > least * letters
    return False
