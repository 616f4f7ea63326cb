"""Real `assistant chat` processes, behind tests/offline.py, ended as a user ends them; and
applications of ours in a thread of the tests."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp

from assistant.web.server import server

__all__ = ["Chat", "Served", "running", "serving"]

TESTS = Path(__file__).parent


@dataclass(frozen=True)
class Chat:
    """A chat to be started: options before the command and after it, its settings, the file that
    its stderr goes to, and the module that is the command."""

    before: tuple[str | Path, ...] = ()
    after: tuple[str, ...] = ("--port", "0")
    settings: Mapping[str, str] = field(default_factory=dict)
    errors: Path | None = None
    module: str = "offline"


@dataclass(frozen=True)
class Served:
    """A chat that runs: where it is, its process, and what it printed before its address."""

    url: str
    process: "subprocess.Popen[str]"
    printed: str


@contextmanager
def serving(*chats: Chat) -> Iterator[list[Served]]:
    """The chats, started beside each other; all have to end well on Ctrl+C."""
    with ExitStack() as stack:
        processes = []
        for chat in chats:
            errors = stack.enter_context(chat.errors.open("w")) if chat.errors else None
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    chat.module,
                    *chat.before,
                    "chat",
                    "--no-browser",
                    *chat.after,
                ],
                cwd=TESTS.parent,
                env={**os.environ, "PYTHONPATH": str(TESTS), **chat.settings},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            stack.callback(process.__exit__, None, None, None)
            stack.callback(process.kill)
            processes.append(process)
        served = []
        for process in processes:
            assert process.stdout
            printed = ""
            for line in process.stdout:
                printed += line
                if "The chat is at" in line:
                    break
            else:
                raise AssertionError("the chat did not start")
            served.append(Served(line.split()[4].rstrip("/"), process, printed))
        yield served
        for process in processes:
            process.send_signal(signal.SIGINT)
        assert [process.wait(60) for process in processes] == [0] * len(processes)


@contextmanager
def running(app: ASGIApp) -> Iterator[tuple[str, int]]:
    """The address of a server of ours for an application, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = server(app)
        thread = threading.Thread(target=one.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[:2]
        finally:
            one.should_exit = True
            thread.join(30)
