"""The verbs that look into the store: cases, inbox, outbox, block list. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from mailgate.cases.account import AccountStatus
from mailgate.cases.case import Status
from mailgate.cli import show
from mailgate.cli.clocks import policy_of, say_time_of, time_of
from mailgate.cli.opening import opened, with_config, with_json
from mailgate.clock import SystemClock
from mailgate.store import blocks, facts, glances, integrity
from mailgate.store.listings import STATES

_limit = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")

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
_INBOX_CARD = {
    "state": "State",
    "reason": "Reason",
    "case": "Case",
    "from": "From",
    "subject": "Subject",
    "message_id": "Message-ID",
    "received_at": "Received (UTC)",
    "door": "Door",
    "peer": "Peer",
    "helo": "HELO",
    "authentication": "Authentication",
    "mailbox": "Mailbox",
    "sender": "Return path",
    "recipients": "Recipients",
    "marks": "Changed here",
    "size": "Bytes",
    "seen": "Came",
    "attempts": "Attempts",
    "due_at": "Due (UTC)",
    "done_at": "Done (UTC)",
    "released_by": "Released by",
    "dropped_by": "Dropped by",
}
_OUTBOX_CARD = {
    "state": "State",
    "case": "Case",
    "kind": "Letter",
    "key": "Key",
    "created_at": "Written (UTC)",
    "attempts": "Attempts",
    "due_at": "Due (UTC)",
    "done_at": "Done (UTC)",
    "bounced_at": "Came back (UTC)",
    "error": "Trouble",
    "envelope_from": "Return path",
}


@click.command("list")
@click.option("--status", type=click.Choice([one.value for one in Status]), help="Only those.")
@_limit
@with_json
@with_config
def case_list(status: str | None, limit: int | None, as_json: bool, config: Path) -> None:
    """The cases, newest first."""
    with opened(config) as (_, store), store.read() as connection:
        rows = facts.list_cases(connection, limit, status)
    if as_json:
        rows = [{name: value for name, value in row.items() if name != "merged_into"} for row in rows]
    else:
        rows = [row | {"status": f"in {row['merged_into']}"} if row["merged_into"] else row for row in rows]
    _list(rows, _CASE, "There are no such cases." if status else "There are no cases yet.", as_json=as_json)


@click.command("show")
@click.argument("number")
@with_json
@with_config
def case_show(number: str, as_json: bool, config: Path) -> None:
    """One case with its letters and its history.

    `mailgate inbox show` has each mail, `mailgate outbox show` each letter. Entries that hold words are numbered (for
    `case split`); those of a case that became part of this one keep their number there, and say which case it is.
    """
    with opened(config) as (settings, store), store.read() as connection:
        case = facts.show_case(connection, number.lstrip("#"))
        whole = facts.case_of(connection, case["number"])
        letters = glances.letters_of(connection, case["number"])
        mails = glances.mails_behind(connection, case["number"])
    policy = policy_of(settings, whole) if whole else None
    now = SystemClock().now()
    time = time_of(whole, policy, now) if whole and policy else {}
    if as_json:
        history = [_line(entry, case["number"]) for entry in case["history"]]
        show.as_json(case | time | {"history": history})
        return
    show.say(f"#{case['number']}: {case['subject']}")
    show.say(case["ref"])
    opened_at = show.moment(case["opened_at"])
    show.say(f"{case['status']}, priority {case['priority']}, opened {opened_at} UTC in mailbox {case['mailbox']}")
    if case["merged"]:
        show.say(f"with the merged {', '.join(f'#{one}' for one in case['merged'])}")
    show.say(f"contact: {case['contact'] or 'nobody (the mail named no single sender)'}" + _account(case))
    others = [one for one in case["participants"] if one != (case["contact"] or "").casefold()]
    if others:
        show.say(f"taking part: {', '.join(others)}")
    show.say(f"with: {case['owner'] or 'nobody yet'}, level {case['level']}" + _more(case, time))
    if whole and policy:
        say_time_of(whole, policy, now)
    if letters:
        show.say("letters:")
    for one in letters:
        show.say(f"  letter {one['id']}: {one['kind']} to {one['to']}, {one['state']}" + _came_back(one))
    for entry, inbound_id in zip(case["history"], mails, strict=True):
        show.say("")
        behind = f"  (mail {inbound_id})" if inbound_id else ""
        which = f"entry {entry['n']}  " if entry["n"] else ""
        merged = f"#{entry['of']}  " if entry["of"] != case["number"] else ""
        show.say(f"{merged}{which}{show.moment(entry['at'])}  {entry['kind']}  {entry['actor']}{behind}")
        show.words(entry["text"])
        for line in _files(entry.get("attachments", ())):
            show.say(f"  {line}")
        for one in entry.get("not_delivered", ()):
            show.say(f"  not delivered to {one['to']}: {one['why']}")


def _files(attachments: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What came with an entry; a picture that was on the case before is counted alone."""
    again = sum(one.get("seen", False) for one in attachments)
    for one in attachments:
        if not one.get("seen", False):
            yield f"file: {one['name'] or one['type']} ({one['size']} bytes)"
    if again:
        yield f"and {again} picture{'s' if again > 1 else ''} seen before"


