"""Questions that look answerable by a passage and are not."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.reader.training.data import SENTENCE, Pair, said

__all__ = ["NAME", "missing_attribute", "narrowed", "near_passages", "places", "sentence_removed"]

NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'-]+(?:\s(?:of\s)?[A-Z][\w'-]+)*")
_PLACE = re.compile(r"\b[Ii]n ((?:[A-Z][a-z'-]+ ?){1,3})(?<! )")
_YEAR = re.compile(r"\b(?:1[5-9]\d{2}|20[0-3]\d)\b")
_NARROWED = re.compile(r"\b(?:in|of|by|for|during|since|to|from|at) (?:the )?[A-Z\d][^ ]*\W*$")
# A question about a name, and the stems of words that a passage which answers it would hold.
_ATTRIBUTES = (
    ("who founded {}?", "found establish creat set up start"),
    ("when was {} founded?", "found establish creat set up start born began"),
    ("who is the chief executive of {}?", "chief ceo execut head led lead director president"),
    ("where is {} headquartered?", "headquart based office locat"),
    ("how much did {} cost?", "cost price $ paid pay million spent fund"),
    ("what is the annual revenue of {}?", "revenue earn sales million billion"),
    ("how many people work for {}?", "employ work staff worker people"),
    ("what is the population of {}?", "popul inhabit people resident"),
    ("who owns {}?", "own belong property bought acqui"),
    ("which university did {} attend?", "universit college school graduat stud degree"),
    ("what is the phone number of {}?", "phone call number"),
    ("who was {} married to?", "marr wife husband spouse wed"),
    ("how tall is {}?", "tall high height feet metre meter"),
    ("what award did {} win?", "award prize won win medal honor"),
    ("what is the market share of {}?", "share percent %"),
    ("what will {} aim for by 2040?", "2040"),
    ("how old is {}?", "old age born aged"),
    ("why did {} close?", "clos shut end bankrupt"),
    ("who are the competitors of {}?", "compet rival"),
    ("what is the full name of {}?", "full name stand for called known"),
    ("when will {} be replaced?", "replac"),
    ("which company built {}?", "built build construct made manufact"),
    ("how is {} financed?", "financ fund pay paid money"),
    ("what criticism was made of {}?", "critic complain controvers"),
)


def near_passages(
    pairs: Sequence[Pair], rng: random.Random, each: int = 1, top: int = 8
) -> list[list[Pair]]:
    """Each answerable pair followed by its question with up to `each` passages that are close by
    BM25, of the same source, and do not hold the answer's words. Pairs without such a passage are
    left out."""
    import bm25s

    groups = []
    by_source: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_source[pair.source].append(pair)
    for alike in by_source.values():
        passages = sorted({pair.passage for pair in alike})
        answered = [pair for pair in alike if pair.start >= 0]
        if not answered or len(passages) <= top:
            continue
        index = bm25s.BM25()
        index.index(bm25s.tokenize(passages, show_progress=False), show_progress=False)
        queries = bm25s.tokenize([pair.question for pair in answered], show_progress=False)
        found, _ = index.retrieve(queries, k=top, show_progress=False)
        for pair, numbers in zip(answered, found, strict=True):
            answer = pair.answer.lower()
            close = [
                passages[i]
                for i in numbers
                if passages[i] != pair.passage and answer not in passages[i].lower()
            ][:4]
            chosen = rng.sample(close, min(each, len(close)))
            bare = replace(pair, title="")  # which is that of the passage that answers
            if chosen:
                groups.append([pair, *(bare.unanswered(passage=p, kind="near") for p in chosen)])
    return groups


def sentence_removed(pair: Pair) -> Pair | None:
    """The passage without the sentences that hold the answer's words."""
    answer = pair.answer.lower()
    sentences = SENTENCE.findall(pair.passage)
    kept = "".join(s for s in sentences if answer not in s.lower()).strip()
    if len(sentences) < 3 or answer in kept.lower() or len(kept) < 0.4 * len(pair.passage):
        return None
    return pair.unanswered(passage=kept, kind="removed")


def missing_attribute(pair: Pair, rng: random.Random) -> Pair | None:
    """A question about a name of the passage, on something that the passage does not speak of."""
    names = [n for n in NAME.findall(pair.passage) if len(n) > 3]
    lowered = pair.passage.lower()
    fitting = [q for q, stems in _ATTRIBUTES if not any(s in lowered for s in stems.split())]
    if not names or not fitting:
        return None
    question = rng.choice(fitting).format(rng.choice(names))
    return pair.unanswered(question=question[0].upper() + question[1:], kind="attribute")


def places(pairs: Iterable[Pair]) -> list[str]:
    """Names that stand after "in" in the passages."""
    return [
        name for passage in {p.passage: None for p in pairs} for name in _PLACE.findall(passage)
    ]


def narrowed(pair: Pair, elsewhere: Sequence[str], rng: random.Random) -> Pair | None:
    """The question with a place, a year or a name more, of which the sentence that answers it does
    not speak; `elsewhere` are places to choose from, beside those of the passage."""
    question, near = pair.question.rstrip(" ?"), said(pair)
    if pair.start < 0 or _NARROWED.search(question) or len(question.split()) < 4:
        return None
    way = rng.random()
    if way < 0.5:
        here = _PLACE.findall(pair.passage)
        form, name = "in {}", rng.choice(here if here and rng.random() < 0.5 else elsewhere)
    elif way < 0.75:
        years = _YEAR.findall(pair.passage)
        form = rng.choice(("in {}", "in {}", "before {}", "after {}", "since {}", "by {}"))
        name = rng.choice(years) if years and rng.random() < 0.5 else str(rng.randint(1890, 2040))
    else:
        names = NAME.findall(pair.passage)
        form = rng.choice(("for {}", "by {}", "according to {}", "of {}", "with {}", "at {}"))
        name = rng.choice(names) if names else ""
    if len(name) < 3 or name in near or name in question or name in pair.answer:
        return None
    if _YEAR.search(name) and re.match(r"(?i)when|.*\byear\b|.*\d{4}", question):
        return None
    limit = form.format(name)
    if rng.random() < 0.2 and not form.startswith(("for", "of", "with", "by")):
        first = question[0].lower() + question[1:] if question[1:2].islower() else question
        question = f"{limit[0].upper()}{limit[1:]}, {first}"
    else:
        question = f"{question} {limit}"
    return pair.unanswered(question=f"{question}?", kind="narrowed")
