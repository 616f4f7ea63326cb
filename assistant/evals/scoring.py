"""What is measured: pure functions, each of which says what it does with empty input."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.citations import stands
from assistant.types import Answer, Document, Passage

if TYPE_CHECKING:
    from assistant.evals.questions import Question

__all__ = [
    "DEPTH",
    "MEASURES",
    "Bin",
    "Measure",
    "Verdict",
    "auroc",
    "broken",
    "fold",
    "holds",
    "judge",
    "mean",
    "percentile",
    "prose_words",
    "ranking",
    "relevant",
    "reliability",
    "share",
    "wilson",
    "words",
]

WORD_LIMIT = 90
DEPTH = 10  # passages looked at for the mean reciprocal rank

MEASURES = {
    "accuracy": "answerable questions answered rightly",
    "false_refusals": "answerable questions refused",
    "false_answers": "unanswerable questions answered",
    "right_document": "answers that cite the right document first (or all, where several are due)",
    "citation_validity": "citations whose offsets hold their quote, closest passages included",
    "determinism": "questions that got the same answer twice, the second time in reverse order",
    "raised": "questions that raised an error",
    "missing_named": "refusals that name what is missing, of those where it is known",
    "hit@1": "questions with a relevant passage at rank 1",
    "hit@5": "questions with a relevant passage among the first 5",
    "mrr": f"mean reciprocal rank of the first relevant passage, of {DEPTH}",
    "auroc": "answerable told from unanswerable by the assistant's own probability",
    "words_median": "words an answer, median",
    "words_p95": "words an answer, 95th percentile",
}

# Before NFKC, which would turn an acute accent into a space and a double prime into two.
ALIKE = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032`\u00b4\uff07", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"')
    | {"\u00ad": None, "\u200b": None, "\ufeff": None}
)
MARKUP = re.compile(r"\s*\[\d+\]|\*\*|(?<=\d)\s+(?=%)")
LISTED = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s|\s*\|")


@dataclass(frozen=True, slots=True)
class Measure:
    """A value over `count` cases, with its 95 % interval where one is known."""

    value: float | None
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right; `problems` says in words what is not as it should be."""

    right: bool
    right_document: bool
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions whose probability is in [low, high): how sure, and how often rightly so."""

    low: float
    high: float
    count: int
    probability: float | None
    observed: float | None


def fold(text: str) -> str:
    """Text as it is compared: without bold and [n], one kind of dash and quote, NFKC, casefold.

    >>> fold("The  **48 %** – Beijing’s share [2], so far")
    "the 48% - beijing's share, so far"
    """
    text = MARKUP.sub("", unicodedata.normalize("NFKC", text.translate(ALIKE)))
    return " ".join(text.casefold().split())


def holds(text: str, want: str) -> bool:
    """Whether the folded `text` holds `want`; numbers and very short words only as a whole.

    "8%" is not in "48%" or "4.8%", "20" not in "20,000"; of three ASCII letters or fewer, "EV" is
    in "EVs" but not in "level". Nothing holds an empty `want`.

    >>> holds("148% of 20 EVs.", "EV"), holds("148% of 20 EVs.", "48%")
    (True, False)
    """
    wanted = fold(want)
    if not wanted:
        return False
    before, after = "", ""
    if wanted[0].isdecimal():
        before = r"(?<!\d)(?<!\d[.,])"
    if wanted[-1].isdecimal():
        after = r"(?!\d|[.,]\d)"
    if len(wanted) <= 3 and wanted.isascii() and wanted.isalpha():
        before, after = "(?<![a-z0-9])", "s?(?![a-z0-9])"
    return re.search(before + re.escape(wanted) + after, fold(text)) is not None


def words(text: str) -> int:
    """Words between white space, [n] included, so never too few; 0 for an empty text."""
    return len(text.split())


def prose_words(text: str) -> int:
    """`words` outside list items and table rows: what the limit of 90 applies to."""
    return sum(words(line) for line in text.splitlines() if not LISTED.match(line))


def broken(answer: Answer, documents: Mapping[str, Document]) -> tuple[str, ...]:
    """What is wrong with the citations, closest passages included: one line for each.

    An answer without any citation counts as one broken citation; a refusal without any is fine.
    """
    lines = [
        f"broken citation: {citation.document} {citation.start}-{citation.end}"
        for citation in (*answer.citations, *answer.nearest)
        if not stands(citation, documents)
    ]
    if answer.found and not answer.citations:
        lines.append("answered without a citation")
    return tuple(lines)


def judge(question: "Question", answer: Answer) -> Verdict:
    """Whether `answer` is right for `question`.

    Answerable: found, all of must, nothing of must_not, at most 90 words outside lists, the right
    document cited. Unanswerable: refused, nothing of must_not; whether a refusal names what is
    missing is a problem to show, not an error.
    """
    said = tuple(f"says {bad!r}" for bad in question.must_not if holds(answer.text, bad))
    if not question.answerable:
        if answer.found:
            return Verdict(False, False, ("answered", *said))
        unnamed = tuple(
            f"does not name {word!r}" for word in question.missing if not holds(answer.text, word)
        )
        return Verdict(not said, False, said + unnamed)
    if not answer.found:
        return Verdict(False, False, ("refused",))
    problems = [
        "lacks " + " or ".join(repr(one) for one in group)
        for group in question.must
        if not any(holds(answer.text, one) for one in group)
    ]
    problems += said
    if (count := prose_words(answer.text)) > WORD_LIMIT:
        problems.append(f"{count} words")
    cited = [citation.document for citation in answer.citations]
    if question.kind == "several":
        astray = [f"does not cite {one}" for one in question.documents if one not in cited]
    elif cited and cited[0] in question.documents:
        astray = []
    else:
        astray = [f"cites {cited[0] if cited else 'nothing'} first"]
    return Verdict(not problems and not astray, not astray, (*problems, *astray))


def relevant(question: "Question", passage: Passage) -> bool:
    """A passage is relevant when it is of a right document and its text holds a `must` string.

    Headings and repeated header rows do not count. Always False for an unanswerable question.
    """
    return passage.document in question.documents and any(
        holds(passage.text, one) for group in question.must for one in group
    )


def ranking(lists: Sequence[Sequence[bool]]) -> list[tuple[float, float, float]]:
    """(hit@1, hit@5, reciprocal rank of 10) of each ranked list of relevance, by ir-measures.

    An empty list of passages scores 0; no lists give no scores. Every question is taken to have
    a relevant passage somewhere, so a list without one scores 0 as well.
    """
    if not lists:
        return []
    import ir_measures
    from ir_measures import RR, Success

    judged, ranked = [], []
    for query, row in enumerate(lists):
        judged.append(ir_measures.Qrel(str(query), "elsewhere", 1))
        for rank, good in enumerate(row):
            judged.append(ir_measures.Qrel(str(query), str(rank), int(good)))
            ranked.append(ir_measures.ScoredDoc(str(query), str(rank), float(-rank)))
    wanted = (Success @ 1, Success @ 5, RR @ DEPTH)
    scores = {
        (metric.query_id, metric.measure): float(metric.value)
        for metric in ir_measures.iter_calc(wanted, judged, ranked)
    }
    # A run without a single passage reports no query at all.
    return [
        tuple(scores.get((str(query), measure), 0.0) for measure in wanted)  # type: ignore[misc]
        for query in range(len(lists))
    ]


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1), nothing known, for a total of 0.

    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not total:
        return 0.0, 1.0
    z = 1.959964
    rate = hits / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    reach = (
        z / (1 + z * z / total) * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    )
    # Rounding errors would leave a share of 0 or 1 just outside its own interval.
    return min(rate, max(0.0, middle - reach)), max(rate, min(1.0, middle + reach))


def share(flags: Iterable[bool]) -> Measure:
    """The share of true flags with its Wilson interval; the value is None without flags."""
    seen = tuple(flags)
    if not seen:
        return Measure(None, 0)
    return Measure(sum(seen) / len(seen), len(seen), *wilson(sum(seen), len(seen)))


def mean(values: Sequence[float]) -> Measure:
    """The mean; its value is None without values."""
    return Measure(sum(values) / len(values) if values else None, len(values))


def percentile(values: Sequence[float], rank: float) -> float | None:
    """The nearest-rank percentile, `rank` from 0 to 100; None without values.

    >>> percentile([3, 1, 2], 50)
    2
    """
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(rank / 100 * len(values)) - 1)]


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The chance that a positive scores above a negative, ties half; None where a side is empty.

    >>> auroc([0.9, 0.4], [0.4, 0.1])
    0.875
    """
    if not positive or not negative:
        return None
    wins = sum((high > low) + (high == low) / 2 for high in positive for low in negative)
    return wins / (len(positive) * len(negative))


def reliability(
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = 10
) -> tuple[Bin, ...]:
    """Bins of equal width over 0 to 1 (1.0 is in the last); values are None in an empty bin.

    A well calibrated assistant has `observed` near `probability` in every bin.
    """
    inside: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for probability, outcome in zip(probabilities, outcomes, strict=True):
        inside[min(bins - 1, max(0, int(probability * bins)))].append((probability, outcome))
    return tuple(
        Bin(
            low=number / bins,
            high=(number + 1) / bins,
            count=len(pairs),
            probability=mean([one for one, _ in pairs]).value,
            observed=mean([float(one) for _, one in pairs]).value,
        )
        for number, pairs in enumerate(inside)
    )
