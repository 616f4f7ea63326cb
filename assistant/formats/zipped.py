"""Documents that are zip archives: opened only when they are what they seem."""

import io
import posixpath
import re
from typing import Any
from zipfile import BadZipFile, ZipFile

from assistant.errors import DocumentError
from assistant.formats.writing import real_title

__all__ = ["Package", "attribute", "core_facts", "local", "number", "opened", "parsed_xml"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what Office puts around an encrypted document
_MAX_ENTRIES = 20_000
_MAX_BYTES = 500_000_000  # when unpacked
_SMALL = 50_000_000  # unpacked: no more than this is no harm, however well it was packed
_MAX_RATIO = 100
_FACTS = {"title": "title", "modified": "date", "created": "date", "language": "language"}


def opened(data: bytes) -> ZipFile:
    """The archive. Raises DocumentError where it is damaged, encrypted, or unpacks to far more
    than it takes itself."""
    if data.startswith(_OLE):
        raise DocumentError("it is protected by a password, or of an older format: save it anew")
    try:
        archive = ZipFile(io.BytesIO(data))
    except (BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
        raise DocumentError("it is damaged, or not what its name says") from error
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MAX_ENTRIES:
        raise DocumentError(f"it holds {len(entries):,} files inside, more than a document needs")
    if size > _MAX_BYTES or (size > _SMALL and size > _MAX_RATIO * max(packed, 1)):
        raise DocumentError(f"it unpacks to {size // 1_000_000:,} MB, more than a document needs")
    if any(entry.flag_bits & 1 for entry in entries):
        raise DocumentError("it is protected by a password: save it without one")
    return archive


def parsed_xml(data: bytes) -> Any:
    """The root element of an XML part. Entities stay unresolved, and nothing else is loaded."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise DocumentError("it is damaged: a part of it can't be read") from error
    for entity in list(root.iter(etree.Entity)):  # said nowhere, and no element like the others
        entity.getparent().remove(entity)
    return root


def local(element: Any) -> str:
    """An element's name without its namespace: Office has two of each."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Any, name: str) -> str:
    """An attribute, whichever namespace it is in; "" without it, or without the element."""
    attributes = {} if element is None else element.attrib
    return next((str(attributes[key]) for key in attributes if key.rpartition("}")[2] == name), "")


def number(element: Any) -> int | None:
    """The number that is an element's `val`, None where there is none."""
    value = attribute(element, "val")
    return int(value) if re.fullmatch(r"\d{1,4}", value) else None


class Package:
    """An Office document's parts, found as it says where they are.

    >>> Package(archive).related("", "officeDocument")  # doctest: +SKIP
    ['word/document.xml']
    """

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())

    def part(self, name: str) -> Any:
        """The root of a part. Raises DocumentError where it is missing or damaged."""
        try:
            return parsed_xml(self._archive.read(name))
        except (KeyError, BadZipFile, EOFError, OSError) as error:
            raise DocumentError("it is damaged: a part of it is missing") from error

    def related(self, name: str, kind: str) -> list[str]:
        """The parts of a kind that a part (or the package, "") refers to."""
        folder, base = posixpath.split(name)
        relations = posixpath.join(folder, "_rels", f"{base}.rels")
        if relations not in self._names:
            return []
        found = []
        for relation in self.part(relations):
            target = relation.get("Target", "")
            if relation.get("Type", "").endswith(f"/{kind}"):
                path = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                found.append(posixpath.normpath(path))
        return [path for path in found if path in self._names]


def core_facts(package: Package) -> dict[str, str | None]:
    """What an Office document says of itself: title, date of the last change, language."""
    facts: dict[str, str | None] = {}
    for kind in ("core-properties", "coreProperties"):
        for name in package.related("", kind):
            for element in package.part(name):
                key = _FACTS.get(local(element))
                if key and element.text and (local(element) != "created" or key not in facts):
                    facts[key] = element.text[:10] if key == "date" else element.text
    for name in package.related("", "extended-properties"):
        for element in package.part(name):
            if local(element) == "Company" and element.text:
                facts["publisher"] = element.text
    return {**facts, "title": real_title(facts.get("title"))}
