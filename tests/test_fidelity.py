"""The Markdown in corpus/ says what the extracted texts in corpus/originals/ say, and all of it.

The proof is a tiling. Every heading, paragraph, list item and table cell of the Markdown claims
one place in the extracted text, word for word, and no place is claimed twice. What remains
unclaimed must be furniture, which is listed here with the reason it is left out. So nothing was
invented, changed, doubled or dropped. Only white space, line-end hyphens, quote marks and bullets
are evened out first. (The order is free: a slide's heading often stands after its text.)
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

CORPUS = Path(__file__).parent.parent / "corpus"
PARSER = MarkdownIt("commonmark").enable("table")
EVENED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', **dict.fromkeys("•❌✔*", " ")})
HEADER_WORDS = {"date", "event"}  # of an editor's table headers, not in the source


@dataclass(frozen=True)
class Source:
    """How one extracted text is to be read.

    furniture: (text, how often, why it is left out).
    mended: (pattern, replacement): words that the extraction ran together or cut.
    apart: text in the Markdown -> its parts as they stand in the source.
    marked: the heading above each block that is marked as reconstructed, in order.
    added: the headings and the table headers that the source does not have, in order.
    """

    name: str
    sha256: str
    furniture: tuple[tuple[str, int, str], ...] = ()
    mended: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, tuple[str, ...]], ...] = ()
    marked: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @cached_property
    def markdown(self) -> str:
        return (CORPUS / f"{self.name}.md").read_text(encoding="utf-8")

    @cached_property
    def original(self) -> str:
        text = (CORPUS / "originals" / f"{self.name}.txt").read_text(encoding="utf-8")
        for pattern, replacement in self.mended:
            text = re.sub(pattern, replacement, text)
        return even(text)


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list or table; rows hold cells, a table's first row is its header."""

    kind: str
    rows: tuple[tuple[str, ...], ...]
    note: str  # of the comment before it: "reconstructed", "added" or ""


LINK_LABEL = "a link's label, doubled by its target"
CHART_TOTAL = "the total in the middle of a ring chart; the table's header says it"
LOST_CHART = "of the bar chart of core businesses, whose values are not in the text"

