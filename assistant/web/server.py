"""How uvicorn is run: bounded in connections and in patience."""

import asyncio
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["server"]

CONNECTIONS = 2_000  # a page holds two; the next one gets 503
FILES = 500  # file descriptors for all else
HEAD_SECONDS = 20.0  # in which a request's line and headers have to arrive


class _Protocol(H11Protocol):
    """Hangs up on whoever connects and does not ask, or sends the headers drop by drop."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._unwatch()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _unwatch(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


def server(app: ASGIApp) -> uvicorn.Server:
    """A server for an application, to be run on sockets that listen."""
    options: dict[str, Any] = {"http": _Protocol, "log_config": None, "log_level": "warning"}
    return uvicorn.Server(
        uvicorn.Config(
            app,
            limit_concurrency=_connections(),
            timeout_graceful_shutdown=1,
            server_header=False,
            access_log=False,
            **options,
        )
    )


def _connections() -> int:
    """As many as CONNECTIONS, or as this process may have; it asks for more where it can."""
    try:
        import resource
    except ImportError:  # Windows
        return CONNECTIONS
    wanted = CONNECTIONS + FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return max(50, min(CONNECTIONS, soft - FILES))
    return CONNECTIONS
