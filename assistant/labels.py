"""Things of a kind, as the documents' own structure shows them.

The rows of a table, the items of a list and the headings beside one another are alternatives:
who asked of one may ask "and the other?" next.
"""

import re
from collections.abc import Iterable, Sequence

from assistant.markup import strip_markup
from assistant.types import Document, Passage

__all__ = [
    "MAX_WORDS",
    "TERM_END",
    "Label",
    "cells",
    "counts",
    "groups",
    "label",
    "unnumbered",
]

Label = str
MAX_WORDS = 8
TERM_END = re.compile(r": | [—–] |：")
"""What stands between a term and what it is."""


def cells(row: str) -> list[str]:
    """The cells of a Markdown table's row, without markup.

    >>> cells("| 3 | ADAS | Driver \\\\| help |")
    ['3', 'ADAS', 'Driver | help']
    """
    inner = row.strip().removeprefix("|")
    parts = re.split(r"(?<!\\)\|", inner)
    if parts and not parts[-1].strip():
        parts.pop()
    return [strip_markup(part.strip())[0] for part in parts]


def unnumbered(heading: str) -> str:
    """A heading without its number.

    >>> unnumbered("2.1 Results")
    'Results'
    """
    return re.sub(r"^[\d.]+\s+", "", heading)


def label(cell_texts: Sequence[str]) -> str:
    """What a row is called: its first cell that is not a running number, as years are not.

    >>> label(["3", "ADAS", "help"]), label(["2021", "500"]), label(["7", "8"])
    ('ADAS', '2021', '7')
    """
    there = [cell for cell in cell_texts if cell]
    named = [cell for cell in there if not counts(cell)]
    return next(iter(named or there), "")


def counts(cell: str) -> bool:
    """Whether a cell may be a running number."""
    return bool(re.fullmatch(r"(?!(?:1[5-9]|20|21)\d\d$)[\d.)#]+", cell))


def groups(documents: Iterable[Document], passages: Sequence[Passage]) -> list[list[Label]]:
    """Labels that stand beside one another in a list, a table, or under one heading."""
    found: dict[tuple[str, object], list[Label]] = {}
    for passage in passages:
        for span in passage.spans:
            text = passage.text[span.start - passage.start : span.end - passage.start]
            if span.kind == "sentence":
                continue
            name = label(cells(text)) if span.kind == "row" else strip_markup(text)[0]
            if span.kind == "definition":
                name = TERM_END.split(name)[0]
            if 0 < len(name.split()) <= MAX_WORDS:
                found.setdefault((passage.document, span.group), []).append(name)
    for document in documents:
        for section in document.sections:
            if len(section.path) > 1:
                name = unnumbered(section.path[-1])
                siblings = found.setdefault((document.id, section.path[:-1]), [])
                if name and len(name.split()) <= MAX_WORDS and name not in siblings:
                    siblings.append(name)
    return [names for names in found.values() if len(names) > 1]
