"""What an index survives: the end of its process at any moment, damage to any file, a full disk."""

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from indexing import (
    OtherEmbedder,
    WordEmbedder,
    current,
    generations,
    run,
    start,
)

from assistant.errors import IndexingError
from assistant.index import build, files, open_index, state
from assistant.settings import Settings

NOTES = {f"note-{n}.md": f"# Note {n}\n\nThe number is {n}.\n" for n in range(40)}


AT_STEP = "progress = lambda step, done, total: die() if step == {!r} else None"
AT_RENAME = """
def hook(event, arguments):
    if event == "os.rename" and ".building-" in str(arguments[0]):
        die()
sys.addaudithook(hook)
"""
AT_POINTER = """
def hook(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith("CURRENT"):
        die()
sys.addaudithook(hook)
"""
AT_CLEANING = """
def hook(event, arguments):
    if event == "shutil.rmtree" and "removed" in str(arguments[0]):
        die()
sys.addaudithook(hook)
"""


@pytest.mark.parametrize(
    "moment",
    [
        AT_STEP.format("reading"),
        AT_STEP.format("embedding"),
        AT_RENAME,
        AT_POINTER,
    ],
    ids=["reading", "embedding", "rename", "pointer"],
)
def test_a_killed_build_leaves_the_old_generation_serving(copied: Settings, moment: str) -> None:
    embedder = WordEmbedder()
    expected = open_index(copied, embedder).passages
    (copied.corpus / "new.md").write_text("# New\n\nNew text.\n")
    assert run(copied, moment)[0] == -signal.SIGKILL
    index = open_index(copied, embedder)
    assert index.by_chroma
    assert index.passages == expected
    assert state(copied, embedder).status == "stale"
    assert "new" in build(copied, embedder).documents
    assert len(generations(copied)) == 2


def test_a_build_killed_after_the_swap_has_built(copied: Settings) -> None:
    embedder = WordEmbedder()
    (copied.corpus / "third.md").write_text("# New\n\nNew text.\n")
    status, _ = run(copied, AT_CLEANING)
    assert status == -signal.SIGKILL
    assert state(copied, embedder).status == "ready"
    assert "third" in open_index(copied, embedder).documents
    (copied.corpus / "fourth.md").write_text("# New\n\nMore text.\n")
    build(copied, embedder).close()
    assert len(generations(copied)) == 2


def test_a_killed_first_build_leaves_nothing_in_the_way(copied: Settings) -> None:
    shutil.rmtree(copied.index)
    assert run(copied, AT_RENAME)[0] == -signal.SIGKILL
    assert state(copied, WordEmbedder()).status in ("missing", "stale")
    assert build(copied, WordEmbedder()).by_chroma
    assert len(generations(copied)) == 1


