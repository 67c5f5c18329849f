"""The desk's inbox: mails that were held, shelved or filed, why, and what somebody does about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.by_hand import mails
from mailgate.cases.may import may
from mailgate.cases.ref import without_tokens
from mailgate.cases.ruling import Action
from mailgate.errors import NotAllowed, StoreError
from mailgate.explaining.discretion import discreet
from mailgate.explaining.stored import Stored, stored
from mailgate.explaining.telling import REASONS
from mailgate.house import House
from mailgate.mail.message import Mail
from mailgate.store import facts
from mailgate.store.accepted import raw_mail_of
from mailgate.store.listings import STATES
from mailgate.store.lists import InboxWanted, find_inbox, newest_mail
from mailgate.web.desk.listed import Doing, Page, after_id, asked, desk_page, each, page_of, ticked, timed, told_page
from mailgate.web.desk.visitor import Visitor, desk_acting, desk_showing, desk_zone
from mailgate.web.forms import Form, FormFault
from mailgate.web.parts import number_in

_WANTS_SOMEBODY = ("held", "shelved")
_MANY = ((), ("filed",))  # what was put aside is little, and found by its state
_MOST_WORDS = 200_000  # characters
DOES = {
    one.name: one
    for one in (
        Doing(
            "Inbox", "release", "Let in",
            "It is let in despite what holds it. A machine's mail still gets no letter.", frozenset({"held"}),
        ),
        Doing(
            "Inbox", "replay", "Walk again",
            "It is walked once more, by today's policy. What holds it, holds it again.",
            frozenset({"held", "shelved", "dropped"}),
        ),
        Doing(
            "Inbox", "drop", "Drop", "It is set aside and stays in the books; walking it again brings it back.",
            frozenset({"held", "shelved", "waiting"}), dangerous=True,
        ),
    )
}  # fmt: skip


def inbox(request: Request, house: House, visitor: Visitor) -> Response:
    """The list; without a filter what waits for a person."""
    return _list(request, house, visitor)


def _list(request: Request, house: House, visitor: Visitor, fault: FormFault | None = None) -> Response:
    looked = asked(request, "/desk/inbox", "state", "reason", "mailbox", "from")
    page = Page([], "")
    try:
        wanted, after = _wanted(looked.typed, house), after_id(request)
    except FormFault as error:
        fault = error
    else:
        with house.store.read() as connection:
            scans = any(looked[name] for name in ("from", "mailbox", "reason")) and wanted.states in _MANY
            newest = newest_mail(connection) if scans else None
            page = page_of(looked, partial(find_inbox, connection, wanted), after, newest)
    return desk_page(
        request, house, visitor, "inbox", "Inbox", 422 if fault else 200,
        rows=[timed(discreet(row)) for row in page.rows], page=page, asked=looked, fault=fault, does=DOES,
        states=STATES, mailboxes=sorted(house.settings.mailboxes), reasons=REASONS,
    )  # fmt: skip


def mail(request: Request, house: House, visitor: Visitor) -> Response:
    """One mail: how it came, why it is where it is, what it says."""
    inbound_id = number_in(request, "id")
    with house.store.read() as connection:
        found = stored(connection, inbound_id)
    read, state = _read(house, inbound_id), found.mail["state"]
    return desk_page(
        request, house, visitor, "inbox_mail", "Inbox",
        mail=timed(found.mail), why=found.because(), story=_sections(found.sentences(_zone(house, found))),
        fields=[(name, without_tokens(value)) for name, value in read.fields] if read else (),
        words=without_tokens(read.text[:_MOST_WORDS]) if read else None, unread=read.unread if read else "",
        files=_files(read),
        traceback=found.mail["traceback"] if visitor.is_operator else None,
        does=[one for one in DOES.values() if state in one.states],
    )  # fmt: skip


def raw(request: Request, house: House, visitor: Visitor) -> Response:  # noqa: ARG001 - the form of an endpoint
    """The mail as it came, to be kept; no browser shows it."""
    inbound_id = number_in(request, "id")
    with house.store.read() as connection:
        found = raw_mail_of(connection, inbound_id, house.store.read)
    named = f'attachment; filename="mail-{inbound_id}.eml"'
    return Response(found.data[:], media_type="application/octet-stream", headers={"content-disposition": named})


def _each(request: Request, house: House, visitor: Visitor, form: Form, *, done: bool) -> Response:
    """It is done to each; or, not `done`, told what would become of it."""
    try:
        doing, ids = ticked(form, DOES, visitor)
    except FormFault as error:
        return _list(request, house, visitor, error)
    told = each(ids, _doing(house, visitor, doing, dry_run=not done))
    return told_page(request, house, visitor, doing, told, done=done)


def _doing(house: House, visitor: Visitor, doing: Doing, *, dry_run: bool) -> Callable[[int], Iterator[str]]:
    """What is done to one, as the command line does it."""
    by = visitor.engineer.address

    def once(inbound_id: int) -> Iterator[str]:
        _may(house, visitor, inbound_id)
        if doing.name == "drop":
            yield mails.set_aside(house.store, inbound_id, by, house.clock.now(), dry_run=dry_run)
        else:
            released_by = by if doing.name == "release" else ""
            yield from mails.walk_again(house, inbound_id, released_by, dry_run=dry_run).told()

    return once


def _may(house: House, visitor: Visitor, inbound_id: int) -> None:
    """An engineer does with held mail what his commands by mail could (`may`), an operator whatever there is."""
    if visitor.is_operator:
        return
    with house.store.read() as connection:
        row = facts.show_inbox(connection, inbound_id)
    ruling = may(visitor.actor, Action.DIRECT, None, house.policy_of(row["mailbox"]))
    if not ruling.allowed:
        raise NotAllowed(f"{visitor.engineer.address} may not: {ruling.why}")


def _wanted(typed: dict[str, str], house: House) -> InboxWanted:
    """FormFault for what there is not."""
    state, mailbox = typed["state"], typed["mailbox"] or None
    if state not in {"", "all", *STATES}:
        raise FormFault("state", f"there is no state {state}")
    if mailbox is not None and mailbox not in house.settings.mailboxes:
        raise FormFault("mailbox", "there is no such mailbox")
    states = (state,) if state in STATES else () if state == "all" else _WANTS_SOMEBODY
    return InboxWanted(states, mailbox, typed["from"] or None, typed["reason"] or None)


def _read(house: House, inbound_id: int) -> Mail | None:
    """What it says; None where its octets are gone, or nobody is there to read them."""
    try:
        with house.store.read() as connection:
            came = raw_mail_of(connection, inbound_id, house.store.read)
        return house.read(came)
    except (StoreError, OSError):
        return None


def _zone(house: House, found: Stored) -> str:
    mailbox = house.settings.mailboxes.get(found.mail["mailbox"])
    return house.policies[mailbox.policy].zone if mailbox else desk_zone(house)


def _sections(lines: Iterator[str]) -> list[tuple[str, list[str]]]:
    """The story's lines under their headings: a heading follows an empty line, and what is under it is indented."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    heads = False
    for line in lines:
        if heads:
            sections.append((line, []))
        elif line:
            sections[-1][1].append(line.strip())
        heads = not line
    return sections


def _files(read: Mail | None) -> list[dict[str, Any]]:
    return [{"name": one.name, "type": one.type, "size": one.size} for one in read.attachments] if read else []


ROUTES: list[BaseRoute] = [
    Route("/desk/inbox", desk_showing(inbox), methods=["GET"]),
    Route("/desk/inbox/try", desk_acting(partial(_each, done=False)), methods=["POST"]),
    Route("/desk/inbox/do", desk_acting(partial(_each, done=True)), methods=["POST"]),
    Route("/desk/inbox/{id}", desk_showing(mail), methods=["GET"]),
    Route("/desk/inbox/{id}/raw", desk_showing(raw, operator=True), methods=["GET"]),
]
