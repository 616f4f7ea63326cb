"""How the chat's server bears many users, measured: `python tests/load.py` starts one and says.

python tests/load.py --users 200          # all ask at once, over HTTP
python tests/load.py --questions 5000     # one after the other: does it keep memory?
"""

import argparse
import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml
from servers import Chat, serving

__all__ = ["Reply", "questions", "storm"]

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Reply:
    """What a user got, and after how many seconds."""

    status: int
    seconds: float
    retry_after: str | None
    body: dict[str, object]


def questions() -> list[str]:
    """Questions of several kinds, written for this."""
    return [
        "What does BMS stand for?",
        "What share of the companies is at Series C?",
        "Who founded Baidu?",
        "What are the inclusion criteria?",
        "Which four categories does the Autotech 50 use?",
        "When was the Implementation Plan released?",
        "How many firms are in Tianjin?",
        "What is the weather like?",
    ]


async def storm(url: str, users: int) -> list[Reply]:
    """The replies to so many users who ask at once, each over a connection of their own.

    Plain sockets: a client library would take more of the computer than the server does.
    """
    where = urlsplit(url)
    ready = asyncio.Barrier(users)

    async def ask(question: str) -> Reply:
        await ready.wait()
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        body = json.dumps({"question": question}).encode()
        head = f"POST /api/answer HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write((head + kind).encode() + body)
        got = await asyncio.wait_for(reader.read(), 60)
        seconds = time.monotonic() - began
        writer.close()
        first, _, content = got.partition(b"\r\n\r\n")
        line, *headers = first.decode("latin-1").split("\r\n")
        named = dict(header.lower().split(": ", 1) for header in headers)
        status = int(line.split()[1])
        return Reply(status, seconds, named.get("retry-after"), json.loads(content))

    asked = itertools.islice(itertools.cycle(questions()), users)
    return await asyncio.gather(*(ask(question) for question in asked))


def many(url: str, count: int, process: int) -> None:
    """Ask one question after the other and print the server's memory as it goes."""
    texts = yaml.safe_load((PROJECT / "evals" / "questions.yaml").read_text(encoding="utf-8"))
    asked = itertools.cycle([entry["question"] for entry in texts])
    with httpx.Client(base_url=url, timeout=60) as client:
        for number in range(count + 1):
            if number % max(1, count // 10) == 0:
                print(f"{number:6,} questions: {memory(process):7.1f} MB", flush=True)
            client.post("/api/answer", json={"question": next(asked)}).raise_for_status()


def memory(process: int) -> float:
    """Resident megabytes of a process (Linux)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def summary(replies: Sequence[Reply]) -> dict[str, object]:
    def slowest(status: int) -> float | None:
        times = [reply.seconds for reply in replies if reply.status == status]
        return round(max(times), 2) if times else None

    return {
        "asked": len(replies),
        "answered": sum(reply.status == 200 for reply in replies),
        "refused": sum(reply.status == 503 for reply in replies),
        "slowest answer, s": slowest(200),
        "slowest refusal, s": slowest(503),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--questions", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--index", default=str(PROJECT / "index"))
    given = parser.parse_args()
    with serving(Chat(("--index", given.index))) as [chat]:
        for _ in range(given.rounds):
            print(json.dumps(summary(asyncio.run(storm(chat.url, given.users)))), flush=True)
        if given.questions:
            many(chat.url, given.questions, chat.process.pid)


if __name__ == "__main__":
    main()
