"""The desk's list of senders who are not let in: everybody sees it, operators change it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.by_hand import senders
from mailgate.house import House
from mailgate.store import blocks as kept
from mailgate.store.lists import InboxWanted, find_inbox
from mailgate.web.desk.listed import PAGE, Doing, asked, desk_page, each, timed, told_page
from mailgate.web.desk.visitor import Visitor, desk_acting, desk_showing
from mailgate.web.forms import Form, FormFault

_MOST_HELD = 100
_REMOVE = Doing(
    "Blocks", "remove", "Let in again",
    "Its mail comes in again. What was held meanwhile stays held, until somebody lets it in.", frozenset(),
)  # fmt: skip


def blocks(request: Request, house: House, visitor: Visitor) -> Response:
    """The list, by sender."""
    return _list(request, house, visitor)


def _list(
    request: Request, house: House, visitor: Visitor, said: str = "", fault: FormFault | None = None, typed: str = ""
) -> Response:
    looked = asked(request, "/desk/blocks", "text")
    after = request.query_params.get("after") or None
    with house.store.read() as connection:
        rows: list[dict[str, Any]] = kept.blocked(connection, looked["text"] or "", limit=PAGE + 1, after=after)
    return desk_page(
        request, house, visitor, "blocks", "Blocks", 422 if fault else 200,
        rows=[timed({"since_at": row["at"]} | row) for row in rows[:PAGE]], asked=looked, said=said, fault=fault,
        typed=typed, older=looked.link(after=rows[PAGE - 1]["pattern"]) if len(rows) > PAGE else "",
    )  # fmt: skip


def add(request: Request, house: House, visitor: Visitor, form: Form) -> Response:
    """One more sender is let in no more."""
    typed = form.text("sender")
    pattern = senders.pattern_of(typed)
    if pattern is None:
        fault = FormFault("sender", "Write an address, a domain, or *. and a domain for all below it.")
        return _list(request, house, visitor, fault=fault, typed=typed)
    said = senders.block(house.settings, house.store, pattern, visitor.engineer.address, house.clock.now())
    return _list(request, house, visitor, said)


def _each(request: Request, house: House, visitor: Visitor, form: Form, *, done: bool) -> Response:
    """They are let in again; or, not `done`, told what that means, and what is held of theirs."""
    patterns = list(dict.fromkeys(form.all("id")))[:PAGE]
    if not patterns:
        return _list(request, house, visitor, fault=FormFault("id", "Tick at least one."))

    def once(pattern: str) -> Iterator[str]:
        yield senders.unblock(house.store, pattern, visitor.engineer.address, dry_run=not done)
        held = _held(house, pattern)
        yield f"mails of theirs that are held: {held if held <= _MOST_HELD else f'more than {_MOST_HELD}'}"

    return told_page(request, house, visitor, _REMOVE, each(patterns, once), done=done)


def _held(house: House, pattern: str) -> int:
    """How many mails that sender's rule holds, counted a little further than to `_MOST_HELD`."""
    wanted = InboxWanted(("held",), writer=pattern, reason="block")
    with house.store.read() as connection:
        return len(find_inbox(connection, wanted, _MOST_HELD + 1))


ROUTES: list[BaseRoute] = [
    Route("/desk/blocks", desk_showing(blocks), methods=["GET"]),
    Route("/desk/blocks/add", desk_acting(add, operator=True), methods=["POST"]),
    Route("/desk/blocks/try", desk_acting(partial(_each, done=False), operator=True), methods=["POST"]),
    Route("/desk/blocks/do", desk_acting(partial(_each, done=True), operator=True), methods=["POST"]),
]
