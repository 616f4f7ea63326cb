"""Answers as HTML: their own **bold** and [1] become tags, everything else is escaped.

The marks of one turn of a conversation are named by its number: `t3n2` is citation 2 of turn 3,
in the answer a link to it, in the reading panel its place.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from assistant.markup import strip_markup
from assistant.types import Answer, Citation, Document
from assistant.web.escape import escape
from assistant.web.excerpt import Highlight, excerpt

__all__ = ["answer_html", "documents_html", "reading_html", "spoken", "turn_html"]

_OURS = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|\[(\d{1,3})\]")
_ITEM = re.compile(r"^\s*(?:[-•*]|(\d{1,3}[.)]))\s+")
KEY = 60  # characters of bold words that are marked as well: more would be a wall of colour
QUOTE = 180  # characters of a nearest passage that are shown in the conversation


def answer_html(answer: Answer, asked: str, turn: int) -> str:
    """What stands under a question: the statements with their sources, or a refusal."""
    understood = ""
    if _plain(answer.question) != _plain(asked):
        understood = (
            '<p class="understood">Understood as: <button type="button" class="fill">'
            f"{escape(answer.question)}</button></p>"
        )
    numbers = {c.number for c in answer.citations}
    body = f'<div class="statements">{_statements(answer.text, numbers, turn)}</div>'
    if answer.found:
        sources = [
            f"<li>{''.join(_link(c.number, turn) for c in group)} {_where(group[0])}</li>"
            for group in _places(answer.citations)
        ]
        return f'{understood}{body}<ul class="sources">{"".join(sources)}</ul>'
    nearest = [
        f'<li><a href="#t{turn}n{number}">{_where(c)}</a>'
        f'<span class="quote">{escape(_short(c.quote))}</span></li>'
        for number, c in enumerate(answer.nearest, 1)
    ]
    if nearest:
        body += (
            '<p class="label">Nearest passages, which do not answer it</p>'
            f'<ol class="nearest">{"".join(nearest)}</ol>'
        )
    return f'{understood}<p class="verdict">Not in the documents</p>{body}'


def turn_html(turn: int, asked: str, kind: str, inner: str) -> str:
    """A question and what stands under it; `kind` is found, refused, failed or pending."""
    return (
        f'<div class="turn" id="t{turn}"><div class="asked"><span class="sr">You asked: </span>'
        f'{escape(asked)}</div><div class="said {kind}">{inner}</div></div>'
    )


def reading_html(answer: Answer, documents: Mapping[str, Document], turn: int) -> str:
    """The cited places of an answer, each once, with its quotes marked in their section."""
    found = answer.found
    numbered = [(c.number, c) for c in answer.citations] if found else enumerate(answer.nearest, 1)
    places: dict[tuple[str, tuple[str, ...]], list[tuple[Citation, Highlight]]] = {}
    for number, c in numbered:
        highlight = Highlight(c.start, c.end, f"t{turn}n{number}", str(number))
        places.setdefault((c.document, c.section), []).append((c, highlight))
    cards = [_card(documents[name], pairs) for (name, _), pairs in places.items()]
    title = "Cited passages" if found else "Nearest passages, which do not answer the question"
    if not cards:
        title = "Nothing to read for this question"
    kind = "found" if found else "refused"
    return f'<div class="turn {kind}" id="r{turn}"><h2>{title}</h2>{"".join(cards)}</div>'


def documents_html(documents: Mapping[str, Document], passages: Mapping[str, int]) -> str:
    """What the reading panel shows before the first answer: the documents."""
    items = []
    for document in list(documents.values())[:100]:
        count = passages.get(document.id, 0)
        facts = [document.publisher, document.date, f"{count} passage{'' if count == 1 else 's'}"]
        items.append(
            f'<li><span class="title">{escape(document.title)}</span>'
            f'<span class="facts">{escape(" · ".join(f for f in facts if f))}</span></li>'
        )
    more = len(documents) - len(items)
    rest = f'<p class="facts">and {more:,} more</p>' if more else ""
    return (
        '<div class="turn library"><h2>The documents</h2>'
        f'<ul class="documents">{"".join(items)}</ul>{rest}</div>'
    )


def spoken(answer: Answer) -> str:
    """An answer as a screen reader says it when it appears."""
    words = _OURS.sub(lambda match: match[1] or "", answer.text)
    count = len(answer.citations)
    end = f"{count} citation{'' if count == 1 else 's'}." if answer.found else ""
    start = "" if answer.found else "Not in the documents. "
    return f"<p>{escape(' '.join(f'{start}{words} {end}'.split()))}</p>"


def _statements(text: str, numbers: set[int], turn: int) -> str:
    """Paragraphs and lists of an answer's text."""
    out = []
    lines = [line for line in text.split("\n") if line.strip()]
    for listed, group in groupby(lines, key=lambda line: bool(_ITEM.match(line))):
        if not listed:
            out += [f"<p>{_inline(line, numbers, turn)}</p>" for line in group]
            continue
        items = []
        for line in group:
            match = _ITEM.match(line)
            assert match is not None
            marker = f'<span class="bullet">{match[1] or "•"}</span>'
            items.append(
                f"<li>{marker}<span>{_inline(line[match.end() :], numbers, turn)}</span></li>"
            )
        out.append(f"<ul>{''.join(items)}</ul>")
    return "".join(out)


