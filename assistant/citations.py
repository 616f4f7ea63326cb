"""The gate: no statement reaches a user without a citation that has been checked."""

import bisect
import re
from collections.abc import Mapping, Sequence

from assistant.answering.statements import Statement, words_shown
from assistant.markup import strip_markup
from assistant.sentences import Sentence
from assistant.types import Citation, Document, Passage

__all__ = ["cite", "quote", "stands"]


def cite(
    drafted: Sequence[Statement], documents: Mapping[str, Document]
) -> tuple[list[str | Sentence], tuple[Citation, ...]]:
    """The lines of an answer and its citations.

    A statement stays when its quote stands at its offsets and every word it shows is a word of
    the quote, of the headings above it or of what introduces it. A line says how many did not.
    """
    lines: list[str | Sentence] = []
    citations: dict[tuple[str, int, int], Citation] = {}
    dropped = 0
    for statement in drafted:
        document = documents.get(statement.passage.document)
        if document is None or not _holds(statement, document):
            dropped += 1
            continue
        key = (document.id, statement.start, statement.end)
        if key not in citations:
            citations[key] = quote(
                document, statement.passage, statement.start, statement.end, len(citations) + 1
            )
        number = citations[key].number
        if lines and statement.continues:
            lines.pop()  # no blank line inside a list
        lines.extend(statement.preface)
        if statement.head:
            lines.append(statement.head)
        lines.extend(f"{line} [{number}]" for line in statement.lines)
        lines.append("")
    if dropped:
        one = dropped == 1
        lines.append(Sentence("dropped_one") if one else Sentence("dropped", (str(dropped),)))
    while lines and not lines[-1]:
        lines.pop()
    return lines, tuple(citations.values())


def quote(document: Document, passage: Passage, start: int, end: int, number: int) -> Citation:
    """The citation of `document.text[start:end]`."""
    notes = [m.note for m in document.marks if m.start < end and start < m.end]
    return Citation(
        number=number,
        document=document.id,
        title=document.title,
        section=passage.section,
        page=bisect.bisect_right(document.pages, start) or None,
        start=start,
        end=end,
        quote=document.text[start:end],
        note="; ".join(notes) or None,
    )


def stands(citation: Citation, documents: Mapping[str, Document]) -> bool:
    """Whether a quote is, character for character, what its document says in its place."""
    document = documents.get(citation.document)
    return (
        document is not None
        and 0 <= citation.start < citation.end
        and document.text[citation.start : citation.end] == citation.quote
    )


def _holds(statement: Statement, document: Document) -> bool:
    if not 0 <= statement.start < statement.end <= len(document.text):
        return False
    leads = [
        document.text[slice(*span.lead)]
        for span in statement.passage.spans
        if span.lead and statement.start <= span.start < statement.end
    ]
    source = " ".join(
        [document.text[statement.start : statement.end], *leads, *statement.passage.section]
    )
    known = set(re.findall(r"\w+", strip_markup(source)[0]))
    return bool(document.text[statement.start : statement.end].strip()) and known.issuperset(
        words_shown(statement)
    )
