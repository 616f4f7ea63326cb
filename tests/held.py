"""`assistant chat` whose answers wait until they are let, to see what becomes of the others.

`python -m held ARGUMENT...` is the command, as in tests/offline.py, and obeys lines on its stdin.
"""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from offline import block
from servers import Chat, Served, serving

from assistant import Assistant
from assistant.types import Answer
from assistant.web import desk as desks

__all__ = ["ROOM", "Held", "holding"]

CORES = 2
CROWD = "crowd"  # what they ask: it is answered without a look into the documents
ROOM = CORES + int(desks.SOON * CORES / desks.TYPICAL)  # questions that are let in at once


@dataclass(frozen=True)
class Held:
    """A chat that is told to answer or not to, and how long a question may wait at its desk."""

    served: Served

    @property
    def url(self) -> str:
        return self.served.url

    def tell(self, line: str) -> None:
        """One of "hold" and "go", or a number of seconds."""
        self._tell(line)

    def come(self) -> int:
        """How many have asked for a place up to here."""
        return int(self._tell(""))

    def _tell(self, line: str) -> str:
        process = self.served.process
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    def room(self) -> int:
        """How many questions find room."""
        with self.crowd() as statuses:
            pass
        return statuses.count(200)

    @contextmanager
    def crowd(self) -> Iterator[list[int]]:
        """So many ask over HTTP that there is no room left; they are answered at the end, and
        then yield the status that each of them got."""
        statuses: list[int] = []
        self.tell("hold")
        with ThreadPoolExecutor(ROOM + 1) as users, httpx.Client(timeout=60) as client:

            def ask(question: str) -> int:
                asked = {"question": question}
                return client.post(f"{self.url}/api/answer", json=asked).status_code

            before = self.come()
            waiting = [users.submit(ask, CROWD) for _ in range(ROOM + 1)]
            try:
                while self.come() < before + len(waiting):
                    threading.Event().wait(0.01)
                yield statuses
            finally:
                self.tell("go")
            statuses += [one.result() for one in waiting]
            assert set(statuses) <= {200, 503}


@contextmanager
def holding(index: Path) -> Iterator[Held]:
    """On two cores, where a question that is let in may wait for a minute."""
    with serving(Chat(("--index", index), module="held")) as [chat]:
        yield Held(chat)


def obey(go: threading.Event, come: list[None]) -> None:
    for line in sys.stdin:
        match line.strip():
            case "hold":
                go.clear()
            case "go":
                go.set()
            case seconds if seconds:
                desks.LATE = float(seconds)
        print(len(come), flush=True)


def main() -> None:
    go = threading.Event()
    go.set()
    answer, ticket, come = Assistant.answer, desks.Desk.ticket, list[None]()

    def counted(self: desks.Desk) -> desks.Ticket:
        try:
            return ticket(self)
        finally:
            come.append(None)

    def answer_when_let(
        self: Assistant, question: str, history: Sequence[str] = (), language: str = "en"
    ) -> Answer:
        go.wait()
        return (
            Answer(CROWD, "", False)
            if question == CROWD
            else answer(self, question, history, language)
        )

    Assistant.answer = answer_when_let  # type: ignore[method-assign]
    desks.Desk.ticket = counted  # type: ignore[method-assign]
    os.cpu_count = lambda: CORES
    desks.LATE = 60.0
    desks.MEMORY = sys.maxsize  # how long they are held is not to count
    threading.Thread(target=obey, args=[go, come], daemon=True).start()
    from assistant.cli import main as command

    block()
    command(sys.argv[1:])


if __name__ == "__main__":
    main()
