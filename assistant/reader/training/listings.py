"""Invented lists, where the whole list answers, or the item of a number."""

from __future__ import annotations

import random
from collections.abc import Sequence

from assistant.reader.training.data import Pair
from assistant.reader.training.facts import target
from assistant.reader.training.page import Page, Place, aside, headings
from assistant.reader.training.words import World

__all__ = ["ORDINALS", "lists", "scopes", "steps", "years"]

ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()


def _whole(places: Sequence[Place]) -> Place:
    return places[0][0], places[-1][1]


PLURALS = (
    "criteria,requirements,goals,targets,benefits,challenges,obstacles,services,priorities,"
    "principles,categories,measures,conditions,documents,tasks,dimensions,aspects,exceptions,"
    "risks,activities,areas,partners,recommendations,indicators,duties,components,advantages,"
    "reasons,technologies,qualities,elements,rules,products,steps,key findings,main themes"
).split(",")
LIST_FORMS = (
    "what are the {x}?",
    "which {x} are there?",
    "list the {x}",
    "name the {x}",
    "{x}",
    "what are the {x} mentioned?",
    "which {x} are named?",
    "give me the {x}",
    "list all {x}",
    "which are the {x}?",
    "what {x} does the {d} name?",
    "what {x} are listed?",
    "enumerate the {x}",
    "what are all the {x}?",
    "which {x} does the {d} set out?",
    "the {x}, please",
)
ADJECTIVES = (
    ("inclusion", "exclusion"),
    ("eligibility", "rejection"),
    ("short-term", "long-term"),
    ("internal", "external"),
    ("general", "specific"),
    ("technical", "legal"),
    ("main", "minor"),
    ("mandatory", "optional"),
    ("national", "regional"),
    ("primary", "secondary"),
    ("selection", "award"),
    ("opening", "closing"),
    ("financial", "social"),
)


def lists(world: World, rng: random.Random) -> list[Pair]:
    """Two lists of one sort, told apart by a word: only the right one answers."""
    plural = rng.choice(PLURALS)
    one, other = rng.sample(rng.choice(ADJECTIVES), 2)
    page = Page(headings(world, plural.capitalize()))
    aside(world, page, 0.3)
    both = rng.random() < 0.5
    mark = rng.choice(("-", "-", "-", "1.", "*"))
    places = {}
    lead = rng.choice(
        (
            "{} {}:",
            "### {} {}\n",
            "**{} {}**\n",
            "The {} {} are:",
            "The following {} {} apply:",
            "There are several {} {}:",
        )
    )
    for word in [one, other] if both else [one]:
        page.paragraph(lead.format(word.capitalize() if lead[0] == "{" else word, plural))
        places[word] = _whole(page.items(world.items(), mark))
    document = rng.choice(("document", "report", "plan", "text"))

    def question(word: str) -> str:
        return rng.choice(LIST_FORMS).format(x=f"{word} {plural}", d=document)

    pairs = [page.ask(question(one), places[one], "list", rng)]
    pairs.append(page.ask(question(other), places.get(other), "list", rng))
    if rng.random() < 0.3:
        strange = rng.choice([p for p in PLURALS if p not in page.text.lower()])
        pairs.append(page.ask(question(one).replace(plural, strange), None, "list", rng))
    return pairs


COVER_FORMS = (
    "what does {x} cover?",
    "what does {x} include?",
    "what falls under {x}?",
    "what belongs to {x}?",
    "what is included in {x}?",
    "what is in the {x} category?",
    "which areas does {x} cover?",
    "scope of {x}",
    "what is the scope of {x}?",
    "what does the {x} category cover?",
    "which items belong to {x}?",
    "{x}: what is included?",
    "what kinds of things count as {x}?",
    "what is covered by {x}",
    "what does {x} comprise?",
    "what areas are in {x}?",
    "what are the parts of {x}?",
)


def scopes(world: World, rng: random.Random) -> list[Pair]:
    """A list under a heading that only names it, with a sibling that is elsewhere or below."""
    names = list(dict.fromkeys(world.field() for _ in range(20)))[:3]
    parent = rng.choice(
        (
            "Categories",
            "Scope",
            "Remit",
            "Work packages",
            "Themes",
            "Fields of action",
            "Divisions",
            "Chapters",
        )
    )
    below = rng.random() < 0.35
    page = Page(
        headings(world, parent) if below else headings(world, parent, names[0].capitalize())
    )
    if not below and not page.text:
        page.add(names[0].capitalize() + "\n")
    aside(world, page, 0.2)
    places = {}
    for name in names[: 2 if below else 1]:
        if below:
            page.paragraph(rng.choice(("### {}", "**{}**", "{}:")).format(name.capitalize()))
        elif rng.random() < 0.4:
            page.paragraph(
                rng.choice(
                    (
                        "It covers:",
                        "This includes:",
                        "It comprises the following:",
                        "Areas covered:",
                    )
                )
            )
        places[name] = _whole(page.items(world.items(), rng.choice(("-", "-", "1."))))
    asked = rng.choice(names[: len(places)])
    pairs = [
        page.ask(
            rng.choice(COVER_FORMS).format(x=rng.choice((asked, asked.capitalize()))),
            places[asked],
            "scope",
            rng,
        )
    ]
    if names[2] not in page.text.lower():
        pairs.append(page.ask(rng.choice(COVER_FORMS).format(x=names[2]), None, "scope", rng))
    return pairs


