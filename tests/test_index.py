"""The index over real Chroma: what it keeps, and what it survives."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant import index as indexes
from assistant.embeddings import Embedder
from assistant.errors import CorpusError, IndexingError, ModelError
from assistant.index import build, open_index, passage_text, state
from assistant.lexical import tokens
from assistant.settings import Settings

Vectors = NDArray[np.float32]

FILES = {
    "cats.md": "# Cats\n\nCats sleep a lot.\n\n## Food\n\n- fish\n- mice\n",
    "cars.md": "---\ntitle: Cars\ndate: 2021-08\n---\n\n# Cars\n\nCars have four wheels.\n\n"
    "| Part | Share |\n| --- | --- |\n| Engine | 48% |\n| Seats | 12% |\n",
    "trees.txt": "Trees grow slowly.\n\nOaks live for 1000 years.\n",
}


class WordEmbedder(Embedder):
    """A bag of words hashed to 64 numbers: quick, the same everywhere, and it counts its work."""

    sha256 = "a" * 64
    dimensions = 64

    def __init__(self, name: str = "words") -> None:
        super().__init__(name)
        self.encoded: list[str] = []

    def encode_documents(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        self.encoded += texts
        if progress:
            progress(len(texts), len(texts))
        return np.stack([self.encode_query(text) for text in texts])

    def encode_query(self, text: str) -> Vectors:
        vector = np.zeros(64, dtype=np.float32)
        for term in tokens(text):
            vector[crc32(term.encode()) % 64] += 1
        return vector / max(float(np.linalg.norm(vector)), 1e-9)


class OtherEmbedder(WordEmbedder):
    sha256 = "b" * 64


@pytest.fixture
def settings(
    tmp_path: Path, make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path]
) -> Settings:
    return Settings.load(make_corpus(tmp_path, FILES), tmp_path / "index")


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory,
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path],
) -> Settings:
    """An index that tests look at, or copy, and leave as it is."""
    folder = tmp_path_factory.mktemp("built")
    settings = Settings.load(make_corpus(folder, FILES), folder / "index")
    build(settings, WordEmbedder()).close()
    return settings


@pytest.fixture
def copied(built: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(built.corpus, tmp_path / "corpus")
    shutil.copytree(built.index, tmp_path / "index")
    return Settings.load(tmp_path / "corpus", tmp_path / "index")


def generations(settings: Settings) -> list[Path]:
    return sorted((settings.index / "generations").iterdir())


def test_with_the_real_model_a_question_finds_its_passage(settings: Settings) -> None:
    embedder = Embedder()
    index = build(settings, embedder)
    assert index.by_chroma
    hits = index.search(embedder.encode_query("What do felines eat?"), 3)
    assert index.passages[hits[0][0]].section == ("Cats", "Food")
    assert index.manifest.model == "all-MiniLM-L6-v2"
    assert index.manifest.dimensions == index.vectors.shape[1] == 384
    for passage, vector in zip(index.passages, index.vectors, strict=True):
        assert vector @ embedder.encode_query(passage_text(passage)) > 0.999


def test_round_trip(settings: Settings) -> None:
    embedder = WordEmbedder()
    made = build(settings, embedder)
    back = open_index(settings, embedder)
    assert back.documents == made.documents
    assert back.passages == made.passages
    assert list(back.documents) == ["cars", "cats", "trees"]
    assert back.documents["cars"].date == "2021-08"
    assert any(span.lead for passage in back.passages for span in passage.spans)
    assert back.manifest == made.manifest
    assert set(back.manifest.libraries) == {"bm25s", "chromadb", "numpy"}
    assert np.array_equal(back.vectors, made.vectors)
    for passage in back.passages:
        assert back.documents[passage.document].text[passage.start : passage.end] == passage.text
    for number, vector in enumerate(back.vectors):
        assert back.search(vector, 1) == [(number, 1.0)]
    assert back.lexical.search("oak", 1)[0][0] == len(back.passages) - 1


def test_search_is_chromas_and_its_cosines_exact(settings: Settings) -> None:
    parts = [f"## Part {i}\n\nword{i % 90} word{i % 7} word{i % 11}." for i in range(120)]
    (settings.corpus / "parts.md").write_text("# Parts\n\n" + "\n\n".join(parts))
    index = build(settings, WordEmbedder())
    assert index.by_chroma
    for question in ("word3 word5", "word88", "cats and cars sleep", "word1 word2 word3 word4"):
        vector = WordEmbedder().encode_query(question)
        exact = np.round(index.vectors @ vector, 6)
        expected = sorted(enumerate(map(float, exact)), key=lambda hit: (-hit[1], hit[0]))
        everything = index.search(vector, 999)
        assert [number for number, _ in everything] == [number for number, _ in expected]
        assert [c for _, c in everything] == pytest.approx([c for _, c in expected], abs=2e-6)
        near = index.search(vector, 5)
        assert [cosine for _, cosine in near] == [cosine for _, cosine in everything[:5]]
        last = near[-1][1]  # a dozen may tie for it
        assert [h for h in near if h[1] > last] == [h for h in everything if h[1] > last]
    assert index.search(np.zeros(64, dtype=np.float32), 3) == []
    assert index.search(vector, 0) == []


def test_state_says_what_is_the_matter(settings: Settings) -> None:
    embedder = WordEmbedder()
    assert state(settings, embedder).status == "missing"
    build(settings, embedder).close()
    assert state(settings, embedder).status == "ready"
    (settings.corpus / "cats.md").write_text("# Cats\n\nCats purr.\n")
    (settings.corpus / "dogs.md").write_text("# Dogs\n\nDogs bark.\n")
    (settings.corpus / "trees.txt").unlink()
    found = state(settings, embedder)
    assert found.status == "stale"
    assert "1 new, 1 changed, 1 removed" in found.reason
    found = state(settings, OtherEmbedder())
    assert found.status == "stale"
    assert "another model, words" in found.reason


def test_state_and_opening_load_no_model(built: Settings) -> None:
    code = (
        "import sys; from assistant.settings import Settings;"
        "from assistant.index import open_index, state;"
        "from assistant.embeddings import Embedder; from test_index import WordEmbedder;"
        f"s = Settings.load({str(built.corpus)!r}, {str(built.index)!r});"
        "assert state(s, WordEmbedder()).status == 'ready';"
        "assert state(s, Embedder()).status == 'stale';"
        "assert 'chromadb' not in sys.modules; open_index(s, WordEmbedder());"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=child_environment())


def test_only_what_has_changed_is_embedded_again(settings: Settings) -> None:
    embedder = WordEmbedder()
    before = build(settings, embedder)
    assert len(embedder.encoded) == len(before.passages)
    embedder.encoded.clear()
    assert build(settings, embedder).manifest == before.manifest
    assert not embedder.encoded
    path = settings.corpus / "cats.md"
    path.write_text(path.read_text().replace("sleep a lot", "purr"))
    (settings.corpus / "dogs.md").write_text("# Dogs\n\nDogs bark.\n")
    (settings.corpus / "trees.txt").unlink()
    after = build(settings, embedder)
    assert embedder.encoded == ["Cats\nCats purr.", "Dogs\nDogs bark."]
    assert set(after.documents) == {"cars", "cats", "dogs"}
    fresh = WordEmbedder().encode_documents([passage_text(p) for p in after.passages])
    assert np.array_equal(after.vectors, fresh)
    assert state(settings, embedder).status == "ready"


def test_another_model_embeds_everything_again(copied: Settings) -> None:
    embedder = OtherEmbedder("others")
    with pytest.raises(IndexingError, match="made with the model words, not others") as caught:
        open_index(copied, embedder)
    assert "\n" not in str(caught.value)
    index = build(copied, embedder)
    assert len(embedder.encoded) == len(index.passages)
    assert open_index(copied, embedder).manifest.model == "others"


def test_progress_is_told(settings: Settings) -> None:
    told: list[tuple[str, int, int]] = []
    index = build(settings, WordEmbedder(), lambda *at: told.append(at))
    count = len(index.passages)
    assert told == [
        ("splitting", 1, 3),
        ("splitting", 2, 3),
        ("splitting", 3, 3),
        ("embedding", count, count),
        ("storing", count, count),
    ]


def test_the_last_generation_serves_whoever_has_it_open(settings: Settings) -> None:
    embedder = WordEmbedder()
    first = build(settings, embedder)
    vector = embedder.encode_query("cats")
    expected = first.search(vector, 2)
    for words in ("purr", "hunt", "play"):
        (settings.corpus / "cats.md").write_text(f"# Cats\n\nCats {words}.\n")
        build(settings, embedder).close()
        assert first.search(vector, 2) == expected
        assert len(generations(settings)) == 2


def test_no_index_is_one_clear_line(settings: Settings) -> None:
    with pytest.raises(IndexingError, match=r"There is no index in .*: run `assistant index`"):
        open_index(settings, WordEmbedder())
    assert not settings.index.exists()


def test_what_goes_wrong_leaves_the_index_that_was_there(copied: Settings) -> None:
    embedder = WordEmbedder()
    expected = open_index(copied, embedder).passages
    (copied.corpus / "broken.md").write_bytes(b"\xff\xfe\xfa not text")
    with pytest.raises(CorpusError, match=r"broken\.md"):
        build(copied, embedder)
    (copied.corpus / "broken.md").unlink()
    (copied.corpus / "new.md").write_text("# New\n\nNew text.\n")

    class Failing(WordEmbedder):
        def encode_documents(self, *_: object) -> Vectors:
            raise ModelError("no")

    class NotANumber(WordEmbedder):
        def encode_documents(self, texts: Sequence[str], *_: object) -> Vectors:
            return np.full((len(texts), 64), np.nan, dtype=np.float32)

    with pytest.raises(ModelError):
        build(copied, Failing())
    with pytest.raises(IndexingError, match="not numbers"):
        build(copied, NotANumber())
    assert open_index(copied, embedder).passages == expected
    shutil.rmtree(copied.corpus)
    with pytest.raises(CorpusError, match="There is no folder"):
        state(copied, embedder)
    copied.corpus.mkdir()
    (copied.corpus / "empty.md").write_text("\n")
    with pytest.raises(CorpusError, match="hold no text"):
        build(copied, embedder)
    assert open_index(copied, embedder).passages == expected
    assert len(generations(copied)) == 1


def child_environment() -> dict[str, str]:
    here = Path(__file__).resolve().parent
    return os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}


def start(settings: Settings, code: str) -> "subprocess.Popen[str]":
    """A process that builds the index, having run `code`, which may define `progress`."""
    script = (
        "import os, signal, sys, time\n"
        "from assistant.index import build\nfrom assistant.settings import Settings\n"
        "from test_index import WordEmbedder\n"
        "die = lambda: os.kill(os.getpid(), signal.SIGKILL)\nprogress = None\n"
        f"{code}\n"
        f"settings = Settings.load({str(settings.corpus)!r}, {str(settings.index)!r})\n"
        "build(settings, WordEmbedder(), progress)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script], env=child_environment(), stdout=subprocess.PIPE, text=True
    )


def run(settings: Settings, code: str) -> tuple[int, str]:
    """Its exit status, negative for a signal, and what it printed."""
    process = start(settings, code)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


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
    if event == "shutil.rmtree" and "building" not in str(arguments[0]):
        die()
sys.addaudithook(hook)
"""


