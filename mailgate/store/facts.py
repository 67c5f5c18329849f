"""What the walk asks: what is known about a mail, and which cases its clues lead to. It asks only what the mail has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, case, func, select

from mailgate.cases.case import Case
from mailgate.cases.clues import Clues
from mailgate.cases.match import Candidates, ThreadCase, TokenOwner
from mailgate.cases.ref import token_hash
from mailgate.checks.finding import Known
from mailgate.mail.canary import tokens_in
from mailgate.mail.message import Mail
from mailgate.store import canaries
from mailgate.store.ahead import NOTHING, THREADS, Ahead, is_unheard_of
from mailgate.store.among import among
from mailgate.store.blocks import patterns_for
from mailgate.store.columns import constants, handle
from mailgate.store.found import case_of, cases_of, family, find, follow_up_of
from mailgate.store.had import AUTOMATIC_LETTERS, CLOCKS_DIFFER, had_by, letters_of_the_day
from mailgate.store.listings import inbox_sums, show_case, show_inbox, show_outbox
from mailgate.store.lists import list_cases, list_inbox, list_outbox
from mailgate.store.rows import COPIES_COME_WITHIN
from mailgate.store.tables import block, inbound, outbox, thread_id

__all__ = [
    "candidates",
    "case_of",
    "cases_of",
    "follow_up_of",
    "inbox_sums",
    "known_about",
    "letters_about",
    "list_cases",
    "list_inbox",
    "list_outbox",
    "show_case",
    "show_inbox",
    "show_outbox",
    "still_waiting",
]


def known_about(
    connection: Connection,
    mail: Mail,
    own_addresses: frozenset[str],
    now: datetime,
    inbound_id: int | None = None,
    words: str = "",
    ahead: Ahead = NOTHING,
) -> Known:
    """What the checks need to know. `inbound_id` is the row of the mail itself: no copy of itself. `words` is the key
    of what it says (`cases/repeat.py`), "" where that is not to be looked for."""
    # Without a strict author nothing says that two mails are from one hand: NULL equals nothing, no guess.
    author = mail.identity.key if mail.identity else None
    letters = ahead.letters_to(author)
    if letters is None:
        letters = letters_of_the_day(connection, [author], now)[handle(author)] if author else ()
    had = had_by(letters, words, mail.envelope.received_at, now)
    if is_unheard_of(mail, ahead) and not tokens_in(mail):
        return Known(own_addresses=own_addresses, had=had)
    row = connection.execute(
        _known,
        {
            "message_id": mail.message_id,
            "author": author,
            "mailbox": mail.envelope.mailbox,
            "week_ago": now - COPIES_COME_WITHIN,
            "inbound_id": inbound_id or 0,
            "patterns": patterns_for(mail),
        },
    ).one()
    return Known(
        own_addresses=own_addresses,
        our_letter=row.our_letter is not None,
        copy_of=row.copy_of or row.passed_on,
        blocked_by=row.blocked_by,
        had=had,
        canary=bool(tokens_in(mail)) and canaries.is_home(connection, inbound_id or 0),
    )


def letters_about(connection: Connection, number: str, author: str, now: datetime) -> tuple[int, int]:
    """How many automatic letters there were about a case in the last day, and how many of them to that address key."""
    asked = {"number": number, "author": author, "day_ago": now - timedelta(days=1), "hence": now + CLOCKS_DIFFER}
    row = connection.execute(_about, asked).one()
    return row.all, row.his


def candidates(
    connection: Connection,
    clues: Clues,
    mailbox: str,
    *,
    lock: bool,
    copy_of: str | None = None,
    also: Iterable[str] = (),
    ahead: Ahead = NOTHING,
) -> Candidates:
    """The cases that the clues lead to, of all mailboxes; for a Message-ID those of `mailbox` stand first.

    `copy_of` is the number of the case of an earlier copy. With `lock` the cases stay as they are until the end of the
    transaction (on SQLite a writer is alone anyway), and those of the numbers `also`: all are locked at once.
    """
    owners = _owners(connection, _by_token, clues.tokens)
    paths = _owners(connection, _by_path, clues.paths)
    # The mail's own id is asked for only where it may lead somewhere: a first mail has no clues.
    has_clues = bool(clues.tokens or clues.paths or clues.message_ids or clues.subject_keys or clues.subject_numbers)
    own = (clues.own_id,) if clues.own_id and (has_clues or clues.body_keys or clues.quoted_keys) else ()
    ids = {handle(one): one for one in (*clues.message_ids, *own)}
    threads = {} if ahead.lacks(THREADS, *ids) else _threads(connection, ids, mailbox)
    holding = {number for number, ours in threads.get(clues.own_id or "", ()) if not ours}
    if clues.own_id not in clues.message_ids:
        threads.pop(clues.own_id or "", None)
    keys = {key.upper() for key in (*clues.subject_keys, *clues.body_keys, *clues.quoted_keys)}
    numbers: set[str] = {row["case_number"] for row in (*owners.values(), *paths.values())}
    numbers.update(number for found in threads.values() for number, _ in found)
    numbers.update(clues.subject_numbers, holding, also)
    if copy_of:
        numbers.add(copy_of)
    found = find(connection, numbers, keys, lock=lock)
    cases = found.by_number
    return Candidates(
        by_token={token: _owner(cases[row["case_number"]], row) for token, row in owners.items()},
        by_path={token: _owner(cases[row["case_number"]], row) for token, row in paths.items()},
        by_message_id={
            one: tuple(ThreadCase(cases[number], ours) for number, ours in leads) for one, leads in threads.items()
        },
        by_key=found.by_key,
        by_number={number: cases[number] for number in clues.subject_numbers if number in cases},
        copy=cases.get(copy_of) if copy_of else None,
        holding=frozenset(cases[number].number for number in holding),
    )


def known_identities(connection: Connection, identities: Sequence[str]) -> set[str]:
    """Which of these have come before."""
    return set(connection.execute(select(inbound.c.identity).where(inbound.c.identity.in_(identities))).scalars())


def still_waiting(connection: Connection, message_ids: Iterable[str]) -> dict[tuple[str, str], int]:
    """Which of these Message-IDs are mails that wait: by mailbox and Message-ID, the inbound id of the first."""
    ids = {handle(one): one for one in message_ids}
    if not ids:
        return {}
    found = connection.execute(_waiting_among, {"ids": sorted(ids)})
    return {(mailbox, ids[one]): number for mailbox, one, number in found}


# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_known = select(
    select(outbox.c.id).where(outbox.c.message_id == bindparam("message_id")).scalar_subquery().label("our_letter"),
    select(inbound.c.case_number)
    .where(inbound.c.message_id == bindparam("message_id"), inbound.c.from_key == bindparam("author"))
    .where(inbound.c.mailbox == bindparam("mailbox"), inbound.c.case_number.is_not(None))
    .where(inbound.c.received_at > bindparam("week_ago"), inbound.c.id != bindparam("inbound_id"))
    .order_by(inbound.c.id)
    .limit(1)
    .scalar_subquery()
    .label("copy_of"),
    select(inbound.c.case_number)
    .where(inbound.c.passed_id == bindparam("message_id"), inbound.c.passed_from == bindparam("author"))
    .where(inbound.c.mailbox == bindparam("mailbox"), inbound.c.case_number.is_not(None))
    .where(inbound.c.received_at > bindparam("week_ago"), inbound.c.id != bindparam("inbound_id"))
    .order_by(inbound.c.id)
    .limit(1)
    .scalar_subquery()
    .label("passed_on"),
    select(func.min(block.c.pattern)).where(among(block.c.pattern, "patterns")).scalar_subquery().label("blocked_by"),
)
_about = (
    select(
        func.count().label("all"),
        func.count(case((outbox.c.recipient_key == bindparam("author"), 1))).label("his"),
    )
    .where(outbox.c.case_number.in_(family()), outbox.c.created_at > bindparam("day_ago"))
    .where(outbox.c.created_at <= bindparam("hence"))
    .where(outbox.c.kind.in_(constants(AUTOMATIC_LETTERS)))
)
_by_token, _by_path = (
    select(
        column.label("hash"),
        outbox.c.case_number,
        outbox.c.recipient_key,
        outbox.c.kind,
        outbox.c.inbound_id,
        outbox.c.revoked_at,
    ).where(among(column, "hashes"), outbox.c.case_number.is_not(None))
    for column in (outbox.c.token_hash, outbox.c.path_hash)
)
_threads_of = select(thread_id.c.message_id, thread_id.c.case_number, thread_id.c.ours, thread_id.c.mailbox).where(
    among(thread_id.c.message_id, "ids")
)
_waiting_among = (
    select(inbound.c.mailbox, inbound.c.message_id, func.min(inbound.c.id))
    # The state is no longer one that an index knows: without statistics SQLite would go through all that wait.
    .where(among(inbound.c.message_id, "ids"), inbound.c.state.concat("") == "waiting")
    .group_by(inbound.c.mailbox, inbound.c.message_id)
)


def _owners(connection: Connection, by: Select[Any], tokens: Iterable[str]) -> dict[str, RowMapping]:
    """By token: what is known of the letter that it came with."""
    hashes = {token_hash(token): token for token in tokens}
    if not hashes:
        return {}
    return {hashes[row["hash"]]: row for row in connection.execute(by, {"hashes": list(hashes)}).mappings()}


def _owner(case: Case, row: RowMapping) -> TokenOwner:
    return TokenOwner(
        case,
        row["recipient_key"],
        row["kind"],
        row["inbound_id"],
        row["revoked_at"] is not None,
        row["case_number"],
    )


def _threads(connection: Connection, ids: Mapping[str, str], mailbox: str) -> dict[str, list[tuple[str, bool]]]:
    """By Message-ID: the numbers of the cases it leads to, and whether it is ours."""
    if not ids:
        return {}
    found = connection.execute(_threads_of, {"ids": list(ids)})
    threads: dict[str, list[tuple[str, bool]]] = {}
    for one, number, ours, _ in sorted(found, key=lambda row: (row.mailbox != mailbox, row.case_number)):
        threads.setdefault(ids[one], []).append((number, ours))
    return threads
