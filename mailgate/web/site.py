"""What every page is given, and how it is asked: in a thread of its own, with nothing believed that was not proved.

An endpoint of a page is plain code: a request and the house in, a response out. `showing` makes one that only shows,
`acting` one that is posted to. What goes wrong becomes a page in words for people.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import TypeVar

import anyio.to_thread
import structlog
from anyio import CapacityLimiter
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from mailgate.errors import MailgateError, NotAllowed, NotFound, StoreError
from mailgate.house import House
from mailgate.web.assets import Assets
from mailgate.web.forms import CSRF, Form, csrf_token, form_of, is_from_here, is_from_our_form
from mailgate.web.guard import POSTED_OCTETS, UPLOAD_OCTETS, allow
from mailgate.web.in_turn import Busy, ShowMail
from mailgate.web.shown import Shown
from mailgate.web.spoken import of_stranger
from mailgate.web.throttle import Throttle

# Each holds a connection to the database; more would only wait for the same disk.
THREADS = 4
# So many send files at once, and so many of one link: what they send lies on the disk meanwhile.
SENDING, SENDING_OF_ONE = 16, 2

_LATER = "This cannot be done just now. Please try again in a minute."

Endpoint = Callable[[Request], Awaitable[Response]]
Showing = Callable[[Request, House], Response]
Acting = Callable[[Request, House, Form], Response]

log = structlog.get_logger()
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one process. `house` gives the house as it is now; `wake` tells the worker that a mail came in.
    `show_mail` reads a mail for a page, where what it does to a library is done to no daemon (`reader.py`)."""

    house: Callable[[], House]
    shown: Shown
    assets: Assets
    show_mail: ShowMail
    wake: Callable[[], None] = lambda: None
    throttle: Throttle = field(default_factory=Throttle)
    _limiter: list[CapacityLimiter] = field(default_factory=list, repr=False)
    _sending: list[str] = field(default_factory=list, repr=False)

    def begin_sending(self, whose: str) -> bool:
        """Whether that one may send files now; "" for who sends none. Each that may is to be ended."""
        if whose and (len(self._sending) >= SENDING or self._sending.count(whose) >= SENDING_OF_ONE):
            return False
        if whose:
            self._sending.append(whose)
        return True

    def end_sending(self, whose: str) -> None:
        """He has sent all of it, and it was dealt with."""
        if whose:
            self._sending.remove(whose)

    async def call(self, work: Callable[[], _T]) -> _T:
        """Runs what may wait for the disk in a thread, a few at a time."""
        if not self._limiter:
            self._limiter.append(CapacityLimiter(THREADS))  # it belongs to the loop that runs now
        return await anyio.to_thread.run_sync(work, limiter=self._limiter[0])


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def showing(endpoint: Showing) -> Endpoint:
    """A page that only shows: whatever fetches it changes nothing."""

    @wraps(endpoint)
    async def ask(request: Request) -> Response:
        site = site_of(request)
        return await site.call(partial(_told, request, partial(_show, endpoint, request, site)))

    return ask


def acting(
    endpoint: Acting, bound: Callable[[Request], str], uploads: Callable[[Request, House], bool] | None = None
) -> Endpoint:
    """A page that is posted to, by a form of ours made for whoever `bound` names; anything else is refused.

    Who is known (`uploads` says so, before anything of it is read) may send files, and has time for it.
    """

    @wraps(endpoint)
    async def ask(request: Request) -> Response:
        site = site_of(request)
        if not is_from_here(request, site.house().settings.web.url):
            return refusal(request, 403, "This was not sent from our page.")
        if uploads is not None and await site.call(lambda: uploads(request, site.house())):
            allow(request, UPLOAD_OCTETS)
        if not site.begin_sending(whose := bound(request) if _is_big(request) else ""):
            return refusal(request, 503, "Too many files are being sent just now. Please try again in a minute.")
        try:
            async with form_of(request) as form:
                return await site.call(partial(_told, request, partial(_act, endpoint, bound, request, form)))
        except HTTPException as error:
            too_much = error.status_code == 413
            why = "That is more than we take at once." if too_much else "This could not be read as a form."
            return refusal(request, error.status_code, why)
        except ClientDisconnect:
            return Response(status_code=400)  # there is nobody to read it
        except OSError as error:
            log.warning("a form cannot be laid down", because=str(error))
            return refusal(request, 503, _LATER)
        finally:
            site.end_sending(whose)

    return ask


def _is_big(request: Request) -> bool:
    """Whether it may bring more than a form without files does."""
    length = request.headers.get("content-length", "")
    return not length.isdecimal() or int(length) > POSTED_OCTETS


def refusal(request: Request, status: int, why: str) -> Response:
    """A page that says why not, and nothing else."""
    site = site_of(request)
    language = of_stranger(request, site.house())
    return site.shown.page(request, "refusal.html.j2", status, language, status_code=status, why=why)


def _show(endpoint: Showing, request: Request, site: Site) -> Response:
    return endpoint(request, site.house())


def _act(endpoint: Acting, bound: Callable[[Request], str], request: Request, form: Form) -> Response:
    house = site_of(request).house()
    if not is_from_our_form(house.link_keys.ring(), bound(request), form.fields.get(CSRF, "")):
        return refusal(request, 403, "This form is too old, or not ours. Go back, load the page again, and repeat it.")
    return endpoint(request, house, form)


def _told(request: Request, work: Callable[[], Response]) -> Response:
    try:
        return work()
    except NotAllowed as error:
        return refusal(request, 403, str(error))
    except NotFound:
        return refusal(request, 404, "There is nothing here.")
    except StoreError as error:
        log.warning("page waits for the store", because=str(error))
        return refusal(request, 503, _LATER)
    except Busy:
        return refusal(request, 503, _LATER)
    except MailgateError as error:
        return refusal(request, 409, str(error))
    except Exception:
        log.exception("a page failed")  # a bug of ours; its path may hold a token, and is not told
        return refusal(request, 500, "Something went wrong on our side. It was noted.")


def made_csrf(house: Callable[[], House]) -> Callable[[str], str]:
    """What the templates make their forms' tokens with."""
    return lambda bound: csrf_token(house().link_keys.ring(), bound)
