"""EPUB: the chapters of a book in the order in which they are read."""

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile

from selectolax.lexbor import LexborHTMLParser

from assistant.errors import DocumentError
from assistant.formats.content import lists_of_links
from assistant.formats.decoding import decode
from assistant.formats.dom import Markdown, closed
from assistant.formats.parsed import Parsed
from assistant.formats.writing import Writer, words
from assistant.formats.zipped import opened, parsed_xml

__all__ = ["read"]

_CONTAINER = "META-INF/container.xml"
_HTML = ("application/xhtml+xml", "text/html")
_SPACES = {
    "container": "urn:oasis:names:tc:opendocument:xmlns:container",
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
}
_ABOUT = {
    "title": "title",
    "publisher": "publisher",
    "date": "date",
    "language": "language",
    "licence": "rights",
}


def read(data: bytes) -> Parsed:
    """The chapters as Markdown. Raises DocumentError where the book can't be read."""
    archive = opened(data)
    if "META-INF/encryption.xml" in archive.namelist() and "META-INF/rights.xml" in (
        archive.namelist()
    ):
        raise DocumentError("it is protected (DRM): its text can't be read")
    container = parsed_xml(_entry(archive, _CONTAINER))
    rootfile = container.find(".//container:rootfile", _SPACES)
    path = rootfile.get("full-path", "") if rootfile is not None else ""
    package = parsed_xml(_entry(archive, path))
    about: dict[str, str | None] = {
        key: package.findtext(f".//dc:{name}", None, _SPACES) for key, name in _ABOUT.items()
    }
    about["date"] = (about["date"] or "")[:10]
    about["url"] = next(
        (
            node.text
            for node in package.iterfind(".//dc:identifier", _SPACES)
            if (node.text or "").startswith(("http://", "https://"))
        ),
        None,
    )
    writer = Writer()
    for name in _spine(package, posixpath.dirname(path)):
        if name in archive.namelist():
            _chapter(writer, _entry(archive, name))
    return writer.parsed(about)


def _entry(archive: ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except (KeyError, BadZipFile, EOFError, OSError) as error:
        raise DocumentError("it is damaged: a part of it is missing") from error


def _spine(package: Any, folder: str) -> Iterator[str]:
    """The names of the chapters in reading order, without the book's table of contents."""
    items = {item.get("id"): item for item in package.iterfind(".//opf:manifest/opf:item", _SPACES)}
    for reference in package.iterfind(".//opf:spine/opf:itemref", _SPACES):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _HTML:
            continue
        if "nav" not in (item.get("properties") or "").split():
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _chapter(writer: Writer, data: bytes) -> None:
    tree = LexborHTMLParser(closed(decode(data)))
    body = tree.body
    if body is None or not body.text(strip=True):
        return
    headed = body.css_first("h1, h2, h3, h4, h5, h6") is not None
    title = tree.css_first("head title")
    if not headed and title is not None and title.text(strip=True):
        writer.heading(1, words(title.text()))
    Markdown(writer, lists_of_links(body)).write(body)
