"""What went wrong, for a program: RFC 9457 problem details, from routes and middleware alike."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from starlette.types import Scope, Send

__all__ = ["MEDIA_TYPE", "body", "send_problem"]

MEDIA_TYPE = "application/problem+json"


def body(status: int, detail: str, **more: Any) -> bytes:
    """The problem as JSON in ASCII: also lone surrogates have a place in it.

    >>> body(404, "There is no such document.")
    b'{"title": "Not Found", "status": 404, "detail": "There is no such document."}'
    """
    problem = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return json.dumps(problem | more).encode()


async def send_problem(
    scope: Scope,
    send: Send,
    status: int,
    detail: str,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answer a request, or refuse a WebSocket, with a problem, from outside any route."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": detail})
        return
    content = body(status, detail)
    start = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content})
