"""How likely a candidate answers: the reader's log odds, and what the question asks for."""

import re
from collections.abc import Sequence

from assistant.answering.evidence import Evidence, Terms, logit, terms
from assistant.question import FUNCTION_WORDS, Question
from assistant.types import Document, Span

__all__ = ["weigh"]

COVERAGE = 2.0  # from none to all of the question's words there
MISSING_NAME = 1.5  # a name of the question's is not there
MISSING_YEAR = 4.0  # a year of the question's is not there, or another is
MISFIT = 2.0  # no time for "when", no number for "how many"
ELSEWHERE = 2.0  # a follow-up's answer in another document than the one before
SIDE = 2.0  # of the side of a comparison that is asked for

_YEAR = re.compile(r"(?:19|20|21)\d\d")


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
    own = [document.text[span.start : span.end] for span in spans]
    leads = [document.text[slice(*span.lead)] for span in spans if span.lead]
    scope = [*own, *leads, *passage.section]
    covered = asked.coverage(scope)
    if spans[0].kind == "sentence":  # a heading's words alone are not a sentence's
        covered = (covered + asked.coverage(own)) / 2
    log_odds = logit(evidence.answerable) + COVERAGE * (covered - 0.5)
    if question.near not in (None, document.id):
        log_odds -= ELSEWHERE
    near = " ".join(scope)
    log_odds -= _unnamed(question, near, " ".join([near, passage.text, document.publisher or ""]))
    read = document.text[evidence.start : evidence.end]
    log_odds -= MISFIT * (not question.fits(" ".join(own))) / 2
    log_odds -= MISFIT * (not question.fits(read)) / 2
    if question.focus:
        log_odds += _sided(question, " ".join(own), " ".join([*leads, passage.section[-1]]))
    return log_odds


def _unnamed(question: Question, near: str, around: str) -> float:
    """What it costs that a text does not name what the question names: `near` is what would be
    quoted, with its headings, `around` the passage that it stands in."""
    cost = 0.0
    for name in question.names:
        if _YEAR.fullmatch(name):
            # Beside another year, the one that is asked for does not count.
            if name not in (near if _YEAR.search(near) else around):
                cost += MISSING_YEAR
        elif name.isdigit() and len(name) < 3:  # "level 4": a number of its own tells little
            before = re.search(rf"(\w+)\W+{name}\b", question.text)
            if (
                before
                and not _stands(before[0], around)
                and before[1].lower() not in FUNCTION_WORDS
            ):
                cost += MISSING_NAME
        elif terms(name):
            there = [stem in terms(around) for stem in terms(name)]
            whole = any(c.isdigit() for c in name)  # half of "1-2" is another thing
            if not (all(there) if whole else any(there)):
                cost += MISSING_NAME
    return cost


def _stands(phrase: str, text: str) -> bool:
    """Whether a phrase stands in a text; its words may be apart unless a number is among them."""
    if any(c.isdigit() for c in phrase):
        spaced = r"\W+(?:no\W+)?".join(map(re.escape, re.findall(r"[^\W_]+", phrase)))
        return bool(re.search(rf"\b{spaced}\b", text, re.IGNORECASE))
    return set(terms(phrase)) <= set(terms(text))


def _sided(question: Question, own: str, around: str) -> float:
    """What it adds to a side of a comparison that a text is of that side and not of the other;
    what stands around it tells where its own words name neither."""

    def of(side: Sequence[str], text: str) -> bool:
        return all(_stands(word, text) for word in side)

    text = own if of(question.focus, own) or of(question.against, own) else around
    if not of(question.focus, text):
        return -SIDE
    opening = " ".join(own.split()[: sum(len(word.split()) for word in question.focus) + 3])
    return SIDE * (1 + of(question.focus, opening) - of(question.against, text))
