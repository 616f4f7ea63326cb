"""A conversation as a file, each quote with its document, section and page as a footnote.

Footnotes are numbered through the whole conversation. All text is hostile: HTML is escaped and
runs and loads nothing, Markdown's syntax is escaped, and what XML can't hold is left out.
"""

import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from assistant.citations import stands
from assistant.errors import AssistantError
from assistant.types import Citation, Document
from assistant.web.conversations import OURS, Turn, numbered
from assistant.web.excerpt import plain, without_label
from assistant.web.i18n import say

__all__ = ["File", "export"]

_ITEM = re.compile(r"\s*- ")
# Characters that XML can't hold or that turn around what is read.
_UNSEEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class File:
    """A file to download; `type` is its media type."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Note:
    """A footnote: a quote, as Markdown, and where it stands; `language` is its document's."""

    number: int
    quote: str
    where: str
    remark: str
    language: str

    @property
    def source(self) -> str:
        return f"{self.where} — {self.remark}" if self.remark else self.where


@dataclass(frozen=True, slots=True)
class _Line:
    """Runs of text: (words, bold, footnote or None); an `item` belongs to a list."""

    runs: list[tuple[str, bool, _Note | None]]
    item: bool = False


@dataclass(slots=True)
class _Entry:
    """A turn."""

    asked: str
    understood: str
    refused: str
    lines: list[_Line] = field(default_factory=list)
    nearest: list[_Note] = field(default_factory=list)

    @property
    def notes(self) -> list[_Note]:
        return [note for line in self.lines for _, _, note in line.runs if note] + self.nearest


def export(
    kind: str,
    title: str,
    turns: Sequence[Turn],
    documents: Mapping[str, Document],
    lang: str = "en",
) -> File:
    """The conversation as "md", "html" or "docx". Raises AssistantError for any other kind.

    A quote that its document does not hold any more says so in its footnote.
    """
    makers = {"md": _markdown, "html": _html, "docx": _docx}
    if kind not in makers:
        raise AssistantError(f"A conversation can be exported as {', '.join(makers)}, not {kind}.")
    if not turns:
        raise AssistantError(say("export_empty", lang))
    entries = list(_entries(turns, documents, lang))
    name = re.sub(r"[^\w-]+", "-", title)[:60].strip("-_") or "conversation"
    types = {
        "md": "text/markdown",
        "html": "text/html",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
    return File(f"{name}.{kind}", types[kind], makers[kind](_seen(title), entries, lang))


def _entries(
    turns: Sequence[Turn], documents: Mapping[str, Document], lang: str
) -> Iterator[_Entry]:
    count = 0
    for turn in turns:
        answer = turn.answer
        notes: dict[int, _Note] = {}
        for number, citation in numbered(answer):
            count += 1
            notes[number] = _note(count, citation, documents, lang)
        entry = _Entry(
            _seen(turn.asked),
            _seen(turn.understood),
            "" if answer.found else say("refused", lang),
            [
                _line(_seen(line), notes if answer.found else {})
                for line in answer.text.split("\n")
                if line.strip()
            ],
            [] if answer.found else list(notes.values()),
        )
        referred = {note for line in entry.lines for _, _, note in line.runs}
        rest = [note for note in notes.values() if answer.found and note not in referred]
        if rest:  # quotes that the text itself does not point to
            entry.lines.append(_Line([("", False, note) for note in rest]))
        yield entry


def _note(number: int, citation: Citation, documents: Mapping[str, Document], lang: str) -> _Note:
    document = documents.get(citation.document)
    path = [part for part in citation.section if part != citation.title]
    facts = [document.publisher, document.date] if document else []
    where = " › ".join([citation.title, *path])
    if citation.page:
        where += f", {say('page', lang, number=citation.page)}"
    if any(facts):
        where += f" ({', '.join(f for f in facts if f)})"
    remarks = (
        [f"{say('reconstructed', lang)}: {without_label(citation.note)}"] if citation.note else []
    )
    if not stands(citation, documents):
        remarks.append(say("changed", lang))
    return _Note(
        number,
        _seen(citation.quote),
        _seen(where),
        _seen(" ".join(remarks)),
        (document.language if document else None) or "",
    )


def _line(line: str, notes: Mapping[int, _Note]) -> _Line:
    item = _ITEM.match(line)
    return _Line(list(_runs(line[item.end() :] if item else line, notes)), bool(item))


def _runs(line: str, notes: Mapping[int, _Note]) -> Iterator[tuple[str, bool, _Note | None]]:
    at = 0
    for match in OURS.finditer(line):
        note = notes.get(int(match[2])) if match[2] else None
        if match[2] and note is None:
            continue  # a number in brackets of the document's own
        if before := line[at : match.start()]:
            if note and before.endswith(" "):  # the number stays with the words before it
                before = before[:-1] + "\u00a0"
            yield before, False, None
        yield (match[1] or "", bool(match[1]), note)
        at = match.end()
    if line[at:]:
        yield line[at:], False, None


def _seen(text: str) -> str:
    """Text without what can't be seen but does something."""
    clean = text.encode("utf-8", "replace").decode()
    return _TURNING.sub("\ufffd", _UNSEEN.sub("\ufffd", clean))


# Markdown


def _markdown(title: str, entries: Sequence[_Entry], lang: str) -> bytes:
    out = [f"# {_md(title)}"]
    notes: list[_Note] = []
    for entry in entries:
        out.append(f"## {_md(entry.asked)}")
        if entry.understood:
            out.append(f"*{say('understood', lang)}: {_md(entry.understood)}*")
        if entry.refused:
            out.append(f"**{entry.refused}.**")
        for line in entry.lines:
            words = "".join(
                f"[^{note.number}]" if note else f"**{_md(run)}**" if bold else _md(run)
                for run, bold, note in line.runs
            )
            out.append(f"- {words}" if line.item else words)
        if entry.nearest:
            out.append(f"{say('nearest', lang)}:")
            out += [f"- {_md(note.where)} [^{note.number}]" for note in entry.nearest]
        notes += entry.notes
    for note in dict.fromkeys(notes):
        quote = "\n    > ".join(note.quote.split("\n"))
        remark = f" ({_md(note.remark)})" if note.remark else ""
        out.append(f"[^{note.number}]: {_md(note.where)}{remark}\n\n    > {_fence(quote)}")
    return ("\n\n".join(out) + "\n").encode()


def _md(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~&$!])", r"\\\1", re.sub(r"\s+", " ", text))


