"""What stands between the network and the assistant: logins, origins, limits, paths, patience."""

import asyncio
import base64
import logging
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from gradio_client import Client
from hypothesis import given
from hypothesis import strategies as st
from servers import Chat, Served, running, serving
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.errors import AssistantError
from assistant.terminal import log_plainly, printable
from assistant.web import auth, serve
from assistant.web import server as servers
from assistant.web.auth import Login, accounts
from assistant.web.security import BodyLimit, PagePaths, Room, SameOrigin

if TYPE_CHECKING:
    from assistant import Assistant

PROJECT = Path(__file__).resolve().parent.parent
EVIL = "http://evil.example"
ASKED = {"question": "What does BMS stand for?"}
HOSTILE = "\x1b[31mred\x07"
ANN, BOB = ("ann", "secret: yes"), ("böb", "pass, word")


# Over the network


@pytest.fixture(scope="module")
def locked(
    assistant: "Assistant", index_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    assert assistant.documents
    named = tmp_path_factory.mktemp("auth") / "users"
    named.write_text("\n".join(":".join(one) for one in (ANN, BOB)) + "\n", encoding="utf-8")
    settings = {"ASSISTANT_AUTH": f"@{named}", "ASSISTANT_HOSTS": "docs.example, other.example"}
    errors = named.with_name("stderr")
    with serving(Chat(("--index", index_folder), settings=settings, errors=errors)) as [chat]:
        yield chat
    terminal = errors.read_text(encoding="utf-8")
    assert "[31mred" in terminal  # see test_a_log_has_nothing_to_obey
    assert all(c == "\n" or c.isprintable() for c in terminal)


def test_nothing_is_reached_without_a_login(locked: Served) -> None:
    for path in (
        *("/", "/config", "/web/chat.js", "/api/documents", "/openapi.json", "/nothing"),
        *("/gradio_api/info", "/gradio_api/queue/data?session_hash=a", "/gradio_api/file=/a"),
    ):
        got = httpx.get(locked.url + path)
        assert got.status_code == 401, path
        assert got.headers["www-authenticate"].startswith("Basic ")
        assert got.json()["detail"]
        assert httpx.get(locked.url + path, auth=("ann", "secret")).status_code == 401
    for path in ("/api/answer", "/gradio_api/queue/join", "/gradio_api/upload"):
        assert httpx.post(locked.url + path, json=ASKED).status_code == 401


@pytest.mark.parametrize("who", [ANN, BOB], ids=["ann", "bob"])
def test_a_login_opens_page_and_programs(locked: Served, who: tuple[str, str]) -> None:
    basic = httpx.BasicAuth(who[0].encode(), who[1].encode())
    assert httpx.get(locked.url, auth=basic).status_code == 200
    got = httpx.post(f"{locked.url}/api/answer", json=ASKED, auth=basic, timeout=60)
    assert got.json()["found"]
    given = base64.b64encode(":".join(who).encode()).decode()
    client = Client(locked.url, headers={"Authorization": f"Basic {given}"}, verbose=False)
    try:
        assert client.predict(ASKED["question"], api_name="/answer")["found"]
    finally:
        client.close()


def test_passwords_can_not_be_tried_out(locked: Served) -> None:
    with httpx.Client(base_url=locked.url) as client:  # made once: a try is forgiven in seconds

        def status(user: str, password: str) -> int:
            return client.get("/api/documents", auth=(user, password)).status_code

        tried = [status("eve", f"guess {number}") for number in range(auth.TRIES + 3)]
        assert tried == [401] * auth.TRIES + [429] * 3
        got = client.get("/", auth=("eve", "again"))
        assert int(got.headers["retry-after"]) >= 1
        assert status(*ANN) == 200  # another name is not held up


def test_other_names_are_served_where_they_are_set(locked: Served, served: Served) -> None:
    for url, host, status in (
        (locked.url, "docs.example", 200),
        (locked.url, "other.example:8443", 200),
        (locked.url, "evil.example", 400),
        (served.url, "docs.example", 400),
        (served.url, "localhost:1", 200),
        (served.url, "[::1]:7860", 200),
        (served.url, "127.0.0.1.evil.example", 400),
        (served.url, "", 400),
    ):
        got = httpx.get(f"{url}/api/documents", headers={"Host": host}, auth=ANN)
        assert got.status_code == status, host


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://[::1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_other_sites_can_not_ask(served: Served, headers: dict[str, str]) -> None:
    for path in ("/api/answer", "/gradio_api/queue/join", "/gradio_api/upload"):
        got = httpx.post(served.url + path, json=ASKED, headers=headers)
        assert got.status_code == 403
    seen = httpx.get(f"{served.url}/api/documents", headers=headers)
    assert not [name for name in seen.headers if name.startswith("access-control")]
    assert seen.headers["cross-origin-resource-policy"] == "same-origin"


def test_this_site_can_ask(served: Served) -> None:
    own = {"Origin": served.url, "Sec-Fetch-Site": "same-origin"}
    got = httpx.post(f"{served.url}/api/answer", json=ASKED, headers=own, timeout=60)
    assert got.status_code == 200
    preflight = httpx.options(f"{served.url}/api/answer", headers={"Origin": EVIL})
    assert preflight.status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        *("/web/..%2fapp.py", "/web/%2e%2e/app.py", "/web/../app.py", "/web//etc/passwd"),
        *("/static/..%2f..%2froutes.py", "/assets/..%2f..%2f..%2froutes.py", "/svelte/..%2fa"),
        *("/gradio_api/file=/etc/passwd", "/gradio_api/file=..%2f..%2fetc%2fpasswd"),
        *("/gradio_api/file=" + EVIL, "/gradio_api/file=file:///etc/passwd", "/file=/etc/passwd"),
        *("/gradio_api/proxy=" + EVIL, "/gradio_api/stream/a", "/gradio_api/runs", "/monitoring"),
        *("/gradio_api/vibe-code/", "/gradio_api/dev/reload", "/gradio_api/deep_link", "/docs"),
        *("/gradio_api/custom_component/a/client/b/c", "/login", "/logout", "/pwa_icon"),
    ],
)
def test_nothing_else_is_served(served: Served, path: str) -> None:
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:  # as it is written
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        got = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert int(got.split()[1]) in (400, 403, 404), got[:200]
    assert b"root:" not in got


