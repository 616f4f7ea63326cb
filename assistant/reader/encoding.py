"""Questions and passages as token windows that the reader's network takes.

Lines are encoded one by one and joined with a token of their own, because the
tokenizer drops line breaks, and line breaks are what lists, tables and headings
are made of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Encoder", "Window"]

CLS, SEP, LINE_BREAK = 101, 102, 1  # LINE_BREAK is [unused0] of BERT's uncased vocabulary
MAX_QUESTION_TOKENS = 64
MAX_HEADING_TOKENS = 40
OVERLAP = 64
MAX_WINDOWS = 16
MAX_CHARACTERS = 24_000  # of a passage; what comes after is not read
_UNENCODABLE = re.compile(r"[\ud800-\udfff\x00]")
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True)
class Window:
    """Token ids of one question with one stretch of one passage.

    `starts` and `ends` are character offsets into the passage, -1 for tokens that are not of
    the passage's text; `types` is 0 for the question's tokens and 1 for the passage's.
    """

    ids: list[int]
    types: list[int]
    starts: list[int]
    ends: list[int]


@dataclass
class _Tokens:
    ids: list[int]
    starts: list[int]
    ends: list[int]

    def cut(self, start: int, end: int) -> _Tokens:
        return _Tokens(self.ids[start:end], self.starts[start:end], self.ends[start:end])


class Encoder:
    """Makes windows of at most `max_tokens` tokens; raises nothing whatever the text is.

    >>> encoder.windows("Who?", "Title\\nAda wrote it.")[0].ids[0]  # doctest: +SKIP
    101
    """

    def __init__(self, tokenizer: Path, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.max_tokens = max_tokens

    def question(self, text: str) -> list[int]:
        """The question's token ids: its end is kept when it is too long."""
        text = _UNENCODABLE.sub(" ", text[-2000:])
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids[-MAX_QUESTION_TOKENS:]

    def windows(self, question: str, passage: str) -> list[Window]:
        """One window, or several overlapping ones where the passage is longer than one.

        A short first line is taken for the passage's heading and repeated in every window. Of a
        passage longer than MAX_WINDOWS windows, the beginning is read.
        """
        return self.windows_of(self.question(question), passage)

    def windows_of(self, question: Sequence[int], passage: str) -> list[Window]:
        """`windows` for a question that is encoded already."""
        tokens, first_line = self._passage(passage)
        heading = first_line if first_line <= MAX_HEADING_TOKENS else 0
        room = self.max_tokens - 3 - len(question) - heading
        body = len(tokens.ids) - heading
        stride = room - OVERLAP
        last = max(0, body - room)
        offsets = [*range(0, last, stride), last][:MAX_WINDOWS]
        return [
            _window(question, tokens.cut(0, heading), tokens.cut(heading + at, heading + at + room))
            for at in offsets
        ]

    def _passage(self, text: str) -> tuple[_Tokens, int]:
        """Tokens of the whole text, and how many of them its first line takes (0: one line)."""
        text = _UNENCODABLE.sub(" ", text[:MAX_CHARACTERS])
        lines = [m for m in _LINE.finditer(text) if not m.group().isspace()]
        encoded = self._tokenizer.encode_batch([m.group() for m in lines], add_special_tokens=False)
        tokens = _Tokens([], [], [])
        first_line = 0
        for number, (line, encoding) in enumerate(zip(lines, encoded, strict=True)):
            if number:
                tokens.ids.append(LINE_BREAK)
                tokens.starts.append(-1)
                tokens.ends.append(-1)
            if number == 1:
                first_line = len(tokens.ids)
            tokens.ids.extend(encoding.ids)
            tokens.starts.extend(line.start() + start for start, _ in encoding.offsets)
            tokens.ends.extend(line.start() + end for _, end in encoding.offsets)
        return tokens, first_line


def _window(question: Sequence[int], heading: _Tokens, body: _Tokens) -> Window:
    passage = [*heading.ids, *body.ids]
    before = len(question) + 2
    return Window(
        ids=[CLS, *question, SEP, *passage, SEP],
        types=[0] * before + [1] * (len(passage) + 1),
        starts=[-1] * before + heading.starts + body.starts + [-1],
        ends=[-1] * before + heading.ends + body.ends + [-1],
    )
