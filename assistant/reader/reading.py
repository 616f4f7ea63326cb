"""The reader at work: a small network on onnxruntime, no PyTorch."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ReaderError
from assistant.reader.encoding import Encoder, Window

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

__all__ = ["Reader", "Reading"]

WEIGHTS = Path(__file__).parent / "weights"
THREADS = 2
BATCH_TOKENS = 4096
CANDIDATES = 20
ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage; all offsets are characters of the passage.

    `answerable` is how likely the passage answers the question, 0 to 1, calibrated so that from
    0.5 on it is better to show `passage[start:end]`, the words that would, than to refuse. `score`
    grows with `answerable` without end and ranks passages for one question. `spans` are the pieces
    of the answer where it runs over several lines (items, rows), and else the best span with
    alternatives that do not overlap it, best first. An empty passage has the span (0, 0).
    """

    answerable: float
    start: int
    end: int
    score: float
    spans: tuple[tuple[int, int], ...]


class Reader:
    """Reads passages for a question.

    >>> reader = Reader.load()
    >>> text = "The bridge opened in 1932 after eight years of work."
    >>> [found] = reader.read("When did the bridge open?", [text])
    >>> text[found.start : found.end], found.answerable > 0.5
    ('1932', True)
    """

    def __init__(
        self, session: onnxruntime.InferenceSession, encoder: Encoder, config: dict[str, Any]
    ) -> None:
        self._session = session
        self._encoder = encoder
        self._slopes: list[float] = config["calibration"]["slopes"]
        self._offset: float = config["calibration"]["offset"]
        self._max_answer: int = config["max_answer_tokens"]
        self.languages = frozenset(config.get("languages", ["en"]))

    @classmethod
    def load(cls, path: Path | None = None, threads: int = THREADS) -> Reader:
        """The reader of a folder with reader.onnx, tokenizer.json and config.json.

        The project's own by default. Raises ReaderError when a file is missing or unreadable,
        or when the model is not the one whose sha256 config.json names.
        """
        import onnxruntime

        folder = path or WEIGHTS
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            model = (folder / "reader.onnx").read_bytes()
        except (OSError, ValueError) as error:
            raise ReaderError(
                f"The reader in {folder} can't be read ({error}); restore its files, "
                "or set ASSISTANT_READER=off."
            ) from error
        found = hashlib.sha256(model).hexdigest()
        if found != config.get("sha256"):
            raise ReaderError(
                f"{folder / 'reader.onnx'} is damaged or another model: its sha256 is "
                f"{found[:12]}…, config.json names {str(config.get('sha256'))[:12]}…; "
                "restore the file."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
            encoder = Encoder(folder / "tokenizer.json", config["max_tokens"])
            return cls(session, encoder, config)
        except Exception as error:  # onnxruntime and tokenizers raise types of their own
            raise ReaderError(f"The reader in {folder} does not load: {error}") from error

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """One Reading a passage, in the order of the passages; raises nothing.

        A passage longer than the network takes is read in overlapping windows, of which the
        best wins.
        """
        return [reading for reading, _ in self.examine(question, passages)]

    def examine(
        self, question: str, passages: Sequence[str]
    ) -> list[tuple[Reading, tuple[float, float]]]:
        """`read`, with the two signals that each `answerable` is made of: the answerability
        head's logit, and the best span's logits over those of no span."""
        asked = self._encoder.question(question)
        windows = [
            (number, window)
            for number, passage in enumerate(passages)
            for window in self._encoder.windows_of(asked, passage)
        ]
        best: dict[int, tuple[Reading, tuple[float, float]]] = {}
        for batch in _batches(windows):
            outputs = self._run([window for _, window in batch])
            for (number, window), start, end, relevance in zip(batch, *outputs, strict=True):
                spans, margin = _best_spans(window, start, end, self._max_answer)
                signals = (float(relevance), margin)
                reading = self._reading(signals, spans, passages[number])
                if number not in best or reading.score > best[number][0].score:
                    best[number] = reading, signals
        return [best[number] for number in range(len(passages))]

    def _run(self, windows: Sequence[Window]) -> tuple[Floats, Floats, Floats]:
        import numpy as np

        width = -(-max(len(w.ids) for w in windows) // 8) * 8
        ids, mask, types = np.zeros((3, len(windows), width), dtype=np.int64)
        for row, window in enumerate(windows):
            size = len(window.ids)
            ids[row, :size] = window.ids
            mask[row, :size] = 1
            types[row, :size] = window.types
        start, end, relevance = self._session.run(None, {"ids": ids, "mask": mask, "types": types})
        return start, end, relevance

    def _reading(
        self, signals: tuple[float, float], spans: Sequence[tuple[int, int]], passage: str
    ) -> Reading:
        score = self._offset + sum(a * b for a, b in zip(self._slopes, signals, strict=True))
        if not spans:
            return Reading(0.0, 0, 0, min(score, -10.0), ())
        low, high = spans[0]
        pieces = tuple(_lines(passage, low, high))
        return Reading(
            answerable=1 / (1 + math.exp(-max(-60.0, min(60.0, score)))),
            start=low,
            end=high,
            score=score,
            spans=pieces if len(pieces) > 1 else tuple(spans),
        )


def _batches(windows: Sequence[tuple[int, Window]]) -> Iterator[list[tuple[int, Window]]]:
    """Windows of like length together, so that little is padded."""
    batch: list[tuple[int, Window]] = []
    for item in sorted(windows, key=lambda item: len(item[1].ids)):
        if batch and (len(batch) + 1) * len(item[1].ids) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _best_spans(
    window: Window, start: Floats, end: Floats, longest: int
) -> tuple[list[tuple[int, int]], float]:
    """Character spans, best first and not overlapping, and the logits of the best one over
    those of the first token, which stands for no answer."""
    import numpy as np

    places = np.flatnonzero(np.asarray(window.starts) >= 0)
    if not len(places):
        return [], -20.0
    firsts = places[np.argsort(-start[places], kind="stable")[:CANDIDATES]]
    lasts = places[np.argsort(-end[places], kind="stable")[:CANDIDATES]]
    scored = sorted(
        (
            (float(start[i] + end[j]), int(i), int(j))
            for i in firsts
            for j in lasts
            if i <= j < i + longest
        ),
        reverse=True,
    )
    if not scored:
        i = int(firsts[0])
        scored = [(float(start[i] + end[i]), i, i)]
    spans: list[tuple[int, int]] = []
    for logit, i, j in scored:
        low, high = window.starts[i], window.ends[j]
        if logit < scored[0][0] - 3 or len(spans) == ALTERNATIVES:
            break
        if all(high <= s or low >= e for s, e in spans):
            spans.append((low, high))
    return spans, scored[0][0] - float(start[0] + end[0])


def _lines(passage: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of passage[start:end] that stand on lines of their own, stripped."""
    at = start
    for line in passage[start:end].split("\n"):
        text = line.strip()
        if text:
            low = at + line.index(text)
            yield low, low + len(text)
        at += len(line) + 1
