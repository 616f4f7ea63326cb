"""What is shown for a quote: its own words, without markup, the answering ones in bold."""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant import values
from assistant.labels import cells, counts, label, unnumbered
from assistant.markup import position, strip_markup
from assistant.normalisation import fold
from assistant.sentences import Sentence
from assistant.types import Document, Passage, Span
from assistant.values import Value

__all__ = [
    "BOLD",
    "Statement",
    "adds",
    "item",
    "merged",
    "outline",
    "overlap",
    "plain",
    "row",
    "sentence",
    "told_of",
    "under_heading",
    "value",
    "whole",
    "words_shown",
]

Offsets = tuple[int, int]

BOLD = re.compile(r"\*\*(.+?)\*\*")  # what is shown in bold

MAX_LEAD_WORDS = 25

_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+|https?://[^\s<>()\[\]]*[\w/]")
_CLAUSE_END = re.compile(r"[,;:—–](?=\s)\s+|—")


@dataclass(frozen=True, slots=True)
class Statement:
    """Made of the words of `Document.text[start:end]`, its headings and its lead.

    `lines` are shown each on a line of its own, the citation's number after each; `head` comes
    before them. `preface` are the lines before all of it: sentences of ours on which document it
    is from, and none of what it says.
    """

    passage: Passage
    start: int
    end: int
    lines: tuple[str, ...]
    head: str = ""
    preface: tuple[str | Sentence, ...] = ()

    @property
    def continues(self) -> bool:
        """Whether it goes on with a list that the statement before it began."""
        return not (self.head or self.preface) and "".join(self.lines).startswith("- ")

    @property
    def said(self) -> str:
        """Head and lines as a reader sees them, on one line."""
        return " ".join((self.head, *self.lines)).replace("**", "")


def sentence(
    document: Document, passage: Passage, span: Offsets, bold: Offsets, limit: int
) -> Statement:
    """One or more sentences as they stand, `bold` marked; of more than `limit` words, only the
    clauses around it."""
    start, end = _clauses(document.text, span, bold, limit)
    shown = _bold(document.text, (start, end), bold)
    before, after = "… " if start > span[0] else "", " …" if end < span[1] else ""
    return Statement(passage, start, end, (f"{before}{shown}{after}",))


def item(
    document: Document, passage: Passage, span: Span, bold: Offsets, headed: bool = False
) -> Statement:
    """A list item with what introduces it, or with its heading, as also where it is `headed`."""
    head = f"{_heading(passage)}:" if headed else _lead(document, passage, span)
    return Statement(
        passage, span.start, span.end, (f"{head} {_bold(document.text, _of(span), bold)}",)
    )


def row(document: Document, passage: Passage, span: Span) -> Statement:
    """A table's row, read with its header: "Heading: label — column: **value**"."""
    line = f"{_heading(passage)}: {_row(document, span)}"
    return Statement(passage, span.start, span.end, (line,))


def whole(document: Document, passage: Passage, spans: Sequence[Span]) -> Statement:
    """A whole list or table with its lead-in, each item on a line of its own."""
    lines = []
    for span in spans:
        if span.kind == "row":
            lines.append(f"- {_row(document, span)}")
        else:
            lines.append(f"- {_bold(document.text, _of(span), _of(span))}")
    head = _lead(document, passage, spans[0])
    return Statement(passage, spans[0].start, spans[-1].end, tuple(lines), head)


def outline(document: Document, passage: Passage, spans: Sequence[Span]) -> tuple[Statement, ...]:
    """Headings, each quoted where it stands, under the heading above them."""
    found = []
    for span in spans:
        words = document.text[span.start : span.end]
        path = (*passage.section, strip_markup(words)[0].strip())
        own = Passage(document.id, path, span.start, span.end, words, "", (span,))
        line = f"- **{plain(unnumbered(words))}**"
        found.append(Statement(own, span.start, span.end, (line,)))
    found[0] = replace(found[0], head=f"{_heading(passage)}:")
    return tuple(found)


def under_heading(statement: Statement) -> Statement:
    """A statement under the heading that it stands under, where it has no other and does not show
    it."""
    heading = _heading(statement.passage)
    shown = statement.head or fold(heading) in fold(statement.said)
    return statement if shown else replace(statement, head=f"{heading}:")


def merged(statements: Iterable[Statement]) -> list[Statement]:
    """The statements, those that show the same words of the same quote as one, with in bold what
    is so in any of them: one sentence can answer two parts of a question."""
    kept: dict[tuple[object, ...], Statement] = {}
    for each in statements:
        bare = tuple(line.replace("**", "") for line in each.lines)
        key = (each.passage.document, each.start, each.end, each.head, each.preface, bare)
        before = kept.get(key, each)
        lines = tuple(map(_bold_in_either, before.lines, each.lines))
        kept[key] = replace(before, lines=lines)
    return list(kept.values())


def _bold_in_either(one: str, other: str) -> str:
    """A line with the bold of two that differ in it alone.

    >>> _bold_in_either("**50** firms, 25 more", "50 firms, **25** more")
    '**50** firms, **25** more'
    """
    marks = [
        [number % 2 for number, part in enumerate(line.split("**")) for _ in part]
        for line in (one, other)
    ]
    runs = itertools.groupby(
        zip(one.replace("**", ""), *marks, strict=True), key=lambda c: c[1] or c[2]
    )
    texts = ((bold, "".join(c[0] for c in run)) for bold, run in runs)
    return "".join(f"**{text}**" if bold else text for bold, text in texts)


