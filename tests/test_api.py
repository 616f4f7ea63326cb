"""The assistant over HTTP and over gradio_client, against the real server."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from gradio_client import Client
from gradio_client.exceptions import AppError
from servers import Served, running

from assistant import Assistant
from assistant.question import MAX_CHARACTERS
from assistant.web import api
from assistant.web.desk import Desk

QUESTION = "What share of the companies is at Series C?"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def http(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(asdict(value)))


def assert_problem(got: httpx.Response, status: int) -> None:
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == "application/problem+json"
    told = got.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert "Traceback" not in got.text


def test_an_answer_is_the_answer_field_for_field(http: httpx.Client, assistant: Assistant) -> None:
    for asked in (
        {"question": QUESTION},
        {"question": "And Series D?", "history": [QUESTION]},
        {"question": "How many firms are in Tianjin?", "history": []},
    ):
        got = http.post("/api/answer", json=asked)
        assert got.status_code == 200
        assert got.json() == as_json(assistant.answer(asked["question"], asked.get("history", ())))


def test_quotes_can_be_verified_over_http(http: httpx.Client, assistant: Assistant) -> None:
    listed = {one["id"]: one for one in http.get("/api/documents").json()}
    assert set(listed) == set(assistant.documents)
    answer = http.post("/api/answer", json={"question": "What are the inclusion criteria?"}).json()
    assert answer["citations"]
    for citation in answer["citations"]:
        document = http.get(f"/api/documents/{citation['document']}").json()
        assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert document == as_json(assistant.documents[citation["document"]])
        about = listed[citation["document"]]
        assert about["characters"] == len(document["text"])
        assert about["sha256"] == document["sha256"]
        assert about["passages"] > 1


def test_documents_of_one_name_in_two_folders_are_had(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus = make_corpus(tmp_path, {"a.md": "# One\n\nHere.\n", "b/a.md": "# Two\n\nThere.\n"})
    mine = Assistant(corpus)
    app = FastAPI()
    api.install(app, mine, Desk(mine))
    with (
        running(app) as (host, port),
        httpx.Client(base_url=f"http://{host}:{port}/api/documents") as client,
    ):
        for path in ("a.md", "b/a.md", "b%2Fa.md"):
            got = client.get(f"/{path}").json()
            assert got == as_json(mine.documents[path.replace("%2F", "/")])
        for path in ("a", "b", "b/", "b/a", "/a.md"):
            assert_problem(client.get(f"/{path}"), 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'"What?"', 422),
        (b"{}", 422),
        (b'{"question": ""}', 422),
        (b'{"question": " \\n\\t "}', 422),
        (b'{"question": 5}', 422),
        (b'{"question": ["a"]}', 422),
        (b'{"question": "\\ud800 BMS"}', 422),
        (b'{"question": "a", "history": "b"}', 422),
        (b'{"question": "a", "history": [1]}', 422),
        (b'{"question": "a", "\\ud800": 1}', 422),
        (b'{"question": "a", "history": ' + b"9" * 4000 + b"}", 422),
        (b'{"question": "a", "history": 1e999}', 422),
        (json.dumps({"question": "a" * (MAX_CHARACTERS + 1)}).encode(), 422),
        (json.dumps({"question": "a", "history": ["b"] * 101}).encode(), 422),
        (b'{"question": ', 400),
        (b"\xff\xfe", 400),
        (b'{"question": "\xff"}', 400),
        (b'{"question": ' + b"9" * 10_000 + b"}", 400),
        (b"[" * 200_000, 400),
        (b'{"question": "' + b"a" * 1_100_000 + b'"}', 413),
    ],
    ids=lambda value: str(value[:40]) if isinstance(value, bytes) else "",
)
def test_what_can_not_be_asked_is_a_problem(http: httpx.Client, body: bytes, status: int) -> None:
    assert_problem(http.post("/api/answer", content=body, headers=JSON), status)


@pytest.mark.parametrize("question", ["?!", "a\\u0000b\\u001b[31m what", "\\ud83d\\ude00 BMS"])
def test_odd_questions_are_answered(http: httpx.Client, question: str) -> None:
    got = http.post("/api/answer", content=f'{{"question": "{question}"}}', headers=JSON)
    assert got.status_code == 200
    assert got.json()["text"]


def test_other_kinds_of_body_are_refused(http: httpx.Client) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
        got = http.post("/api/answer", content=b'{"question": "a"}', headers={"Content-Type": kind})
        assert_problem(got, 415)


def test_unknown_places_and_methods_are_problems(http: httpx.Client) -> None:
    for path in ("/api", "/api/", "/api/nothing", "/api/documents/", "/api/documents/a/b"):
        assert_problem(http.get(path), 404)
    for name in ("nothing", "..%2f..%2fREADME.md", "%00", "%ED%A0%80", "a" * 5_000):
        assert_problem(http.get(f"/api/documents/{name}"), 404)
    for method, path in (
        ("GET", "/api/answer"),
        ("DELETE", "/api/documents"),
        ("X", "/api/answer"),
    ):
        got = http.request(method, path)
        assert_problem(got, 405)
        assert got.headers["allow"] in ("GET", "POST")


def test_the_schema_is_exact(served: Served, tmp_path: Path) -> None:
    """Schemathesis asks what the schema allows and what it does not, and checks each reply."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "schemathesis.cli",
            "run",
            f"{served.url}/openapi.json",
            "--max-examples=6",
            "--seed=1",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 3" in done.stdout


def test_gradio_client_gets_the_answer(served: Served, assistant: Assistant) -> None:
    client = Client(served.url, verbose=False)
    try:
        got = client.predict(QUESTION, api_name="/answer")
        assert got == as_json(assistant.answer(QUESTION))
        got = client.predict("And Series D?", [QUESTION], api_name="/answer")
        assert got == as_json(assistant.answer("And Series D?", [QUESTION]))
        for wrong in ("", "  ", 5, "a" * (MAX_CHARACTERS + 1), None):
            with pytest.raises(AppError, match=r"^question: "):
                client.predict(wrong, api_name="/answer")
        assert set(client.view_api(print_info=False, return_format="dict")["named_endpoints"]) == {
            "/answer"
        }
    finally:
        client.close()
