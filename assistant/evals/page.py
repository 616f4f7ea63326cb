"""The blocks of a page, and their Markdown and HTML.

All text is hostile. In Markdown, what others wrote stands in fenced blocks that it can't close; in
HTML it is escaped, on a page that may load and run nothing; control, bidirectional and invisible
characters are spelt out in both.
"""

import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evals.scoring import Bin

__all__ = [
    "Block",
    "Figure",
    "Heading",
    "Paragraph",
    "Table",
    "Verbatim",
    "diagram",
    "to_html",
    "to_markdown",
    "visible",
]


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    svg: str


Block = Heading | Paragraph | Table | Verbatim | Figure


def visible(text: str) -> str:
    """Text with what can't be seen, or turns what is seen around, spelt out.

    >>> visible("48 %\\x1b[2J")
    '48 %\\\\u001b[2J'
    """
    return "".join(
        one if one.isprintable() or one == "\n" else f"\\u{ord(one):04x}" for one in text
    )


def diagram(bins: Sequence[Bin]) -> str:
    """Reliability as SVG, 240 by 240 units plus margins; a dot's area is its count."""
    most = max((one.count for one in bins), default=0) or 1
    dots = "".join(
        f'<circle cx="{40 + 240 * one.probability:.1f}" cy="{250 - 240 * one.observed:.1f}" '
        f'r="{3 + 9 * math.sqrt(one.count / most):.1f}"/>'
        for one in bins
        if one.probability is not None and one.observed is not None
    )
    ticks = "".join(
        f'<text x="{40 + 120 * step}" y="268" text-anchor="middle">{step / 2:g}</text>'
        f'<text x="34" y="{254 - 120 * step}" text-anchor="end">{step / 2:g}</text>'
        for step in range(3)
    )
    return (
        '<svg viewBox="0 0 300 290" width="300" height="290" role="img" '
        'aria-label="Reliability diagram"><rect x="40" y="10" width="240" height="240"/>'
        f'<line x1="40" y1="250" x2="280" y2="10"/>{dots}{ticks}'
        '<text x="160" y="286" text-anchor="middle">mean probability</text>'
        '<text x="12" y="130" text-anchor="middle" transform="rotate(-90 12 130)">'
        "share answerable</text></svg>"
    )


def to_markdown(blocks: Sequence[Block]) -> str:
    return "\n\n".join(text for block in blocks if (text := _markdown_block(block))) + "\n"


def _markdown_block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {_escaped(text)}"
        case Paragraph(text):
            return _escaped(text)
        case Verbatim(text):
            text = visible(text)
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            return f"{fence}text\n{text}\n{fence}"
        case Table(header, rows):
            lines = [" | ".join(map(_escaped, line)) for line in (header, *rows)]
            lines.insert(1, " | ".join(["---"] * len(header)))
            return "\n".join(f"| {line} |" for line in lines)
        case Figure():
            return ""  # Markdown viewers drop inline SVG; the table beneath has the numbers


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", " ".join(visible(text).split()))


def to_html(blocks: Sequence[Block]) -> str:
    return PAGE.replace("BODY", "\n".join(map(_html_block, blocks)))


def _html_block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{html.escape(visible(text))}</h{level}>"
        case Paragraph(text):
            return f"<p>{html.escape(visible(text))}</p>"
        case Verbatim(text):
            return f"<pre>{html.escape(visible(text))}</pre>"
        case Table(header, rows):
            head = "".join(f"<th>{html.escape(visible(cell))}</th>" for cell in header)
            body = "".join(
                "<tr>" + "".join(f"<td>{html.escape(visible(cell))}</td>" for cell in row) + "</tr>"
                for row in rows
            )
            return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        case Figure(svg):
            return svg


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>Eval report</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; vertical-align: top }
pre { background: #f4f4f4; padding: .7rem; white-space: pre-wrap; overflow-wrap: anywhere }
svg { font-size: 11px } svg rect, svg line { fill: none; stroke: #999 }
svg circle { fill: #2563eb; opacity: .8 }
</style></head><body>
BODY
</body></html>
"""