KPMG = Source(
    name="kpmg-china-leading-autotech-50",
    sha256="cd4c0a35531c0d56b2f6c0c79b5daa870209a73bcece5d707a3a0d051fc32396",
    furniture=(
        ("China’s Leading Autotech 50", 9, "running head"),
        ("Methodology and results", 1, "divider page"),
        ("technology in China", 1, "divider page, cut off"),
        ("Methodology", 1, "page title, repeated"),
        ("Autotech cohort analysis", 2, "page title, repeated"),
        ("Autotech top trends", 1, "page title, repeated"),
        ("Glossary", 1, "page title, repeated"),
        ("# Abbreviation Full name", 1, "header of the glossary, repeated on its second page"),
        ("Raymond Ng", 1, "signature, doubled"),
        ("Norbert Meyring", 1, "signature, doubled"),
        ("autotech@kpmg.com", 1, LINK_LABEL),
        ("75", 5, CHART_TOTAL),
        *((f"0{n}", 1, "number of a chart") for n in range(1, 8)),
        ("0 5 10 15 20 25 30 35", 1, "axis ticks " + LOST_CHART),
        ("Electrification Mobility Service Innovation Connectivity", 1, "labels " + LOST_CHART),
        ("Emerging enterprises Leading enterprises", 1, "legend " + LOST_CHART),
        ("Number of companies", 1, "axis title " + LOST_CHART),
        ("Aug.May-Jul.Apr.Mar.Feb.Jan.Dec.Nov.Oct.Sep.", 1, "axis ticks; the bars are lost"),
    ),
    mended=(
        (r"zh/2\n021", "zh/2021"),
        (r"mailto:", ""),
        (r"(companies|executives)100\+", r"\1 100+"),
        (r"([a-z])(0[1-7])\n", r"\1 \2\n"),
        (r"BeijingShanghai", "Beijing Shanghai"),
        (r"SuzhouShenzhen", "Suzhou Shenzhen"),
    ),
    apart=(
        ("Raymond Ng, Vice Chairman, KPMG China", ("Raymond Ng Vice Chairman KPMG China",)),
        (
            "Norbert Meyring, Automotive Sector Head, KPMG China",
            ("Norbert Meyring Automotive Sector Head KPMG China",),
        ),
        ("1 Electrification", ("1", "Electrification")),
        ("4 Connectivity", ("Connectivity 4",)),
        ("100+ automotive technology companies", ("automotive technology companies 100+",)),
        (
            "100+ interviews with founders and C-suite executives",
            ("interviews with founders and C-suite executives 100+",),
        ),
    ),
    marked=(
        "Executive Summary",
        "Executive Summary",
        "Autotech company profiles",
        "1 Electrification",
        "2 Mobility",
        "3 Service Innovation",
        "4 Connectivity",
        "Inclusion criteria",
        "Exclusion criteria",
        "Evaluation journey",
        "Milestones",
        "Interview timeline",
        "Composition of the evaluation committee",
        "Core evaluation dimensions",
        "Geographic distribution",
        "Team size",
        "Proportion of IT personnel",
        "Years of operation",
        "Valuation",
        "Funding rounds",
    ),
    added=(
        "Date | Event",
        "City | Number of companies",
        "Team size | Share of the 75 companies",
        "Proportion of IT personnel | Share of the 75 companies",
        "Years of operation | Share of the 75 companies",
        "Valuation | Share of the 75 companies",
        "Funding round | Share of the 75 companies",
        "Vehicle connectivity",
        "About KPMG",
    ),
)
ASIA_FINANCIAL = Source(
    name="asia-financial-smart-vehicle-consortia",
    sha256="3b5f17bfb5b35de62a474ea513499a728ecb8de8af43d86e5016b04dc6e7842a",
    furniture=(
        ("Type to search", 1, "site navigation"),
        (
            "A NIO ET5 car model and the NIO EP9 sports car are pictured at the NIO House, the "
            "showroom of the Chinese premium smart electric vehicle manufacture NIO Inc. in "
            "Berlin, Germany",
            1,
            "the photo's alternative text, doubled by its caption",
        ),
        (
            "Also on AF: Evergrande Chief Suspected Of Transferring Assets Offshore: WSJ",
            1,
            "link to another article",
        ),
        (
            "Read more: China Plans Rules to Regulate Data Flows From Smart Cars China to Form "
            "National Data Bureau, Eyes Smart Cities Future China Says Licences Needed for "
            "Mapping by ‘Smart Cars’ Baidu-Geely Smart EV Joint Venture Jidu Auto Raises $400m",
            1,
            "links to other articles",
        ),
        (
            "Sean O'Meara Sean O'Meara is an Editor at Asia Financial. He has been a newspaper "
            "man for more than 30 years, working at local, regional and national titles in the "
            "UK as a writer, sub-editor, page designer and print editor. A football, cricket and "
            "rugby fan, he has a particular interest in sports finance.",
            1,
            "the author's biography",
        ),
        ("AF China Bond", 1, "site navigation"),
    ),
)
SESEC = Source(
    name="sesec-automotive-digital-transformation",
    sha256="2f5538ad399fb580e158e32b87d9b19d987fc1c562d4db2e6f8e098054629c1d",
    added=(
        "On the Implementation Plan for the Digital Transformation of the Automotive Industry",
        "Six major actions",
        "The importance of standards",
    ),
)
SOURCES = [
    pytest.param(source, id=source.name.split("-")[0]) for source in (KPMG, ASIA_FINANCIAL, SESEC)
]
each_source = pytest.mark.parametrize("source", SOURCES)


def even(text: str) -> str:
    """Rejoin words at a line-end hyphen or dash, even out quote marks, bullets and white space.

    >>> even("• a “short-\\nterm”  plan")
    'a "short-term" plan'
    """
    return " ".join(re.sub(r"([-—])[ ]*\n\s*", r"\1", text).translate(EVENED).split())


def stands(phrase: str, text: str) -> bool:
    """Whether the phrase stands in the text, as whole words."""
    return f" {phrase} " in f" {text} "


