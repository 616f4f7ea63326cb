"""No way out of this computer: what tests run behind, in this process or in one they start.

`python -m offline ARGUMENT...` is the `assistant` command behind it, with tests/ on the path.
"""

import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["OutsideError", "block"]


class OutsideError(AssertionError):
    """Something wanted to talk to another computer."""


def block() -> None:
    """Make every name look-up, connection and datagram that leaves this computer raise."""
    socket.socket.connect = guarded(socket.socket.connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded(socket.socket.connect_ex)  # type: ignore[method-assign]
    socket.socket.sendto = guarded(socket.socket.sendto)  # type: ignore[method-assign]
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        refuse_outside(host)
        return look_up(host, *rest, **named)

    socket.getaddrinfo = getaddrinfo


def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a socket whose last argument is an address."""

    def call(self: socket.socket, *arguments: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse_outside(arguments[-1][0])
        return method(self, *arguments)

    return call


def refuse_outside(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        here = ipaddress.ip_address(name)
    except ValueError:
        raise OutsideError(f"looked up {name!r}") from None
    if not (here.is_loopback or here.is_unspecified):
        raise OutsideError(f"tried to reach {name}")


if __name__ == "__main__":
    from assistant.cli import main

    block()
    main(sys.argv[1:])
