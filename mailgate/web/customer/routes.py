"""The paths of the page of a case. All begin with the link: without it there is nothing."""

from __future__ import annotations

from starlette.routing import Route

from mailgate.web.customer import mails, page
from mailgate.web.customer.guest import guest_acting, guest_showing

_PAGE = "/case/{number}/{token}"

ROUTES = (
    Route(_PAGE, guest_showing(page.show)),
    Route(_PAGE + "/mail/{mail}", guest_showing(mails.show)),
    Route(_PAGE + "/mail/{mail}/part/{place}", guest_showing(mails.picture)),
    Route(_PAGE + "/mail/{mail}/file/{place}", guest_showing(mails.file, longer=True)),
    Route(_PAGE + "/letter/{letter}", guest_showing(mails.show_letter)),
    Route(_PAGE + "/letter/{letter}/part/{place}", guest_showing(mails.letter_picture)),
    Route(_PAGE + "/letter/{letter}/file/{place}", guest_showing(mails.letter_file, longer=True)),
    Route(_PAGE + "/message", guest_acting(page.add, uploads=True), methods=["POST"]),
    Route(_PAGE + "/code", guest_acting(page.code), methods=["POST"]),
    Route(_PAGE + "/session", guest_acting(page.session), methods=["POST"]),
    Route(_PAGE + "/{action}", guest_acting(page.act), methods=["POST"]),
)
