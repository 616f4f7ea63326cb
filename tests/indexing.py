"""What tests of the index share: a quick embedder, small documents, builds in other processes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from assistant.embeddings import Embedder
from assistant.index import build
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

    def load(self) -> None:
        pass


class OtherEmbedder(WordEmbedder):
    sha256 = "b" * 64


def copy(built: Settings, folder: Path) -> Settings:
    """The documents and the index of `built`, in another folder."""
    shutil.copytree(built.corpus, folder / "corpus")
    shutil.copytree(built.index, folder / "index")
    return Settings.load(folder / "corpus", folder / "index")


def build_twice(folder: Path, make_corpus: Callable[..., Path]) -> Settings:
    """An index of two generations: FILES, and then one document more."""
    settings = Settings.load(make_corpus(folder, FILES), folder / "index")
    build(settings, WordEmbedder()).close()
    (settings.corpus / "late.md").write_text("# Late\n\nThis one came last.\n")
    build(settings, WordEmbedder()).close()
    return settings


def generations(settings: Settings) -> list[Path]:
    return sorted((settings.index / "generations").iterdir())


def current(settings: Settings) -> Path:
    return settings.index / "generations" / (settings.index / "CURRENT").read_text().strip()


def child_environment() -> dict[str, str]:
    here = Path(__file__).resolve().parent
    return os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}


def start(settings: Settings, code: str, work: str = "build(settings, embedder, progress)"):
    """A process that builds the index, having run `code`, which may define `progress`."""
    script = (
        "import os, signal, sys, time\n"
        "from assistant.index import build\nfrom assistant.settings import Settings\n"
        "from indexing import WordEmbedder\n"
        "die = lambda: os.kill(os.getpid(), signal.SIGKILL)\nprogress = None\n"
        f"settings = Settings.load({str(settings.corpus)!r}, {str(settings.index)!r})\n"
        f"embedder = WordEmbedder()\n{code}\n{work}\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script], env=child_environment(), stdout=subprocess.PIPE, text=True
    )


def run(settings: Settings, code: str, **named: str) -> tuple[int, str]:
    """Its exit status, negative for a signal, and what it printed."""
    process = start(settings, code, **named)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out