def told_of(kind: str, document: Document) -> Sentence:
    """A sentence of ours about a document, which it names with its date."""
    return Sentence(kind, (plain(document.title), plain(document.date or "")))


def overlap(one: Statement, other: Statement) -> bool:
    """Whether two quote some of the same words, but not all."""
    return _meet(one, other) and (one.start, one.end) != (other.start, other.end)


def adds(one: Statement, other: Statement) -> bool:
    """Whether another statement quotes other words, and says something that the one does not."""
    if _meet(one, other):
        return False
    said = fold(one.said).casefold()
    marked = BOLD.findall(fold(" ".join(other.lines)))
    if marked and all(words.casefold() in said for words in marked):
        return False
    mine, theirs = (value(fold(" ".join(each.lines))) for each in (one, other))
    return not (mine and theirs and values.alike(mine, theirs))


def value(line: str) -> Value | None:
    """The value in the words in bold, where these are one run and hold one alone.

    >>> value("The hall is **about 90** metres long, 20 wide.").numbers
    (90.0,)
    """
    runs = list(BOLD.finditer(line))
    if len(runs) != 1:
        return None
    start, end = runs[0].start(), runs[0].end() - 4
    found = values.find(line.replace("**", ""))
    inside = [v for v in found if v.start < end and v.end > start]
    return inside[0] if len(inside) == 1 else None


def _meet(one: Statement, other: Statement) -> bool:
    same = one.passage.document == other.passage.document
    return same and max(one.start, other.start) < min(one.end, other.end)


def words_shown(statement: Statement) -> list[str]:
    """The words of a statement as a reader sees them."""
    return re.findall(r"\w+", statement.said)


def plain(text: str) -> str:
    """Words on one line: no markup, nothing that could pass for a mark of ours."""
    return " ".join(strip_markup(text)[0].replace("**", "").split())


def _of(span: Span) -> Offsets:
    return span.start, span.end


def _heading(passage: Passage) -> str:
    return plain(unnumbered(passage.section[-1]))


def _lead(document: Document, passage: Passage, span: Span) -> str:
    if span.lead and span.kind != "row":
        lead = plain(document.text[slice(*span.lead)])
        if len(lead.split()) <= MAX_LEAD_WORDS:
            return lead
    return f"{_heading(passage)}:"


def _row(document: Document, span: Span) -> str:
    values = cells(document.text[span.start : span.end])
    header = cells(document.text[slice(*span.lead)]) if span.lead else []
    name = label(values)
    named = values.index(name) if name in values else -1
    rest = []
    for number, value in enumerate(values):
        column = plain(header[number]) if number < len(header) else ""
        running = counts(value) and re.fullmatch(r"#|No\.?|", column)
        if value and number != named and not running:
            rest.append(f"{column}: **{plain(value)}**" if column else f"**{plain(value)}**")
    return f"{plain(name)} — {'; '.join(rest)}" if rest else f"**{plain(name)}**"


def _clauses(text: str, span: Offsets, bold: Offsets, limit: int) -> Offsets:
    """The clauses of `text[span]` around `bold`, as many as `limit` words hold."""
    start, end = span
    if len(text[start:end].split()) <= limit:
        return span
    cuts = [start, *(start + m.end() for m in _CLAUSE_END.finditer(text[start:end])), end]
    pieces = [(a, b) for a, b in itertools.pairwise(cuts) if text[a:b].strip()]
    inside = [n for n, (a, b) in enumerate(pieces) if a < bold[1] and b > bold[0]] or [0]
    first, last = inside[0], inside[-1]
    while last > first and len(text[pieces[first][0] : pieces[last][1]].split()) > limit:
        last -= 1
    while True:
        grown = [
            (f, t)
            for f, t in ((first, last + 1), (first - 1, last))
            if f >= 0
            and t < len(pieces)
            and len(text[pieces[f][0] : pieces[t][1]].split()) <= limit
        ]
        if not grown:
            break
        first, last = grown[0]
    kept = text[pieces[first][0] : pieces[last][1]]
    left = pieces[first][0] + len(kept) - len(kept.lstrip())
    return left, left + len(kept.strip())


def _bold(text: str, span: Offsets, bold: Offsets) -> str:
    """`text[span]` without markup, the part inside `bold` between asterisks."""
    start, end = span
    shown, offsets = strip_markup(text[start:end])
    a = position(offsets, max(bold[0] - start, 0))
    b = position(offsets, min(bold[1], end) - start)
    for address in _ADDRESS.finditer(shown):
        if a < b and a < address.end() and address.start() < b:
            a, b = min(a, address.start()), max(b, address.end())
    while 0 < a < b and shown[a].isalnum() and not shown[a - 1].isspace():
        a -= 1  # whole words
    while a < b < len(shown) and shown[b - 1].isalnum() and shown[b].isalnum():
        b += 1
    while a < b and not shown[a].isalnum() and shown[a] not in "“‘\"'<>$€£¥+-(":
        a += 1
    while b > a and shown[b - 1] in " \n\t.,;:":
        b -= 1
    if shown[a:b].count("(") > shown[a:b].count(")"):
        if shown[b : b + 1] == ")":
            b += 1
        elif shown[a] == "(":
            a += 1
    parts = [" ".join(p.replace("**", "").split()) for p in (shown[:a], shown[a:b], shown[b:])]
    if not parts[1]:
        return plain(text[start:end])
    before = " " if parts[0] and shown[a - 1].isspace() else ""
    after = " " if parts[2] and shown[b].isspace() else ""
    return f"{parts[0]}{before}**{parts[1]}**{after}{parts[2]}"
