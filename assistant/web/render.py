"""Answers as HTML: their own **bold** and [1] become tags, everything else is escaped.

The links of one turn of a conversation are named by its number: `t3n2` is citation 2 of turn 3.
"""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict
from itertools import groupby
from typing import Any

from assistant.types import Answer, Citation
from assistant.web.conversations import OURS, Turn, numbered
from assistant.web.escape import escape
from assistant.web.excerpt import plain
from assistant.web.i18n import say

__all__ = ["data", "failed_html", "pending_html", "spoken", "turn_html"]

_ITEM = re.compile(r"^\s*(?:[-•*]|(\d{1,3}[.)]))\s+")
KEY = 60  # characters of bold words that are marked as well: more would be a wall of colour
QUOTE = 180  # characters of a passage that are shown in the conversation


def turn_html(
    number: int, turn: Turn, lang: str = "en", changed: Collection[int] = (), **more: Any
) -> str:
    """A question, what stands under it, and the Answer itself for the page's script.

    `changed` are the citations that are not in the documents any more as they are quoted; `more`
    is given to the script along with the Answer.
    """
    answer = turn.answer
    kind = "found" if answer.found else "refused"
    record = {"turn": number, "asked": turn.asked, "answer": asdict(answer), **more}
    record |= {"changed": sorted(changed), "spoken": spoken(answer, lang)}
    inner = (
        f"{_understood(turn, lang)}{_answer(answer, number, lang, changed)}"
        f'{_tools(lang)}<div class="further"></div>{data(record)}'
    )
    return _turn(number, turn.asked, kind, inner, lang)


def pending_html(number: int, asked: str, lang: str = "en", **more: Any) -> str:
    """A question that is being looked up."""
    record = {"turn": number, "asked": asked[:1_000], "answer": None, **more}
    inner = f"<p>{say('looking', lang)}</p>{data(record)}"
    return _turn(number, asked[:1_000], "pending", inner, lang)


def failed_html(number: int, asked: str, line: str, lang: str = "en", **more: Any) -> str:
    """A question that could not be answered, and why."""
    shown = asked if len(asked) <= 1_000 else asked[:1_000] + " …"
    record = {"turn": number, "asked": shown, "answer": None, "spoken": line, **more}
    return _turn(number, shown, "failed", f"<p>{escape(line)}</p>{data(record)}", lang)


def data(value: Any) -> str:
    """A value for the page's script: JSON of plain ASCII in an element that is not shown."""
    return f'<span class="data" hidden>{escape(json.dumps(value))}</span>'


def spoken(answer: Answer, lang: str = "en") -> str:
    """An answer as a screen reader says it when it appears."""
    words = " ".join(OURS.sub(lambda match: match[1] or "", answer.text).split())
    if answer.found:
        return f"{words} {say('citations', lang, count=len(answer.citations))}."
    return f"{say('refused', lang)}. {words}"


def _turn(number: int, asked: str, kind: str, inner: str, lang: str) -> str:
    return (
        f'<div class="turn" id="t{number}"><div class="asked" dir="auto"><span class="sr">'
        f"{say('asked', lang)} </span>{escape(asked)}</div>"
        f'<div class="said {kind}">{inner}</div></div>'
    )


def _understood(turn: Turn, lang: str) -> str:
    if not turn.understood:
        return ""
    return (
        f'<p class="understood">{say("understood", lang)} <q class="standalone" dir="auto">'
        f'{escape(turn.understood)}</q> <button type="button" class="edit">'
        f"{say('edit', lang)}</button></p>"
    )


