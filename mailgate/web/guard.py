"""What stands before every page: who asks by which name, how much he may send, what a browser may do with answers."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailgate.places import host_and_port
from mailgate.settings import WebSettings
from mailgate.web.handed import Handed

POSTED_OCTETS = 1024 * 1024
UPLOAD_OCTETS = 35 * 1024 * 1024
_ALLOWANCE = "mailgate.allowance"

# No script at all, nothing from elsewhere, no forms to elsewhere, in nobody's frame.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
_NOT_KEPT = (b"cache-control", b"no-store")
# A name or an address, and a port perhaps (RFC 9112 §3.2): nothing by which what follows would be read otherwise.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
# What is for those who run the gate is not told to whoever knows the name of the page.
_INSIDE = ("/metrics", "/readyz")


# What a proxy adds, and no browser.
_BY_PROXY = (b"x-forwarded-for", b"forwarded", b"via")


@dataclass(slots=True)
class _Allowance:
    """How many octets a request may still bring."""

    octets: int


def allow(request: Request, octets: int) -> None:
    """Whoever sends this is known: he may send so much."""
    request.scope[_ALLOWANCE].octets = octets
    if longer := request.scope.get("mailgate.longer"):
        longer()


class Guard:
    """Lets those in who asked for us by name, and tells `handed` by which name proxies do.

    A page in somebody's browser can have its own name point to loopback (DNS rebinding), and would read what stands
    here: so who listens on loopback answers to loopback's names, to addresses, and to the host of `web.url`. What is
    inside is shown by no public name, wherever we listen.
    """

    def __init__(self, app: ASGIApp, web: WebSettings, handed: Handed) -> None:
        self._app, self._web, self._handed = app, web, handed
        url = urlsplit(web.url or "")
        self._public = url.hostname
        self._own = "" if web.listen.startswith("unix:") else host_and_port(web.listen)[0].lower()
        self._always = _HEADERS + ((_STRICT_TRANSPORT,) if url.scheme == "https" else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        name = _name(headers.get(b"host", b"").decode("latin-1"))
        if name is None or "\0" in scope["path"] or b"%00" in scope["query_string"]:
            await PlainTextResponse("No browser asks so.\n", 400)(scope, receive, send)
            return
        if any(one in headers for one in _BY_PROXY):
            self._handed.hear(name)
        if self._web.is_private and not _is_local(name, self._public):
            refusal = "Ask by address, as http://127.0.0.1, or by the host of web.url.\n"
            await PlainTextResponse(refusal, 421)(scope, receive, send)
            return
        if scope["path"] in _INSIDE and not self._is_of_ours(name):
            await PlainTextResponse("Not found.\n", 404)(scope, receive, send)
            return
        allowance = scope[_ALLOWANCE] = _Allowance(POSTED_OCTETS)

        async def counted() -> Message:
            message = await receive()
            allowance.octets -= len(message.get("body", b""))
            if allowance.octets < 0:
                raise HTTPException(413)
            return message

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", ()))
                kept = any(name == b"cache-control" for name, _ in said)
                message["headers"] = [*said, *self._always, *(() if kept else (_NOT_KEPT,))]
            await send(message)

        await self._app(scope, counted, marked)

    def _is_of_ours(self, name: str) -> bool:
        """Whether one who runs the gate may ask by that name: an address, what stands in `listen`, or a name without
        a dot, which means nothing outside of a network."""
        if name == self._public:
            return name == "localhost" or _is_address(name)
        return _is_address(name) or "." not in name or name == self._own


def _name(asked: str) -> str | None:
    """The host that somebody asked for, without its port; None for what cannot be one."""
    try:
        return (urlsplit(f"//{asked}").hostname or "") if _HOST.fullmatch(asked) else None
    except ValueError:
        return None


def _is_local(name: str, public: str | None) -> bool:
    return name in {"", "localhost", public} or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
