"""The desk's outbox: letters that left, did not, or came back, and what somebody does about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.by_hand import letters
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.may import may
from mailgate.cases.ref import without_tokens
from mailgate.cases.ruling import Action
from mailgate.drops import release_letters
from mailgate.errors import MailgateError, NotAllowed, NotFound
from mailgate.explaining.discretion import discreet
from mailgate.explaining.letter import shown_letter
from mailgate.explaining.narrating import HELD_FOR
from mailgate.house import House
from mailgate.store import facts
from mailgate.store.lists import OutboxWanted, find_outbox, newest_letter, troubles_of
from mailgate.store.named import case_named
from mailgate.web.desk.listed import Doing, Page, after_id, asked, desk_page, each, page_of, ticked, timed, told_page
from mailgate.web.desk.visitor import Visitor, desk_acting, desk_showing
from mailgate.web.forms import Form, FormFault
from mailgate.web.parts import number_in

STATES = ("queued", "held", "failed", "sent", "dropped")
DOES = {
    one.name: one
    for one in (
        Doing(
            "Outbox", "retry", "Send again",
            "A failed letter is queued anew, one that was put off goes out now.",
            frozenset({"failed", "dropped", "queued"}),
        ),
        Doing(
            "Outbox", "hold", "Keep back", "It does not leave before somebody says so.", frozenset({"queued"}),
        ),
        Doing(
            "Outbox", "release", "Send after all",
            "It goes out, and no breaker stops it again. An answer that the guard held counts as given.",
            frozenset({"held"}),
        ),
        Doing(
            "Outbox", "drop", "Drop", "It is done away with; it stays in the books, and its case says so.",
            frozenset({"queued", "held", "failed"}), dangerous=True,
        ),
    )
}  # fmt: skip
_MANY = ((), ("sent",))  # what has not left is little, and found by its state
# What an engineer may send after all: what waits for somebody to read it. The others wait for who runs the gate.
_ENGINEERS = frozenset({"guard"})


def outbox(request: Request, house: House, visitor: Visitor) -> Response:
    """The list; without a filter what did not leave yet."""
    return _list(request, house, visitor)


def _list(request: Request, house: House, visitor: Visitor, fault: FormFault | None = None) -> Response:
    looked = asked(request, "/desk/outbox", "state", "kind", "to", "case")
    page, troubles = Page([], ""), dict[int, tuple[str | None, str]]()
    try:
        with house.store.read() as connection:
            wanted = _wanted(looked.typed, _case(connection, looked["case"]))
            indexed = looked["case"] or "@" in (looked["to"] or "") or not (looked["to"] or looked["kind"])
            newest = newest_letter(connection) if not indexed and wanted.states in _MANY else None
            page = page_of(looked, partial(find_outbox, connection, wanted), after_id(request), newest)
            troubles = troubles_of(connection, [row["id"] for row in page.rows])
    except FormFault as error:
        fault = error
    return desk_page(
        request, house, visitor, "outbox", "Outbox", 422 if fault else 200,
        rows=[_row(row, *troubles.get(row["id"], (None, ""))) for row in page.rows],
        page=page, asked=looked, fault=fault, does=DOES,
        states=STATES, kinds=[one.value for one in LetterKind],
    )  # fmt: skip


def _row(row: dict[str, Any], held_for: str | None, error: str) -> dict[str, Any]:
    """As the list shows it, with `why` it did not leave, as far as there is a reason."""
    return timed(discreet(row)) | {"why": HELD_FOR.get(held_for or "", "") or without_tokens(error)}


def letter(request: Request, house: House, visitor: Visitor) -> Response:
    """One letter: what it says, how often it was tried, what the relay said, and whether it came back."""
    with house.store.read() as connection:
        row = facts.show_outbox(connection, number_in(request, "id"))
    shown = shown_letter(row["kind"], row.pop("message"))
    row |= {name: without_tokens(row[name]) for name in ("subject", "key", "envelope_from", "message_id")}
    row["error"] = without_tokens(row["error"] or "")
    return desk_page(
        request, house, visitor, "letter", "Outbox",
        letter=timed(row), shown=shown, held_for=HELD_FOR.get(row["held_for"] or "", ""),
        does=[one for one in DOES.values() if row["state"] in one.states],
    )  # fmt: skip


def _each(request: Request, house: House, visitor: Visitor, form: Form, *, done: bool) -> Response:
    """It is done to each; or, not `done`, told what would become of it."""
    try:
        doing, ids = ticked(form, DOES, visitor)
    except FormFault as error:
        return _list(request, house, visitor, error)
    told = each(ids, _doing(house, visitor, doing, done=done))
    return told_page(request, house, visitor, doing, told, done=done)


def _doing(house: House, visitor: Visitor, doing: Doing, *, done: bool) -> Callable[[int], Iterator[str]]:
    """What is done to one, as the command line does it."""
    by, now = visitor.engineer.address, house.clock.now()

    def once(outbox_id: int) -> Iterator[str]:
        with house.store.read() as connection:
            row = facts.show_outbox(connection, outbox_id)
        _may(house, visitor, doing, row)
        if not done and doing.name != "drop":
            if row["state"] not in doing.states:
                raise MailgateError(f"letter {outbox_id} is {row['state']}")
            yield f"letter {outbox_id}, {row['state']}, {row['kind']} to {row['to']}"
            return
        match doing.name:
            case "retry":
                yield letters.retry(house.store, outbox_id, by, now)
            case "hold":
                yield letters.hold(house.store, outbox_id, by, now)
            case "release":
                yield letters.told("released", release_letters(house, outbox_id, by), "")
            case _:
                yield letters.do_away(house, outbox_id, by, dry_run=not done)

    return once


def _may(house: House, visitor: Visitor, doing: Doing, row: dict[str, Any]) -> None:
    """An engineer does to letters about cases what his commands by mail could; whoever runs the gate, all."""
    if visitor.is_operator:
        return
    if row["case"] is None:
        raise NotAllowed("a letter about no case is the operators'")
    if doing.name == "release" and row["held_for"] not in _ENGINEERS:
        raise NotAllowed(f"operators decide: {HELD_FOR.get(row['held_for'] or '', 'it is not held')}")
    with house.store.read() as connection:
        case = facts.case_of(connection, row["case"])
    if case is not None:
        ruling = may(visitor.actor, Action.DIRECT, case, house.policy_for(case, case.mailbox))
        if not ruling.allowed:
            raise NotAllowed(f"{visitor.engineer.address} may not: {ruling.why}")


def _case(connection: Connection, named: str | None) -> str | None:
    try:
        return case_named(connection, named) if named else None
    except NotFound as error:
        raise FormFault("case", str(error)) from error


def _wanted(typed: dict[str, str], case: str | None) -> OutboxWanted:
    """FormFault for what there is not."""
    state, kind = typed["state"], typed["kind"] or None
    if state not in {"", "all", *STATES}:
        raise FormFault("state", f"there is no state {state}")
    if kind is not None and kind not in {one.value for one in LetterKind}:
        raise FormFault("kind", "there is no such letter")
    narrowed = any(typed.values())
    states = (state,) if state in STATES else () if state == "all" or narrowed else ("queued", "held", "failed")
    return OutboxWanted(states, kind, typed["to"] or None, case)


ROUTES: list[BaseRoute] = [
    Route("/desk/outbox", desk_showing(outbox), methods=["GET"]),
    Route("/desk/outbox/try", desk_acting(partial(_each, done=False)), methods=["POST"]),
    Route("/desk/outbox/do", desk_acting(partial(_each, done=True)), methods=["POST"]),
    Route("/desk/outbox/{id}", desk_showing(letter), methods=["GET"]),
]
