"""What is wrong with the documents, the index or the models, in plain words, and mending it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from assistant import corpus, library
from assistant import index as indexes
from assistant.answering.judging import threshold
from assistant.errors import AssistantError
from assistant.index import files
from assistant.index.building import SPARE
from assistant.index.files import CHROMA, LEXICAL, VECTORS, Generation
from assistant.lexical import Lexical
from assistant.reader import Reader
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.embeddings import Embedder

__all__ = ["Finding", "examine", "mend"]

PROBE = 300  # seconds in which Chroma has to open its files

# What a file that is damaged means for answers, by how its name starts.
_PARTS = {
    "manifest": "what the index says of itself",
    "entries": "the list of files",
    "documents": "the documents' texts",
    "passages": "the passages",
    "digests": "what passages are known by",
    "signatures": "what documents are compared by",
    "newer": "which documents are older versions",
    VECTORS: "the vectors",
    LEXICAL: "the words",
    CHROMA: "Chroma's files",
}


_MADE = {"vectors": VECTORS, "words": LEXICAL, "chroma": CHROMA}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `about` names it, `text` says in a line how it is."""

    about: str
    status: Literal["ok", "wrong", "mended"]
    text: str


def examine(settings: Settings, embedder: "Embedder") -> list[Finding]:
    """Look at everything, and change nothing."""
    looks = (_model, _reader, _documents, _disk, _writer, _state, _index, _leftovers)
    findings: dict[str, Finding] = {}  # by what they say: one cause shows in several places
    for look in looks:
        try:
            for found in look(settings, embedder):
                findings[found.text] = found
        except AssistantError as error:
            findings.setdefault(str(error), _wrong(look.__name__.strip("_"), str(error)))
    return list(findings.values())


def mend(
    settings: Settings, embedder: "Embedder", progress: library.Progress | None = None
) -> list[Finding]:
    """Look at everything, mend what can be mended, and look again."""
    before = examine(settings, embedder)
    if all(finding.status == "ok" for finding in before):
        return before
    failed = []
    try:
        with indexes.writing(settings.index):
            _spoil(settings.index, before)
            library.tidy(settings)
            library.refresh(settings, embedder, progress, retry=True).close()
            there = files.candidates(settings.index)
            files.clean(settings.index, [g for g in there[:2] if not files.damaged(g)])
    except AssistantError as error:
        failed = [_wrong("mending", str(error))]
    after = {finding.about: finding for finding in examine(settings, embedder)}
    mended = [
        replace(finding, status="mended")
        for finding in before
        if finding.status == "wrong"
        and (finding.about not in after or after[finding.about].status == "ok")
    ]
    said = {finding.text for finding in after.values()}
    return [*mended, *after.values(), *(f for f in failed if f.text not in said)]


def _spoil(index: Path, findings: Sequence[Finding]) -> None:
    """Take away what is as it was written and makes no sense, so that it is made anew."""
    wrong = {finding.about for finding in findings if finding.status == "wrong"}
    for generation in files.candidates(index)[:1]:
        for about, part in _MADE.items():
            if about in wrong:
                path = generation.folder / part
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _ok(about: str, text: str) -> Finding:
    return Finding(about, "ok", text)


def _wrong(about: str, text: str) -> Finding:
    return Finding(about, "wrong", text)


def _model(_: Settings, embedder: "Embedder") -> Iterator[Finding]:
    embedder.load()
    yield _ok("model", f"The embedding model {embedder.name} is there and can be loaded.")


def _reader(settings: Settings, _: "Embedder") -> Iterator[Finding]:
    threshold(settings.strictness)
    if settings.reader == "off":
        yield _ok("reader", "The reader is off: words in common are looked for instead.")
    else:
        Reader.load(None if settings.reader == "on" else Path(settings.reader))
        yield _ok("reader", "The reader is there and can be loaded.")


def _documents(settings: Settings, _: "Embedder") -> Iterator[Finding]:
    found = corpus.files(settings.corpus, indexes.recorded(settings.index)[1])
    if not found:
        yield _wrong("documents", f"The folder {settings.corpus} holds no documents.")
        return
    readable = sum(not file.problem for file in found.values())
    yield _ok("documents", f"{readable} of {len(found)} files in {settings.corpus} can be opened.")
    failed = {name: file.problem for name, file in found.items() if file.problem}
    for entry in indexes.recorded(settings.index)[0]:
        if entry.status == "failed" and entry.name in found:
            failed.setdefault(entry.name, entry.reason)
    for name, reason in failed.items():
        yield _wrong(f"file {name}", f"{name} is not among the documents: {reason}.")


