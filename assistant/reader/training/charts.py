"""Invented charts as tables: a label and a share, or a number, in each row."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.reader.training.data import Pair
from assistant.reader.training.page import Page, aside, headings
from assistant.reader.training.words import World

__all__ = ["chart", "counts"]

SHARE_HEADERS = (
    "Share of the {n} {group}",
    "Share of {group}",
    "Percentage of {group}",
    "Share",
    "Percentage",
    "% of {group}",
    "{group} (%)",
)


def _ranges(rng: random.Random, unit: str) -> list[str]:
    edges = sorted(
        rng.sample(
            (
                1,
                2,
                3,
                5,
                7,
                10,
                15,
                20,
                25,
                30,
                40,
                50,
                60,
                80,
                100,
                150,
                200,
                300,
                500,
                1000,
                2000,
            ),
            rng.randint(4, 7),
        )
    )
    dash = rng.choice(("-", "–", " - ", " to "))
    overlap = rng.choice((0, 1))
    rows = [f"{a + overlap}{dash}{b}{unit}" for a, b in pairwise(edges)]
    first = rng.choice(("Less than {}", "Under {}", "Below {}", "< {}", "Up to {}"))
    last = rng.choice(("More than {}", "Over {}", "Above {}", "> {}", "{} and above", "{}+"))
    if rng.random() < 0.6:
        rows.insert(0, first.format(edges[0]) + unit)
    if rng.random() < 0.7:
        rows.append(last.format(edges[-1]) + unit)
    return rows


STAGES = (
    "Seed round,Angel round,Pre-A,Series A,Series A+,Series B,Series C,Series D,Series E,"
    "Pre-IPO,Listed,Strategic investment,Not disclosed,Bootstrapped"
).split(",")
OPINIONS = (
    "Very satisfied,Fairly satisfied,Neutral,Fairly dissatisfied,Very dissatisfied,No opinion"
).split(",")
EDUCATION = (
    "No formal education,Primary school,Secondary school,Vocational certificate,"
    "Bachelor's degree,Master's degree,Doctorate"
).split(",")
TRANSPORT = "Car,Bicycle,Bus,Tram,Train,On foot,Ferry,Motorcycle,Taxi".split(",")
ENERGY = "Coal,Natural gas,Oil,Nuclear,Hydropower,Wind,Solar,Biomass,Geothermal".split(",")

# heading, label column, unit of ranges or the labels, how a question names a row
Chart = tuple[str, str, str | list[str], tuple[str, ...]]
CHARTS: tuple[Chart, ...] = (
    (
        "Team size",
        "Number of employees",
        "",
        (
            "have {row} employees",
            "employ {row} people",
            "with {row} staff",
            "with {row} employees",
            "have a team of {row}",
            "have a headcount of {row}",
        ),
    ),
    (
        "Years of operation",
        "Age",
        " years",
        (
            "are {row} old",
            "have operated for {row}",
            "have existed for {row}",
            "have been in business for {row}",
            "with {row} of operation",
        ),
    ),
    (
        "Valuation",
        "Valuation (million dollars)",
        "",
        (
            "are valued at {row} million dollars",
            "are worth {row} million dollars",
            "have a valuation of {row} million",
            "with a valuation of {row} million dollars",
        ),
    ),
    (
        "Valuation",
        "Estimated value",
        " billion",
        ("are valued at {row}", "are worth {row}", "have a valuation of {row}"),
    ),
    (
        "Annual revenue",
        "Revenue",
        " million",
        ("have revenues of {row}", "earn {row} a year", "with a turnover of {row}"),
    ),
    (
        "Age of respondents",
        "Age group",
        "",
        ("are aged {row}", "are {row} years old", "in the age group {row}", "aged {row}"),
    ),
    (
        "Travel time",
        "Minutes a day",
        " minutes",
        ("travel {row} a day", "need {row} to get to work", "spend {row} travelling"),
    ),
    (
        "Technical staff",
        "Share of technical staff",
        "%",
        (
            "have {row} technical staff",
            "where {row} of the staff are technical",
            "with a share of technical staff of {row}",
        ),
    ),
    (
        "Research spending",
        "Part of budget spent on research",
        "%",
        ("spend {row} of their budget on research", "with {row} research spending"),
    ),
    (
        "Funding rounds",
        "Funding stage",
        STAGES,
        (
            "are at {row}",
            "have reached {row}",
            "are in the {row} stage",
            "at {row}",
            "raised {row}",
            "are {row}",
        ),
    ),
    ("Satisfaction", "Answer", OPINIONS, ("are {row}", "said they were {row}", "felt {row}")),
    (
        "Education",
        "Highest level",
        EDUCATION,
        ("have {row}", "hold a {row}", "finished with {row}", "with {row}"),
    ),
    (
        "Means of transport",
        "Mode",
        TRANSPORT,
        ("go by {row}", "travel by {row}", "use the {row}", "come by {row}", "prefer {row}"),
    ),
    (
        "Energy sources",
        "Source",
        ENERGY,
        ("rely on {row}", "use {row}", "get their power from {row}", "powered by {row}"),
    ),
)


def _chart_labels(chart: Chart, rng: random.Random) -> list[str]:
    labels = chart[2]
    if isinstance(labels, str):
        return _ranges(rng, labels)
    count = rng.randint(4, min(8, len(labels)))
    return [labels[i] for i in sorted(rng.sample(range(len(labels)), count))]


def _said(label: str, rng: random.Random) -> str:
    """A row's label as a question may say it: another dash, lower case."""
    if rng.random() < 0.5:
        label = re.sub(r"(?<=\d)\s?(?:-|–|to)\s?(?=\d)", rng.choice((" to ", "-", "–")), label)
    label = re.sub(r"^< ", "less than ", re.sub(r"^> ", "more than ", label))
    if rng.random() < 0.3:
        label = re.sub(
            "^(Below|Under|Less than)", rng.choice(("less than", "fewer than", "under")), label
        )
        label = re.sub("^(Above|Over|More than)", rng.choice(("more than", "over", "above")), label)
    return label[:1].lower() + label[1:] if rng.random() < 0.7 else label


