"""The documents that are there: listed, looked for, added to and removed from."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import AssistantError
from assistant.types import Document, Entry
from assistant.values import date
from assistant.web.escape import escape
from assistant.web.i18n import say
from assistant.web.reading import facts

if TYPE_CHECKING:
    from assistant import Assistant

__all__ = ["Wanted", "added_html", "adding", "library_html", "remove"]

SHOWN = 50  # documents that are listed at once
TICK = 0.5  # seconds between two looks at how far adding has come


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents are listed: those with all `words` in title, publisher, date or file name,
    in an `order`, SHOWN of them from number `at` on."""

    words: str = ""
    order: str = "title"
    at: int = 0


def library_html(
    assistant: "Assistant", wanted: Wanted = Wanted(), lang: str = "en", read_only: bool = False
) -> str:
    """The documents that are wanted, then the files that could not be read. Each can be removed
    unless it is `read_only`."""
    words = wanted.words.casefold().split()
    entries = {entry.document: entry for entry in assistant.entries if entry.status == "indexed"}
    found = [d for d in assistant.documents.values() if _has(words, _searched(d))]
    found.sort(key=lambda d: _natural(d.title))
    if wanted.order == "date":
        found.sort(key=lambda d: date(d.date) or (), reverse=True)
    elif wanted.order == "indexed":
        found.sort(key=lambda d: entries[d.id].indexed if d.id in entries else "", reverse=True)
    last = max(0, len(found) - 1) // SHOWN * SHOWN
    at = min(max(0, wanted.at) // SHOWN * SHOWN, last)
    passages = Counter(passage.document for passage in assistant.passages)
    items = "".join(
        _item(d, entries.get(d.id), passages[d.id], lang, read_only) for d in found[at : at + SHOWN]
    )
    every = [entry for entry in assistant.entries if entry.status == "failed"]
    failed = [entry for entry in every if _has(words, entry.name.casefold())]
    told = [say("found" if words else "documents", lang, count=len(found))]
    told += [say("failures", lang, count=len(failed))] if failed else []
    empty = ""
    if words and not found and not failed:
        empty = f'<p class="empty">{say("found_none", lang)}</p>'
    return (
        f'<p class="told">{" · ".join(told)}</p>'
        f'{empty}<ul class="documents">{items}</ul>{_pages(at, len(found), lang)}'
        f"{_set_aside(failed[:SHOWN], lang, read_only)}"
    )


def adding(assistant: "Assistant", paths: Sequence[str], lang: str = "en") -> Iterator[str]:
    """Add files; how far it is, and at last what became of each, as HTML."""
    steps: list[str] = []

    def progress(step: str, done: int, total: int) -> None:
        steps.append(f"{say(f'step_{step}', lang)} {done:,} / {total:,}")

    line = say("adding", lang)
    yield f'<p class="told">{line}</p>'
    names = [Path(path).name for path in paths]
    with ThreadPoolExecutor(1, thread_name_prefix="adding") as worker:
        work = worker.submit(assistant.add, paths, names, progress)
        while wait([work], TICK).not_done:
            if steps and steps[-1] != line:
                line = steps[-1]
                yield f'<p class="told">{escape(line)}</p>'
        yield added_html(work.result(), lang)


def added_html(entries: Sequence[Entry], lang: str = "en") -> str:
    """What became of each file that was added."""
    return f'<ul class="added">{"".join(_became(entry, lang) for entry in entries)}</ul>'


def remove(assistant: "Assistant", name: str, lang: str = "en") -> str:
    """Remove a document by its id, or a file by its name."""
    gone = assistant.remove([name])
    if not gone:
        raise AssistantError(say("gone", lang))
    return f"<p>{say('removed', lang, title=escape(gone[0].title or gone[0].name))}</p>"


def _has(words: Sequence[str], text: str) -> bool:
    return all(word in text for word in words)


def _searched(document: Document) -> str:
    about = (document.title, document.publisher, document.date, document.id)
    return " ".join(filter(None, about)).casefold()


def _natural(title: str) -> str:
    """What a title is sorted by: "Part 2" comes before "Part 10"."""
    return re.sub(r"\d+", lambda number: number[0].zfill(12), title.casefold())


def _pages(at: int, count: int, lang: str) -> str:
    """Ways to the documents before and after those that are shown, where there are any."""
    if count <= SHOWN:
        return ""
    place = say("shown", lang, start=at + 1, end=min(at + SHOWN, count), count=count)
    before = _page("earlier_documents", at - SHOWN, at > 0, lang)
    after = _page("later_documents", at + SHOWN, at + SHOWN < count, lang)
    return f'<p class="more pages">{before}<span>{place}</span>{after}</p>'


def _page(kind: str, at: int, there: bool, lang: str) -> str:
    disabled = "" if there else " disabled"
    return f'<button type="button" class="{kind}" value="{at}"{disabled}>{say(kind, lang)}</button>'


def _item(
    document: Document, entry: Entry | None, passages: int, lang: str, read_only: bool
) -> str:
    about = [facts(document, lang), say("passages", lang, count=passages)]
    if entry and entry.indexed:
        about.append(say("indexed", lang, time=entry.indexed[:10]))
    notes = (
        "".join(f'<span class="remark">{escape(note)}</span>' for note in entry.notes[:5])
        if entry
        else ""
    )
    return (
        f'<li><div class="about"><span class="title" dir="auto">{escape(document.title)}</span>'
        f'<span class="facts">{escape(" · ".join(filter(None, about)))}</span>{notes}</div>'
        f"{_button('read', document.id, document.title, lang)}"
        f"{'' if read_only else _button('remove', document.id, document.title, lang)}</li>"
    )


def _set_aside(entries: Sequence[Entry], lang: str, read_only: bool) -> str:
    if not entries:
        return ""
    items = "".join(
        f'<li><div class="about"><span class="title" dir="auto">{escape(entry.name)}</span>'
        f'<span class="remark">{escape(entry.reason)}</span></div>'
        f"{'' if read_only else _button('remove', entry.name, entry.name, lang)}</li>"
        for entry in entries
    )
    return f'<h3>{say("set_aside", lang)}</h3><ul class="documents">{items}</ul>'


def _became(entry: Entry, lang: str) -> str:
    reason = f' <span class="remark">{escape(entry.reason)}</span>' if entry.reason else ""
    return (
        f'<li class="{entry.status}"><span class="title" dir="auto">{escape(entry.name)}</span> '
        f'<span class="status">{say(f"status_{entry.status}", lang)}</span>{reason}</li>'
    )


def _button(kind: str, name: str, title: str, lang: str) -> str:
    """A button for one document; its value is JSON, which escaping leaves as it is."""
    words = f'{say(kind, lang)}<span class="sr">: {escape(title)}</span>'
    return (
        f'<button type="button" class="{kind}" value="{escape(json.dumps(name))}">{words}</button>'
    )