def test_texts_that_were_embedded_are_not_embedded_again_after_a_kill(
    copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in NOTES.items():
        (copied.corpus / name).write_text(text)
    code = (
        "from assistant.index import vectors\nvectors.CHUNK = 8\n"
        "progress = lambda step, done, total: die() if done > 24 and step == 'embedding' else 0"
    )
    assert run(copied, code)[0] == -signal.SIGKILL
    embedder = WordEmbedder()
    assert build(copied, embedder).is_whole
    assert 0 < len(embedder.encoded) <= len(NOTES) - 24
    assert not (copied.index / "embedded.part").exists()


def killed_at_random_moments(settings: Settings, times: int, longest: float) -> None:
    """Builds are killed after a while; what was acknowledged stays, and the next one goes on."""
    chance = random.Random(times)
    embedder = WordEmbedder()
    slow = "progress = lambda *at: time.sleep(0.02)"
    acknowledged = set(open_index(settings, embedder).documents)
    for number in range(times):
        (settings.corpus / f"new-{number}.md").write_text(f"# New\n\nText number {number}.\n")
        process = start(settings, slow, "build(settings, embedder, progress); print('done')")
        try:
            process.wait(chance.uniform(0, longest))
        except Exception:
            process.kill()
        out, _ = process.communicate()
        index = open_index(settings, embedder)
        assert index.by_chroma
        assert index.is_whole
        assert not index.problem
        if "done" in out:
            acknowledged = {p.stem for p in settings.corpus.iterdir()}
        assert acknowledged <= set(index.documents)
        index.close()
    finished = build(settings, embedder)
    assert set(finished.documents) == {p.stem for p in settings.corpus.iterdir()}
    assert finished.is_whole
    assert len(generations(settings)) == 2


def test_kills_at_random_moments(copied: Settings) -> None:
    killed_at_random_moments(copied, 3, 3)


@pytest.mark.slow
def test_fifty_kills_at_random_moments(copied: Settings) -> None:
    for name, text in NOTES.items():
        (copied.corpus / name).write_text(text)
    build(copied, WordEmbedder()).close()
    killed_at_random_moments(copied, 50, 4)


def test_a_second_writer_is_refused_and_readers_are_not(copied: Settings) -> None:
    embedder = WordEmbedder()
    (copied.corpus / "new.md").write_text("# New\n\nNew text.\n")
    holding = "progress = lambda *_: (print('holding', flush=True), time.sleep(60))"
    process = start(copied, holding)
    try:
        assert process.stdout
        assert process.stdout.readline() == "holding\n"
        with pytest.raises(IndexingError, match=f"by process {process.pid} on ") as caught:
            build(copied, embedder)
        assert "\n" not in str(caught.value)
        assert open_index(copied, embedder).by_chroma
    finally:
        process.kill()
        process.communicate()
    assert "new" in build(copied, embedder).documents


def test_one_of_several_writers_builds_and_the_others_say_who(copied: Settings) -> None:
    (copied.corpus / "new.md").write_text("# New\n\nNew text.\n")
    code = (
        "from assistant.errors import IndexingError\nimport traceback\n"
        "def hook(kind, error, trace):\n"
        "    print(kind.__name__, error, flush=True)\n"
        "    os._exit(7)\n"
        "sys.excepthook = hook"
    )
    processes = [start(copied, code) for _ in range(3)]
    said = [process.communicate(timeout=60)[0] for process in processes]
    ended = [process.returncode for process in processes]
    assert 0 in ended
    assert all("being written by" in s for s, e in zip(said, ended, strict=True) if e), said
    assert "new" in open_index(copied, WordEmbedder()).documents
    assert state(copied, WordEmbedder()).status == "ready"


def remove(path: Path) -> None:
    path.unlink()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path, at: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(at * (len(data) - 1))] ^= 0x10
    path.write_bytes(data)


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


def index_files(settings: Settings) -> list[Path]:
    """Those of the index that serves, relative to its folder."""
    inside = current(settings)
    paths = [settings.index / "CURRENT", *(p for p in inside.rglob("*") if p.is_file())]
    return [p.relative_to(settings.index) for p in paths if p.stat().st_size]


