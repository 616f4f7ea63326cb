"""One desk for all who ask over the network: page, HTTP and gradio_client alike."""

import asyncio
import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from assistant.errors import BusyError
from assistant.sentences import Sentence
from assistant.types import Answer

if TYPE_CHECKING:
    from assistant import Assistant

__all__ = ["RETRY", "Desk", "Ticket"]

SOON = 1.0  # seconds in which a question is likely begun; else it is refused at once
LATE = 1.5  # seconds after which one that is not begun, against all likelihood, is refused
RETRY = 2  # seconds after which it is worth asking again
TYPICAL = 0.5  # seconds that an answer takes, until some have been given
MEMORY = 8  # answers over which that is averaged
_BUSY = Sentence("busy")


class Desk:
    """Answers as many questions at once as there are cores, and refuses what it can't begin soon.

    Whoever would have to wait for long is refused at once, by how many wait and how long answers
    have taken of late: nobody waits for longer than LATE and one answer's time, however many ask.
    Safe for several threads.

    >>> Desk(assistant).answer("What does BMS stand for?").found  # doctest: +SKIP
    True
    """

    def __init__(self, assistant: "Assistant") -> None:
        self._assistant = assistant
        self._cores = os.cpu_count() or 1
        self._workers = ThreadPoolExecutor(self._cores, thread_name_prefix="answering")
        self._tickets: set[Ticket] = set()  # of those who have not come yet
        self._asked = 0  # and not answered yet
        self._seconds = TYPICAL
        self._lock = Lock()

    def ticket(self) -> "Ticket":
        """For a question that is on its way and would be begun soon; raises BusyError else.

        It counts as one that waits, until it is answered or given back, or LATE seconds are over.
        """
        with self._lock:
            before = self._waiting() + 1 - self._cores  # who have to be answered first
            if before > 0 and before * self._seconds / self._cores > SOON:
                raise BusyError(_BUSY)
            ticket = Ticket(self, time.monotonic() + LATE)
            self._tickets.add(ticket)
        return ticket

    def answer(self, question: str, history: Sequence[str] = ()) -> Answer:
        """`Assistant.answer`, for a thread that may wait. Raises BusyError too."""
        return self.ticket().answer(question, history)

    async def answered(self, question: str, history: Sequence[str] = ()) -> Answer:
        """The same for a coroutine; a question that nobody waits for any more is not begun."""
        return await self.ticket().answered(question, history)

    def spare(self, question: str, history: Sequence[str] = ()) -> Answer | None:
        """The same where nobody else has to wait for it, None where somebody would.

        For what nobody asked: a suggestion that is tried.
        """
        with self._lock:
            if self._waiting():
                return None
        with suppress(BusyError):
            return self.answer(question, history)
        return None

    def give_back(self, ticket: "Ticket") -> None:
        """Let somebody else have the place of one who does not come; a used one stays so."""
        with self._lock:
            self._tickets.discard(ticket)

    def submit(
        self, ticket: "Ticket", question: str, history: Sequence[str], language: str = "en"
    ) -> "Future[Answer]":
        """Take the ticket, and begin as soon as may be. Raises BusyError for one that is void."""
        with self._lock:
            self._waiting()
            if ticket not in self._tickets:
                raise BusyError(_BUSY)
            self._tickets.remove(ticket)
            self._asked += 1
        return self._workers.submit(self._work, question, tuple(history), language)

    def withdraw(self, work: "Future[Answer]") -> bool:
        """Whether a question could be taken back, because it is not begun."""
        if not work.cancel():
            return False
        with self._lock:
            self._asked -= 1
        return True

    def _waiting(self) -> int:
        """How many want an answer; tickets that nobody came with in time are void."""
        now = time.monotonic()
        self._tickets = {ticket for ticket in self._tickets if ticket.until > now}
        return self._asked + len(self._tickets)

    def _work(self, question: str, history: Sequence[str], language: str) -> Answer:
        begun = time.monotonic()
        try:
            return self._assistant.answer(question, history, language)
        finally:
            with self._lock:
                self._seconds += (time.monotonic() - begun - self._seconds) / MEMORY
                self._asked -= 1


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A place at the desk for one question, which has to be begun before `until`
    (time.monotonic).
    """

    desk: Desk
    until: float

    def answer(self, question: str, history: Sequence[str] = (), language: str = "en") -> Answer:
        """See `Desk.answer`; `language` is what the answer is put into words in."""
        work = self.desk.submit(self, question, history, language)
        wait([work], self._left())
        if self.desk.withdraw(work):
            raise BusyError(_BUSY)
        return work.result()

    async def answered(self, question: str, history: Sequence[str] = ()) -> Answer:
        """See `Desk.answered`."""
        work = self.desk.submit(self, question, history)
        done = asyncio.wrap_future(work)
        try:
            await asyncio.wait([done], timeout=self._left())
        except asyncio.CancelledError:
            self.desk.withdraw(work)
            raise
        if not done.done() and self.desk.withdraw(work):
            raise BusyError(_BUSY)
        return await done

    def _left(self) -> float:
        return max(0.0, self.until - time.monotonic())
