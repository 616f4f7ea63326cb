"""HTML: the content of a page, without the site around it."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from assistant.errors import DocumentError
from assistant.formats.content import content
from assistant.formats.decoding import decode
from assistant.formats.dom import Markdown, closed
from assistant.formats.parsed import Parsed
from assistant.formats.writing import Writer, plain

__all__ = ["read"]

_CHARSET = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,200}?encoding)\s*=\s*[\"']?\s*([\w:.-]+)"
)
_NESTING = re.compile(
    r"<(/?)(?:a|article|b|blockquote|center|div|em|font|i|ol|section|span|strong|table|ul)\b",
    re.IGNORECASE,
)
_MAX_DEPTH = 5_000  # elements: what is deeper takes a browser's parser ever longer
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAD = 4096  # bytes or characters in which a page names its encoding, and that it is XHTML
_XHTML = "http://www.w3.org/1999/xhtml"
_META = {  # where a page says what it is, the surest first
    "title": ("og:title", "citation_title", "dc.title", "dcterms.title", "twitter:title"),
    "publisher": ("og:site_name", "citation_publisher", "dc.publisher", "publisher"),
    "date": (
        "article:published_time",
        "citation_publication_date",
        "dc.date",
        "dcterms.created",
        "dcterms.date",
        "dc.date.issued",
        "date",
        "pubdate",
        "datepublished",
        "article:modified_time",
    ),
    "url": ("og:url", "citation_public_url"),
    "language": ("content-language", "dc.language", "og:locale"),
    "licence": ("dc.rights", "dcterms.license", "copyright"),
}
_ABOUT = {"title": "headline", "date": "datePublished", "language": "inLanguage"}
_DATE = re.compile(r"(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?")


def read(data: bytes) -> Parsed:
    """The content of a web page as Markdown, and what the page says of itself.

    Raises DocumentError where it holds no text.

    >>> read(b"<title>A</title><nav>Home</nav><h1>B</h1><p>One &lt;p&gt;.").text
    '# B\\n\\nOne \\\\<p>.'
    """
    source = _decoded(data)
    if source.lstrip().startswith("<?xml") or _XHTML in source[:_HEAD]:
        source = closed(source)
    if _depth(source) > _MAX_DEPTH:
        raise DocumentError("it is nested too deeply to be read")
    tree = LexborHTMLParser(source)
    about = _about(tree)
    for node, unwanted in (content(tree), (tree.body, frozenset[int]())):
        writer = Writer()
        if node is not None:
            headed = len(node.css("h1, h2, h3, h4, h5, h6")) > 1
            Markdown(writer, unwanted, bold=not headed).write(node)
        parsed = writer.parsed(about)
        if parsed.text:
            return parsed
    raise DocumentError("it holds no text: a page whose text is loaded by a script, perhaps")


def _decoded(data: bytes) -> str:
    """The page in the encoding that it names, as browsers take it."""
    named = _CHARSET.search(data[:_HEAD])
    if named and not data.startswith(_MARKS):
        name = named[1].decode("ascii", "replace").lower()
        if name in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"):
            name = "windows-1252"
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            pass  # a page that is wrong about itself
    return decode(data)


def _depth(source: str) -> int:
    """How deep elements that have to be closed stand in one another, about."""
    depth = deepest = 0
    for tag in _NESTING.finditer(source):
        depth += -1 if tag[1] else 1
        deepest = max(deepest, depth)
    return deepest


def _about(tree: LexborHTMLParser) -> dict[str, str | None]:
    """Title, publisher, date, address, language and licence, where the page names them."""
    named: dict[str, str] = {}
    for meta in tree.css("meta[content]"):
        facts = meta.attributes
        name = facts.get("property") or facts.get("name") or facts.get("itemprop")
        name = (name or facts.get("http-equiv") or "").strip().lower()
        value = plain(facts.get("content") or "")
        if name and value:
            named.setdefault(name, value)
    about: dict[str, str | None] = {
        key: next((named[name] for name in names if name in named), None)
        for key, names in _META.items()
    }
    for linked in _linked_data(tree):
        for key, name in _ABOUT.items():
            if isinstance(linked.get(name), str):
                about[key] = about[key] or plain(linked[name])
        publisher = linked.get("publisher")
        if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
            about["publisher"] = about["publisher"] or plain(publisher["name"])
    for key, selector, attribute in (
        ("date", "article time[datetime], main time[datetime]", "datetime"),
        ("url", "link[rel=canonical]", "href"),
        ("licence", "a[rel~=license], link[rel~=license]", "href"),
        ("language", "html[lang]", "lang"),
    ):
        node = tree.css_first(selector)
        if node is not None and (key == "language" or not about[key]):
            about[key] = plain(node.attributes.get(attribute) or "") or about[key]
    if about["url"] and not about["url"].startswith(("http://", "https://")):
        about["url"] = None
    heading = _said(tree, "h1")
    title = about["title"] or _said(tree, "head title") or heading
    site = re.fullmatch(rf"{re.escape(heading)}\s+\W\s+(.+)", title) if heading else None
    if site:  # "Opening hours | Town library"
        title, about["publisher"] = heading, about["publisher"] or site[1]
    about["title"] = title
    date = _DATE.search(about["date"] or "")
    return {**about, "date": date[0] if date else None}


def _said(tree: LexborHTMLParser, selector: str) -> str:
    """The words of the first such element, without the sign that links a heading to itself."""
    node = tree.css_first(selector)
    return plain(node.text()).rstrip("¶# ") if node is not None else ""


def _linked_data(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """The objects of a page's JSON-LD that have a headline or a date."""
    for script in tree.css('script[type="application/ld+json"]'):
        try:
            todo = [json.loads(script.text(), strict=False)]
        except (ValueError, RecursionError):
            continue
        while todo:
            found = todo.pop()
            if isinstance(found, list):
                todo += found
            elif isinstance(found, dict):
                todo += [found["@graph"]] if "@graph" in found else []
                if "headline" in found or "datePublished" in found:
                    yield found
