"""Plain text, as extraction from a page or a slide leaves it: no structure but line breaks.

Hard-wrapped lines are joined, bullets become lists, and short lines that introduce prose become
headings.
"""

import re

from assistant.formats.decoding import text_of
from assistant.formats.parsed import Parsed
from assistant.formats.writing import paragraph, words

__all__ = ["read"]

_ITEM = re.compile(r"^\s*(?:[•●▪◦‣·✔✓❌*–-]|(\d{1,3})[.)])\s+(?=\S)")
_RULE = re.compile(r"^\s*[-=_*~]{3,}\s*$")
_ROWS = (re.compile(r"[^:：]{1,30}(?::\s+|：\s*)\S"), re.compile(r".+\t"))  # of values; of cells
_HEADING_WORDS = 14


def read(data: bytes) -> Parsed:
    """The text as Markdown; its title is the first line where that reads like one.

    >>> read(b"Results\\n\\nIt was a very\\nlong day.").text
    '# Results\\n\\nIt was a very long day.'
    """
    runs = [_join(lines) for lines in _runs(text_of(data))]
    out: list[str] = []
    title = None
    number = 0
    while number < len(runs):
        run, short = runs[number], _shorts(runs, number)
        above = number + len(short) < len(runs)
        # At the beginning, names and a date stand above the first heading.
        labels = short[:-1] if above and not out else short
        if len(labels) >= 3:  # labels, names or cells that stand one under the other
            out.append("\n".join(f"- {_escape(line)}" for line in labels))
            number += len(labels)
            continue
        if above and len(short) == 1:
            if not out:
                title = run[0]
            out.append(f"{'##' if out else '#'} {words(run[0].lstrip('# '))}")
        else:
            out.append("\n".join(_escape(line) for line in run))
        number += 1
    return Parsed("\n\n".join(out), {"title": title} if title else {})


def _runs(source: str) -> list[list[str]]:
    """Lines between blank lines."""
    runs: list[list[str]] = [[]]
    for line in source.splitlines():
        if not line.strip() or _RULE.match(line):
            runs.append([])
        else:
            runs[-1].append(line.strip())
    whole: list[list[str]] = []
    for run in filter(None, runs):
        # A blank line inside a sentence: the layout's, not the author's.
        if whole and run[0][:1].islower() and re.search(r"[\w,;-]$", whole[-1][-1]):
            whole[-1].extend(run)
        else:
            whole.append(run)
    return whole


def _join(lines: list[str]) -> list[str]:
    """Wrapped lines joined; each list item a line of its own, and so each line of a table."""
    if len(lines) > 1 and any(all(map(row.match, lines)) for row in _ROWS):
        lines = [line if _ITEM.match(line) else f"- {line}" for line in lines]
    joined: list[str] = []
    for line in lines:
        item = _ITEM.match(line)
        if item:
            marker = f"{item[1]}. " if item[1] else "- "
            joined.append(marker + line[item.end() :])
        elif joined and joined[-1].endswith("-") and line[:1].islower():
            joined[-1] += line
        elif joined:
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _shorts(runs: list[list[str]], number: int) -> list[str]:
    """The lines of the short runs that follow one another from here."""
    found = []
    for run in runs[number:]:
        if not _is_short(run):
            break
        found.append(run[0])
    return found


def _is_short(run: list[str]) -> bool:
    line = run[0]
    return (
        len(run) == 1
        and len(line.split()) <= _HEADING_WORDS
        and not _ITEM.match(line)
        and not re.search(r"[.!?:;,。！？：；，]$", line)
        and "://" not in line
    )


def _escape(line: str) -> str:
    """What would be read as Markdown's syntax, unless it is a list's marker of our own."""
    marker = re.match(r"(?:- |\d{1,3}\. )?", line)
    begins = marker[0] if marker else ""
    said = words(line[len(begins) :])
    return begins + (said if begins else paragraph(said))
