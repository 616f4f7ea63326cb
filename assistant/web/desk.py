"""One desk for all who ask over the network: page, HTTP and gradio_client alike."""

import asyncio
import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from assistant.errors import BusyError
from assistant.types import Answer

if TYPE_CHECKING:
    from assistant import Assistant

__all__ = ["Desk"]

SOON = 1.5  # seconds in which a question is likely begun; else it is refused at once
LATE = 1.8  # seconds after which one that is not begun, against all likelihood, is refused
TYPICAL = 0.5  # seconds that an answer takes, until some have been given
MEMORY = 8  # answers over which that is averaged
_BUSY = "Too many questions are being asked at once: ask again in a few seconds."


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
        self._asked = 0  # and not answered yet
        self._seconds = TYPICAL
        self._lock = Lock()

    def answer(self, question: str, history: Sequence[str] = ()) -> Answer:
        """`Assistant.answer`, for a thread that may wait. Raises BusyError too."""
        work = self._submit(question, history)
        wait([work], LATE)
        if work.cancel():
            raise BusyError(_BUSY)
        return work.result()

    async def answered(self, question: str, history: Sequence[str] = ()) -> Answer:
        """The same for a coroutine; a question that nobody waits for any more is not begun."""
        work = self._submit(question, history)
        done = asyncio.wrap_future(work)
        try:
            await asyncio.wait([done], timeout=LATE)
        except asyncio.CancelledError:
            work.cancel()
            raise
        if not done.done() and work.cancel():
            raise BusyError(_BUSY)
        return await done

    def spare(self, question: str, history: Sequence[str] = ()) -> Answer | None:
        """The same where nobody else has to wait for it, None where somebody would.

        For what nobody asked: a suggestion that is tried.
        """
        if self._asked:
            return None
        with suppress(BusyError):
            return self.answer(question, history)
        return None

    def _submit(self, question: str, history: Sequence[str]) -> "Future[Answer]":
        with self._lock:
            before = self._asked + 1 - self._cores  # answers that have to end before it is begun
            if before > 0 and before * self._seconds / self._cores > SOON:
                raise BusyError(_BUSY)
            self._asked += 1
        work = self._workers.submit(self._work, question, tuple(history))
        work.add_done_callback(self._leave)
        return work

    def _work(self, question: str, history: Sequence[str]) -> Answer:
        begun = time.monotonic()
        try:
            return self._assistant.answer(question, history)
        finally:
            with self._lock:
                self._seconds += (time.monotonic() - begun - self._seconds) / MEMORY

    def _leave(self, _: "Future[Answer]") -> None:
        with self._lock:
            self._asked -= 1
