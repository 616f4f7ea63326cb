"""The documents that are there: listed, looked for, added to and removed from."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import AssistantError
from assistant.types import Document, Entry
from assistant.web.escape import escape
from assistant.web.i18n import say
from assistant.web.reading import facts

if TYPE_CHECKING:
    from assistant import Assistant

__all__ = ["added_html", "adding", "library_html", "remove"]

SHOWN = 50  # documents that are listed at once
TICK = 0.5  # seconds between two looks at how far adding has come


def library_html(assistant: "Assistant", words: str = "", count: int = 0, lang: str = "en") -> str:
    """The first documents with `words` in title, publisher or date, `count` at least; then the
    files that could not be read."""
    documents = list(assistant.documents.values())
    wanted = words.casefold().split()
    found = [d for d in documents if all(word in _searched(d) for word in wanted)]
    shown = found[: max(SHOWN, min(count, 1_000))]
    passages = Counter(passage.document for passage in assistant.passages)
    entries = {entry.document: entry for entry in assistant.entries if entry.status == "indexed"}
    items = "".join(_item(d, entries.get(d.id), passages[d.id], lang) for d in shown)
    told = say("found" if wanted else "documents", lang, count=len(found))
    empty = f'<p class="empty">{say("found_none", lang)}</p>' if wanted and not found else ""
    more = ""
    if len(found) > len(shown):
        more = (
            f'<p class="more"><button type="button" class="further-documents" '
            f'value="{len(shown) + SHOWN}">{say("more", lang)}</button></p>'
        )
    failed = [entry for entry in assistant.entries if entry.status == "failed"]
    return (
        f'<p class="told">{told}</p>{empty}<ul class="documents">{items}</ul>{more}'
        f"{_set_aside(failed[:SHOWN], lang) if not wanted else ''}"
    )


def adding(assistant: "Assistant", paths: Sequence[str], lang: str = "en") -> Iterator[str]:
    """Add files; how far it is, and at last what became of each, as HTML."""
    steps: list[str] = []

    def progress(step: str, done: int, total: int) -> None:
        steps.append(f"{step} {done:,} / {total:,}")

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


def _searched(document: Document) -> str:
    return " ".join(filter(None, (document.title, document.publisher, document.date))).casefold()


def _item(document: Document, entry: Entry | None, passages: int, lang: str) -> str:
    about = [facts(document, lang), say("passages", lang, count=passages)]
    if entry and entry.indexed:
        about.append(say("indexed", lang, time=f"{entry.indexed[:16].replace('T', ' ')} UTC"))
    notes = (
        "".join(f'<span class="remark">{escape(note)}</span>' for note in entry.notes[:5])
        if entry
        else ""
    )
    return (
        f'<li><div class="about"><span class="title" dir="auto">{escape(document.title)}</span>'
        f'<span class="facts">{escape(" · ".join(filter(None, about)))}</span>{notes}</div>'
        f"{_button('read', document.id, document.title, lang)}"
        f"{_button('remove', document.id, document.title, lang)}</li>"
    )


def _set_aside(entries: Sequence[Entry], lang: str) -> str:
    if not entries:
        return ""
    items = "".join(
        f'<li><div class="about"><span class="title" dir="auto">{escape(entry.name)}</span>'
        f'<span class="remark">{escape(entry.reason)}</span></div>'
        f"{_button('remove', entry.name, entry.name, lang)}</li>"
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
