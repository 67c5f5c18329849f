"""Search in the desk's window: cases by words, the newest first, each with a line of where the words stand."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.cases.case import Status
from mailgate.house import House
from mailgate.store.lists import CasesWanted
from mailgate.store.search import Found, search
from mailgate.store.snippets import marked, snippets
from mailgate.web.desk.visitor import Visitor, desk_showing, desk_zone
from mailgate.web.site import site_of

PAGE = 20
_WHICH = {
    "": (),
    "open": tuple(one.value for one in Status if one is not Status.CLOSED),
    "closed": (Status.CLOSED.value,),
}
_LONGEST = 300
_NUMBER = re.compile(r"[0-9]{10,13}")


def searching(request: Request, house: House, visitor: Visitor) -> Response:
    """The form, and what is found by the words that stand in it."""
    asked = request.query_params
    words, which = asked.get("words", "")[:_LONGEST], asked.get("which", "")
    found, pieces = Found([]), {}
    if words.strip():
        with house.store.read() as connection:
            after = asked.get("after") if _NUMBER.fullmatch(asked.get("after", "")) else None
            found = search(connection, words, CasesWanted(statuses=_WHICH.get(which, ())), PAGE, after)
            pieces = snippets(connection, words, [row["number"] for row in found.rows])
    return site_of(request).shown.page(
        request,
        "desk/search.html.j2",
        visitor=visitor,
        session=visitor.session,
        here="Search",
        words=words,
        which=which,
        rows=[_row(row, words, pieces.get(row["number"], [])) for row in found.rows],
        more="/desk/search?" + urlencode({"words": words, "which": which, "after": found.after}) if found.after else "",
        later=bool(asked.get("after")),
        zone=desk_zone(house),
    )


def _row(row: dict[str, Any], words: str, said: object) -> dict[str, Any]:
    return row | {
        "opened_at": datetime.fromisoformat(row["opened_at"]),
        "subject": marked(row["subject"] or "(no subject)", words),
        "said": said,
    }


ROUTES: list[BaseRoute] = [Route("/desk/search", desk_showing(searching), methods=["GET"])]