def _fence(quote: str) -> str:
    """The quote as it stands in its document, which is Markdown, with HTML, links, what they refer
    to and footnotes inert. What is escaped there already stays so."""
    active = r"(\\.)|<|(?<=\])[(:]|!(?=\[)|\[(?=\^)"
    return re.sub(active, lambda match: match[1] or "\\" + match[0], quote)


# HTML

_STYLE = """
body { max-width: 46rem; margin: 2.5rem auto; padding: 0 1.2rem; color: #1b2430; background: #fff;
  font: 16px/1.6 system-ui, "Noto Sans", sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem } h2 { margin-top: 2.2rem; font-size: 1.1rem }
.quiet, .where { color: #566172; font-size: .92rem } .refused { color: #8a4100; font-weight: 600 }
sup a { color: #1d4f91; text-decoration: none } ol.notes { padding-left: 1.6rem }
section { margin-top: 3rem; border-top: 1px solid #d9dfe6 } li { margin: .8rem 0 }
blockquote { margin: .2rem 0; padding-left: .9rem; border-left: 3px solid #f2b600;
  white-space: pre-wrap }
@media (prefers-color-scheme: dark) { body { color: #e6eaf0; background: #11151b }
  .quiet, .where { color: #a3aebc } sup a { color: #8ab4f8 } .refused { color: #f5b667 } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def _html(title: str, entries: Sequence[_Entry], lang: str) -> bytes:
    out: list[str] = []
    notes: list[_Note] = []
    for entry in entries:
        out.append(f'<h2 dir="auto">{html.escape(entry.asked)}</h2>')
        if entry.understood:
            words = f"{say('understood', lang)}: {html.escape(entry.understood)}"
            out.append(f'<p class="quiet" dir="auto">{words}</p>')
        if entry.refused:
            out.append(f'<p class="refused">{entry.refused}</p>')
        for item, group in groupby(entry.lines, key=lambda line: line.item):
            tag = "li" if item else "p"
            words = "".join(f'<{tag} dir="auto">{_marked(line)}</{tag}>' for line in group)
            out.append(f"<ul>{words}</ul>" if item else words)
        if entry.nearest:
            items = "".join(
                f"<li>{html.escape(note.where)} {_mark(note)}</li>" for note in entry.nearest
            )
            out.append(f'<p class="quiet">{say("nearest", lang)}</p><ul>{items}</ul>')
        notes += entry.notes
    shown = "".join(map(_shown, dict.fromkeys(notes)))
    page = (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        f'<h1 dir="auto">{html.escape(title)}</h1>\n'
        + "\n".join(out)
        + f'\n<section><ol class="notes">{shown}</ol></section>\n</body></html>\n'
    )
    return page.encode()


def _marked(line: _Line) -> str:
    return "".join(
        _mark(note)
        if note
        else f"<strong>{html.escape(run)}</strong>"
        if bold
        else html.escape(run)
        for run, bold, note in line.runs
    )


def _shown(note: _Note) -> str:
    quote, language = html.escape(plain(note.quote)), html.escape(note.language)
    return (
        f'<li id="note-{note.number}" value="{note.number}"><blockquote dir="auto" '
        f'lang="{language}">{quote}</blockquote><span class="where" dir="auto">'
        f"{html.escape(note.source)}</span></li>"
    )


def _mark(note: _Note) -> str:
    return f'<sup><a href="#note-{note.number}">[{note.number}]</a></sup>'


# DOCX

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def _docx(title: str, entries: Sequence[_Entry], lang: str) -> bytes:
    """With footnotes of its own making: python-docx knows none."""
    import docx

    document = docx.Document()
    document.core_properties.title = title[:250]
    document.core_properties.author = ""
    spoken = (note.language for entry in entries for note in entry.notes)
    _styles(document, next((n for n in map(_eastern, spoken) if n), None) or _eastern(lang))
    document.add_heading(title, 0)
    notes: dict[_Note, int] = {}  # and the number that Word gives them, in order of reference
    for entry in entries:
        document.add_heading(entry.asked, 1)
        if entry.understood:
            words = f"{say('understood', lang)}: {entry.understood}"
            document.add_paragraph().add_run(words).italic = True
        if entry.refused:
            document.add_paragraph().add_run(entry.refused).bold = True
        for line in entry.lines:
            paragraph = document.add_paragraph(style="List Bullet" if line.item else None)
            for run, bold, note in line.runs:
                if note:
                    _refer(paragraph, note, notes)
                else:
                    paragraph.add_run(run).bold = bold or None
        if entry.nearest:
            document.add_paragraph(f"{say('nearest', lang)}:")
        for note in entry.nearest:
            _refer(document.add_paragraph(note.where, style="List Bullet"), note, notes)
    _footnotes(document, list(notes))
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _eastern(language: str) -> str:
    """The language whose forms Chinese characters have in Word; empty for all others."""
    return {"zh": "zh-CN", "ja": "ja-JP", "ko": "ko-KR"}.get(language[:2].lower(), "")


def _styles(document: Any, eastern: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt

    if eastern:
        for spoken in document.styles.element.iter(qn("w:lang")):
            spoken.set(qn("w:eastAsia"), eastern)
    note = document.styles.add_style("footnote text", WD_STYLE_TYPE.PARAGRAPH)
    note.font.size = Pt(9)
    note.paragraph_format.space_after = Pt(3)
    reference = document.styles.add_style("footnote reference", WD_STYLE_TYPE.CHARACTER)
    reference.font.superscript = True


def _refer(paragraph: Any, note: _Note, notes: dict[_Note, int]) -> None:
    """The number of a footnote in the text; where it is there already, a cross-reference to it."""
    from docx.oxml import parse_xml

    style = paragraph.part.document.styles["footnote reference"].style_id
    properties = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>'
    name = f"note{note.number}"
    if note in notes:
        parts = [
            f'<w:fldSimple w:instr=" NOTEREF {name} \\f \\h " xmlns:w="{_W}"><w:r>{properties}'
            f"<w:t>{notes[note]}</w:t></w:r></w:fldSimple>"
        ]
    else:
        notes[note] = len(notes) + 1
        parts = [
            f'<w:bookmarkStart w:id="{note.number}" w:name="{name}" xmlns:w="{_W}"/>',
            f'<w:r xmlns:w="{_W}">{properties}<w:footnoteReference w:id="{note.number}"/></w:r>',
            f'<w:bookmarkEnd w:id="{note.number}" xmlns:w="{_W}"/>',
        ]
    for part in parts:
        paragraph._p.append(parse_xml(part))


def _footnotes(document: Any, notes: Sequence[_Note]) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    text, reference = (
        document.styles[name].style_id for name in ("footnote text", "footnote reference")
    )
    parts = [
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p>'
        "</w:footnote>"
        for number, kind in ((-1, "separator"), (0, "continuationSeparator"))
    ]
    for note in notes:
        quote = "<w:br/>".join(map(_words, f"“{plain(note.quote)}”".split("\n")))
        parts.append(
            f'<w:footnote w:id="{note.number}"><w:p><w:pPr><w:pStyle w:val="{text}"/></w:pPr>'
            f'<w:r><w:rPr><w:rStyle w:val="{reference}"/></w:rPr><w:footnoteRef/></w:r>'
            f"<w:r>{_words(' ')}{quote}{_words(f' — {note.source}')}</w:r></w:p></w:footnote>"
        )
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:footnotes xmlns:w="{_W}">{"".join(parts)}</w:footnotes>'
    )
    main = document.part
    part = Part(PackURI("/word/footnotes.xml"), _NOTES, xml.encode(), main.package)
    main.relate_to(part, _RELATION)


def _words(text: str) -> str:
    return f'<w:t xml:space="preserve">{html.escape(text, quote=False)}</w:t>'
