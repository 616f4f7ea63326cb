"""How the chat's server bears many users, measured: `python tests/load.py` starts one and says.

python tests/load.py --users 200          # all ask at once: over HTTP, then through the page
python tests/load.py --questions 5000     # one after the other: does it keep memory?
"""

import argparse
import asyncio
import itertools
import json
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml
from servers import Chat, serving

__all__ = ["WAYS", "Reply", "event", "exchange", "questions", "storm"]

PROJECT = Path(__file__).resolve().parent.parent
WAYS = ("http", "page", "call")  # see `storm`
ANSWERED = re.compile(r"said (?:found|refused)|event: complete")  # in the events of a question


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


async def storm(url: str, users: int, through: str = "http") -> list[Reply]:
    """The replies to so many users who ask at once, each over connections of their own.

    `through` is one of WAYS: a POST to the API, the page's question as a browser sends it, or
    the page's endpoint for programs; the last two join a queue and read the events of it.
    """
    submits = await event(url, "question", "submit") if through == "page" else 0
    ready = asyncio.Barrier(users)

    async def ask(question: str) -> Reply:
        session = secrets.token_hex(6)
        path, sent, events = {
            "http": ("/api/answer", {"question": question}, ""),
            "page": (
                "/gradio_api/queue/join",
                {"data": [question, "{}"], "fn_index": submits, "session_hash": session},
                f"/gradio_api/queue/data?session_hash={session}",
            ),
            "call": (
                "/gradio_api/call/answer",
                {"data": [question, []]},
                "/gradio_api/call/answer/{event_id}",
            ),
        }[through]
        await ready.wait()
        began = time.monotonic()
        status, headers, content = await exchange(url, path, sent)
        body = json.loads(content)
        if status == 200 and events:
            said = (await exchange(url, events.format(**body)))[2].decode()
            late = 503 if "Too many questions" in said else 500
            status, body = 200 if ANSWERED.search(said) else late, {"text": said}
        return Reply(status, time.monotonic() - began, headers.get("retry-after"), body)

    asked = itertools.islice(itertools.cycle(questions()), users)
    return await asyncio.gather(*(ask(question) for question in asked))


async def event(url: str, element: str, kind: str) -> int:
    """The number of an event of the page: of what happens to a component, by its element's id."""
    config = json.loads((await exchange(url, "/config"))[2])
    components = config["components"]
    [target] = [one["id"] for one in components if one["props"].get("elem_id") == element]
    [found] = [one["id"] for one in config["dependencies"] if [target, kind] in one["targets"]]
    return int(found)


async def exchange(url: str, path: str, sent: object = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the reply to a POST of JSON, or to a GET where nothing is sent.

    Plain sockets: a client library would take more of the computer than the server does.
    """
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        body = b"" if sent is None else json.dumps(sent).encode()
        head = f"{'POST' if body else 'GET'} {path} HTTP/1.0\r\nHost: {where.netloc}\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write((head + kind).encode() + body)
        got = await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()
    first, _, content = got.partition(b"\r\n\r\n")
    line, *headers = first.decode("latin-1").split("\r\n")
    named = dict(header.lower().split(": ", 1) for header in headers)
    return int(line.split()[1]), named, content


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
    parser.add_argument("--through", choices=WAYS, nargs="*", default=WAYS)
    parser.add_argument("--index", default=str(PROJECT / "index"))
    given = parser.parse_args()
    with serving(Chat(("--index", given.index))) as [chat]:
        for through, _ in itertools.product(given.through, range(given.rounds)):
            replies = asyncio.run(storm(chat.url, given.users, through))
            print(json.dumps({"through": through} | summary(replies)), flush=True)
        if given.questions:
            many(chat.url, given.questions, chat.process.pid)


if __name__ == "__main__":
    main()
