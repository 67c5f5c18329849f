"""How somebody comes to an account: asked for on the page or by hand, approved or declined by one of ours, finished by
who asked. Each step is a link that only one person was sent, and a letter that only one person gets (law 12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from mailgate.accounts import Plan, carry_out, plan
from mailgate.cases.account import Account, AccountContact, Problem, contact_problems
from mailgate.cases.account_events import AccountAsked, AccountFinished
from mailgate.cases.case import Case, Decision
from mailgate.cases.decide import decide
from mailgate.cases.events import EngineerActed
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.match import Standing
from mailgate.cases.may import OPERATOR, Actor
from mailgate.contacts_csv import Row
from mailgate.deciding import retrying
from mailgate.directory import belonging, find
from mailgate.errors import MailgateError, NotAllowed, NotFound
from mailgate.house import House
from mailgate.links import Link, Purpose, sign
from mailgate.mail.message import Address, Authentication
from mailgate.pipeline import act, act_within
from mailgate.store import account_requests, accounts, claims, facts, keep
from mailgate.store.account_requests import Reached
from mailgate.store.keep import Kept
from mailgate.store.link_ends import has_ended
from mailgate.store.link_keys import keyring
from mailgate.writing import written

LASTS = timedelta(days=14)  # a link to approve, and one to finish
# Who was declined, or finished, may be asked for again after so long.
_REST = timedelta(days=7)
# So many requests one of ours hears of in an hour and in a day, whoever asks.
_HOURLY, _DAILY = 20, 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is to have an account, in the words of who asks. `by` is an admin of `account` who asks for him."""

    contact: Address
    telephone: str = ""
    preferred: str = ""
    by: str = ""
    account: str = ""

    def problems(self, own_addresses: frozenset[str]) -> Iterator[Problem]:
        """What no letter could hold: the field, and a sentence for people."""
        said = AccountContact("", self.contact.address, self.contact.name, self.telephone, preferred=self.preferred)
        return contact_problems(said, own_addresses)


def ask(house: House, mailbox: str, wanted: Wanted) -> Decision:
    """An account is asked for: a case of its own, which the CSM is told of. NotAllowed for what no letter could
    hold."""
    with house.store.write() as connection:
        return _ask(house, connection, mailbox, wanted)


def ask_once(house: House, mailbox: str, wanted: Wanted) -> Decision | None:
    """The same for who is not known: None where that address is asked for already, or was lately. MailgateError where
    there is too much of it."""
    with house.store.write() as connection:
        return ask_within(house, connection, mailbox, wanted)


def ask_within(house: House, connection: Connection, mailbox: str, wanted: Wanted) -> Decision | None:
    """As `ask_once`, in a transaction that is for more."""
    now = house.clock.now()
    claims.lock_mails(connection, [f"account asked {mailbox}"])  # two who ask at once: the second finds the first
    kinds = {policy.accounts.kind for policy in house.policies.values()}
    if account_requests.asked_for(connection, wanted.contact.key, kinds, now - _REST):
        return None
    csm = _csm(house, mailbox, _whose(house, connection, mailbox, wanted))
    for most, within in ((_HOURLY, timedelta(hours=1)), (_DAILY, timedelta(days=1))):
        if account_requests.had(connection, csm.casefold(), LetterKind.ACCOUNT_ASKED, now - within) >= most:
            raise MailgateError("Too many accounts are asked for just now. Please try again later, or write to us.")
    return _ask(house, connection, mailbox, wanted)


def deciders(house: House, connection: Connection, case: Case) -> tuple[str, ...]:
    """The address keys of those of ours who decide on the account that a case asks for."""
    if case.contact is None:
        return ()
    csm = _csm(house, case.mailbox, find(house, connection, case.account) if case.account else None)
    return (csm.casefold(),) if csm else ()


def approve(house: House, number: str, organisation: str, actor: Actor = OPERATOR, link: str = "") -> Decision:
    """The account may be made, as one of that organisation ("" leaves whose the case says it is): who asked is mailed
    `link`, or one of ours. NotAllowed where it may not, or nobody could finish it."""
    return retrying(lambda: _approve(house, number, organisation, actor, link))


def decline(house: House, number: str, reason: str, actor: Actor = OPERATOR) -> Decision:
    """It may not be made: the case is closed, and who asked is told the reason, if there is one."""
    return act(house, number, EngineerActed(actor.address, decline=True, reason=reason), actor)


def finish(house: House, number: str, says: Mapping[str, str]) -> Decision:
    """Who asked is a contact of the organisation from now on, and says what else is known of him (fields of
    `AccountContact`). NotAllowed where nobody approved it, or it is over."""
    return retrying(lambda: _finish(house, number, says))


