"""The one way to add, remove and refresh documents, for every surface.

Files go into the corpus folder, under names that every system takes, and the index follows. Both
happen under the index's lock: for one process at a time.
"""

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from assistant import corpus, formats
from assistant import index as indexes
from assistant.corpus import File
from assistant.errors import CorpusError, DocumentError, IndexingError
from assistant.formats import READERS
from assistant.index import Index
from assistant.index.files import sync
from assistant.names import apart, fold, kept, shown
from assistant.settings import Settings
from assistant.types import Entry

if TYPE_CHECKING:
    from assistant.embeddings import Embedder

__all__ = [
    "Changes",
    "Progress",
    "add",
    "changes",
    "failures",
    "leftovers",
    "refresh",
    "remove",
    "tidy",
    "watch",
]

Progress = Callable[[str, int, int], None]

QUIET = 1600  # milliseconds without a change after which a watched folder is looked at
LOOK = 10_000  # milliseconds after which it is looked at though no change was reported

_REPLACED = "it took the place of the file of that name"
_ASIDE = ".adding-"  # the name of a copy that is not complete


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different between two states of a library."""

    new: tuple[Entry, ...] = ()
    changed: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    failed: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.removed or self.failed)


def changes(before: Sequence[Entry], after: Sequence[Entry]) -> Changes:
    """What has changed; `failed` are those of `after`, whether or not they failed before."""
    was = {entry.name: entry for entry in before}
    now = {entry.name: entry for entry in after}
    good = [entry for entry in after if entry.status != "failed"]
    return Changes(
        new=tuple(entry for entry in good if entry.name not in was),
        changed=tuple(e for e in good if e.name in was and was[e.name].sha256 != e.sha256),
        removed=tuple(entry for entry in before if entry.name not in now),
        failed=tuple(entry for entry in after if entry.status == "failed"),
    )


def failures(entries: Sequence[Entry]) -> str | None:
    """What to say of files that can't be read, in one line; None where there are none."""
    failed = [entry for entry in entries if entry.status == "failed"]
    if not failed:
        return None
    first = f"{failed[0].name}: {failed[0].reason}"
    if len(failed) == 1:
        return f"A file is not among the documents: {first}."
    return f"{len(failed)} files are not among the documents (`assistant list`), as {first}."


def refresh(
    settings: Settings,
    embedder: "Embedder",
    progress: Progress | None = None,
    *,
    retry: bool = False,
) -> Index:
    """The index brought up to date with the corpus folder.

    Raises CorpusError, ModelError, IndexingError: what was there still serves.
    """
    return indexes.build(settings, embedder, progress, retry=retry)