def chart(world: World, rng: random.Random) -> list[Pair]:
    """A distribution: "What share of the firms have 51-100 employees?"."""
    made = rng.choice(CHARTS)
    heading, column, _, phrases = made
    labels, group, total = _chart_labels(made, rng), world.group(), rng.randint(20, 900)
    shares = world.shares(len(labels))
    page = Page(headings(world, rng.choice((heading, f"{heading} of {group}"))))
    aside(world, page)
    header = rng.choice(SHARE_HEADERS).format(n=total, group=group)
    order = rng.random() < 0.88
    rows = [[a, b] if order else [b, a] for a, b in zip(labels, shares, strict=True)]
    cells = page.table([column, header] if order else [header, column], rows)
    label_at, share_at = (0, 1) if order else (1, 0)
    aside(world, page, 0.2)

    def question(label: str) -> str:
        form = rng.choice(
            (
                "what share of {g} {p}",
                "what share of the {g} {p}",
                "what percentage of {g} {p}",
                "how many {g} {p}",
                "how many of the {g} {p}",
                "what proportion of the {g} {p}?",
                "what percent of the {n} {g} {p}?",
                "which share of {g} {p}?",
                "share of {g} that {p}",
                "percentage of {g} that {p}",
                "how big is the share of {g} that {p}?",
            )
        )
        phrase = rng.choice(phrases).format(row=_said(label, rng))
        if "that" in form and phrase.startswith(("with", "aged", "in the", "at", "where", "pow")):
            form = form.replace("that ", "")
        return form.format(g=group, n=total, p=phrase)

    at = rng.randrange(len(labels))
    pairs = [page.ask(question(labels[at]), cells[at][share_at], "chart", rng)]
    other = [c for c in CHARTS if c[0] != heading]
    if rng.random() < 0.5:  # a row that is not there
        absent = [la for la in _chart_labels(made, rng) if la not in labels]
        if isinstance(made[2], str) and absent:
            absent = [la for la in absent if not _covered(la, labels)]
        if absent:
            pairs.append(page.ask(question(rng.choice(absent)), None, "chart", rng))
    else:  # another chart's question
        foreign = rng.choice(other)
        phrase = rng.choice(foreign[3]).format(row=_said(_chart_labels(foreign, rng)[0], rng))
        pairs.append(page.ask(f"what share of {group} {phrase}?", None, "chart", rng))
    if rng.random() < 0.4:
        numbers = [int(s.rstrip("% ")) for s in shares]
        top = rng.random() < 0.75
        best = (max if top else min)(numbers)
        if numbers.count(best) == 1:
            word = (
                rng.choice(("most common", "largest", "most frequent", "biggest"))
                if top
                else (rng.choice(("least common", "smallest", "rarest")))
            )
            name = rng.choice((heading.lower(), column.lower(), "group", "category"))
            form = rng.choice(
                (
                    "what is the {w} {n}?",
                    "which {n} is the {w}?",
                    "{w} {n}",
                    "what {n} is {w} among the {g}?",
                )
            )
            place = cells[numbers.index(best)][label_at]
            pairs.append(page.ask(form.format(w=word, n=name, g=group), place, "rank", rng))
    return pairs