def test_the_page_tells_nothing_of_the_computer(served: Served) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/openapi.json"):
        shown = httpx.get(served.url + path).text
        for secret in (str(PROJECT), str(Path.home()), "/tmp/", socket.gethostname() + ":"):  # noqa: S108
            assert secret not in shown, (path, secret)


def test_only_files_are_large(served: Served) -> None:
    large = b"a" * 50_000_000
    for path in ("/api/answer", "/gradio_api/queue/join", "/gradio_api/reset", "/nothing", "/"):
        got = httpx.post(served.url + path, content=large, headers={"Content-Type": "text/plain"})
        assert got.status_code in (404, 413)
    files = {"files": ("a.bin", b"a" * 2_000_000)}
    upload = f"{served.url}/gradio_api/upload"
    assert httpx.post(upload, files=files).status_code == 200
    assert httpx.post(upload, files={"files": ("b.bin", large)}).status_code == 413


def test_a_sent_file_is_inert_and_not_listed(served: Served) -> None:
    script = {"files": ("a.html", b"<script>alert(1)</script>", "text/html")}
    [path] = httpx.post(f"{served.url}/gradio_api/upload", files=script).json()
    got = httpx.get(f"{served.url}/gradio_api/file={path}")
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    assert "html" not in got.headers["content-type"]
    for folder in (Path(path).parent, Path(path).parent.parent):
        assert httpx.get(f"{served.url}/gradio_api/file={folder}").status_code == 403
    private = Path(path).parent.parent
    assert private.stat().st_mode & 0o077 == 0


def test_another_session_is_out_of_reach(served: Served) -> None:
    guessed, heard = {"session_hash": "guessed"}, ""
    with (
        suppress(httpx.RemoteProtocolError),  # it breaks off there
        httpx.stream("GET", f"{served.url}/gradio_api/queue/data", params=guessed) as got,
    ):
        for text in got.iter_text():
            heard += text
    assert "session_not_found" in heard


def sent(url: str, value: Any, auth: tuple[str, str] | None = None) -> str:
    """What the page's framework says when its /answer is asked with any value at all."""
    with httpx.Client(base_url=url, auth=auth, timeout=60) as client:
        known = client.get("/config").json()["dependencies"]
        [number] = [one["id"] for one in known if one["api_name"] == "answer"]
        session = {"session_hash": str(uuid4())}
        joined = {"data": [value, None], "fn_index": number} | session
        client.post("/gradio_api/queue/join", json=joined).raise_for_status()
        return client.get("/gradio_api/queue/data", params=session).text


def file(path: str) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def test_no_file_is_fetched_from_elsewhere(served: Served) -> None:
    assert "Files are not fetched from elsewhere." in sent(served.url, file(f"{EVIL}/a.png"))


