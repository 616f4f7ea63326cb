"""The Model Context Protocol, spoken by the SDK's own client to a real process."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, TextContent

if TYPE_CHECKING:
    from assistant import Assistant

PROJECT = Path(__file__).resolve().parent.parent
QUESTION = "What share of the companies is at Series C?"
BESIDE = {"PYTHONPATH": str(PROJECT / "tests")}


def talk(folder: Path, what: Callable[[ClientSession], Awaitable[Any]], *options: str) -> Any:
    """What a client gets from `assistant mcp` over the index in a folder."""
    arguments = ["-m", "offline", *(options or ("--index", str(folder))), "mcp"]
    server = StdioServerParameters(
        command=sys.executable, args=arguments, env=os.environ | BESIDE, cwd=PROJECT
    )

    async def session() -> Any:
        with open(os.devnull, "w") as nowhere:
            async with (
                stdio_client(server, errlog=nowhere) as (read, write),
                ClientSession(read, write) as client,
            ):
                await client.initialize()
                return await what(client)

    return asyncio.run(session())


def said(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def structured(result: CallToolResult) -> dict[str, Any]:
    """The structured output; its text is the same, for clients that know no structure."""
    assert not result.is_error, said(result)
    assert result.structured_content is not None
    assert json.loads(said(result)) == result.structured_content
    return result.structured_content


def test_tools_answer_search_and_read_and_say_what_goes_wrong(
    assistant: "Assistant", index_folder: Path
) -> None:
    async def use(client: ClientSession) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"answer", "search", "read"}
        for tool in tools.values():
            assert tool.description
            assert tool.output_schema
            assert tool.annotations
            assert tool.annotations.read_only_hint

        asked = {"question": "And Series D?", "history": [QUESTION]}
        answer = structured(await client.call_tool("answer", asked))
        same = assistant.answer("And Series D?", [QUESTION])
        assert answer == json.loads(json.dumps(asdict(same)))

        refused = structured(
            await client.call_tool("answer", {"question": "How many firms are in Tianjin?"})
        )
        assert not refused["found"]
        assert refused["nearest"]

        found = structured(await client.call_tool("search", {"question": QUESTION, "count": 3}))
        assert len(found["passages"]) == 3
        for quoted in (*answer["citations"], *refused["nearest"], *found["passages"]):
            place = {name: quoted[name] for name in ("document", "start", "end")}
            read = structured(await client.call_tool("read", place))
            assert read["text"] == quoted["quote"]
            assert read["title"] == quoted["title"]
            assert quoted["section"]

        whole, at = "", 0
        document = answer["citations"][0]["document"]
        while True:
            part = structured(await client.call_tool("read", {"document": document, "start": at}))
            whole, at = whole + part["text"], part["end"]
            if at == part["characters"]:
                break
        assert whole == assistant.documents[document].text

    async def fail(client: ClientSession) -> None:
        for tool, arguments, told in (
            ("answer", {"question": "?!"}, "ask something in words"),
            ("answer", {"question": "a" * 5_000}, "2000 characters"),
            ("answer", {}, "question"),
            ("answer", {"question": "a", "history": ["b"] * 101}, "history"),
            ("search", {"question": " "}, "ask something in words"),
            ("search", {"question": "a", "count": 10**30}, "count"),
            ("read", {"document": "no\x1b[31mthing"}, "There is no document"),
            ("read", {"document": "../../etc/passwd"}, "there are: "),
            ("read", {"document": "sesec-automotive-digital-transformation", "start": -1}, "start"),
            (
                "read",
                {"document": "sesec-automotive-digital-transformation", "start": 9, "end": 3},
                "end (3) is before start (9)",
            ),
            ("delete", {}, "delete"),
        ):
            result = await client.call_tool(tool, arguments)
            assert result.is_error, (tool, arguments)
            assert told in said(result)
            assert "Traceback" not in said(result)
            assert "\x1b" not in said(result)
        structured(await client.call_tool("answer", {"question": QUESTION}))  # it goes on

    async def both(client: ClientSession) -> None:  # a process takes seconds to start
        await use(client)
        await fail(client)

    talk(index_folder, both)


def test_documents_that_are_not_there_are_told(tmp_path: Path) -> None:
    async def use(client: ClientSession) -> CallToolResult:
        return await client.call_tool("answer", {"question": QUESTION})

    result = talk(tmp_path, use, "--corpus", str(tmp_path / "nowhere"), "--index", str(tmp_path))
    assert result.is_error
    assert "nowhere" in said(result)


@pytest.mark.usefixtures("assistant")
def test_stdout_carries_the_protocol_alone(index_folder: Path) -> None:
    """Whatever comes in: each line that comes out is a message."""
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "answer", "arguments": {"question": "?!"}},
    }
    lines = [
        json.dumps(hello),
        "not json",
        "[" * 10_000,
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json.dumps(call),
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "offline", "--index", index_folder, "mcp"],
        cwd=PROJECT,
        env=os.environ | BESIDE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("\n".join(lines) + "\n")
        process.stdin.flush()
        got: list[Any] = []
        for line in process.stdout:
            got.append(json.loads(line))
            if got[-1].get("id") == 2:
                break
        process.stdin.close()
        assert not process.stdout.read().strip()
        assert process.wait(60) == 0
    assert all(one["jsonrpc"] == "2.0" for one in got)
    assert got[0]["result"]["serverInfo"]["name"] == "document-assistant"


def test_without_the_extra_the_pip_line_is_named(tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['mcp'] = None; from assistant.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", blocked, "--index", tmp_path, "mcp"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "pip install -e '.[mcp]'" in done.stderr
