"""The verbs that show one case, one mail, one letter. Nothing here changes anything; the lists are in `lists.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from mailgate.cases.account import AccountStatus
from mailgate.cli import show
from mailgate.cli.clocks import policy_of, say_time_of, time_of
from mailgate.cli.opening import opened, with_config, with_json
from mailgate.clock import SystemClock
from mailgate.store import facts, glances, integrity, search_index
from mailgate.store.erasing import ERASED
from mailgate.store.named import case_named, letter_named, mail_named

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


@click.command("show")
@click.argument("number", metavar="NUMBER|REF")
@with_json
@with_config
def case_show(number: str, as_json: bool, config: Path) -> None:
    """One case with its letters and its history.

    `mailgate inbox show` has each mail, `mailgate outbox show` each letter. Entries that hold words are numbered (for
    `case split`); those of a case that became part of this one keep their number there, and say which case it is.
    """
    with opened(config) as (settings, store), store.read() as connection:
        case = facts.show_case(connection, case_named(connection, number))
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
    nobody = "nobody any more (erased)" if case["subject"] == ERASED else "nobody (the mail named no single sender)"
    show.say(f"contact: {case['contact'] or nobody}" + _account(case))
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


@click.command("show")
@click.argument("which", metavar="ID|MESSAGE-ID")
@with_json
@with_config
def inbox_show(which: str, as_json: bool, config: Path) -> None:
    """One accepted mail, and its traceback where it failed. `mailgate explain ID` tells why."""
    with opened(config) as (_, store), store.read() as connection:
        mail = facts.show_inbox(connection, mail_named(connection, which))
    if as_json:
        show.as_json(mail)
        return
    show.card(mail | {"seen": f"{mail['seen']} times" if mail["seen"] > 1 else ""}, _INBOX_CARD)
    if mail["traceback"]:
        show.say("")
        show.words(mail["traceback"])


@click.command("show")
@click.argument("which", metavar="ID|MESSAGE-ID|KEY")
@with_json
@with_config
def outbox_show(which: str, as_json: bool, config: Path) -> None:
    """One letter as it leaves."""
    with opened(config) as (_, store), store.read() as connection:
        letter = facts.show_outbox(connection, letter_named(connection, which))
    if as_json:
        show.as_json(letter)
        return
    show.card(letter, _OUTBOX_CARD)
    show.say("")
    show.words(letter["message"], indent="")


@click.command("check")
@click.option("--deep", is_flag=True, help="Also read every octet, and compare it with what was stored.")
@with_json
@with_config
def db_check(deep: bool, as_json: bool, config: Path) -> None:
    """Whether the database is of this version, whole, and has all octets, as has the object store beside it.

    Exit code 1 where it is not.
    """
    with opened(config) as (_, store):
        with store.read() as connection:
            wrong = [*integrity.damages(connection), *integrity.missing(connection), *search_index.faults(connection)]
            wrong += [*integrity.altered(connection), *search_index.differences(connection)] if deep else ()
        wrong += integrity.objects_missing(store)
    if as_json:
        show.as_json({"database": store.name, "wrong": wrong})
    else:
        for line in wrong:
            show.say(f"{store.name}: {line}")
        if not wrong:
            show.say(f"{store.name}: the schema is this version's, and all is there{' and unaltered' if deep else ''}")
        else:
            show.say("What is said of the search index `mailgate db reindex` mends; for anything else:")
            show.say("restore a backup (systemd/README.md), and keep the damaged database for whoever looks into it.")
    if wrong:
        raise click.exceptions.Exit(1)
