"""Forgets: by request all that is one person's, and by the policies' retention what was over long enough ago.

What a court wants kept is under a legal hold (`store/holds.py`): nothing of it is forgotten. What is on the disks of
backups is not reached from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from mailgate.errors import MailgateError
from mailgate.house import House
from mailgate.mail.message import Address
from mailgate.policy.policy import Policy
from mailgate.store import erasing, holds, search_index
from mailgate.store.columns import handle
from mailgate.store.theirs import Theirs, forget_address, theirs


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten, or would be: how much of each. `receipt` is its number, None where nothing was written.
    `notes` say what is left, for people."""

    counts: dict[str, int] = field(default_factory=dict)
    receipt: int | None = None
    notes: tuple[str, ...] = ()


def erase(house: House, address: Address, by: str, *, dry_run: bool = False) -> Forgotten:
    """All that the store has of that person. Raises MailgateError, and changes nothing, where it may not be forgotten.

    Cases whose contact he is go whole, what others wrote on them included. On others' cases go his words, his letters
    and whatever was quoted; the mails of others, which may quote him, stay.
    """
    now = house.clock.now()
    if house.desk.is_own(address.address) or address.key in house.ours.everybody:
        raise MailgateError(f"{address.address} is an address of ours: only customers' mail is erased")
    with house.store.write() as connection:
        erasing.thoroughly(connection)
        holds.lock(connection)
        found = _theirs_alone(connection, address.key)
        for why in _hindrances(connection, address, found):
            raise MailgateError(why)
        notes = _left(house, address, found)
        if dry_run:
            return Forgotten(_foreseen(found), notes=notes)
        counts = _erase(connection, address.key, found, by, now)
        receipt = (
            holds.write_receipt(connection, digest(house, address.key), counts, by, now)
            if any(counts.values())
            else None
        )
    search_index.purge(house.store)
    house.store.truncate_log()
    return Forgotten(counts, receipt, notes)


def digest(house: House, key: str) -> str:
    """What stands for an address in a receipt: who knows the address finds the receipt, and not the other way round."""
    return hashlib.sha256(f"{house.org}\n{key}".encode()).hexdigest()


def _theirs_alone(connection: Connection, key: str) -> Theirs:
    """What there is of that person, and nobody files anything on their cases any more."""
    found, locked = theirs(connection, key), set[str]()
    while wanted := _families(connection, (*found.own, *found.shared)) - locked:
        erasing.lock(connection, sorted(wanted))
        locked |= wanted
        found = theirs(connection, key)
    return found


def _families(connection: Connection, numbers: Iterable[str]) -> set[str]:
    return {one for number in numbers for one in erasing.family_of(connection, number)}


def _hindrances(connection: Connection, address: Address, found: Theirs) -> list[str]:
    # Others' words go with their cases, too.
    people = {
        one for number in found.own for one in erasing.people_of(connection, erasing.family_of(connection, number))
    }
    held = holds.among(connection, {address.key, *people, *_families(connection, (*found.own, *found.shared))})
    if held:
        told = "; ".join(f"{target} ({why})" if why else target for target, why in sorted(held.items()))
        return [f"under legal hold: {told}. Nothing was erased; `mailgate legal-hold remove` ends a hold"]
    if found.unfinished:
        numbers = ", ".join(found.unfinished)
        return [f"not closed yet: {numbers}. Close them first (`mailgate case close NUMBER`), and nobody waits in vain"]
    if found.waiting:
        return [f"mail of theirs is being handled ({', '.join(map(str, found.waiting))}): try again in a minute"]
    if found.queued:
        why = "a letter to them or about their mail is about to leave"
        drop = "mailgate outbox list --state queued --to ADDRESS | mailgate outbox drop -"
        return [f"{why}: try again when it has, or drop it (`{drop}`)"]
    return []


def _left(house: House, address: Address, found: Theirs) -> tuple[str, ...]:
    notes = []
    if house.directory.contact(address.key):
        notes.append("the address still stands in contacts.toml: take it out there")
    if found.blocked:
        notes.append("the address is still on the block list: `mailgate block remove` takes it off")
    if found.shared:
        notes.append(f"mails of others may still quote them: on {', '.join(found.shared)}")
    return (*notes, "backups keep what they hold until they are replaced")


def _foreseen(found: Theirs) -> dict[str, int]:
    return {
        "cases": len(found.own),
        "shared_cases": len(found.shared),
        "mails": len(found.mails),
        "letters": found.letters,
    }


def _erase(connection: Connection, key: str, found: Theirs, by: str, now: datetime) -> dict[str, int]:
    counts = {"cases": 0, "mails": 0, "letters": 0, "entries": 0}
    for number in found.own:
        family = erasing.family_of(connection, number)
        gone = erasing.forget_cases(connection, family, f"erased by request, by {by}", now)
        counts = {name: counts[name] + gone[name] for name in counts}
    key, both = handle(key), (*found.mails, *found.passed)
    for number in found.shared:
        counts["entries"] += erasing.forget_on(connection, number, key, both)
    counts["letters"] += erasing.forget_letters(connection, key, both)
    erasing.set_aside(connection, both, by, now)
    counts["mails"] += erasing.forget_mails(connection, both, now)
    return counts | {"shared_cases": len(found.shared), "contacts": forget_address(connection, key)}


def forget_expired(house: House, limit: int, *, dry_run: bool = False) -> dict[str, int]:
    """What retention says, at most `limit` of each; how many cases lost their words, cases their raw mail, and dropped
    mails all. A policy that keeps everything costs no question."""
    counts = {"cases": 0, "raw": 0, "dropped": 0}
    now = house.clock.now()
    for name, policy in sorted(house.policies.items()):
        if policy.retention.raw is None and policy.retention.closed is None:
            continue
        with house.store.write() as connection:
            erasing.thoroughly(connection)
            holds.lock(connection)
            for what, number in _expired(house, connection, name, policy, limit, now, dry_run=dry_run).items():
                counts[what] += number
    return counts


def _expired(
    house: House, connection: Connection, name: str, policy: Policy, limit: int, now: datetime, *, dry_run: bool
) -> dict[str, int]:
    kept, counts = policy.retention, {"cases": 0, "raw": 0, "dropped": 0}
    if kept.closed is not None:
        found = erasing.closed_and_there(connection, name, now - kept.closed.length, limit)
        counts["cases"] = len(found)
        for number in [] if dry_run else found:
            family = erasing.family_of(connection, number)
            erasing.forget_cases(connection, family, f"erased after {kept.closed}, as the policy says", now)
    if kept.raw is not None:
        before = now - kept.raw.length
        found = erasing.closed_with_raw(connection, name, before, limit)
        counts["raw"] = len(found)
        for number in [] if dry_run else found:
            erasing.forget_raw(connection, erasing.family_of(connection, number), now)
        for box in [one.name for one in house.settings.mailboxes.values() if one.policy == name]:
            ids = erasing.dropped_and_there(connection, box, before, limit)
            counts["dropped"] += len(ids) if dry_run else erasing.forget_mails(connection, ids, now)
    return counts
