"""Names and phrases that invented pages are put together from."""

from __future__ import annotations

import json
import random
import re
import string
from dataclasses import dataclass
from pathlib import Path

__all__ = ["World"]

FIRST = (
    "Anna Ben Carla David Elena Farid Grace Hugo Ines Jamal Kenji Leila Marco Nadia Omar Priya "
    "Quentin Rosa Samir Tanya Umar Vera Wei Ximena Yusuf Zofia Amara Boris Chen Dmitri Esther "
    "Fiona Giulia Henrik Isaac Joana Karim Lucia Mateo Nora Olga Pavel Ruth Stefan Thandi Ulrich"
).split()
LAST = (
    "Abara Bergman Castillo Dubois Eriksen Fischer Gupta Haddad Ivanov Jensen Kowalski Lindqvist "
    "Moreau Nakamura Okafor Petrov Quigley Rossi Sato Tanaka Ueda Varga Wagner Xu Yilmaz Zhang "
    "Almeida Brandt Costa Diallo Engel Ferrari Garcia Hughes Iqbal Jansen Khan Larsen Mendes "
    "Novak Ortiz Park Rahman Silva Torres Usman Visser Wilson Young Zimmer Chandra Mbeki Owens"
).split()
_SYLLABLES = (
    "ar bel cor dan el fen gal hor in jan kal lum mar nor ol pra qui ros sil tor ul ven wex xan "
    "yel zor an bri cal dex en flu gra hel is ko lan mi neo or pix ra so te vi zen al bo ti"
).split()
_SUFFIXES = (
    "Group Labs Systems Energy Health Foods Logistics Robotics Bank Media Partners Materials "
    "Networks Motors Airlines Pharma Analytics Software Industries Capital"
).split()
ORGANISATION = (
    "Ministry of {}",
    "National Agency for {}",
    "Institute of {}",
    "Centre for {}",
    "Council for {}",
    "Federation of {}",
    "Association of {}",
    "Office of {}",
    "Board of {}",
)
FIELDS = (
    "water management,public health,renewable energy,urban transport,food safety,fisheries,"
    "forestry,higher education,cultural heritage,digital services,waste recycling,housing,"
    "tourism,animal welfare,air quality,rural development,space research,mental health,"
    "vocational training,shipping,aviation,textiles,robotics,semiconductors,logistics,insurance,"
    "banking,biotechnology,agriculture,construction,mining,retail,telecommunications,chemistry,"
    "libraries,museums,sports,nutrition,disaster relief,cyber security,data protection,"
    "artificial intelligence,rail freight,wind power,solar power,hydrogen,nursing,dentistry,"
    "coastal protection,land use,publishing,broadcasting,broadband access,energy storage,"
    "road safety,fire safety,product safety,consumer protection,labour rights,elder care"
).split(",")
GROUPS = (
    "companies,firms,enterprises,start-ups,respondents,participants,employees,households,schools,"
    "hospitals,members,students,farms,cities,municipalities,customers,organisations,projects,"
    "teachers,suppliers,universities,libraries,vessels,patients,applicants,shops"
).split(",")
DOCUMENTS = (
    "Annual Report,Strategy,Action Plan,Survey,Handbook,White Paper,Guidelines,Review,Roadmap,"
    "Programme,Study,Outlook,Charter,Policy,Work Programme,Assessment,Briefing,Index,Award"
).split(",")
VERBS = (
    "improve,expand,review,publish,monitor,support,test,develop,coordinate,protect,digitalise,"
    "simplify,standardise,promote,fund,inspect,train,record,report,assess,reduce,share,renew"
).split(",")
THINGS = (
    "the registration process,staff training,local suppliers,public reporting,quality standards,"
    "open data portals,pilot sites,emergency plans,maintenance schedules,customer feedback,"
    "energy use,water consumption,research grants,cross-border cooperation,testing facilities,"
    "supply chains,safety audits,online applications,regional offices,apprenticeships,"
    "equipment rental,price lists,complaint handling,storage capacity,waste collection,"
    "night services,spare parts,laboratory work,travel costs,recruitment,internal controls,"
    "patent filings,environmental impact,visitor numbers,software licences,delivery times,"
    "packaging,insurance cover,fleet renewal,road maintenance,user privacy,translation services,"
    "sensor networks,charging points,software platforms,payment systems,cloud hosting,"
    "map services,loan guarantees,tax relief,school meals,cold storage,seed banks,drone surveys"
).split(",")
QUALITIES = (
    "at least {n} years of experience,a valid operating licence,a registered office in {place},"
    "annual revenue below {n} million euros,a proven track record,independent management,"
    "no outstanding debts,a certified quality system,more than {n} employees,original research,"
    "a published privacy policy,a written safety plan,experience in {field},"
    "owned by a public body,registered after {place} closed its list,pending court cases,"
    "debts above {n} million euros,no insurance cover,accounts not audited,"
    "membership of a local association,a balanced budget,ease of use,low running costs,"
    "letters from two referees,a site of more than {n} hectares,measurable social benefit,"
    "incomplete application forms,missing proof of identity,late submission,duplicate entries"
).split(",")