@pytest.mark.parametrize(
    "moment",
    [
        AT_STEP.format("splitting"),
        AT_STEP.format("embedding"),
        AT_STEP.format("storing"),
        AT_RENAME,
        AT_POINTER,
    ],
    ids=["splitting", "embedding", "storing", "rename", "pointer"],
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
    for name in ("second", "third"):
        (copied.corpus / f"{name}.md").write_text("# New\n\nNew text.\n")
        status, _ = run(copied, AT_CLEANING)
    assert status == -signal.SIGKILL
    assert state(copied, embedder).status == "ready"
    assert "third" in open_index(copied, embedder).documents


def test_a_killed_first_build_leaves_nothing_in_the_way(settings: Settings) -> None:
    assert run(settings, AT_POINTER)[0] == -signal.SIGKILL
    assert state(settings, WordEmbedder()).status == "missing"
    assert build(settings, WordEmbedder()).by_chroma
    assert len(generations(settings)) == 1


def test_a_second_writer_is_refused_and_readers_are_not(
    copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "WAIT", 0.2)
    embedder = WordEmbedder()
    (copied.corpus / "new.md").write_text("# New\n\nNew text.\n")
    holding = "progress = lambda *_: (print('holding', flush=True), time.sleep(60))"
    process = start(copied, holding)
    try:
        assert process.stdout
        assert process.stdout.readline() == "holding\n"
        with pytest.raises(IndexingError, match="Another process is building") as caught:
            build(copied, embedder)
        assert "\n" not in str(caught.value)
        assert open_index(copied, embedder).by_chroma
    finally:
        process.kill()
        process.communicate()
    assert "new" in build(copied, embedder).documents


def test_writers_who_wait_their_turn_build_once(settings: Settings) -> None:
    processes = [start(settings, "") for _ in range(3)]
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(generations(settings)) == 1
    assert state(settings, WordEmbedder()).status == "ready"


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


@pytest.mark.parametrize(
    "damage",
    [remove, truncate, partial(flip, at=0.0), partial(flip, at=0.5), overwrite],
    ids=["removed", "truncated", "flipped at the start", "flipped inside", "overwritten"],
)
def test_damaged_files_are_recognised_and_never_end_the_process(
    built: Settings, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    embedder = WordEmbedder()
    sound = open_index(built, embedder)
    vector = embedder.encode_query("cars with wheels")
    names = [p.relative_to(built.index) for p in built.index.rglob("*") if p.is_file()]
    names = [p for p in names if p.name != "lock" and (built.index / p).stat().st_size]
    assert len(names) > 12
    for number, name in enumerate(names):
        settings = Settings.load(built.corpus, tmp_path / f"index{number}")
        shutil.copytree(built.index, settings.index)
        damage(settings.index / name)
        if name.name == "chroma.sqlite3" and state(settings, embedder).status == "ready":
            continue  # a byte that says nothing: SQLite reads the same rows
        assert state(settings, embedder).status in ("missing", "stale"), name
        if "chroma" in name.parts:
            index = open_index(settings, embedder)
            assert not index.by_chroma
            assert index.search(vector, 3) == sound.search(vector, 3)
        else:
            with pytest.raises(IndexingError) as caught:
                open_index(settings, embedder)
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("chroma/chroma.sqlite3", False),
        ("chroma/*/data_level0.bin", False),
        ("vectors.npy", True),
        ("manifest.json", True),
    ],
)
def test_a_damaged_index_is_built_again(copied: Settings, name: str, again: bool) -> None:
    embedder = WordEmbedder()
    truncate(next(generations(copied)[0].glob(name)))
    index = build(copied, embedder)
    assert index.by_chroma
    assert bool(embedder.encoded) == again
    assert state(copied, embedder).status == "ready"


