"""The last eval report as a page: what it measured, by kind of question, and how reliable it is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.evals.page import diagram
from assistant.settings import PROJECT
from assistant.web.escape import escape
from assistant.web.i18n import say

__all__ = ["quality_html"]

REPORT = PROJECT / "evals" / "report.json"
HALVES = ("work", "held")
MEASURES = ("accuracy", "false_refusals", "false_answers", "right_document", "citation_validity")


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
    dots = [
        (float(one["probability"]), float(one["observed"]), int(one["count"]))
        for one in bins
        if one["probability"] is not None and one["observed"] is not None
    ]
    if not dots:
        return ""
    rows = [
        (f"{probability:.2f}", (f"{observed:.2f}", f"{count}"))
        for probability, observed, count in dots
    ]
    drawn = diagram(dots, say("sure", lang), say("answerable", lang))
    heads = [say(name, lang) for name in ("sure", "answerable", "asked_count")]
    return (
        f"<h3>{say('reliability', lang)}</h3><p>{say('reliability_text', lang)}</p>"
        f'<div class="reliability">{drawn}{_table(heads, rows)}</div>'
    )
