"""A question that would have to wait is refused in front of the page's queue, not behind it.

An event of the page's framework costs as much as ten requests, and its queue knows no time: of
many who ask at once, the last would hear after seconds that it was in vain.
"""

from typing import TYPE_CHECKING, Any

from fastapi import HTTPException, Request

from assistant.errors import BusyError
from assistant.web.desk import RETRY, Desk, Ticket

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["QUESTIONS", "admit", "admitted"]

QUESTIONS = "questions"  # the `concurrency_id` of events that ask


def admit(page: "gr.Blocks", desk: Desk) -> None:
    """Let questions into the page's queue only with a ticket of the desk, by whichever way they
    come; the others get 503 with Retry-After. To be called after `page.queue()`.

    The ticket is given back when the event ends, however it does. One that ends without having
    begun, as its user has left, is not heard of: its ticket is void after a while.
    """
    asking = {fn._id for fn in page.fns.values() if fn.concurrency_id == QUESTIONS}
    queue = page._queue
    push, process = queue.push, queue.process_events

    async def pushed(body: Any, request: Request, username: str | None) -> Any:
        if body.fn_index not in asking:
            return await push(body, request, username)
        try:
            ticket = desk.ticket()
        except BusyError as error:
            raise HTTPException(503, str(error), {"Retry-After": str(RETRY)}) from error
        request.state.ticket = ticket
        joined = False
        try:
            joined, *said = await push(body, request, username)
            return (joined, *said)
        finally:
            if not joined:
                desk.give_back(ticket)

    async def processed(events: list[Any], *more: Any) -> None:
        try:
            await process(events, *more)
        finally:
            for event in events:
                if event.fn._id in asking:
                    desk.give_back(event.request.state.ticket)

    queue.push = pushed  # type: ignore[method-assign]
    queue.process_events = processed  # type: ignore[method-assign,assignment]


def admitted(request: "gr.Request") -> Ticket:
    """The ticket that a question came through the queue with."""
    ticket: Ticket = request.state.ticket
    return ticket
