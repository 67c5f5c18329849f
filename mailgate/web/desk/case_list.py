"""The desk's list of cases: narrowed as `mailgate case list` narrows it, page by page, the newest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.cases.case import Status
from mailgate.house import House
from mailgate.policy.duration import Unit, parse_duration
from mailgate.store.desk_cases import Cursor, page_of_cases
from mailgate.store.lists import CasesWanted
from mailgate.web.desk.visitor import Visitor, desk_showing, desk_zone
from mailgate.web.forms import FormFault
from mailgate.web.site import site_of
from mailgate.web.typed import MOST_PRIORITY, moment, whole_number

PAGE = 50
_OPEN = tuple(one.value for one in Status if one is not Status.CLOSED)
_SPANS = {Unit.MINUTES, Unit.HOURS, Unit.DAYS}
_FILTERS = (
    "status", "priority", "owner", "mailbox", "contact", "subject", "opened_after", "opened_before", "due",
)  # fmt: skip


def cases(request: Request, house: House, visitor: Visitor) -> Response:
    """The list; without a filter those that are not closed."""
    asked = request.query_params
    typed = {name: asked.getlist(name) for name in _FILTERS}
    fault: FormFault | None = None
    values: dict[str, Any] = {"rows": (), "newer": "", "older": "", "looked_to": None}
    try:
        wanted, cursor = _wanted(asked, house, visitor), _cursor(asked)
    except FormFault as error:
        fault = error
    else:
        with house.store.read() as connection:
            page = page_of_cases(connection, wanted, PAGE, cursor)
        kept = [(name, value) for name, found in typed.items() for value in found if value]
        values = {
            "rows": page.rows,
            "newer": _link(kept, page.newer),
            "older": _link(kept, page.older),
            "looked_to": page.looked_to,
        }
    return site_of(request).shown.page(
        request,
        "desk/cases.html.j2",
        422 if fault else 200,
        visitor=visitor,
        session=visitor.session,
        here="Cases",
        typed=typed,
        fault=fault,
        narrowed=any(map(any, typed.values())),
        by_due=any(typed["due"]) and not any(typed["contact"]),
        statuses=[one.value for one in Status],
        priorities=sorted({one.level for policy in house.policies.values() for one in policy.priorities}),
        engineers=house.settings.engineers,
        mailboxes=sorted(house.settings.mailboxes),
        zone=desk_zone(house),
        now=house.clock.now(),
        **values,
    )


def _wanted(asked: QueryParams, house: House, visitor: Visitor) -> CasesWanted:
    """FormFault for what cannot be read."""
    chosen = [one for one in asked.getlist("status") if one]
    statuses = {*chosen} - {"open*", "all"} | ({*_OPEN} if "open*" in chosen or not chosen else set())
    if unknown := statuses - {one.value for one in Status}:
        raise FormFault("status", f"there is no status {min(unknown)}")
    owner = asked.get("owner") or None
    mailbox = asked.get("mailbox") or None
    if mailbox is not None and mailbox not in house.settings.mailboxes:
        raise FormFault("mailbox", "there is no such mailbox")
    now = house.clock.now()
    return CasesWanted(
        statuses=() if "all" in chosen else tuple(one.value for one in Status if one.value in statuses),
        priorities=tuple(_priority(one) for one in asked.getlist("priority") if one),
        mailbox=mailbox,
        contact=(asked.get("contact") or "").strip() or None,
        owner={"me": visitor.engineer.key, "nobody": ""}.get(owner, owner) if owner else None,
        subject=(asked.get("subject") or "").strip() or None,
        opened_after=_moment(asked, "opened_after", now, -1),
        opened_before=_moment(asked, "opened_before", now, -1),
        due=_moment(asked, "due", now, 1),
    )


def _priority(text: str) -> int:
    number = whole_number(text, MOST_PRIORITY)
    if number is None:
        raise FormFault("priority", f"a priority is a number, {MOST_PRIORITY} at most")
    return number


def _moment(asked: QueryParams, name: str, now: datetime, sign: int) -> datetime | None:
    """A day (UTC), a moment, or so long ago (`sign` -1) or from now: "30d", "4h"."""
    text = (asked.get(name) or "").strip()
    if not text:
        return None
    try:
        span = parse_duration(text)
    except ValueError:
        at = moment(text)
        if at is None:
            raise FormFault(name, 'write a day (2026-11-17), or a span of time ("30d", "4h")') from None
        return at
    if span.unit not in _SPANS or span.length > timedelta(days=36500):
        raise FormFault(name, "write it in hours or days")
    return now + sign * span.length


def _cursor(asked: QueryParams) -> Cursor | None:
    for name in ("after", "before"):
        number, _, at = (asked.get(name) or "").partition(" ")
        if number:
            return Cursor(number, name == "before", _at(at) if at else None)
    return None


def _at(text: str) -> datetime:
    at = moment(text)
    if at is None:
        raise FormFault("after", "the address is not whole: begin with the first page")
    return at


def _link(kept: list[tuple[str, str]], cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    where = f"{cursor.number} {cursor.at.isoformat()}" if cursor.at else cursor.number
    return "/desk/cases?" + urlencode([*kept, ("before" if cursor.back else "after", where)])


ROUTES: list[BaseRoute] = [Route("/desk/cases", desk_showing(cases), methods=["GET"])]