def test_no_file_of_this_computer_is_taken_for_an_upload(served: Served) -> None:
    script = {"files": ("a.txt", b"text", "text/plain")}
    [path] = httpx.post(f"{served.url}/gradio_api/upload", files=script).json()
    private = Path(path).parent.parent
    for other in ("/etc/passwd", str(PROJECT / "README.md"), "/proc/self/environ"):
        said = sent(served.url, {"deep": [file(other)]})
        assert '"success":false' in said
        assert str(private) not in said
        assert not list(private.rglob(Path(other).name))
    assert "question: " in sent(served.url, file(path))  # an upload of one's own is only no text


def test_a_log_has_nothing_to_obey(locked: Served) -> None:
    """The page's framework prints what it can't handle; `locked` looks at it in the end."""
    for value in (HOSTILE, file(f"/tmp/{HOSTILE}"), file(HOSTILE)):  # noqa: S108
        assert "process_completed" in sent(locked.url, value, ANN)


# In this process


@pytest.fixture(autouse=True)
def own_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    """What replaces stderr is gone after the test."""
    monkeypatch.setattr(sys, "stderr", sys.stderr)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how large the body was."""
    if scope["type"] == "lifespan":
        return
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ],
)
def test_who_sends_drop_by_drop_is_hung_up_on(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "HEAD_SECONDS", 0.2)
    with (
        running(BodyLimit(echo, limit=100, seconds=0.2)) as address,
        socket.create_connection(address, timeout=30) as connection,
    ):
        connection.sendall(sent)
        got = b"".join(iter(lambda: connection.recv(65_536), b""))  # ends, or times out
    assert got == b"" or got.split()[1] in (b"200", b"408")


def test_who_takes_their_time_between_requests_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "HEAD_SECONDS", 0.2)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(0.5)
            await echo(scope, receive, send)

    with running(slow) as (host, port), httpx.Client(base_url=f"http://{host}:{port}") as client:
        assert client.get("/").status_code == 200
        assert client.post("/", content=b"abc").text == "3"


def test_connections_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "CONNECTIONS", 3)
    with running(echo) as address:
        url = f"http://{address[0]}:{address[1]}"
        assert httpx.get(url).status_code == 200
        idle = [socket.create_connection(address) for _ in range(3)]
        assert httpx.get(url).status_code == 503
        for connection in idle:
            connection.close()


@pytest.mark.parametrize(
    ("host", "names", "setting", "read_only", "warned", "closed"),
    [
        ("127.0.0.2", "", "", None, "can ask and read the documents", True),
        ("127.0.0.2", "", "", False, "can ask, read, add and remove the documents", False),
        ("127.0.0.2", "", "", True, "can ask and read the documents", True),
        ("127.0.0.2", "", "ann:secret", None, "", False),
        ("127.0.0.2", "", "ann:secret", True, "", True),
        ("127.0.0.1", "", "", None, "", False),
        ("127.0.0.1", "", "", True, "", True),
        ("127.0.0.1", "docs.example", "", None, "docs.example can ask and read", True),
        ("127.0.0.1", "docs.example", "ann:secret", None, "", False),
    ],
)
def test_an_open_door_is_told_and_lets_nobody_change_anything(
    host: str,
    names: str,
    setting: str,
    read_only: bool | None,
    warned: str,
    closed: bool,
    assistant: "Assistant",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr("assistant.web.app.create_app", lambda *given: asked.append(given))
    monkeypatch.setattr(servers, "server", lambda app: Mock())
    monkeypatch.setenv("ASSISTANT_AUTH", setting)
    monkeypatch.setenv("ASSISTANT_HOSTS", names)
    serve(assistant, host=host, port=0, open_browser=False, read_only=read_only)
    printed = capsys.readouterr().out
    assert ("ASSISTANT_AUTH" in printed) == bool(warned)
    assert warned in printed
    assert ("--writable" in printed) == (read_only is None and closed)
    assert "The chat is at" in printed
    assert asked[0][-1] is closed
    monkeypatch.setenv("ASSISTANT_AUTH", "nobody")
    with pytest.raises(AssistantError, match="ASSISTANT_AUTH"):
        serve(assistant, host=host, port=0, open_browser=False)
    assert len(asked) == 1


def call(app: ASGIApp, scope: dict[str, Any], *messages: dict[str, Any]) -> list[Any]:
    """What an application sends for a request."""
    sent: list[Any] = []
    left = list(messages) or [{"type": "http.request", "body": b""}]

    async def receive() -> Any:
        return left.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    base = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("1.1.1.1", 5)}
    asyncio.run(app(base | scope, receive, send))  # type: ignore[arg-type]
    return sent


def status(app: ASGIApp, *messages: dict[str, Any], **scope: Any) -> int:
    return int(call(app, scope, *messages)[0]["status"])


def body(size: int, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": b"a" * size, "more_body": more}


def test_the_limit_is_the_path_s() -> None:
    app = BodyLimit(echo, limit=10, larger={"/up": 20})
    assert status(app, body(10)) == 200
    assert status(app, body(11)) == 413
    assert status(app, body(6, more=True), body(5)) == 413
    assert status(app, body(20), path="/up") == 200
    assert status(app, body(20), path="/up/") == 200
    assert status(app, body(21), path="/up") == 413
    assert status(app, body(11), path="/upper") == 413
    for length in (b"11", b"-1", b"1e1", b"9" * 5_000, b"\xb2"):
        assert status(app, headers=[(b"content-length", length)]) == 413


def test_files_find_room_until_there_is_none(tmp_path: Path) -> None:
    app = Room(echo, "/up", tmp_path, 50_000)
    assert status(app, path="/up") == 200
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"a" * 100_000)
    assert status(app, path="/up/") == 507
    assert status(app, path="/other") == 200


@pytest.mark.parametrize("make", [SameOrigin, PagePaths, lambda app: Login(app, accounts("a:b"))])
def test_web_sockets_pass_the_same_gates(make: Callable[[ASGIApp], ASGIApp]) -> None:
    origin = [(b"origin", EVIL.encode())]
    evil = {"type": "websocket", "method": None, "path": "/ws", "headers": origin}
    [sent] = call(make(echo), evil)
    assert sent["type"] == "websocket.close"


def authorization(text: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", b"Basic " + base64.b64encode(text))]


@given(st.binary(max_size=30))
def test_no_header_opens_a_door_but_the_right_one(header: bytes) -> None:
    app = Login(echo, accounts("ann:secret"))
    for raw in (header, b"Basic " + header, b"Basic " + base64.b64encode(header)):
        right = raw.partition(b" ")[2] == base64.b64encode(b"ann:secret")
        assert status(app, headers=[(b"authorization", raw)]) == (200 if right else 401)


def test_tries_are_forgiven_and_remembered_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(auth, "REMEMBERED", 3)
    app = Login(echo, accounts("ann:secret"))
    wrong, right = authorization(b"ann:guess"), authorization(b"ann:secret")
    assert [status(app, headers=wrong) for _ in range(auth.TRIES)] == [401] * auth.TRIES
    assert status(app, headers=right) == 429  # or it could be guessed while it is held up
    assert status(app, headers=right, client=("2.2.2.2", 5)) == 200
    now += auth.FORGIVEN + 0.1
    assert status(app, headers=wrong) == 401
    assert status(app, headers=right) == 429
    now += auth.FORGIVEN + 0.1
    assert status(app, headers=right) == 200
    for number in range(10):
        status(app, headers=authorization(b"%d:guess" % number))
    assert len(app._failed) <= 3


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        (None, []),
        ("", []),
        ("ann:secret", ["ann"]),
        ("ann:se:cret, bob:b", ["ann", "bob"]),
        ("ann:a\nbob:b\n", ["ann", "bob"]),
    ],
)
def test_accounts_are_read(setting: str | None, named: list[str]) -> None:
    assert list(accounts(setting)) == named


def test_accounts_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text("ann:a, b\nbob:b\n", encoding="utf-8-sig")  # as some editors begin a file
    assert list(accounts(f"@{path}")) == ["ann", "bob"]


@pytest.mark.parametrize("setting", ["ann", "ann:", ":secret", " , ", "a:b,a:c", "@/no/such/file"])
def test_a_setting_that_would_lock_nobody_out_is_an_error(setting: str) -> None:
    with pytest.raises(AssistantError, match="ASSISTANT_AUTH") as raised:
        accounts(setting)
    assert "secret" not in str(raised.value)


@given(st.text())
def test_a_terminal_has_nothing_to_obey(text: str) -> None:
    shown = printable(text)
    assert all(c == "\n" or c.isprintable() for c in shown)
    shown.encode("utf-8")


def test_logs_have_nothing_to_obey(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    log_plainly()
    try:
        raise ValueError("\x1b]0;title\x07\x1b[31mred\ud800")
    except ValueError:
        logging.getLogger("assistant").exception("Failed on \x1b[2J%s", "\u202egnp.exe\u202c")
    shown = capsys.readouterr().err
    assert "Failed on" in shown
    assert "red" in shown
    assert not set(shown) & set("\x1b\x07\u202e\u202c")
