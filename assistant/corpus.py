"""Owns the corpus folder: which files there are, and each as a Document."""

import hashlib
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from assistant import formats
from assistant.errors import CorpusError, DocumentError
from assistant.formats import READERS, Parsed
from assistant.formats.writing import plain
from assistant.languages import detect
from assistant.markup import blocks
from assistant.names import shown
from assistant.types import Document, Mark, Section

__all__ = ["KINDS", "VERSION", "File", "Stamp", "files", "identify", "parse", "read", "scan"]

VERSION = 2  # raise it when the same file becomes another Document

KINDS = ", ".join(sorted(READERS))
ASIDE = "originals"  # kept beside the documents, not read
TICK = 20_000_000  # nanoseconds in which a file may change twice and show one time
COARSE = 2_000_000_000  # the same where times are whole seconds

Stamp = tuple[int, int, int, int]
"""Size, time of the content and of the entry (ns), inode: while these stay, so does the content."""

_RECONSTRUCTED = re.compile(r"reconstructed:\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a corpus that looks like a document: its content's hash, or what is in the way.

    `name` is its path inside the folder, as it can be shown; `settled` says that no change of
    content can leave the stamp as it is.
    """

    name: str
    path: Path
    stamp: Stamp = (0, 0, 0, 0)
    settled: bool = False
    sha256: str = ""
    problem: str = ""

    @property
    def content(self) -> str:
        """What is equal for equal files."""
        return self.sha256 or self.problem

    @property
    def identity(self) -> tuple[str, str]:
        """What is equal for files that are one document: the content, and what reads it.

        Markdown and text count as one: either can read what the other can.
        """
        format = READERS[self.path.suffix.lower()]
        return self.sha256, "" if format.plain else format.module


def files(folder: Path, known: Mapping[str, tuple[Stamp, str]] | None = None) -> dict[str, File]:
    """The files of a corpus by name, in order, each with its hash.

    `known` are settled stamps, with the hashes: what still has its stamp is not read again.
    Raises CorpusError where there is no such folder.
    """
    known = known or {}
    found = {}
    rest = []
    for file in scan(folder):
        stamp, sha256 = known.get(file.name, (None, ""))
        if stamp == file.stamp and not file.problem:
            file = replace(file, settled=True, sha256=sha256)
        elif not file.problem:
            rest.append(file)
        found[file.name] = file
    if 0 <= time.time_ns() - max((_changed(file) for file in rest), default=0) < TICK:
        time.sleep(TICK / 1e9)  # so that a change from here on shows in the stamp
    return found | {file.name: _hashed(file) for file in rest}


def scan(folder: Path) -> list[File]:
    """The files of a folder that look like documents, in order of their names, not yet hashed.

    Passed over: other kinds of files, hidden ones, folders named "originals", links to folders. A
    link to a file inside the folder is that file again. Raises CorpusError where there is no such
    folder.
    """
    if not folder.is_dir():
        raise CorpusError(f"There is no folder {folder}: name one that holds documents.")
    try:
        root = folder.resolve()
        found = list(_walk(folder, root, ""))
    except OSError as error:
        raise CorpusError(f"The folder {folder} can't be read: {error.strerror}.") from error
    return sorted(found, key=lambda file: file.name.split("/"))


def identify(names: Iterable[str]) -> dict[str, str]:
    """The id of each document: its file's stem; its name where that is not one document's alone.

    >>> identify(["a.md", "b/a.md", "c.md"])
    {'a.md': 'a.md', 'b/a.md': 'b/a.md', 'c.md': 'c'}
    """
    stems = {name: PurePosixPath(name).stem for name in names}
    counts = Counter(stems.values())
    return {
        name: stem if counts[stem] == 1 and stem not in stems else name
        for name, stem in stems.items()
    }


def read(file: File, id: str) -> tuple[Document, tuple[str, ...]]:
    """A file as a Document, and notes on what of it could not be read.

    Raises DocumentError: its one line goes after the file's name and a colon.
    """
    parsed = formats.parse(file.path)
    try:
        same = file.settled and _stamp(file.path.stat()) == file.stamp
    except OSError as error:
        raise DocumentError(f"it can't be read: {error.strerror}") from error
    if not same and _hashed(file).sha256 != file.sha256:
        raise DocumentError("it was changed while it was read")
    return parse(id, parsed, file.sha256), parsed.notes


def parse(id: str, parsed: Parsed, sha256: str = "") -> Document:
    """A Document from what a format's reader made of a file."""
    text, notes = _without_comments(parsed.text)
    found = blocks(text)
    first = next((b.content for b in found if b.kind == "heading" and b.level == 1), "")
    facts = {key: plain(value) for key, value in parsed.about.items()}
    title = facts.get("title") or first or re.sub(r"[-_]+", " ", Path(id).name)
    about = {k: facts.get(k) for k in ("publisher", "date", "url", "language", "licence")}
    about["language"] = about["language"] or detect(text)

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


def _walk(folder: Path, root: Path, above: str) -> Iterator[File]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "~$")):
                continue
            name = shown(above + entry.name)
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ASIDE:
                    try:
                        yield from _walk(path, root, f"{above}{entry.name}/")
                    except OSError as error:
                        yield File(name, path, problem=f"it can't be read: {error.strerror}")
            elif path.suffix.lower() in READERS and not (entry.is_symlink() and path.is_dir()):
                yield _file(name, path, root, entry.is_symlink())


def _file(name: str, path: Path, root: Path, is_link: bool) -> File:
    if is_link:
        try:
            inside = path.resolve(strict=True).is_relative_to(root)
        except (OSError, RuntimeError):  # Python 3.11 and 3.12 raise both
            return File(name, path, problem="it is a link that leads nowhere")
        if not inside:
            return File(name, path, problem="it is a link that leads out of the folder: copy it")
    try:
        status = path.stat()
    except OSError as error:
        return File(name, path, problem=f"it can't be read: {error.strerror}")
    if not stat.S_ISREG(status.st_mode):
        return File(name, path, problem="it is not a file")
    return File(name, path, _stamp(status))


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _changed(file: File) -> int:
    return max(file.stamp[1:3])


def _hashed(file: File) -> File:
    try:
        size = file.stamp[0]
        if size > formats.MAX_BYTES:
            most = formats.MAX_BYTES // 1_000_000
            return replace(file, problem=f"it is larger than {most} MB: split it")
        now = time.time_ns()
        with file.path.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        return replace(file, problem=f"it can't be read: {error.strerror}")
    # Whole seconds: a file system that knows no finer times.
    needs = COARSE if file.stamp[1] % 1_000_000_000 == 0 else TICK
    return replace(file, sha256=sha256, settled=now - _changed(file) >= needs)
