"""What there is, which of its files are damaged, and whether it can serve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from assistant import corpus, duplicates, lexical, splitting
from assistant.corpus import File, Stamp
from assistant.index import files, rows
from assistant.index.files import CHROMA, DIGESTS, SIGNATURES, VECTORS, Generation, Manifest
from assistant.settings import Settings
from assistant.types import Entry

if TYPE_CHECKING:
    from assistant.embeddings import Embedder

__all__ = ["VERSIONS", "Checked", "Found", "State", "inspect", "recorded", "state"]

VERSIONS = {
    "corpus": corpus.VERSION,
    "splitting": splitting.VERSION,
    "lexical": lexical.VERSION,
    "duplicates": duplicates.VERSION,
}


class State(NamedTuple):
    """Whether an index can serve, and if not why, in words."""

    status: Literal["missing", "stale", "ready"]
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A generation, and which of its files are damaged."""

    generation: Generation
    broken: tuple[str, ...]

    @classmethod
    def of(cls, generation: Generation) -> "Checked":
        return cls(generation, tuple(files.damaged(generation)))

    @property
    def folder(self) -> Path:
        return self.generation.folder

    @property
    def manifest(self) -> Manifest:
        return self.generation.manifest

    @property
    def is_sound(self) -> bool:
        """Whether it can serve: what is damaged is found again from the rest."""
        return self.has(*rows.FILES) and (self.has(VECTORS) or self.has(CHROMA))

    def has(self, *parts: str) -> bool:
        """Whether these files, or all files of these folders ("lexical/"), are sound."""
        return not any(name.startswith(parts) for name in self.broken)

    def same(self, *modules: str) -> bool:
        """Whether these modules would make the same of the same files."""
        return all(self.manifest.versions.get(name) == VERSIONS[name] for name in modules)

    def lines(self) -> rows.Rows | None:
        """Its documents, where they are sound."""
        return rows.read_rows(self.folder) if self.has(*rows.FILES) else None

    def digests(self) -> bytes | None:
        """Those of its passages, where they are sound or can be computed."""
        if self.has(DIGESTS):
            return (self.folder / DIGESTS).read_bytes()
        there = self.lines()
        return rows.digests(there.open()[1]) if there else None

    def signatures(self, there: rows.Rows) -> bytes:
        """Those of its documents, computed where they are not sound or of another version."""
        if self.has(SIGNATURES) and self.same("duplicates"):
            return (self.folder / SIGNATURES).read_bytes()
        return rows.signatures(there.open()[0].values())


class Found(NamedTuple):
    """The corpus and the index as they are; `olds` has the generation that serves, if any."""

    state: State
    files: Mapping[str, File]
    olds: tuple[Checked, ...]


def state(settings: Settings, embedder: "Embedder") -> State:
    """Whether the index fits the documents and the model. Reads and hashes files; loads no model.

    Raises CorpusError where the documents can't be read, ModelError where there is no model.
    """
    return inspect(settings, embedder).state


def recorded(index: Path) -> tuple[tuple[Entry, ...], dict[str, tuple[Stamp, str]]]:
    """The entries of the generation that serves, and the settled stamps and hashes of its files.

    Nothing where there is none, or they are damaged. Raises IndexingError where the folder can't
    be read.
    """
    for generation in files.candidates(index)[:1]:
        if not files.damaged(generation, rows.ENTRIES):
            return rows.read_entries(generation.folder)
    return (), {}


def inspect(
    settings: Settings,
    embedder: "Embedder",
    seen: Mapping[str, File] | None = None,
    retry: bool = False,
) -> Found:
    """What there is. `seen` are the files of a moment ago: what has not changed is not read.

    To `retry`, an index with files that could not be read is not up to date. Raises CorpusError,
    IndexingError or ModelError.
    """
    known = {f.name: (f.stamp, f.sha256) for f in (seen or {}).values() if f.settled}
    olds = tuple(map(Checked.of, files.candidates(settings.index)[:1]))
    old = olds[0] if olds else None
    entries: tuple[Entry, ...] = ()
    if old and old.has(rows.ENTRIES):
        entries, stamps = rows.read_entries(old.folder)
        known = stamps | known
    there = corpus.files(settings.corpus, known)
    return Found(_state(settings, embedder, old, entries, there, retry), there, olds)


def _state(
    settings: Settings,
    embedder: "Embedder",
    old: Checked | None,
    entries: Sequence[Entry],
    there: Mapping[str, File],
    retry: bool,
) -> State:
    before = {entry.name: entry.sha256 or entry.reason for entry in entries}
    now = {name: file.content for name, file in there.items()}
    if not old and not files.has_something(settings.index):
        return State("missing", f"There is no index in {settings.index} yet.")
    if not old:
        reason = "The index is damaged, or was made by another version of this program."
    elif old.broken:
        reason = f"The index is damaged ({old.broken[0]})."
    elif files.pointer(settings.index) != old.generation.id:
        reason = "The index is damaged (CURRENT)."
    elif unlike := old.manifest.unlike(embedder):
        reason = f"The index was made with {unlike}."
    elif not old.same(*VERSIONS):
        reason = "The index was made by another version of this program."
    elif before != now:
        reason = f"The documents have changed: {_changes(before, now)}."
    elif retry and any(entry.status == "failed" for entry in entries):
        reason = "Files that could not be read are tried again."
    else:
        return State("ready", "The index is up to date.")
    return State("stale", reason)


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    counts = {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old[name] != new[name] for name in new.keys() & old.keys()),
        "removed": len(old.keys() - new.keys()),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
