"""What a mail is and where it belongs, as far as the store can tell. Nothing is decided here, and nothing written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mailgate.cases.account import missing
from mailgate.cases.called_up import asks
from mailgate.cases.case import Case
from mailgate.cases.clues import clues_of
from mailgate.cases.commands import Commands, Speaker, read_commands
from mailgate.cases.entitled import REASON
from mailgate.cases.events import Acted, CustomerActed, EngineerActed, EngineerReplied, MailArrived, Passing
from mailgate.cases.forwards import as_sent, clues_in, is_about_us, may_pass_on
from mailgate.cases.language import writers_language
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.match import Match, Standing, Tried, match_case, standing_of
from mailgate.cases.may import may, may_speak
from mailgate.cases.moves import closed_for_good
from mailgate.cases.ref import is_bounce_address
from mailgate.cases.repeat import words_key
from mailgate.cases.ruling import Action, Ruling
from mailgate.cases.unheard import unheard
from mailgate.checks import examine
from mailgate.directory import belonging
from mailgate.house import House
from mailgate.mail.away import back_on
from mailgate.mail.message import Address, Authentication, AutomaticKind, Mail, Octets, PassedOn
from mailgate.mail.words_out import words_going_out
from mailgate.own_words import Own, own_words
from mailgate.parting import named, ordered
from mailgate.policy.outage import outage_now, told
from mailgate.policy.policy import Policy
from mailgate.policy.wall_clock import moment_of
from mailgate.store import desk_facts, facts, lately
from mailgate.store.ahead import NOTHING, Ahead
from mailgate.store.pictures import marked
from mailgate.store.reach import reached

# One letter about what is missing, and one escalation by mail, of one person in so long.
_BETWEEN_TELLINGS, _BETWEEN_ESCALATIONS = timedelta(days=30), timedelta(hours=1)
_LATE_AT_MOST = timedelta(days=7)  # a Date further from its arrival is a wrong clock's


def understand(
    house: House,
    connection: Connection,
    inbound_id: int,
    mail: Mail,
    data: Octets,
    released_by: str,
    now: datetime,
    *,
    lock: bool = True,
    ahead: Ahead = NOTHING,
) -> MailArrived:
    """Examine and match: what the mail is, and where it belongs. `data` are its raw octets. Where an engineer passed a
    customer's mail on, the event is about the customer's mail. Without `lock` it is only to be seen what would be.
    `ahead` spares asking for what is not there."""
    if mail.passes_on is None:
        return _understood(house, connection, inbound_id, mail, data, released_by, now, lock=lock, ahead=ahead)
    theirs, ruling = _passed_on(house, connection, inbound_id, mail, mail.passes_on, data, released_by, now, lock=lock)
    if theirs is not None:
        return theirs
    event = _understood(house, connection, inbound_id, mail, data, released_by, now, lock=lock)
    return replace(event, not_passed=ruling)


def _passed_on(
    house: House,
    connection: Connection,
    inbound_id: int,
    mail: Mail,
    passed: PassedOn,
    data: Octets,
    released_by: str,
    now: datetime,
    *,
    lock: bool,
) -> tuple[MailArrived | None, Ruling]:
    """The customer's mail in an engineer's, if it is taken for that; the ruling."""
    outer = _understood(house, connection, inbound_id, mail, data, released_by, now, lock=False)
    policy = house.policy_of(mail.envelope.mailbox)
    actor, ruling = may_pass_on(outer, passed, policy, house.org)
    if not ruling.allowed:
        return None, ruling
    said = read_commands(passed.comment, Speaker.ENGINEER) if passed.on_top else Commands(rest=passed.comment)
    author = passed.mail.identity.key if passed.mail.identity else ""
    told_before = lately.told_where_to_write(connection, author)
    passing = Passing(mail, actor, ruling, said, house.mailbox(mail.envelope.mailbox).address, told_before)
    theirs = _understood(house, connection, inbound_id, passed.mail, data, released_by, now, lock=lock, passing=passing)
    if is_about_us(theirs.match) or theirs.verdict.reason == "loop":
        return None, Ruling(Action.OPEN_FOR, "our_letter", "what it forwards is, or answers, a letter of ours")
    return theirs, ruling


def _understood(
    house: House,
    connection: Connection,
    inbound_id: int,
    mail: Mail,
    data: Octets,
    released_by: str,
    now: datetime,
    *,
    lock: bool,
    passing: Passing | None = None,
    ahead: Ahead = NOTHING,
) -> MailArrived:
    mailbox = mail.envelope.mailbox
    words = words_key(mail, house.org)
    outer = passing.mail if passing else None
    sent = as_sent(outer, outer.passes_on) if outer and outer.passes_on else mail
    known = facts.known_about(connection, sent, house.settings.own_addresses, now, inbound_id, words, ahead)
    intake = house.policy_of(mailbox).intake
    to_return_path = any(map(is_bounce_address, mail.envelope.recipients))
    known = replace(known, to_return_path=to_return_path, own_lists=intake.own_lists)
    if mail.identity and known.copy_of is None and house.desk.engineer(mail.identity.key):
        known = replace(known, copy_of=desk_facts.copy_of(connection, mail, inbound_id))
    verdict = examine(mail, known, intake)
    clues = clues_in(sent, outer, house.org) if outer else clues_of(mail, house.org)
    candidates = facts.candidates(
        connection, clues, mailbox, lock=lock, copy_of=verdict.copy_of, also=named(house.desk, mail), ahead=ahead
    )
    match = match_case(mail, clues, candidates)
    answered = match.case
    if mail.identity is not None:
        match = _newest(house, connection, match, mail.identity.key, now, lock=lock)
    if outer and not mail.message_id:
        match = replace(match, holds_it=False)  # what is only likely its name makes no copy of it
    own = own_words(house, connection, mail, match, answered, passed=passing is not None)
    here, mail = house.policy_of(mailbox), own.mail
    if match.case is not None:
        mail = marked(connection, mail, match.case.number)
        own = replace(own, mail=mail)
    had, policy = known.had, house.policy_for(match.case, mailbox)
    over = match.case is not None and closed_for_good(match.case, policy, now)
    may_be_answered = over or passing is not None or policy.letters.reply_received
    if match.case is not None and mail.identity is not None and may_be_answered:
        about, to_him = facts.letters_about(connection, match.case.number, mail.identity.key, now)
        had = replace(had, case=about, here=to_him)
    event = MailArrived(
        inbound_id,
        mail,
        verdict,
        match,
        had,
        released_by,
        here,
        desk=house.desk,
        passing=passing,
        words=words,
        taken=own.taken,
    )
    if not may(event.actor, Action.APPEND, match.case, policy).allowed:
        event = replace(event, held_lately=lately.held_shown(connection, now - timedelta(hours=1)))
    event = reached(connection, _of_the_writer(connection, event, here, now), ahead)
    if match.case is None or over:
        event = _of_an_opening(house, connection, event, here, now, ahead)
    return _of_the_desk(house, connection, _of_what_is_said(house, connection, event, data, own), now)


def informed(house: House, connection: Connection, case: Case | None, event: Acted) -> Acted:
    """What somebody does to a case, with what the store knows that matters for it."""
    if case is None:
        return event
    if isinstance(event, EngineerActed) and (event.owner is not None or event.level is not None):
        return replace(event, recent=desk_facts.recent_entries(connection, case.number))
    if isinstance(event, EngineerReplied):
        ours, private = house.mailbox(case.mailbox), house.private_addresses(house.policy_for(case, case.mailbox))
        out = words_going_out(event.text, private, Address("", ours.address))
        return replace(desk_facts.with_history(connection, case, event), outgoing=out, desk=house.desk)
    if isinstance(event, CustomerActed):
        to = house.desk.hears_of(case, house.policy_for(case, case.mailbox))
        had = desk_facts.letters_to_desk(connection, to, house.clock.now() - timedelta(hours=1))
        return replace(event, desk_had=had, recent=desk_facts.recent_entries(connection, case.number))
    return event


def _of_what_is_said(house: House, connection: Connection, event: MailArrived, data: Octets, own: Own) -> MailArrived:
    """The commands in the mail, and what of an engineer's mail may go to the customer."""
    actor, mail, case = event.actor, event.mail, event.match.case
    if event.passing is not None:
        return event  # in a forward nothing is an order but what stands above it
    if case is not None and may_speak(actor, house.policy_for(case, case.mailbox)):
        said = own.commands(Speaker.CUSTOMER)
        return replace(event, said=said, unheard=unheard(mail, data, said, Speaker.CUSTOMER))
    if actor.standing is not Standing.ENGINEER or case is None:
        return event
    said = own.commands(Speaker.ENGINEER)
    about, letter = event.match.letter_about, event.match.letter
    into, taken = ordered(connection, event.match, said)
    return replace(
        desk_facts.with_history(connection, case, event),
        said=said,
        into=into,
        chosen=taken,
        unheard=unheard(mail, data, said, Speaker.ENGINEER),
        outgoing=own.going_out(house, said),
        held=about if letter == LetterKind.HELD_MAIL and desk_facts.is_held(connection, about) else None,
        waits=desk_facts.guarded_of(connection, case.number, about) if letter == LetterKind.COMMAND_ANSWER else (),
    )


