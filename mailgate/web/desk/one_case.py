"""One case in the desk's window: how it stands, its clocks, its history page by page, and the forms that act on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from mailgate.cases.case import Case, Status
from mailgate.errors import NotFound
from mailgate.house import House
from mailgate.policy.policy import Policy
from mailgate.store import facts
from mailgate.store.desk_history import HistoryPage, merged_into, page_of_history
from mailgate.web.desk.history import history_lines
from mailgate.web.desk.time_line import time_line
from mailgate.web.desk.visitor import Visitor, desk_showing
from mailgate.web.site import site_of
from mailgate.web.typed import whole_number

PAGE = 50


@dataclass(frozen=True, slots=True)
class Again:
    """A form that could not be done: which one, why not, and all that was typed into it. `guard` is what the guard
    finds in a reply, which can be sent all the same."""

    form: str = ""
    why: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    guard: str = ""


_NOTHING = Again()
_DONE = {
    "sent": "Your answer is on its way.",
    "noted": "It was noted.",
    "changed": "It was changed.",
    "already": "It was so already.",
    "merged": "That case is part of this one now.",
    "split": "The entries have a case of their own now: the history says which.",
}


def case(request: Request, house: House, visitor: Visitor) -> Response:
    """The page of a case; the number of one that became part of another leads there."""
    return case_page(request, house, visitor, request.path_params["number"])


def case_page(
    request: Request, house: House, visitor: Visitor, number: str, again: Again = _NOTHING, status: int = 200
) -> Response:
    with house.store.read() as connection:
        found = facts.case_of(connection, number)
        if found is None:
            raise NotFound(f"there is no case {number}")
        if found.number != number and request.method == "GET":
            return RedirectResponse(f"/desk/cases/{found.number}", 303)
        page = page_of_history(
            connection, found.number, PAGE, _entry_id(request, "before"), _entry_id(request, "after")
        )
        merged = merged_into(connection, found.number)
    policy = house.policy_for(found, found.mailbox)
    return site_of(request).shown.page(
        request,
        "desk/case.html.j2",
        status,
        visitor=visitor,
        session=visitor.session,
        here="Cases",
        case=found,
        policy=policy,
        zone=policy.zone,
        merged=merged,
        again=again,
        done=_DONE.get(request.query_params.get("done", ""), ""),
        time=time_line(found, policy, house.clock.now()),
        history=history_lines(page, found.number),
        **_beside(page),
        **_choices(house, found, policy),
    )


def _beside(page: HistoryPage) -> dict[str, Any]:
    return {"newer": page.newer, "older": page.older, "entries": page.all}


def _choices(house: House, found: Case, policy: Policy) -> dict[str, Any]:
    """What the forms let one choose among."""
    rungs = policy.escalation.rungs
    priority = policy.priority_or_none(found.priority)
    return {
        "statuses": [one.value for one in Status],
        "priorities": policy.priorities,
        "priority_name": priority.name if priority else "",
        "definition": priority.definition if priority else "",
        "levels": policy.levels,
        "level_name": next((one.name for one in policy.levels if one.level == found.level), ""),
        "rung_name": rungs[found.rung - 1].name if 0 < found.rung <= len(rungs) else "",
        "higher": len(rungs) > found.rung,
        "kinds": policy.opening.kinds,
        "engineers": house.settings.engineers,
        "after_answer": policy.service.after_answer.value,
        "asks": bool(policy.texts.ask_for),
    }


def _entry_id(request: Request, name: str) -> int | None:
    return whole_number(request.query_params.get(name, ""))


ROUTES: list[BaseRoute] = [Route("/desk/cases/{number}", desk_showing(case), methods=["GET"])]
