"""The desk's pictures: what was counted, as columns to be drawn, and in a sentence each for who does not see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.cases.answered import IN_TIME, LATE, NOT_YET
from mailgate.house import House
from mailgate.reckoning import DAYS, VERDICTS, Day, Pictures, pictures
from mailgate.web.desk.visitor import Visitor, desk_showing, desk_zone
from mailgate.web.site import site_of
from mailgate.web.watched import Watched

SPANS = (30, DAYS)
_LABELS = 8  # along an axis

Column = tuple[str, list[int]]


def drawing(request: Request, house: House, visitor: Visitor) -> Response:
    """All pictures of the last 30 or 90 days."""
    asked = request.query_params.get("days", "")
    days = next((one for one in SPANS if str(one) == asked), SPANS[0])
    found = pictures(house, days)
    return site_of(request).shown.page(
        request,
        "desk/pictures.html.j2",
        visitor=visitor,
        session=visitor.session,
        here="Pictures",
        zone=desk_zone(house),
        spans=SPANS,
        found=found,
        every=max(1, days // _LABELS),
        day_columns=partial(_day_columns, found.days),
        day_rows=[(f"{one.day}", [one.mails, one.cases]) for one in found.days],
        mail_told=_trend("mails", [one.mails for one in found.days], found.days),
        cases_told=_trend("cases", [one.cases for one in found.days], found.days),
        verdicts=list(VERDICTS),
        answers=[_answers(priority, by_span) for priority, by_span in found.answers.items()],
        statuses=list(next(iter(found.backlog.values()))),
        backlog=[(age, list(by_status.values())) for age, by_status in found.backlog.items()],
        backlog_told=_backlog_told(found),
        weeks=[(f"{monday:%d %b}", [count]) for monday, count in found.weeks.items()],
        breaches_told=f"{sum(found.weeks.values())} breaches in {len(found.weeks)} weeks.",
        doors=[_door(request, found, name) for name in found.doors],
    )


def _day_columns(days: Sequence[Day], what: str) -> list[Column]:
    return [(_short(one.day), [one.mails if what == "mails" else one.cases]) for one in days]


def _short(day: date) -> str:
    return f"{day:%d %b}"


def _trend(what: str, counts: Sequence[int], days: Sequence[Day]) -> str:
    most = max(range(len(counts)), key=counts.__getitem__)
    average = sum(counts) / len(counts)
    return f"{sum(counts)} {what}, {average:.1f} a day; the most, {counts[most]}, on {_short(days[most].day)}."


def _answers(priority: int, by_span: dict[str, dict[str, int]]) -> tuple[int, list[Column], str]:
    """By the span that they took. Those that are still to come count as late where they are due."""
    columns = [(took, [by_verdict[one] for one in VERDICTS]) for took, by_verdict in by_span.items()]
    given = {took: one for took, one in by_span.items() if took != NOT_YET}
    timed = sum(one[IN_TIME] + one[LATE] for one in given.values())
    in_time = sum(one[IN_TIME] for one in given.values())
    share = f"{in_time} of {timed} in time ({in_time / timed:.0%})" if timed else "none that had a target"
    waiting = by_span[NOT_YET]
    return priority, columns, f"{share}; {sum(waiting.values())} not yet given, {waiting[LATE]} of them late."


def _backlog_told(found: Pictures) -> str:
    by_age = {age: sum(by_status.values()) for age, by_status in found.backlog.items()}
    total = sum(by_age.values())
    return f"{total} cases are not closed: " + ", ".join(f"{age} {count}" for age, count in by_age.items()) + "."


def _door(request: Request, found: Pictures, name: str) -> tuple[str, str, str, list[Column], str]:
    """Its name, how it stands and what is wrong with it, its mails, and these in a sentence."""
    watched: Watched = request.app.state.watched
    mails = found.doors[name]
    columns = [(_short(one.day), [count]) for one, count in zip(found.days, mails, strict=True)]
    opened = watched.doors.get(name)
    if opened is None:
        state, why = "not opened by this daemon", ""
    else:
        state, why = ("open", opened.trouble) if opened.is_serving else ("closed", "It takes no mail.")
        state = "in trouble" if why and opened.is_serving else state
    return name, state, why, columns, _trend("mails", mails, found.days)


ROUTES: list[BaseRoute] = [Route("/desk/pictures", desk_showing(drawing), methods=["GET"])]
