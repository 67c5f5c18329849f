"""Who comes to the page of a case: somebody whose link is ours, whole, in time, and still his. Others see nothing.

What is wrong with a link is for the log. Its visitor is told one and the same, whatever it is: that it works no longer,
and how to get another. A link that we did not sign costs one HMAC and no look at the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from mailgate import page_codes
from mailgate.cases.case import Case
from mailgate.cases.letters import audience
from mailgate.cases.match import Standing
from mailgate.cases.may import Actor
from mailgate.errors import MailgateError
from mailgate.house import House
from mailgate.links import Keyring, Link, Purpose, Refused, key_number, read
from mailgate.mail.message import Authentication
from mailgate.policy.policy import PageNeeds, Policy
from mailgate.policy.translation import in_language
from mailgate.store import facts, link_ends
from mailgate.web.cookies import cookie, set_cookie
from mailgate.web.forms import Form
from mailgate.web.guard import POSTED_OCTETS, allow
from mailgate.web.peers import peer_of
from mailgate.web.site import Endpoint, acting, refusal, showing, site_of
from mailgate.web.spoken import of_case, of_stranger

# Refused links of one peer: people try one a few times; whoever tries more is told to wait, and told of once a minute.
PER_MINUTE, BURST = 10.0, 20
_GUEST = "mailgate.guest"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Guest:
    """One visitor. `number` and `token` are those of his link, which may be of a case that became part of `case`; `key`
    is his address key. `known`: he has given a code in this browser, or none is asked for. `policy` speaks his
    language."""

    case: Case
    policy: Policy
    key: str
    number: str
    token: str
    known: bool

    @property
    def language(self) -> str:
        """What the page speaks: the language of the letters that brought him."""
        return of_case(self.case, self.policy)

    @property
    def page(self) -> str:
        """The path of his page."""
        return f"/case/{self.number}/{self.token}"

    @property
    def actor(self) -> Actor:
        """What `may` knows him by: he alone was sent the letter with his link; a code shows that he reads his mail."""
        proved = self.known and self.policy.page is PageNeeds.LINK_AND_CODE
        found = Authentication.PASS if proved else Authentication.UNKNOWN
        return Actor(Standing.PARTICIPANT, self.key, found, own_token=True)


GuestShowing = Callable[[Request, House, Guest], Response]
GuestActing = Callable[[Request, House, Guest, Form], Response]


def guest_showing(endpoint: GuestShowing, *, longer: bool = False) -> Endpoint:
    """A page that only shows, to whom the link is for; `longer`: he may take his time for it."""

    def show(request: Request, house: House) -> Response:
        return endpoint(request, house, request.scope[_GUEST])

    return _for_guests(showing(show), longer=longer)


def guest_acting(endpoint: GuestActing, *, uploads: bool = False) -> Endpoint:
    """A page that is posted to, by whom the link is for; nothing of what he sends is read before that is known."""

    def act(request: Request, house: House, form: Form) -> Response:
        return endpoint(request, house, request.scope[_GUEST], form)

    return _for_guests(acting(act, bound, (lambda _request, _house: True) if uploads else None))


def bound(request: Request) -> str:
    """What the forms of his pages are bound to."""
    return f"case {request.path_params['token']}"


def browser_of(request: Request, house: House, number: str) -> str:
    """What his browser is known by; "" where it is not."""
    return cookie(request, house.settings, f"mailgate-case-{number}")


def set_browser(request: Request, house: House, response: Response, number: str, browser: str) -> None:
    """Strict: for requests of our own pages alone."""
    seconds = int(page_codes.SESSION.total_seconds())
    set_cookie(request, house.settings, response, f"mailgate-case-{number}", browser, seconds, "strict")


def _for_guests(endpoint: Endpoint, *, longer: bool = False) -> Endpoint:
    @wraps(endpoint)
    async def ask(request: Request) -> Response:
        site = site_of(request)
        # In the loop, by the keys that are known: whoever forges links is not worth a thread.
        link = _read(request, site.house(), site.house().link_keys.known)
        if isinstance(link, Refused) and link is not Refused.UNKNOWN_KEY:
            return refused(request, link.value)
        try:
            found = await site.call(partial(_guest, request, site.house()))
        except MailgateError as error:
            log.warning("the page of a case waits", because=str(error))
            return refusal(request, 503, "This cannot be done just now. Please try again in a minute.")
        if not isinstance(found, Guest):
            return refused(request, found)
        request.scope[_GUEST] = found
        if longer:
            allow(request, POSTED_OCTETS)
        return await endpoint(request)

    return ask


def _read(request: Request, house: House, ring: Keyring) -> Link | Refused:
    number, token = request.path_params["number"], request.path_params["token"]
    return read(token, Purpose.CASE, number, house.clock.now(), ring)


def _guest(request: Request, house: House) -> Guest | str:
    """Whom the link brings, or why nobody. StoreError where that cannot be told now."""
    number, token = request.path_params["number"], request.path_params["token"]
    link = _read(request, house, house.link_keys.ring(key_number(token)))
    if isinstance(link, Refused):
        return link.value
    with house.store.read() as connection:
        case = facts.case_of(connection, number)
        key = link.whose(sorted(audience(case))) if case is not None else None
        if case is None or key is None:
            return "its owner takes no part in the case, or no more"
        if link_ends.has_ended(connection, {number, case.number}, key, link.issued):
            return "revoked"
    policy = house.policy_for(case, case.mailbox)
    known = policy.page is PageNeeds.LINK or page_codes.is_known(
        house, case.number, key, browser_of(request, house, case.number)
    )
    return Guest(case, in_language(policy, of_case(case, policy)), key, number, token, known)


def refused(request: Request, why: str) -> Response:
    """The one answer to every link that opens nothing. The token is not told to the log."""
    site, peer = site_of(request), peer_of(request)
    told = {"why": why, "peer": peer, "case": request.path_params.get("number", "")[:20]}
    if site.throttle.take("refused link", peer, PER_MINUTE, BURST):
        log.warning("a link was refused", **told)
        return site.shown.page(request, "customer/no_link.html.j2", 404, of_stranger(request, site.house()))
    if site.throttle.take("many refused links", peer, 1.0, 1):
        log.warning("many links are refused; this peer's are not told one by one", **told)
    return PlainTextResponse("Too many links that do not work. Please wait a minute.\n", 429, {"retry-after": "60"})
