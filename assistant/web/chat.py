"""The page: conversations on the left, the documents on the right.

What stays in the browser, static/chat.js keeps there: the conversations, and what is open. What
needs the documents goes through here, as an event of Gradio's. `_Bridge` carries a message of the
script to a function, and its reply back as inert HTML; only a question has an event of its own.
"""

import base64
import hashlib
import itertools
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError, BusyError
from assistant.feedback import Feedback
from assistant.sentences import told
from assistant.web import conversations, export, library, quality, reading, render, suggestions
from assistant.web.admission import QUESTIONS, admitted
from assistant.web.desk import Desk, Ticket
from assistant.web.escape import escape
from assistant.web.i18n import TEXTS, language, say

if TYPE_CHECKING:
    import gradio as gr

    from assistant import Assistant

__all__ = ["STATIC", "build"]

STATIC = Path(__file__).parent / "static"

Message = Mapping[str, Any]

log = logging.getLogger(__name__)


def build(
    assistant: "Assistant",
    desk: Desk,
    read_only: bool = False,
) -> "gr.Blocks":
    """The page as Gradio Blocks, to be mounted; questions are put to the desk. Where it is
    `read_only`, it has no events that add or remove documents.

    All HTML goes through gr.Markdown, as single lines that are escaped already: gr.HTML would
    need 'unsafe-eval' in the Content-Security-Policy, and Markdown's sanitiser is a second fence.
    """
    import gradio as gr

    replies = _Replies(assistant, desk, read_only)
    words = gr.I18n(en=TEXTS["en"], zh=TEXTS["zh"], **{"zh-CN": TEXTS["zh"], "zh-TW": TEXTS["zh"]})

    def html(value: str, **named: Any) -> gr.Markdown:
        return gr.Markdown(value, sanitize_html=True, latex_delimiters=[], container=False, **named)

    def region(name: str) -> gr.Markdown:
        return html(f'<div id="{name}"></div>', elem_id=f"{name}-region")

    def greet(request: gr.Request) -> Iterator[str]:
        yield from replies.hello(_user(request.headers))

    def ask(asked: str, sent: str, request: gr.Request) -> Iterator[tuple[str, Any]]:
        yield from replies.ask(asked, sent, admitted(request))

    page = gr.Blocks(title=TEXTS["en"]["title"], analytics_enabled=False, fill_width=True)
    page.i18n_instance = words  # for whoever mounts it
    with page:
        with gr.Row(elem_id="top"):
            region("bar")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="side", scale=0, min_width=0):
                region("conversations")
            with gr.Column(elem_id="chat", scale=3, min_width=0):
                region("turns")
                question = gr.Textbox(
                    label=words("question"),
                    show_label=False,
                    placeholder=words("intro"),
                    lines=1,
                    max_lines=6,
                    submit_btn=True,
                    autofocus=True,
                    elem_id="question",
                )
            with gr.Column(elem_id="library", scale=3, min_width=0):
                region("shelf")
                if not read_only:
                    files = gr.File(
                        label=words("add"),
                        file_count="multiple",
                        type="filepath",
                        height=130,
                        elem_id="add",
                    )
                region("stock")
            with gr.Column(elem_id="quality", scale=3, min_width=0):
                region("report")
            with gr.Column(elem_id="reading", scale=2, min_width=0):
                region("reader")
        with gr.Column(elem_id="bridge", elem_classes="bridge"):
            bridge = _Bridge(html)
            context = bridge.box("context")
            asked = bridge.out("ask")
            hello = bridge.out("hello")
            html(render.data(TEXTS), elem_id="words")
            bridge.carry("restore", replies.restore)
            bridge.carry("read", replies.read)
            bridge.carry("export", replies.export)
            bridge.carry("further", replies.further, concurrency_limit=1)
            bridge.carry("feedback", replies.feedback, trigger_mode="multiple")
            bridge.carry("library", replies.library)
            bridge.carry("quality", replies.quality)
            if not read_only:
                one: dict[str, Any] = {"concurrency_limit": 1}
                bridge.carry("remove", replies.remove, trigger_mode="multiple", **one)
                added = bridge.out("add")
                files.upload(replies.add, [files, context], [added, files], **one, **_QUIET)
        sent, into = [question, context], [asked, question]
        question.submit(ask, sent, into, concurrency_id=QUESTIONS, **_QUIET)
        page.load(greet, None, hello, **_QUIET)
    return page


