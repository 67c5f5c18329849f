"""Announces scheduled outages to the contacts of accounts: once each, in batches, and never after the outage."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mailgate.cases.account import AccountContact
from mailgate.cases.letters import about_outage
from mailgate.directory import everybody
from mailgate.house import House
from mailgate.policy.outage import Announcement, due_announcements, told
from mailgate.policy.policy import Policy
from mailgate.settings import Mailbox
from mailgate.store import keep, marks
from mailgate.store.reach import dead_among

_DONE = "done"


def announce(house: House, limit: int = 100) -> int:
    """Enqueues letters of the announcements that are due, for at most `limit` contacts; gives for how many (`limit`:
    there may be more).

    How far each announcement has come is kept in the commit that enqueues its letters: harmless to run twice or late.
    """
    now, enqueued = house.clock.now(), 0
    for policy in house.policies.values():
        boxes = [box for box in house.settings.mailboxes.values() if box.policy == policy.name]
        for one in due_announcements(policy, now) if boxes else ():
            if enqueued < limit:
                enqueued += _announce(house, policy, boxes, one, limit - enqueued, now)
    return enqueued


def _announce(house: House, policy: Policy, boxes: list[Mailbox], one: Announcement, limit: int, now: datetime) -> int:
    occasion = f"outage/{policy.name}/{one.starts:%Y%m%dT%H%MZ}/{one.n}"
    with house.store.read() as connection:
        reached = marks.progress(connection, occasion)
        if reached == _DONE:
            return 0
        to = [contact for contact in _contacts(house, connection, policy, boxes, now) if contact.key > reached]
        dead = dead_among(connection, (contact.key for contact in to[:limit]))
        names = keep.mint(connection, now, house.domain(boxes[0].name), new_case=False, org=house.org)
    batch = to[:limit]
    letters = about_outage(
        occasion,
        (contact for contact in batch if contact.key not in dead),
        policy,
        names,
        (("starts", one.starts), ("ends", one.ends), ("text", one.outage.text)),
    )
    subject = f"{policy.contact.name}: {told(one.outage, policy)}"
    written = [house.renderer.caseless(letter, policy, boxes[0], subject, now) for letter in letters]
    with house.store.write() as connection:
        keep.enqueue(connection, written, now)
        marks.set_progress(connection, occasion, batch[-1].key if len(to) > limit else _DONE)
    return len(batch)


def _contacts(
    house: House, connection: Connection, policy: Policy, boxes: list[Mailbox], now: datetime
) -> list[AccountContact]:
    """Those of accounts that are customers of these mailboxes and whose contract is not over, by address."""
    accounts, contacts = everybody(house, connection)
    today = now.astimezone(ZoneInfo(policy.zone)).date()
    current = {
        account.key
        for account in accounts
        if any(account.is_customer_of(box.name) for box in boxes)
        and (account.contract_until is None or today <= account.contract_until)
    }
    return [contact for contact in contacts if contact.account.casefold() in current]