def _of_the_desk(house: House, connection: Connection, event: MailArrived, now: datetime) -> MailArrived:
    """What our people had been told already, and what stands on the case, as far as they are to hear of this."""
    case, here = event.match.case, event.here or house.policy_of(event.mail.envelope.mailbox)
    policy = house.policy_for(case, case.mailbox) if case else here
    level = case.level if case else here.opening.level
    to = house.desk.hears(case.owner if case else "", level, policy)
    ours = event.passing.actor if event.passing else event.actor
    by_us = ours.standing is Standing.ENGINEER
    if not by_us and not (to and policy.letters.desk):
        return event
    asked = (*to, ours.address) if by_us else to
    had = desk_facts.letters_to_desk(connection, asked, now - timedelta(hours=1))
    recent = desk_facts.recent_entries(connection, case.number) if case else ()
    return replace(event, desk_had=had, recent=recent)


def _of_the_writer(connection: Connection, event: MailArrived, here: Policy, now: datetime) -> MailArrived:
    """What else matters of him who wrote: when he is back, and whether he may escalate."""
    mail = event.mail
    if mail.automatic and mail.automatic.kind is AutomaticKind.AUTO_REPLY:
        return replace(event, away_until=_away_until(mail, here))
    if mail.identity is None or not asks(mail, here):
        return event
    return replace(
        event, escalated_lately=lately.escalated_since(connection, mail.identity.key, now - _BETWEEN_ESCALATIONS)
    )


