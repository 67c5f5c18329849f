"""The stdin door, `mailgate deliver`: one mail from an MTA's pipe, answered with an exit code of sysexits.h.

0 comes after the durable commit and never before. 67 and 65 bounce and are for what is wrong with this mail by our
settings. Whatever else happens is doubt, and doubt is 75: the MTA keeps the mail and tries again. (A plain traceback
would be exit code 1, which Postfix takes for "bounce".) Nothing is logged: an MTA puts our output into its log and,
at the end of its patience, into the bounce.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from mailgate.clock import Clock
from mailgate.door_settings import Door
from mailgate.intake.accept import accept_now
from mailgate.intake.data import CHUNK
from mailgate.intake.line_ends import mended
from mailgate.mail.message import Authentication, Envelope
from mailgate.settings import Settings, load_settings
from mailgate.store.db import ANSWERS_WITHIN_SECONDS, Store, check_schema, is_empty, upgrade
from mailgate.store.opening import open_as_set
from mailgate.store.peers import clock_of

OK = 0
TOO_BIG = 65  # EX_DATAERR
NO_SUCH_MAILBOX = 67  # EX_NOUSER
DOUBT = 75  # EX_TEMPFAIL

DEFAULT_CONFIG = "/etc/mailgate/mailgate.toml"
USAGE = """\
usage: mailgate deliver [--config FILE] --sender ADDRESS --recipient ADDRESS [--recipient ADDRESS ...]

Takes one mail on standard input and answers with an exit code of sysexits.h: 0 stored, 67 no such mailbox,
65 too big, 75 try again later (all else). FILE is $MAILGATE_CONFIG or /etc/mailgate/mailgate.toml where not given.
An empty ADDRESS, <> and MAILER-DAEMON mean the null sender.
"""


class NotDelivered(Exception):
    """`code` is the exit code, the text one line for the MTA's log."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        super().__init__(text)


@dataclass(slots=True)
class Orders:
    """What the command line said."""

    config: Path | None = None
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)


def deliver(argv: Sequence[str], stdin: BinaryIO, clock: Clock | None = None) -> int:
    """The whole delivery; `argv` is what follows the verb. Raises for what is in doubt: `__main__` makes it 75."""
    if list(argv) == ["--help"]:
        sys.stdout.write(USAGE)
        return OK
    try:
        _deliver(read_orders(argv), stdin, clock)
    except NotDelivered as refused:
        sys.stderr.write(f"mailgate deliver: {refused}\n")
        return refused.code
    return OK


def read_orders(argv: Sequence[str]) -> Orders:
    """Options by hand: argparse would take an address that begins with a dash for an option, and exit with 2."""
    orders = Orders()
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in ("--config", "--sender", "--recipient"):
            raise NotDelivered(DOUBT, f"unknown argument {word!r}; see mailgate deliver --help")
        given = value if equals else next(words, None)
        if given is None:
            raise NotDelivered(DOUBT, f"{name} wants a value")
        if name == "--config":
            orders.config = Path(given)
        elif name == "--sender":
            # Postfix gives the null sender as MAILER-DAEMON unless pipe(8) is told `null_sender=`.
            orders.sender = "" if given in ("<>", "MAILER-DAEMON") else given
        else:
            orders.recipients.append(given)
    if orders.sender is None or not orders.recipients:
        raise NotDelivered(DOUBT, "--sender and --recipient are both needed")
    return orders


def _deliver(orders: Orders, stdin: BinaryIO, clock: Clock | None) -> None:
    settings = load_settings(orders.config or Path(os.environ.get("MAILGATE_CONFIG", DEFAULT_CONFIG)))
    owned = _owners(settings, orders.recipients)
    door = _door(settings)
    raw, marks = read_mail(stdin, door.max_message_bytes)
    # What the door's `trust` finds, is found when the mail is walked (`verify.py`).
    found = Authentication.UNKNOWN if door.trust == "none" else Authentication.UNVERIFIED
    with closing(open_as_set(settings.store, ANSWERS_WITHIN_SECONDS)) as store:
        _prepare(store)
        now = (clock or clock_of(store)).now()
        envelopes = [
            Envelope(mailbox, orders.sender, tuple(recipients), door.name, now, authentication=found, marks=marks)
            for mailbox, recipients in owned.items()
        ]
        accept_now(store, raw, envelopes)


def _owners(settings: Settings, recipients: Sequence[str]) -> dict[str, list[str]]:
    """Recipients by mailbox. One that is nobody's refuses the mail for all: there is one exit code, and a bounce says
    more than a recipient silently left out. MTAs are to give one recipient at a time (README)."""
    owned: dict[str, list[str]] = {}
    for recipient in recipients:
        mailbox = settings.taker_of(recipient)
        if mailbox is None:
            raise NotDelivered(NO_SUCH_MAILBOX, f"no mailbox of ours has the address {recipient}")
        owned.setdefault(mailbox.name, []).append(recipient)
    return owned


def _door(settings: Settings) -> Door:
    """The door that is the pipe; without one in the settings, one that trusts nobody and takes what any other does."""
    for door in settings.doors.values():
        if door.protocol == "pipe":
            return door
    default = Door(name="pipe", protocol="pipe")
    most = max((door.max_message_bytes for door in settings.doors.values()), default=default.max_message_bytes)
    return replace(default, max_message_bytes=most)


def read_mail(stdin: BinaryIO, limit: int) -> tuple[bytes, tuple[str, ...]]:
    """The mail as it stood on the wire, and what we had to change beyond giving it back its CRLFs."""
    read = bytearray()
    while chunk := stdin.read(CHUNK):
        read += chunk
        if len(read) > limit:
            raise NotDelivered(TOO_BIG, f"the mail is bigger than {limit} octets")
    raw = bytes(read)
    if raw.startswith(b"From "):  # pipe(8) flag F, procmail and others: the line that parts mails in an mbox file
        raw = raw.partition(b"\n")[2]
    if not raw.strip():
        # Nobody sends nothing: whoever feeds us broke off before the first octet.
        raise NotDelivered(DOUBT, "no mail on standard input")
    if b"\r" not in raw:  # as MTAs give it to a pipe
        raw = raw.replace(b"\n", b"\r\n")
    return mended(raw)


def _prepare(store: Store) -> None:
    """The first mail may come before the first `serve`."""
    if is_empty(store):
        upgrade(store)
    check_schema(store)