def years(world: World, rng: random.Random) -> list[Pair]:
    """Aims by year: the year decides which list or number answers."""
    first = rng.randint(2024, 2033)
    spans = [first, first + rng.choice((2, 3, 5, 10))]
    absent = next(y for y in iter(lambda: rng.randint(2024, 2050), 0) if y not in spans)
    both = rng.random() < 0.5
    plan = rng.choice(("plan", "strategy", "programme", "roadmap", "document"))
    label = rng.choice(("By {}", "Targets for {}", "Goals by {}", "{}", "Phase to {}"))
    page = Page(headings(world, "Goals" if both else label.format(spans[0])))
    if not both and str(spans[0]) not in page.text:
        page.add(f"By {spans[0]}\n")
    places: dict[int, Place] = {}
    for year in spans[: 2 if both else 1]:
        if both:
            page.paragraph(rng.choice(("### {}", "**{}**", "{}:")).format(label.format(year)))
        if rng.random() < 0.7:
            if rng.random() < 0.4:
                page.paragraph(f"The {plan} sets these targets:")
            items = [target(world, rng)[0] for _ in range(rng.randint(2, 6))]
            places[year] = _whole(page.items(items, rng.choice(("-", "1."))))
        else:
            places[year] = page.paragraph(
                " ".join(target(world, rng)[0] for _ in range(rng.randint(1, 3)))
            )
    forms = (
        "what does the {p} aim for by {y}?",
        "what are the targets for {y}?",
        "goals for {y}",
        "what should be reached by {y}?",
        "what is planned for {y}?",
        "{y} targets",
        "what will be achieved by {y}?",
        "what are the goals of the {p} for {y}?",
        "list the {y} goals",
        "what does the {p} want to achieve by {y}",
    )
    year = rng.choice(list(places))
    pairs = [
        page.ask(rng.choice(forms).format(p=plan, y=year), places[year], "year", rng),
        page.ask(rng.choice(forms).format(p=plan, y=absent), None, "year", rng),
    ]
    if not both:
        pairs.append(page.ask(rng.choice(forms).format(p=plan, y=spans[1]), None, "year", rng))
    return pairs


def steps(world: World, rng: random.Random) -> list[Pair]:
    """Numbered items asked for by their number."""
    noun = rng.choice(
        (
            "step",
            "step",
            "action",
            "measure",
            "phase",
            "rule",
            "principle",
            "point",
            "stage",
            "task",
            "item",
            "obstacle",
            "challenge",
            "criterion",
        )
    )
    task = world.action()
    page = Page(
        headings(world, f"How to {task}" if rng.random() < 0.5 else f"{noun.capitalize()}s")
    )
    if rng.random() < 0.5:
        page.paragraph(f"To {task}, the following {noun}s are needed:")
    makes = rng.choice((world.action, world.action, world.things, world.quality))
    items = [i[:1].upper() + i[1:] for i in dict.fromkeys(makes() for _ in range(30))]
    items = items[: rng.randint(3, 10)]
    if rng.random() < 0.35:
        items = [f"{i}. {world.person()} is in charge." for i in items]
    places = page.items(items, "1.")
    forms = (
        "what is the {o} {n}?",
        "what is {n} {i}?",
        "what is {n} number {i}?",
        "{n} no. {i}",
        "which {n} comes {o}?",
        "what comes {o}?",
        "{o} {n}",
        "describe the {o} {n}",
        "what does the {o} {n} say?",
        "what is {n} no. {i} about?",
        "tell me the {o} {n}",
    )
    at = rng.randrange(len(items))
    ordinal = ORDINALS[at] if at < len(items) - 1 or rng.random() < 0.5 else "last"
    if rng.random() < 0.25 and at < 9:
        ordinal = f"{at + 1}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(at + 1, 'th') }"
    asked = rng.choice(forms).format(o=ordinal, n=noun, i=at + 1)
    pairs = [page.ask(asked, places[at], "step", rng)]
    if len(items) < 9:
        beyond = rng.randrange(len(items), 10)
        asked = rng.choice(forms).format(o=ORDINALS[beyond], n=noun, i=beyond + 1)
        pairs.append(page.ask(asked, None, "step", rng))
    if rng.random() < 0.4:
        pairs.append(
            page.ask(
                rng.choice(
                    (
                        f"what are the {noun}s to {task}?",
                        f"list the {noun}s",
                        f"how do you {task}?",
                        f"which {noun}s are needed?",
                        f"what {noun}s are there?",
                    )
                ),
                _whole(places),
                "list",
                rng,
            )
        )
    return pairs
