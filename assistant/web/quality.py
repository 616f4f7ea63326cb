"""The last eval report as a page: what it measured, by kind of question, and how reliable it is."""

import json
import math
from collections.abc import Mapping, Sequence
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
    rows = []
    for name in MEASURES:
        cells = "".join(f"<td>{_share(halves[half].get(name))}</td>" for half in there)
        rows.append(f'<tr><th scope="row">{say(name, lang)}</th>{cells}</tr>')
    return (
        f"<p>{say('quality_text', lang)}</p>"
        f'<div class="scroll"><table><thead><tr><th scope="col">{say("measure", lang)}</th>'
        f"{_heads(there, lang)}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _heads(there: Sequence[str], lang: str) -> str:
    return "".join(f'<th scope="col">{say(half, lang)}</th>' for half in there)


def _share(one: Any) -> str:
    if not one or one["value"] is None:
        return "–"
    return f"{100 * float(one['value']):.1f} %"


def _kinds(kinds: Mapping[str, Any], lang: str) -> str:
    """Bars: of each kind of question, how many were answered rightly."""
    there = [half for half in HALVES if any(half in kind for kind in kinds.values())]
    rows = []
    for name, by_half in kinds.items():
        cells = "".join(f"<td>{_bar(by_half.get(half))}</td>" for half in there)
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return (
        f"<h3>{say('by_kind', lang)}</h3>"
        f'<div class="scroll"><table class="bars"><thead><tr><th scope="col">{say("kind", lang)}'
        f"</th>{_heads(there, lang)}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


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
    rows = "".join(
        f'<tr><th scope="row">{float(one["probability"]):.2f}</th>'
        f"<td>{float(one['observed']):.2f}</td><td>{int(one['count'])}</td></tr>"
        for one in shown
    )
    columns = (say("sure", lang), say("answerable", lang), say("asked_count", lang))
    heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return (
        f"<h3>{say('reliability', lang)}</h3><p>{say('reliability_text', lang)}</p>"
        f'<div class="reliability">{_diagram(shown, lang)}<div class="scroll"><table><thead><tr>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div></div>"
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
