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

SIDE = 240  # pixels of the reliability diagram


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


def diagram(
    dots: Sequence[tuple[float, float, int]],
    across: str = "mean probability",
    up: str = "share answerable",
) -> str:
    """Reliability as SVG: a dot (probability, observed, count) for each bin, its area the count.

    `across` and `up` are what the axes are called. Without a viewBox, which the chat's sanitiser
    would take away.
    """
    most = max((count for _, _, count in dots), default=0) or 1
    left, top = 56, 12
    circles = "".join(
        f'<circle cx="{left + SIDE * probability:.1f}" cy="{top + SIDE * (1 - observed):.1f}" '
        f'r="{3 + 9 * math.sqrt(count / most):.1f}"></circle>'
        for probability, observed, count in dots
    )
    ticks = "".join(
        f'<text x="{left + SIDE * step / 2:g}" y="{top + SIDE + 18}" text-anchor="middle">'
        f'{step / 2:g}</text><text x="{left - 8}" y="{top + 4 + SIDE * (1 - step / 2):g}" '
        f'text-anchor="end">{step / 2:g}</text>'
        for step in range(3)
    )
    middle = top + SIDE // 2
    return (
        f'<svg width="{left + SIDE + 20}" height="{top + SIDE + 44}" class="diagram">'
        f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}"></rect>'
        f'<line x1="{left}" y1="{top + SIDE}" x2="{left + SIDE}" y2="{top}"></line>{circles}{ticks}'
        f'<text x="{left + SIDE // 2}" y="{top + SIDE + 38}" text-anchor="middle">{across}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        f"{up}</text></svg>"
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
