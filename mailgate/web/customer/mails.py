"""One mail of a case as it was sent: its html, made harmless; its pictures; its files, to be saved and never shown.

A mail is read in a child process, as the walk reads it: what its html does to a library, it does not to the daemon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mailgate.cases.letters import audience
from mailgate.errors import NotFound
from mailgate.house import House
from mailgate.mail.message import Attachment, RawMail
from mailgate.mail.on_page import NAMED, OnPage, Placed, picture_type
from mailgate.mail.opened import octets_of
from mailgate.mail.streamed import streamed
from mailgate.store.shared import Shared, shared_mail
from mailgate.web.customer.guest import Guest
from mailgate.web.customer.told import hides, is_doubtful
from mailgate.web.site import site_of

PICTURE_OCTETS = 5 * 1024 * 1024


def show(request: Request, house: House, guest: Guest) -> Response:
    """GET: the whole mail."""
    shared, _, found = _opened(request, house, guest)
    html = Markup(found.html)  # noqa: S704 - clean, by `mail/page_html.py`
    shown = site_of(request).shown
    return shown.page(
        request, "customer/mail.html.j2", html=html, guest=guest, entry=shared.entry, mail=found, n=shared.mail
    )


def picture(request: Request, house: House, guest: Guest) -> Response:
    """GET: a picture that the html shows."""
    _, raw, found = _opened(request, house, guest)
    part = _part(request, found)
    if part.type not in NAMED or part.size > PICTURE_OCTETS:
        raise NotFound("no picture")
    octets = octets_of(part, raw.data)
    kind = picture_type(octets)
    if not kind:
        raise NotFound("not what it says")
    return Response(octets, media_type=kind, headers={"content-disposition": "inline"})


def file(request: Request, house: House, guest: Guest) -> Response:
    """GET: an attachment, to be saved."""
    _, raw, found = _opened(request, house, guest)
    part = _part(request, found)
    said = {"content-disposition": saved_as(part.called or "file")}
    return StreamingResponse(_octets(part, raw), media_type="application/octet-stream", headers=said)


def saved_as(name: str) -> str:
    """Content-Disposition (RFC 6266): its name in ASCII for who reads no other, and as it is (RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _opened(request: Request, house: House, guest: Guest) -> tuple[Shared, RawMail, OnPage]:
    """NotFound for a mail that is not his to see, or not there any more."""
    inbound_id = _number(request, "mail")
    with house.store.read() as connection:
        found = shared_mail(connection, guest.case.number, audience(guest.case), inbound_id, house.store.read)
    if found is None or found[0].mail is None or found[1] is None or hides(guest, found[0]) or is_doubtful(found[0]):
        raise NotFound("no mail")
    shared, raw = found[0], found[1]
    return shared, raw, site_of(request).show_mail(raw, Placed(f"{guest.page}/mail/{inbound_id}/part/"))


def _part(request: Request, found: OnPage) -> Attachment:
    place = _number(request, "place")
    if place >= len(found.attachments):
        raise NotFound("no part")
    return found.attachments[place]


def _number(request: Request, name: str) -> int:
    said = request.path_params[name]
    if not said.isdecimal() or len(said) > 15:
        raise NotFound(name)
    return int(said)


def _octets(part: Attachment, raw: RawMail) -> Iterator[bytes]:
    if part.inner:  # of a wrapper, which is opened whole, and of bounded size
        yield octets_of(part, raw.data)
    else:
        yield from streamed(raw.data, part.start, part.end, part.encoding)
