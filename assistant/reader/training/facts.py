"""Invented facts: dated events, numbers, records of several columns, profiles in prose."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from assistant.reader.training.data import Pair
from assistant.reader.training.page import Page, Place, aside, headings
from assistant.reader.training.words import World

__all__ = ["milestones", "numbers", "profiles", "records", "target"]

EVENTS = (
    "{} directory launched",
    "{} report published",
    "Start of the {} programme",
    "{} call opens",
    "{} office opened",
    "{} law adopted",
    "First {} conference",
    "{} pilot completed",
    "Registration for {} begins",
    "Winners of the {} prize announced",
    "{} portal goes live",
    "Public consultation on {}",
    "{} guidelines released",
    "{} committee founded",
)


def milestones(world: World, rng: random.Random) -> list[Pair]:
    """Events with dates, as a table or a list."""
    count = rng.randint(3, 7)
    subjects = list(dict.fromkeys(world.field() for _ in range(30)))[: count + 1]
    forms = rng.choices(EVENTS, k=count + 1)
    events = [f.format(s).capitalize() for f, s in zip(forms, subjects, strict=True)]
    dates = list(dict.fromkeys(world.date() for _ in range(40)))[:count]
    page = Page(headings(world, rng.choice(("Milestones", "Timeline", "Key dates", "Schedule"))))
    aside(world, page, 0.25)
    rows = list(zip(events[:count], dates, strict=True))
    places: list[tuple[Place, Place]] = []
    if rng.random() < 0.6:
        swap = rng.random() < 0.4
        header = [rng.choice(("Milestone", "Event", "Step")), rng.choice(("Date", "When", "Time"))]
        cells = page.table(header[::-1] if swap else header, [r[::-1] if swap else r for r in rows])
        places = [(c[1], c[0]) if swap else (c[0], c[1]) for c in cells]
    else:
        mark = rng.choice(("**{}**: ", "{}: ", "{} – "))
        for event, date in rows:
            before, after = mark.split("{}")
            page.add("- " + before)
            day = page.add(date)
            page.add(after)
            places.append((page.add(event), day))
            page.add("\n")

    def when(event: str) -> str:
        low = event[:1].lower() + event[1:]
        words = re.match(
            r"(.*) (launched|published|opens|opened|adopted|completed|begins|announced"
            r"|released|founded|goes live)$",
            event,
        )
        asked = [f"when: {low}?", f"date of {low}", f"what is the date of '{event}'?"]
        if words:
            was = {"opens": "open", "begins": "begin", "goes live": "go live"}
            subject, verb = words.group(1).lower(), words.group(2)
            if verb in was:
                asked = [f"when does {subject} {was[verb]}?", f"when did {subject} {was[verb]}?"]
            else:
                asked = [
                    f"when was the {subject} {verb}?",
                    f"in which year was {subject} {verb}?",
                    f"on what date was the {subject} {verb}?",
                    f"{subject} {verb} date",
                ]
        else:
            asked += [f"when is the {low}?", f"when was the {low}?", f"when did {low} take place?"]
        return rng.choice(asked)

    at = rng.randrange(count)
    pairs = [
        page.ask(when(events[at]), places[at][1], "date", rng),
        page.ask(when(events[count]), None, "date", rng),
    ]
    forms_of_date = (
        "what happened in {}?",
        "what was done in {}?",
        "what took place on {}?",
        "which milestone is dated {}?",
        "what is planned for {}?",
    )
    if rng.random() < 0.5:
        pairs.append(
            page.ask(rng.choice(forms_of_date).format(dates[at]), places[at][0], "event", rng)
        )
    else:
        other = world.date()
        if other[:4] not in page.text and other[-4:] not in page.text:
            pairs.append(page.ask(rng.choice(forms_of_date).format(other), None, "event", rng))
    return pairs


MEASURES = (
    "recycling rate,energy use,crop yield,number of visitors,export volume,response time,"
    "cost of delivery,share of renewable power,average waiting time,rate of repair,"
    "production capacity,number of patents,employment rate,loss of water,coverage of the network,"
    "share of electric vehicles,accident rate,share of online applications,literacy rate,"
    "number of research centres,approval time,density of sensors,failure rate"
).split(",")


def target(world: World, rng: random.Random) -> tuple[str, str, str]:
    """A sentence with a number, what it measures, and the number."""
    measure, n = rng.choice(MEASURES), rng.randint(2, 98)
    value = rng.choice((f"{n}%", f"{n} %", f"{n} percent", f"{n}.{rng.randint(1, 9)}%"))
    place = world.field()
    sentence = rng.choice(
        (
            "The {m} in {f} will exceed {v}.",
            "The {m} in {f} will rise by {v}.",
            "In {f}, the {m} is to reach {v}.",
            "The {m} of {f} will fall by {v} compared with 2020.",
            "More than {v} is expected for the {m} in {f}.",
            "The {m} in {f} will be raised to {v}.",
        )
    )
    return sentence.format(m=measure, f=place, v=value), f"{measure} in {place}", value


def numbers(world: World, rng: random.Random) -> list[Pair]:
    """Several sentences with numbers: the one about the right thing answers."""
    made = [target(world, rng) for _ in range(rng.randint(3, 6))]
    page = Page(headings(world, rng.choice(("Targets", "Outlook", "Results", "Goals"))))
    bullets = rng.random() < 0.5
    places = []
    for sentence, _, value in made:
        page.add("- " if bullets else "")
        start, _ = page.add(sentence)
        page.add("\n" if bullets else " ")
        places.append((start + sentence.index(value), start + sentence.index(value) + len(value)))
    forms = (
        "what is the target for the {m}?",
        "what will the {m} be?",
        "how high is the {m}?",
        "by how much will the {m} change?",
        "{m} target",
        "what figure is given for the {m}?",
        "how much is expected for the {m}?",
    )
    at = rng.randrange(len(made))
    pairs = [page.ask(rng.choice(forms).format(m=made[at][1]), places[at], "number", rng)]
    _, wrong, _ = target(world, rng)
    measure, field = wrong.split(" in ")[0], made[at][1].split(" in ", 1)[1]
    near = rng.choice((wrong, f"{measure} in {field}"))
    if near not in [m for _, m, _ in made]:
        pairs.append(page.ask(rng.choice(forms).format(m=near), None, "number", rng))
    return pairs


def records(world: World, rng: random.Random) -> list[Pair]:
    """A table of several columns: the row and the column have to fit."""
    make = rng.choice((world.company, world.place, world.person, world.code))
    names = list(dict.fromkeys(make() for _ in range(20)))[: rng.randint(3, 8)]
    fields: dict[str, Callable[[], str]] = {
        "Country": world.place,
        "Founded": lambda: str(rng.randint(1890, 2023)),
        "Employees": lambda: f"{rng.randint(1, 90)},{rng.randint(100, 999)}",
        "Director": world.person,
        "Currency": lambda: rng.choice(world.currencies),
        "Sector": world.field,
        "Budget": lambda: f"{rng.randint(2, 900)} million euros",
        "Deadline": world.date,
        "Partner": world.company,
        "Owner": world.organisation,
        "Area": lambda: f"{rng.randint(12, 990)} km²",
        "Length": lambda: f"{rng.randint(2, 99)} m",
        "Price": lambda: f"${rng.randint(2, 999)}",
        "Status": lambda: rng.choice(
            ("in force", "draft", "withdrawn", "under review", "completed")
        ),
        "Capacity": lambda: f"{rng.randint(10, 900)} MW",
        "Supervisor": world.person,
        "Phone": lambda: f"{rng.randint(100, 999)} {rng.randint(1000, 9999)}",
    }
    chosen = rng.sample(list(fields), 5)
    columns, missing = chosen[: rng.randint(2, 4)], chosen[4]
    page = Page(
        headings(world, rng.choice(("Overview", "Table", "Register", "Data sheet", "Facts")))
    )
    aside(world, page)
    rows = [[name, *(fields[c]() for c in columns)] for name in names]
    cells = page.table([rng.choice(("Name", "Item", "Entry")), *columns], rows)
    forms = (
        "what is the {c} of {x}?",
        "{c} of {x}",
        "which {c} does {x} have?",
        "{x} {c}",
        "what {c} is given for {x}?",
        "what's {x}'s {c}?",
        "tell me the {c} of {x}",
    )
    special = {
        "Founded": ("when was {x} founded?", "in what year was {x} founded?", "{x} founded when"),
        "Employees": ("how many employees does {x} have?", "how many people work for {x}?"),
        "Director": ("who is the director of {x}?", "who directs {x}?", "who runs {x}?"),
        "Supervisor": ("who supervises {x}?", "who is the supervisor of {x}?"),
        "Budget": ("how big is the budget of {x}?", "what is {x}'s budget?"),
        "Price": ("how much does {x} cost?", "what is the price of {x}?"),
        "Country": ("which country is {x} in?", "where is {x} from?", "what country is {x} from?"),
        "Deadline": ("when is the deadline for {x}?", "by when must {x} be done?"),
        "Length": ("how long is {x}?", "what is the length of {x}?"),
        "Owner": ("who owns {x}?", "who is the owner of {x}?"),
        "Sector": ("which sector is {x} in?", "what does {x} work on?"),
        "Phone": ("what is the phone number of {x}?", "phone {x}"),
        "Capacity": ("what capacity does {x} have?", "how large is the capacity of {x}?"),
    }

    def question(column: str, name: str) -> str:
        form = rng.choice(special.get(column, forms) if rng.random() < 0.7 else forms)
        return form.format(c=column.lower(), x=name)

    at, column = rng.randrange(len(names)), rng.randrange(len(columns))
    pairs = [page.ask(question(columns[column], names[at]), cells[at][column + 1], "cell", rng)]
    if rng.random() < 0.5:
        pairs.append(page.ask(question(missing, names[at]), None, "cell", rng))
    else:
        stranger = next(n for n in iter(make, "") if n not in page.text)
        pairs.append(page.ask(question(columns[column], stranger), None, "cell", rng))
    return pairs


def profiles(world: World, rng: random.Random) -> list[Pair]:
    """A company or body in running text: facts that are there, and facts that are not."""
    name = rng.choice((world.company, world.organisation))()
    facts = {
        "founded": (
            str(rng.randint(1900, 2022)),
            "{n} was founded in {v}.",
            ("when was {n} founded?", "in which year was {n} established?", "{n} founding year"),
        ),
        "founder": (
            world.person(),
            "{n} was set up by {v}.",
            ("who founded {n}?", "who set up {n}?", "founder of {n}", "who established {n}?"),
        ),
        "place": (
            world.place(),
            "It has its headquarters in {v}.",
            ("where is {n} headquartered?", "where is {n} based?", "headquarters of {n}"),
        ),
        "head": (
            world.person(),
            "Its chief executive is {v}.",
            (
                "who is the chief executive of {n}?",
                "who leads {n}?",
                "CEO of {n}",
                "who heads {n}?",
            ),
        ),
        "staff": (
            f"{rng.randint(3, 90)},{rng.randint(100, 999)}",
            "It employs {v} people.",
            ("how many people does {n} employ?", "how many employees does {n} have?"),
        ),
        "revenue": (
            f"{rng.randint(2, 90)} million dollars",
            "Revenue reached {v} last year.",
            ("what is the revenue of {n}?", "how much revenue did {n} make?", "{n} annual revenue"),
        ),
        "partner": (
            world.company(),
            "It works with {v} on {f}.",
            ("who does {n} work with?", "which company is a partner of {n}?", "partners of {n}"),
        ),
        "stake": (
            f"{rng.randint(5, 60)}%",
            "{c} holds {v} of the shares.",
            ("what share of {n} does {c} hold?", "how much of {n} is held by {c}?"),
        ),
        "product": (
            world.code(),
            "Its best-known product is the {v}.",
            ("what is the best-known product of {n}?", "what does {n} make?"),
        ),
        "deal": (
            world.company(),
            "In {y}, it bought {v}.",
            ("which company did {n} buy in {y}?", "what did {n} acquire in {y}?"),
        ),
        "said": (
            world.person(),
            "“We want to {a},” said {v}, a spokesperson.",
            ("who said that they want to {a}?", "which spokesperson of {n} is quoted?"),
        ),
        "price": (
            f"${rng.randint(3, 900)}",
            "A membership costs {v} a year.",
            ("how much is a membership of {n}?", "what does a membership cost?"),
        ),
    }
    fill = {
        "n": name,
        "c": world.company(),
        "f": world.field(),
        "y": str(rng.randint(1990, 2024)),
        "a": world.action(),
    }
    keys = rng.sample(list(facts), 7)
    present, absent = keys[:5], keys[5:]
    page = Page(headings(world, name) if rng.random() < 0.5 else headings(world, "Background"))
    if name not in page.text and "{n}" not in facts[present[0]][1]:
        page.add(f"{name} is active in {fill['f']}. ")
    places = {}
    for key in present:
        value, sentence, _ = facts[key]
        before, after = sentence.split("{v}")
        page.add(before.format(**fill))
        places[key] = page.add(value)
        page.add(after.format(**fill) + " ")
    asked = rng.choice(present)
    pairs = [page.ask(rng.choice(facts[asked][2]).format(**fill), places[asked], "profile", rng)]
    for key in absent[: rng.choice((1, 1, 2))]:
        question = rng.choice(facts[key][2]).format(**fill)
        pairs.append(page.ask(question, None, "profile", rng))
    if rng.random() < 0.35:  # the right attribute of a stranger
        stranger = {**fill, "n": world.company(), "c": world.company(), "a": world.action()}
        question = rng.choice(facts[asked][2])
        if "{n}" in question:
            pairs.append(page.ask(question.format(**stranger), None, "profile", rng))
    return pairs
