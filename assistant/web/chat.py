"""The page: a conversation on the left, the cited passages on the right."""

import logging
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.web import render
from assistant.web.escape import escape

if TYPE_CHECKING:
    from gradio import Blocks

    from assistant import Assistant

__all__ = ["STATIC", "TITLE", "Turn", "build", "converse"]

TITLE = "Document assistant"
STATIC = Path(__file__).parent / "static"
TURNS = 50  # of a conversation that are kept
WAITING = 64  # questions in the queue; the next one is refused at once

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was typed and what the page shows for it; `failed` where it was not
    answered."""

    number: int
    asked: str
    said: str
    reading: str = ""
    spoken: str = ""
    failed: bool = False


def converse(assistant: "Assistant", asked: str, turns: Sequence[Turn]) -> Turn:
    """The next turn of a conversation. Never raises: an error becomes a line in the page."""
    number = turns[-1].number + 1 if turns else 1
    try:
        answer = assistant.answer(asked, history=[t.asked for t in turns if not t.failed])
        kind = "found" if answer.found else "refused"
        return Turn(
            number,
            asked,
            render.turn_html(number, asked, kind, render.answer_html(answer, asked, number)),
            render.reading_html(answer, assistant.documents, number),
            render.spoken(answer),
        )
    except AssistantError as error:
        line = str(error)
    except Exception:
        log.exception("A question could not be answered.")
        line = "Something went wrong here. The terminal that the chat runs in says what."
    said = f"<p>{escape(line)}</p>"
    shown = asked if len(asked) <= 1_000 else asked[:1_000] + " …"
    return Turn(number, shown, render.turn_html(number, shown, "failed", said), "", said, True)


def build(assistant: "Assistant", examples: Sequence[str]) -> "Blocks":
    """The page as Gradio Blocks, to be mounted.

    All HTML goes through gr.Markdown, as single lines that are escaped already: gr.HTML would
    need 'unsafe-eval' in the Content-Security-Policy, and Markdown's sanitiser is a second fence.
    """
    import gradio as gr

    documents = assistant.documents
    counts = Counter(passage.document for passage in assistant.passages)
    library = f'<div id="readings">{render.documents_html(documents, counts)}</div>'
    plural = "" if len(documents) == 1 else "s"
    empty = (
        '<div class="intro"><h2>Ask the documents</h2><p>Answers are quoted from them, word for '
        "word, and each is numbered with the place where it stands. What they do not say, they "
        "are not made to say.</p></div>"
    )

    def html(value: str, **named: Any) -> gr.Markdown:
        return gr.Markdown(value, sanitize_html=True, latex_delimiters=[], container=False, **named)

    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with page:
        turns = gr.State([])
        with gr.Row(elem_id="top"):
            html(
                f'<div class="brand"><h1>{TITLE}</h1>'
                f'<span class="count">{len(documents):,} document{plural}</span></div>',
                elem_id="brand",
            )
            fresh = gr.Button("New conversation", elem_id="fresh", size="sm", scale=0)
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="chat", scale=3):
                conversation = html(empty, elem_id="conversation")
                with gr.Column(elem_id="examples", visible=bool(examples)) as suggestions:
                    buttons = [gr.Button(e, elem_classes="example", size="sm") for e in examples]
                question = gr.Textbox(
                    label="Question",
                    show_label=False,
                    placeholder="Ask the documents",
                    lines=1,
                    max_lines=6,
                    submit_btn=True,
                    autofocus=True,
                    elem_id="question",
                )
                voice = html("", elem_id="voice")
            with gr.Column(elem_id="reading", scale=2):
                reading = html(library, elem_id="passages")

        def show(shown: Sequence[Turn], waiting: str = "") -> dict[Any, Any]:
            said = "".join(turn.said for turn in shown) + waiting
            read = "".join(turn.reading for turn in shown)
            return {
                conversation: f'<div id="turns">{said}</div>' if said else empty,
                reading: f'<div id="readings">{read}</div>' if read else library,
                suggestions: gr.update(visible=bool(buttons) and not said),
            }

        def ask(asked: str, before: list[Turn]) -> Iterator[dict[Any, Any]]:
            number = before[-1].number + 1 if before else 1
            pending = "<p>Looking in the documents …</p>"
            waiting = render.turn_html(number, asked[:1_000], "pending", pending)
            yield show(before, waiting) | {question: ""}
            turn = converse(assistant, asked, before)
            kept = [*before, turn][-TURNS:]
            yield show(kept) | {turns: kept, voice: turn.spoken}

        changed = [conversation, reading, suggestions, question, turns, voice]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        question.submit(ask, [question, turns], changed, **quiet)
        for button in buttons:
            button.click(ask, [button, turns], changed, **quiet)
        fresh.click(lambda: show([]) | {question: "", turns: [], voice: ""}, None, changed, **quiet)
    page.queue(
        max_size=WAITING, default_concurrency_limit=max(2, os.cpu_count() or 2), api_open=False
    )
    return page