def _came_back(letter: dict[str, Any]) -> str:
    return f", and came back {letter['bounced_at']:%Y-%m-%d %H:%M:%S}" if letter["bounced_at"] else ""


def _account(case: dict[str, Any]) -> str:
    escalated = ", escalated then" if case["account_status"] == AccountStatus.ESCALATED else ""
    return f", of {case['account']}{escalated}" if case["account"] else ""


def _more(case: dict[str, Any], time: dict[str, Any]) -> str:
    kind = f", {case['kind']}" if case["kind"] else ""
    rung = f", escalated to rung {case['rung']} ({time.get('rung_name')})" if case["rung"] else ""
    return kind + rung + (", priority not validated yet" if case["provisional"] else "")


def _line(entry: dict[str, Any], number: str) -> dict[str, Any]:
    """An entry as JSON shows it: `n` where it has a number, `of` where it is of a case that became part of this one."""
    left_out = {name for name, unless in (("n", None), ("of", number)) if entry[name] == unless}
    return {name: value for name, value in entry.items() if name not in left_out}


@click.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only those.")
@_limit
@with_json
@with_config
def inbox_list(state: str | None, limit: int | None, as_json: bool, config: Path) -> None:
    """Every accepted mail and what became of it, newest first.

    Each is exactly one of: filed (on a case), held (with a named reason), shelved (with its traceback), dropped (by a
    person's word), or waiting.
    """
    with opened(config) as (_, store), store.read() as connection:
        rows = (facts.list_inbox if as_json else glances.glance_at_inbox)(connection, limit, state)
        sums = facts.inbox_sums(connection)
    _list(rows, _INBOX, "There are no such mails." if state else "No mail has come in yet.", as_json=as_json)
    if rows and not as_json:
        show.say("")
        show.say(f"{sum(sums.values())} received: " + ", ".join(f"{count} {name}" for name, count in sums.items()))


@click.command("show")
@click.argument("inbound_id", metavar="ID", type=int)
@with_json
@with_config
def inbox_show(inbound_id: int, as_json: bool, config: Path) -> None:
    """One accepted mail, and its traceback where it failed. `mailgate explain ID` tells why."""
    with opened(config) as (_, store), store.read() as connection:
        mail = facts.show_inbox(connection, inbound_id)
    if as_json:
        show.as_json(mail)
        return
    show.card(mail | {"seen": f"{mail['seen']} times" if mail["seen"] > 1 else ""}, _INBOX_CARD)
    if mail["traceback"]:
        show.say("")
        show.words(mail["traceback"])


@click.command("list")
@click.option("--state", type=click.Choice(["queued", "sent", "failed", "held", "dropped"]), help="Only those.")
@_limit
@with_json
@with_config
def outbox_list(state: str | None, limit: int | None, as_json: bool, config: Path) -> None:
    """Every letter and whether it was sent, newest first."""
    with opened(config) as (_, store), store.read() as connection:
        rows = (facts.list_outbox if as_json else glances.glance_at_outbox)(connection, limit, state)
    _list(rows, _OUTBOX, "There are no such letters." if state else "No letter was written yet.", as_json=as_json)


@click.command("show")
@click.argument("outbox_id", metavar="ID", type=int)
@with_json
@with_config
def outbox_show(outbox_id: int, as_json: bool, config: Path) -> None:
    """One letter as it leaves."""
    with opened(config) as (_, store), store.read() as connection:
        letter = facts.show_outbox(connection, outbox_id)
    if as_json:
        show.as_json(letter)
        return
    show.card(letter, _OUTBOX_CARD)
    show.say("")
    show.words(letter["message"], indent="")


@click.command("list")
@with_json
@with_config
def block_list(as_json: bool, config: Path) -> None:
    """Senders who are not let in."""
    with opened(config) as (_, store), store.read() as connection:
        rows = blocks.blocked(connection)
    _list(rows, {"pattern": "SENDER", "by": "BY", "at": "SINCE (UTC)"}, "Nobody is blocked.", as_json=as_json)


@click.command("check")
@click.option("--deep", is_flag=True, help="Also read every octet, and compare it with what was stored.")
@with_json
@with_config
def db_check(deep: bool, as_json: bool, config: Path) -> None:
    """Whether the database is of this version, whole, and has all octets. Exit code 1 where it is not."""
    with opened(config) as (_, store), store.read() as connection:
        wrong = [*integrity.damages(connection), *integrity.missing(connection)]
        wrong += integrity.altered(connection) if deep else ()
    if as_json:
        show.as_json({"database": store.name, "wrong": wrong})
    else:
        for line in wrong:
            show.say(f"{store.name}: {line}")
        if not wrong:
            show.say(f"{store.name}: the schema is this version's, and all is there{' and unaltered' if deep else ''}")
        else:
            show.say("Restore a backup (systemd/README.md), and keep the damaged database for whoever looks into it.")
    if wrong:
        raise click.exceptions.Exit(1)


def _list(rows: list[dict[str, Any]], columns: dict[str, str], nothing: str, *, as_json: bool) -> None:
    if as_json:
        show.as_json(rows)
    else:
        show.table(rows, columns, nothing)
