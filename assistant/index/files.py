"""What is in an index folder: which generation serves, and whether its files are as they were.

A generation is known by its time and the hash of its manifest, which holds the hash of every other
file: nothing is opened that is not as it was written.
"""

import hashlib
import json
import os
import secrets
import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assistant.errors import IndexingError

if TYPE_CHECKING:
    from assistant.embeddings import Embedder

__all__ = [
    "CHROMA",
    "DIGESTS",
    "FORMAT",
    "LEXICAL",
    "MANIFESTS",
    "NEWER",
    "SIGNATURES",
    "SQLITE",
    "VECTORS",
    "Generation",
    "Manifest",
    "building",
    "candidates",
    "clean",
    "damaged",
    "has_something",
    "holder",
    "leftovers",
    "point",
    "pointer",
    "publish",
    "read",
    "seal",
    "sync",
    "utc",
    "write_json",
    "writing",
]

FORMAT = 2  # raise it when the files of a generation look different
WAIT = 0.5  # seconds to wait for another process that is writing

MANIFESTS = ("manifest.json", "manifest-copy.json")  # all else is worth nothing without it
VECTORS = "vectors.npy"
DIGESTS = "digests.bin"
SIGNATURES = "signatures.bin"
NEWER = "newer.json"
LEXICAL = "lexical/"
CHROMA = "chroma/"
SQLITE = "chroma.sqlite3"
_ASIDE = ".building-"  # the name of a generation that is not complete
_GONE = ".removed-"  # and of one that is being removed


@dataclass(frozen=True, slots=True)
class Manifest:
    """What made a generation.

    `created` is UTC; `versions` are the VERSION of the modules that shape it, by their names;
    `removed` counts the vectors that Chroma has marked as removed; `files` are sha256 by path
    inside the generation.
    """

    format: int
    created: str
    model: str
    model_sha256: str
    dimensions: int
    versions: Mapping[str, int]
    documents: int
    passages: int
    removed: int
    libraries: Mapping[str, str]
    files: Mapping[str, str]

    def unlike(self, embedder: "Embedder") -> str | None:
        """Which other model, in words, made the vectors; None where it was this one."""
        if self.model_sha256 == embedder.sha256:
            return None
        same = self.model == embedder.name
        return f"another {'version of the model' if same else 'model,'} {self.model}"


class Generation(NamedTuple):
    """A complete index in a folder of its own."""

    folder: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        return self.folder.name


# Reading


def pointer(index: Path) -> str | None:
    """The id of the generation that serves; None where that is not said. Cheap."""
    try:
        return (index / "CURRENT").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def has_something(index: Path) -> bool:
    """Whether there is an index, sound or not."""
    folder = index / "generations"
    return (index / "CURRENT").exists() or (folder.is_dir() and any(folder.iterdir()))


def candidates(index: Path) -> list[Generation]:
    """The generations whose manifest is sound: the one that serves first, then the newest.

    Raises IndexingError where the folder can't be read.
    """
    try:
        folders = [path for path in (index / "generations").iterdir() if path.name[0] != "."]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise IndexingError(f"The index in {index} can't be read: {error.strerror}.") from error
    first = pointer(index)
    folders.sort(key=lambda path: (path.name == first, path.name), reverse=True)
    return [found for found in map(read, folders) if found]


def read(folder: Path) -> Generation | None:
    """The generation in a folder; None where its manifest is not as it was written."""
    for name in MANIFESTS:
        try:
            data = (folder / name).read_bytes()
            row = json.loads(data)
            if _mark(data) == _expected(folder) and row["format"] == FORMAT:
                return Generation(folder, Manifest(**row))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def damaged(generation: Generation, within: str = "") -> list[str]:
    """The files of a generation, or of a part of it ("chroma/"), that are missing or not as they
    were written."""
    folder, manifest = generation
    manifests = () if within else MANIFESTS
    expected = {name: sha for name, sha in manifest.files.items() if name.startswith(within)}
    return [
        *(name for name in manifests if _mark(_bytes(folder / name)) != _expected(folder)),
        *(name for name, sha in expected.items() if _sha256(folder / name) != sha),
    ]


def _sha256(path: Path) -> str | None:
    """The hash of a file, None if it can't be read; of what Chroma's SQLite file says."""
    try:
        if path.name == SQLITE:
            return _sql_sha256(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError, sqlite3.Error):
        return None


