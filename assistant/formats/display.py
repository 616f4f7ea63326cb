"""A spreadsheet's values as it shows them: by their number format."""

import datetime
import math
import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

__all__ = ["display"]

_QUOTED = re.compile(  # and what is not shown: spaces, colours, conditions
    r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE
)
_NUMBER = re.compile(r"(?:[#0?][#0?,]*(?:\.[#0?]+)?|\.[#0?]+),*")
_DATE = re.compile(r"yyyy|yy|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss|s|am/pm|a/p", re.IGNORECASE)
_ODD = re.compile(r"[/0#]|e[+-]", re.IGNORECASE)  # after digits: a fraction, a power
_CONDITION = re.compile(r"\[[<>=]")
_ELAPSED = re.compile(r"(\[?)(h+|m+|s+)\]?(\.0+)?", re.IGNORECASE)
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_LOCAL = ("General", "mm-dd-yy", "m/d/yy h:mm")  # formats that each computer shows its own way


def display(value: object, format: str) -> str:
    """A cell's value in its format; dates that a computer shows in its own way as ISO dates.

    >>> display(0.125, "0.0%"), display(1234.5, "#,##0.00"), display(0.1 + 0.2, "General")
    ('12.5%', '1,234.50', '0.3')
    >>> display(datetime.date(2021, 8, 1), "mmm yyyy")
    'Aug 2021'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return _moment(value, format)
    if isinstance(value, datetime.timedelta):
        return _elapsed(value, format)
    if isinstance(value, (int, float)):
        return _number(value, format)
    return str(value)


def _number(value: int | float, format: str) -> str:
    sections = (format or "General").split(";")
    section, shown = sections[0], value
    if value < 0 and len(sections) > 1 and sections[1]:
        section, shown = sections[1], -value
    elif value == 0 and len(sections) > 2 and sections[2]:
        section = sections[2]
    bare, literals = _aside(section)
    digits = _NUMBER.search(bare)
    infinite = not abs(value) < math.inf
    if not digits or _ODD.search(bare, digits.end()) or _CONDITION.search(format) or infinite:
        return _general(value)
    pattern = digits[0].rstrip(",")
    thousands = len(digits[0]) - len(pattern)  # each comma at the end leaves out three digits
    whole, _, decimals = pattern.partition(".")
    scaled = Decimal(repr(shown)).scaleb(("%" in bare) * 2 - 3 * thousands)
    with localcontext(rounding=ROUND_HALF_UP):
        rounded = f"{abs(scaled):{',' if ',' in whole else ''}.{len(decimals)}f}"
    ones, _, rest = rounded.partition(".")
    needed = len(decimals.rstrip("#?"))
    rest = rest[:needed] + rest[needed:].rstrip("0")
    ones = ones.lstrip("0").zfill(whole.count("0"))  # "#" and "?" show no zero
    sign = "-" if shown < 0 and re.search("[1-9]", rounded) else ""
    said = f"{sign}{ones}{'.' if rest else ''}{rest}"
    before, after = bare[: digits.start()], bare[digits.end() :]
    return _restored(before + said + re.sub(r"[?,.]", "", after), literals)


def _general(value: int | float) -> str:
    """A whole number in full; others to ten digits, or to fifteen where they are that large."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.{10 if abs(value) < 1e10 else 15}g}"


def _aside(section: str) -> tuple[str, list[str]]:
    """A format with "\0" in the place of each literal text, and these texts."""
    literals = [match[1] or match[2] or match[3] or "" for match in _QUOTED.finditer(section)]
    return _QUOTED.sub("\0", section), literals


def _restored(text: str, literals: list[str]) -> str:
    for literal in literals:
        text = text.replace("\0", literal, 1)
    return text.strip()


def _elapsed(value: datetime.timedelta, format: str) -> str:
    """Time that has gone by: "[h]:mm" counts the hours beyond a day."""
    bare, literals = _aside((format or "").split(";")[0])
    if not _ELAPSED.search(bare):
        return str(value)
    seconds = round(abs(value.total_seconds()), 3)

    def piece(match: re.Match[str]) -> str:
        amount = seconds / _SECONDS[match[2][0].lower()]
        if not match[1]:
            amount %= 60
        said = f"{amount:.{len(match[3]) - 1}f}" if match[3] else str(int(amount))
        return said.zfill(len(match[2] + (match[3] or "")))

    sign = "-" if value < datetime.timedelta() else ""
    return sign + _restored(_ELAPSED.sub(piece, bare), literals)


def _moment(value: datetime.datetime | datetime.date | datetime.time, format: str) -> str:
    section, literals = _aside((format or "").split(";")[0])
    if format in _LOCAL or not _DATE.search(section):
        said = value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
        return said.removesuffix(" 00:00:00")
    half = re.search(r"am/pm|a/p", section, re.IGNORECASE) is not None
    tokens = list(_DATE.finditer(section))
    out, at = [], 0
    for number, token in enumerate(tokens):
        near = "".join(t[0][0].lower() for t in tokens[max(0, number - 1) : number + 2])
        minutes = token[0].lower() in ("m", "mm") and ("h" in near or "s" in near)
        out += [section[at : token.start()], _piece(value, token[0].lower(), minutes, half)]
        at = token.end()
    return _restored("".join([*out, section[at:]]), literals)


def _piece(
    value: datetime.datetime | datetime.date | datetime.time, token: str, minutes: bool, half: bool
) -> str:
    """What one token of a date's format stands for."""
    names = {"yyyy": "%Y", "yy": "%y", "mmmm": "%B", "mmm": "%b", "dddd": "%A", "ddd": "%a"}
    if token in ("am/pm", "a/p"):
        return value.strftime("%p")
    if token in names:
        return value.strftime(names[token])
    parts = {"m": "minute" if minutes else "month", "d": "day", "h": "hour", "s": "second"}
    amount = int(getattr(value, parts[token[0]], 0))
    if token[0] == "h" and half:
        amount = (amount - 1) % 12 + 1
    return f"{amount:02d}" if len(token) == 2 else str(amount)
