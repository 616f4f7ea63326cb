"""How likely a chosen answer answers: signals from reader, retrieval and words, weighed by fit.

The weights are in judging.json, fitted by `python -m assistant.evals.calibrate`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.answering.evidence import Evidence, Terms, logit, sigmoid
from assistant.errors import AssistantError
from assistant.normalisation import fold

__all__ = ["JUDGED", "SIGNALS", "Judge", "signals", "threshold"]

JUDGED = Path(__file__).with_suffix(".json")

# More of them (margins, names, shares by words) fitted better and told no better.
SIGNALS = (
    "odds",  # the log odds by which it was chosen
    "reader",  # the reader's log odds for its passage
    "around",  # the share of the question that stands in the passage
    "above",  # the cosine of question and passage over the mean of those that were found
)
LIMIT = 6.0  # of log odds
# What "around" is where a passage has no word of the question: its weight is negative, since
# "odds" counts the words too, and to have none must not speak for an answer.
NONE_AROUND = 0.5


def signals(
    asked: Terms, chosen: Evidence, log_odds: float, found: Sequence[Evidence]
) -> tuple[float, ...]:
    """The values of SIGNALS for an answer of `log_odds` from a passage among those `found`."""
    passage = chosen.passage
    around = fold(" ".join([passage.text, *passage.section]))
    return (
        _limited(log_odds),
        _limited(logit(chosen.answerable)),
        asked.coverage([around]) or NONE_AROUND,
        chosen.cosine - sum(e.cosine for e in found) / len(found),
    )


@dataclass(frozen=True, slots=True)
class Judge:
    """A logistic regression over SIGNALS."""

    weights: tuple[float, ...]
    offset: float

    @classmethod
    def of(cls, reader: str) -> "Judge":
        """The one for what was read by "trained" weights, or by "overlap" of words."""
        fitted = _judged()[reader]
        return cls(tuple(fitted["weights"][name] for name in SIGNALS), fitted["offset"])

    @classmethod
    def unfitted(cls) -> "Judge":
        """The log odds by which an answer was chosen, as they are: for what was read in a language
        of which there are no questions to fit to."""
        return cls(tuple(float(name == "odds") for name in SIGNALS), 0.0)

    def confidence(self, values: Sequence[float]) -> float:
        """The probability, 0 to 1, that an answer with these signals answers.

        >>> Judge((1.0, 0.0), -1.0).confidence((1.0, 5.0))
        0.5
        """
        score = sum(w * v for w, v in zip(self.weights, values, strict=True))
        return sigmoid(self.offset + score)


def threshold(strictness: str) -> float:
    """The confidence that an answer needs. Raises AssistantError for an unknown setting."""
    thresholds: Mapping[str, float] = _judged()["thresholds"]
    if strictness not in thresholds:
        known = ", ".join(thresholds)
        raise AssistantError(f"ASSISTANT_STRICTNESS is {strictness!r}; it can be {known}.")
    return thresholds[strictness]


@lru_cache(maxsize=1)
def _judged() -> dict[str, Any]:
    return dict(json.loads(JUDGED.read_text(encoding="utf-8")))


def _limited(log_odds: float) -> float:
    return max(-LIMIT, min(LIMIT, log_odds))
