"""Fusion's properties, and the passages that questions find."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.embeddings import Embedder
from assistant.index import Index, build
from assistant.retrieval import as_retriever, fuse, retrieve
from assistant.settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILES = {
    "animals.md": "# Animals\n\n## Cats\n\nCats sleep most of the day.\n\n"
    "## Dogs\n\nDogs guard the house at night.\n",
    "plan.md": "# Plan\n\n## Goals\n\nEmissions fall by 48% by 2030.\n\n"
    "## Rules\n\nISO/SAE 21434 applies to every vehicle.\n",
}

Scores = st.lists(
    st.tuples(st.floats(-1, 1, width=32), st.floats(0, 30, width=32)), max_size=20
).map(lambda pairs: np.array(pairs).reshape(-1, 2).T)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def index(
    tmp_path_factory: pytest.TempPathFactory,
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path],
    embedder: Embedder,
) -> Index:
    folder = tmp_path_factory.mktemp("retrieval")
    return build(Settings.load(make_corpus(folder, FILES), folder / "index"), embedder)


@given(Scores)
def test_a_fused_score_is_a_share(scores: "NDArray[np.float64]") -> None:
    fused = fuse(*scores)
    assert fused.shape == scores[0].shape
    assert ((fused >= 0) & (fused <= 1 + 1e-9)).all()


@given(Scores)
def test_better_on_both_sides_is_no_worse(scores: "NDArray[np.float64]") -> None:
    cosines, bm25 = scores
    fused = fuse(cosines, bm25)
    for a, b in itertools.product(range(len(fused)), repeat=2):
        if cosines[a] >= cosines[b] and bm25[a] >= bm25[b]:
            assert fused[a] >= fused[b] - 1e-9


@given(Scores)
def test_a_silent_side_changes_nothing(scores: "NDArray[np.float64]") -> None:
    cosines, _ = scores
    order = np.argsort(-fuse(cosines, np.zeros(len(cosines))))
    assert (np.diff(cosines[order]) <= 1e-6).all()


@pytest.mark.parametrize(
    ("question", "section"),
    [
        ("Which pet protects my home?", "Dogs"),
        ("21434", "Rules"),
        ("how much will emissions drop", "Goals"),
        ("48 percent", "Goals"),
        ("sleeping felines", "Cats"),
    ],
)
def test_meaning_and_words_both_find(
    index: Index, embedder: Embedder, question: str, section: str
) -> None:
    assert retrieve(index, embedder, question)[0].passage.section[-1] == section


def test_what_is_retrieved_says_why(index: Index, embedder: Embedder) -> None:
    found = retrieve(index, embedder, "Which rules apply to vehicles?", k=4)
    assert len(found) == len({r.number for r in found}) == 4
    vector = embedder.encode_query("Which rules apply to vehicles?")
    for r in found:
        assert r.passage == index.passages[r.number]
        assert r.cosine == pytest.approx(float(index.vectors[r.number] @ vector), abs=1e-5)
    assert found[0].bm25 > 0
    assert found[-1].bm25 == 0
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)
    assert retrieve(index, embedder, "Which rules apply to vehicles?", k=4) == found


def test_headings_are_searched_too(index: Index, embedder: Embedder) -> None:
    goals = next(r for r in retrieve(index, embedder, "goals") if r.bm25 > 0)
    assert goals.passage.section == ("Plan", "Goals")


@pytest.mark.parametrize("k", [0, 1, 3, 1000])
def test_no_more_than_k(index: Index, embedder: Embedder, k: int) -> None:
    assert len(retrieve(index, embedder, "cats", k)) == min(k, len(index.passages))


@pytest.mark.parametrize("question", ["", " ", "\0", "?"])
def test_little_to_ask_does_not_raise(index: Index, embedder: Embedder, question: str) -> None:
    found = retrieve(index, embedder, question)
    assert all(r.bm25 == 0 for r in found)
    assert not found or question == "?"


@pytest.mark.parametrize("question", ["\ud800 cats", "猫", "cats " * 20_000])
def test_hostile_questions_find_something(index: Index, embedder: Embedder, question: str) -> None:
    assert retrieve(index, embedder, question)


def test_as_a_langchain_retriever(index: Index, embedder: Embedder) -> None:
    documents = as_retriever(index, embedder, k=2).invoke("Which rules apply to vehicles?")
    assert len(documents) == 2
    about = documents[0].metadata
    assert about["section"] == "Plan > Rules"
    assert about["title"] == "Plan"
    text = index.documents[about["document"]].text
    assert text[about["start"] : about["end"]] == documents[0].page_content
    assert documents[0].metadata["score"] >= documents[1].metadata["score"]