@pytest.mark.parametrize("pointer", ["", "x", "../.. " + "0" * 64, "a b c", "\xff"])
def test_a_pointer_to_elsewhere_is_not_followed(copied: Settings, pointer: str) -> None:
    (copied.index / "CURRENT").write_text(pointer, encoding="latin-1")
    with pytest.raises(IndexingError, match="run `assistant index`"):
        open_index(copied, WordEmbedder())
    assert build(copied, WordEmbedder()).by_chroma


def test_an_index_by_another_version_is_said_to_be(copied: Settings) -> None:
    path = generations(copied)[0] / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 0}))
    id = path.parent.name
    (copied.index / "CURRENT").write_text(f"{id} {indexes._sha256(path)}\n")
    with pytest.raises(IndexingError, match="another version of this program"):
        open_index(copied, WordEmbedder())
    assert build(copied, WordEmbedder()).manifest.format == indexes.FORMAT


def test_a_folder_that_is_a_file_is_one_clear_line(settings: Settings) -> None:
    settings.index.write_text("a file")
    with pytest.raises(IndexingError, match="can't be"):
        build(settings, WordEmbedder())


@pytest.mark.skipif(sys.platform != "linux", reason="gives up root's rights as Linux has it")
def test_a_read_only_index_serves_and_says_that_it_is(copied: Settings) -> None:
    (copied.corpus / "new.md").write_text("# New\n\nNew text.\n")
    paths = [copied.index, *copied.index.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = (
        "import ctypes\n"
        "head, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()\n"
        "assert ctypes.CDLL(None).capset(head, none) == 0\n"  # or root writes all the same
        "from assistant.errors import IndexingError\nfrom assistant.index import open_index\n"
        f"settings = Settings.load({str(copied.corpus)!r}, {str(copied.index)!r})\n"
        "embedder = WordEmbedder()\nindex = open_index(settings, embedder)\n"
        "print(index.by_chroma, len(index.search(embedder.encode_query('cats'), 2)))\n"
        "try:\n    build(settings, embedder)\nexcept IndexingError as e:\n    print(e)\n"
        "sys.exit()"
    )
    status, out = run(copied, code)
    for path in paths:
        path.chmod(0o755)
    assert status == 0
    assert out.startswith("False 2\n")
    assert "can't be written: Permission denied" in out


def test_a_full_disk_is_one_clear_line(copied: Settings) -> None:
    """A limit on the size of a file stands in for it: writing fails in the same places."""
    (copied.corpus / "new.md").write_text(
        "# New\n\n" + "\n\n".join(f"## Part {i}\n\nText {i}." for i in range(300))
    )
    for size in (20_000, 150_000):
        code = (
            "import resource\n"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
            "from assistant.errors import IndexingError\n"
            "def hook(kind, error, trace):\n"
            "    print(kind.__name__, error, flush=True)\n"
            "sys.excepthook = hook"
        )
        _, out = run(copied, code)
        assert out.startswith("IndexingError"), out
        assert out.count("\n") == 1
        assert open_index(copied, WordEmbedder()).by_chroma
        assert len(generations(copied)) == 1
