"""What a few words give as a value, a date or a number with its unit, to see whether two differ."""

import re
from dataclasses import dataclass
from typing import Literal

from assistant.languages import stem
from assistant.normalisation import fold, lowered

__all__ = ["Value", "alike", "date", "differ", "find"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        """january jan januar janvier enero gennaio|february feb februar février febrero febbraio
        |march mar märz mars marzo|april apr avril abril aprile|may mai mayo maggio
        |june jun juni juin junio giugno|july jul juli juillet julio luglio
        |august aug août agosto|september sep sept septembre septiembre settembre
        |october oct oktober octobre octubre ottobre|november nov novembre noviembre
        |december dec dezember décembre diciembre dicembre""".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:1[5-9]|20|21)\d\d"
_DATE = re.compile(
    rf"(?<![\w.,-])(?:"
    rf"(?P<y1>{_YEAR})\s?(?:[-/.]|年|년)\s?(?P<m1>1[0-2]|0?[1-9])(?![\d,])"
    rf"(?:\s?(?:[-/.]|月|월)\s?(?P<d1>3[01]|[12]\d|0?[1-9])(?!\d)[日일]?|月|월)?"
    rf"|(?P<d2>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(?P<m2>{_MONTH})\.?,?\s+"
    rf"(?:de\s+)?(?P<y2>{_YEAR})"
    rf"|(?P<m3>{_MONTH})\.?\s+(?P<d3>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,?\s+(?P<y3>{_YEAR})"
    rf"|(?P<m4>{_MONTH})\.?,?\s+(?P<y4>{_YEAR})"
    rf"|(?P<y5>{_YEAR})(?!-?\d|[.,]\d|\s?[%$€£¥]))[年년]?(?![a-z])",
    re.IGNORECASE,
)
_TIMES = {
    "thousand": 3, "k": 3, "tsd": 3, "tausend": 3, "mille": 3, "千": 3, "천": 3,
    "万": 4, "萬": 4, "만": 4,
    "million": 6, "millions": 6, "mn": 6, "mio": 6, "millionen": 6, "millones": 6, "milioni": 6,
    "亿": 8, "億": 8, "억": 8,
    "billion": 9, "billions": 9, "bn": 9, "b": 9, "mrd": 9, "milliarden": 9, "milliards": 9,
    "milliard": 9, "miliardi": 9,
    "trillion": 12, "trillions": 12, "tn": 12, "兆": 12,
}  # fmt: skip
_MANY = "|".join(sorted(map(re.escape, _TIMES), key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?P<sign>[$€£¥₩]|\b(?:USD|EUR|GBP|CNY|RMB|JPY|KRW|US\$)\s?)?\s?"
    rf"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)*)"
    rf"\s?(?P<times>(?:{_MANY})(?![a-z]))?\.?"
    rf"\s?-?(?P<unit>%|per\s?cent(?:age points?)?\b|[$€£¥₩]|[^\W\d_]+)?",
    re.IGNORECASE,
)
_CURRENCY = {
    "$": "usd", "us$": "usd", "dollars": "usd", "dollar": "usd", "€": "eur", "euro": "eur",
    "euros": "eur", "£": "gbp", "pounds": "gbp", "¥": "yen", "rmb": "cny", "yuan": "cny",
    "元": "cny", "円": "yen", "jpy": "yen", "₩": "krw", "원": "krw", "percent": "%",
    "per cent": "%",
}  # fmt: skip
CLOSE = 0.005  # two roundings of one figure


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it stands, `text[start:end]` of the text that it was found in.

    `numbers` are what the digits may mean ("2.480" is two numbers), for a date its year, month
    and day as far as given; `unit` is "" where there is none.
    """

    kind: Literal["date", "quantity"]
    numbers: tuple[float, ...]
    unit: str
    start: int
    end: int


def find(text: str) -> list[Value]:
    """The values of a text in its plain form, in order.

    >>> [(v.kind, v.numbers, v.unit) for v in find("In May 2003 it cost $1.5 million, or 20%.")]
    [('date', (2003, 5), ''), ('quantity', (1500000.0,), 'usd'), ('quantity', (20.0,), '%')]
    """
    found = [
        Value("date", parts, "", *match.span())
        for match in _DATE.finditer(text)
        if (parts := _parts(match))
    ]
    for match in _QUANTITY.finditer(text):
        if any(v.start < match.end("number") and match.start("number") < v.end for v in found):
            continue
        sign = (match["sign"] or "").strip().lower()
        unit = sign or (match["unit"] or "").lower()
        unit = _CURRENCY.get(" ".join(unit.split()), unit)
        power = 10.0 ** _TIMES[lowered(match["times"])] if match["times"] else 1.0
        numbers = tuple(number * power for number in _readings(match["number"]))
        unit = unit if unit in _CURRENCY.values() else stem(unit)
        found.append(Value("quantity", numbers, unit, *match.span("number")))
    return sorted(found, key=lambda v: v.start)


def date(text: str | None) -> tuple[int, ...] | None:
    """The first date of a text, as far as it is given; None where there is none.

    >>> date("after 2025-12-29"), date("spring of 2021"), date(None)
    ((2025, 12, 29), (2021,), None)
    """
    match = _DATE.search(fold(text or ""))
    return _parts(match) if match else None


def differ(one: Value, other: Value) -> bool:
    """Whether two values of one kind and unit can't be the same, one of them rounded perhaps."""
    return _comparable(one, other) and not alike(one, other)


def alike(one: Value, other: Value) -> bool:
    """Whether two values of one kind and unit may be the same, one of them rounded perhaps."""
    if not _comparable(one, other):
        return False
    if one.kind == "date":
        return all(a == b for a, b in zip(one.numbers, other.numbers, strict=False))
    return any(
        a == b or abs(a - b) <= CLOSE * max(abs(a), abs(b))
        for a in one.numbers
        for b in other.numbers
    )


def _comparable(one: Value, other: Value) -> bool:
    return one.kind == other.kind and (one.kind == "date" or one.unit == other.unit)


def _parts(match: re.Match[str]) -> tuple[int, ...]:
    groups = {name[0]: value for name, value in match.groupdict().items() if value}
    month = lowered(groups.get("m", ""))
    parts = [int(groups["y"])]
    if month:
        parts.append(int(month) if month.isdigit() else _MONTHS[month])
        if "d" in groups:
            parts.append(int(groups["d"]))
    return tuple(parts)


def _readings(number: str) -> list[float]:
    """What the points and commas of a number may mean.

    >>> _readings("1,234.5"), _readings("2.480"), _readings("18,6")
    ([1234.5], [2.48, 2480.0], [18.6])
    """
    signs = re.findall(r"[.,]", number)
    if not signs:
        return [float(number)]
    whole = re.fullmatch(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", number)
    joined = float(re.sub(r"[.,]", "", number))
    if len(set(signs)) == 1 and len(signs) > 1:
        return [joined] if whole else []
    if len(set(signs)) > 1:
        head, _, tail = number.rpartition(signs[-1])
        return [float(f"{re.sub('[.,]', '', head)}.{tail}")]
    decimal = float(number.replace(",", "."))
    if whole and signs[0] == ",":
        return [joined]
    return [decimal, joined] if whole else [decimal]
