"""One mail of a case as it was sent, or our answer as this reader got it: its html, made harmless; its pictures; its
files, to be saved and never shown.

A mail is read in a child process, as the walk reads it: what its html does to a library, it does not to the daemon.
"""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from mailgate.cases.letters import audience
from mailgate.errors import NotFound
from mailgate.house import House
from mailgate.mail.message import Envelope, RawMail
from mailgate.mail.on_page import OnPage, Placed
from mailgate.store.shared import Shared, letter_to, shared_mail
from mailgate.web.customer.guest import Guest
from mailgate.web.customer.told import hides, is_doubtful
from mailgate.web.parts import file_of, number_in, picture_of
from mailgate.web.site import site_of


def show(request: Request, house: House, guest: Guest) -> Response:
    """GET: the whole mail."""
    shared, _, found = _opened(request, house, guest)
    html = Markup(found.html)  # noqa: S704 - clean, by `mail/page_html.py`
    return site_of(request).shown.page(
        request,
        "customer/mail.html.j2",
        language=guest.language,
        html=html,
        guest=guest,
        who=shared.entry.actor,
        at=shared.entry.at,
        mail=found,
        here=f"{guest.page}/mail/{shared.mail}",
    )


def picture(request: Request, house: House, guest: Guest) -> Response:
    """GET: a picture that the html shows."""
    _, raw, found = _opened(request, house, guest)
    return picture_of(request, raw, found)


def file(request: Request, house: House, guest: Guest) -> Response:
    """GET: an attachment, to be saved."""
    _, raw, found = _opened(request, house, guest)
    return file_of(request, raw, found)


def show_letter(request: Request, house: House, guest: Guest) -> Response:
    """GET: our answer as he was sent it."""
    at, _, found = _letter(request, house, guest)
    return site_of(request).shown.page(
        request,
        "customer/mail.html.j2",
        language=guest.language,
        html=Markup(found.html),  # noqa: S704 - clean, by `mail/page_html.py`
        guest=guest,
        who=guest.policy.contact.name,
        at=at,
        mail=found,
        here=f"{guest.page}/letter/{number_in(request, 'letter')}",
    )


def letter_picture(request: Request, house: House, guest: Guest) -> Response:
    """GET: a picture that our answer shows."""
    _, raw, found = _letter(request, house, guest)
    return picture_of(request, raw, found)


def letter_file(request: Request, house: House, guest: Guest) -> Response:
    """GET: a file that came with our answer, to be saved."""
    _, raw, found = _letter(request, house, guest)
    return file_of(request, raw, found)


def _letter(request: Request, house: House, guest: Guest) -> tuple[datetime, RawMail, OnPage]:
    """NotFound for a letter that is none of our answers to him."""
    outbox_id = number_in(request, "letter")
    with house.store.read() as connection:
        found = letter_to(connection, guest.case.number, guest.key, outbox_id)
    if found is None:
        raise NotFound("no letter")
    at, octets, sender = found
    raw = RawMail(octets, Envelope(guest.case.mailbox, sender, (), "", at))
    return at, raw, site_of(request).show_mail(raw, Placed(f"{guest.page}/letter/{outbox_id}/part/"))


def _opened(request: Request, house: House, guest: Guest) -> tuple[Shared, RawMail, OnPage]:
    """NotFound for a mail that is not his to see, or not there any more."""
    inbound_id = number_in(request, "mail")
    with house.store.read() as connection:
        found = shared_mail(connection, guest.case.number, audience(guest.case), inbound_id, house.store.read)
    if found is None or found[0].mail is None or found[1] is None or hides(guest, found[0]) or is_doubtful(found[0]):
        raise NotFound("no mail")
    shared, raw = found[0], found[1]
    return shared, raw, site_of(request).show_mail(raw, Placed(f"{guest.page}/mail/{inbound_id}/part/"))
