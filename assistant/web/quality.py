"""The last eval report as a page: what it measured, by kind of question, and how reliable it is."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.settings import PROJECT
from assistant.web.escape import escape
from assistant.web.i18n import say

__all__ = ["quality_html"]

REPORT = PROJECT / "evals" / "report.json"
HALVES = ("work", "held")
MEASURES = ("accuracy", "false_refusals", "false_answers", "right_document", "citation_validity")
SIDE = 240  # pixels of the reliability diagram


def quality_html(lang: str = "en", path: Path = REPORT) -> str:
    """The report as HTML; a line that says how to make one where there is none."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        parts = [
            _measures(report["halves"], lang),
            _kinds(report["kinds"], lang),
            _reliability(report.get("reliability", []), lang),
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f'<h2>{say("quality_title", lang)}</h2><p class="empty">{say("no_report", lang)}</p>'
    return f"<h2>{say('quality_title', lang)}</h2>{''.join(parts)}"


def _measures(halves: Mapping[str, Any], lang: str) -> str:
    there = [half for half in HALVES if half in halves]
    rows = [
        (say(name, lang), [_share(halves[half].get(name)) for half in there]) for name in MEASURES
    ]
    heads = [say(name, lang) for name in ("measure", *there)]
    return f"<p>{say('quality_text', lang)}</p>{_table(heads, rows)}"


def _table(
    heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], bars: bool = False
) -> str:
    """Rows of a head and cells, all HTML, under the heads of the columns."""
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    shown = "".join(
        f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for head, cells in rows
    )
    kind = ' class="bars"' if bars else ""
    return (
        f'<div class="scroll"><table{kind}><thead><tr>{columns}</tr></thead>'
        f"<tbody>{shown}</tbody></table></div>"
    )


def _share(one: Any) -> str:
    if not one or one["value"] is None:
        return "–"
    return f"{100 * float(one['value']):.1f} %"


def _kinds(kinds: Mapping[str, Any], lang: str) -> str:
    """Bars: of each kind of question, how many were answered rightly."""
    there = [half for half in HALVES if any(half in kind for kind in kinds.values())]
    rows = [
        (escape(name), [_bar(by_half.get(half)) for half in there])
        for name, by_half in kinds.items()
    ]
    heads = [say(name, lang) for name in ("kind", *there)]
    return f"<h3>{say('by_kind', lang)}</h3>{_table(heads, rows, bars=True)}"


def _bar(one: Any) -> str:
    if not one or not one["of"]:
        return "–"
    right, of = int(one["right"]), int(one["of"])
    return (
        f'<span class="bar"><span style="width: {100 * right / of:.0f}%"></span></span>'
        f'<span class="share">{right} / {of}</span>'
    )


def _reliability(bins: Sequence[Mapping[str, Any]], lang: str) -> str:
    """The diagram, and its numbers as a table."""
    shown = [one for one in bins if one["probability"] is not None and one["observed"] is not None]
    if not shown:
        return ""
    rows = [
        (
            f"{float(one['probability']):.2f}",
            (f"{float(one['observed']):.2f}", f"{int(one['count'])}"),
        )
        for one in shown
    ]
    heads = [say(name, lang) for name in ("sure", "answerable", "asked_count")]
    return (
        f"<h3>{say('reliability', lang)}</h3><p>{say('reliability_text', lang)}</p>"
        f'<div class="reliability">{_diagram(shown, lang)}{_table(heads, rows)}</div>'
    )


def _diagram(bins: Sequence[Mapping[str, Any]], lang: str) -> str:
    """SVG without a viewBox, which the page's sanitiser would take away."""
    most = max(int(one["count"]) for one in bins)
    left, top = 56, 12
    dots = "".join(
        f'<circle cx="{left + SIDE * float(one["probability"]):.1f}" '
        f'cy="{top + SIDE * (1 - float(one["observed"])):.1f}" '
        f'r="{3 + 9 * math.sqrt(int(one["count"]) / most):.1f}"></circle>'
        for one in bins
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
        f'<line x1="{left}" y1="{top + SIDE}" x2="{left + SIDE}" y2="{top}"></line>{dots}{ticks}'
        f'<text x="{left + SIDE // 2}" y="{top + SIDE + 38}" text-anchor="middle">'
        f'{say("sure", lang)}</text><text x="14" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle})">{say("answerable", lang)}</text></svg>'
    )