def add(
    settings: Settings,
    embedder: "Embedder",
    paths: Sequence[str | Path],
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> tuple[Index, list[Entry]]:
    """Copy files, and the documents of folders, into the corpus folder, and index them.

    Returns the index and an entry for each file given. What is there already is named and not
    copied; a file of the same name takes the place of its old self, unless it can't be read, and
    the entry's reason says so.
    `names` are what the files are called where their paths do not say it: uploads.
    Raises CorpusError where the folder can't be written, and whatever `refresh` raises.
    """
    with indexes.writing(settings.index):
        try:
            settings.corpus.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"{settings.corpus} can't be made: {error.strerror}"
            raise CorpusError(f"The folder {reason}.") from error
        tidy(settings)
        shelf = _Shelf(settings)
        results = [shelf.put(given) for given in list(_given(paths, names))]
        index = indexes.build(settings, embedder, progress, empty=True)
    entries = {entry.name: entry for entry in index.entries}
    return index, [_entry(result, entries) for result in results]


def remove(
    settings: Settings,
    embedder: "Embedder",
    wanted: Sequence[str],
    progress: Progress | None = None,
) -> tuple[Index, list[Entry]]:
    """Delete documents, by id, or single files, by name, from the corpus folder and the index.

    Returns the index and the entries that are gone. Raises CorpusError, before anything is
    deleted, for what is not there; where a file can't be deleted; and whatever `refresh` raises.
    """
    with indexes.writing(settings.index):
        there = {file.name: file.path for file in corpus.scan(settings.corpus)}
        entries, _ = indexes.recorded(settings.index)
        known = {entry.name: entry for entry in entries}
        chosen = []
        for name in wanted:
            found = [e.name for e in entries if e.document == name and e.name in there]
            if not found and name in there:
                found = [name]
            if not found:
                raise CorpusError(
                    f"There is no document {name[:200]} in {settings.corpus}: `assistant list` "
                    "shows what there is."
                )
            chosen += found
        gone = list(dict.fromkeys(chosen))
        for name in gone:
            _delete(there[name], settings.corpus)
        index = indexes.build(settings, embedder, progress, empty=True)
    return index, [known.get(name, Entry(name, "failed", "it was not read yet")) for name in gone]


def leftovers(settings: Settings) -> list[Path]:
    """What processes that were ended have left; nothing while one is at work."""
    try:
        if settings.index.is_dir():
            with indexes.writing(settings.index):
                return _left(settings)
    except IndexingError:
        return []
    return _left(settings)


def tidy(settings: Settings) -> None:
    """Remove what processes that were ended have left; for whoever has the right to write."""
    for path in _left(settings):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _left(settings: Settings) -> list[Path]:
    return [*settings.corpus.glob(f"{_ASIDE}*"), *indexes.leftovers(settings.index)]


def watch(
    settings: Settings,
    embedder: "Embedder",
    tell: Callable[[Sequence[Entry] | Exception], None],
    progress: Progress | None = None,
) -> None:
    """Bring the index up to date whenever the corpus folder changes, until Ctrl+C.

    `tell` gets the entries after each change, or what went wrong; whatever that is, watching goes
    on.
    """
    done: object = None
    said = ""
    for _ in _moments(settings.corpus):
        try:
            there = corpus.scan(settings.corpus)
            if there == done:
                continue
            index = refresh(settings, embedder, progress)
            index.close()
            done, said = there, ""
            tell(index.entries)
        except Exception as error:
            if str(error) != said:
                tell(error)
            done, said = None, str(error)


def _moments(folder: Path) -> Iterator[None]:
    """When to look at a folder: at once, when it has been quiet after a change, now and then."""
    from watchfiles import watch as watching

    yield
    while True:
        try:
            for _ in watching(
                folder,
                debounce=QUIET,
                rust_timeout=LOOK,
                yield_on_timeout=True,
                raise_interrupt=True,
            ):
                yield
                if not folder.is_dir():
                    break
        except (OSError, RuntimeError):  # it is not there, or the system has no watch left
            pass
        time.sleep(QUIET / 1000)
        yield


@dataclass(frozen=True, slots=True)
class _Given:
    """A file that is to be added, and its name; `problem` says why it can't be."""

    name: str
    path: Path
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Result:
    """What was done: `target` is the name of the file in the corpus with the given content."""

    name: str
    target: str = ""
    is_new: bool = False
    replaced: bool = False
    problem: str = ""


def _given(paths: Sequence[str | Path], names: Sequence[str] | None) -> Iterator[_Given]:
    called = names if names is not None else [None] * len(paths)
    for path, name in zip(map(Path, paths), called, strict=True):
        if path.is_dir():
            yield from _inside(path)
        else:
            # An upload's name may be a path, or anything else.
            last = path.name if name is None else re.split(r"[/\\]", name.rstrip("/\\"))[-1]
            yield _Given(last, path, "" if path.is_file() else "there is no such file")


def _inside(folder: Path) -> Iterator[_Given]:
    base = folder.resolve().name
    try:
        found = corpus.scan(folder)
    except CorpusError as error:
        yield _Given(base, folder, str(error))
        return
    for file in found:
        name = f"{base}/{file.path.relative_to(folder).as_posix()}"
        yield _Given(name, file.path, file.problem)
    if not found:
        yield _Given(base, folder, f"the folder holds no documents ({corpus.KINDS})")


class _Shelf:
    """The corpus folder, while files are put into it."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.corpus
        _, stamps = indexes.recorded(settings.index)
        there = corpus.files(self._folder, stamps)
        self._there = frozenset(there)
        self._known = {file.identity: name for name, file in there.items() if file.sha256}
        self._names = {fold(name): name for name in there}
        self._new: set[str] = set()

    def put(self, given: _Given) -> _Result:
        """Copy a file into the folder: whole or not at all, and never outside."""
        suffix = PurePath(kept(given.name)).suffix.lower()
        problem = given.problem
        if not problem and suffix not in READERS:
            problem = f"it is of a kind that can't be read: {corpus.KINDS} can"
        if problem:
            return _Result(given.name, problem=problem)
        if inside := self._name_of(given.path):
            return _Result(given.name, inside, is_new=True)
        aside = self._folder / f"{_ASIDE}{secrets.token_hex(8)}{suffix}"
        try:
            identity = File(given.name, aside, sha256=_copy(given.path, aside)).identity
            if same := self._known.get(identity):
                return _Result(given.name, same)
            target = self._target(given)
            place = self._place(target)
            replaced = place.exists()
            if replaced:
                _try(aside)
            os.replace(aside, place)
            sync(place.parent)
        except DocumentError as error:
            return _Result(given.name, problem=str(error))
        except OSError as error:
            reason = f"it can't be copied to {self._folder}: {error.strerror}"
            return _Result(given.name, problem=reason)
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
        self._known = {key: name for key, name in self._known.items() if name != target}
        self._known[identity] = target
        self._names[fold(target)] = target
        self._new.add(target)
        return _Result(given.name, target, is_new=True, replaced=replaced)

    def _name_of(self, path: Path) -> str | None:
        """The name of a file that is in the folder already."""
        real, root = path.resolve(), self._folder.resolve()
        name = shown(real.relative_to(root).as_posix()) if real.is_relative_to(root) else ""
        return name if name in self._there else None

    def _target(self, given: _Given) -> str:
        """The name that a file gets: its old self's, but no other file's."""
        target = kept(given.name)
        if self._names.get(fold(target), target) != target:  # another but for capitals
            target = apart(target, given.name)
        if target in self._new:  # two of one name at once
            target = apart(target, str(given.path.absolute()))
        return target

    def _place(self, target: str) -> Path:
        """Where a file of this name goes, in folders that are made. Raises DocumentError."""
        place = self._folder
        for part in target.split("/")[:-1]:
            place /= part
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                raise DocumentError(f"{shown(part)} is not a folder in {self._folder}")
            place.mkdir(exist_ok=True)
        return self._folder / target


def _try(new: Path) -> None:
    """Raises DocumentError where a new version can't be read: the old one is better than none."""
    try:
        formats.parse(new)
    except DocumentError as error:
        raise DocumentError(f"{error}; the one that is there stays") from error


def _copy(source: Path, target: Path) -> str:
    """Copy a file; its hash. Raises DocumentError, or OSError where it can't be written."""
    digest = hashlib.sha256()
    size = 0
    try:
        opened = source.open("rb")
    except OSError as error:
        raise DocumentError(f"it can't be read: {error.strerror}") from error
    with opened, target.open("xb") as copy:
        while chunk := opened.read(1 << 20):
            size += len(chunk)
            if size > formats.MAX_BYTES:
                most = formats.MAX_BYTES // 1_000_000
                raise DocumentError(f"it is larger than {most} MB: split it")
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _entry(result: _Result, entries: Mapping[str, Entry]) -> Entry:
    """What became of a file that was given."""
    name = shown(result.name)
    there = entries.get(result.target)
    if there is None:
        return Entry(name, "failed", result.problem or "it was taken away meanwhile")
    if result.is_new:
        replaced = result.replaced and there.status == "indexed"
        return replace(there, reason=_REPLACED) if replaced else there
    if there.status == "failed":
        return replace(there, name=name)
    reason = f"it is there already, as {result.target}"
    return replace(there, name=name, status="duplicate", reason=reason, passages=0, notes=())


def _delete(path: Path, root: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise CorpusError(f"{path} can't be deleted: {error.strerror}.") from error
    for folder in path.parents:
        if folder == root:
            break
        with suppress(OSError):  # others are in it
            folder.rmdir()
