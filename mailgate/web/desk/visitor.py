"""Who looks at the desk's window: nobody but who is signed in, and a page that is the operator's no engineer.

The session stands in one cookie, which no script reads and no other site's form sends. It is looked up at each request,
and its owner in the roster as it is now.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mailgate import signing_in
from mailgate.cases.match import Standing
from mailgate.cases.may import Actor
from mailgate.errors import NotAllowed
from mailgate.house import House
from mailgate.mail.message import Authentication
from mailgate.roster import Engineer
from mailgate.store.desk_sessions import digest
from mailgate.web import cookies
from mailgate.web.forms import CSRF, Form
from mailgate.web.site import Endpoint, acting, showing, site_of

log = structlog.get_logger()
SESSION, BROWSER = "mailgate-desk", "mailgate-browser"
# What somebody typed is shown to him again from so many characters on.
_WORTH = 20
_TOLD = 50  # ids in one line of the log
# A path of the desk on this very site, and nothing that a browser could read as another's.
_LOCAL = re.compile(r"/desk(?:/[\w.~-]+)*(?:\?[\w.~%&=+@-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Visitor:
    """One of ours, signed in. `actor` is what `may` knows him by; `session` is what his forms are bound to."""

    engineer: Engineer
    is_operator: bool
    actor: Actor
    session: str


DeskShowing = Callable[[Request, House, Visitor], Response]
DeskActing = Callable[[Request, House, Visitor, Form], Response]


def desk_showing(endpoint: DeskShowing, *, operator: bool = False) -> Endpoint:
    """A page that only shows, to who is signed in; `operator`: to operators alone."""

    def show(request: Request, house: House) -> Response:
        visitor = visitor_of(request, house)
        if visitor is None:
            return _sent_to_sign_in(request)
        return endpoint(request, house, _allowed(visitor, operator=operator))

    return showing(show)


def desk_acting(endpoint: DeskActing, *, operator: bool = False) -> Endpoint:
    """A page that is posted to, by who is signed in. Who is not any more is told so, with all that he typed."""

    def act(request: Request, house: House, form: Form) -> Response:
        visitor = visitor_of(request, house)
        if visitor is None:
            return _signed_out(request, form)
        answer = endpoint(request, house, _allowed(visitor, operator=operator), form)
        which = form.all("id")[:_TOLD]  # the case is in the path
        told = {"what": form.text("what"), "ids": which} if which else {}
        log.info(
            "posted in the desk's window",
            by=visitor.engineer.key,
            path=request.url.path,
            status=answer.status_code,
            **told,
        )
        return answer

    return acting(act, bound)


def visitor_of(request: Request, house: House) -> Visitor | None:
    """Who is signed in; None for nobody."""
    engineer = signing_in.whose(house, cookie(request, house, SESSION))
    if engineer is None:
        return None
    # He showed that the address is his, and each page is his own: what a letter's token shows of a mail.
    actor = Actor(Standing.ENGINEER, engineer.key, Authentication.PASS, own_token=True)
    return Visitor(engineer, engineer.role == "operator", actor, bound(request))


def bound(request: Request) -> str:
    """What the forms of this browser's session are bound to, also when it is over; "" where there is none."""
    token = cookie(request, site_of(request).house(), SESSION)
    return f"desk {digest(token)}" if token else ""


def cookie(request: Request, house: House, name: str) -> str:
    """Ours of that name; "" where the browser sent none."""
    return cookies.cookie(request, house.settings, name)


def set_cookie(request: Request, house: House, response: Response, name: str, value: str, seconds: int) -> None:
    """Lax, not Strict: who follows a link in a letter of ours comes from his mail program, and is to be known. What it
    fetches changes nothing, and forms of other sites come without the cookie. A `value` of "" takes it away."""
    cookies.set_cookie(request, house.settings, response, name, value, seconds, "lax")


def local(path: str) -> str:
    """The path if it is one of the desk's, else the desk itself: nobody is sent elsewhere."""
    ours = _LOCAL.fullmatch(path) and "/.." not in path and not path.startswith("/desk/sign-")
    return path if ours else "/desk"


def desk_zone(house: House) -> str:
    """The zone that the desk's pages tell moments in: that of the first mailbox's policy."""
    return house.policy_of(next(iter(house.settings.mailboxes))).zone


def _allowed(visitor: Visitor, *, operator: bool) -> Visitor:
    if operator and not visitor.is_operator:
        raise NotAllowed('This is for operators: role = "operator" in the roster.')
    return visitor


def _sent_to_sign_in(request: Request) -> Response:
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/desk/sign-in?" + urlencode({"next": local(asked)}), 303)


def _signed_out(request: Request, form: Form) -> Response:
    typed = [text for name, text in form.fields.items() if name != CSRF and (len(text) > _WORTH or "\n" in text)]
    return site_of(request).shown.page(request, "desk/signed_out.html.j2", 401, typed=typed)
