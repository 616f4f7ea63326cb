"""The web server: the page behind its middleware, on this computer only unless told otherwise."""

import os
import socket
import threading
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING

from assistant.errors import AssistantError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant import Assistant

__all__ = ["create_app", "serve"]

BODY = 1_000_000  # bytes of a request
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
HEAD = (
    '<link rel="icon" href="/web/icon.svg" type="image/svg+xml">'
    '<link rel="stylesheet" href="/web/chat.css"><script src="/web/chat.js" defer></script>'
)


def create_app(assistant: "Assistant", hosts: tuple[str, ...] = HERE) -> "FastAPI":
    """The chat as an ASGI application that answers requests to `hosts`.

    Its models are loaded when this returns, so the first answer is as quick as the next. Raises
    AssistantError where they can't be.
    """
    os.environ.update(ENVIRONMENT)
    import gradio as gr
    from fastapi import FastAPI, HTTPException
    from fastapi.responses import FileResponse
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from assistant.web.chat import STATIC, build
    from assistant.web.examples import examples
    from assistant.web.security import BodyLimit, Headers

    assistant.warm()
    with suppress(ImportError):
        import matplotlib  # noqa: F401  # Gradio would at the first question, where it is installed
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
            Middleware(Headers),
            Middleware(BodyLimit, limit=BODY),
        ],
    )
    files = {path.name: path for path in STATIC.iterdir()}

    @app.get("/web/{name}", response_model=None)
    def static(name: str) -> FileResponse:
        if name not in files:
            raise HTTPException(404)
        return FileResponse(files[name])

    theme = gr.themes.Base(
        primary_hue="blue", neutral_hue="slate", font=list(SANS), font_mono=list(MONO)
    )
    gr.mount_gradio_app(
        app,
        build(assistant, examples(assistant)),
        path="/",
        server_name="127.0.0.1",
        theme=theme,
        head=HEAD,
        footer_links=[],
        favicon_path=None,
        allowed_paths=[],
        max_file_size=1,  # nothing is uploaded here
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
) -> None:
    """Serve the chat until it is interrupted, and say where it is.

    Raises AssistantError where the address can't be had.
    """
    import uvicorn

    listener = _listener(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{'localhost' if host in EVERYWHERE else shown}:{listener.getsockname()[1]}/"
    with listener:
        app = create_app(assistant, _names(host))
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        if host not in HERE:
            print(f"Anyone who can reach {host} can ask and read the documents: there is no login.")
        listener.listen()
        print(f"The chat is at {url} (Ctrl+C ends it).", flush=True)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


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
