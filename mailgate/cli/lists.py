"""The lists: cases, mails, letters, blocked senders. Each is narrowed by options, and read page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from mailgate.cases.case import Status
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cli import show
from mailgate.cli.narrowing import Number, hence, known_mailbox, with_pages, with_span
from mailgate.cli.opening import opened, with_config, with_json
from mailgate.cli.searching import bring_up, find
from mailgate.store import blocks, lists
from mailgate.store.listings import STATES, inbox_sums
from mailgate.store.named import case_named
from mailgate.store.peers import clock_of

LETTER_STATES = ("queued", "sent", "failed", "held", "dropped")

_CASE = {
    "number": "CASE",
    "status": "STATUS",
    "priority": "PRIORITY",
    "opened_at": "OPENED (UTC)",
    "mailbox": "MAILBOX",
    "contact": "CONTACT",
    "entries": "ENTRIES",
    "subject": "SUBJECT",
}
_INBOX = {
    "id": "ID",
    "state": "STATE",
    "reason": "REASON",
    "case": "CASE",
    "received_at": "RECEIVED (UTC)",
    "mailbox": "MAILBOX",
    "from": "FROM",
    "subject": "SUBJECT",
    "message_id": "MESSAGE-ID",
}
_OUTBOX = {
    "id": "ID",
    "state": "STATE",
    "case": "CASE",
    "kind": "LETTER",
    "to": "TO",
    "attempts": "ATTEMPTS",
    "due_at": "DUE (UTC)",
    "bounced_at": "CAME BACK (UTC)",
    "subject": "SUBJECT",
}
_BLOCK = {"pattern": "SENDER", "by": "BY", "at": "SINCE (UTC)"}
_OPEN = tuple(one.value for one in Status if one is not Status.CLOSED)


@click.command("list")
@click.option(
    "--status", "statuses", type=click.Choice([one.value for one in Status]), multiple=True,
    help="Only those; may be repeated.",
)  # fmt: skip
@click.option("--open", "is_open", is_flag=True, help="Only those that are not closed.")
@click.option("--closed", "is_closed", is_flag=True, help="Only those that are closed.")
@click.option(
    "--priority", "priorities", type=Number(), multiple=True, metavar="N", help="Only those; may be repeated."
)
@click.option("--mailbox", metavar="NAME", help="Only those of one mailbox.")
@click.option("--contact", metavar="ADDRESS", help="Only those in which this address takes part.")
@click.option("--owner", metavar="ADDRESS", help="Only those that this engineer has.")
@click.option("--unowned", is_flag=True, help="Only those that nobody has taken.")
@click.option("--subject", metavar="TEXT", help="Only those with these words in the subject; case does not matter.")
@click.option(
    "--search", "words", metavar="WORDS",
    help="Only those in which all these words stand: in the subject, in what was said, in the addresses of those who "
    "take part; of the last word the beginning will do. Newest number first.",
)  # fmt: skip
@with_span("Opened", "--opened-after", "--opened-before")
@click.option(
    "--due", metavar="WHEN", callback=hence,
    help='Only those to which time brings something by then: "4h" from now, or a moment.',
)  # fmt: skip
@click.option("--overdue", is_flag=True, help="Only those to which something is owed since before now.")
@click.option("--rung", type=Number(1), metavar="N", help="Only those on this rung of the escalation ladder.")
@with_pages("NUMBER")
@with_json
@with_config
def case_list(
    statuses: tuple[str, ...], is_open: bool, is_closed: bool, owner: str | None, unowned: bool, words: str | None,
    overdue: bool, limit: int | None, after: str | None, as_json: bool, config: Path, **narrow: Any,
) -> None:  # fmt: skip
    """The cases, newest first.

    All of what is said must be so; of an option that may be repeated, one of its values.
    """
    if owner is not None and unowned:
        raise click.UsageError("--owner and --unowned exclude each other")
    chosen = {*statuses, *(_OPEN if is_open else ()), *(("closed",) if is_closed else ())}
    wanted = lists.CasesWanted(
        statuses=tuple(one.value for one in Status if one.value in chosen),
        owner="" if unowned else owner,
        opened_after=narrow.pop("since"),
        opened_before=narrow.pop("before"),
        **narrow,
    )
    with opened(config) as (settings, store):
        known_mailbox(settings, wanted.mailbox)
        wanted = replace(wanted, owed=clock_of(store).now()) if overdue else wanted
        if words:
            bring_up(store)
        with store.read() as connection:
            page = _one_more(limit), after and case_named(connection, after)
            rows = find(connection, words, wanted, *page) if words else lists.find_cases(connection, wanted, *page)
    if not as_json:
        rows = [row | {"status": f"in {row['merged_into']}"} if row["merged_into"] else row for row in rows]
    nothing = show.NO_SUCH_CASES if wanted != lists.CasesWanted() or after or words else show.NO_CASES
    _page(rows, _CASE, nothing, limit, "number", None if not as_json else ("merged_into",))


@click.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only those; may be repeated.")
@click.option("--mailbox", metavar="NAME", help="Only those of one mailbox.")
@click.option("--from", "writer", metavar="ADDRESS|DOMAIN", help="Only those of this sender, or of all of a domain.")
@click.option("--reason", metavar="WORD", help='Only those with this reason: "auto_reply", "stranger", "opened", ...')
@with_span("Received")
@with_pages("ID")
@with_json
@with_config
def inbox_list(
    states: tuple[str, ...], limit: int | None, after: int | None, as_json: bool, config: Path, **narrow: Any
) -> None:
    """Every accepted mail and what became of it, newest first.

    Each is exactly one of: filed (on a case), held (with a named reason), shelved (with its traceback), dropped (by a
    person's word), or waiting.
    """
    wanted = lists.InboxWanted(states=states, **narrow)
    whole = wanted == lists.InboxWanted() and not after
    with opened(config) as (settings, store), store.read() as connection:
        known_mailbox(settings, wanted.mailbox)
        rows = lists.find_inbox(connection, wanted, _one_more(limit), after)
        sums = inbox_sums(connection) if whole and rows and limit is None and not as_json else {}
    nothing = show.NO_MAIL if whole else show.NO_SUCH_MAIL
    _page(rows, _INBOX, nothing, limit, "id", None if not as_json else ("from", "subject"))
    if sums:
        show.say("")
        show.say(f"{sum(sums.values())} received: " + ", ".join(f"{count} {name}" for name, count in sums.items()))


@click.command("list")
@click.option("--state", "states", type=click.Choice(LETTER_STATES), multiple=True, help="Only those; may be repeated.")
@click.option("--kind", type=click.Choice([one.value for one in LetterKind]), metavar="KIND", help="Only this letter.")
@click.option("--to", metavar="ADDRESS|DOMAIN", help="Only those to this address, or to all of a domain.")
@click.option("--case", "case", metavar="NUMBER", help="Only those about this case.")
@with_span("Written")
@with_pages("ID")
@with_json
@with_config
def outbox_list(
    states: tuple[str, ...], case: str | None, limit: int | None, after: int | None, as_json: bool, config: Path,
    **narrow: Any,
) -> None:  # fmt: skip
    """Every letter and whether it was sent, newest first."""
    with opened(config) as (_, store), store.read() as connection:
        number = case_named(connection, case) if case is not None else None
        wanted = lists.OutboxWanted(states=states, case=number, **narrow)
        rows = lists.find_outbox(connection, wanted, _one_more(limit), after)
    whole = wanted == lists.OutboxWanted() and not after
    nothing = show.NO_LETTERS if whole else show.NO_SUCH_LETTERS
    _page(rows, _OUTBOX, nothing, limit, "id", None if not as_json else ("bounced_at",))


@click.command("list")
@click.option("--text", metavar="TEXT", help="Only those with this in the address or domain.")
@with_span("Blocked")
@with_pages("SENDER")
@with_json
@with_config
def block_list(
    text: str | None, since: datetime | None, before: datetime | None, limit: int | None, after: str | None,
    as_json: bool, config: Path,
) -> None:  # fmt: skip
    """Senders who are not let in."""
    with opened(config) as (_, store), store.read() as connection:
        rows = blocks.blocked(connection, text or "", since, before, limit=_one_more(limit), after=after)
    nothing = show.NO_SUCH_BLOCKS if text or since or before or after else show.NO_BLOCKS
    _page(rows, _BLOCK, nothing, limit, "pattern", None if not as_json else ())


def _one_more(limit: int | None) -> int | None:
    """What is asked for to know whether there is a next page."""
    return None if limit is None else limit + 1


def _page(
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    nothing: str,
    limit: int | None,
    key: str,
    unsaid: Sequence[str] | None,
) -> None:
    """For people, or as JSON without what is `unsaid` there: DESIGN fixes its keys."""
    page = rows[:limit]
    if unsaid is not None:
        show.as_json([{name: value for name, value in row.items() if name not in unsaid} for row in page])
        return
    show.table(page, columns, nothing)
    if len(rows) > len(page):
        show.say("")
        show.say(f"There are more: --after {page[-1][key]}")