def _of_an_opening(
    house: House, connection: Connection, event: MailArrived, here: Policy, now: datetime, ahead: Ahead
) -> MailArrived:
    """What matters where the mail may open a case: whose customer he is, what he lacks, and an outage that there is."""
    mail, author, mailbox = event.mail, event.mail.identity, event.mail.envelope.mailbox
    outage = outage_now(here, now)
    theirs = None
    # A From that is known to be forged belongs nowhere.
    if author is not None and mail.envelope.authentication is not Authentication.FAIL:
        theirs = belonging(house, connection, author, mailbox, ahead)
    speaks = theirs.contact.language if theirs is not None and theirs.contact is not None else ""
    lacks = missing(theirs, here.entitlement.needs, now.astimezone(ZoneInfo(here.zone)).date())
    event = replace(
        event,
        outage=told(outage, here) if outage else "",
        language=writers_language(mail, speaks, house.mailbox(mailbox).language, here.letters),
        account=theirs.account.name if theirs else "",
        account_status=theirs.status.value if theirs else "",
        missing=lacks,
    )
    if not lacks or author is None:
        return event
    before = [one for one in lately.held_for(connection, REASON, author.key, mailbox) if one != event.inbound_id]
    return replace(
        event,
        told_missing=lately.told_missing(connection, author.key, now - _BETWEEN_TELLINGS),
        held_before=before[0] if before else None,
    )


def _away_until(mail: Mail, policy: Policy) -> datetime | None:
    """When the writer of an out-of-office is there again: 9:00 on the wall of that business day, as far as it says."""
    received = mail.envelope.received_at
    sent = mail.date if mail.date is not None and abs(received - mail.date) < _LATE_AT_MOST else received
    zone, calendar = ZoneInfo(policy.zone), policy.calendar
    day = back_on(mail.subject, mail.text, sent.astimezone(zone).date())
    if day is None:
        return None
    morning = moment_of(zone, datetime.combine(day, time(9)))
    return morning if calendar.is_business_day(day) else calendar.days_after(morning, 1)


def _newest(house: House, connection: Connection, match: Match, author: str, now: datetime, *, lock: bool) -> Match:
    """Who answers a letter of a case that is closed for good means the case that was opened to follow it, if he takes
    part in one: another may have opened it, and who took part in the old case has no part in that one."""
    case, been = match.case, set[str]()
    while case is not None and closed_for_good(case, house.policy_for(case, case.mailbox), now):
        follower = facts.follow_up_of(connection, case.number, author, lock=lock)
        been.add(case.number)
        if follower is None or match.how is None or follower.number in been:  # it may be merged into what it followed
            break
        said = Tried(match.how, case.number, f"closed for good; case {follower.number} follows it")
        match = replace(match, case=follower, standing=standing_of(author, follower), trace=(*match.trace, said))
        case = follower
    return match
