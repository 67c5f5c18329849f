"""The desk's first page: what is owed and until when, what nobody has taken, what of the gate wants somebody. Each
figure leads to the list that shows it; two of these are here: what is owed, soonest first, and what was escalated."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.cases.case import Case
from mailgate.cases.clocks import ClockState, clocks
from mailgate.explaining.telling import REASONS
from mailgate.house import House
from mailgate.outbox.breaker import whose
from mailgate.store import facts, today
from mailgate.web.desk.listed import PAGE, asked, desk_page
from mailgate.web.desk.visitor import Visitor, desk_showing
from mailgate.web.forms import FormFault
from mailgate.web.health import parts
from mailgate.web.parts import number_in
from mailgate.web.typed import moment

_SOON = timedelta(hours=4)
_GOING = {ClockState.RUNNING, ClockState.OVERDUE}


def first(request: Request, house: House, visitor: Visitor) -> Response:
    """What the morning begins with."""
    now, owner = house.clock.now(), visitor.engineer.key
    with house.store.read() as connection:
        figures = today.case_figures(connection, owner, now, now + _SOON)
        post = today.post_figures(connection)
        coming = _with_what(house, connection, today.next_owed(connection), now)
        mine = _with_what(house, connection, today.mine_next(connection, owner), now)
    return desk_page(
        request, house, visitor, "today", "Today",
        cases=figures, post=post, owed=coming, mine=mine, now=now, most=today.MOST, reasons=REASONS,
        soon=int(_SOON.total_seconds() // 3600), breakers={whose(name): at for name, at in post.breakers.items()},
        health=list(parts(request.app.state.watched)), priorities=_priorities(house), rungs=_rungs(house),
    )  # fmt: skip


def owed(request: Request, house: House, visitor: Visitor) -> Response:
    """All cases to which something is owed, what was missed for longest first."""
    looked, fault, after = asked(request, "/desk/owed", "after"), None, None
    try:
        after = _after(looked["after"])
    except FormFault as error:
        fault = error
    now = house.clock.now()
    with house.store.read() as connection:
        rows = _with_what(house, connection, today.next_owed(connection, PAGE + 1, after), now)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    further = looked.link(after=f"{last['owed_at'].isoformat()} {last['number']}") if last else ""
    return desk_page(
        request, house, visitor, "owed", "Today", 422 if fault else 200,
        rows=rows[:PAGE], now=now, further=further, fault=fault,
    )  # fmt: skip


def escalated(request: Request, house: House, visitor: Visitor) -> Response:
    """The cases that are on that rung of the ladder and not closed, newest first."""
    rung, looked = number_in(request, "rung"), asked(request, request.url.path, "after")
    with house.store.read() as connection:
        rows = today.on_rung(connection, rung, PAGE + 1, looked["after"])
    further = looked.link(after=rows[PAGE - 1]["number"]) if len(rows) > PAGE else ""
    return desk_page(
        request, house, visitor, "escalated", "Today",
        rung=rung, called=_rungs(house).get(rung, ""), rows=rows[:PAGE], further=further,
    )  # fmt: skip


def _with_what(house: House, connection: Connection, rows: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The rows, each with `what` is owed soonest: "first response"."""
    found = {case.number: case for case in facts.cases_of(connection, [row["number"] for row in rows])}
    return [row | {"what": _what(house, found.get(row["number"]), now)} for row in rows]


def _what(house: House, case: Case | None, now: datetime) -> str:
    if case is None or case.mailbox not in house.settings.mailboxes:
        return ""
    going = [one for one in clocks(case, house.policy_for(case, case.mailbox), now) if one.state in _GOING]
    soonest = min(going, key=lambda one: one.due, default=None)
    return soonest.name.value.removesuffix("_due").replace("_", " ") if soonest else ""


def _priorities(house: House) -> dict[int, str]:
    """What each priority is called, where all policies call it the same."""
    called: dict[int, set[str]] = {}
    for policy in house.policies.values():
        for one in policy.priorities:
            called.setdefault(one.level, set()).add(one.name)
    return {level: next(iter(names)) for level, names in called.items() if len(names) == 1}


def _rungs(house: House) -> dict[int, str]:
    """What each rung is called, by all policies that have it."""
    called: dict[int, list[str]] = {}
    for policy in house.policies.values():
        for number, one in enumerate(policy.escalation.rungs, 1):
            called.setdefault(number, []).append(one.name)
    return {number: " / ".join(dict.fromkeys(names)) for number, names in called.items()}


def _after(text: str | None) -> tuple[datetime, str] | None:
    """The moment and number of the last case of the page before. FormFault for what is none."""
    if text is None:
        return None
    said, _, number = text.partition(" ")
    at = moment(said)
    if at is None:
        raise FormFault("after", "a page begins after a moment and a number")
    return at, number


ROUTES: list[BaseRoute] = [
    Route("/desk", desk_showing(first), methods=["GET"]),
    Route("/desk/owed", desk_showing(owed), methods=["GET"]),
    Route("/desk/escalated/{rung}", desk_showing(escalated), methods=["GET"]),
]