def decider(address: str) -> Actor:
    """One of ours who has a link to decide by."""
    return Actor(Standing.COLLEAGUE, address, Authentication.PASS, own_token=True)


def asked_case(house: House, connection: Connection, link: Link) -> tuple[Case, str] | None:
    """The case that a link to decide on an account, or to finish it, is about, and whose link it is (an address key);
    None where that is nobody any more, or it was revoked."""
    case = facts.case_of(connection, link.about)
    if case is None or case.contact is None:
        return None
    keys = deciders(house, connection, case) if link.purpose is Purpose.APPROVE else (case.contact.key,)
    who = link.whose(keys)
    if who is None or has_ended(connection, {link.about, case.number}, who, link.issued):
        return None
    return case, who


def _ask(house: House, connection: Connection, mailbox: str, wanted: Wanted) -> Decision:
    policy, now = house.policy_of(mailbox), house.clock.now()
    for column, why in wanted.problems(house.settings.own_addresses):
        raise NotAllowed(f"{column}: {why}")
    names = keep.mint(connection, now, house.domain(mailbox), new_case=True, org=house.org)
    theirs = _whose(house, connection, mailbox, wanted)
    csm = _csm(house, mailbox, theirs)
    link = page_link(house, connection, Purpose.APPROVE, names.number, csm, "account/approve") if csm else ""
    event = AccountAsked(wanted.contact, mailbox, wanted.telephone, wanted.preferred, csm, by=wanted.by, link=link)
    if theirs is not None:
        status = accounts.status(connection, theirs.key)
        event = replace(event, account=theirs.name, account_status=status.value)
    decision = decide(None, event, policy, names, now)
    keep.keep_many(connection, [Kept(decision, written(house, decision, mailbox, now))], now)
    account_requests.put(connection, names.number, Reached(wanted.telephone, wanted.preferred))
    return decision


def _approve(house: House, number: str, organisation: str, actor: Actor, link: str) -> Decision:
    with house.store.write() as connection:
        case = facts.case_of(connection, number, lock=True)
        if case is None or case.contact is None:
            raise NotFound(f"there is no case {number} that asks for an account")
        name = organisation.strip() or case.account
        if name:
            known = find(house, connection, name)
            name = known.name if known else name
            _planned(house, connection, Row(0, name, case.contact.address))
        elif not link:
            raise NotAllowed("say whose account it is: name the organisation")
        where = link or page_link(house, connection, Purpose.ACCOUNT, case.number, case.contact.key, "account/finish")
        if not where:
            raise NotAllowed("web.url is not set, so there is no page where the customer could finish it")
        event = EngineerActed(actor.address, approve=True, organisation=name, link=where)
        return act_within(house, connection, number, event, actor)


def _finish(house: House, number: str, says: Mapping[str, str]) -> Decision:
    with house.store.write() as connection:
        case = facts.case_of(connection, number, lock=True)
        if case is None or case.contact is None:
            raise NotFound(f"there is no case {number} that asks for an account")
        if not case.account:
            raise NotAllowed(f"case {number} names no organisation: `mailgate contact add` makes him one of it")
        made = _planned(house, connection, Row(0, case.account, case.contact.address, {}, says))
        who = Actor(Standing.PARTICIPANT, case.contact.key, Authentication.PASS, own_token=True)
        event = AccountFinished(case.contact.address, case.account)
        decision = act_within(house, connection, number, event, who)
        carry_out(house, connection, made, case.contact.address)
        said = f"contact: {case.contact.address} finished the account of case {case.number}"
        accounts.note(connection, case.account.casefold(), house.clock.now(), case.contact.address, said)
        return decision


def _planned(house: House, connection: Connection, row: Row) -> Plan:
    made = plan(house, connection, [row])
    for fault in made.faults:
        raise NotAllowed(f"{fault.column}: {fault.why}")
    return made


def page_link(
    house: House,
    connection: Connection,
    purpose: Purpose,
    about: str,
    address: str,
    place: str,
    lasts: timedelta = LASTS,
) -> str:
    """The URL of a page for one address; "" where we have none."""
    url, now = house.settings.web.url, house.clock.now()
    if url is None:
        return ""
    token = sign(purpose, about, address.casefold(), now, now + lasts, keyring(connection))
    return f"{url}/{place}/{token}"


def _whose(house: House, connection: Connection, mailbox: str, wanted: Wanted) -> Account | None:
    """The account that he is of already, by his domain perhaps; else that of the admin who asks for him."""
    theirs = belonging(house, connection, wanted.contact, mailbox)
    return theirs.account if theirs else find(house, connection, wanted.account) if wanted.account else None


def _csm(house: House, mailbox: str, account: Account | None) -> str:
    return (account.csm if account else "") or house.policy_of(mailbox).accounts.csm
