"""Questions to begin with and to go on with, drawn from the documents and checked by asking them.

A heading over a list, a row of a table, an abbreviation, a sentence of a few plain forms: each
gives a question whose answer must then cite that very place. Other languages than English give
none, and the page shows none.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant import labels
from assistant.languages import code
from assistant.markup import Block, blocks, strip_markup
from assistant.types import Answer, Document

if TYPE_CHECKING:
    from assistant import Assistant

__all__ = ["Opening", "Trying", "further", "opening"]

Trying = Callable[[str], Answer | None]

ASKED = 12  # candidates for the opening that are tried at most: each costs an answer
READ = 60_000  # characters of a document that are looked through
AROUND = 8_000  # characters on either side of a citation in which questions to go on are looked for
TRIED = 6  # candidates for going on that are tried at most
SECONDS = 2.5  # after which no further one is tried
LENGTH = (12, 85)  # characters of a question that reads well

_PLAIN = r"[\w ,.’'&/%()-]+\?"
_ROLES = (
    r"minister|president|director|chair(?:man|woman)?|head|chief|founder|professor|analyst|officer"
    r"|secretary|manager|partner|spokes(?:man|woman|person)|author|editor|engineer"
)
_PRONOUNS = re.compile(
    r"^(?:it|its|this|that|these|those|there|they|he|she|we|you|i|what|which|who|each|here|such"
    r"|one|some|many|most|all|both|our|their|his|her|in|on|at|as|if|while|for|with|by|to)\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(rf"{_PRONOUNS.pattern}|^(?:the|an?|how|why|when|where)\b", re.IGNORECASE)
_PERCENT = re.compile(
    r"(?:^|\s)\d[\d.]*(?:%| per ?cent) of ((?:[a-z][\w’'-]* )+?)(had|have|has|is|are|was|were|will)"
    r" ([^,.;:()]{5,50})[,.;]"
)
_BY_YEAR = re.compile(
    r"^([A-Z][\w’'-]*(?: [\w’'-]+){0,4}) (must|will|should) ([a-z][^,.;:()]{2,50}?) by \d{4}\b"
)
_GROWTH = re.compile(
    r"^([A-Z][\w’'-]*(?: [\w’'-]+){1,7}) (will|must|should) (?:be )?"
    r"(increase|rise|grow|fall|decrease|decline)d? by \d"
)
_RELEASED = re.compile(
    r"^(?:On|In) [^,]{3,20}(?:, )?\d{4}, .*?\b(released|published|launched|issued|adopted)"
    r" the ([A-Z][\w-]*(?: [A-Z][\w-]*)+)"
)
_AIM = re.compile(
    r"^(?:The )?([A-Z]\w*(?: [A-Z]\w*){0,3}) (aim|plan|want|intend|seek|hope)s to [a-z]"
)
_WHO = re.compile(
    rf"\b([A-Z][a-z]+ [A-Z][a-z]+), (?:the |an? )?(?:[\w-]+[ -]){{0,3}}(?:{_ROLES})\b"
)
_SHORT = re.compile(r"\b((?:[\w-]+ ){1,5}[\w-]+) \(([A-Z]{2,6})s?\)")
_CLAUSE = re.compile(r"\b(?:which|that|who|whom|whose|there|where|when|if|not|only)\b")
_IS = re.compile(r"^([A-Z][\w-]*(?: [\w-]+){0,3}) (is|are) (?:an? |the |those )[a-z]")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question whose answer stands in `text[start:end]` of its document."""

    kind: str
    text: str
    start: int
    end: int


