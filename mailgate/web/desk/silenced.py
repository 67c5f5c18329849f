"""The desk's page of who is answered no more: breakers, windows, machines, addresses where nothing arrives; and how an
operator ends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.by_hand import letters, senders
from mailgate.drops import release_letters
from mailgate.errors import NotFound
from mailgate.explaining.discretion import discreet
from mailgate.explaining.narrating import HELD_FOR
from mailgate.explaining.telling import REASONS
from mailgate.house import House
from mailgate.outbox.breaker import HOUR, limit_of, whose
from mailgate.store import breakers, marks, reach, silenced
from mailgate.web.desk.listed import PAGE, Doing, Told, desk_page, each, timed, told_page
from mailgate.web.desk.visitor import Visitor, desk_acting, desk_showing
from mailgate.web.forms import Form

_SINCE = timedelta(days=7)
_REASONS = ("breaker", "domain", "unverified")
DOES = {
    one.name: one
    for one in (
        Doing(
            "Silenced", "release", "Send what it holds", "The letters go out, and no breaker stops them again.",
            frozenset(),
        ),
        Doing(
            "Silenced", "drop", "Drop what it holds",
            "The letters are done away with; they stay in the books, and their cases say so.", frozenset(),
            dangerous=True,
        ),
        Doing(
            "Silenced", "revive", "Write to it again", "From now on letters go there as to any other address.",
            frozenset(),
        ),
    )
}  # fmt: skip


def silence(request: Request, house: House, visitor: Visitor) -> Response:
    """All of it."""
    now = house.clock.now()
    windows = [policy.letters for policy in house.policies.values()]
    hour = min(min(one.hourly.unverified, one.hourly.authenticated) for one in windows)
    day = min(one.daily.address for one in windows)
    with house.store.read() as connection:
        values: dict[str, Any] = {
            "breakers": _breakers(house, connection, now),
            "held": {
                reason: count for reason, count in silenced.held_letters(connection).items() if reason in _REASONS
            },
            "written": silenced.most_written(connection, max(hour, 1), max(day, 1), now),
            "unsent": silenced.unsent(connection, PAGE, now - _SINCE),
            "machines": silenced.machines(connection, PAGE, now - _SINCE),
            "dead": [timed({"since_at": row["since"]} | discreet(row)) for row in reach.dead(connection, PAGE + 1)],
        }
    return desk_page(
        request, house, visitor, "silenced", "Silenced", hour=hour, day=day, reasons=REASONS, held_for=HELD_FOR,
        does=DOES, page=PAGE, looked_at=silenced.LOOKED_AT, **values,
    )  # fmt: skip


def _each(request: Request, house: House, visitor: Visitor, form: Form, *, done: bool) -> Response:
    """It is done; or, not `done`, told what it would come to."""
    doing, which = DOES.get(form.text("what")), list(dict.fromkeys(form.all("id")))[:PAGE]
    if doing is None or not which or (doing.name != "revive" and not {*which} <= {*_REASONS}):
        raise NotFound("what is to be done?")
    told = _told(house, visitor, doing, which, done=done)
    return told_page(request, house, visitor, doing, told, done=done)


def _told(house: House, visitor: Visitor, doing: Doing, which: list[str], *, done: bool) -> list[Told]:
    by = visitor.engineer.address

    def once(one: str) -> Iterator[str]:
        match doing.name:
            case "revive":
                yield senders.revive(house.store, one, by, dry_run=not done)
            case "drop":
                yield letters.do_away(house, one, by, dry_run=not done)
            case _ if done:
                yield f"released: {len(release_letters(house, one, by))} letters"
            case _:
                with house.store.read() as connection:
                    yield f"would release: {marks.held_outbox(connection, one)} letters"

    return each(which, once)


def _breakers(house: House, connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """The two that are always there, and each of a domain that is open."""
    already = breakers.open_since(connection)
    found = []
    for name in dict.fromkeys((breakers.ALL, breakers.UNVERIFIED, *already)):
        limit = limit_of(name, house.settings.breaker)
        found.append(
            {
                "whose": whose(name) or "everybody",
                "limit": limit,
                "wanted": breakers.wanted(connection, name, now - HOUR, limit + 1),
                "since": already.get(name),
            }
        )
    return found


ROUTES: list[BaseRoute] = [
    Route("/desk/silenced", desk_showing(silence), methods=["GET"]),
    Route("/desk/silenced/try", desk_acting(partial(_each, done=False), operator=True), methods=["POST"]),
    Route("/desk/silenced/do", desk_acting(partial(_each, done=True), operator=True), methods=["POST"]),
]
