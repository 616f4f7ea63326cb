"""What stands between the network and the page: plain ASGI, no request is held in memory."""

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.problems import send_problem

__all__ = ["BodyLimit", "Closed", "Headers", "PagePaths", "Room", "SameOrigin"]

_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]
FILES = "/gradio_api/file="
# What the page and gradio_client ask for. Its framework has much more: proxies, streams, an
# editor, monitoring, a login of its own.
_PAGE = re.compile(
    r"/|/(?:config|info|theme\.css|manifest\.json|robots\.txt|favicon\.ico)/?"
    r"|/(?:web|assets|static|svelte)/.*|/(?:openapi\.json|api/.*)"
    r"|/gradio_api/(?:startup-events|info|app_id|login_check|theme\.css|queue/(?:join|data)|reset"
    r"|cancel|upload|upload_progress|component_server|heartbeat/\w+|(?:call|run)/.*)/?"
    r"|/gradio_api/file=(?!\w+:/).*",  # an address there would be fetched by this server
    re.DOTALL | re.IGNORECASE,
)
_SAFE = ("GET", "HEAD", "OPTIONS")


class PagePaths:
    """Answers 404 to all that the page does not need."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (
            scope["type"] == "http" and _PAGE.fullmatch(scope["path"])
        ):
            await self.app(scope, receive, send)
        else:
            await send_problem(scope, send, 404, "There is nothing here.")


class SameOrigin:
    """Answers 403 to what another site makes a browser send, with that browser's login.

    Browsers say where a request comes from; programs do not, and are let through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope.get("method") in _SAFE or self._own(scope):
            await self.app(scope, receive, send)
        else:
            await send_problem(scope, send, 403, "Another site may not ask here.")

    @staticmethod
    def _own(scope: Scope) -> bool:
        headers = dict(scope["headers"])
        site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
        if site is not None and site not in (b"same-origin", b"none"):
            return False
        try:
            return (
                origin is None
                or urlsplit(origin).netloc.lower() == headers.get(b"host", b"").lower()
            )
        except ValueError:
            return False


class _Refused(Exception):
    """Raised into whoever reads a body that is too large or too slow."""


class BodyLimit:
    """Answers 413 to a request whose body is over `limit` bytes, before or while it comes in, and
    408 where it takes longer than `seconds`. `larger` are other limits, by path.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int,
        larger: Mapping[str, int] | None = None,
        seconds: float = 60.0,
    ) -> None:
        self.app, self.limit, self.larger, self.seconds = app, limit, larger or {}, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.larger.get(scope["path"].rstrip("/"), self.limit)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 15 or int(length) > limit:
            await self._refuse(scope, send, 413, limit)
            return
        size, refused, started, more = 0, 0, False, True
        deadline = time.monotonic() + self.seconds

        async def counted() -> Message:
            nonlocal size, refused, more
            if not more:
                return await receive()  # it waits for the client to leave
            try:
                message = await asyncio.wait_for(receive(), max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                refused = 408
                raise _Refused from None
            size += len(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
            if size > limit:
                refused = 413
                raise _Refused
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if refused and not started:
                return  # the application's own word on a body that it could not read
            started = True
            await send(message)

        with suppress(_Refused):
            await self.app(scope, counted, watched)
        if refused and not started:
            await self._refuse(scope, send, refused, limit)

    @staticmethod
    async def _refuse(scope: Scope, send: Send, status: int, limit: int) -> None:
        detail = {
            408: "The request took too long to arrive.",
            413: f"The request is too large: {limit:,} bytes at most.",
        }[status]
        await send_problem(scope, send, status, detail, [(b"connection", b"close")])


class Closed:
    """Answers 403 to every request for `path`."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app, self.path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].rstrip("/") == self.path:
            await send_problem(scope, send, 403, "Documents can't be added here.")
        else:
            await self.app(scope, receive, send)


class Room:
    """Answers 507 to a request for `path` while the files in `folder` are over `limit` bytes."""

    def __init__(self, app: ASGIApp, path: str, folder: Path, limit: int) -> None:
        self.app, self.path, self.folder, self.limit = app, path, folder, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["path"].rstrip("/") == self.path
        if asked and await asyncio.to_thread(self._size) > self.limit:
            await send_problem(scope, send, 507, "There is no room for files: try again later.")
        else:
            await self.app(scope, receive, send)

    def _size(self) -> int:
        size = 0
        for path in self.folder.rglob("*"):
            with suppress(OSError):  # it may go meanwhile
                size += path.stat().st_size
        return size


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
                policy = _FILE_POLICY if scope["path"].startswith(FILES) else _policy(b"")
                message["headers"].append((b"content-security-policy", policy))
            elif held is not None:
                page += message.get("body", b"")
                if message.get("more_body"):
                    return
                held["headers"].append((b"content-security-policy", _policy(page)))
                await send(held)
                message, held = {"type": "http.response.body", "body": page}, None
            await send(message)

        await self.app(scope, receive, guarded)


# A file that a user has sent or gets: nothing in it runs, also where it is opened on its own.
_FILE_POLICY = b"default-src 'none'; sandbox"


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
