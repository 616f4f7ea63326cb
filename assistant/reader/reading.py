"""The reader at work: a small network on onnxruntime, no PyTorch."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ReaderError
from assistant.markup import sentences
from assistant.reader.encoding import Encoder, Window

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

__all__ = ["Reader", "Reading"]

WEIGHTS = Path(__file__).parent / "weights"
THREADS = 2
SIGNALS = 4
HOPELESS = -3.0  # log odds of a passage that is not worth a second look
MAX_HEADING = 200  # characters
CANDIDATES = 20
ALTERNATIVES = 4
# A line of a list, a table, a quotation or a program, or a heading.
_NO_PROSE = re.compile(r"^[ \t]*(?:[-*+]\s|\d+[.)]\s|[|>#]|```|~~~)", re.MULTILINE)


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
            if len(config["calibration"]["slopes"]) != SIGNALS:
                raise ValueError(f"its calibration does not weigh {SIGNALS} signals")
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
    ) -> list[tuple[Reading, tuple[float, ...]]]:
        """`read`, with the signals that each `answerable` is made of: the answerability head's
        logit and the best span's logits over those of no span, for the passage and then for the
        sentence alone that the best span stands in.

        The second look follows Read + Verify (Hu et al., 2019): a sentence alone leaves less to be
        taken in by. Where there is none to take, the first look's signals stand for it.
        """
        asked = self._encoder.question(question)
        first = self._look(asked, passages)
        closer = [
            _sentence_around(passage, *look.spans[0])
            if look.spans and self._score(look) > HOPELESS
            else None
            for passage, look in zip(passages, first, strict=True)
        ]
        second = iter(self._look(asked, [text for text, _ in filter(None, closer)]))
        found: list[tuple[Reading, tuple[float, ...]]] = []
        for passage, look, near in zip(passages, first, closer, strict=True):
            again = next(second).moved(near[1], look) if near else look
            signals = (*look.signals, *again.signals)
            found.append((self._reading(signals, again.spans, passage), signals))
        return found

    def _look(self, asked: Sequence[int], texts: Sequence[str]) -> list[_Look]:
        """What the network makes of each text; of its windows, the best one counts."""
        return [
            max(map(self._seen, self._encoder.windows_of(asked, text)), key=self._score)
            for text in texts
        ]

    def _seen(self, window: Window) -> _Look:
        """What the network makes of a window. Each is run alone: in a batch the steps that numbers
        are rounded to would depend on the others, and on two cores it takes longer."""
        import numpy as np

        mask = [1] * len(window.ids)
        given = {"ids": window.ids, "mask": mask, "types": window.types}
        feed = {name: np.array([values], dtype=np.int64) for name, values in given.items()}
        [start], [end], [relevance] = self._session.run(["start", "end", "relevance"], feed)
        spans, margin = _best_spans(window, start, end, self._max_answer)
        return _Look((float(relevance), margin), tuple(spans))

    def _score(self, look: _Look) -> float:
        return self._weighed((*look.signals, *look.signals))

    def _weighed(self, signals: Sequence[float]) -> float:
        return self._offset + sum(a * b for a, b in zip(self._slopes, signals, strict=True))

    def _reading(
        self, signals: Sequence[float], spans: Sequence[tuple[int, int]], passage: str
    ) -> Reading:
        score = self._weighed(signals)
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


@dataclass(frozen=True, slots=True)
class _Look:
    """What the network makes of one text: its two signals and the spans, best first."""

    signals: tuple[float, float]
    spans: tuple[tuple[int, int], ...]

    def moved(self, shift: int, before: _Look) -> _Look:
        """The look at a part of a text, which begins `shift` characters into it, after that at
        the whole: its best span with those of the whole that lie elsewhere."""
        if not self.spans or self.spans[0][0] + shift < 0:  # in the heading, which stands apart
            return _Look(self.signals, before.spans)
        low, high = (place + shift for place in self.spans[0])
        others = (span for span in before.spans if span[1] <= low or span[0] >= high)
        return _Look(self.signals, ((low, high), *others))


def _sentence_around(passage: str, low: int, high: int) -> tuple[str, int] | None:
    """The sentences of prose that passage[low:high] stands in, under the passage's heading, and
    how much further on in the passage their text stands; None where the passage holds no more,
    or is no prose there."""
    head = passage.find("\n") + 1
    before, after = passage.rfind("\n\n", 0, low), passage.find("\n\n", high)
    start = max(head, before + 2 if before >= 0 else 0)
    end = after if after >= 0 else len(passage)
    if low < start or _NO_PROSE.search(passage, start, end):
        return None
    touched = [s for s in sentences(passage, start, end) if s[0] < high and s[1] > low]
    if not touched:
        return None
    first, last = touched[0][0], touched[-1][1]
    if last - first > 0.9 * (len(passage) - head):
        return None
    heading = passage[:head] if head <= MAX_HEADING else ""
    return heading + passage[first:last], first - len(heading)


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
