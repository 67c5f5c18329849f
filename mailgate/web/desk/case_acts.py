"""What somebody of ours does to a case on its page: each form ends where the command line's verb does.

What cannot be done is told on the page, with all that was typed; who decided on a case that has changed since is shown
what is new first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from mailgate import pipeline, rearranging
from mailgate.cases.case import Decision, EntryKind, Status
from mailgate.cases.command_values import MAX_DAYS, MAX_REASON, Unreadable, read_value
from mailgate.cases.command_words import Takes
from mailgate.cases.events import EngineerActed, EngineerReplied
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.replied import why_unfit
from mailgate.deciding import Seen
from mailgate.errors import NotAllowed, NotFound, Overtaken
from mailgate.house import House
from mailgate.store import facts
from mailgate.store.named import case_named
from mailgate.store.rehearsal import Rehearsal
from mailgate.web.desk.one_case import Again, case_page
from mailgate.web.desk.visitor import Visitor, desk_acting
from mailgate.web.forms import Form, FormFault
from mailgate.web.site import Endpoint
from mailgate.web.typed import whole_number

_HELD = "the reply is held back: "

Do = Callable[[House, Visitor, str, Form], str]


def reply(house: House, visitor: Visitor, number: str, form: Form) -> str:
    """His words to the customer, or a note. What the guard finds is told before anything is done."""
    text = form.fields.get("words", "").replace("\r\n", "\n").strip("\n")
    if why := why_unfit(text):
        raise FormFault("words", why)
    how, seen = form.text("do"), _seen(number, form)
    event = EngineerReplied(
        visitor.engineer.address, text, _status(form), internal=how == "note", anyway=how == "anyway"
    )
    if how not in {"note", "anyway"}:
        tried = pipeline.act(replace(house, store=Rehearsal(house.store)), number, event, visitor.actor, seen)
        if found := _guarded(tried):
            raise _Guarded(found)
    decision = pipeline.act(house, number, event, visitor.actor, seen)
    return "sent" if any(one.kind is LetterKind.REPLY for one in decision.letters) else "noted"


def change(house: House, visitor: Visitor, number: str, form: Form) -> str:
    """All of `mailgate case set` but who takes part."""
    owner = form.text("owner")
    event = EngineerActed(
        visitor.engineer.address,
        _status(form),
        wait_days=_number(form, "wait_days", 1, MAX_DAYS),
        priority=_number(form, "priority", 0, 99),
        owner={"": None, "nobody": ""}.get(owner, owner),
        level=_number(form, "level", 0, 99),
        kind=form.text("kind"),
        reason=form.text("reason")[:MAX_REASON],
        answered=bool(form.text("answered")),
        activated=bool(form.text("activated")),
        workaround=bool(form.text("workaround")),
        escalate=bool(form.text("escalate")),
        ask=bool(form.text("ask")),
        spam=bool(form.text("spam")),
    )
    if owner not in {"", "nobody"} and house.desk.engineer(owner.casefold()) is None:
        raise FormFault("owner", "there is no such engineer")
    if event == EngineerActed(visitor.engineer.address, reason=event.reason):
        raise FormFault("set", "say what is to change")
    return _done(pipeline.act(house, number, event, visitor.actor, _seen(number, form)))


def people(house: House, visitor: Visitor, number: str, form: Form) -> str:
    """Who takes part from now on, and who no more."""
    event = EngineerActed(visitor.engineer.address, join=_addresses(form, "join"), leave=_addresses(form, "leave"))
    if not (event.join or event.leave):
        raise FormFault("people", "name an address")
    return _done(pipeline.act(house, number, event, visitor.actor, _seen(number, form)))


def revoke(house: House, visitor: Visitor, number: str, form: Form) -> str:
    """The reply tokens of an address, or of everybody, end."""
    whose = _addresses(form, "of")
    if len(whose) > 1:
        raise FormFault("of", "name one address, or none for everybody")
    event = EngineerActed(visitor.engineer.address, revoke=whose[0] if whose else "")
    return _done(pipeline.act(house, number, event, visitor.actor, _seen(number, form)))


def merge(house: House, visitor: Visitor, number: str, form: Form) -> str:
    """The case becomes part of another."""
    with house.store.read() as connection:
        into = case_named(connection, form.text("into"))
    rearranging.merge(house, number, into, visitor.actor, _seen(number, form))
    return "merged"


def split(house: House, visitor: Visitor, number: str, form: Form) -> str:
    """Entries of it become a case of their own."""
    try:
        (entries,) = read_value(Takes.PLACES, form.text("entries"))
    except Unreadable as trouble:
        raise FormFault("entries", str(trouble)) from trouble
    if not isinstance(entries, tuple):
        raise FormFault("entries", "say which, by their numbers")
    source = form.text("of_case") or number
    with house.store.read() as connection:
        whole = facts.case_of(connection, source)
    if whole is None or whole.number != number:
        raise FormFault("entries", f"{source} is no part of this case")
    rearranging.split(house, source, entries, visitor.actor, _seen(number, form))
    return "split"


class _Guarded(Exception):
    """The guard finds something in a reply: what."""


def _endpoint(name: str, do: Do) -> Endpoint:
    """The form of that name. What is wrong with it is shown on the page of the case."""

    def endpoint(request: Request, house: House, visitor: Visitor, form: Form) -> Response:
        number = str(request.path_params["number"])

        def once_more(why: str, status: int, guard: str = "") -> Response:
            again = Again(name, why, form.fields, guard)
            return case_page(request, house, visitor, number, again, status)

        try:
            done = do(house, visitor, number, form)
        except _Guarded as found:
            return once_more("", 200, str(found))
        except FormFault as fault:
            return once_more(fault.why, 422)
        except Overtaken as error:
            return once_more(str(error), 409)
        except (NotAllowed, NotFound) as error:
            return once_more(str(error), 403 if isinstance(error, NotAllowed) else 422)
        return RedirectResponse(f"/desk/cases/{number}?done={done}", 303)

    return desk_acting(endpoint)


def _guarded(decision: Decision) -> str:
    """What the guard finds; "" where nothing speaks against it."""
    if not any(letter.hold for letter in decision.letters):
        return ""
    notes = (one.text for one in decision.entries if one.kind is EntryKind.NOTE and one.text.startswith(_HELD))
    return next(notes, _HELD).removeprefix(_HELD)


def _done(decision: Decision) -> str:
    return "changed" if decision.entries or decision.left or decision.revoked is not None else "already"


def _seen(number: str, form: Form) -> Seen:
    """The case as it was when he decided on it."""
    version = whole_number(form.text("seen"))
    if version is None:
        raise FormFault("seen", "the form is not whole: load the page again")
    return Seen(number, version)


def _status(form: Form) -> Status | None:
    text = form.text("status")
    if text and text not in {one.value for one in Status}:
        raise FormFault("status", "there is no such status")
    return Status(text) if text else None


def _number(form: Form, name: str, least: int, most: int) -> int | None:
    text = form.text(name)
    if not text:
        return None
    number = whole_number(text, most)
    if number is None or number < least:
        raise FormFault(name, f"{name.replace('_', ' ')} is a number, {least} to {most}")
    return number


def _addresses(form: Form, name: str) -> tuple[str, ...]:
    if not form.text(name):
        return ()
    try:
        return tuple(str(one) for one in read_value(Takes.ADDRESSES, form.text(name)))
    except Unreadable as trouble:
        raise FormFault(name, str(trouble)) from trouble


ROUTES: list[BaseRoute] = [
    Route(f"/desk/cases/{{number}}/{path}", _endpoint(path, do), methods=["POST"])
    for path, do in (
        ("reply", reply),
        ("set", change),
        ("people", people),
        ("revoke", revoke),
        ("merge", merge),
        ("split", split),
    )
]
