"""The page of an organisation, for its admin: its cases, its contacts, its contract, its status. He asks for the link
to it by typing his address, and learns only from the letter whether he is one."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailgate import organisation
from mailgate.cases.account import AccountContact, AccountStatus, contact_problems
from mailgate.cases.language import offer
from mailgate.errors import MailgateError, NotAllowed, NotFound
from mailgate.house import House
from mailgate.links import Link, Purpose
from mailgate.organisation import Admin
from mailgate.places import address_fault
from mailgate.policy.translation import in_language
from mailgate.store import facts
from mailgate.store.organisations import ListedCase
from mailgate.web.customer.guest import Guest
from mailgate.web.customer.signed import NoGood, bound, link_acting, link_showing
from mailgate.web.customer.told import of_case
from mailgate.web.forms import Form, FormFault
from mailgate.web.peers import peer_of
from mailgate.web.site import acting, refusal, showing, site_of
from mailgate.web.spoken import of_stranger
from mailgate.web.typed import whole_number

PAGE = 50
_FIELDS = ("name", "telephone", "preferred", "language")
# So many links a visitor may ask for at once, and one more each two minutes.
_PER_MINUTE, _BURST = 0.5, 5

log = structlog.get_logger()


def _ask_page(request: Request, house: House) -> Response:
    _is_there(house)
    return _ask_form(request, house, "")


def _ask(request: Request, house: House, form: Form) -> Response:
    """The answer is the same, and takes as long, whoever asks: what comes of it comes after it."""
    _is_there(house)
    address = form.text("address")
    if why := address_fault(address):
        return _ask_form(request, house, address, FormFault("address", why))
    if not site_of(request).throttle.take("organisation", peer_of(request), _PER_MINUTE, _BURST):
        return refusal(request, 429, "That was asked for several times. Please wait some minutes, or write to us.")
    answer = site_of(request).shown.page(
        request, "customer/organisation_asked.html.j2", language=of_stranger(request, house), address=address
    )
    answer.background = BackgroundTask(partial(_send, house, address))
    return answer


def _send(house: House, address: str) -> None:
    try:
        sent = organisation.send_link(house, address)
    except MailgateError as error:
        log.warning("link to an organisation's page not sent", because=str(error))
    else:
        log.info("link to an organisation's page asked for", sent=sent)


def _show(request: Request, house: House, link: Link) -> Response:
    return _page(request, house, _admin(house, link))


def _case(request: Request, house: House, link: Link) -> Response:
    """One of its cases, to be read: what its own customers see of it, and nothing to do."""
    admin, number = _admin(house, link), request.path_params["number"]
    with house.store.read() as connection:
        case = facts.case_of(connection, number)
        if case is None or not organisation.has_case(house, connection, admin.account, case.number):
            raise NotFound(number)
    before = request.query_params.get("before", "")
    policy, language = house.policy_for(case, case.mailbox), _language(house, admin)
    as_guest = Guest(case, in_language(policy, language), admin.contact.key, case.number, "", known=False)
    told = of_case(house, as_guest, whole_number(before))
    return site_of(request).shown.page(
        request, "customer/organisation_case.html.j2", language=language, **told, before=before, home=_home(request)
    )


def _add(request: Request, house: House, link: Link, form: Form) -> Response:
    admin = _admin(house, link)
    said = {name: form.text(name) for name in _FIELDS}
    local, _, domain = form.text("address").rpartition("@")
    contact = AccountContact(admin.account.name, f"{local}@{domain.lower()}", **said)  # type: ignore[arg-type]
    for problem in contact_problems(contact, house.settings.own_addresses):
        return _page(request, house, admin, FormFault(*problem), contact)
    try:
        added = organisation.add(house, admin, contact)
    except NotAllowed as error:
        return _page(request, house, admin, FormFault("address", str(error)), contact)
    return _done(request, "added" if added else "asked")


def _remove(request: Request, house: House, link: Link, form: Form) -> Response:
    admin = _admin(house, link)
    try:
        organisation.remove(house, admin, form.text("address"))
    except NotAllowed as error:
        return _page(request, house, admin, FormFault("contacts", str(error)))
    return _done(request, "removed")


def _change_status(request: Request, house: House, link: Link, form: Form) -> Response:
    admin = _admin(house, link)
    status = AccountStatus.ESCALATED if form.text("status") == AccountStatus.ESCALATED else AccountStatus.NORMAL
    try:
        organisation.change_status(house, admin, status, form.text("reason"))
    except NotAllowed as error:
        return _page(request, house, admin, FormFault("status", str(error)))
    return _done(request, status.value)


def _page(
    request: Request, house: House, admin: Admin, fault: FormFault | None = None, typed: AccountContact | None = None
) -> Response:
    after = request.query_params.get("after") or None
    with house.store.read() as connection:
        cases = organisation.cases(house, connection, admin.account, PAGE + 1, after)
        members = organisation.members(house, connection, admin.account)
    policy, language = house.policy_of(admin.mailbox), _language(house, admin)
    return site_of(request).shown.page(
        request,
        "customer/organisation.html.j2",
        422 if fault else 200,
        language,
        account=admin.account,
        standing=admin.status.value,
        may_escalate=bool(organisation.may_escalate(house, admin.account)),
        cases=[_listed(house, case, language) for case in cases[:PAGE]],
        more=cases[PAGE - 1].number if len(cases) > PAGE else "",
        is_first=after is None,
        members=members,
        typed=typed or AccountContact("", ""),
        languages=(policy.letters.language, *policy.letters.languages) if policy.letters.languages else (),
        zone=policy.zone,
        home=_home(request),
        bound=bound(request),
        done=request.query_params.get("done", ""),
        fault=fault,
    )


def _admin(house: House, link: Link) -> Admin:
    """Who looks at his organisation, as long as it is his."""
    with house.store.read() as connection:
        admin = organisation.admin_of(house, connection, link)
    if admin is None:
        raise NoGood("revoked, or its owner is no admin any more")
    return admin


def _is_there(house: House) -> None:
    if house.settings.web.url is None:
        raise NotFound("there is no page")


def _language(house: House, admin: Admin) -> str:
    """What the letter with the link to the page was written in."""
    letters = house.policy_of(admin.mailbox).letters
    return offer(admin.contact.language, (letters.language, *letters.languages)) or letters.language


def _listed(house: House, case: ListedCase, language: str) -> tuple[ListedCase, str, str]:
    """A case, what may be told of its subject, and what its policy calls its priority."""
    policy = in_language(house.policies.get(case.policy) or house.policy_of(case.mailbox), language)
    known = policy.priority_or_none(case.priority)
    priority = f"{case.priority} ({known.name})" if known and known.name else str(case.priority)
    return case, policy.texts.neutral_subject if case.hidden else case.subject, priority


def _done(request: Request, what: str) -> Response:
    """Shown anew, so that to load it again does nothing again."""
    return RedirectResponse(f"{_home(request)}?{urlencode({'done': what})}", 303)


def _home(request: Request) -> str:
    return f"/organisation/{request.path_params['token']}"


def _ask_form(request: Request, house: House, address: str, fault: FormFault | None = None) -> Response:
    told = {"address": address, "fault": fault}
    language = of_stranger(request, house)
    return site_of(request).shown.page(
        request, "customer/organisation_ask.html.j2", 422 if fault else 200, language, **told
    )


def _path(request: Request) -> str:
    return request.url.path


ROUTES = [
    Route("/organisation", showing(_ask_page), methods=["GET"]),
    Route("/organisation", acting(_ask, _path), methods=["POST"]),
    Route("/organisation/{token}", link_showing(Purpose.ORGANISATION, _show), methods=["GET"]),
    Route("/organisation/{token}/case/{number}", link_showing(Purpose.ORGANISATION, _case), methods=["GET"]),
    Route("/organisation/{token}/add", link_acting(Purpose.ORGANISATION, _add), methods=["POST"]),
    Route("/organisation/{token}/remove", link_acting(Purpose.ORGANISATION, _remove), methods=["POST"]),
    Route("/organisation/{token}/status", link_acting(Purpose.ORGANISATION, _change_status), methods=["POST"]),
]