_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class _Bridge:
    """Messages of the page's script to functions here, and their replies.

    `call("read", {…})` in the script writes JSON into the box `do-read`, whose event puts the
    reply into the Markdown `got-read`, where the script finds it by the message's id.
    """

    def __init__(self, html: Callable[..., "gr.Markdown"]) -> None:
        self._html = html

    def box(self, name: str) -> "gr.Textbox":
        import gradio as gr

        return gr.Textbox("", elem_id=f"do-{name}", label=name, max_lines=1, interactive=True)

    def out(self, name: str) -> "gr.Markdown":
        return self._html("", elem_id=f"got-{name}")

    def carry(self, name: str, handle: Callable[[Message, str], str], **limits: Any) -> None:
        """Let the script call `handle`, which takes a message and a language and gives HTML."""
        box, out = self.box(name), self.out(name)

        def carried(sent: str) -> str:
            message = _message(sent)
            lang = language(message.get("lang"))
            return _reply(name, message.get("id"), _safely(lambda: handle(message, lang), lang))

        box.change(carried, box, out, **({"trigger_mode": "always_last"} | limits), **_QUIET)


class _Replies:
    """What the page asks for. Replies are HTML on one line; what is wrong becomes a line in it."""

    def __init__(
        self,
        assistant: "Assistant",
        desk: Desk,
        read_only: bool = False,
    ) -> None:
        self.assistant, self.desk, self.read_only = assistant, desk, read_only
        self.opening = suggestions.Opening(assistant)

    def ask(self, asked: str, sent: str, ticket: Ticket) -> Iterator[tuple[str, Any]]:
        """The turn as it is looked up, and the question box emptied; then the answered turn."""
        import gradio as gr

        context = _message(sent)
        lang = language(context.get("lang"))
        number = context.get("turn")
        number = number if type(number) is int and 0 < number < 10**6 else 1
        history = [q for q in _list(context.get("history")) if isinstance(q, str)]
        same: dict[str, Any] = {"conversation": str(context.get("conversation"))[:64]}
        pending = render.pending_html(number, asked, lang, **same)
        yield _reply("ask", f"{number}-pending", pending), ""
        try:
            answer = ticket.answer(asked, history[-conversations.TURNS :], lang)
            turn = conversations.Turn(asked, answer)
            said = render.turn_html(number, turn, lang, **same)
        except AssistantError as error:
            if isinstance(error, BusyError):
                same["again"] = asked
            said = render.failed_html(number, asked, told(error, lang), lang, **same)
        except Exception:
            log.exception("A question could not be answered.")
            said = render.failed_html(number, asked, say("went_wrong", lang), lang, **same)
        yield _reply("ask", f"{number}-done", said), gr.skip()

    def hello(self, name: str) -> Iterator[str]:
        """Whose conversations they are, and what may be asked first."""
        user = hashlib.sha256(name.encode()).hexdigest()[:16]
        at_once = self.opening.ready()
        yield _reply("hello", 1, render.data({"user": user, "opening": at_once or []}))
        if at_once is None:
            questions = self.opening.questions()
            yield _reply("hello", 2, render.data({"user": user, "opening": questions}))

    def restore(self, message: Message, lang: str) -> str:
        """A conversation as it was kept, its quotes compared with the documents again."""
        documents = self.assistant.documents
        turns = conversations.read_turns(message.get("turns"))
        return "".join(
            render.turn_html(
                number,
                turn,
                lang,
                conversations.changed(turn.answer, documents),
                conversation=str(message.get("conversation"))[:64],
            )
            for number, turn in enumerate(turns, 1)
        )

    def read(self, message: Message, lang: str) -> str:
        """A document at a place."""
        at = message.get("at")
        return reading.reading_html(
            self.assistant.documents,
            str(message.get("document")),
            reading.read_places(message.get("places", [])),
            at if type(at) is int else 0,
            lang,
        )

    def export(self, message: Message, lang: str) -> str:
        """A conversation as a file, as base64: it is made for this reply and kept nowhere."""
        turns = conversations.read_turns(message.get("turns"))
        title = str(message.get("title"))[:200] or say("untitled", lang)
        file = export.export(str(message.get("kind")), title, turns, self.assistant.documents, lang)
        content = base64.b64encode(file.content).decode()
        return render.data({"name": file.name, "type": file.type, "content": content})

    def further(self, message: Message, lang: str) -> str:
        """Questions to go on with."""
        answer = conversations.read_answer(message.get("answer"))
        before = [q for q in _list(message.get("before")) if isinstance(q, str)]
        given = message.get("seen")
        seen = [
            (name, place.start, place.end)
            for name, places in (given.items() if isinstance(given, dict) else ())
            for place in reading.read_places(places)
        ]
        recent = before[-conversations.TURNS :]
        found = suggestions.further(self.assistant, answer, recent, seen, trying=self.desk.spare)
        return "".join(
            f'<button type="button" class="suggestion">{escape(question)}</button>'
            for question in found
        )

    def feedback(self, message: Message, lang: str) -> str:
        """What is thought of an answer."""
        answer = conversations.read_answer(message.get("answer"))
        history = [str(q) for q in _list(message.get("history"))]
        verdict, kind = str(message.get("verdict")), message.get("kind")
        Feedback(self.assistant.settings.feedback).record(
            str(message.get("asked")),
            history,
            answer,
            verdict,  # type: ignore[arg-type]  # checked there
            kind,
            str(message.get("comment") or ""),
        )
        return f"<p>{say('thanks', lang)}</p>"

    def library(self, message: Message, lang: str) -> str:
        """The documents with some words, in an order."""
        at = message.get("at")
        wanted = library.Wanted(
            str(message.get("words") or "")[:200],
            str(message.get("order")),
            at if type(at) is int else 0,
        )
        return library.library_html(self.assistant, wanted, lang, self.read_only)

    def add(self, paths: list[str] | None, sent: str) -> Iterator[tuple[str, Any]]:
        """Files as they are read in, and at last what became of each."""
        lang = language(_message(sent).get("lang"))
        shown = library.adding(self.assistant, paths or [], lang)
        for number in itertools.count():
            said = _safely(lambda: next(shown, ""), lang)
            if not said:
                return
            yield _reply("add", number, said), None

    def remove(self, message: Message, lang: str) -> str:
        """A document less."""
        return library.remove(self.assistant, str(message.get("name")), lang)

    def quality(self, message: Message, lang: str) -> str:
        """The last eval report."""
        return quality.quality_html(lang)


def _reply(name: str, number: object, html: str) -> str:
    return f'<div class="reply" id="{name}-{escape(str(number)[:40])}">{html}</div>'


def _safely(make: Callable[[], str], lang: str) -> str:
    try:
        return make()
    except AssistantError as error:
        line = told(error, lang)
    except Exception:
        log.exception("The page could not be served.")
        line = say("went_wrong", lang)
    return f'<p class="error">{escape(line)}</p>'


def _message(sent: str) -> Message:
    try:
        message = json.loads(sent)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _user(headers: Mapping[str, str]) -> str:
    """The name that somebody is logged in with; empty where there is no login."""
    header = headers.get("authorization") or ""
    with suppress(ValueError):
        return base64.b64decode(header.partition(" ")[2], validate=True).decode().partition(":")[0]
    return ""