def _inline(text: str, numbers: set[int], turn: int) -> str:
    out, at = [], 0
    for match in _OURS.finditer(text):
        out.append(escape(text[at : match.start()]))
        if match[1] is not None:
            kind = ' class="key"' if len(match[1]) <= KEY else ""
            out.append(f"<strong{kind}>{escape(match[1])}</strong>")
        elif int(match[2]) in numbers:
            out.append(_link(int(match[2]), turn))
        else:  # a number in brackets of the document's own
            out.append(escape(match[0]))
        at = match.end()
    out.append(escape(text[at:]))
    return "".join(out)


def _link(number: int, turn: int) -> str:
    return (
        f'<a class="cite" href="#t{turn}n{number}">[<span class="sr">citation </span>{number}]</a>'
    )


def _where(citation: Citation) -> str:
    """Title and innermost heading of a citation, in one line."""
    heading = citation.section[-1] if citation.section else ""
    page = f", p. {citation.page}" if citation.page else ""
    parts = [citation.title] + [heading] * (heading not in ("", citation.title))
    return escape(" › ".join(parts) + page)


def _card(document: Document, pairs: Sequence[tuple[Citation, Highlight]]) -> str:
    section, page = pairs[0][0].section, pairs[0][0].page
    facts = [document.publisher, document.date, f"page {page}" if page else None]
    path = [part for part in section if part != document.title]
    notes = dict.fromkeys(c.note for c, _ in pairs if c.note)
    labels = "".join(f'<span class="badge">{escape(h.label)}</span>' for _, h in pairs)
    head = (
        f'<p class="title">{labels}{escape(document.title)}</p>'
        f'<p class="facts">{escape(" · ".join(f for f in facts if f))}</p>'
    )
    if path:
        head += f'<p class="path">{escape(" › ".join(path))}</p>'
    for note in notes:
        head += f'<p class="note"><strong>Reconstructed</strong> {escape(_note(note))}</p>'
    body = excerpt(document, [highlight for _, highlight in pairs])
    return (
        f'<div class="card"><div class="head">{head}</div><div class="text" dir="auto">{body}</div>'
        '<p class="return"><button type="button" class="back">Back to the answer</button></p></div>'
    )


def _note(note: str) -> str:
    return re.sub(r"^\s*reconstructed\s*:?\s*", "", note, flags=re.IGNORECASE)


def _places(citations: Iterable[Citation]) -> list[list[Citation]]:
    """Citations of the same section together, in order of the first of each."""
    places: dict[tuple[str, tuple[str, ...]], list[Citation]] = {}
    for citation in citations:
        places.setdefault((citation.document, citation.section), []).append(citation)
    return list(places.values())


def _short(quote: str) -> str:
    lines = [_ITEM.sub("", line).strip(" |") for line in strip_markup(quote)[0].split("\n")]
    words = " · ".join(" ".join(line.replace("|", " ").split()) for line in lines if line)
    return words if len(words) <= QUOTE else words[:QUOTE].rsplit(" ", 1)[0] + " …"


def _plain(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.lower()))