@dataclass
class World:
    """Invented names of every kind, and real ones of places and abbreviations.

    `abbreviations` are pairs of a short and a full form.
    """

    rng: random.Random
    places: list[str]
    currencies: list[str]
    abbreviations: list[tuple[str, str]]

    @classmethod
    def load(cls, share: Path, rng: random.Random) -> World:
        """From unpacked packages iso-codes and dict-vera; `share` is their usr/share."""
        import gzip

        codes = share / "iso-codes" / "json"
        places = [p["name"] for p in json.loads((codes / "iso_3166-1.json").read_text())["3166-1"]]
        places += [p["name"] for p in json.loads((codes / "iso_3166-2.json").read_text())["3166-2"]]
        money = [m["name"] for m in json.loads((codes / "iso_4217.json").read_text())["4217"]]
        with gzip.open(share / "dictd" / "vera.dict.dz", "rt", encoding="utf-8") as text:
            entries = re.findall(r"^([A-Z][\w/-]{1,7})\n {7}(\S[^\n]*)", text.read(), re.M)
        full = [(a, re.sub(r"\s*[(\[\",].*", "", f)) for a, f in entries]
        return cls(
            rng,
            [p.split(",")[0].split(" (")[0] for p in places if len(p) < 28],
            money,
            [(a, f) for a, f in full if 8 < len(f) < 70 and " " in f],
        )

    def person(self) -> str:
        return f"{self.rng.choice(FIRST)} {self.rng.choice(LAST)}"

    def company(self) -> str:
        name = "".join(self.rng.choices(_SYLLABLES, k=self.rng.choice((2, 2, 3)))).capitalize()
        return f"{name} {self.rng.choice(_SUFFIXES)}" if self.rng.random() < 0.5 else name

    def organisation(self) -> str:
        name = self.rng.choice(FIELDS).title().replace(" Of ", " of ")
        return self.rng.choice(ORGANISATION).format(name)

    def place(self) -> str:
        return self.rng.choice(self.places)

    def field(self) -> str:
        return self.rng.choice(FIELDS)

    def group(self) -> str:
        return self.rng.choice(GROUPS)

    def title(self) -> str:
        """Of a document, as "Harbour Safety Strategy 2024"."""
        rng = self.rng
        subject = rng.choice((self.field().title(), self.place(), self.company()))
        words = [subject, rng.choice(DOCUMENTS)]
        if rng.random() < 0.4:
            words.append(str(rng.randint(2005, 2035)))
        return " ".join(words)

    def action(self) -> str:
        """A list item that begins with a verb."""
        return f"{self.rng.choice(VERBS)} {self.rng.choice(THINGS)}"

    def quality(self) -> str:
        """A list item that names a condition."""
        return self.rng.choice(QUALITIES).format(
            n=self.rng.choice((2, 3, 5, 6, 9, 10, 12, 18, 20, 50, 200)),
            place=self.place(),
            field=self.field(),
        )

    def things(self) -> str:
        """A list item that is a noun phrase."""
        return self.rng.choice(
            (
                self.field(),
                self.rng.choice(THINGS),
                f"{self.field()} services",
                f"{self.field()} technology",
                f"{self.rng.choice(THINGS)} and {self.field()}",
            )
        ).removeprefix("the ")

    def items(self, low: int = 3, high: int = 8) -> list[str]:
        """Distinct list items of one sort, written alike."""
        make = self.rng.choice((self.action, self.quality, self.things, self.things))
        found = list(dict.fromkeys(make() for _ in range(40)))[: self.rng.randint(low, high)]
        end = self.rng.choice(("", "", ".", ";"))
        upper = self.rng.random() < 0.6
        return [(i[:1].upper() + i[1:] if upper else i) + end for i in found]

    def abbreviation(self) -> tuple[str, str]:
        """A real one, or one made of the initials of an invented name."""
        if self.abbreviations and self.rng.random() < 0.5:
            return self.rng.choice(self.abbreviations)
        words = self.rng.sample(
            [w for f in FIELDS for w in f.split()]
            + [
                "system",
                "network",
                "platform",
                "vehicle",
                "unit",
                "standard",
                "index",
                "protocol",
                "service",
                "agency",
                "management",
                "assistance",
                "control",
                "interface",
                "national",
                "integrated",
                "advanced",
                "global",
            ],
            self.rng.randint(2, 4),
        )
        full = " ".join(w.capitalize() for w in words)
        return "".join(w[0] for w in words).upper(), full

    def shares(self, count: int) -> list[str]:
        """Percentages that add up to 100, or nearly."""
        cuts = sorted(self.rng.sample(range(1, 100), count - 1))
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
        gap = self.rng.choice(("", " "))
        return [f"{p}{gap}%" for p in parts]

    def date(self) -> str:
        rng = self.rng
        year, month, day = rng.randint(1995, 2032), rng.randint(1, 12), rng.randint(1, 28)
        months = (
            "January February March April May June July August September October November December"
        ).split()
        return rng.choice(
            (
                f"{year}",
                f"{year}.{month:02}",
                f"{year}-{month:02}-{day:02}",
                f"{months[month - 1]} {year}",
                f"{day} {months[month - 1]} {year}",
                f"{months[month - 1]} {day}, {year}",
                f"{year}.{month:02}.{day:02}",
            )
        )

    def code(self) -> str:
        """An identifier such as "KX-204"."""
        letters = "".join(self.rng.choices(string.ascii_uppercase, k=2))
        return f"{letters}-{self.rng.randint(10, 999)}"
