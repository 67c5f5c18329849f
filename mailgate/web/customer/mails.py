"""One mail of a case as it was sent, or our answer as this reader got it: its html, made harmless; its pictures; its
files, to be saved and never shown.

A mail is read in a child process, as the walk reads it: what its html does to a library, it does not to the daemon.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailgate.cases.letters import audience
from mailgate.errors import NotFound
from mailgate.house import House
from mailgate.mail.message import Envelope, RawMail
from mailgate.mail.on_page import OnPage, Placed
from mailgate.store.shared import letter_to, shared_mail
from mailgate.web.customer.guest import Guest, guest_showing
from mailgate.web.customer.told import hides, is_doubtful
from mailgate.web.parts import file_of, number_in, picture_of
from mailgate.web.site import site_of


@dataclass(frozen=True, slots=True)
class _Opened:
    """`who` wrote it; `here` is the path of its page."""

    who: str
    at: datetime
    raw: RawMail
    mail: OnPage
    here: str


_Open = Callable[[Request, House, Guest], _Opened]


def routes(page: str) -> tuple[Route, ...]:
    """All that is shown of a mail and of a letter, below the path of the page of their case."""
    return (*_routes(page + "/mail/{mail}", _mail), *_routes(page + "/letter/{letter}", _letter))


def _routes(here: str, opened: _Open) -> tuple[Route, ...]:
    def show(request: Request, house: House, guest: Guest) -> Response:
        found = opened(request, house, guest)
        return site_of(request).shown.page(
            request,
            "customer/mail.html.j2",
            language=guest.language,
            html=Markup(found.mail.html),  # noqa: S704 - clean, by `mail/page_html.py`
            guest=guest,
            who=found.who,
            at=found.at,
            mail=found.mail,
            here=found.here,
        )

    def picture(request: Request, house: House, guest: Guest) -> Response:
        found = opened(request, house, guest)
        return picture_of(request, found.raw, found.mail)

    def file(request: Request, house: House, guest: Guest) -> Response:
        found = opened(request, house, guest)
        return file_of(request, found.raw, found.mail)

    return (
        Route(here, guest_showing(show)),
        Route(here + "/part/{place}", guest_showing(picture)),
        Route(here + "/file/{place}", guest_showing(file, longer=True)),
    )


def _mail(request: Request, house: House, guest: Guest) -> _Opened:
    """NotFound for a mail that is not his to see, or not there any more."""
    inbound_id = number_in(request, "mail")
    with house.store.read() as connection:
        found = shared_mail(connection, guest.case.number, audience(guest.case), inbound_id, house.store.read)
    if found is None or found[0].mail is None or found[1] is None or hides(guest, found[0]) or is_doubtful(found[0]):
        raise NotFound("no mail")
    entry, raw = found[0].entry, found[1]
    return _read(request, raw, entry.actor, entry.at, f"{guest.page}/mail/{inbound_id}")


def _letter(request: Request, house: House, guest: Guest) -> _Opened:
    """NotFound for a letter that is none of our answers to him."""
    outbox_id = number_in(request, "letter")
    with house.store.read() as connection:
        found = letter_to(connection, guest.case.number, guest.key, outbox_id)
    if found is None:
        raise NotFound("no letter")
    at, octets, sender = found
    raw = RawMail(octets, Envelope(guest.case.mailbox, sender, (), "", at))
    return _read(request, raw, guest.policy.contact.name, at, f"{guest.page}/letter/{outbox_id}")


def _read(request: Request, raw: RawMail, who: str, at: datetime, here: str) -> _Opened:
    return _Opened(who, at, raw, site_of(request).show_mail(raw, Placed(f"{here}/part/")), here)
