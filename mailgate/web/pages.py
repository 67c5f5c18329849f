"""Which path is whose: the one application of `[web] listen`."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mailgate.web.customer import account, organisation
from mailgate.web.customer import routes as case_page
from mailgate.web.desk import (
    blocks,
    case_acts,
    case_list,
    case_mails,
    drawing,
    inbox,
    one_case,
    outbox,
    searching,
    sign_in,
    silenced,
    today,
)
from mailgate.web.guard import Guard
from mailgate.web.handed import Handed
from mailgate.web.health import healthz, readyz
from mailgate.web.metrics import metrics
from mailgate.web.site import Site, refusal
from mailgate.web.watched import Watched

# Rooms of pages, a line each. Those of the desk are there where `[web] desk` is set.
CUSTOMER: tuple[BaseRoute, ...] = (
    *account.ROUTES,
    *organisation.ROUTES,
    *case_page.ROUTES,
)
DESK: tuple[BaseRoute, ...] = (
    *blocks.ROUTES,
    *case_acts.ROUTES,
    *case_list.ROUTES,
    *case_mails.ROUTES,
    *drawing.ROUTES,
    *inbox.ROUTES,
    *one_case.ROUTES,
    *outbox.ROUTES,
    *searching.ROUTES,
    *sign_in.ROUTES,
    *silenced.ROUTES,
    *today.ROUTES,
)


def pages(watched: Watched, site: Site, customer: Sequence[BaseRoute] = CUSTOMER) -> Starlette:
    """`customer` are the rooms that are always there."""
    web = watched.settings.web
    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/assets/{name}", site.assets.serve),
        *customer,
        *(DESK if web.desk else ()),
    ]
    handed = Handed(urlsplit(web.url or "").hostname)
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, web=web, handed=handed)],
        exception_handlers={404: _nothing, 405: _not_so},
    )
    # A path with a slash too many is none of ours: behind a proxy it would be sent on over plain http, token and all.
    app.router.redirect_slashes = False
    app.state.watched, app.state.site, app.state.handed = watched, site, handed
    return app


async def _nothing(request: Request, _: Exception) -> Response:
    return refusal(request, 404, "There is nothing here.")


async def _not_so(request: Request, _: Exception) -> Response:
    return refusal(request, 405, "That cannot be done here.")