def body(markdown: str) -> str:
    """The Markdown below its front matter."""
    return markdown.split("---\n", 2)[2]


def blocks(markdown: str) -> list[Block]:
    """The blocks of a document, in order."""
    found, note = [], ""
    tokens = PARSER.parse(body(markdown))
    starts = [i for i, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        first, inside = tokens[start], tokens[start:end]
        if first.type == "html_block":
            comment = re.match(r"<!-- (reconstructed|added): \S.* -->\s*$", first.content)
            note = comment[1] if comment else ""
            continue
        kind = first.type.removesuffix("_open").split("_")[-1]
        found.append(Block(kind, tuple(rows(kind, inside)), note))
        note = ""
    return found


def rows(kind: str, tokens: list[Token]) -> Iterator[tuple[str, ...]]:
    """The rows of one block; an ordered item keeps its number."""
    number, cells = "", []
    for token in tokens:
        if token.type == "list_item_open" and token.info:
            number = f"{token.info}. "
        elif token.type == "inline":
            cells.append(even(number + token.content))
        if token.type == "tr_close" or (token.type == "inline" and kind != "table"):
            yield tuple(cells)
            cells = []


def faults(source: Source, document: list[Block]) -> list[str]:
    """Everything in which the document and the extracted text differ; empty when nothing does."""
    original = source.original
    apart = dict(source.apart)
    found, claims, marked, added, heading = [], [], [], [], ""

    for i, block in enumerate(document):
        reconstructed = block.note == "reconstructed"
        content = block.rows
        if block.kind == "heading":
            heading = block.rows[0][0]
            follower = document[i + 1] if i + 1 < len(document) else None
            if heading in apart and (follower is None or follower.note != "reconstructed"):
                found.append(f"nothing marked under the reconstructed heading: {heading}")
            if block.note == "added":
                content = ()
                added.append(heading)
        elif block.kind == "table" and reconstructed:
            content = block.rows[1:]
            added.append(" | ".join(block.rows[0]))
            if not paired(content, original):
                found.append(f"pairs differ from the source's order: {heading}")
        elif not reconstructed:
            whole = [" ".join(row) for row in block.rows]
            if block.kind == "list":
                whole = [" ".join(whole)]
            found += [f"not marked: {text}" for text in whole if not stands(text, original)]
        if reconstructed:
            marked.append(heading)
        claims += [part for row in content for cell in row for part in apart.get(cell, (cell,))]

    if tuple(marked) != source.marked:
        found.append(f"marked as reconstructed: {marked}")
    if tuple(added) != source.added:
        found.append(f"added: {added}")
    known = set(re.findall(r"\w+", original.lower())) | HEADER_WORDS
    unknown = set(re.findall(r"\w+", " ".join(added).lower())) - known
    found += [f"word not in the source: {word}" for word in sorted(unknown)]
    claims += [even(text) for text, times, _ in source.furniture for _ in range(times)]
    return found + untiled(claims, original)


def paired(table: tuple[tuple[str, ...], ...], original: str) -> bool:
    """Whether the two columns are two neighbouring runs of the source, or its rows reversed."""
    if any(len(row) != 2 for row in table):
        return False
    labels, values = (" ".join(column) for column in zip(*table, strict=True))
    reversed_rows = " ".join(f"{value} {label}" for label, value in table)
    runs = (f"{labels} {values}", f"{values} {labels}", f"{labels} 75 {values}", reversed_rows)
    return any(stands(run, original) for run in runs)


def untiled(claims: list[str], original: str) -> list[str]:
    """Claims that find no place of their own, and words that nothing claims.

    >>> untiled(["a b", "c"], "a b b")
    ['not in the source: c', 'not in the Markdown: b']
    """
    rest, found = f" {original} ", []
    for claim in sorted(claims, key=len, reverse=True):  # the longest have the fewest places
        if f" {claim} " in rest:
            rest = rest.replace(f" {claim} ", " \0 ", 1)
        else:
            found.append(f"not in the source: {claim}")
    left = (words.strip() for words in rest.split("\0"))
    return found + [f"not in the Markdown: {words}" for words in left if words]


@each_source
def test_document_and_source_hold_the_same(source: Source) -> None:
    assert faults(source, blocks(source.markdown)) == []


@each_source
def test_originals_are_untouched(source: Source) -> None:
    data = (CORPUS / "originals" / f"{source.name}.txt").read_bytes()
    assert hashlib.sha256(data).hexdigest() == source.sha256


@each_source
def test_document_is_plain_and_well_nested(source: Source) -> None:
    tokens = PARSER.parse(body(source.markdown))
    inline = [child.type for token in tokens for child in token.children or ()]
    assert set(inline) == {"text"}  # one line each, no markup inside
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    title = next(token.content for token in tokens if token.type == "inline")
    assert source.markdown.startswith(f"---\ntitle: {title}\n")


def test_glossary_is_whole() -> None:
    (glossary,) = (b for b in blocks(KPMG.markdown) if b.rows[0][0] == "#")
    assert [row[0] for row in glossary.rows[1:]] == [str(n) for n in range(1, 52)]


@pytest.mark.parametrize(
    ("source", "old", "new", "fault"),
    [
        (KPMG, "innovation has become a top", "innovation is now a top", "not in the source: As"),
        (KPMG, "365 million", "356 million", "not in the source: Mobility services have"),
        (KPMG, "| 48% |", "| 84% |", "pairs differ from the source's order: Team size"),
        (KPMG, "| Beijing | 26 |\n", "", "not in the Markdown: 26"),
        (KPMG, "- Valet driving\n", "", "not in the Markdown: Valet driving"),
        (KPMG, "- Valet driving\n", "- Valet driving\n" * 2, "not in the source: Valet driving"),
        (KPMG, "Advanced Driver Assistance", "Artificial Intelligence", "not in the source: Arti"),
        (KPMG, "| Share of the 75", "| Portion of the 75", "word not in the source: portion"),
        (ASIA_FINANCIAL, "over 42%", "over 24%", "not in the source: While level 1"),
        (ASIA_FINANCIAL, "fourth city", "fifth city", "not in the Markdown: That makes the tech"),
        (SESEC, "3. Digital", "4. Digital", "not marked: 1. Lack of a mature"),
        (SESEC, "## By 2030", "## By 2040", "not in the source: By 2040"),
        (SESEC, "## Six major actions", "## Seven mighty actions", "word not in the source: migh"),
    ],
)
def test_a_change_is_named(source: Source, old: str, new: str, fault: str) -> None:
    changed = source.markdown.replace(old, new, 1)
    assert changed != source.markdown
    assert any(line.startswith(fault) for line in faults(source, blocks(changed)))


def test_exchanged_values_are_named() -> None:
    before, chart, after = KPMG.markdown.partition("| Team size | Share of the 75 companies |")
    after = after.replace("12%", "?", 1).replace("11%", "12%", 1).replace("?", "11%", 1)
    assert faults(KPMG, blocks(before + chart + after)) == [
        "pairs differ from the source's order: Team size"
    ]


@each_source
def test_nothing_can_be_dropped_or_changed(source: Source) -> None:
    document = blocks(source.markdown)
    missed = []
    for i, block in enumerate(document):
        variants = [replace(block, note="")] if block.note else []
        for j, row in enumerate(block.rows):
            before, after = block.rows[:j], block.rows[j + 1 :]
            variants.append(replace(block, rows=before + after))
            variants.append(replace(block, rows=(*before, (*row[:-1], changed(row[-1])), *after)))
        for variant in variants:
            mutated = [*document[:i], *([variant] if variant.rows else []), *document[i + 1 :]]
            if not faults(source, mutated):
                missed.append(variant)
    assert missed == []


def changed(text: str) -> str:
    """The text with its last digit changed or, without one, the case of its last letter."""
    found = re.search(r"\d(?=\D*$)", text) or re.search(r"\w(?=\W*$)", text)
    assert found
    other = str((int(found[0]) + 1) % 10) if found[0].isdecimal() else found[0].swapcase()
    return text[: found.start()] + other + text[found.end() :]
