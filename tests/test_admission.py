"""Questions are refused in front of the page's queue, and each place comes back."""

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from held import ROOM, Held
from load import WAYS, event, exchange, storm

QUESTION = "What does BMS stand for?"


def find(words: str) -> str:
    """What the page's script sends when documents are searched."""
    return json.dumps({"id": 1, "words": words, "count": 0, "lang": "en"})


def rooms_in_time(held: Held) -> Iterator[int]:
    """How many questions find room, again and again: unused tickets are void after a while."""
    while True:
        yield held.room()
        time.sleep(0.05)


async def join(url: str, number: int, *data: object) -> tuple[int, str]:
    """The status of joining the queue for an event of the page, and the session that did it."""
    session = secrets.token_hex(6)
    sent = {"data": data, "fn_index": number, "session_hash": session}
    status, _, _ = await exchange(url, "/gradio_api/queue/join", sent)
    return status, session


def test_who_finds_no_room_hears_so_at_once_and_the_rest_of_the_page_goes_on(held: Held) -> None:
    async def others() -> str:
        status, session = await join(
            held.url, await event(held.url, "do-library", "change"), find("Autotech")
        )
        assert status == 200
        _, _, said = await exchange(held.url, f"/gradio_api/queue/data?session_hash={session}")
        return said.decode()

    with held.crowd():
        for way in WAYS:
            for reply in asyncio.run(storm(held.url, 30, way)):
                assert reply.status == 503
                assert reply.retry_after
                assert "ask again" in str(reply.body["detail"])
        assert "Autotech 50" in asyncio.run(others())
    for way in WAYS:
        [reply] = asyncio.run(storm(held.url, 1, way))
        assert reply.status == 200
        assert "Battery Management System" in str(reply.body["text"])


def test_gradio_client_is_told(held: Held) -> None:
    client = Client(held.url, verbose=False)
    try:
        with held.crowd(), pytest.raises(Exception, match=r"full|busy|ask again"):
            client.predict(QUESTION, api_name="/answer")
        with pytest.raises(AppError):
            client.predict("", api_name="/answer")
        assert client.predict(QUESTION, api_name="/answer")["found"]
    finally:
        client.close()


# Each way of not waiting for an answer


async def never_listens(url: str, number: int) -> None:
    assert (await join(url, number, QUESTION, "{}"))[0] == 200


async def leaves_midway(url: str, number: int) -> None:
    _, session = await join(url, number, QUESTION, "{}")
    async with (
        httpx.AsyncClient(base_url=url, timeout=60) as client,
        client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as got,
    ):
        async for line in got.aiter_lines():
            if "process_generating" in line or "process_starts" in line:
                return


async def hangs_up(url: str, number: int) -> None:
    _, session = await join(url, number, QUESTION, "{}")
    where = httpx.URL(url)
    _, writer = await asyncio.open_connection(where.host, where.port)
    path = f"/gradio_api/queue/data?session_hash={session}"
    writer.write(f"GET {path} HTTP/1.0\r\nHost: {where.host}\r\n\r\n".encode())
    await writer.drain()
    writer.transport.abort()


async def cancels(url: str, number: int) -> None:
    session = secrets.token_hex(6)
    sent: dict[str, Any] = {"fn_index": number, "session_hash": session}
    _, _, said = await exchange(url, "/gradio_api/queue/join", sent | {"data": [QUESTION, "{}"]})
    assert (await exchange(url, "/gradio_api/cancel", sent | json.loads(said)))[0] == 200


async def asks_nonsense(url: str, number: int) -> None:
    assert (await join(url, number))[0] == 200  # what its function is given is looked at later


async def is_refused(url: str, number: int) -> None:
    assert (await join(url, number, " ", "{}"))[0] == 200


async def hangs_up_on_http(url: str, number: int) -> None:
    where = httpx.URL(url)
    _, writer = await asyncio.open_connection(where.host, where.port)
    body = json.dumps({"question": QUESTION})
    head = f"POST /api/answer HTTP/1.0\r\nHost: {where.host}\r\nContent-Type: application/json"
    writer.write(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    await writer.drain()
    writer.transport.abort()


def test_what_its_function_never_sees_gives_its_place_back_at_once(held: Held) -> None:
    async def one_after_the_other() -> None:
        number = await event(held.url, "question", "submit")
        for _ in range(2 * ROOM):
            status, session = await join(held.url, number)
            assert status == 200
            await exchange(held.url, f"/gradio_api/queue/data?session_hash={session}")

    asyncio.run(one_after_the_other())


@pytest.mark.parametrize(
    "leave",
    [
        never_listens,
        leaves_midway,
        hangs_up,
        cancels,
        asks_nonsense,
        is_refused,
        hangs_up_on_http,
    ],
)
@pytest.mark.parametrize("busy", [False, True])
def test_a_place_comes_back(
    held: Held, leave: Callable[[str, int], Awaitable[None]], busy: bool
) -> None:
    number = asyncio.run(event(held.url, "question", "submit"))

    async def many() -> None:
        await asyncio.gather(*(leave(held.url, number) for _ in range(ROOM // 2)))

    held.tell("0.2")
    held.tell("hold" if busy else "go")
    asyncio.run(many())
    held.tell("go")
    held.tell("60")
    rooms = itertools.islice(rooms_in_time(held), 200)
    assert ROOM in rooms  # no place is lost
    assert held.room() == ROOM  # or gained