def _disk(settings: Settings, _: "Embedder") -> Iterator[Finding]:
    index = settings.index
    place = next(folder for folder in (index, *index.absolute().parents) if folder.is_dir())
    there = files.candidates(index)[:1]
    size = sum(_size(each.folder) for each in there)
    free = shutil.disk_usage(place).free
    text = f"{free // 1_000_000} MB are free where the index is, which takes {size // 1_000_000}"
    if free < size + SPARE:
        yield _wrong("disk", f"{text}: too few to build it anew. Make room.")
    elif not os.access(place, os.W_OK):
        yield _wrong("disk", f"The folder {place} can't be written: the index stays as it is.")
    else:
        yield _ok("disk", f"{text} MB.")


def _writer(settings: Settings, _: "Embedder") -> Iterator[Finding]:
    if settings.index.is_dir():
        with indexes.writing(settings.index):
            pass
    yield _ok("writer", "No process is writing the index.")


def _state(settings: Settings, embedder: "Embedder") -> Iterator[Finding]:
    there = files.candidates(settings.index)
    if not there or not files.damaged(there[0]):
        state = indexes.state(settings, embedder)
        yield Finding("state", "ok" if state.status == "ready" else "wrong", state.reason)


def _index(settings: Settings, embedder: "Embedder") -> Iterator[Finding]:
    there = files.candidates(settings.index)
    for generation, about in zip(there, ("index", "last"), strict=False):
        yield from _generation(generation, about, embedder)
    for generation in there[2:]:
        yield _wrong(f"generation {generation.id}", f"{generation.id} is left over.")


def _generation(generation: Generation, about: str, embedder: "Embedder") -> Iterator[Finding]:
    manifest = generation.manifest
    name = "The index" if about == "index" else "The index before it, which is kept,"
    broken = files.damaged(generation)
    for part, what in _PARTS.items():
        bad = [file for file in broken if file.startswith(part)]
        if bad:
            text = f"{name} is damaged: {what} ({bad[0]}) are not as they were written."
            yield _wrong(f"{about} {part}", text)
    if not broken:
        counts = f"documents: {manifest.documents}, passages: {manifest.passages}"
        text = f"{name} is as it was written ({counts}, of {manifest.created})."
        yield _ok(f"{about} files", text)
    if about == "last":
        return
    if unlike := manifest.unlike(embedder):
        yield _wrong("index model", f"{name} was made with {unlike}.")
    yield from _contents(generation, broken)


def _contents(generation: Generation, broken: Sequence[str]) -> Iterator[Finding]:
    """Whether files that are as they were written make sense."""
    folder, manifest = generation

    def whole(part: str) -> bool:
        return not any(name.startswith(part) for name in broken)

    if whole(VECTORS):
        vectors = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
        lengths = np.linalg.norm(vectors, axis=1)
        fits = vectors.shape == (manifest.passages, manifest.dimensions)
        if fits and np.all((abs(lengths - 1) < 1e-2) | (lengths == 0)):
            yield _ok("vectors", "There is a vector for each passage.")
        else:
            yield _wrong("vectors", "The vectors are not those of the passages.")
    if whole(LEXICAL):
        try:
            fits = len(Lexical.load(folder / LEXICAL).scores("")) == manifest.passages
        except (OSError, ValueError, KeyError):
            fits = False
        if fits:
            yield _ok("words", "The words of all passages can be searched.")
        else:
            yield _wrong("words", "The words can't be searched.")
    if whole(CHROMA) and whole(VECTORS) and manifest.passages:
        said = _probe(folder)
        if said is None:
            yield _ok("chroma", "Chroma opens its files and holds the same vectors.")
        else:
            yield _wrong("chroma", f"Chroma can't search its files: {said}. Exact search does.")


@lru_cache(maxsize=8)
def _probe(folder: Path) -> str | None:
    """What is wrong with Chroma's files, which may end the process that opens them.

    They are as they were written, or it is not asked: once is enough.
    """
    code = (
        "import sys; from pathlib import Path; from assistant.index import files, opened;"
        "i = opened.opened(files.read(Path(sys.argv[1])));"
        "sys.exit(0 if i.is_whole else 3)"
    )
    try:
        status = subprocess.run(  # noqa: S603 - this very Python, with arguments of our own
            [sys.executable, "-c", code, str(folder)],
            timeout=PROBE,
            capture_output=True,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return f"it takes more than {PROBE} seconds to open them"
    if status == 0:
        return None
    if status == 3:
        return "they do not open, or hold other vectors"
    return f"the process that opened them ended with {status}"


def _leftovers(settings: Settings, _: "Embedder") -> Iterator[Finding]:
    left = library.leftovers(settings)
    if left:
        text = f"Left by a process that was ended: {left[0]}"
        yield _wrong("leftovers", f"{text}, and {len(left) - 1} more." if left[1:] else f"{text}.")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