def _answer(answer: Answer, turn: int, lang: str, changed: Collection[int]) -> str:
    numbers = {c.number for c in answer.citations}
    body = (
        f'<div class="statements" dir="auto">{_statements(answer.text, numbers, turn, lang)}</div>'
    )
    if answer.found:
        sources = "".join(
            f"<li>{''.join(_link(c.number, turn, lang) for c in group)} {_where(group[0], lang)}"
            f"{_warning(group, changed, lang)}</li>"
            for group in _places(answer.citations)
        )
        return f'{body}<ul class="sources">{sources}</ul>'
    nearest = "".join(
        f'<li><a href="#t{turn}n{number}">{_where(c, lang)}</a>'
        f"{_changed(lang) if number in changed else ''}"
        f'<span class="quote" dir="auto">{escape(_short(c.quote))}</span></li>'
        for number, c in numbered(answer)
    )
    if nearest:
        body += f'<p class="label">{say("nearest", lang)}</p><ol class="nearest">{nearest}</ol>'
    return f'<p class="verdict">{say("refused", lang)}</p>{body}'


def _warning(group: list[Citation], changed: Collection[int], lang: str) -> str:
    quotes = [c.quote for c in group if c.number in changed]
    if not quotes:
        return ""
    cited = " / ".join(escape(_short(quote)) for quote in quotes)
    return f'{_changed(lang)} <q class="changed" dir="auto">{cited}</q>'


def _changed(lang: str) -> str:
    return f' <span class="changed">{say("changed", lang)}</span>'


def _tools(lang: str) -> str:
    buttons = "".join(
        f'<button type="button" class="tool {kind}" title="{say(f"{kind}_title", lang)}">'
        f'<span class="icon"></span>{say(kind, lang)}</button>'
        for kind in ("copy", "right", "wrong")
    )
    return f'<p class="tools">{buttons}</p>'


def _statements(text: str, numbers: set[int], turn: int, lang: str) -> str:
    """Paragraphs and lists of an answer's text."""
    out = []
    lines = [line for line in text.split("\n") if line.strip()]
    for listed, group in groupby(lines, key=lambda line: bool(_ITEM.match(line))):
        if not listed:
            out += [f"<p>{_inline(line, numbers, turn, lang)}</p>" for line in group]
            continue
        items = []
        for line in group:
            match = _ITEM.match(line)
            assert match is not None
            inner = _inline(line[match.end() :], numbers, turn, lang)
            items.append(
                f'<li><span class="bullet">{match[1] or "•"}</span><span>{inner}</span></li>'
            )
        out.append(f"<ul>{''.join(items)}</ul>")
    return "".join(out)


def _inline(text: str, numbers: set[int], turn: int, lang: str) -> str:
    out, at = [], 0
    for match in OURS.finditer(text):
        out.append(escape(text[at : match.start()]))
        if match[1] is not None:
            kind = ' class="key"' if len(match[1]) <= KEY else ""
            out.append(f"<strong{kind}>{escape(match[1])}</strong>")
        elif int(match[2]) in numbers:
            out.append(_link(int(match[2]), turn, lang))
        else:  # a number in brackets of the document's own
            out.append(escape(match[0]))
        at = match.end()
    out.append(escape(text[at:]))
    return "".join(out)


def _link(number: int, turn: int, lang: str) -> str:
    return (
        f'<a class="cite" href="#t{turn}n{number}">[<span class="sr">{say("citation", lang)} '
        f"</span>{number}]</a>"
    )


def _where(citation: Citation, lang: str) -> str:
    """Title and innermost heading of a citation, in one line."""
    heading = citation.section[-1] if citation.section else ""
    parts = [citation.title] + [heading] * (heading not in ("", citation.title))
    page = f", {say('page', lang, number=citation.page)}" if citation.page else ""
    return escape(" › ".join(parts) + page)


def _places(citations: Iterable[Citation]) -> list[list[Citation]]:
    """Citations of the same section together, in order of the first of each."""
    places: dict[tuple[str, tuple[str, ...]], list[Citation]] = {}
    for citation in citations:
        places.setdefault((citation.document, citation.section), []).append(citation)
    return list(places.values())


def _short(quote: str) -> str:
    lines = (_ITEM.sub("", line).replace("|", " ").split() for line in plain(quote).split("\n"))
    words = " · ".join(" ".join(line) for line in lines if line)
    return words if len(words) <= QUOTE else words[:QUOTE].rsplit(" ", 1)[0] + " …"
