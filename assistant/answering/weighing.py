"""What speaks for a candidate and against it: features, weighed by fit.

The weights are in weighing.json, fitted by `python -m assistant.evals.calibrate`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.answering.evidence import Evidence, Terms, logit
from assistant.dates import MONTH, MONTHS, YEAR
from assistant.normalisation import fold
from assistant.question import FUNCTION_WORDS, Question
from assistant.types import Document, Span

__all__ = ["PRIOR", "WEIGHED", "features", "log_odds", "use"]

WEIGHED = Path(__file__).with_suffix(".json")
_weights: dict[str, float] = json.loads(WEIGHED.read_text(encoding="utf-8"))

# What each feature adds to the log odds that a candidate answers, as judged by hand: what the
# fit starts from, and keeps where there is little to learn from.
PRIOR: Mapping[str, float] = {
    "reader": 1.0,  # the reader's log odds for the passage
    "covered": 2.0,  # from none to all of the question's words there
    "closer": 1.5,  # for each point of the cosine of question and passage
    "later": -0.2,  # for each passage that the search put before it
    "alternative": -0.7,  # for each better span that the reader has in the same passage
    "missing_name": -1.5,  # a name of the question's is not there
    "elsewhere_named": -0.5,  # nor is it here, but near by in the document
    "missing_year": -4.0,  # a year or month of the question's is not there, or another is
    "missing_number": -2.5,  # another number of the question's, "14th", "V2X", "level 4", is not
    "misfit": -2.0,  # no time for "when", no number for "how many"
    "address": 4.0,  # an address where one is asked for
    "missing_expansion": -4.0,  # the words behind an abbreviation are asked for
    "label": 2.5,  # the question names this row or item, or asks what this term means (2)
    "heading": 2.5,  # the question names this list
    "outline": 0.0,  # these headings stand under one that it names: the reader took them for a list
    "one_of_them": -1.5,  # it is a list, and the question names one of its items
    "count": 1.0,  # the list has as many items as the question says
    "another_bracket": -2.0,  # a row with another range than the one that is asked for
    "bare_lead": -2.0,  # a sentence that only introduces a list
    "side": 2.0,  # of the side of a comparison that is asked for
    "elsewhere": -2.0,  # a follow-up's answer in another document than the one before
    "repeated": -6.0,  # the conversation was told it already
    "repeated_in_part": -1.0,  # so it was, but there is more in it that may answer
}
MOST_NAMES = 2  # whose absence counts, and as many numbers

# What is said of many at once is not said of one of them.
_WHOLES = (
    re.compile(r"\b(?:averages?|median|typical(?:ly)?|on average)\b", re.I),
    re.compile(r"\b(?:totals?|in all|altogether|combined|overall|together|sum)\b", re.I),
)


def use(weights: Mapping[str, float]) -> None:
    """Weighs with other weights from now on, as when they have just been fitted."""
    _weights.update(weights)


def log_odds(found: Mapping[str, float]) -> float:
    """What the features of a candidate come to: the more, the likelier it answers. As log odds they
    tell candidates for one question apart; how sure an answer is, `judging` says.

    >>> log_odds({"reader": 1.0}) < log_odds({"reader": 2.0})
    True
    """
    return sum(_weights[name] * value for name, value in found.items())


def features(
    question: Question,
    asked: Terms,
    document: Document,
    evidence: Evidence,
    spans: Sequence[Span],
) -> dict[str, float]:
    """What `spans` of a passage that was read say for themselves, by the names of PRIOR: what the
    reader makes of them, how much of the question stands in them with their headings, and what
    must stand there and does not."""
    passage = evidence.passage
    own = [fold(document.text[span.start : span.end]) for span in spans]
    leads = [fold(document.text[slice(*span.lead)]) for span in spans if span.lead]
    sections = [fold(heading) for heading in passage.section]
    scope = [*own, *leads, *sections]
    covered = asked.coverage(scope)
    if spans[0].kind == "sentence":  # a heading's words alone are not a sentence's
        covered = (covered + asked.coverage(own)) / 2
    found = {"reader": logit(evidence.answerable), "covered": covered - 0.5}
    if evidence.cosine:  # 0 where the passage was not searched for
        found |= {"closer": evidence.cosine - 0.5, "later": evidence.rank}
    if question.near not in (None, document.id):
        found["elsewhere"] = 1
    near = " ".join(scope)
    publisher = document.publisher or ""
    around = " ".join([near, fold(passage.text), fold(publisher)])
    if question.names:
        there = asked.held(near).union(*map(asked.held, (passage.text, publisher)))
        beside = asked.beside.get(document.id, frozenset())
        found |= _unnamed(question, asked, near, around, there, beside)
    read = fold(document.text[evidence.start : evidence.end])
    # A heading may give the time of all that stands under it.
    rest = [*leads, sections[-1]] if question.when else []
    misfits = [not question.fits(" ".join([*text, *rest])) for text in (own, [read])]
    wholes = [bool(kind.search(question.text)) and not kind.search(near) for kind in _WHOLES]
    found["misfit"] = sum(misfits) / 2 + sum(wholes)
    if question.address:
        found["address"] = question.fits(" ".join(own))
    if question.focus:
        found["side"] = _sided(question, asked, " ".join(own), " ".join([*leads, sections[-1]]))
    return found


def _unnamed(
    question: Question,
    asked: Terms,
    near: str,
    around: str,
    there: frozenset[str],
    beside: frozenset[str],
) -> dict[str, float]:
    """Which of the names in a question a text lacks: `near` is what would be quoted, with its
    headings, `around` the passage that it stands in and `there` its stems, `beside` those of more
    of the document."""
    years = numbers = near_by = nowhere = 0
    for name in question.names:
        time = next((kind for kind in (YEAR, MONTH) if kind.fullmatch(name)), None)
        if time:
            # Beside another year or month, the one that is asked for does not count.
            text = near if time.search(near) else around
            years += name not in text and not _dated(name, text)
        elif name.isdigit() and len(name) < 3:  # "level 4": a number of its own tells little
            before = re.search(rf"(\w+)\W+(?:(?:no|number)\W+)?{name}\b", question.text)
            if (
                before
                and not _stands(asked, f"{before[1]} {name}", around)
                and before[1].lower() not in FUNCTION_WORDS
            ):
                numbers += 1
        elif stems := asked.of(name):
            if any(c.isdigit() for c in name):  # half of "1-2" is another thing
                numbers += not there.issuperset(stems)
            elif there.isdisjoint(stems):
                known = beside.issuperset(stems)
                near_by, nowhere = near_by + known, nowhere + (not known)
    nowhere = min(nowhere, MOST_NAMES)
    return {
        "missing_year": years,
        "missing_number": min(numbers, MOST_NAMES),
        "missing_name": nowhere,
        "elsewhere_named": min(near_by, MOST_NAMES - nowhere),
    }


def _dated(month: str, text: str) -> bool:
    """Whether a month stands in a text as a number: "2021.04", "2021-04-09"."""
    number = next((n for n, name in enumerate(MONTHS, 1) if name == month), None)
    return number is not None and bool(re.search(rf"\d{{4}}[./-]0?{number}(?!\d)", text))


def _stands(asked: Terms, phrase: str, text: str) -> bool:
    """Whether a phrase stands in a text; its words may be apart unless a number is among them."""
    if any(c.isdigit() for c in phrase):
        spaced = r"\W+(?:no\W+)?".join(map(re.escape, re.findall(r"[^\W_]+", phrase)))
        return bool(re.search(rf"\b{spaced}\b", text, re.IGNORECASE))
    return asked.held(text).issuperset(asked.of(phrase))


def _sided(question: Question, asked: Terms, own: str, around: str) -> float:
    """How much a text is of the side of a comparison that is asked for, -1 to 2; what stands
    around it tells where its own words name neither side."""

    def of(side: Sequence[str], text: str) -> bool:
        return all(_stands(asked, word, text) for word in side)

    text = own if of(question.focus, own) or of(question.against, own) else around
    if not of(question.focus, text):
        return -1
    opening = " ".join(own.split()[: sum(len(word.split()) for word in question.focus) + 3])
    return 1 + of(question.focus, opening) - of(question.against, text)
