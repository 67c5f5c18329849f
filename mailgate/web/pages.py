"""Which path is whose, and who may ask: the one application of `[web] listen`."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailgate.settings import WebSettings
from mailgate.web.health import healthz, readyz
from mailgate.web.metrics import metrics
from mailgate.web.watched import Watched

_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


def pages(watched: Watched) -> Starlette:
    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    app = Starlette(routes=routes, middleware=[Middleware(_Guard, web=watched.settings.web)])
    app.state.watched = watched
    return app


class _Guard:
    """Lets those in who asked for us by name, and marks answers as not to be kept.

    A page in somebody's browser can have its own name point to loopback (DNS rebinding), and would read what stands
    here: so who listens on loopback answers to loopback's names, to addresses, and to the host of `web.url`.
    """

    def __init__(self, app: ASGIApp, web: WebSettings) -> None:
        self._app, self._web = app, web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if self._web.is_private and not _is_local(asked, self._web.url):
            refusal = "Ask by address, as http://127.0.0.1, or by the host of web.url.\n"
            await PlainTextResponse(refusal, 421)(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, marked)


def _is_local(asked: str, url: str | None) -> bool:
    try:
        name = urlsplit(f"//{asked}").hostname or ""
    except ValueError:
        return False
    if name in {"", "localhost", urlsplit(url or "").hostname}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
