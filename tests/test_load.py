"""Many users at once: each gets an answer or a quick refusal, and the server goes on."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from load import WAYS, questions, storm
from servers import Served

from assistant.errors import BusyError, QuestionError
from assistant.types import Answer
from assistant.web import desk as desks
from assistant.web.desk import Desk, Ticket

if TYPE_CHECKING:
    from assistant import Assistant


@pytest.mark.parametrize("users", [40, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("through", WAYS)
def test_each_of_many_is_answered_or_refused(served: Served, users: int, through: str) -> None:
    replies = asyncio.run(storm(served.url, users, through))
    assert len(replies) == users
    assert {reply.status for reply in replies} <= {200, 503}
    answered = [reply for reply in replies if reply.status == 200]
    assert len(answered) >= 2
    for reply in replies:
        if reply.status == 200:
            assert reply.body["text"]
        else:
            assert "ask again" in str(reply.body)
    assert httpx.get(served.url).status_code == 200
    asked = {"question": questions()[0]}
    after = httpx.post(f"{served.url}/api/answer", json=asked, timeout=60)
    assert after.json()["found"]


ROOM = int(desks.SOON * 2 / desks.TYPICAL) + 2  # on two cores: who wait, and one for each core


class Slow:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.go, self.begun = threading.Event(), threading.Semaphore(0)
        self.asked: list[str] = []

    def answer(self, question: str, history: Any, language: str) -> Answer:
        self.asked.append(question)
        self.begun.release()
        assert self.go.wait(30)
        if question == "wrong":
            raise QuestionError("wrong")
        return Answer(question, "", False)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def desk(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    return Desk(cast("Assistant", slow))


def test_so_many_are_answered_at_once_and_the_rest_wait_or_are_refused(
    desk: Desk, slow: Slow
) -> None:
    with ThreadPoolExecutor(ROOM) as users:
        waiting = [users.submit(desk.answer, str(number)) for number in range(ROOM)]
        for _ in range(2):
            assert slow.begun.acquire(timeout=30)
        while desk._asked < ROOM:
            threading.Event().wait(0.01)
        assert len(slow.asked) == 2  # one for each core
        with pytest.raises(BusyError, match="ask again"):
            desk.answer("one too many")
        assert desk.spare("a suggestion") is None
        slow.go.set()
        assert sorted(w.result().question for w in waiting) == sorted(map(str, range(ROOM)))
    assert desk.answer("then").question == "then"
    assert desk.spare("a suggestion") == Answer("a suggestion", "", False)


def by_thread(desk: Desk, question: str) -> Answer:
    return desk.answer(question)


def by_coroutine(desk: Desk, question: str) -> Answer:
    return asyncio.run(desk.answered(question))


@pytest.mark.parametrize("ask", [by_thread, by_coroutine])
def test_a_question_that_is_not_begun_in_time_is_refused_and_never_begun(
    desk: Desk, slow: Slow, ask: Callable[[Desk, str], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "LATE", 0.1)
    with ThreadPoolExecutor(2) as users:
        busy = [users.submit(ask, desk, "busy") for _ in range(2)]
        for _ in busy:
            assert slow.begun.acquire(timeout=30)
        with pytest.raises(BusyError):
            ask(desk, "late")
        slow.go.set()
        assert [one.result().question for one in busy] == ["busy"] * 2  # begun is finished
    assert ask(desk, "then").question == "then"
    assert "late" not in slow.asked
    assert desk._asked == 0


@pytest.mark.parametrize("ask", [by_thread, by_coroutine])
def test_what_goes_wrong_comes_back_and_leaves(
    desk: Desk, slow: Slow, ask: Callable[[Desk, str], Answer]
) -> None:
    slow.go.set()
    for _ in range(20):
        with pytest.raises(QuestionError):
            ask(desk, "wrong")
    assert desk._asked == 0


def test_who_leaves_is_not_answered(desk: Desk, slow: Slow) -> None:
    async def leave() -> None:
        tasks = [asyncio.create_task(desk.answered(name)) for name in ("a", "b", "left")]
        await asyncio.to_thread(slow.begun.acquire, timeout=30)
        await asyncio.to_thread(slow.begun.acquire, timeout=30)
        tasks[2].cancel()
        await asyncio.wait([tasks[2]])
        slow.go.set()
        await asyncio.gather(*tasks[:2])

    asyncio.run(leave())
    assert sorted(slow.asked) == ["a", "b"]
    assert desk._asked == 0


def test_a_ticket_is_for_one_question(desk: Desk, slow: Slow) -> None:
    slow.go.set()
    ticket = desk.ticket()
    assert ticket.answer("once").question == "once"
    with pytest.raises(BusyError):
        ticket.answer("twice")
    given_back = desk.ticket()
    desk.give_back(given_back)
    with pytest.raises(BusyError):
        asyncio.run(given_back.answered("late"))
    assert slow.asked == ["once"]


def test_a_ticket_is_void_after_a_while(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "LATE", 0.0)
    void = [desk.ticket() for _ in range(100)]
    for ticket in void:
        with pytest.raises(BusyError):
            ticket.answer("late")
    monkeypatch.setattr(desks, "LATE", 60.0)
    held = desk.ticket()
    assert desk.spare("a suggestion") is None
    desk.give_back(held)


@given(st.lists(st.sampled_from(["take", "give back", "answer", "fail", "again"]), max_size=60))
def test_no_place_is_lost_or_gained(steps: list[str]) -> None:
    slow = Slow()
    slow.go.set()
    with patch("os.cpu_count", lambda: 2), patch.object(desks, "MEMORY", float("inf")):
        desk = Desk(cast("Assistant", slow))
        held: list[Ticket] = []
        for step in steps:
            if step == "take":
                with suppress(BusyError):
                    held.append(desk.ticket())
            elif held:
                ticket = held[-1] if step == "again" else held.pop()
                if step == "give back":
                    desk.give_back(ticket)
                with suppress(BusyError, QuestionError):
                    ticket.answer("wrong" if step == "fail" else step)
            assert len(held) <= ROOM
        free = 0
        with suppress(BusyError):
            while True:
                desk.ticket()
                free += 1
        used = sum(1 for ticket in held if ticket in desk._tickets)
        assert used + free == ROOM
