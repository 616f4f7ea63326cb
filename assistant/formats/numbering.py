"""Word's numbered lists: the label of each paragraph, counted as Word counts."""

import re
from dataclasses import dataclass, field
from typing import Any

from assistant.formats.zipped import attribute, number

__all__ = ["Numbering"]

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(slots=True)
class _Level:
    """How one level of a numbered list is numbered: "%1.%2" in decimals, say."""

    format: str = "bullet"
    text: str = ""
    start: int = 1


@dataclass(slots=True)
class Numbering:
    """The lists of a document, and how far each has counted."""

    _levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _counted: dict[str, dict[int, int]] = field(default_factory=dict)
    _shared: dict[str, str] = field(default_factory=dict)  # a list's definition, which counts

    def define(self, root: Any) -> None:
        """Takes in the lists that a numbering part defines."""
        abstract = {
            attribute(element, "abstractNumId"): _levels(element)
            for element in root.iterfind("{*}abstractNum")
        }
        for element in root.iterfind("{*}num"):
            id = attribute(element, "numId")
            base = attribute(element.find("{*}abstractNumId"), "val")
            self._levels[id] = dict(abstract.get(base, {}))
            self._shared[id] = base
            for override in element.iterfind("{*}lvlOverride"):
                self._shared[id] = f"{base} {id}"  # counts anew
                self._levels[id] |= _levels(override)

    def label(self, numbering: str, level: int) -> str | None:
        """The next label at a level: "2.1", "a)", "" for a bullet, None where there is none."""
        levels = self._levels.get(numbering)
        if levels is None:
            return None
        counted = self._counted.setdefault(self._shared.get(numbering, numbering), {})
        known = levels.get(level, _Level())
        counted[level] = counted.get(level, known.start - 1) + 1
        for deeper in [n for n in counted if n > level]:
            del counted[deeper]
        if known.format in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            other = levels.get(at, _Level("decimal"))
            return _shown(counted.get(at, other.start), other.format)

        return re.sub(r"%([1-9])", shown, known.text).strip()


def _shown(count: int, format: str) -> str:
    if format in ("lowerLetter", "upperLetter") and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if format == "upperLetter" else letter
    if format in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        said = ""
        for value, letters in _ROMAN:
            said += letters * (count // value)
            count %= value
        return said.upper() if format == "upperRoman" else said
    return str(count)


def _levels(element: Any) -> dict[int, _Level]:
    found = {}
    for level in element.iterfind("{*}lvl"):
        at = attribute(level, "ilvl")
        start = number(level.find("{*}start"))
        found[int(at) if at.isdecimal() else 0] = _Level(
            attribute(level.find("{*}numFmt"), "val") or "decimal",
            attribute(level.find("{*}lvlText"), "val"),
            1 if start is None else start,
        )
    return found
