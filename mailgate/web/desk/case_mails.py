"""A mail of a case as it was sent, for our people: its html, made harmless; its pictures; its files, to be saved."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.errors import NotFound
from mailgate.house import House
from mailgate.mail.message import RawMail
from mailgate.mail.on_page import OnPage, Placed
from mailgate.store.accepted import raw_mail_of
from mailgate.store.desk_history import brought
from mailgate.web.desk.visitor import Visitor, desk_showing, desk_zone
from mailgate.web.parts import file_of, number_in, picture_of
from mailgate.web.site import site_of


def show(request: Request, house: House, visitor: Visitor) -> Response:
    """The whole mail."""
    raw, found = _opened(request, house)
    return site_of(request).shown.page(
        request,
        "desk/mail.html.j2",
        visitor=visitor,
        session=visitor.session,
        here="Cases",
        html=Markup(found.html),  # noqa: S704 - clean, by `mail/page_html.py`
        mail=found,
        envelope=raw.envelope,
        number=request.path_params["number"],
        inbound=number_in(request, "mail"),
        zone=desk_zone(house),
    )


def picture(request: Request, house: House, visitor: Visitor) -> Response:  # noqa: ARG001 - the form of an endpoint
    """A picture that the html shows."""
    return picture_of(request, *_opened(request, house))


def file(request: Request, house: House, visitor: Visitor) -> Response:  # noqa: ARG001 - the form of an endpoint
    """An attachment, to be saved."""
    return file_of(request, *_opened(request, house))


def _opened(request: Request, house: House) -> tuple[RawMail, OnPage]:
    """NotFound for a mail that is not on the case."""
    number, inbound_id = str(request.path_params["number"]), number_in(request, "mail")
    with house.store.read() as connection:
        if not brought(connection, number, inbound_id):
            raise NotFound("no mail")
        raw = raw_mail_of(connection, inbound_id, house.store.read)
    return raw, site_of(request).show_mail(raw, Placed(f"/desk/cases/{number}/mail/{inbound_id}/part/"))


_MAIL = "/desk/cases/{number}/mail/{mail}"
ROUTES: list[BaseRoute] = [
    Route(_MAIL, desk_showing(show), methods=["GET"]),
    Route(_MAIL + "/part/{place}", desk_showing(picture), methods=["GET"]),
    Route(_MAIL + "/file/{place}", desk_showing(file), methods=["GET"]),
]
