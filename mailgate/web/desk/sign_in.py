"""Signing in to the desk's window and out of it. Who may, `signing_in.py` knows; pages say the same to all."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from mailgate import signing_in
from mailgate.house import House
from mailgate.signing_in import Standing
from mailgate.web.desk import visitor
from mailgate.web.desk.visitor import BROWSER, SESSION, cookie, local, set_cookie
from mailgate.web.forms import Form
from mailgate.web.peers import peer_of
from mailgate.web.site import acting, refusal, showing, site_of

# Asking makes the gate write a letter: of one client, and of all together.
_PEER, _PEER_BURST, _ALL, _ALL_BURST = 6.0, 10, 60.0, 60
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[\w-]+(?:\.[\w-]+)+")
_LONGEST = 254  # RFC 5321 §4.5.3.1.3, without the brackets
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_BROWSER_SECONDS = 24 * 3600


def ask_page(request: Request, house: House) -> Response:  # noqa: ARG001 - the form of an endpoint
    """The form that asks for a link."""
    return _form(request, local(request.query_params.get("next", "")))


def ask(request: Request, house: House, form: Form) -> Response:
    """A link goes out, or not: the page is the same."""
    address, then = form.text("address"), local(form.text("next"))
    if len(address) > _LONGEST or not address.isprintable() or not _ADDRESS.fullmatch(address):
        return _form(request, then, address, "Write one address, as ann@example.com.")
    throttle, peer = site_of(request).throttle, peer_of(request)
    if not (throttle.take("sign-in", peer, _PEER, _PEER_BURST) and throttle.take("sign-in", "*", _ALL, _ALL_BURST)):
        return refusal(request, 429, "Too many ask to be let in just now. Wait a minute and ask again.")
    browser = cookie(request, house, BROWSER)
    browser = browser if _TOKEN.fullmatch(browser) else signing_in.new_token()
    signing_in.ask(house, address, browser, then)
    minutes = int(signing_in.LINK.total_seconds() // 60)
    answer = site_of(request).shown.page(request, "desk/asked.html.j2", address=address, minutes=minutes)
    set_cookie(request, house, answer, BROWSER, browser, _BROWSER_SECONDS)
    return answer


def enter_page(request: Request, house: House) -> Response:
    """What the link in the letter opens: a button. Programs that open all links in a mail come no further."""
    found = signing_in.standing(house, _token(request), cookie(request, house, BROWSER))
    if found is not Standing.GOOD:
        return _no_good(request, found)
    return site_of(request).shown.page(request, "desk/enter.html.j2", bound=_of_browser(request))


def enter(request: Request, house: House, form: Form) -> Response:  # noqa: ARG001 - the form of an endpoint
    """The button: the link is used up, and a session begins."""
    found = signing_in.enter(house, _token(request), cookie(request, house, BROWSER))
    if isinstance(found, Standing):
        return _no_good(request, found)
    answer = RedirectResponse(local(found.then), 303)
    set_cookie(request, house, answer, SESSION, found.session, int(signing_in.SESSION.total_seconds()))
    set_cookie(request, house, answer, BROWSER, "", 0)
    return answer


def sign_out(request: Request, house: House, form: Form) -> Response:  # noqa: ARG001 - the form of an endpoint
    """The session is over, here and in the store."""
    signing_in.leave(house, cookie(request, house, SESSION))
    answer = RedirectResponse("/desk/sign-in", 303)
    set_cookie(request, house, answer, SESSION, "", 0)
    return answer


def _form(request: Request, then: str, address: str = "", fault: str = "") -> Response:
    status = 422 if fault else 200
    return site_of(request).shown.page(
        request, "desk/sign_in.html.j2", status, bound=_ANYBODY, then=then, address=address, fault=fault
    )


def _no_good(request: Request, found: Standing) -> Response:
    return site_of(request).shown.page(request, "desk/no_good.html.j2", 403, elsewhere=found is Standing.ELSEWHERE)


def _token(request: Request) -> str:
    token = str(request.path_params["token"])
    return token if _TOKEN.fullmatch(token) else ""


def _of_browser(request: Request) -> str:
    return f"desk browser {cookie(request, site_of(request).house(), BROWSER)}"


def _anybody(request: Request) -> str:  # noqa: ARG001 - the form of what forms are bound to
    return _ANYBODY


# Who asks for a link has nothing yet by which he could be told from another.
_ANYBODY = "desk sign-in"

ROUTES: list[BaseRoute] = [
    Route("/desk/sign-in", showing(ask_page), methods=["GET"]),
    Route("/desk/sign-in", acting(ask, _anybody), methods=["POST"]),
    Route("/desk/sign-in/{token}", showing(enter_page), methods=["GET"]),
    Route("/desk/sign-in/{token}", acting(enter, _of_browser), methods=["POST"]),
    Route("/desk/sign-out", acting(sign_out, visitor.bound), methods=["POST"]),
]
