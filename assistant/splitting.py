"""Document -> Passages and the Spans inside them, offsets kept."""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from assistant.labels import TERM_END
from assistant.languages import code
from assistant.markup import Block, blocks
from assistant.quantities import numbers
from assistant.segmentation import HANGUL, SPACELESS
from assistant.types import Document, Passage, Section, Span, SpanKind

__all__ = ["VERSION", "split"]

VERSION = 3  # raise it when passages of the same document come out different

# About 200 word pieces of English: what a MiniLM reads whole together with the headings.
MAX_CHARACTERS = 900
# A character of these says as much as two and a half letters.
_DENSE = re.compile(f"[{SPACELESS}{HANGUL}]")
DENSITY = 2.5


@dataclass(frozen=True, slots=True)
class _Part:
    """What is not cut: a sentence with its block's marker, a list item, a row."""

    start: int
    span: Span
    block: int  # the number of its block
    block_end: int
    keep: bool  # belongs to what comes next: a sentence that introduces a list


def split(document: Document) -> list[Passage]:
    """The passages of a document in order; each stands within one section.

    Blocks stay whole unless one alone is over MAX_CHARACTERS (fewer in a script that says more
    with each); a list stays with the sentence that introduces it.
    `document.text[p.start:p.end] == p.text` for every passage and span.
    """
    found = blocks(document.text, code(document.language) or "en")
    starts = [block.start for block in found]
    dense = len(_DENSE.findall(document.text)) / max(len(document.text), 1)
    limit = round(MAX_CHARACTERS / (1 + (DENSITY - 1) * dense))
    passages = []
    for section in document.sections:
        inside = found[bisect_left(starts, section.start) : bisect_left(starts, section.end)]
        for run in _pack(_parts(document.text, inside), limit):
            passages.append(_passage(document, section, run))
    return passages


def _parts(text: str, found: list[Block]) -> list[_Part]:
    parts: list[_Part] = []
    lead: tuple[int, int] | None = None
    for number, block in enumerate(found):
        if block.kind in ("heading", "comment"):
            if block.kind == "heading":
                lead = None
            continue
        introduces = lead if block.kind in ("list", "table") else None
        for piece in block.pieces:
            kind: SpanKind = "sentence"
            if block.kind == "list":
                kind = "definition" if _defines(text[piece.start : piece.end]) else "item"
            elif block.kind == "table":
                kind = "row"
            span = Span(kind, piece.start, piece.end, block.start, block.header or introduces)
            parts.append(_Part(piece.line, span, number, block.end, keep=False))
        lead = None
        if block.kind == "paragraph" and block.pieces:
            last = block.pieces[-1]
            follows = next((b for b in found[number + 1 :] if b.kind != "comment"), None)
            if follows and _introduces(text[last.start : last.end], follows):
                lead = (last.start, last.end)
                parts[-1] = replace(parts[-1], keep=True)
    return parts


def _introduces(sentence: str, block: Block) -> bool:
    """Whether a sentence introduces the list or table after it: by its colon, or by saying how many
    items the list has."""
    if block.kind not in ("list", "table"):
        return False
    counted = block.kind == "list" and len(block.pieces) in numbers(sentence)
    return counted or sentence.rstrip("*_ ").endswith((":", "："))


def _defines(item: str) -> bool:
    """A list item of the form "Term: what it is", the term at most six words long."""
    term, *rest = TERM_END.split(item, maxsplit=1)
    return bool(rest and rest[0].strip()) and len(term.split()) <= 6


def _pack(parts: list[_Part], limit: int) -> list[list[_Part]]:
    """Runs of parts of at most `limit` characters, cut between blocks where that is possible."""
    runs: list[list[_Part]] = []
    run: list[_Part] = []
    for number, part in enumerate(parts):
        if run and part.span.end - run[0].start > limit:
            cut = _cut(run)
            runs.append(run[:cut])
            run = run[cut:]
        elif run and part.block != run[-1].block and not run[-1].keep:
            # A new block that would not fit whole starts a passage of its own.
            size = part.block_end - part.start
            ahead = parts[number + 1] if part.keep and number + 1 < len(parts) else None
            if ahead and ahead.block != part.block:
                size = ahead.block_end - part.start
            if part.start + size - run[0].start > limit:
                runs.append(run)
                run = []
        run.append(part)
    if run:
        runs.append(run)
    return runs


def _cut(run: list[_Part]) -> int:
    """Where to cut a run that is full: before its last block if that leaves something."""
    for number in range(len(run) - 1, 0, -1):
        if run[number].block != run[number - 1].block and not run[number - 1].keep:
            if run[number].block == run[-1].block and number > len(run) // 2:
                return number
            break
    return len(run)


def _passage(document: Document, section: Section, run: list[_Part]) -> Passage:
    start, end = run[0].start, run[-1].span.end
    spans = tuple(part.span for part in run)
    context = " > ".join(section.path)
    lead = spans[0].lead
    if lead and lead[0] < start:  # a list or table whose beginning is in another passage
        context += "\n" + document.text[lead[0] : lead[1]]
    return Passage(document.id, section.path, start, end, document.text[start:end], context, spans)
