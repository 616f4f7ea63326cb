"""A passage under construction that knows where each of its parts stands."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from assistant.reader.training.data import Pair
from assistant.reader.training.wording import careless
from assistant.reader.training.words import World

__all__ = ["Page", "Place", "aside", "headings"]

Place = tuple[int, int]


class Page:
    """Markdown below a line of headings; what is added returns the characters it takes.

    >>> page = Page(["Report", "Team size"])
    >>> page.items(["one", "two"], "-")
    [(21, 24), (27, 30)]
    """

    def __init__(self, path: Sequence[str] = ()) -> None:
        self.text = " > ".join(path) + "\n" if path else ""

    def add(self, text: str) -> Place:
        start = len(self.text)
        self.text += text
        return start, len(self.text)

    def paragraph(self, text: str) -> Place:
        place = self.add(text)
        self.add("\n\n")
        return place

    def items(self, items: Sequence[str], mark: str) -> list[Place]:
        """A list; `mark` is "1." for numbers or the bullet."""
        places = []
        for number, item in enumerate(items, 1):
            self.add(f"{number}. " if mark == "1." else f"{mark} ")
            places.append(self.add(item))
            self.add("\n")
        self.add("\n")
        return places

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[list[Place]]:
        """The places of the cells, row by row, without the header's."""
        self.add("| " + " | ".join(header) + " |\n|" + " --- |" * len(header) + "\n")
        places = []
        for row in rows:
            self.add("| ")
            cells = []
            for cell in row:
                cells.append(self.add(cell))
                self.add(" | ")
            self.text = self.text[:-1] + "\n"
            places.append(cells)
        self.add("\n")
        return places

    def ask(self, question: str, place: Place | None, kind: str, rng: random.Random) -> Pair:
        """The pair of a question and this page; `place` is None where it does not answer."""
        start, end = place or (-1, -1)
        text = self.text.rstrip()
        question = careless(question[:1].upper() + question[1:], rng)
        return Pair(question, text, start, end, f"made-{kind}" + ("" if place else "-none"))


def headings(world: World, *ends: str) -> list[str]:
    """A path of headings under an invented title; none in one case of eight."""
    if world.rng.random() < 0.12:
        return []
    middle = [world.field().capitalize()] if world.rng.random() < 0.3 else []
    return [world.title(), *middle, *ends]


def aside(world: World, page: Page, chance: float = 0.35) -> None:
    """Puts a sentence that answers nothing into the page, by chance."""
    rng = world.rng
    if rng.random() < chance:
        page.paragraph(
            rng.choice(
                (
                    f"This section is based on data collected by the {world.organisation()}.",
                    f"The {world.group()} were selected with the help of {world.company()}.",
                    f"According to {world.person()} of {world.company()}, much is changing.",
                    f"Efforts to {world.action()} have continued in {world.place()}.",
                    f"More details on {world.field()} are given in the annex.",
                    f"The figures differ from those of {rng.randint(1998, 2024)}, when "
                    f"{world.company()} began to {world.action()}.",
                )
            )
        )
