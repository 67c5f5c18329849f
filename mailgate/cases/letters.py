"""Whether an automatic letter may go to the writer of a mail, and what it is called. The words are in `templates/`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailgate.cases.account import AccountContact
from mailgate.cases.case import Case, Letter
from mailgate.cases.course import Course
from mailgate.cases.events import MailArrived
from mailgate.cases.language import offer
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.ref import Names
from mailgate.mail.automatic import nobody_reads
from mailgate.mail.lists import is_list
from mailgate.mail.message import Address, Authentication
from mailgate.policy.policy import Extent, Letters, Policy

_MAX_REFERENCES = 40


@dataclass(frozen=True, slots=True)
class Answer:
    """A letter, or why there is none (`why` for people; "" where silence needs no word)."""

    letter: Letter | None = None
    why: str = ""


def audience(case: Case) -> frozenset[str]:
    """The address keys of all who may be sent a letter about the case that customers read."""
    return frozenset(case.participants) | ({case.contact.key} if case.contact else set())


Says = tuple[tuple[str, str | int | datetime], ...]


def answer(
    kind: LetterKind,
    occasion: str,
    case: Case,
    event: MailArrived,
    policy: Policy,
    names: Names,
    says: Says = (),
) -> Answer:
    """The letter of that kind to the writer of the mail, if policy and manners allow it.

    `occasion` makes the idempotency key unique where a case may get the kind more than once.
    """
    if not getattr(policy.letters, kind.value):
        return Answer()
    author = event.mail.identity
    # Of a list `_answering` has more to say.
    if author and not is_list(event.mail, author.address) and author.key not in audience(case):
        return Answer(why=f"{kind.value} not sent: {author.address} does not take part in the case")
    key = f"{case.number}/{kind.value}/{occasion}"
    return _answering(kind, key, case.number, event, policy, names, says, case.language)


def caseless_answer(kind: LetterKind, event: MailArrived, policy: Policy, names: Names, says: Says = ()) -> Answer:
    """The same about no case: once for each mail."""
    return _answering(
        kind,
        f"mail/{kind.value}/{event.inbound_id}",
        f"mail{event.inbound_id}",
        event,
        policy,
        names,
        says,
        event.language,
    )


def _answering(
    kind: LetterKind,
    occasion: str,
    number: str,
    event: MailArrived,
    policy: Policy,
    names: Names,
    says: Says,
    language: str,
) -> Answer:
    mail = event.mail
    if mail.identity is None:
        return Answer(why=f"{kind.value} not sent: the mail names no single plain sender")
    if nobody_reads(mail.identity.address):
        return Answer(why=f"{kind.value} not sent: nobody reads {mail.identity.address}")
    if is_list(mail, mail.identity.address):
        return Answer(why=f"{kind.value} not sent: {mail.identity.address} is the list, not the person")
    extent = policy.confirmation[mail.envelope.authentication]
    if extent is Extent.NONE:
        return Answer(why=f"{kind.value} not sent: the sender's authentication is {mail.envelope.authentication.value}")
    if why := _beyond(event, mail.identity.address, policy.letters):
        return Answer(why=f"{kind.value} not sent: {why}")
    key = f"{occasion}/{mail.identity.key}"
    name = names.letter(key, number)
    return Answer(
        Letter(
            kind=kind,
            to=mail.identity,
            key=key,
            token=name.token,
            path=name.path,
            message_id=name.message_id,
            in_reply_to=mail.message_id,
            # RFC 5322 §3.6.4: the parent's References, then the parent.
            references=(*mail.references[-_MAX_REFERENCES:], *((mail.message_id,) if mail.message_id else ())),
            neutral=extent is Extent.NEUTRAL,
            language=language or policy.letters.language,
            says=says,
        )
    )


def is_neutral(case: Case) -> bool:
    """Whether what the customer is told leaves out every word that the sender chose: nobody has made sure of him, and
    none of ours has spoken to him."""
    return hides(case.course)


def hides(course: Course) -> bool:
    """The same, of its course."""
    return course.extent is not Extent.FULL and course.spoke_at is None


def to_customer(
    kind: LetterKind, occasion: str, case: Case, policy: Policy, names: Names, says: Says = (), to: str = ""
) -> tuple[Letter, ...]:
    """A letter that no mail of his asked for, to the contact of the case, or to whom of its people `to` (an address
    key) says; none where he is nobody to write to."""
    other = Address("", to) if to and to in case.participants else None
    who = case.contact if other is None or (case.contact and case.contact.key == to) else other
    if who is None or nobody_reads(who.address):
        return ()
    key = f"{case.number}/{kind.value}/{occasion}/{who.key}"
    name, last = names.letter(key, case.number), case.course.last_mail
    return (
        Letter(
            kind=kind,
            to=who,
            key=key,
            token=name.token,
            path=name.path,
            message_id=name.message_id,
            in_reply_to=last,
            references=(last,) if last else (),
            neutral=is_neutral(case),
            language=case.language or policy.letters.language,
            says=says,
        ),
    )


def to_our_people(
    kind: LetterKind,
    occasion: str,
    case: Case,
    addresses: Iterable[str],
    policy: Policy,
    names: Names,
    says: Says = (),
) -> tuple[Letter, ...]:
    """An internal letter to each of these addresses once. "" is left out, and so is the contact of the case: who opened
    a case is its customer, even if he is one of ours."""
    letters = []
    by_key = {to.key: to for to in (Address("", address) for address in addresses if address)}
    for to in by_key.values():
        if case.contact is not None and to.key == case.contact.key:
            continue
        key = f"{case.number}/{kind.value}/{occasion}/{to.key}"
        name = names.letter(key, case.number)
        letters.append(
            Letter(kind, to, key, name.token, name.path, name.message_id, language=policy.letters.language, says=says)
        )
    return tuple(letters)


def about_account(
    kind: LetterKind, occasion: str, addresses: Iterable[str], policy: Policy, names: Names, says: Says
) -> tuple[Letter, ...]:
    """A letter about an account as a whole, to each of these people of ours once; "" is left out."""
    letters = []
    for to in {to.key: to for to in (Address("", address) for address in addresses if address)}.values():
        key = f"account/{kind.value}/{occasion}/{to.key}"
        name = names.letter(key, "account")
        letters.append(
            Letter(kind, to, key, name.token, name.path, name.message_id, language=policy.letters.language, says=says)
        )
    return tuple(letters)


def about_organisation(occasion: str, contact: AccountContact, policy: Policy, names: Names, says: Says) -> Letter:
    """What an admin of an account asked for, in his language."""
    key = f"{occasion}/{contact.key}"
    name, usual = names.letter(key, "organisation"), policy.letters.language
    language = offer(contact.language, (usual, *policy.letters.languages)) or usual
    to = Address(contact.name, contact.address)
    kind = LetterKind.ORGANISATION_LINK
    return Letter(kind, to, key, name.token, name.path, name.message_id, language=language, says=says)


def about_outage(
    occasion: str, contacts: Iterable[AccountContact], policy: Policy, names: Names, says: Says
) -> tuple[Letter, ...]:
    """The announcement of an outage to each of these customers, in his language; none where nobody reads."""
    kind, letters = LetterKind.OUTAGE_ANNOUNCED, []
    usual, offered = policy.letters.language, (policy.letters.language, *policy.letters.languages)
    for contact in contacts:
        to = Address(contact.name, contact.address)
        if not nobody_reads(to.address):
            key = f"{occasion}/{to.key}"
            name = names.letter(key, "outage")
            letters.append(
                Letter(
                    kind,
                    to,
                    key,
                    name.token,
                    name.path,
                    name.message_id,
                    language=offer(contact.language, offered) or usual,
                    says=says,
                )
            )
    return tuple(letters)


def ladder_of(case: Case, policy: Policy, at_least: int) -> tuple[str, ...]:
    """The people of the rung that the case has reached, or of that one where it has not come so far."""
    rungs = policy.escalation.rungs
    rung = min(max(case.rung, at_least), len(rungs))
    return rungs[rung - 1].to if rung else ()


def _beyond(event: MailArrived, address: str, letters: Letters) -> str:
    """Which window has no room for one more letter, for people; "" where all have (law 12).

    Machines that do not say so go on only as long as they are answered. Most keep our ref, and so write on one case;
    the others say the same each time. People do neither often, and their other requests are confirmed as ever.
    """
    had, daily, hourly = event.had, letters.daily, letters.hourly
    unverified = event.mail.envelope.authentication in {Authentication.UNVERIFIED, Authentication.FAIL}
    if had.hour >= (hourly.unverified if unverified else hourly.authenticated):
        return f"{address} had {had.hour} letters in the last hour"
    if had.day >= daily.address:
        return f"{address} had {had.day} letters in the last day"
    if had.case >= daily.case:
        return f"{had.case} letters went out about this case in the last day"
    if had.here >= daily.echo:
        return f"{address} had {had.here} letters about this case in the last day"
    if had.same_words and had.day >= daily.echo:
        return f"{address} was answered these same words in the last day"
    return ""
