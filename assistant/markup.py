"""Markdown with offsets: where its blocks, sentences, items and rows stand in the text.

markdown-it-py says on which lines a block stands; this module turns that into characters. It is
the only place that knows Markdown's syntax: every format becomes Markdown, and everything after
works with the blocks found here.
"""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.normalisation import plain

__all__ = ["Block", "Piece", "blocks", "sentences", "strip_markup"]

_CONTENT = ("inline", "fence", "code_block", "html_block")  # tokens that hold text

BlockKind = Literal["heading", "paragraph", "list", "table", "code", "comment"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a block that can stand alone: `text[start:end]` is its content, `line` where the
    piece begins with its marker (a bullet, a number)."""

    line: int
    start: int
    end: int


@dataclass(slots=True)
class Block:
    """A block of Markdown, `text[start:end]`.

    `pieces` are a list's items, a table's body rows, a paragraph's sentences or a heading's words;
    `header` is a table's first row; `level` a heading's depth, 1 to 6; `content` a heading's or
    comment's words.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    content: str = ""
    header: tuple[int, int] | None = None
    pieces: list[Piece] = field(default_factory=list)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Blocks alone: what is inside a line is not looked at here, and would take most of the time.
    return MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])


class _Lines:
    """Line numbers to character offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def range(self, token: Token) -> tuple[int, int]:
        """Offsets of the lines of a token, trailing white space left out."""
        first, last = token.map or [0, 0]
        start = self.starts[min(first, len(self.starts) - 1)]
        end = min(self.starts[min(last, len(self.starts) - 1)], len(self.text))
        return start, start + len(self.text[start:end].rstrip())

    def content(self, token: Token) -> tuple[int, int, int]:
        """Where an inline token's line starts, and its content's own start and end."""
        line, end = self.range(token)
        head = token.content.split("\n", 1)[0]
        at = self.text.find(head, line, end) if head else -1
        start = at if at >= 0 else line
        return line, start, max(start, end)

    def words(self, token: Token) -> tuple[int, int]:
        """Where a heading's inline token starts and ends, without the signs on either side."""
        _, start, end = self.content(token)
        tail = token.content.rsplit("\n", 1)[-1]
        return start, max(self.text.rfind(tail, start, end), start) + len(tail)


def blocks(text: str, language: str = "en") -> list[Block]:
    """The blocks of a Markdown text in order; its language tells where sentences end.

    >>> [(b.kind, text[b.start:b.end]) for text in ["# A\\n\\nOne. Two."] for b in blocks(text)]
    [('heading', '# A'), ('paragraph', 'One. Two.')]
    """
    lines = _Lines(text)
    found: list[Block] = []
    tokens = _parser().parse(text)
    depth = 0  # of lists: a nested list belongs to the list around it
    item_open = False
    for number, token in enumerate(tokens):
        comment = _comment(token.content) if token.type == "html_block" else None
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            if depth == 1:
                found.append(Block("list", *lines.range(token)))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "list_item_open":
            item_open = True
        elif depth and token.type in _CONTENT and comment is None:
            line, start, end = lines.content(token)
            if item_open or not found[-1].pieces:
                found[-1].pieces.append(Piece(line, start, end))
            else:  # a further paragraph, or code, of the same item
                last = found[-1].pieces[-1]
                found[-1].pieces[-1] = Piece(last.line, last.start, max(end, last.end))
            item_open = False
        elif depth:
            continue
        elif token.type == "table_open":
            found.append(_table(tokens, number, lines))
        elif token.type in ("fence", "code_block"):
            start, end = lines.range(token)
            found.append(Block("code", start, end, pieces=[Piece(start, start, end)]))
        elif token.type == "html_block":
            start, end = lines.range(token)
            if comment is None:
                found.append(_paragraph(text, start, start, end, language))
            else:
                found.append(Block("comment", start, end, content=comment))
        elif token.type == "inline" and tokens[number - 1].type == "heading_open":
            start, end = lines.range(tokens[number - 1])
            level = int(tokens[number - 1].tag[1])
            words = strip_markup(" ".join(token.content.split()))[0].strip()
            pieces = [Piece(start, *lines.words(token))] if token.content else []
            found.append(Block("heading", start, end, level, words, pieces=pieces))
        elif token.type == "inline" and tokens[number - 1].type == "paragraph_open":
            found.append(_paragraph(text, *lines.content(token), language))
    return [block for block in found if block.end > block.start]


