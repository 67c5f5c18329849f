"""Cookies of our pages: for this host alone, over https alone (on this machine itself without), for no script."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from mailgate.settings import Settings


def cookie(request: Request, settings: Settings, name: str) -> str:
    """Ours of that name; "" where the browser sent none."""
    return request.cookies.get(_named(request, settings, name), "")


def set_cookie(
    request: Request,
    settings: Settings,
    response: Response,
    name: str,
    value: str,
    seconds: int,
    samesite: Literal["lax", "strict"],
) -> None:
    """For so many seconds; a `value` of "" takes it away."""
    response.set_cookie(
        _named(request, settings, name),
        value,
        max_age=seconds if value else 0,
        path="/",
        secure=_is_secure(request, settings),
        httponly=True,
        samesite=samesite,
    )


def _named(request: Request, settings: Settings, name: str) -> str:
    # RFC 6265bis §4.1.3.2: with this prefix no neighbour under the same domain can have set it.
    return f"__Host-{name}" if _is_secure(request, settings) else name


def _is_secure(request: Request, settings: Settings) -> bool:
    """Whether who asks that Host gets cookies for https alone: all but on this machine itself."""
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return True
    public = urlsplit(settings.web.url or "")
    here = name in {"localhost", "127.0.0.1", "::1"}
    return not here or (name, "https") == (public.hostname, public.scheme)
