"""What stands between the network and the page: plain ASGI, no request is held in memory."""

import base64
import hashlib
import re
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BodyLimit", "Headers"]

_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]


class _TooLarge(Exception):
    """Raised into whoever reads a body that is over the limit."""


class BodyLimit:
    """Answers 413 to a request whose body is over `limit` bytes, before or while it comes in."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.limit:
            await self._refuse(send)
            return
        size, started = 0, False

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.limit:
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if size > self.limit and not started:
                return  # the application's own word on a body that it could not read
            started = True
            await send(message)

        with suppress(_TooLarge):
            await self.app(scope, counted, watched)
        if size > self.limit and not started:
            await self._refuse(send)

    @staticmethod
    async def _refuse(send: Send) -> None:
        body = b"The request is too large."
        headers = [
            (b"content-type", b"text/plain"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Headers:
    """Adds a Content-Security-Policy and its companions to every response.

    Scripts run from this server's own files, and those that the page itself carries inline are
    named by their hash: nothing that is put into the page later can run, and nothing is loaded
    from elsewhere. Styles may be inline, as the page's framework needs it; they can't load
    anything either.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        held: Message | None = None
        page = b""

        async def guarded(message: Message) -> None:
            nonlocal held, page
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
                kind = dict(message["headers"]).get(b"content-type", b"")
                if kind.startswith(b"text/html"):
                    held = message  # until the hashes of its scripts are known
                    return
                message["headers"].append((b"content-security-policy", _policy(b"")))
            elif held is not None:
                page += message.get("body", b"")
                if message.get("more_body"):
                    return
                held["headers"].append((b"content-security-policy", _policy(page)))
                await send(held)
                message, held = {"type": "http.response.body", "body": page}, None
            await send(message)

        await self.app(scope, receive, guarded)


def _policy(page: bytes) -> bytes:
    hashes = [
        b"'sha256-" + base64.b64encode(hashlib.sha256(script).digest()) + b"'"
        for script in _INLINE.findall(page)
    ]
    return b"; ".join(
        [
            b"default-src 'none'",
            b" ".join([b"script-src 'self'", *hashes]),
            b"style-src 'self' 'unsafe-inline'",
            b"img-src 'self' data:",
            b"font-src 'self'",
            b"connect-src 'self'",
            b"manifest-src 'self'",
            b"base-uri 'self'",
            b"form-action 'none'",
            b"frame-ancestors 'none'",
        ]
    )
