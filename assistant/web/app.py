"""The web server: the page behind its middleware, on this computer only unless told otherwise."""

import os
import socket
import tempfile
import threading
import webbrowser
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import AssistantError
from assistant.terminal import log_plainly

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant import Assistant
    from assistant.web.auth import Accounts

__all__ = ["create_app", "serve"]

BODY = 1_000_000  # bytes of a request
UPLOADS = "/gradio_api/upload"
UPLOAD = 50_000_000  # bytes of the files in one
ROOM = 1_000_000_000  # bytes of all that are kept
KEPT = 3_600  # seconds that what was uploaded or exported is kept
EVENTS = 32  # of the page at once, of each kind: threads, most of which wait
WAITING = 64  # events of the page that are not begun; the next one is refused at once
SESSIONS = 300  # that the page's framework remembers, at 80 kB each; nothing of ours is in them
BACKLOG = 1_024  # connections that wait to be accepted
HERE = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound to
# The fonts that the system has: nothing is fetched.
SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif")
MONO = ("ui-monospace", "Menlo", "Consolas", "monospace")
# Read by Gradio when it is imported: nothing is sent, and no statistics are made of each question
# for a dashboard that is off.
ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "MPLBACKEND": "agg",
}
OPEN = (
    "Warning: anyone who can reach {name} can {what} the documents. Set "
    "ASSISTANT_AUTH=user:password to ask for a login."
)
CLOSED = "Nobody can add or remove documents in the chat; --writable lets everybody."
HEAD = (
    '<link rel="icon" href="/web/icon.svg" type="image/svg+xml">'
    '<link rel="stylesheet" href="/web/chat.css"><script type="module" src="/web/chat.js"></script>'
)


def create_app(
    assistant: "Assistant",
    hosts: tuple[str, ...] = HERE,
    accounts: "Accounts | None" = None,
    read_only: bool = False,
) -> "FastAPI":
    """The chat and the API as an ASGI application that answers requests to `hosts`.

    With `accounts`, every request needs a login; `read_only`, none can change the documents.
    Models are loaded when this returns, so the first answer is as quick as the next. Raises
    AssistantError where they can't be.
    """
    os.environ.update(ENVIRONMENT)
    sent = tempfile.TemporaryDirectory(prefix="assistant-")  # what users upload and export
    os.environ["GRADIO_TEMP_DIR"] = sent.name
    import gradio as gr
    from fastapi import FastAPI, HTTPException
    from fastapi.responses import FileResponse
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from assistant.web import api
    from assistant.web.admission import admit
    from assistant.web.auth import Login
    from assistant.web.chat import STATIC, build
    from assistant.web.desk import Desk
    from assistant.web.security import BodyLimit, Closed, Headers, PagePaths, Room, SameOrigin

    assistant.warm()
    with suppress(ImportError):
        import matplotlib  # noqa: F401  # Gradio would at the first question, where it is installed
    app = FastAPI(
        title="Document assistant",
        version=version("document-assistant"),
        description="Answers from documents in their own words, each with its exact place.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(
                TrustedHostMiddleware,
                allowed_hosts=[f"[{host}]" if ":" in host else host for host in hosts],
                www_redirect=False,
            ),
            Middleware(Headers),
            Middleware(SameOrigin),
            *([Middleware(Login, accounts=accounts)] if accounts else []),
            Middleware(PagePaths),
            *([Middleware(Closed, path=UPLOADS)] if read_only else []),
            Middleware(Room, path=UPLOADS, folder=Path(sent.name), limit=ROOM),
            Middleware(BodyLimit, limit=BODY, larger={UPLOADS: UPLOAD}),
        ],
    )
    app.state.sent = sent  # it goes with the application
    _fetch_nothing()
    desk = Desk(assistant)
    api.install(app, assistant, desk)
    files = {path.name: path for path in STATIC.iterdir()}

    @app.get("/web/{name}", response_model=None, include_in_schema=False)
    def static(name: str) -> FileResponse:
        if name not in files:
            raise HTTPException(404)
        return FileResponse(files[name])

    page = build(assistant, desk, read_only)
    api.install_gradio(page)
    # A question waits at the desk, in a thread, and not in the queue of the page's framework.
    page.queue(max_size=WAITING, default_concurrency_limit=EVENTS, api_open=False)
    admit(page, desk)
    page.delete_cache = (600, KEPT)
    page.state_session_capacity = SESSIONS
    # Mounted, the page's framework would take any path of this computer for an uploaded file.
    page.has_launched = True
    theme = gr.themes.Base(
        primary_hue="blue", neutral_hue="slate", font=list(SANS), font_mono=list(MONO)
    )
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        i18n=page.i18n_instance,
        server_name="127.0.0.1",
        theme=theme,
        head=HEAD,
        footer_links=[],
        favicon_path=None,
        allowed_paths=[],
        max_file_size=UPLOAD,
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
    )
    return app


def serve(
    assistant: "Assistant",
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = True,
    read_only: bool | None = None,
) -> None:
    """Serve the chat until it is interrupted, and say where it is.

    ASSISTANT_AUTH names who may use it (see `auth.accounts`), ASSISTANT_HOSTS further names that
    it is reached by, separated by commas. Where it is `read_only`, or else ASSISTANT_READ_ONLY
    says so, nobody can add or remove documents in it; where neither says anything, that is so if
    others than this computer's users can reach it without a login. Raises AssistantError where
    the address can't be had.
    """
    from assistant.web.auth import accounts
    from assistant.web.server import server

    log_plainly()
    known = accounts(os.environ.get("ASSISTANT_AUTH"))
    names = os.environ.get("ASSISTANT_HOSTS", "").split(",")
    named = tuple(filter(None, (name.strip() for name in names)))
    reached = named[0] if host in HERE and named else host
    exposed = reached not in HERE and not known
    if read_only is None:
        read_only = assistant.settings.read_only
    closed = exposed if read_only is None else read_only
    listener = _listener(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{'localhost' if host in EVERYWHERE else shown}:{listener.getsockname()[1]}/"
    with listener:
        app = create_app(assistant, (*_names(host), *named), known, closed)
        if exposed:
            what = "ask and read" if closed else "ask, read, add and remove"
            print(OPEN.format(name=reached, what=what))
            if read_only is None:
                print(CLOSED)
        listener.listen(BACKLOG)
        print(f"The chat is at {url} (Ctrl+C ends it).", flush=True)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        with suppress(KeyboardInterrupt):
            server(app).run(sockets=[listener])


def _fetch_nothing() -> None:
    """Whoever asks could name a file by its address, and the page's framework would fetch it."""
    import gradio as gr
    from gradio import processing_utils

    def refuse(url: str, *_: object, **__: object) -> str:
        raise gr.Error("Files are not fetched from elsewhere.", print_exception=False)

    async def refuse_later(url: str, *_: object, **__: object) -> str:
        return refuse(url)

    processing_utils.ssrf_protected_download = refuse
    processing_utils.async_ssrf_protected_download = refuse_later


def _listener(host: str, port: int) -> socket.socket:
    """Has the port from the start, and answers on it only when the page is there."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise AssistantError(
            f"The chat can't listen on {host}, port {port} ({reason}): choose another with --port."
        ) from error
    return listener


def _names(host: str) -> tuple[str, ...]:
    """The Host headers that are served: another site's name that points here is not."""
    if host in EVERYWHERE:
        name = socket.gethostname()
        with suppress(OSError):
            addresses = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
            return (*HERE, name, socket.getfqdn(), *sorted(addresses))
        return (*HERE, name)
    return tuple(dict.fromkeys((*HERE, host)))
