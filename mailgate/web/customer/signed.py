"""Opens the signed links of letters, and tells the log which were refused and why; who keeps trying has to wait."""

from __future__ import annotations

import structlog
from starlette.requests import Request

from mailgate.errors import NotAllowed
from mailgate.house import House
from mailgate.links import Link, Purpose, Refused, key_number, read
from mailgate.web.peers import peer_of
from mailgate.web.site import site_of

_KIND, _PER_MINUTE, _BURST = "link", 6.0, 30
NOT_GOOD = "This link is not good, or not any more. Please take the one of our latest letter, or write to us."
_WAIT = "Too many links that are not good came from where you are. Please wait a minute."

log = structlog.get_logger()


def opened(request: Request, house: House, purpose: Purpose) -> Link:
    """What the link of this page says. NotAllowed, in the same words whatever is wrong with it."""
    if site_of(request).throttle.is_spent(_KIND, peer_of(request), _PER_MINUTE, _BURST):
        raise NotAllowed(_WAIT)
    token = request.path_params["token"]
    link = read(token, purpose, None, house.clock.now(), house.link_keys.ring(key_number(token)))
    if isinstance(link, Refused):
        raise refused(request, purpose, link.value)
    return link


def refused(request: Request, purpose: Purpose, why: str) -> NotAllowed:
    """The link opens nothing: noted, and counted against where it came from."""
    site_of(request).throttle.take(_KIND, peer_of(request), _PER_MINUTE, _BURST)
    log.warning("link refused", purpose=purpose.name.lower(), why=why)
    return NotAllowed(NOT_GOOD)


def token_of(request: Request) -> str:
    """What the forms of the page are bound to."""
    return str(request.path_params["token"])
