"""`explain`: why a mail came to what it came to, or what would become of one. Nothing here changes anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click

from mailgate import app, pipeline
from mailgate.cli import show
from mailgate.cli.opening import opened, quiet, with_config, with_json
from mailgate.cli.telling import tell
from mailgate.clock import SystemClock
from mailgate.errors import MailgateError
from mailgate.house import House
from mailgate.mail.message import Envelope, Mail, RawMail
from mailgate.reading import read_mail
from mailgate.settings import Settings, load_settings
from mailgate.store import facts
from mailgate.store.db import Store, check_schema, is_empty, open_store, upgrade

# Where MTAs write whom a mail was for, best first.
_RECIPIENT_FIELDS = ("x-original-to", "delivered-to", "envelope-to")


@click.command()
@click.argument("what", metavar="FILE|ID")
@click.option(
    "--mailbox", metavar="NAME", help="Of a FILE: the mailbox it came to; else that whose address stands in it."
)
@with_json
@with_config
def explain(what: str, mailbox: str | None, as_json: bool, config: Path) -> None:
    """Why a mail came to what it came to, step by step.

    Of an ID (`mailgate inbox list`) it tells what happened; of a FILE (or `-`) what would happen to it now, without
    doing it. A number is an ID, unless there is a file of that name.
    """
    if what.isascii() and what.isdigit() and not Path(what).exists():
        _explain_id(int(what), config, as_json=as_json)
        return
    data = _bytes_of(what)
    quiet()
    settings = load_settings(config)
    with _store_or_none_yet(settings) as (store, known):
        house = app.build_house(settings, store, read_mail)
        story = pipeline.rehearse(house, _addressed(house, data, mailbox))
    if as_json:
        show.as_json(story)
        return
    show.say("What would happen to this mail now (nothing is kept or sent):")
    if not known:
        show.say("There is no store yet: no case, no earlier mail and no blocked sender is known.")
    show.say("")
    _tell(story)


@contextmanager
def _store_or_none_yet(settings: Settings) -> Iterator[tuple[Store, bool]]:
    """The store, or an empty one in memory where there is none; whether it was there."""
    with ExitStack() as stack:
        with settings.blamed("store", "url"):
            store = stack.enter_context(closing(open_store(settings.store.url)))
            known = not is_empty(store)
        if not known:
            store = stack.enter_context(closing(open_store("sqlite://")))
            upgrade(store)
        check_schema(store)
        yield store, known


def _explain_id(inbound_id: int, config: Path, *, as_json: bool) -> None:
    with opened(config) as (_, store), store.read() as connection:
        mail = facts.show_inbox(connection, inbound_id)
    story = mail.pop("trace")
    if as_json:
        show.as_json((story or {}) | {"inbound": mail})
        return
    show.say(
        f"Mail {inbound_id}, received {show.moment(mail['received_at'])} UTC at door {mail['door']}: {mail['state']}"
    )
    if mail["seen"] > 1:
        show.say(f"  it came {mail['seen']} times, and was kept once")
    if mail["released_by"]:
        show.say(f"  released by {mail['released_by']}")
    if mail["dropped_by"]:
        show.say(f"  dropped by {mail['dropped_by']}")
    if story:
        show.say("")
        _tell(story)
    elif mail["state"] == "waiting":
        show.say("  it waits for its turn; nothing is decided yet")
    if mail["traceback"]:
        show.say("")
        show.say(f"It failed ({mail['attempts']} times). `mailgate inbox replay {inbound_id}` tries again.")
        show.words(mail["traceback"])


def _tell(story: dict[str, Any]) -> None:
    for line in tell(story):
        show.say(line)


def _bytes_of(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def _raw(data: bytes, mailbox: str = "", recipients: tuple[str, ...] = ()) -> RawMail:
    envelope = Envelope(
        mailbox=mailbox, sender=None, recipients=recipients, door="(file)", received_at=SystemClock().now()
    )
    return RawMail(data, envelope)


def _addressed(house: House, data: bytes, wanted: str | None) -> RawMail:
    """The mail as if it just came to the mailbox that was asked for, else to the one that its header names."""
    mailboxes = house.settings.mailboxes
    if wanted is not None and wanted not in mailboxes:
        raise MailgateError(f'there is no mailbox "{wanted}"; there are: {", ".join(mailboxes)}')
    named = _recipient(house.settings, house.read(_raw(data)))
    if wanted is not None and (named is None or named[0] != wanted):
        named = wanted, mailboxes[wanted].address
    if named is None:
        raise MailgateError(
            "no address of ours stands in this mail (a door answers 550 to any other); where it came to us all the "
            f"same: --mailbox NAME ({', '.join(mailboxes)})"
        )
    return _raw(data, named[0], (named[1],))


def _recipient(settings: Settings, mail: Mail) -> tuple[str, str] | None:
    """The first address of ours in the header, and its mailbox."""
    named = [mail.field(field).strip().strip("<>") for field in _RECIPIENT_FIELDS]
    for address in [*named, *(one.address for one in (*mail.to, *mail.cc))]:
        mailbox = settings.taker_of(address)
        if mailbox is not None:
            return mailbox.name, address
    return None