def _covered(label: str, labels: Sequence[str]) -> bool:
    """Whether a range says the same as one of the others."""
    numbers = re.findall(r"\d+", label)
    return any(re.findall(r"\d+", other) == numbers for other in labels)


def counts(world: World, rng: random.Random) -> list[Pair]:
    """Numbers by place or name: "How many firms are in Lund?"."""
    group = world.group()
    by_place = rng.random() < 0.65
    make = world.place if by_place else world.company
    names = list(dict.fromkeys(make() for _ in range(rng.randint(4, 10))))
    values = [str(v) for v in rng.sample(range(1, 400), len(names))]
    noun = rng.choice(("City", "Place", "Location", "Region")) if by_place else "Name"
    count = rng.choice((f"Number of {group}", group.capitalize(), f"No. of {group}", "Number"))
    heading = rng.choice(
        (
            "Geographic distribution",
            f"Where the {group} are",
            "Locations",
            f"{group.capitalize()} by {noun.lower()}",
        )
    )
    page = Page(headings(world, heading))
    aside(world, page)
    if rng.random() < 0.75:
        cells = page.table([noun, count], [[n, v] for n, v in zip(names, values, strict=True)])
        places = [(row[0], row[1]) for row in cells]
    else:
        form = rng.choice(("{}: {}", "{} – {}", "{} ({})"))
        places = []
        for name, value in zip(names, values, strict=True):
            page.add("- ")
            first = page.add(name)
            before, after = form[2:].split("{}")
            page.add(before)
            places.append((first, page.add(value)))
            page.add(after + "\n")
        page.add("\n")
    forms = (
        (
            "how many {g} are in {x}?",
            "how many {g} are based in {x}?",
            "number of {g} in {x}",
            "how many {g} does {x} have?",
            "how many {x} {g} are there?",
            "how many {g} come from {x}",
            "what is the number of {g} in {x}?",
            "{x} {g} count",
            "how many of the {g} are from {x}?",
        )
        if by_place
        else (
            "how many {g} does {x} have?",
            "number of {g} of {x}",
            "{x} {g}?",
            "how many {g} belong to {x}?",
        )
    )
    at = rng.randrange(len(names))
    pairs = [page.ask(rng.choice(forms).format(g=group, x=names[at]), places[at][1], "count", rng)]
    absent = next(n for n in iter(make, "") if n not in names and n not in page.text)
    pairs.append(page.ask(rng.choice(forms).format(g=group, x=absent), None, "count", rng))
    numbers = [int(v) for v in values]
    roll = rng.random()
    if roll < 0.45:
        top = rng.random() < 0.7
        best = numbers.index((max if top else min)(numbers))
        word = (
            rng.choice(("most", "largest number of"))
            if top
            else (rng.choice(("fewest", "smallest number of")))
        )
        form = rng.choice(
            (
                "which {n} has the {w} {g}?",
                "{n} with the {w} {g}",
                "where are the {w} {g}?" if by_place else "who has the {w} {g}?",
                "which {n} leads?" if top else "which {n} is last?",
            )
        )
        pairs.append(
            page.ask(form.format(n=noun.lower(), w=word, g=group), places[best][0], "rank", rng)
        )
    elif roll < 0.6:
        asked = rng.choice(
            (
                f"how many {group} will be in {names[at]} by {rng.randint(2026, 2045)}?",
                f"how many {group} were in {names[at]} in {rng.randint(1960, 2018)}?",
                f"who manages the {group} in {names[at]}?",
                f"what is the population of {names[at]}?",
                f"why are there so many {group} in {names[at]}?",
            )
        )
        pairs.append(page.ask(asked, None, "count", rng))
    return pairs
