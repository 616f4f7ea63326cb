"""The assistant over HTTP, for programs: what GET /openapi.json describes."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from assistant.errors import AssistantError, BusyError, QuestionError
from assistant.question import MAX_CHARACTERS
from assistant.types import Answer, Document
from assistant.web.admission import QUESTIONS, admitted
from assistant.web.desk import RETRY, Desk, Ticket
from assistant.web.problems import MEDIA_TYPE, body, send_problem

if TYPE_CHECKING:
    from gradio import Blocks

    from assistant import Assistant

__all__ = ["Asked", "Described", "Problem", "ask", "install", "install_gradio"]

TURNS = 100  # earlier questions of a conversation


def _worded(text: str) -> str:
    if not text.strip():
        raise ValueError("there is nothing in it but white space")
    return text


class Asked(BaseModel):
    """A question, and the earlier ones of the same conversation, oldest first."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_CHARACTERS,
            description="Characters other than white space have to be in it.",
            examples=["What does BMS stand for?"],
            json_schema_extra={"pattern": r"\S"},
        ),
        AfterValidator(_worded),
    ]
    history: Annotated[
        list[Annotated[str, Field(max_length=MAX_CHARACTERS)]],
        Field(max_length=TURNS, default_factory=list, examples=[[]]),
    ]


class Described(BaseModel):
    """A document without its text. `date` is as exact as it is known, `pages` null where there
    are none; `characters` and offsets count Unicode code points."""

    id: str
    title: str
    publisher: str | None
    date: str | None
    url: str | None
    language: str | None
    licence: str | None
    pages: int | None
    passages: int
    characters: int
    sha256: str


class Problem(BaseModel):
    """What went wrong, as in RFC 9457. `errors` says which values are not as described here."""

    title: str
    status: int
    detail: str
    errors: list[str] | None = None


def _problems(**described: str) -> dict[int | str, dict[str, Any]]:
    schema = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    everywhere = {
        "401": "A user and password are needed, or they are wrong.",
        "429": "Too many wrong passwords; the header Retry-After says when to try again.",
    }
    named = {name.removeprefix("_"): text for name, text in described.items()}
    return {
        code: {"description": text, "content": schema}
        for code, text in sorted((everywhere | named).items())
    }


async def ask(desk: Desk | Ticket, question: str, history: list[str]) -> Answer:
    """The answer; one that says what is wrong where there is nothing in the question to ask for.

    Raises BusyError.
    """
    try:
        return await desk.answered(question, history)
    except QuestionError as error:
        return Answer(question.encode("utf-8", "replace").decode()[:200], str(error), False)


def install(app: FastAPI, assistant: "Assistant", desk: Desk) -> None:
    """Add the routes, their schema and their errors to an application."""
    routes = APIRouter(prefix="/api")

    @routes.post(
        "/answer",
        response_model=Answer,
        summary="Answer a question with quotes",
        description="`found` is false where the documents do not answer: `text` then says what is "
        "missing, and `nearest` are the closest passages. For every citation, the characters "
        "`start` to `end` of the text that GET /api/documents/{id} gives are its `quote`.",
        dependencies=[Depends(_json_only)],
        responses=_problems(
            _400="The body is not JSON.",
            _403="Another site's page made a browser send this.",
            _408="The body took too long to arrive.",
            _413="The body is too large.",
            _415="The body is not announced as application/json.",
            _422="The body is JSON, but not as described here.",
            _503="Too many questions at once; the header Retry-After says when to ask again.",
        ),
    )
    async def answer(asked: Asked) -> Response:
        try:
            return _json(asdict(await ask(desk, asked.question, asked.history)))
        except BusyError as error:
            raise HTTPException(503, str(error), {"Retry-After": str(RETRY)}) from error

    @routes.get("/documents", response_model=list[Described], responses=_problems())
    def documents() -> Response:
        """The documents that are asked, without their texts."""
        passages = Counter(passage.document for passage in assistant.passages)
        return _json(
            [
                Described(
                    **{name: getattr(document, name) for name in _SAME},
                    pages=len(document.pages) or None,
                    passages=passages[document.id],
                    characters=len(document.text),
                ).model_dump()
                for document in assistant.documents.values()
            ]
        )

    @routes.get(
        "/documents/{id:path}",  # an id may be "folder/name.md"
        response_model=Document,
        responses=_problems(_404="There is no document with this id."),
    )
    def document(id: str) -> Response:
        """A document with its text, its sections and the offsets at which its pages start."""
        if id not in assistant.documents:
            raise HTTPException(404, "There is no document with this id.")
        return _json(asdict(assistant.documents[id]))

    app.include_router(routes)
    app.mount("/api", _Nothing(routes.routes))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StarletteHTTPException, _failed)
    app.add_exception_handler(Exception, _broken)
    _describe(app)


