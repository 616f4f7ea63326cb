"""What a page is made of: words and ruled lines as drawn, then lines and tables of words."""

import re
from dataclasses import dataclass

from assistant.formats.writing import raised

__all__ = ["Line", "Page", "Rule", "Table", "Word"]

_RAISED = re.compile(r"[\d,*†‡+-]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as drawn: from x0 to x1 on the baseline y, in points; y grows upwards.

    `ends`: what is drawn after it, a hyphen at its line's end ("-"), a space, or nothing ("").
    `glued`: no space before it.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    mono: bool = False
    angle: int = 0
    ends: str = ""
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line: down at x = `at` or across at y = `at`, from `low` to `high`."""

    down: bool
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Page:
    """A page's words in the order of drawing, its ruled lines, and whether it shows pictures."""

    words: list[Word]
    rules: list[Rule]
    pictures: bool


@dataclass(slots=True)
class Line:
    """Words that stand side by side; lines of one `run` stand one under the other.

    `row`: it was several cells, of something like a table.
    """

    words: list[Word]
    x0: float
    x1: float
    y: float
    size: float
    run: int = 0
    row: bool = False
    _said: tuple[int, str] = (0, "")  # the text, and of how many words it is

    @property
    def bold(self) -> bool:
        """Nearly all of its letters are bold."""
        heavy = sum(len(word.text) for word in self.words if word.bold)
        return heavy > 0.9 * sum(len(word.text) for word in self.words)

    @property
    def mono(self) -> bool:
        """Every letter is as wide as every other, as in a program's text."""
        return all(word.mono for word in self.words)

    @property
    def hyphen(self) -> bool:
        """Its last word was parted at its end."""
        return self.words[-1].ends == "-"

    @property
    def text(self) -> str:
        """Its words with the spaces between them, numbers that are raised marked as such."""
        if self._said[0] == len(self.words):
            return self._said[1]
        said = ""
        for number, word in enumerate(self.words):
            lifted = word.size < 0.85 * self.size and word.y > self.y + 0.15 * self.size
            if word.text[0] == "⁄":  # of a fraction
                said += word.text
            elif lifted and said and _RAISED.fullmatch(word.text) and not self._divided(number):
                said += raised(said, word.text)
            else:
                said += word.text if word.glued or not said else f" {word.text}"
        self._said = len(self.words), said
        return said

    def _divided(self, number: int) -> bool:
        """Whether a word is what stands above the line of a fraction."""
        return number + 1 < len(self.words) and self.words[number + 1].text[0] == "⁄"


@dataclass(slots=True)
class Table:
    """Cells in rows, each of lines; `top` and `bottom` are where it begins and ends."""

    rows: list[list[list[Line]]]
    x0: float
    x1: float
    top: float
    bottom: float
