"""Pages that a signed link opens, other than that of a case: what is wrong with the link is for the log, and its
visitor is told what the visitor of a case is (`guest.refused`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from mailgate.house import House
from mailgate.links import Keyring, Link, Purpose, Refused, key_number, read
from mailgate.web.customer.guest import refused
from mailgate.web.forms import Form
from mailgate.web.site import Endpoint, acting, showing, site_of

LinkShowing = Callable[[Request, House, Link], Response]
LinkActing = Callable[[Request, House, Link, Form], Response]


class NoGood(Exception):
    """The link is ours and in time, but opens nothing any more; its text is for the log."""


def link_showing(purpose: Purpose, endpoint: LinkShowing) -> Endpoint:
    """A page that only shows, to who has a link for that."""

    def show(request: Request, house: House) -> Response:
        return _through(request, house, purpose, lambda link: endpoint(request, house, link))

    return _signed(purpose, showing(show))


def link_acting(purpose: Purpose, endpoint: LinkActing) -> Endpoint:
    """A page that is posted to; nothing of what somebody sends without such a link is read."""

    def act(request: Request, house: House, form: Form) -> Response:
        return _through(request, house, purpose, lambda link: endpoint(request, house, link, form))

    return _signed(purpose, acting(act, bound))


def bound(request: Request) -> str:
    """What the forms of the page are bound to."""
    return f"page {request.path_params['token']}"


def _signed(purpose: Purpose, endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    async def ask(request: Request) -> Response:
        house = site_of(request).house()
        # In the loop, by the keys that are known: whoever forges links is not worth a thread.
        link = _read(request, house, purpose, house.link_keys.known)
        if isinstance(link, Refused) and link is not Refused.UNKNOWN_KEY:
            return refused(request, link.value)
        return await endpoint(request)

    return ask


def _through(request: Request, house: House, purpose: Purpose, go: Callable[[Link], Response]) -> Response:
    link = _read(request, house, purpose, house.link_keys.ring(key_number(request.path_params["token"])))
    if isinstance(link, Refused):
        return refused(request, link.value)
    try:
        return go(link)
    except NoGood as why:
        return refused(request, str(why))


def _read(request: Request, house: House, purpose: Purpose, ring: Keyring) -> Link | Refused:
    return read(request.path_params["token"], purpose, None, house.clock.now(), ring)
