"""Abbreviations with their full names, in tables, lists and running text."""

from __future__ import annotations

import random
import re

from assistant.reader.training.data import Pair
from assistant.reader.training.page import Page, Place, aside, headings
from assistant.reader.training.words import World

__all__ = ["ABBREVIATION_FORMS", "glossary"]

ABBREVIATION_FORMS = (
    "what does {a} stand for?",
    "what does {a} mean?",
    "expand {a}",
    "expand the abbreviation {a}",
    "full name of {a}",
    "what is the full name of {a}?",
    "{a} meaning",
    "meaning of {a}",
    "what is {a}?",
    "what is {a} short for?",
    "meaning of the abbreviation {a}",
    "define {a}",
    "what do the letters {a} stand for?",
    "spell out {a}",
    "{a} stands for",
    "{a} in full",
    "what is the long form of {a}?",
    "which term does {a} abbreviate?",
    "{a}?",
)
REVERSE_FORMS = (
    "what is the abbreviation of {f}?",
    "what is the abbreviation for {f}?",
    "{f} abbreviation",
    "how is {f} abbreviated?",
    "short form of {f}",
    "which abbreviation is used for {f}?",
    "what is the acronym for {f}?",
    "acronym of {f}",
    "what is {f} shortened to?",
)


def glossary(world: World, rng: random.Random) -> list[Pair]:
    """Abbreviations with their full names, in a table, a list, or in running text."""
    entries = dict(world.abbreviation() for _ in range(rng.randint(4, 16)))
    names = list(entries)
    heading = rng.choice(
        (
            "Glossary",
            "Abbreviations",
            "List of abbreviations",
            "Acronyms",
            "Terms and abbreviations",
            "Appendix > Glossary",
        )
    )
    page = Page(headings(world, heading))
    aside(world, page, 0.1)
    style = rng.random()
    places: list[tuple[Place, Place]] = []
    if style < 0.4:
        first = rng.randint(1, 60)
        header = [
            rng.choice(("#", "No.", "No")),
            rng.choice(("Abbreviation", "Short form", "Term", "Acronym")),
            rng.choice(("Full name", "Meaning", "Definition", "Full form")),
        ]
        rows = [[str(first + i), a, f] for i, (a, f) in enumerate(entries.items())]
        places = [(c[1], c[2]) for c in page.table(header, rows)]
    elif style < 0.65:
        header = [rng.choice(("Abbreviation", "Term")), rng.choice(("Full name", "Meaning"))]
        places = [(c[0], c[1]) for c in page.table(header, entries.items())]
    elif style < 0.85:
        mark = rng.choice(("**{}**: ", "{}: ", "{} – ", "**{}** ", "{} = "))
        for short, full in entries.items():
            before, after = mark.split("{}")
            page.add(rng.choice(("- ", "- ", "")) + before)
            name = page.add(short)
            page.add(after)
            places.append((name, page.add(full)))
            page.add("\n")
    else:
        for short, full in list(entries.items())[:4]:
            page.add(f"The {rng.choice(THEMES)} of the ")
            there = page.add(full)
            page.add(" (")
            name = page.add(short)
            page.add(f") was led by {world.person()} of {world.company()}. ")
            places.append((name, there))
        names = names[:4]
    at = rng.randrange(len(names))
    pairs = [
        page.ask(
            rng.choice(ABBREVIATION_FORMS).format(a=names[at]), places[at][1], "abbreviation", rng
        )
    ]
    if rng.random() < 0.5:
        i = rng.randrange(len(names[0]))
        absent = names[0][:i] + rng.choice("ABCDEFGHIKLMNOPRSTUVW") + names[0][i + 1 :]
    else:
        absent = world.abbreviation()[0]
    if not re.search(rf"\b{re.escape(absent)}\b", page.text, re.IGNORECASE):
        pairs.append(
            page.ask(rng.choice(ABBREVIATION_FORMS).format(a=absent), None, "abbreviation", rng)
        )
    if rng.random() < 0.5:
        full = entries[names[at]]
        place: Place | None = places[at][0]
        if rng.random() < 0.3:
            full, place = world.abbreviation()[1], None
            if full.lower() in page.text.lower():
                return pairs
        pairs.append(
            page.ask(
                rng.choice(REVERSE_FORMS).format(f=rng.choice((full, full.lower()))),
                place,
                "abbreviation",
                rng,
            )
        )
    return pairs


THEMES = ("review", "start", "budget", "reform", "evaluation", "design", "first phase", "work")
