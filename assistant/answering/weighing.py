"""How likely a candidate answers: the reader's log odds, and what the question asks for."""

import re
from collections.abc import Sequence

from assistant.answering.evidence import Evidence, Terms, logit
from assistant.normalisation import fold
from assistant.question import FUNCTION_WORDS, Question
from assistant.types import Document, Span

__all__ = ["weigh"]

COVERAGE = 2.0  # from none to all of the question's words there
CLOSER = 1.5  # for each point of the cosine of question and passage
LATER = 0.2  # for each passage that the search put before it
MISSING_NAME = 1.5  # a name of the question's is not there
ELSEWHERE_NAMED = 0.5  # nor is it here, but near by in the document
MOST_NAMES = 2  # whose absence counts
ADDRESS = 4.0  # an address where one is asked for
MISSING_YEAR = 4.0  # a year or month of the question's is not there, or another is
MISFIT = 2.0  # no time for "when", no number for "how many"
ELSEWHERE = 2.0  # a follow-up's answer in another document than the one before
SIDE = 2.0  # of the side of a comparison that is asked for

# What is said of many at once is not said of one of them.
_WHOLES = (
    re.compile(r"\b(?:averages?|median|typical(?:ly)?|on average)\b", re.I),
    re.compile(r"\b(?:totals?|in all|altogether|combined|overall|together|sum)\b", re.I),
)
_YEAR = re.compile(r"(?:19|20|21)\d\d")
_MONTH = re.compile(
    r"January|February|March|April|May|June|July|August|September|October|November|December"
)


def weigh(
    question: Question,
    asked: Terms,
    document: Document,
    evidence: Evidence,
    spans: Sequence[Span],
) -> float:
    """The log odds that `spans` of a passage that was read answer a question.

    They are the reader's, moved by how much of the question stands in the spans with their
    headings, and by what must stand there and does not.
    """
    passage = evidence.passage
    own = [fold(document.text[span.start : span.end]) for span in spans]
    leads = [fold(document.text[slice(*span.lead)]) for span in spans if span.lead]
    sections = [fold(heading) for heading in passage.section]
    scope = [*own, *leads, *sections]
    covered = asked.coverage(scope)
    if spans[0].kind == "sentence":  # a heading's words alone are not a sentence's
        covered = (covered + asked.coverage(own)) / 2
    log_odds = logit(evidence.answerable) + COVERAGE * (covered - 0.5)
    if evidence.cosine:  # 0 where the passage was not searched for
        log_odds += CLOSER * (evidence.cosine - 0.5) - LATER * evidence.rank
    if question.near not in (None, document.id):
        log_odds -= ELSEWHERE
    near = " ".join(scope)
    publisher = document.publisher or ""
    around = " ".join([near, fold(passage.text), fold(publisher)])
    if question.names:
        there = asked.held(near).union(*(asked.held(fold(t)) for t in (passage.text, publisher)))
        beside = asked.beside.get(document.id, frozenset())
        log_odds -= _unnamed(question, asked, near, around, there, beside)
    read = fold(document.text[evidence.start : evidence.end])
    # A heading may give the time of all that stands under it.
    told = [*own, *leads, sections[-1]] if question.when else own
    log_odds -= MISFIT * (not question.fits(" ".join(told))) / 2
    log_odds -= MISFIT * (not question.fits(" ".join([read, *told[len(own) :]]))) / 2
    for kind in _WHOLES:
        log_odds -= MISFIT * (bool(kind.search(question.text)) and not kind.search(near))
    log_odds += ADDRESS * (question.address and question.fits(" ".join(own)))
    if question.focus:
        log_odds += _sided(question, asked, " ".join(own), " ".join([*leads, sections[-1]]))
    return log_odds


def _unnamed(
    question: Question,
    asked: Terms,
    near: str,
    around: str,
    there: frozenset[str],
    beside: frozenset[str],
) -> float:
    """What it costs that a text does not name what the question names: `near` is what would be
    quoted, with its headings, `around` the passage that it stands in and `there` its stems,
    `beside` those of more of the document."""
    cost = 0.0
    names = []
    for name in question.names:
        time = next((kind for kind in (_YEAR, _MONTH) if kind.fullmatch(name)), None)
        if time:
            # Beside another year or month, the one that is asked for does not count.
            text = near if time.search(near) else around
            if name not in text and not _dated(name, text):
                cost += MISSING_YEAR
        elif name.isdigit() and len(name) < 3:  # "level 4": a number of its own tells little
            before = re.search(rf"(\w+)\W+{name}\b", question.text)
            if (
                before
                and not _stands(asked, before[0], around)
                and before[1].lower() not in FUNCTION_WORDS
            ):
                cost += MISSING_NAME
        elif asked.of(name):
            stems = [stem in there for stem in asked.of(name)]
            whole = any(c.isdigit() for c in name)  # half of "1-2" is another thing
            if not (all(stems) if whole else any(stems)):
                known = not whole and beside.issuperset(asked.of(name))
                names.append(ELSEWHERE_NAMED if known else MISSING_NAME)
    return cost + sum(sorted(names, reverse=True)[:MOST_NAMES])


def _dated(month: str, text: str) -> bool:
    """Whether a month stands in a text as a number: "2021.04", "2021-04-09"."""
    number = next((n for n, name in enumerate(_MONTH.pattern.split("|"), 1) if name == month), None)
    return number is not None and bool(re.search(rf"\d{{4}}[./-]0?{number}(?!\d)", text))


def _stands(asked: Terms, phrase: str, text: str) -> bool:
    """Whether a phrase stands in a text; its words may be apart unless a number is among them."""
    if any(c.isdigit() for c in phrase):
        spaced = r"\W+(?:no\W+)?".join(map(re.escape, re.findall(r"[^\W_]+", phrase)))
        return bool(re.search(rf"\b{spaced}\b", text, re.IGNORECASE))
    return asked.held(text).issuperset(asked.of(phrase))


def _sided(question: Question, asked: Terms, own: str, around: str) -> float:
    """What it adds to a side of a comparison that a text is of that side and not of the other;
    what stands around it tells where its own words name neither."""

    def of(side: Sequence[str], text: str) -> bool:
        return all(_stands(asked, word, text) for word in side)

    text = own if of(question.focus, own) or of(question.against, own) else around
    if not of(question.focus, text):
        return -SIDE
    opening = " ".join(own.split()[: sum(len(word.split()) for word in question.focus) + 3])
    return SIDE * (1 + of(question.focus, opening) - of(question.against, text))