class _Nothing:
    """Answers 404, and 405 to another method than a route has: the page, which is mounted after
    it, would know neither."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = {**scope, "root_path": ""}
        allowed: set[str] = set()
        for route in self.routes:
            if route.matches(whole)[0] is Match.PARTIAL:
                allowed |= getattr(route, "methods", set())
        if allowed:
            allow = (b"allow", ", ".join(sorted(allowed)).encode())
            await send_problem(scope, send, 405, "This is asked in another way.", [allow])
        else:
            await send_problem(scope, send, 404, "There is nothing here.")


def install_gradio(page: "Blocks") -> None:
    """Add the endpoint /answer, for gradio_client, to the page."""
    import gradio as gr
    from gradio.events import api

    async def answer(
        question: str,
        history: list[str] | None = None,
        request: gr.Request = None,  # type: ignore[assignment]  # never left out
    ) -> dict[str, Any]:
        """The Answer as JSON; `history` are the earlier questions, oldest first."""
        try:
            asked = Asked.model_validate({"question": question, "history": history or []})
            return asdict(await ask(admitted(request), asked.question, asked.history))
        except ValidationError as error:
            raise gr.Error("; ".join(_lines(error.errors())), print_exception=False) from error
        except AssistantError as error:
            raise gr.Error(str(error), print_exception=False) from error

    with page:
        api(answer, api_name="answer", concurrency_id=QUESTIONS)


def _lines(errors: Sequence[Any]) -> list[str]:
    """Where and what, without the value: it may be large, and is the asker's to know."""
    return [
        f"{'.'.join(str(p)[:50] for p in one['loc'])}: {one['msg'].removeprefix('Value error, ')}"
        for one in errors[:20]
    ]


_SAME = ("id", "title", "publisher", "date", "url", "language", "licence", "sha256")


def _json_only(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "The body has to be JSON: Content-Type: application/json.")


def _json(content: Any) -> Response:
    """In ASCII: also lone surrogates have a place in it."""
    return Response(json.dumps(content), media_type="application/json")


def _problem(
    status: int, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    return Response(body(status, detail, **more), status, headers, MEDIA_TYPE)


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return _problem(400, "The body is not JSON.")
    return _problem(422, "The request is not as /openapi.json has it.", errors=_lines(found))


def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    return _problem(error.status_code, error.detail, dict(error.headers or {}))


def _broken(_: Request, error: Exception) -> Response:
    return _problem(500, "Something went wrong here. The terminal it runs in says what.")


def _describe(app: FastAPI) -> None:
    """The schema names Problem once, and has no word of FastAPI's own form of errors."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = make()
            parts = schema["components"]["schemas"]
            for name in ("HTTPValidationError", "ValidationError"):
                parts.pop(name, None)
            parts["Problem"] = Problem.model_json_schema(mode="serialization")
            for path in schema["paths"].values():
                for operation in path.values():
                    if "#/components/schemas/HTTPValidationError" in str(
                        operation["responses"].get("422")
                    ):
                        del operation["responses"]["422"]
        return app.openapi_schema or schema

    app.openapi = openapi  # type: ignore[method-assign]
