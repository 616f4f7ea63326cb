"""The index over real Chroma: what it keeps, and what it takes over."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indexing import (
    FILES,
    OtherEmbedder,
    Vectors,
    WordEmbedder,
    child_environment,
    copy,
    generations,
)

from assistant.embeddings import Embedder
from assistant.errors import CorpusError, IndexingError, ModelError
from assistant.index import build, open_index, passage_text, state
from assistant.index.vectors import Kept
from assistant.settings import Settings


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
    return copy(built, tmp_path)


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
    assert back.passages[-1] == tuple(back.passages)[-1] == back.passages[3:][0]
    assert "nothing" not in back.documents
    with pytest.raises(IndexError):
        back.passages[len(back.passages)]


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
    found = state(settings, OtherEmbedder("others"))
    assert found.status == "stale"
    assert "another model, words" in found.reason
    assert "another version of the model words" in state(settings, OtherEmbedder()).reason


def test_state_and_opening_load_no_model(built: Settings) -> None:
    code = (
        "import sys; from assistant.settings import Settings;"
        "from assistant.index import open_index, state;"
        "from assistant.embeddings import Embedder; from indexing import WordEmbedder;"
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
    assert sorted(embedder.encoded) == ["Cats\nCats purr.", "Dogs\nDogs bark."]
    assert set(after.documents) == {"cars", "cats", "dogs"}
    fresh = WordEmbedder().encode_documents([passage_text(p) for p in after.passages])
    assert np.array_equal(after.vectors, fresh)
    assert state(settings, embedder).status == "ready"


def test_another_model_embeds_everything_again(copied: Settings) -> None:
    embedder = OtherEmbedder("others")
    with pytest.raises(IndexingError, match="made with another model, words") as caught:
        open_index(copied, embedder)
    assert "\n" not in str(caught.value)
    assert "set ASSISTANT_MODEL to words" in str(caught.value)
    with pytest.raises(
        IndexingError, match=r"another version of the model words: run [^,]*again\."
    ):
        open_index(copied, OtherEmbedder())
    index = build(copied, embedder)
    assert len(embedder.encoded) == len(index.passages)
    assert open_index(copied, embedder).manifest.model == "others"


def test_progress_is_told(settings: Settings) -> None:
    told: list[tuple[str, int, int]] = []
    index = build(settings, WordEmbedder(), lambda *at: told.append(at))
    count = len(index.passages)
    assert told == [
        ("reading", 1, 3),
        ("reading", 2, 3),
        ("reading", 3, 3),
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
    with pytest.raises(CorpusError, match=r"No document .* empty\.md: it holds no text"):
        build(copied, embedder)
    (copied.corpus / "empty.md").unlink()
    with pytest.raises(CorpusError, match="holds no documents"):
        build(copied, embedder)
    assert open_index(copied, embedder).passages == expected
    assert len(generations(copied)) == 1


def test_every_file_has_an_entry(settings: Settings, tmp_path: Path) -> None:
    shutil.copy(settings.corpus / "cats.md", settings.corpus / "felines.md")
    (settings.corpus / "bad.pdf").write_bytes(b"not a PDF")
    (settings.corpus / "empty.txt").write_text(" \n")
    (settings.corpus / "picture.png").write_bytes(b"no document")
    (tmp_path / "outside.md").write_text("Secret.")
    (settings.corpus / "link.md").symlink_to(tmp_path / "outside.md")
    index = build(settings, WordEmbedder())
    entries = {entry.name: entry for entry in index.entries}
    assert list(index.documents) == ["cars", "cats", "trees"]
    assert {name: (e.status, e.document) for name, e in entries.items()} == {
        "bad.pdf": ("failed", None),
        "cars.md": ("indexed", "cars"),
        "cats.md": ("indexed", "cats"),
        "empty.txt": ("failed", None),
        "felines.md": ("duplicate", "cats"),
        "link.md": ("failed", None),
        "trees.txt": ("indexed", "trees"),
    }
    assert "PDF" in entries["bad.pdf"].reason
    assert entries["felines.md"].reason == "the same as cats.md"
    assert "leads out of the folder" in entries["link.md"].reason
    cats = entries["cats.md"]
    assert (cats.title, cats.passages, cats.size) == ("Cats", 2, len(FILES["cats.md"]))
    assert cats.modified <= cats.indexed
    assert state(settings, WordEmbedder()).status == "ready"


def test_one_that_can_not_be_read_is_no_other_kinds_copy(settings: Settings) -> None:
    for name in ("bad.pdf", "good.txt", "too.md"):
        (settings.corpus / name).write_text("The January meeting decided.")
    index = build(settings, WordEmbedder())
    entries = {entry.name: entry for entry in index.entries}
    assert entries["bad.pdf"].status == "failed"
    assert entries["good.txt"].status == "indexed"
    assert entries["too.md"].reason == "the same as good.txt"
    assert "good" in index.documents


def test_a_bad_file_is_tried_again_only_when_it_changes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant import corpus

    bad = settings.corpus / "bad.md"
    bad.write_bytes(b"\xff\xfe\x00broken")
    embedder = WordEmbedder()
    build(settings, embedder).close()
    tried: list[str] = []
    read = corpus.read

    def counted(file: corpus.File, id: str) -> object:
        tried.append(file.name)
        return read(file, id)

    monkeypatch.setattr(corpus, "read", counted)
    (settings.corpus / "new.md").write_text("New text.")
    build(settings, embedder).close()
    assert tried == ["new.md"]
    before = generations(settings)
    assert build(settings, embedder, retry=True).entries[0].status == "failed"
    assert tried == ["new.md", "bad.md"]
    assert generations(settings) == before
    bad.write_text("Mended text.")
    assert "bad" in build(settings, embedder).documents
    assert tried == ["new.md", "bad.md", "bad.md"]


def test_ids_stay_unless_names_clash(settings: Settings) -> None:
    embedder = WordEmbedder()
    build(settings, embedder).close()
    (settings.corpus / "more").mkdir()
    (settings.corpus / "more" / "cats.txt").write_text("Other cats.")
    (settings.corpus / "trees.txt.md").write_text("A name that ends like another's.")
    index = build(settings, embedder)
    assert set(index.documents) == {
        "cars", "cats.md", "more/cats.txt", "trees", "trees.txt.md"
    }  # fmt: skip
    for id, document in index.documents.items():
        assert document.id == id
        assert all(p.document in index.documents for p in index.passages)


def test_a_few_changes_leave_chroma_and_the_vectors_the_same(settings: Settings) -> None:
    """Chroma is brought up to date in many ways; it always holds what the matrix holds."""
    embedder = WordEmbedder()
    chance = np.random.default_rng(0)
    for step in range(6):
        for number in chance.integers(0, 60, size=12):
            path = settings.corpus / f"note-{number}.md"
            if step and path.exists() and number % 3:
                path.unlink()
            else:
                text = "\n\n".join(f"## Part {i}\n\nword{i * number} {step}." for i in range(6))
                path.write_text(f"# Note\n\n{text}\n\n## Same\n\nIn every note.\n")
        index = build(settings, embedder)
        assert index.is_whole
        fresh = WordEmbedder().encode_documents([passage_text(p) for p in index.passages])
        assert np.array_equal(index.vectors, fresh)
        for number in range(0, len(index.passages), 25):
            assert index.search(index.vectors[number], 1)[0][1] == 1.0
        words = [passage_text(p) for p in index.passages]
        scores = index.lexical.scores("word18 notes")
        assert np.array_equal(scores, type(index.lexical).build(words).scores("word18 notes"))
        index.close()
    assert index.manifest.removed > 0


def test_one_of_two_that_have_it_open_may_close_it(settings: Settings) -> None:
    embedder = WordEmbedder()
    first, second = build(settings, embedder), open_index(settings, embedder)
    assert first.is_whole
    assert second.is_whole
    second.close()
    assert not second.by_chroma
    assert first.is_whole
    assert second.search(second.vectors[1], 1) == first.search(first.vectors[1], 1)


def test_a_file_that_is_touched_or_moved_is_not_embedded_again(settings: Settings) -> None:
    embedder = WordEmbedder()
    before = build(settings, embedder)
    embedder.encoded.clear()
    (settings.corpus / "cats.md").touch()
    assert state(settings, embedder).status == "ready"
    (settings.corpus / "below").mkdir()
    (settings.corpus / "cats.md").rename(settings.corpus / "below" / "cats.md")
    after = build(settings, embedder)
    assert not embedder.encoded
    assert after.documents["cats"] == before.documents["cats"]
    assert [entry.name for entry in after.entries] == ["below/cats.md", "cars.md", "trees.txt"]


@pytest.mark.parametrize("kind", ["content of the same size", "same times too"])
def test_a_change_that_hardly_shows_is_seen(settings: Settings, kind: str) -> None:
    embedder = WordEmbedder()
    build(settings, embedder).close()
    path = settings.corpus / "cats.md"
    times = path.stat()
    path.write_text(path.read_text().replace("sleep", "sneak"))
    if kind == "same times too":
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "sneak" in build(settings, embedder).documents["cats"].text


def test_what_was_embedded_is_not_lost(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "embedded.part")
    embedder = WordEmbedder()
    vectors = {bytes([n]) * 16: embedder.encode_query(f"word {n}") for n in range(5)}
    assert kept.load(embedder) == {}
    kept.restart(embedder, {})
    kept.add(list(vectors), vectors.values())
    data = (tmp_path / "embedded.part").read_bytes()
    (tmp_path / "embedded.part").write_bytes(data[:-3])
    found = kept.load(embedder)
    assert list(found) == list(vectors)[:4]
    assert all(np.array_equal(found[digest], vectors[digest]) for digest in found)
    assert kept.load(OtherEmbedder()) == {}
    damaged = bytearray(data)
    damaged[200] ^= 1
    (tmp_path / "embedded.part").write_bytes(damaged)
    assert len(kept.load(embedder)) == 4


@given(st.binary(max_size=400))
def test_a_file_of_vectors_that_is_something_else_holds_none(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "something"
    path.write_bytes(data)
    assert Kept(path).load(WordEmbedder()) == {}


def test_an_index_may_be_empty_where_that_is_meant(settings: Settings) -> None:
    embedder = WordEmbedder()
    for path in settings.corpus.iterdir():
        path.unlink()
    index = build(settings, embedder, empty=True)
    assert (len(index.documents), len(index.passages), index.entries) == (0, 0, ())
    assert index.search(embedder.encode_query("cats"), 3) == []
    assert index.is_whole
    assert build(settings, embedder).entries == ()
    (settings.corpus / "new.md").write_text("New text.")
    assert build(settings, embedder).search(embedder.encode_query("new"), 3)