@pytest.mark.parametrize(
    "damage",
    [remove, truncate, partial(flip, at=0.0), partial(flip, at=0.5), overwrite],
    ids=["removed", "truncated", "flipped at the start", "flipped inside", "overwritten"],
)
def test_damage_to_any_file_is_recognised_and_all_else_still_serves(
    built: Settings, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Nobody may write here: what serves is what is sound, and it says where less is."""
    embedder = WordEmbedder()
    sound = open_index(built, embedder)
    vector = embedder.encode_query("cars with wheels")
    names = index_files(built)
    assert len(names) > 15
    for number, name in enumerate(names):
        settings = Settings.load(built.corpus, tmp_path / f"index{number}")
        shutil.copytree(built.index, settings.index)
        damage(settings.index / name)
        index = open_index(settings, embedder)
        if name.name == "chroma.sqlite3" and state(settings, embedder).status == "ready":
            continue  # a byte that says nothing: SQLite reads the same rows
        assert state(settings, embedder).status == "stale", name
        assert index.problem or name.name == "CURRENT"
        if name.name in ("entries.json", "documents.jsonl", "passages.jsonl"):
            assert "serves" in index.problem
            assert set(index.documents) == set(sound.documents) - {"late"}
        else:
            assert index.documents == sound.documents
            assert index.search(vector, 3) == sound.search(vector, 3)
            assert index.lexical.search("wheels", 3) == sound.lexical.search("wheels", 3)
            assert index.by_chroma == ("chroma" not in name.parts)
        index.close()


def test_damage_to_any_file_is_mended_without_embedding(built: Settings, tmp_path: Path) -> None:
    sound = open_index(built, WordEmbedder())
    for number, name in enumerate(index_files(built)):
        settings = Settings.load(built.corpus, tmp_path / f"index{number}")
        shutil.copytree(built.index, settings.index)
        truncate(settings.index / name)
        embedder = WordEmbedder()
        index = build(settings, embedder)
        assert not embedder.encoded, name
        assert index.is_whole
        assert index.documents == sound.documents
        assert np.allclose(index.vectors, sound.vectors, atol=1e-6)
        assert state(settings, embedder).status == "ready"
        index.close()


def test_damage_while_an_index_serves_does_not_end_the_process(copied: Settings) -> None:
    embedder = WordEmbedder()
    first, second = open_index(copied, embedder), open_index(copied, embedder)
    vector = embedder.encode_query("cars with wheels")
    expected = first.search(vector, 3)
    assert first.by_chroma
    for name in index_files(copied):
        truncate(copied.index / name)
    for index in (first, second):
        assert index.search(vector, 3) == expected
        assert index.lexical.search("wheels", 1)
        assert index.documents["late"].text
        assert len(tuple(index.passages)) == len(index.vectors)
    assert not second.by_chroma


def test_what_is_lost_altogether_is_made_again(copied: Settings) -> None:
    embedder = WordEmbedder()
    folder = current(copied)
    for path in (folder / "vectors.npy", folder / "chroma" / "chroma.sqlite3"):
        truncate(path)
    index = open_index(copied, embedder)
    assert "late" not in index.documents
    assert "The one of" in index.problem
    assert "late" in build(copied, embedder).documents
    assert embedder.encoded == ["Late\nThis one came last."]
    shutil.rmtree(copied.index / "generations")
    with pytest.raises(IndexingError, match="damaged, or was made by another version"):
        open_index(copied, embedder)
    assert build(copied, embedder).is_whole


def test_both_generations_damaged_is_one_clear_line(copied: Settings) -> None:
    for folder in generations(copied):
        truncate(folder / "documents.jsonl")
    with pytest.raises(IndexingError, match=r"is damaged: run `assistant index`") as caught:
        open_index(copied, WordEmbedder())
    assert "\n" not in str(caught.value)
    assert build(copied, WordEmbedder()).is_whole


@pytest.mark.parametrize("pointer", ["", "x", "../..", "a b c", "\xff", "\n\n"])
def test_a_pointer_to_elsewhere_is_not_followed(copied: Settings, pointer: str) -> None:
    (copied.index / "CURRENT").write_text(pointer, encoding="latin-1")
    embedder = WordEmbedder()
    assert "late" in open_index(copied, embedder).documents
    assert "CURRENT" in state(copied, embedder).reason
    before = generations(copied)
    assert build(copied, embedder).is_whole
    assert state(copied, embedder).status == "ready"
    assert generations(copied) == before
    assert not embedder.encoded


def test_an_index_by_another_version_is_said_to_be(copied: Settings) -> None:
    for folder in generations(copied):
        row = json.loads((folder / "manifest.json").read_text())
        data = json.dumps(row | {"format": 0}).encode()
        for name in files.MANIFESTS:
            (folder / name).write_bytes(data)
        folder.rename(folder.with_name(f"old-{files._mark(data)}"))
    with pytest.raises(IndexingError, match="another version of this program"):
        open_index(copied, WordEmbedder())
    assert build(copied, WordEmbedder()).manifest.format == files.FORMAT


def test_the_index_before_does_not_take_the_place_of_one_by_another_model(copied: Settings) -> None:
    truncate(current(copied) / "documents.jsonl")
    with pytest.raises(IndexingError, match="made with another model, words"):
        open_index(copied, OtherEmbedder("others"))


def test_a_folder_that_is_a_file_is_one_clear_line(copied: Settings) -> None:
    shutil.rmtree(copied.index)
    copied.index.write_text("a file")
    with pytest.raises(IndexingError, match="can't be"):
        build(copied, WordEmbedder())


WITHOUT_RIGHTS = (
    "import ctypes\n"
    "head, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()\n"
    "assert ctypes.CDLL(None).capset(head, none) == 0\n"  # or root writes all the same
)


@pytest.mark.skipif(sys.platform != "linux", reason="gives up root's rights as Linux has it")
def test_a_read_only_index_serves_and_says_that_it_is(copied: Settings) -> None:
    (copied.corpus / "new.md").write_text("# New\n\nNew text.\n")
    paths = [copied.index, *copied.index.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = (
        f"{WITHOUT_RIGHTS}"
        "from assistant.errors import IndexingError\nfrom assistant.index import open_index\n"
        "index = open_index(settings, embedder)\n"
        "print(index.by_chroma, len(index.search(embedder.encode_query('cats'), 2)))\n"
        "try:\n    build(settings, embedder)\nexcept IndexingError as e:\n    print(e)\n"
    )
    status, out = run(copied, code, work="")
    for path in paths:
        path.chmod(0o755)
    assert status == 0
    assert out.startswith("False 2\n")
    assert "can't be written: Permission denied" in out


@pytest.mark.skipif(sys.platform != "linux", reason="gives up root's rights as Linux has it")
def test_a_file_that_may_not_be_read_is_named(copied: Settings) -> None:
    (copied.corpus / "cats.md").chmod(0)
    (copied.corpus / "shut").mkdir(mode=0)
    code = (
        f"{WITHOUT_RIGHTS}"
        "index = build(settings, embedder)\n"
        "print([(e.name, e.reason) for e in index.entries if e.status == 'failed'])\n"
        "print(list(index.documents))\n"
    )
    status, out = run(copied, code, work="")
    (copied.corpus / "cats.md").chmod(0o644)
    (copied.corpus / "shut").chmod(0o755)
    assert status == 0
    assert out.count("it can't be read: Permission denied") == 2
    assert "['cars', 'late', 'trees']" in out


def test_a_full_disk_is_one_clear_line(copied: Settings) -> None:
    """A limit on the size of a file stands in for it: writing fails in the same places."""
    (copied.corpus / "new.md").write_text(
        "# New\n\n" + "\n\n".join(f"## Part {i}\n\nText {i}." for i in range(300))
    )
    for size in (0, 20_000, 150_000):
        code = (
            "import resource\n"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
            "from assistant.errors import IndexingError\n"
            "def hook(kind, error, trace):\n"
            "    os.write(1, f'{kind.__name__} {error}\\n'.encode())\n"
            "sys.excepthook = hook"
        )
        _, out = run(copied, code)
        assert out.startswith("IndexingError"), out
        assert out.count("\n") == 1
        index = open_index(copied, WordEmbedder())
        assert index.by_chroma
        assert not index.problem
        index.close()
        assert len(generations(copied)) == 2


def test_too_little_room_is_said_before_the_work(
    copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copied.corpus / "new.md").write_text("New text.")
    usage = shutil.disk_usage(copied.index)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    embedder = WordEmbedder()
    with pytest.raises(IndexingError, match=r"needs \d+ MB more on its disk, which has 1 MB"):
        build(copied, embedder)
    assert not embedder.encoded
    assert open_index(copied, embedder).by_chroma


def test_readers_go_on_while_a_writer_works(copied: Settings) -> None:
    embedder = WordEmbedder()
    code = (
        "for number in range(4):\n"
        "    (settings.corpus / 'changing.md').write_text(f'# Changing\\n\\nNumber {number}.')\n"
        "    build(settings, embedder).close()\n"
    )
    process = start(copied, code, work="")
    opened = 0
    while process.poll() is None:
        index = open_index(copied, embedder)
        assert {"cars", "cats", "trees", "late"} <= set(index.documents)
        assert index.search(index.vectors[0], 1)[0][1] == 1.0
        index.close()
        opened += 1
    process.communicate()
    assert process.returncode == 0
    assert opened > 3
    assert os.listdir(copied.index / "generations")
