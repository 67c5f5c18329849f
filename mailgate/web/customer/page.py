"""The page of a case: shows it, and carries out what its guest may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mailgate import page_codes, pipeline
from mailgate.cases.events import CustomerActed
from mailgate.errors import NotAllowed, NotFound
from mailgate.house import House
from mailgate.web.customer.guest import Guest, bound, browser_of, set_browser
from mailgate.web.customer.message import received
from mailgate.web.customer.offers import offers
from mailgate.web.customer.told import of_case
from mailgate.web.forms import Form, FormFault
from mailgate.web.site import refusal, site_of
from mailgate.web.typed import MOST_PRIORITY, whole_number

# Wrong codes of one peer, for whichever case; a code has tries of its own.
_CODES_PER_MINUTE, _CODES_AT_ONCE = 5.0, 10
_NOT_SO = "That cannot be done with the case as it is now."
_FIRST_A_CODE = "Before you can do that, have a code mailed to you."
_WRONG_CODE = "That is not the code, or it is over. Look at the newest letter, or have another mailed."

log = structlog.get_logger()


def show(request: Request, house: House, guest: Guest) -> Response:
    """GET: the case."""
    before = request.query_params.get("before", "")
    return _page(request, house, guest, before=whole_number(before))


def act(request: Request, house: House, guest: Guest, form: Form) -> Response:
    """POST to one of `ACTIONS`."""
    name = request.path_params["action"]
    made = ACTIONS.get(name)
    if made is None:
        raise NotFound(name)
    if not guest.known:
        return _page(request, house, guest, 403, alert=_FIRST_A_CODE)
    try:
        pipeline.act(house, guest.case.number, made(guest.key, form), guest.actor)
    except FormFault as fault:
        return _page(request, house, guest, 422, faults={fault.field: fault.why})
    except NotAllowed as why:
        log.info("the page was not allowed something", case=guest.case.number, action=name, why=str(why))
        return _page(request, house, guest, 403, alert=_NOT_SO)
    log.info("done on the page", case=guest.case.number, action=name)
    if name == "leave":
        return site_of(request).shown.page(request, "customer/left.html.j2", language=guest.language, case=guest.case)
    return _back(guest, name)


def add(request: Request, house: House, guest: Guest, form: Form) -> Response:
    """POST of a message: durable before the page says so."""
    if not guest.known:
        return _page(request, house, guest, 403, alert=_FIRST_A_CODE, typed=form.text("words"))
    try:
        received(house, guest, form)
    except FormFault as fault:
        return _page(request, house, guest, 422, faults={fault.field: fault.why}, typed=form.text("words"))
    site_of(request).wake()
    return _back(guest, "message")


def code(request: Request, house: House, guest: Guest, form: Form) -> Response:  # noqa: ARG001 - the form of all posts
    """POST: mails a code to who needs one."""
    if guest.known:
        return _back(guest, "")
    browser = page_codes.new_browser()
    page_codes.ask(house, guest.case.number, guest.key, browser)
    answer = _back(guest, "code")
    set_browser(request, house, answer, guest.case.number, browser)
    return answer


def session(request: Request, house: House, guest: Guest, form: Form) -> Response:
    """POST of the code that was mailed."""
    site, number = site_of(request), guest.case.number
    if not site.throttle.take("page code", f"{number} {guest.key}", _CODES_PER_MINUTE, _CODES_AT_ONCE):
        return refusal(request, 429, "Too many codes were tried. Please wait a minute.")
    given = page_codes.give(house, number, guest.key, browser_of(request, house, number), form.text("code"))
    if given is None:
        return _page(request, house, guest, 422, faults={"code": _WRONG_CODE})
    answer = _back(guest, "known")
    set_browser(request, house, answer, number, given)
    return answer


def _priority(key: str, form: Form) -> CustomerActed:
    chosen = whole_number(form.text("priority"), MOST_PRIORITY)
    if chosen is None:
        raise FormFault("priority", "Choose one of these.")
    return CustomerActed(key, priority=chosen)


ACTIONS: Mapping[str, Callable[[str, Form], CustomerActed]] = {
    "priority": _priority,
    "confirm": lambda key, _: CustomerActed(key, confirm=True),
    "close": lambda key, _: CustomerActed(key, close=True),
    "reopen": lambda key, _: CustomerActed(key, reopen=True),
    "escalate": lambda key, _: CustomerActed(key, escalate=True),
    "leave": lambda key, _: CustomerActed(key, leave=True),
}


def _back(guest: Guest, done: str) -> Response:
    """To the page itself, so that loading it again does nothing again."""
    return RedirectResponse(f"{guest.page}?done={done}#main", 303)


def _page(
    request: Request,
    house: House,
    guest: Guest,
    status: int = 200,
    *,
    before: int | None = None,
    alert: str = "",
    faults: Mapping[str, str] | None = None,
    typed: str = "",
) -> Response:
    waits = not guest.known and _waits(request, house, guest)
    return site_of(request).shown.page(
        request,
        "customer/case.html.j2",
        status,
        guest.language,
        **of_case(house, guest, before),
        offers=offers(guest, house.clock.now()),
        bound=bound(request),
        waits=waits,
        done=request.query_params.get("done", "") if request.method in {"GET", "HEAD"} else "",
        alert=alert,
        faults=faults or {},
        typed=typed,
        before=before,
        once=page_codes.new_browser(),
    )


def _waits(request: Request, house: House, guest: Guest) -> bool:
    number = guest.case.number
    return page_codes.waits(house, number, guest.key, browser_of(request, house, number))
