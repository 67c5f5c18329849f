"""The pages by which somebody comes to an account: he asks; one of ours decides, by a link; by a link, he finishes."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailgate.account_requests import Wanted, approve, ask_once, asked_case, decider, decline, finish
from mailgate.cases.account import AccountContact, contact_problems
from mailgate.cases.case import Case, Status
from mailgate.errors import NotAllowed, NotFound
from mailgate.house import House
from mailgate.links import Link, Purpose
from mailgate.mail.message import Address
from mailgate.policy.policy import Policy
from mailgate.policy.translation import in_language
from mailgate.store import account_requests
from mailgate.store.account_requests import Reached
from mailgate.web.customer.signed import NoGood, bound, link_acting, link_showing
from mailgate.web.forms import Form, FormFault
from mailgate.web.peers import peer_of
from mailgate.web.site import acting, refusal, showing, site_of
from mailgate.web.spoken import of_browser, of_case

_ASKS = ("address", "name", "telephone", "preferred")
_FINISHES = ("name", "telephone", "preferred", "language")
# So many requests a visitor may send at once, and one more each ten minutes.
_PER_MINUTE, _BURST = 0.1, 5


def _ask_page(request: Request, house: House) -> Response:
    _, policy = _where(request, house)
    return _ask_form(request, house, policy, dict.fromkeys(_ASKS, ""))


def _ask(request: Request, house: House, form: Form) -> Response:
    mailbox, policy = _where(request, house)
    said = {name: form.text(name) for name in _ASKS}
    local, _, domain = said["address"].rpartition("@")
    contact = Address(said["name"], f"{local}@{domain.lower()}")
    wanted = Wanted(contact, said["telephone"], said["preferred"])
    for problem in wanted.problems(house.settings.own_addresses):
        return _ask_form(request, house, policy, said, FormFault(*problem))
    if not site_of(request).throttle.take("account", peer_of(request), _PER_MINUTE, _BURST):
        return refusal(request, 429, "That was asked for several times. Please wait some minutes, or write to us.")
    ask_once(house, mailbox, wanted)
    return site_of(request).shown.page(
        request, "customer/account_asked.html.j2", language=_language(request, house), address=contact.address
    )


def _decide_page(request: Request, house: House, link: Link) -> Response:
    case, _ = _to_decide(house, link)
    return _decide_form(request, house, case, case.account)


def _decide(request: Request, house: House, link: Link, form: Form) -> Response:
    case, who = _to_decide(house, link)
    approved, organisation = form.text("decision") == "approve", form.text("organisation")
    if approved and not organisation:
        fault = FormFault("organisation", "say whose contact it will be")
        return _decide_form(request, house, case, organisation, fault)
    try:
        if approved:
            approve(house, case.number, organisation, decider(who))
        else:
            decline(house, case.number, form.text("reason"), decider(who))
    except NotAllowed as error:
        return _decide_form(request, house, case, organisation, FormFault("organisation", str(error)))
    return site_of(request).shown.page(
        request, "customer/account_decided.html.j2", approved=approved, case=case, told=bool(form.text("reason"))
    )


def _finish_page(request: Request, house: House, link: Link) -> Response:
    case = _to_finish(house, link)
    reached = _reached(house, case)
    name = case.contact.name if case.contact else ""
    said = {"name": name, "telephone": reached.telephone, "preferred": reached.preferred, "language": case.language}
    return _finish_form(request, house, case, said)


def _finish(request: Request, house: House, link: Link, form: Form) -> Response:
    case = _to_finish(house, link)
    said = {name: form.text(name) for name in _FINISHES}
    address = case.contact.address if case.contact else ""
    contact = AccountContact(case.account, address, **said)  # type: ignore[arg-type]
    for problem in contact_problems(contact, house.settings.own_addresses):
        return _finish_form(request, house, case, said, FormFault(*problem))
    finish(house, case.number, said)
    return site_of(request).shown.page(
        request, "customer/account_finished.html.j2", language=_spoken(house, case), contact=contact
    )


def _where(request: Request, house: House) -> tuple[str, Policy]:
    """The mailbox whose customer somebody wants to be. NotFound where nobody can ask for that on a page."""
    mailbox = house.settings.mailboxes.get(request.path_params["mailbox"])
    policy = house.policies.get(mailbox.policy) if mailbox and house.settings.web.url else None
    if mailbox is None or policy is None or not policy.accounts.page:
        raise NotFound("accounts are not asked for here")
    return mailbox.name, policy


def _to_decide(house: House, link: Link) -> tuple[Case, str]:
    """The case, and who of ours decides on it (an address key), as long as there is something to decide."""
    case, who = _asked(house, link)
    if case.course.settled_at is not None or case.status is Status.CLOSED:
        raise NoGood("used, or over")
    return case, who


def _to_finish(house: House, link: Link) -> Case:
    case, _ = _asked(house, link)
    if case.course.settled_at is None or case.course.finished_at is not None or case.status is Status.CLOSED:
        raise NoGood("used, or over")
    return case


def _asked(house: House, link: Link) -> tuple[Case, str]:
    with house.store.read() as connection:
        found = asked_case(house, connection, link)
    if found is None:
        raise NoGood("revoked, or its owner is not the one any more")
    return found


def _reached(house: House, case: Case) -> Reached:
    with house.store.read() as connection:
        return account_requests.of_case(connection, case.number)


def _ask_form(
    request: Request, house: House, policy: Policy, said: Mapping[str, str], fault: FormFault | None = None
) -> Response:
    language = _language(request, house)
    return site_of(request).shown.page(
        request,
        "customer/account_ask.html.j2",
        422 if fault else 200,
        language,
        policy=in_language(policy, language),
        said=said,
        fault=fault,
    )


def _language(request: Request, house: House) -> str:
    """What the page speaks to who asks for an account, whom nobody knows yet."""
    box = house.mailbox(request.path_params["mailbox"])
    return of_browser(request, house.policy_of(box.name), box.language)


def _decide_form(
    request: Request, house: House, case: Case, organisation: str, fault: FormFault | None = None
) -> Response:
    return site_of(request).shown.page(
        request,
        "customer/account_decide.html.j2",
        422 if fault else 200,
        case=case,
        reached=_reached(house, case),
        organisation=organisation,
        bound=bound(request),
        fault=fault,
    )


def _finish_form(
    request: Request, house: House, case: Case, said: Mapping[str, str], fault: FormFault | None = None
) -> Response:
    letters = house.policy_for(case, case.mailbox).letters
    return site_of(request).shown.page(
        request,
        "customer/account_finish.html.j2",
        422 if fault else 200,
        _spoken(house, case),
        case=case,
        said=said,
        languages=(letters.language, *letters.languages) if letters.languages else (),
        bound=bound(request),
        fault=fault,
    )


def _spoken(house: House, case: Case) -> str:
    return of_case(case, house.policy_for(case, case.mailbox))


def _path(request: Request) -> str:
    return request.url.path


ROUTES = [
    Route("/account/approve/{token}", link_showing(Purpose.APPROVE, _decide_page), methods=["GET"]),
    Route("/account/approve/{token}", link_acting(Purpose.APPROVE, _decide), methods=["POST"]),
    Route("/account/finish/{token}", link_showing(Purpose.ACCOUNT, _finish_page), methods=["GET"]),
    Route("/account/finish/{token}", link_acting(Purpose.ACCOUNT, _finish), methods=["POST"]),
    Route("/account/{mailbox}", showing(_ask_page), methods=["GET"]),
    Route("/account/{mailbox}", acting(_ask, _path), methods=["POST"]),
]