def _comment(html: str) -> str | None:
    """What comments say, None where there is anything else."""
    *comments, rest = (part.strip() for part in html.split("-->"))
    if rest or not all(comment.startswith("<!--") for comment in comments):
        return None
    return " ".join(" ".join(comments).replace("<!--", "").split())


def _paragraph(text: str, line: int, start: int, end: int, language: str) -> Block:
    pieces = [Piece(a, a, b) for a, b in sentences(text, start, end, language)]
    if pieces:
        pieces[0] = Piece(line, pieces[0].start, pieces[0].end)
    return Block("paragraph", line, end, pieces=pieces)


def _table(tokens: list[Token], number: int, lines: _Lines) -> Block:
    block = Block("table", *lines.range(tokens[number]))
    for token in tokens[number + 1 :]:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            start, end = lines.range(token)
            start += len(lines.text[start:end]) - len(lines.text[start:end].lstrip())
            if block.header is None:
                block.header = (start, end)
            elif end > start:  # the first row begins with the header that it is read with
                line = start if block.pieces else block.start
                block.pieces.append(Piece(line, start, end))
    return block


_LONG = 5_000  # characters
_HALF = re.compile(r"[\ud800-\udfff]")  # of a surrogate pair, which can't be encoded
# Behind a full-width end of a sentence and the quotes and brackets that it closes.
_WIDE_ENDS = re.compile(
    r"(?<=[。！？｡][”’」』）】》])(?![”’」』）】》])|(?<=[。！？｡])(?![”’」』）】》。！？｡])"
)


def sentences(text: str, start: int, end: int, language: str = "en") -> list[tuple[int, int]]:
    """Offsets of the sentences of `text[start:end]`, without the space around them.

    Boundaries are sentencex's (MIT), which keeps every character and knows abbreviations, and
    the ends of sentences in scripts that put no space behind them.

    >>> sentences("很好。是的！”他说。", 0, 10)
    [(0, 3), (3, 7), (7, 10)]
    """
    import sentencex

    found = []
    for part in _cuts(_HALF.sub("\ufffd", text[start:end])):
        shown = plain(part)
        at = 0
        for piece in sentencex.segment(language, shown.text):
            stripped = piece.strip()
            begin = shown.text.find(stripped, at) if stripped else -1
            if begin >= 0:
                at = begin + len(stripped)
                first, last = shown.source(begin, at)
                found.append((start + first, start + last))
        start += len(part)
    return found


def _cuts(text: str) -> Iterator[str]:
    """A paragraph in parts: at the wide ends of sentences, and at spaces where it is longer than
    any, since the time for one part grows with the square of its length."""
    for part in _WIDE_ENDS.split(text):
        at = 0
        while len(part) - at > _LONG:
            cut = part.rfind(" ", at, at + _LONG) + 1 or at + _LONG
            yield part[at:cut]
            at = cut
        yield part[at:]


# What is syntax and not words, in the order in which it is looked for. The group, where there is
# one, is kept.
_SYNTAX = re.compile(
    r"""
      \\([!-/:-@\[-`{-~])                         # an escape: what it escapes
    | <!--(?:(?!<!--).)*?-->
    | </?[a-zA-Z][^<>]*>                          # an HTML tag
    | !?\[([^\[\]\n]*)\]\([^()\n]*\)              # a link or an image: its words
    | \[\d+\]                                    # a footnote's number, not ours
    | \*\*|__|~~|``?`?                            # strong, struck out, code
    | (?<![\w*])[*_](?=\S)|(?<=\S)(?<!\*)[*_](?![\w*])   # emphasis
    | (?<=\n)[ \t]*>[ \t]?                         # a quotation's mark on its further lines
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


def strip_markup(text: str) -> tuple[str, list[int]]:
    """The words of a piece of Markdown, and for each of their characters its offset in `text`.

    >>> strip_markup("a **b** [c](d)")[0]
    'a b c'
    """
    keep: list[tuple[int, int]] = []
    at = 0
    for match in _SYNTAX.finditer(text):
        keep.append((at, match.start()))
        if match.lastindex:
            keep.append(match.span(match.lastindex))
        at = match.end()
    keep.append((at, len(text)))
    offsets = [i for a, b in keep for i in range(a, b)]
    return "".join(text[a:b] for a, b in keep), offsets


def position(offsets: list[int], offset: int) -> int:
    """Where a source offset falls in the stripped words."""
    return bisect.bisect_left(offsets, offset)
