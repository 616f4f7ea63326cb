"""What all tests share: nothing leaves this computer, and one real assistant for all of them."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import offline
import pytest
from held import Held, holding
from hypothesis import settings
from servers import Chat, Served, serving

if TYPE_CHECKING:
    from assistant import Assistant
    from assistant.settings import Settings

for name in [name for name in os.environ if name.startswith("ASSISTANT_")]:
    del os.environ[name]  # the settings of whoever runs the tests

offline.block()

settings.register_profile("here", deadline=None, derandomize=True)
settings.load_profile("here")


@pytest.fixture(scope="session")
def index_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the index of the shipped corpus is, once `assistant` has been asked for."""
    return tmp_path_factory.mktemp("shipped") / "index"


@pytest.fixture(scope="session")
def assistant(index_folder: Path) -> "Assistant":
    """The assistant over the shipped corpus, its index built once, outside the project."""
    from assistant import Assistant

    return Assistant(index=index_folder)


@pytest.fixture(scope="session")
def served(assistant: "Assistant", index_folder: Path) -> Iterator[Served]:
    """`assistant chat` over the shipped corpus, open to everybody on this computer."""
    assert assistant.documents
    with serving(Chat(("--index", index_folder))) as [chat]:
        yield chat


@pytest.fixture(scope="session")
def held(assistant: "Assistant", index_folder: Path) -> Iterator[Held]:
    """The same, whose answers wait until they are let."""
    assert assistant.documents
    with holding(index_folder) as chat:
        yield chat


@pytest.fixture(scope="session")
def make_corpus() -> Callable[[Path, Mapping[str, str | bytes]], Path]:
    """`make_corpus(tmp_path, {"a.md": "# Title\\n\\nText."})` is the folder with those files."""

    def make(tmp_path: Path, files: Mapping[str, str | bytes]) -> Path:
        corpus = tmp_path / "corpus"
        corpus.mkdir()
        for name, content in files.items():
            path = corpus / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return corpus

    return make


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory,
    make_corpus: Callable[[Path, Mapping[str, str | bytes]], Path],
) -> "Settings":
    """An index of two generations, that tests copy and leave as it is."""
    from indexing import build_twice

    return build_twice(tmp_path_factory.mktemp("built"), make_corpus)


@pytest.fixture
def copied(built: "Settings", tmp_path: Path) -> "Settings":
    """A copy of it, for a test to change."""
    from indexing import copy

    return copy(built, tmp_path)
