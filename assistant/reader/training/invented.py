"""Questions about invented charts, tables, lists, milestones, glossaries and profiles.

Each page is asked several things, some of which it does not say: that contrast teaches the
reader to look at the row, the list, the year and the name rather than at the topic.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from assistant.reader.training.data import Pair
from assistant.reader.training.page import Page, Place
from assistant.reader.training.words import World

__all__ = ["MAKERS", "invented"]

ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
SHARE_HEADERS = (
    "Share of the {n} {group}",
    "Share of {group}",
    "Percentage of {group}",
    "Share",
    "Percentage",
    "% of {group}",
    "{group} (%)",
)


def invented(world: World, count: int) -> list[Pair]:
    """About `count` pairs, of all makers in turn."""
    pairs: list[Pair] = []
    while len(pairs) < count:
        for make in MAKERS:
            pairs += make(world, world.rng)
    return pairs


def _path(world: World, *ends: str) -> list[str]:
    if world.rng.random() < 0.12:
        return []
    middle = [world.field().capitalize()] if world.rng.random() < 0.3 else []
    return [world.title(), *middle, *ends]


def _prose(world: World, page: Page, chance: float = 0.35) -> None:
    rng = world.rng
    if rng.random() < chance:
        page.paragraph(
            rng.choice(
                (
                    f"This section is based on data collected by the {world.organisation()}.",
                    f"The {world.group()} were selected with the help of {world.company()}.",
                    f"According to {world.person()} of {world.company()}, the field is changing quickly.",
                    f"Efforts to {world.action()} have continued in {world.place()}.",
                    f"More details on {world.field()} are given in the annex.",
                    f"The figures differ from those of {rng.randint(1998, 2024)}, when {world.company()} "
                    f"began to {world.action()}.",
                )
            )
        )


# Charts: a label and a share or a number in each row.


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
    rows = [f"{a + overlap}{dash}{b}{unit}" for a, b in zip(edges, edges[1:], strict=False)]
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
    page = Page(_path(world, rng.choice((heading, f"{heading} of {group}"))))
    _prose(world, page)
    header = rng.choice(SHARE_HEADERS).format(n=total, group=group)
    order = rng.random() < 0.88
    rows = [[a, b] if order else [b, a] for a, b in zip(labels, shares, strict=True)]
    cells = page.table([column, header] if order else [header, column], rows)
    label_at, share_at = (0, 1) if order else (1, 0)
    _prose(world, page, 0.2)

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
    names = list({make() for _ in range(rng.randint(4, 10))})
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
    page = Page(_path(world, heading))
    _prose(world, page)
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
    page = Page(_path(world, rng.choice(("Milestones", "Timeline", "Key dates", "Schedule"))))
    _prose(world, page, 0.25)
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
            when = page.add(date)
            page.add(after)
            places.append((page.add(event), when))
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
    page = Page(_path(world, heading))
    _prose(world, page, 0.1)
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
        full, place = entries[names[at]], places[at][0]
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


# Lists: the whole list answers.


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
    page = Page(_path(world, plural.capitalize()))
    _prose(world, page, 0.3)
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
    page = Page(_path(world, parent) if below else _path(world, parent, names[0].capitalize()))
    if not below and not page.text:
        page.add(names[0].capitalize() + "\n")
    _prose(world, page, 0.2)
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
    page = Page(_path(world, "Goals" if both else label.format(spans[0])))
    if not both and str(spans[0]) not in page.text:
        page.add(f"By {spans[0]}\n")
    places: dict[int, Place] = {}
    for year in spans[: 2 if both else 1]:
        if both:
            page.paragraph(rng.choice(("### {}", "**{}**", "{}:")).format(label.format(year)))
        if rng.random() < 0.7:
            if rng.random() < 0.4:
                page.paragraph(f"The {plan} sets these targets:")
            items = [_target(world, rng)[0] for _ in range(rng.randint(2, 6))]
            places[year] = _whole(page.items(items, rng.choice(("-", "1."))))
        else:
            places[year] = page.paragraph(
                " ".join(_target(world, rng)[0] for _ in range(rng.randint(1, 3)))
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


MEASURES = (
    "recycling rate,energy use,crop yield,number of visitors,export volume,response time,"
    "cost of delivery,share of renewable power,average waiting time,rate of repair,"
    "production capacity,number of patents,employment rate,loss of water,coverage of the network,"
    "share of electric vehicles,accident rate,share of online applications,literacy rate,"
    "number of research centres,approval time,density of sensors,failure rate"
).split(",")


def _target(world: World, rng: random.Random) -> tuple[str, str, str]:
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
    made = [_target(world, rng) for _ in range(rng.randint(3, 6))]
    page = Page(_path(world, rng.choice(("Targets", "Outlook", "Results", "Goals"))))
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
    _, wrong, _ = _target(world, rng)
    measure, field = wrong.split(" in ")[0], made[at][1].split(" in ", 1)[1]
    near = rng.choice((wrong, f"{measure} in {field}"))
    if near not in [m for _, m, _ in made]:
        pairs.append(page.ask(rng.choice(forms).format(m=near), None, "number", rng))
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
    page = Page(_path(world, f"How to {task}" if rng.random() < 0.5 else f"{noun.capitalize()}s"))
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
    page = Page(_path(world, rng.choice(("Overview", "Table", "Register", "Data sheet", "Facts"))))
    _prose(world, page)
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
    page = Page(_path(world, name) if rng.random() < 0.5 else _path(world, "Background"))
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


MAKERS: tuple[Callable[[World, random.Random], list[Pair]], ...] = (
    chart,
    chart,
    chart,
    counts,
    counts,
    milestones,
    milestones,
    glossary,
    glossary,
    glossary,
    lists,
    lists,
    scopes,
    scopes,
    years,
    years,
    numbers,
    steps,
    steps,
    records,
    records,
    profiles,
    profiles,
)
