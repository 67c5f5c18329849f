"""The walk of one message after it was stored, and the other ways in which a case is acted upon. Every line is a step.

A batch of mails is walked in one transaction; when one of them fails, all are walked again singly, so that only the
mail that fails alone is counted against, and none stands in the way of another (DESIGN, law 6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailgate import figures
from mailgate.authenticating import Begun, authenticated
from mailgate.cases.case import Decision, EntryKind
from mailgate.cases.decide import surely_opens
from mailgate.cases.events import Acted, EngineerActed, TimePassed
from mailgate.cases.forwards import passed_by
from mailgate.cases.may import OPERATOR, Actor, may
from mailgate.cases.participants import cannot_join
from mailgate.cases.pictures import pictures_of
from mailgate.cases.ref import Names
from mailgate.cases.ruling import Ruling
from mailgate.deciding import NO_NAMES, Seen, decided, on_case, retrying, still_as_seen, under_policy
from mailgate.errors import MailgateError, NotAllowed, ObjectStoreError, StoreError
from mailgate.house import House
from mailgate.mail.canary import tokens_in
from mailgate.mail.message import Mail
from mailgate.parents import Read, guarded, must_wait, parents_first, waiting_parents
from mailgate.setbacks import MAX_LOSSES, count_against, give_back, put_back, shelve, still_ours
from mailgate.store import canaries, claims, facts, keep, marks
from mailgate.store.ahead import NOTHING, look_ahead
from mailgate.store.claims import ClaimedMail
from mailgate.store.keep import Kept
from mailgate.store.lease import LEASE
from mailgate.store.near import at_hand, bring_near
from mailgate.story import Story, story_of
from mailgate.understand import informed, understand
from mailgate.unwritten import Unwritten
from mailgate.writing import along, carried_by, written

_LOOK_AGAIN = timedelta(hours=1)
_PARENT_PAUSE = timedelta(seconds=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Walked:
    """What one mail came to."""

    inbound_id: int
    decision: Decision
    story: Story


def process(house: House, batch: Sequence[ClaimedMail]) -> list[Walked]:
    """Walk claimed mails from bytes to kept outcome. Never raises for what a mail is. Gives what was filed or held."""
    return conclude(house, read_all(house, batch, lambda: True))


def read_all(house: House, batch: Sequence[ClaimedMail], go_on: Callable[[], bool]) -> list[Read]:
    """The first half: bytes become mails, outside of any transaction. After each `go_on` is asked: False ends it.

    What is left goes back to the inbox, untouched. OSError: nobody is there to read; StoreError: nowhere to read from.
    """
    bring_near(claimed.raw.data for claimed in batch)
    house.expect([claimed.raw for claimed in batch])
    mails: list[Begun] = []
    for at, claimed in enumerate(batch):
        if claimed.attempts >= MAX_LOSSES:
            shelve(house, claimed, f"The process was lost {MAX_LOSSES} times at work on this mail alone.", "lost")
            continue
        try:
            with structlog.contextvars.bound_contextvars(inbound=claimed.id):
                at_hand(claimed.raw.data)
                mails.append((claimed, house.authenticate(claimed.raw, house.read(claimed.raw))))
        except ObjectStoreError as error:
            put_back(house, claimed, str(error))  # the next one may lie in the database
            continue
        except (OSError, StoreError):
            give_back(house, batch[at:])
            if mails:
                break  # what was read is concluded; the next batch will tell
            raise
        except Exception as error:  # noqa: BLE001 - reading it alone failed: it is that mail's own failure
            count_against(house, claimed, error)
        if not go_on():
            give_back(house, batch[at + 1 :])
            break
    complete, unasked = authenticated(mails)
    give_back(house, unasked)
    return complete


def conclude(house: House, mails: Sequence[Read], on_each: Callable[[], None] = lambda: None) -> list[Walked]:
    """The second half: examine, match, decide, render, keep. `on_each` is called before each mail that is walked alone,
    for each may have to wait."""
    ready = list(parents_first(mails))
    try:
        return _walk_together(house, ready)
    except Exception as error:  # noqa: BLE001 - whatever it was: each alone will show whose it is
        log.info("batch walked singly", mails=len(ready), because=type(error).__name__)
    done: list[Walked] = []
    for claimed, mail in ready:
        on_each()
        done += _walk_alone(house, claimed, mail)
    return done


def replay(house: House, inbound_id: int, released_by: str = "") -> Story:
    """Walk a held, shelved or dropped mail once more, now; `released_by` is who lets it in despite what holds it."""
    now = house.clock.now()
    with house.store.write() as connection:
        keep.reopen_inbound(connection, inbound_id, now, released_by=released_by)
        claimed = claims.claim_one(connection, inbound_id, house.holder, now, LEASE, house.store.read)
    for walked in process(house, [claimed] if claimed else []):
        return walked.story
    with house.store.read() as connection:
        row = facts.show_inbox(connection, inbound_id)
    if row["state"] == "waiting" and row["traceback"] is None:
        raise MailgateError(f"mail {inbound_id} waits for the mail that it answers, which is in the inbox too")
    raise MailgateError(
        f"mail {inbound_id} failed again and is {row['state']}; `mailgate inbox show` has the traceback"
    )


def act(house: House, number: str, event: Acted, actor: Actor = OPERATOR, seen: Seen | None = None) -> Decision:
    """`actor` does something to a case. NotAllowed where he may not, or where it does not go with the case's state;
    Overtaken where the case is no more as it was `seen`; NotFound for no case."""
    return retrying(lambda: _act_once(house, number, event, actor, seen))


def pass_time(house: House, limit: int = 100) -> int:
    """Time brings what it has to cases that are due; gives how many of them were looked at (`limit`: there are more).

    Each is looked at anew under its policy as it is now: what was due may be no longer. Safe in several processes.
    """
    now = house.clock.now()
    try:
        return _pass_time(house, limit, now)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was: each alone will show whose it is
        log.info("due cases looked at singly", because=type(error).__name__)
    with house.store.write() as connection:  # PostgreSQL locks no rows for a reader
        numbers = claims.claim_due(connection, limit, now)
    for number in numbers:
        try:
            _pass_time(house, 1, now, number)
        except StoreError:
            raise
        except Exception:
            log.exception("time could not be passed for a case; it is looked at again in an hour", case=number)
            with house.store.write() as connection:
                marks.look_again(connection, number, now + _LOOK_AGAIN)
    return len(numbers)


def _act_once(house: House, number: str, event: Acted, actor: Actor, seen: Seen | None) -> Decision:
    with house.store.write() as connection:
        return act_within(house, connection, number, event, actor, seen)


def act_within(
    house: House, connection: Connection, number: str, event: Acted, actor: Actor, seen: Seen | None = None
) -> Decision:
    """As `act`, together with whatever else the transaction is for."""
    case = facts.case_of(connection, number, lock=True)
    if case is not None:
        still_as_seen(case, seen)
    ruling = may(actor, event.action, case, house.policy_for(case, case.mailbox)) if case else Ruling(event.action)
    if not ruling.allowed:
        raise NotAllowed(f"{actor.address or 'nobody'} may not: {ruling.why}")
    if isinstance(event, EngineerActed):
        for fault in filter(None, (cannot_join(one, house.desk) for one in event.join)):
            raise NotAllowed(fault)
    return on_case(house, connection, number, informed(house, connection, case, event), house.clock.now())


def _pass_time(house: House, limit: int, now: datetime, number: str | None = None) -> int:
    event = TimePassed(house.desk)
    with house.store.write() as connection:
        numbers = claims.claim_due(connection, limit, now) if number is None else [number]
        due = facts.cases_of(connection, numbers, lock=True)
        kept = [decided(house, connection, case, event, now) for case in due]
        keep.keep_many(connection, kept, now)
    for case, one in zip(due, kept, strict=True):
        if missed := sum(entry.kind is EntryKind.BREACH for entry in one.decision.entries):
            figures.count("sla_breached", missed, priority=str(case.priority))
    return len(numbers)


def _walk_together(house: House, mails: Sequence[Read]) -> list[Walked]:
    now = house.clock.now()
    with house.store.write() as connection:
        claims.lock_mails(connection, [key for _, mail in mails for key in guarded(mail)])
        mails = still_ours(house, connection, mails)
        waiting, walked = waiting_parents(connection, mails), list[Walked]()
        ahead = look_ahead(connection, [mail for _, mail in mails], now) if len(mails) > 1 else NOTHING
        unwritten = Unwritten(connection, now, ahead)
        for claimed, mail in mails:
            if must_wait(claimed, mail, waiting):
                keep.postpone(connection, [claimed.id], now + _PARENT_PAUSE, holder=house.holder)
                continue
            walked.append(_walk(house, unwritten, claimed, mail, now))
            waiting.pop((mail.envelope.mailbox, mail.message_id or ""), None)
        unwritten.write()
    done = {one.inbound_id for one in walked}
    came = [claimed.raw.envelope.received_at for claimed, _ in mails if claimed.id in done]
    figures.observe("intake_seconds", [max(0.0, (house.clock.now() - at).total_seconds()) for at in came])
    said = log.bind()  # once: what it is made of is looked up anew for each line otherwise
    for one in walked:
        figures.count("mails_decided", outcome=one.decision.outcome.value)
        said.info(
            "mail decided",
            inbound=one.inbound_id,
            outcome=one.decision.outcome.value,
            reason=one.decision.reason,
            case=one.decision.case.number if one.decision.case else None,
            letters=[letter.kind.value for letter in one.decision.letters],
        )
    return walked


def _walk_alone(house: House, claimed: ClaimedMail, mail: Mail) -> list[Walked]:
    try:
        return retrying(lambda: _walk_together(house, [(claimed, mail)]))
    except StoreError as error:
        log.warning("mail waits for the store", inbound=claimed.id, because=str(error))
        put_back(house, claimed, str(error))
    except Exception as error:  # noqa: BLE001 - the mail is shelved with this traceback, not lost with it
        count_against(house, claimed, error)
    return []


def _walk(house: House, unwritten: Unwritten, claimed: ClaimedMail, mail: Mail, now: datetime) -> Walked:
    connection = unwritten.connection
    unwritten.write_if(unwritten.may_concern(mail))
    if tokens := tokens_in(mail):
        canaries.bring_home(connection, tokens, claimed.id, now)
    about = (house, connection, claimed.id, mail, claimed.raw.data, claimed.released_by, now)
    event = understand(*about, ahead=unwritten.ahead)
    if unwritten.write_if(unwritten.holds(event.match.case, event.into)):
        event = understand(*about)
    opens = surely_opens(event, house.policy_of(mail.envelope.mailbox))
    names = _minted(house, unwritten, mail, now, new_case=True) if opens else NO_NAMES
    decision = under_policy(house, event.match.case, event, names, now)
    if not opens and (decision.opens or decision.speaks):  # only now: what opens no case leaves no gap in the numbers
        names = _minted(house, unwritten, mail, now, new_case=decision.opens)
        decision = under_policy(house, event.match.case, event, names, now)
    story = story_of(event, decision)
    author = mail.identity.key if mail.identity else None
    words = event.words if decision.letters else ""
    what, passed = carried_by(house, event, decision, claimed.raw.data), passed_by(event)
    letters = written(house, decision, mail.envelope.mailbox, now, what)
    kept = Kept(
        decision,
        letters,
        claimed.id,
        story,
        author,
        mail.subject,
        words,
        mail.envelope,
        passed,
        pictures_of(event, decision),
        along(house, decision, now),
        house.holder,
    )
    unwritten.add(mail, kept)
    return Walked(claimed.id, decision, story)


def _minted(house: House, unwritten: Unwritten, mail: Mail, now: datetime, *, new_case: bool) -> Names:
    domain, numbers = house.domain(mail.envelope.mailbox), unwritten.numbers
    return keep.mint(unwritten.connection, now, domain, new_case=new_case, org=house.org, numbers=numbers)
