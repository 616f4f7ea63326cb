"""Owns the corpus folder: files in, Documents out."""

import hashlib
import re
from pathlib import Path

from assistant.errors import CorpusError, DocumentError
from assistant.formats import READERS, Parsed
from assistant.markup import blocks
from assistant.types import Document, Mark, Section

__all__ = ["files", "fingerprints", "load", "parse"]

MAX_BYTES = 50_000_000
ASIDE = "originals"  # kept beside the documents, not read

# Control characters and those that reorder text on a screen: no document needs them, and they
# can make a quote read as something else.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_RECONSTRUCTED = re.compile(r"reconstructed:\s*(.*)", re.IGNORECASE | re.DOTALL)


def files(folder: Path) -> dict[str, Path]:
    """The readable files of a corpus by document id, in order of their names.

    The id is the file's stem; where two files share it, the path inside the folder. Hidden
    files, links that lead out of the folder, and folders named "originals" are passed over.
    Raises CorpusError where there is nothing to read.
    """
    if not folder.is_dir():
        raise CorpusError(f"There is no folder {folder}: name one that holds documents.")
    try:
        root = folder.resolve()
        paths = [
            path
            for path in sorted(folder.rglob("*"))
            if path.suffix.lower() in READERS
            and path.is_file()
            and path.resolve().is_relative_to(root)
            and not any(
                part.startswith(".") or part == ASIDE for part in path.relative_to(folder).parts
            )
        ]
    except OSError as error:
        raise CorpusError(f"The folder {folder} can't be read: {error.strerror}.") from error
    if not paths:
        kinds = ", ".join(sorted(READERS))
        raise CorpusError(f"The folder {folder} holds no documents ({kinds}): put some there.")
    stems = [path.stem for path in paths]
    return {
        path.stem if stems.count(path.stem) == 1 else path.relative_to(folder).as_posix(): path
        for path in paths
    }


def fingerprints(folder: Path) -> dict[str, str]:
    """The sha256 of each document's file, by id. Raises CorpusError as `files` does."""
    return {id: hashlib.sha256(_read(path)).hexdigest() for id, path in files(folder).items()}


def load(folder: Path) -> dict[str, Document]:
    """Every document of a folder, by id. Raises CorpusError; DocumentError names a broken file."""
    documents = {}
    for id, path in files(folder).items():
        data = _read(path)
        try:
            source = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DocumentError(f"{path} is not UTF-8 text: save it as UTF-8.") from error
        try:
            parsed = READERS[path.suffix.lower()](_clean(source))
        except DocumentError as error:
            raise DocumentError(f"{path}: {error}") from error
        documents[id] = parse(id, parsed, hashlib.sha256(data).hexdigest())
    return documents


def parse(id: str, parsed: Parsed, sha256: str = "") -> Document:
    """A Document from what a format's reader made of a file."""
    text, notes = _without_comments(parsed.text)
    found = blocks(text)
    first = next((b.content for b in found if b.kind == "heading" and b.level == 1), "")
    title = parsed.about.get("title") or first or re.sub(r"[-_]+", " ", Path(id).name)
    about = {k: parsed.about.get(k) for k in ("publisher", "date", "url", "language", "licence")}

    path: list[tuple[int, str]] = [(0, title)]
    sections = []
    start = 0
    for block in found:
        if block.kind != "heading":
            continue
        if text[start : block.start].strip():
            sections.append(Section(tuple(name for _, name in path), start, block.start))
            start = block.start
        path = [step for step in path if step[0] < block.level]
        if block.content and block.content != title:
            path.append((block.level, block.content))
        if not path or path[0][0] != 0:
            path.insert(0, (0, title))
    sections.append(Section(tuple(name for _, name in path), start, len(text)))

    marks = []
    for at, note in notes:
        below = next((b for b in found if b.start >= at), None)
        if below:
            marks.append(Mark(below.start, below.end, note))
    return Document(
        id=id,
        title=title,
        text=text,
        sections=tuple(sections),
        marks=tuple(marks),
        pages=parsed.pages,
        sha256=sha256,
        **about,
    )


def _without_comments(text: str) -> tuple[str, list[tuple[int, str]]]:
    """A text without what no reader of the page sees, and where each note on what was
    reconstructed now points."""
    kept, notes, at, length = [], [], 0, 0
    for block in blocks(text):
        if block.kind == "comment":
            kept.append(text[at : block.start])
            length += block.start - at
            at = block.end
            note = _RECONSTRUCTED.match(block.content)
            if note:
                notes.append((length, note[1].strip()))
    return "".join([*kept, text[at:]]), notes


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            size = MAX_BYTES // 1_000_000
            raise DocumentError(f"{path} is larger than {size} MB: split it.")
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path} can't be read: {error.strerror}.") from error


def _clean(source: str) -> str:
    """One kind of line end, a page's end a paragraph's too, nothing that a screen would obey."""
    return _UNSAFE.sub("", re.sub(r"\r\n?|\u2028|\u2029", "\n", source).replace("\x0c", "\n\n"))
