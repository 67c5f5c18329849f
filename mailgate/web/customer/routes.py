"""The paths of the page of a case. All begin with the link: without it there is nothing."""

from __future__ import annotations

from starlette.routing import Route

from mailgate.web.customer import mails, page
from mailgate.web.customer.guest import guest_acting, guest_showing

_PAGE = "/case/{number}/{token}"

ROUTES = (
    Route(_PAGE, guest_showing(page.show)),
    *mails.routes(_PAGE),
    Route(_PAGE + "/message", guest_acting(page.add, uploads=True), methods=["POST"]),
    Route(_PAGE + "/code", guest_acting(page.code), methods=["POST"]),
    Route(_PAGE + "/session", guest_acting(page.session), methods=["POST"]),
    Route(_PAGE + "/{action}", guest_acting(page.act), methods=["POST"]),
)