def opening(assistant: "Assistant", count: int = 6) -> list[str]:
    """At most `count` questions that the assistant answers: what the documents are about, then such
    as it answers from where they were drawn.

    The same documents give the same questions: turn by turn from documents spread over the
    corpus, and of as many kinds as there are.
    """
    every = [document for document in assistant.documents.values() if _english(document)]
    chosen = every[:: max(1, len(every) // count)][:count]
    queues = [(document, _order(document)) for document in chosen]
    whole = "What is this document about?" if len(every) == 1 else "What are these documents about?"
    found = [whole] if every and assistant.answer(whole).found else []
    kinds: Counter[str] = Counter()
    asked = 0
    while queues and len(found) < count and asked < ASKED:
        document, candidates = queues.pop(0)
        while candidates and asked < ASKED:
            candidate = min(candidates, key=lambda c: (kinds[c.kind], candidates.index(c)))
            candidates.remove(candidate)
            asked += 1
            if candidate.text not in found and _answers(assistant, document, candidate):
                found.append(candidate.text)
                kinds[candidate.kind] += 1
                queues.append((document, candidates))
                break
    return found


def further(
    assistant: "Assistant",
    answer: Answer,
    before: Sequence[str],
    seen: Sequence[tuple[str, int, int]] = (),
    count: int = 3,
    trying: Trying | None = None,
) -> list[str]:
    """At most `count` questions from around what an answer cites, that the documents do answer.

    None that was asked `before`, and none whose answer stands in the quotes already, or in what
    was quoted before: `seen` are documents' ids with offsets. `trying` is asked instead of the
    assistant; where it gives None, there is no time for more.
    """
    cited = answer.citations or answer.nearest
    document = assistant.documents.get(cited[0].document) if cited else None
    if document is None or not _english(document):
        return []
    at = cited[0].start
    quotes = [(start, end) for name, start, end in seen if name == document.id]
    quotes += [(c.start, c.end) for c in cited if c.document == document.id and answer.found]
    asked = {_words(question) for question in (*before, answer.question)}
    candidates = [
        c
        for c in _readable(document, max(0, at - AROUND), at + AROUND)
        if _words(c.text) not in asked
        and not any(c.start < end and c.end > start for start, end in quotes)
    ]
    candidates.sort(key=lambda c: abs(c.start - at))
    found: list[_Candidate] = []
    until = time.monotonic() + SECONDS
    for _ in range(TRIED):
        if not candidates or len(found) == count or time.monotonic() > until:
            break
        kinds = Counter(c.kind for c in found)
        candidate = min(candidates, key=lambda c: (kinds[c.kind], candidates.index(c)))
        candidates.remove(candidate)
        tried = trying(candidate.text) if trying else assistant.answer(candidate.text)
        if tried is None:
            break
        if _fits(tried, document, candidate):
            found.append(candidate)
    return [candidate.text for candidate in found]


def _english(document: Document) -> bool:
    return code(document.language) in (None, "en")


def _words(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.lower()))


def _answers(assistant: "Assistant", document: Document, candidate: _Candidate) -> bool:
    return _fits(assistant.answer(candidate.text), document, candidate)


def _fits(answer: Answer, document: Document, candidate: _Candidate) -> bool:
    return answer.found and any(
        c.document == document.id and c.start < candidate.end and c.end > candidate.start
        for c in answer.citations
    )


def _order(document: Document) -> list[_Candidate]:
    """The candidates of a document, the best first."""
    readable = _readable(document, 0, READ)
    # The middle of a document before its ends, which hold prefaces and imprints.
    middle = sum(c.start for c in readable) / max(1, len(readable))
    return sorted(readable, key=lambda c: abs(c.start - middle))


def _readable(document: Document, start: int, end: int) -> list[_Candidate]:
    """The candidates in `text[start:end]` that read well, each question once, in order."""
    starts = [section.start for section in document.sections if section.start <= start]
    low = max(starts, default=0) if start else 0
    low = low if start - low < AROUND else document.text.rfind("\n\n", 0, start) + 1
    unique: dict[str, _Candidate] = {}
    for c in _candidates(document.text[low:end]):
        if LENGTH[0] <= len(c.text) <= LENGTH[1] and re.fullmatch(_PLAIN, c.text):
            unique.setdefault(c.text, _Candidate(c.kind, c.text, low + c.start, low + c.end))
    return list(unique.values())


def _candidates(text: str) -> Iterator[_Candidate]:
    heading = ""
    for block in blocks(text):
        start, end = block.start, block.end
        if block.kind == "heading":
            heading = re.sub(r"^[\d.]+\s*", "", block.content)
        elif block.kind == "list" and len(block.pieces) >= 3 and heading:
            question = _listed(heading, text)
            heading = ""
            if question:
                yield _Candidate("list", question, start, end)
        elif block.kind == "table":
            yield from _rows(block, text)
        elif block.kind == "paragraph":
            lead = strip_markup(text[start:end])[0].strip().lower()
            if not (heading and lead.endswith(":") and heading.split()[-1].lower() in lead):
                heading = ""  # what a list after this paragraph lists is not the heading
            for piece in block.pieces:
                words = " ".join(strip_markup(text[piece.start : piece.end])[0].split())
                for kind, question in _sentence(words, text):
                    yield _Candidate(kind, question, piece.start, piece.end)


def _listed(heading: str, text: str) -> str | None:
    words = heading.split()
    if not 2 <= len(words) <= 6 or not words[0].isalpha() or _NO_NAME.match(heading):
        return None
    last = words[-1].lower()
    plural = last.endswith("s") and not last.endswith(("ss", "us", "is"))
    name = _lower(heading, text)
    if plural or last in ("criteria", "phenomena"):
        return f"What are the {name}?"
    return f"What does the {name} include?" if name != heading else None


def _rows(block: Block, text: str) -> Iterator[_Candidate]:
    if block.header is None or not block.pieces:
        return
    head = labels.cells(text[block.header[0] : block.header[1]])
    row = block.pieces[len(block.pieces) // 3]
    cells = labels.cells(text[row.start : row.end])
    if len(head) < 2 or len(cells) < 2:
        return
    label = cells[0]
    if re.fullmatch(r"[A-Z][A-Z0-9&-]{1,7}", label):
        yield _Candidate("short", f"What does {label} stand for?", row.start, row.end)
    elif label[:1].isalpha() and len(label.split()) <= 4 and 1 <= len(head[1].split()) <= 6:
        number = re.match(r"number of (.+)", head[1], re.IGNORECASE)
        name = _lower(head[1], text)
        question = (
            f"How many {number[1]} are listed for {label}?"
            if number
            else f"What is the {name} for {label}?"
        )
        if cells[1][:1].isdigit():
            yield _Candidate("table", question, row.start, row.end)


def _sentence(words: str, text: str) -> Iterator[tuple[str, str]]:
    for found in _PERCENT.finditer(words):
        yield "number", f"What percentage of {found[1]}{found[2]} {found[3]}?"
    for found in _SHORT.finditer(words):
        initials = "".join(word[0] for word in re.split(r"[ -]", found[1]) if word).upper()
        if initials.endswith(found[2]):
            yield "short", f"What does {found[2]} stand for?"
    if match := _RELEASED.match(words):
        yield "time", f"When was the {match[2]} {match[1]}?"
    if match := _AIM.match(words):
        yield "aim", f"What does {match[1]} {match[2]} to do?"
    if match := _WHO.search(words):
        yield "who", f"Who is {match[1]}?"
    if _PRONOUNS.match(words):  # what follows would ask about "it" or "this"
        return
    if match := _BY_YEAR.match(words):
        yield "time", f"By when {match[2]} {_lower(match[1], text)} {match[3]}?"
    if match := _GROWTH.match(words):
        yield "growth", f"By how much {match[2]} {_lower(match[1], text)} {match[3]}?"
    if (match := _IS.match(words)) and not _CLAUSE.search(match[1]):
        yield "what", f"What {match[2]} {_lower(match[1], text)}?"


def _lower(phrase: str, text: str) -> str:
    """A phrase as it stands inside a sentence: a name keeps its capital."""
    first, _, rest = phrase.partition(" ")
    name = any(word[:1].isupper() for word in rest.split())
    name = name or not first[1:].islower()
    if name or re.search(rf"[a-z,;] {re.escape(first)}(?!\w)", text):
        return phrase
    return f"{first.lower()} {rest}".strip()


class Opening:
    """The opening questions for the documents as they are; computed once for each state of them."""

    def __init__(self, assistant: "Assistant") -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._made: tuple[object, list[str]] | None = None

    def ready(self) -> list[str] | None:
        """The questions, or None where `questions` has to compute them."""
        made = self._made
        return made[1] if made and made[0] == self._state() else None

    def questions(self) -> list[str]:
        with self._lock:
            ready = self.ready()
            if ready is None:
                state = self._state()
                ready = opening(self._assistant)
                self._made = state, ready
            return ready

    def _state(self) -> object:
        return [document.sha256 for document in self._assistant.documents.values()]
