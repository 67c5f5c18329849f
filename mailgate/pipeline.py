"""The walk of one message after it was stored, and the other ways in which a case is acted upon. Every line is a step.

A batch of mails is walked in one transaction; when one of them fails, all are walked again singly, so that only the
mail that fails alone is counted against, and none stands in the way of another (DESIGN, law 6).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from mailgate.authenticating import Begun, authenticated
from mailgate.cases.case import Case, Decision, Written
from mailgate.cases.decide import decide
from mailgate.cases.events import DeliveryFailed, EngineerActed, Event, MailArrived
from mailgate.cases.ref import Names
from mailgate.errors import Conflict, MailgateError, NotFound, StoreError
from mailgate.house import House
from mailgate.mail.message import Mail, RawMail
from mailgate.store import claims, facts, keep
from mailgate.store.claims import ClaimedMail, Outgoing
from mailgate.store.keep import Kept
from mailgate.story import Story, story_of
from mailgate.understand import Read, guarded, must_wait, parents_first, understand, waiting_parents
from mailgate.unwritten import Unwritten

MAX_ATTEMPTS = 3
LEASE = timedelta(seconds=30)
_RETRY_AFTER = timedelta(seconds=10)
_PARENT_PAUSE = timedelta(seconds=1)
_CONFLICT_TRIES = 5


log = structlog.get_logger()
_T = TypeVar("_T")


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

    What is left goes back to the inbox, untouched. OSError: there is nobody to read, and that is no mail's fault.
    """
    mails: list[Begun] = []
    for at, claimed in enumerate(batch):
        if claimed.attempts >= MAX_ATTEMPTS:
            _shelve(house, claimed, "The process was lost three times while it worked on this mail alone.", "lost")
            continue
        try:
            with structlog.contextvars.bound_contextvars(inbound=claimed.id):
                mails.append((claimed, house.authenticate(claimed.raw, house.read(claimed.raw))))
        except OSError:
            _give_back(house, batch[at:])
            if mails:
                break  # what was read is concluded; the next batch will tell
            raise
        except Exception as error:  # noqa: BLE001 - reading it alone failed: it is that mail's own failure
            _count_against(house, claimed, error)
        if not go_on():
            _give_back(house, batch[at + 1 :])
            break
    complete, unasked = authenticated(mails)
    _give_back(house, unasked)
    return complete


def conclude(house: House, mails: Sequence[Read]) -> list[Walked]:
    """The second half: examine, match, decide, render, keep."""
    ready = list(parents_first(mails))
    try:
        return _walk_together(house, ready)
    except Exception as error:  # noqa: BLE001 - whatever it was: each alone will show whose it is
        log.info("batch walked singly", mails=len(ready), because=type(error).__name__)
    return [walked for one in ready for walked in _walk_alone(house, *one)]


def rehearse(house: House, raw: RawMail) -> Story:
    """What would become of this mail now. Nothing is kept, sent, or counted."""
    mail, now = house.read(raw), house.clock.now()
    names = Names("(new)", house.org, "(new)", b"", "")
    with house.store.read() as connection:
        verdict, match, event = understand(house, connection, 0, mail, "", now)
    return story_of(mail, verdict, match, _decide(house, match.case, event, names, now))


def replay(house: House, inbound_id: int, released_by: str = "") -> Story:
    """Walk a held, shelved or dropped mail once more, now; `released_by` is who lets it in despite what holds it."""
    now = house.clock.now()
    with house.store.write() as connection:
        keep.reopen_inbound(connection, inbound_id, now, released_by=released_by)
        claimed = claims.claim_one(connection, inbound_id, house.holder, now, LEASE)
    for walked in process(house, [claimed] if claimed else []):
        return walked.story
    with house.store.read() as connection:
        row = facts.show_inbox(connection, inbound_id)
    if row["state"] == "waiting" and row["traceback"] is None:
        raise MailgateError(f"mail {inbound_id} waits for the mail that it answers, which is in the inbox too")
    raise MailgateError(
        f"mail {inbound_id} failed again and is {row['state']}; `mailgate inbox show` has the traceback"
    )


def act(house: House, number: str, event: EngineerActed) -> Decision:
    """Somebody did something to a case by hand."""
    return _retrying(lambda: _act_once(house, number, event))


def delivery_failed(house: House, connection: Connection, outgoing: Outgoing, why: str, now: datetime) -> None:
    """A letter was given up: an entry on its case, in the transaction that marks the letter failed."""
    if outgoing.case is None:
        return
    event = DeliveryFailed(outgoing.recipient, outgoing.key.split("/")[1], why)
    _on_case(house, connection, outgoing.case, event, now)


def _act_once(house: House, number: str, event: Event) -> Decision:
    with house.store.write() as connection:
        return _on_case(house, connection, number, event, house.clock.now())


def _on_case(house: House, connection: Connection, number: str, event: Event, now: datetime) -> Decision:
    case = facts.case_of(connection, number, lock=True)
    if case is None:
        raise NotFound(f"there is no case {number}")
    decision = _decide(house, case, event, Names("", house.org, "", b"", ""), now)
    keep.keep(connection, None, decision, _write(house, decision, now), None, now)
    return decision


