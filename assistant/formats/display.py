"""A spreadsheet's values as it shows them: by their number format."""

import datetime
import re

__all__ = ["display"]

_QUOTED = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]')
_NUMBER = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?,*")
_DATE = re.compile(r"yyyy|yy|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss|s|am/pm|a/p", re.IGNORECASE)
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
    literals: list[str] = []

    def aside(match: re.Match[str]) -> str:
        literals.append(match[1] or match[2] or match[3] or "")
        return "\0"

    bare = _QUOTED.sub(aside, section)
    digits = _NUMBER.search(bare)
    if section == "General" or not digits or "/" in bare or "e+" in bare.lower():
        return f"{value:.10g}"
    pattern = digits[0].rstrip(",")
    thousands = len(digits[0]) - len(pattern)  # each comma at the end leaves out three digits
    whole, _, decimals = pattern.partition(".")
    scaled = shown / 1000**thousands * (100 if "%" in bare else 1)
    said = f"{scaled:{',' if ',' in whole else ''}.{len(decimals)}f}"
    said = f"{'-' if said.startswith('-') else ''}{said.lstrip('-').zfill(whole.count('0'))}"
    before, after = bare[: digits.start()], bare[digits.end() :]
    text = before + said + re.sub(r"[#0?,.]", "", after)
    for literal in literals:
        text = text.replace("\0", literal, 1)
    return text.strip()


def _moment(value: datetime.datetime | datetime.date | datetime.time, format: str) -> str:
    section = _QUOTED.sub(lambda m: m[1] or m[2] or "", (format or "").split(";")[0])
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
    return "".join([*out, section[at:]]).strip()


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
