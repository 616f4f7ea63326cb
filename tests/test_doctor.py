"""What the doctor finds, mends and leaves."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from indexing import (
    OtherEmbedder,
    WordEmbedder,
    child_environment,
    current,
    start,
)

from assistant import Assistant, doctor
from assistant.errors import ModelError
from assistant.index import files, open_index, state
from assistant.settings import Settings


def wrong(copied: Settings) -> list[str]:
    findings = doctor.examine(copied, WordEmbedder())
    return [finding.text for finding in findings if finding.status == "wrong"]


def mended(copied: Settings) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"ok": [], "wrong": [], "mended": []}
    for finding in doctor.mend(copied, WordEmbedder()):
        assert "\n" not in finding.text
        found[finding.status].append(finding.text)
    return found


def test_all_is_well(copied: Settings) -> None:
    before = sorted(p for p in copied.index.rglob("*"))
    findings = doctor.examine(copied, WordEmbedder())
    assert {finding.status for finding in findings} == {"ok"}
    looked_at = {finding.about for finding in findings}
    assert looked_at >= {"model", "reader", "documents", "disk", "writer", "chroma"}
    again = doctor.mend(copied, WordEmbedder())
    assert [finding.about for finding in again] == [finding.about for finding in findings]
    assert sorted(p for p in copied.index.rglob("*")) == before


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
def test_damage_is_named_and_mended(copied: Settings, damage: dict[str, str]) -> None:
    for name in damage:
        [path] = current(copied).glob(name)
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    found = mended(copied)
    assert not found["wrong"]
    for says in damage.values():
        assert any(f"is damaged: {says} (" in text for text in found["mended"])
    assert open_index(copied, WordEmbedder()).is_whole
    assert state(copied, WordEmbedder()).status == "ready"


def test_what_is_as_written_and_makes_no_sense_is_made_again(copied: Settings) -> None:
    """As if another program, or a fault in this one, had written it."""
    for part in ("vectors", "chroma"):
        generation = files.candidates(copied.index)[0]
        aside = copied.index / "generations" / ".building-another"
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
        files.publish(copied.index, files.seal(aside, about))
        assert state(copied, WordEmbedder()).status == "ready"
        found = mended(copied)
        assert not found["wrong"]
        assert found["mended"]
        index = open_index(copied, WordEmbedder())
        assert index.is_whole
        assert np.allclose(np.linalg.norm(index.vectors, axis=1), 1)


def test_what_processes_that_were_ended_have_left_is_removed(copied: Settings) -> None:
    (copied.index / "generations" / ".building-1").mkdir()
    (copied.corpus / ".adding-1.md").write_text("Half a")
    shutil.copytree(current(copied), copied.index / "generations" / "stray")
    assert any("Left by a process that was ended" in text for text in wrong(copied))
    found = mended(copied)
    assert not found["wrong"]
    assert len(list((copied.index / "generations").iterdir())) == 2
    assert not (copied.corpus / ".adding-1.md").exists()


def test_what_stays_wrong_is_said(copied: Settings) -> None:
    (copied.corpus / "bad.pdf").write_bytes(b"no")
    (copied.corpus / "new.md").write_text("New text.")
    assert any("2 new" in text for text in wrong(copied))
    found = mended(copied)
    assert found["wrong"] == ["bad.pdf is not among the documents: it is not a PDF, or damaged."]
    assert "new" in open_index(copied, WordEmbedder()).documents


def test_an_index_without_its_documents_is_not_thrown_away(copied: Settings) -> None:
    shutil.rmtree(copied.corpus)
    found = mended(copied)
    assert found["wrong"] == [f"There is no folder {copied.corpus}: name one that holds documents."]
    assert "late" in open_index(copied, WordEmbedder()).documents


def test_no_index_is_built(copied: Settings) -> None:
    shutil.rmtree(copied.index)
    assert any("There is no index" in text for text in wrong(copied))
    assert not copied.index.exists()
    found = mended(copied)
    assert not found["wrong"]
    assert open_index(copied, WordEmbedder()).is_whole


def test_whoever_writes_is_named_and_left_alone(copied: Settings) -> None:
    (copied.corpus / "new.md").write_text("New text.")
    process = start(copied, "progress = lambda *_: (print('holding', flush=True), time.sleep(60))")
    try:
        assert process.stdout
        assert process.stdout.readline() == "holding\n"
        found = mended(copied)
        assert any(f"by process {process.pid} on" in text for text in found["wrong"])
        assert not any("Left by" in text for text in found["wrong"])
    finally:
        process.kill()
        process.communicate()
    assert not mended(copied)["wrong"]


def test_another_model_is_named(copied: Settings) -> None:
    findings = doctor.examine(copied, OtherEmbedder("others"))
    assert any("made with another model, words" in finding.text for finding in findings)


def test_a_missing_model_is_named(copied: Settings) -> None:
    class Missing(WordEmbedder):
        def load(self) -> None:
            raise ModelError("There is no model.")

    findings = doctor.mend(copied, Missing())
    assert [f.text for f in findings if f.status == "wrong"] == ["There is no model."]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reader": "/nowhere"}, "The reader in /nowhere can't be read"),
        ({"strictness": "brave"}, "ASSISTANT_STRICTNESS is 'brave'; it can be "),
    ],
    ids=["reader", "strictness"],
)
def test_a_setting_that_nothing_answers_with_is_named(
    copied: Settings, change: dict[str, str], said: str
) -> None:
    [text] = wrong(replace(copied, **change))  # type: ignore[arg-type]
    assert text.startswith(said)
    assert not wrong(replace(copied, reader="off"))


def test_a_full_disk_is_named(copied: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(copied.index)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    assert any(text.startswith("1 MB are free") for text in wrong(copied))


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
