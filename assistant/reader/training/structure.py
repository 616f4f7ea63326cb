"""Questions made from the structure of documentation: lists, definitions, tables, steps.

The neighbouring section's list, row or entry is the hard negative.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.reader.training.data import Pair
from assistant.reader.training.documents import Block, Section, sections_under
from assistant.reader.training.glossaries import ABBREVIATION_FORMS
from assistant.reader.training.listings import ORDINALS
from assistant.reader.training.page import Page, Place

__all__ = ["documented", "load_sections"]

# Pages of Debian packages (their names and licences are in the model card) below usr/share/doc.
PACKAGES = (
    "debian-handbook/html/en-US/*.html",
    "debian-policy/policy.html/*.html",
    "apache2-doc/manual/en/**/*.html",
    "sqlite3/*.html",
    "python3.11/html/**/*.html",
    "postgresql-doc-15/html/*.html",
    "harden-doc/html/en-US/*.html",
    "installation-guide-amd64/en/*.html",
)
LIMIT = 1200  # characters of a passage
_FURNITURE = re.compile(
    r"^(navigation|table of contents|contents|index|see also|related topics|previous topic|"
    r"next topic|quick search|this page|availability|directives|topics|comments?|support apache!|"
    r"bugfix checklist|and many more)$",
    re.IGNORECASE,
)
LIST_FORMS = (
    "what are the {x}?",
    "which {x} are there?",
    "list the {x}",
    "{x}",
    "what {x} are listed?",
    "name the {x}",
    "{x}: which ones?",
    "what does {x} include?",
    "what is listed under {x}?",
    "give the list of {x}",
    "what are {x}?",
    "what points are made about {x}?",
    "what belongs to {x}?",
    "what does the section on {x} list?",
    "what is covered by {x}?",
)
TERM_FORMS = (
    "what is {x}?",
    "what does {x} mean?",
    "what does {x} do?",
    "define {x}",
    "meaning of {x}",
    "what is meant by {x}?",
    "explain {x}",
    "{x} definition",
    "what is {x} for?",
    "{x}",
    "how is {x} defined?",
    "describe {x}",
)
CELL_FORMS = (
    "what is the {c} of {x}?",
    "{c} of {x}",
    "what {c} does {x} have?",
    "{x} {c}",
    "what does the table give as {c} for {x}?",
    "which {c} belongs to {x}?",
    "{c} for {x}?",
)
TOPIC_FORMS = (
    "what is said about {x}?",
    "what about {x}?",
    "tell me about {x}",
    "{x}",
    "explain {x}",
    "what does the text say about {x}?",
    "what do I need to know about {x}?",
    "info on {x}",
)


def load_sections(share: Path) -> list[list[Section]]:
    """The sections of each package, unpacked so that `share` is their usr/share."""
    return [
        [s for s in sections_under(share / "doc", pages) if not _FURNITURE.match(s.path[-1])]
        for pages in PACKAGES
    ]


def documented(packages: Sequence[Sequence[Section]], count: int, rng: random.Random) -> list[Pair]:
    """About `count` pairs, from all packages alike."""
    pairs: list[Pair] = []
    for sections in packages:
        numbers = list(range(len(sections)))
        rng.shuffle(numbers)
        made: list[Pair] = []
        for i in numbers:
            if len(made) >= count / len(packages):
                break
            near = [s for s in sections[max(0, i - 6) : i + 7] if s.path != sections[i].path]
            made += _pairs_of(sections[i], near, rng)
        pairs += made
    return pairs


def _pairs_of(section: Section, near: Sequence[Section], rng: random.Random) -> list[Pair]:
    kinds = {
        "bullets": _list_pairs,
        "numbers": _list_pairs,
        "table": _table_pairs,
        "definitions": _definition_pairs,
        "paragraph": _topic_pairs,
    }
    usable = [b for b in section.blocks if b.kind != "paragraph"]
    if usable:
        block = rng.choice(usable)
    elif rng.random() < 0.06:
        block = section.blocks[0]
    else:
        return []
    return kinds[block.kind](section, block, near, rng)


def _page(section: Section, block: Block, rng: random.Random) -> tuple[Page, list[list[Place]]]:
    """The section's passage around one block, and the places of that block's parts."""
    page = Page(section.path[-3:] if rng.random() < 0.85 else ())
    at = section.blocks.index(block)
    low = max(0, at - rng.choice((1, 1, 2)))
    places: list[list[Place]] = []
    for number in range(low, min(len(section.blocks), at + 1 + rng.choice((0, 0, 1)))):
        other = section.blocks[number]
        if other is not block and (len(page.text) > LIMIT / 2 or _size(other) > LIMIT / 2):
            continue
        drawn = _draw(page, other, rng)
        if other is block:
            places = drawn
    return page, places


def _size(block: Block) -> int:
    return len(block.text) + sum(map(len, block.items)) + sum(len(c) for r in block.rows for c in r)


def _draw(page: Page, block: Block, rng: random.Random) -> list[list[Place]]:
    if block.kind == "paragraph":
        return [[page.paragraph(block.text)]]
    if block.kind in ("bullets", "numbers"):
        return [[p] for p in page.items(block.items, "1." if block.kind == "numbers" else "-")]
    if block.kind == "table":
        return page.table(block.rows[0], block.rows[1:])
    places = []
    form = rng.choice(("**{}**: ", "- **{}**: ", "{}: ", "- {}: ", "**{}**\n"))
    for term, meaning in block.rows:
        before, after = form.split("{}")
        page.add(before)
        first = page.add(term)
        page.add(after)
        places.append([first, page.add(meaning)])
        page.add("\n")
    return places


def _topic(text: str) -> str:
    """A heading as a question says it: lower case but for names."""
    text = re.sub(r"^(the|a|an)\s+", "", text.strip(" .:"), flags=re.IGNORECASE)
    words = text.split()
    if words and words[0][1:].islower():
        words[0] = words[0].lower()
    return " ".join(words)


def _elsewhere(question_of: str, near: Iterable[Section], kinds: Sequence[str]) -> Section | None:
    words = set(re.findall(r"\w{4,}", question_of.lower()))
    for section in near:
        title = section.path[-1].lower()
        if (
            words
            and not words <= set(re.findall(r"\w{4,}", title))
            and any(b.kind in kinds and _size(b) < LIMIT for b in section.blocks)
        ):
            return section
    return None


def _list_pairs(
    section: Section, block: Block, near: Sequence[Section], rng: random.Random
) -> list[Pair]:
    if not 2 <= len(block.items) <= 12 or _size(block) > LIMIT * 0.75:
        return []
    if any(_FURNITURE.match(item) or item.startswith(("Prev", "Next")) for item in block.items):
        return []
    page, places = _page(section, block, rng)
    whole = (places[0][0][0], places[-1][0][1])
    topic, pairs = _topic(section.path[-1]), []
    at = section.blocks.index(block)
    lists = [b for b in section.blocks if b.kind in ("bullets", "numbers")]
    lead = section.blocks[at - 1].text if at and section.blocks[at - 1].kind == "paragraph" else ""
    asked = _from_lead(lead, rng) if rng.random() < 0.6 or len(lists) > 1 else ""
    if not asked and (len(lists) > 1 or not 3 < len(topic) < 60):
        return []
    asked = asked or rng.choice(LIST_FORMS).format(x=topic)
    pairs.append(page.ask(asked, whole, "list-docs", rng))
    if block.kind == "numbers" and rng.random() < 0.6:
        i = rng.randrange(min(9, len(block.items)))
        noun = rng.choice(("step", "point", "item"))
        form = rng.choice(("what is the {o} {n}?", "{n} {i}", "{o} {n}", "what is {n} no. {i}?"))
        pairs.append(
            page.ask(form.format(o=ORDINALS[i], n=noun, i=i + 1), places[i][0], "step-docs", rng)
        )
    other = _elsewhere(topic, near, ("bullets", "numbers"))
    if other:
        wrong = next(
            b for b in other.blocks if b.kind in ("bullets", "numbers") and _size(b) < LIMIT
        )
        pairs.append(_page(other, wrong, rng)[0].ask(asked, None, "list-docs", rng))
    return pairs


def _from_lead(lead: str, rng: random.Random) -> str:
    """A question for the list that a sentence introduces; "" where its form is unknown."""
    sentence = re.split(r"(?<=[.!?])\s+", lead)[-1]
    if not sentence.endswith(":") or len(sentence) > 140:
        return ""
    sentence = sentence.rstrip(":").strip()
    following = re.search(
        r"(?:the following|these|several|two|three|four|five|some|various)\s+([\w\s-]{3,50})$",
        sentence,
        re.IGNORECASE,
    )
    if following:
        return rng.choice(LIST_FORMS[:6]).format(x=following.group(1).strip())
    starts = re.match(r"The following ([\w\s-]{3,40}?) (are|may be|can be|is) (.*)$", sentence)
    if starts:
        noun, verb, rest = starts.groups()
        return f"which {noun} {verb} {rest}?"
    plain = re.match(r"(?:The )?([\w\s-]{3,50}) (?:are|include|includes|is|as follows)$", sentence)
    if plain:
        return rng.choice(LIST_FORMS[:6]).format(x=plain.group(1).strip())
    if len(sentence) < 70 and "following" not in sentence:
        return rng.choice(("{x}: what?", "{x}", "what comes under: {x}?")).format(x=sentence)
    return ""


def _definition_pairs(
    section: Section, block: Block, near: Sequence[Section], rng: random.Random
) -> list[Pair]:
    entries = [r for r in block.rows if 1 < len(r[0]) < 60 and 5 < len(r[1]) < 400]
    if len(entries) < 2:
        return []
    first = rng.randrange(len(entries))
    block = Block("definitions", rows=entries[first : first + rng.randint(2, 6)])
    lead = Section(section.path, [block])
    page, places = _page(lead, block, rng)
    if len(page.text) > LIMIT * 1.3:
        return []
    at = rng.randrange(len(block.rows))
    start, end = places[at][1]
    sentence = re.match(r".+?[.;](?=\s|$)", page.text[start:end])
    if sentence and end - start > 160:
        end = start + sentence.end()
    pairs = [
        page.ask(
            rng.choice(TERM_FORMS).format(x=block.rows[at][0]), (start, end), "definition-docs", rng
        )
    ]
    absent = [r[0] for s in near for b in s.blocks if b.kind == "definitions" for r in b.rows]
    absent = [t for t in absent if 1 < len(t) < 60 and t.lower() not in page.text.lower()]
    if absent:
        form = rng.choice(TERM_FORMS + ABBREVIATION_FORMS[:3])
        term = rng.choice(absent)
        pairs.append(page.ask(form.format(x=term, a=term), None, "definition-docs", rng))
    return pairs


def _table_pairs(
    section: Section, block: Block, near: Sequence[Section], rng: random.Random
) -> list[Pair]:
    width = len(block.rows[0])
    rows = [r for r in block.rows[1:] if len(r) == width and all(0 < len(c) < 160 for c in r)]
    headless = any(":" in cell or not cell for cell in block.rows[0])
    if headless or not 2 <= width <= 5 or len(rows) < 3:
        return []
    first = rng.randrange(len(rows) - 2)
    shown = rows[first : first + rng.randint(3, 8)]
    names = [r[0] for r in shown]
    if len(set(names)) < len(names) or sum(len(c) for r in shown for c in r) > LIMIT:
        return []
    block_shown = Block("table", rows=[block.rows[0], *shown])
    page, places = _page(Section(section.path, [block_shown]), block_shown, rng)
    at, column = rng.randrange(len(shown)), rng.randrange(1, width)

    def question(name: str) -> str:
        return rng.choice(CELL_FORMS).format(c=_topic(block.rows[0][column]), x=name)

    pairs = [page.ask(question(names[at]), places[at][column], "cell-docs", rng)]
    absent = [r[0] for r in rows if r[0].lower() not in page.text.lower()]
    if absent:
        pairs.append(page.ask(question(rng.choice(absent)), None, "cell-docs", rng))
    return pairs


def _topic_pairs(
    section: Section, block: Block, near: Sequence[Section], rng: random.Random
) -> list[Pair]:
    topic = _topic(section.path[-1])
    if not 60 < len(block.text) < LIMIT or not 4 < len(topic) < 60:
        return []
    page, places = _page(section, block, rng)
    start, end = places[0][0]
    sentence = re.match(r".+?[.!?](?=\s|$)", page.text[start:end])
    asked = rng.choice(TOPIC_FORMS).format(x=topic)
    pairs = [
        page.ask(asked, (start, start + sentence.end() if sentence else end), "topic-docs", rng)
    ]
    other = _elsewhere(topic, near, ("paragraph",))
    if other and topic not in " ".join(b.text for b in other.blocks).lower():
        wrong = next(b for b in other.blocks if b.kind == "paragraph" and _size(b) < LIMIT)
        pairs.append(_page(other, wrong, rng)[0].ask(asked, None, "topic-docs", rng))
    return pairs
