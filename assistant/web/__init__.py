"""The chat in a browser, on this computer.

    serve(Assistant())      # until Ctrl+C

`render` and `excerpt` turn answers and documents into inert HTML, `chat` is the page, `security`
what stands in front of it, `app` puts them together.
"""

from assistant.web.app import create_app, serve

__all__ = ["create_app", "serve"]