def _walk_together(house: House, mails: Sequence[Read]) -> list[Walked]:
    now = house.clock.now()
    with house.store.write() as connection:
        claims.lock_mails(connection, [key for _, mail in mails for key in guarded(mail)])
        waiting, walked = waiting_parents(connection, mails), list[Walked]()
        unwritten = Unwritten(connection, now)
        for claimed, mail in mails:
            if must_wait(claimed, mail, waiting):
                keep.postpone(connection, [claimed.id], now + _PARENT_PAUSE)
                continue
            walked.append(_walk(house, unwritten, claimed, mail, now))
            waiting.pop((mail.envelope.mailbox, mail.message_id or ""), None)
        unwritten.write()
    for one in walked:
        log.info(
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
        return _retrying(lambda: _walk_together(house, [(claimed, mail)]))
    except StoreError as error:
        log.warning("mail waits for the store", inbound=claimed.id, because=str(error))
        _put_back(house, claimed, str(error))
    except Exception as error:  # noqa: BLE001 - the mail is shelved with this traceback, not lost with it
        _count_against(house, claimed, error)
    return []


def _give_back(house: House, batch: Sequence[ClaimedMail]) -> None:
    if batch:
        with house.store.write() as connection:
            keep.postpone(connection, [claimed.id for claimed in batch], house.clock.now())


def _put_back(house: House, claimed: ClaimedMail, why: str) -> None:
    """The store failed, not the mail: nothing is counted. Where even this cannot be written, the lease runs out."""
    try:
        with house.store.write() as connection:
            due_at = house.clock.now() + _RETRY_AFTER
            keep.retry_inbound(connection, claimed.id, why, due_at, count=False)
    except StoreError:
        log.warning("store unavailable; the lease will run out", inbound=claimed.id)


def _count_against(house: House, claimed: ClaimedMail, error: Exception) -> None:
    text = "".join(traceback.format_exception(error))
    if claimed.attempts + 1 >= MAX_ATTEMPTS:
        _shelve(house, claimed, text, type(error).__name__)
        return
    with house.store.write() as connection:
        keep.retry_inbound(connection, claimed.id, text, house.clock.now() + _RETRY_AFTER, count=True)
    log.warning("mail failed, will be tried again", inbound=claimed.id, error=type(error).__name__)


def _shelve(house: House, claimed: ClaimedMail, traceback_text: str, error: str) -> None:
    """`error` is a name: the traceback may hold words of the mail, and a log must not."""
    with house.store.write() as connection:
        keep.shelve(connection, claimed.id, traceback_text, house.clock.now())
    log.error("mail shelved", inbound=claimed.id, error=error)


def _retrying(once: Callable[[], _T]) -> _T:
    for _ in range(_CONFLICT_TRIES - 1):
        try:
            return once()
        except Conflict:
            continue  # somebody else changed the case meanwhile: decide again on what it is now
    return once()


def _walk(house: House, unwritten: Unwritten, claimed: ClaimedMail, mail: Mail, now: datetime) -> Walked:
    connection = unwritten.connection
    unwritten.write_if(unwritten.may_concern(mail))
    verdict, match, event = understand(house, connection, claimed.id, mail, claimed.released_by, now)
    if unwritten.write_if(match.case is not None and match.case.number in unwritten.cases):
        verdict, match, event = understand(house, connection, claimed.id, mail, claimed.released_by, now)
    decision = _decide(house, match.case, event, Names("", house.org, "", b"", ""), now)
    if decision.opened or decision.letters:  # only now is a number taken: what opens no case leaves no gap
        domain = _domain(house, mail.envelope.mailbox)
        names = keep.mint(connection, now, domain, new_case=decision.opened, org=house.org)
        decision = _decide(house, match.case, event, names, now)
    story = story_of(mail, verdict, match, decision)
    author = mail.identity.key if mail.identity else None
    unwritten.add(
        mail, Kept(decision, _write(house, decision, now), claimed.id, story, author, mail.subject, mail.envelope)
    )
    return Walked(claimed.id, decision, story)


def _decide(house: House, case: Case | None, event: Event, names: Names, now: datetime) -> Decision:
    mailbox = event.mail.envelope.mailbox if isinstance(event, MailArrived) else case.mailbox if case else ""
    return decide(case, event, house.policy_for(case, mailbox), names, now)


def _write(house: House, decision: Decision, now: datetime) -> list[Written]:
    case = decision.case
    if case is None or not decision.letters:
        return []
    mailbox, policy = house.mailbox(case.mailbox), house.policy_for(case, case.mailbox)
    web_url = house.settings.web.url
    return [house.renderer.render(letter, case, policy, mailbox, web_url, now) for letter in decision.letters]


def _domain(house: House, mailbox: str) -> str:
    return house.mailbox(mailbox).address.rpartition("@")[2]