def _sql_sha256(path: Path) -> str:
    """Of all its tables but the one in which Chroma notes that it was opened."""
    digest = hashlib.sha256()
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)) as sql:
        digest.update(repr(sql.execute("PRAGMA quick_check(1)").fetchall()).encode())
        for line in sql.iterdump():
            if not line.startswith('INSERT INTO "acquire_write"'):
                digest.update(line.encode())
    return digest.hexdigest()


def _mark(manifest: bytes) -> str:
    """What the name of a generation with this manifest ends in."""
    return hashlib.sha256(manifest).hexdigest()[:16]


def _expected(folder: Path) -> str:
    return folder.name.rpartition("-")[2]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


# Writing


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """The right to write, for one thread of one process at a time, which may take it again.

    Raises IndexingError: another one has it, or the folder can't be written. A failure to write
    that comes up inside becomes one, too.
    """
    from filelock import FileLock, Timeout

    try:
        index.mkdir(parents=True, exist_ok=True)
        # A singleton counts how often this thread has taken it; another thread is refused.
        lock = FileLock(index / "lock", timeout=WAIT, is_singleton=True, poll_interval=0.05)
        with lock:
            if lock.lock_counter == 1:
                _sign(index)
            try:
                yield
            finally:
                if lock.lock_counter == 1:
                    (index / "writer").unlink(missing_ok=True)
    except Timeout as error:
        raise IndexingError(
            f"The index in {index} is being written by {holder(index)}: wait until that is done."
        ) from error
    except OSError as error:
        reason = error.strerror or "the disk is full"  # what NumPy says of that has no number
        raise IndexingError(
            f"The index in {index} can't be written: {reason}. What was there is unchanged."
        ) from error


def holder(index: Path) -> str:
    """Who has the right to write, in words, where somebody has."""
    try:
        row = json.loads((index / "writer").read_text(encoding="utf-8"))
        return f"process {int(row['process'])} on {row['computer']!s} since {row['since']!s}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _sign(index: Path) -> None:
    who = {"process": os.getpid(), "computer": socket.gethostname(), "since": utc()}
    write_json(index / "writer", who)


@contextmanager
def building(index: Path) -> Iterator[Path]:
    """A folder for a new generation; it is gone at the end unless it was published."""
    generations = index / "generations"
    generations.mkdir(exist_ok=True)
    for left in leftovers(index):
        shutil.rmtree(left, ignore_errors=True)
    aside = generations / f"{_ASIDE}{secrets.token_hex(8)}"
    aside.mkdir()
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def seal(aside: Path, about: Mapping[str, Any]) -> Generation:
    """A folder that is complete with its manifest; `about` is what that says besides `files`."""
    hashes = {
        path.relative_to(aside).as_posix(): str(_sha256(path))
        for path in sorted(aside.rglob("*"))
        if path.is_file()
    }
    manifest = Manifest(**about, files=hashes)
    for name in MANIFESTS:
        write_json(aside / name, asdict(manifest))
    return Generation(aside, manifest)


def publish(index: Path, made: Generation) -> Generation:
    """Make a sealed folder the generation that serves: in one step, or not at all."""
    aside = made.folder
    for path in (*aside.rglob("*"), aside):
        sync(path)
    now = time.time_ns()
    clock = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now // 1_000_000_000))
    mark = _mark(_bytes(aside / MANIFESTS[0]))
    folder = aside.with_name(f"{clock}.{now % 1_000_000_000:09d}-{mark}")
    aside.rename(folder)
    sync(folder.parent)
    generation = Generation(folder, made.manifest)
    point(index, generation)
    return generation


def point(index: Path, generation: Generation) -> None:
    """Have a generation serve."""
    new = index / "CURRENT.new"
    new.write_text(f"{generation.id}\n", encoding="ascii")
    sync(new)
    os.replace(new, index / "CURRENT")
    sync(index)


def clean(index: Path, keep: Sequence[Generation]) -> None:
    """Remove all generations but these, and what processes that were ended left behind."""
    kept = {generation.folder for generation in keep}
    for path in set((index / "generations").iterdir()) - kept:
        gone = path.with_name(f"{_GONE}{secrets.token_hex(8)}")
        with suppress(OSError):  # open in another process, on Windows
            path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)


def leftovers(index: Path) -> list[Path]:
    """What processes that were ended left behind."""
    return sorted((index / "generations").glob(".*"))


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


def sync(path: Path) -> None:
    """Have the disk hold it, so that no power cut leaves a pointer to what is not there."""
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def utc(seconds: float | None = None) -> str:
    """A time as it is kept.

    >>> utc(0)
    '1970-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
