"""`explain`: why a mail came to what it came to, or what would become of one. Nothing here changes anything."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click

from mailgate import app
from mailgate.cli import show
from mailgate.cli.opening import opened, quiet, with_config, with_json
from mailgate.clock import SystemClock
from mailgate.errors import MailgateError
from mailgate.explaining.discretion import discreet
from mailgate.explaining.narrating import narrate
from mailgate.explaining.stored import letters_in, stored
from mailgate.explaining.telling import tell
from mailgate.house import House
from mailgate.mail.message import Envelope, Mail, RawMail
from mailgate.policy.load import load_policies
from mailgate.reading import read_mail
from mailgate.rehearsing import rehearse
from mailgate.settings import Settings, load_settings
from mailgate.store.db import Store, check_schema, is_empty, open_store, upgrade
from mailgate.store.named import mail_named
from mailgate.store.opening import open_as_set

# An id, an entry of a case, a Message-ID; all else is a file.
_NAME = re.compile(r"#?[0-9]+(?:/[0-9]+)?|<[^<>\s]+>|[^/\s<>]+@[^/\s<>]+")
# Where MTAs write whom a mail was for, best first.
_RECIPIENT_FIELDS = ("x-original-to", "delivered-to", "envelope-to")


@click.command()
@click.argument("what", metavar="FILE|ID")
@click.option(
    "--mailbox", metavar="NAME", help="Of a FILE: the mailbox it came to; else that whose address stands in it."
)
@click.option("--brief", is_flag=True, help="Only how it came, what was decided, and what became of the letters.")
@click.option("--trace", is_flag=True, help="Step by step in the words of the code, for whoever looks after the gate.")
@with_json
@with_config
def explain(what: str, mailbox: str | None, brief: bool, trace: bool, as_json: bool, config: Path) -> None:
    """Why a mail came to what it came to.

    In sentences that can be handed on to its writer: they name no token, none of our own people, and nobody else's
    words. Times are those of the mailbox's policy. Of an ID (`mailgate inbox list`; or a Message-ID, or an entry of a
    case: 2611000001/2) it tells what happened; of a FILE (or `-`) what would happen to it now, without doing it. A
    number is an ID, unless there is a file of that name.
    """
    if _is_name(what):
        _explain_stored(what, config, brief=brief, trace=trace, as_json=as_json)
        return
    data = _bytes_of(what)
    quiet()
    settings = load_settings(config)
    with _store_or_none_yet(settings) as (store, known):
        house = app.build_house(settings, store, read_mail)
        raw = _addressed(house, data, mailbox)
        story = discreet(rehearse(house, raw))
        zone = house.policy_of(raw.envelope.mailbox).zone
    if as_json:
        show.as_json(story)
        return
    show.say("What would happen to this mail now (nothing is kept or sent):")
    if not known:
        show.say("There is no store yet: no case, no earlier mail and no blocked sender is known.")
    show.say("")
    _tell(tell(story) if trace else narrate(story, None, letters_in(story), zone, brief=brief))


@contextmanager
def _store_or_none_yet(settings: Settings) -> Iterator[tuple[Store, bool]]:
    """The store, or an empty one in memory where there is none; whether it was there."""
    with ExitStack() as stack:
        with settings.blamed("store", "url"):
            store = stack.enter_context(closing(open_as_set(settings.store)))
            known = not is_empty(store)
        if not known:
            store = stack.enter_context(closing(open_store("sqlite://")))
            upgrade(store)
        check_schema(store)
        yield store, known


def _is_name(what: str) -> bool:
    """Whether it names a mail in the store, and no file."""
    return _NAME.fullmatch(what) is not None and not Path(what).exists()


def _explain_stored(named: str, config: Path, *, brief: bool, trace: bool, as_json: bool) -> None:
    with opened(config) as (settings, store), store.read() as connection:
        found = stored(connection, mail_named(connection, named))
    if as_json:
        show.as_json((found.story or {}) | {"inbound": found.mail, "delivery": found.letters})
        return
    if trace:
        _trace(found.mail, found.story, found.letters)
        return
    mailbox = settings.mailboxes.get(found.mail["mailbox"])
    _tell(found.sentences(load_policies(settings)[mailbox.policy].zone if mailbox else "UTC", brief=brief))


def _trace(mail: dict[str, Any], story: dict[str, Any] | None, letters: list[dict[str, Any]]) -> None:
    received = show.moment(mail["received_at"])
    show.say(f"Mail {mail['id']}, received {received} UTC at door {mail['door']}: {mail['state']}")
    if mail["seen"] > 1:
        show.say(f"  it came {mail['seen']} times, and was kept once")
    for done in ("released_by", "dropped_by"):
        if mail[done]:
            show.say(f"  {done.replace('_', ' ')} {mail[done]}")
    if story:
        show.say("")
        _tell(tell(story))
    elif mail["state"] == "waiting":
        show.say("  it waits for its turn; nothing is decided yet")
    for one in letters:
        done = " ".join(filter(None, (one["state"], show.moment(one["done_at"]))))
        back = f", came back {show.moment(one['bounced_at'])}" if one["bounced_at"] else ""
        why = f": {one['error']}" if one["error"] else ""
        show.say(f"  letter {one['id']}: {one['kind']} to {one['to']}: {done}, attempts {one['attempts']}{back}{why}")
    if mail["traceback"]:
        show.say("")
        show.say(f"It failed ({mail['attempts']} times). `mailgate inbox replay {mail['id']}` tries again.")
        show.words(mail["traceback"])


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
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
