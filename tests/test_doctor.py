"""What the doctor finds, mends and leaves."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from indexing import (
    OtherEmbedder,
    WordEmbedder,
    build_twice,
    child_environment,
    copy,
    current,
    start,
)

from assistant import Assistant, doctor
from assistant.errors import ModelError
from assistant.index import files, open_index, state
from assistant.settings import Settings


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory,
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path],
) -> Settings:
    return build_twice(tmp_path_factory.mktemp("built"), make_corpus)


@pytest.fixture
def settings(built: Settings, tmp_path: Path) -> Settings:
    return copy(built, tmp_path)


def wrong(settings: Settings) -> list[str]:
    findings = doctor.examine(settings, WordEmbedder())
    return [finding.text for finding in findings if finding.status == "wrong"]


def mended(settings: Settings) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"ok": [], "wrong": [], "mended": []}
    for finding in doctor.mend(settings, WordEmbedder()):
        assert "\n" not in finding.text
        found[finding.status].append(finding.text)
    return found


def test_all_is_well(settings: Settings) -> None:
    before = sorted(p for p in settings.index.rglob("*"))
    findings = doctor.examine(settings, WordEmbedder())
    assert {finding.status for finding in findings} == {"ok"}
    assert {f.about for f in findings} >= {"model", "documents", "disk", "writer", "chroma"}
    again = doctor.mend(settings, WordEmbedder())
    assert [finding.about for finding in again] == [finding.about for finding in findings]
    assert sorted(p for p in settings.index.rglob("*")) == before


DAMAGED = [
    {
        "manifest.json": "what the index says of itself",
        "signatures.bin": "what documents are compared by",
        "newer.json": "which documents are older versions",
        "lexical/words.json": "the words",
        "digests.bin": "what passages are known by",
    },
    {
        "entries.json": "the list of files",
        "documents.jsonl": "the documents' texts",
        "passages.jsonl": "the passages",
    },
    {"vectors.npy": "the vectors"},
    {"chroma/*/data_level0.bin": "Chroma's files"},
]


@pytest.mark.parametrize("damage", DAMAGED, ids=["derived", "documents", "vectors", "chroma"])
def test_damage_is_named_and_mended(settings: Settings, damage: dict[str, str]) -> None:
    for name in damage:
        [path] = current(settings).glob(name)
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    found = mended(settings)
    assert not found["wrong"]
    for says in damage.values():
        assert any(f"is damaged: {says} (" in text for text in found["mended"])
    assert open_index(settings, WordEmbedder()).is_whole
    assert state(settings, WordEmbedder()).status == "ready"


def test_what_is_as_written_and_makes_no_sense_is_made_again(settings: Settings) -> None:
    """As if another program, or a fault in this one, had written it."""
    for part in ("vectors", "chroma"):
        generation = files.candidates(settings.index)[0]
        aside = settings.index / "generations" / ".building-another"
        shutil.copytree(generation.folder, aside)
        if part == "vectors":
            vectors = np.load(aside / "vectors.npy")
            np.save(aside / "vectors.npy", vectors * 3)
        else:
            [level] = aside.glob("chroma/*/data_level0.bin")
            level.write_bytes(b"\xff" * level.stat().st_size)
        about = json.loads((aside / "manifest.json").read_text())
        for name in (*files.MANIFESTS, "files"):
            (aside / name).unlink(missing_ok=True)
        del about["files"]
        files.publish(settings.index, files.seal(aside, about))
        assert state(settings, WordEmbedder()).status == "ready"
        found = mended(settings)
        assert not found["wrong"]
        assert found["mended"]
        index = open_index(settings, WordEmbedder())
        assert index.is_whole
        assert np.allclose(np.linalg.norm(index.vectors, axis=1), 1)


def test_what_processes_that_were_ended_have_left_is_removed(settings: Settings) -> None:
    (settings.index / "generations" / ".building-1").mkdir()
    (settings.corpus / ".adding-1.md").write_text("Half a")
    shutil.copytree(current(settings), settings.index / "generations" / "stray")
    assert any("Left by a process that was ended" in text for text in wrong(settings))
    found = mended(settings)
    assert not found["wrong"]
    assert len(list((settings.index / "generations").iterdir())) == 2
    assert not (settings.corpus / ".adding-1.md").exists()


def test_what_stays_wrong_is_said(settings: Settings) -> None:
    (settings.corpus / "bad.pdf").write_bytes(b"no")
    (settings.corpus / "new.md").write_text("New text.")
    assert any("2 new" in text for text in wrong(settings))
    found = mended(settings)
    assert found["wrong"] == ["bad.pdf is not among the documents: it is not a PDF, or damaged."]
    assert "new" in open_index(settings, WordEmbedder()).documents


def test_an_index_without_its_documents_is_not_thrown_away(settings: Settings) -> None:
    shutil.rmtree(settings.corpus)
    found = mended(settings)
    assert found["wrong"] == [
        f"There is no folder {settings.corpus}: name one that holds documents."
    ]
    assert "late" in open_index(settings, WordEmbedder()).documents


def test_no_index_is_built(settings: Settings) -> None:
    shutil.rmtree(settings.index)
    assert any("There is no index" in text for text in wrong(settings))
    assert not settings.index.exists()
    found = mended(settings)
    assert not found["wrong"]
    assert open_index(settings, WordEmbedder()).is_whole


def test_whoever_writes_is_named_and_left_alone(settings: Settings) -> None:
    (settings.corpus / "new.md").write_text("New text.")
    process = start(
        settings, "progress = lambda *_: (print('holding', flush=True), time.sleep(60))"
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "holding\n"
        found = mended(settings)
        assert any(f"by process {process.pid} on" in text for text in found["wrong"])
        assert not any("Left by" in text for text in found["wrong"])
    finally:
        process.kill()
        process.communicate()
    assert not mended(settings)["wrong"]


def test_another_model_is_named(settings: Settings) -> None:
    findings = doctor.examine(settings, OtherEmbedder("others"))
    assert any("made with another model, words" in finding.text for finding in findings)


def test_a_missing_model_is_named(settings: Settings) -> None:
    class Missing(WordEmbedder):
        def load(self) -> None:
            raise ModelError("There is no model.")

    findings = doctor.mend(settings, Missing())
    assert [f.text for f in findings if f.status == "wrong"] == ["There is no model."]


def test_a_full_disk_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(settings.index)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    assert any(text.startswith("1 MB are free") for text in wrong(settings))


def test_the_command_says_it_and_its_exit_code_too(
    assistant: Assistant, tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "offline", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=child_environment()
        )

    where = ["--corpus", str(assistant.settings.corpus), "--index", str(assistant.settings.index)]
    out = run(*where, "doctor", "--check")
    assert (out.returncode, out.stderr) == (0, "")
    assert "ok      Chroma opens its files" in out.stdout
    folder = make_corpus(tmp_path, {"a.md": "Text."})
    out = run("--corpus", str(folder), "doctor", "--check")
    assert out.returncode == 1
    assert "wrong   There is no index" in out.stdout
    assert not os.path.exists(f"{folder}-index")
