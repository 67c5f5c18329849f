"""The verbs that change something: act on cases, mails and letters, on the block list and the database."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from mailgate import accounts, pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.cli import show
from mailgate.cli.housed import OPERATOR, housed
from mailgate.cli.opening import opened, quiet, with_config, with_json
from mailgate.cli.telling import tell_outcome
from mailgate.clock import SystemClock
from mailgate.errors import MailgateError
from mailgate.mail.message import Address
from mailgate.settings import load_settings
from mailgate.store import blocks, facts, keep, revoke
from mailgate.store.db import open_store, upgrade


@click.command("set")
@click.argument("number")
@click.option("--status", type=click.Choice([one.value for one in Status]), help="Its new status.")
@click.option("--priority", type=int, metavar="N", help="Its new priority; 1 is the most urgent.")
@click.option("--owner", metavar="ADDRESS", help='Who takes it; "" for nobody.')
@click.option("--level", type=int, metavar="N", help="The level of support that it goes to.")
@click.option("--kind", metavar="KIND", help="What sort of case it is (opening.kinds).")
@click.option("--answered", is_flag=True, help="A person has answered the customer.")
@click.option("--activated", is_flag=True, help="Work on it has begun.")
@click.option("--workaround", is_flag=True, help="There is a workaround.")
@click.option("--escalate", is_flag=True, help="One rung up the ladder.")
@click.option("--cc", "join", multiple=True, metavar="ADDRESS", help="Who takes part from now on.")
@click.option("--uncc", "leave", multiple=True, metavar="ADDRESS", help="Who takes part no more; his tokens end.")
@click.option("--ask", is_flag=True, help="Ask the customer for what the policy needs (texts.ask_for), and wait.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is handed on or escalated.")
@with_config
def case_set(number: str, config: Path, **what: Any) -> None:
    """Change a case: its status or priority, who has it, what was done.

    All of it or nothing; the status last, but what is over is opened first.
    """
    if not any(value not in (None, False, "", ()) or (name == "owner" and value == "") for name, value in what.items()):
        raise click.UsageError("say what to set: --status, --priority, --owner, ... (`mailgate case set --help`)")
    status = what.pop("status")
    given = {name: value for name, value in what.items() if value is not None}
    _act(number, config, EngineerActed(OPERATOR, Status(status) if status else None, **given))


@click.command("close")
@click.argument("number")
@with_config
def case_close(number: str, config: Path) -> None:
    """Close a case. A reply reopens it for as long as its policy says (closing.reopen_days)."""
    _act(number, config, EngineerActed(OPERATOR, Status.CLOSED))


@click.command("revoke")
@click.argument("number")
@click.option("--of", "address", default="", metavar="ADDRESS", help="Only those that this address was sent.")
@with_config
def case_revoke(number: str, address: str, config: Path) -> None:
    """End the reply tokens of all letters about a case, so that what answers them proves nothing any more.

    Participants still write on it by the ref in the subject. The next letter has a new token.
    """
    if address:
        _is_address(address)
    number = number.lstrip("#")
    with housed(config) as house:
        with house.store.read() as connection:
            ending = revoke.live(connection, facts.show_case(connection, number)["number"], _key(address) or None)
        if not ending:
            whose = f" to {address}" if address else ""
            raise MailgateError(f"no letter{whose} about case {number} has a token that holds: nothing to revoke")
        pipeline.act(house, number, EngineerActed(OPERATOR, revoke=address))
    show.say(f"#{number}: the reply tokens of {address or 'everybody'} were revoked (letters: {ending})")


@click.command("replay")
@click.argument("inbound_id", metavar="ID", type=int)
@with_json
@with_config
def inbox_replay(inbound_id: int, as_json: bool, config: Path) -> None:
    """Walk a held, shelved or dropped mail once more, by today's policy. What holds it, holds it again."""
    _replay(inbound_id, config, "", as_json=as_json)


@click.command("release")
@click.argument("inbound_id", metavar="ID", type=int)
@with_json
@with_config
def inbox_release(inbound_id: int, as_json: bool, config: Path) -> None:
    """Let a held mail in, despite what holds it. A machine's mail still gets no letter."""
    _replay(inbound_id, config, OPERATOR, as_json=as_json)


@click.command("drop")
@click.argument("inbound_id", metavar="ID", type=int)
@click.option("--dry-run", is_flag=True, help="Only say what would be dropped.")
@with_config
def inbox_drop(inbound_id: int, dry_run: bool, config: Path) -> None:
    """Set a mail aside. It stays in the books.

    `inbox replay` brings it back.
    """
    with opened(config) as (_, store), store.write() as connection:
        mail = facts.show_inbox(connection, inbound_id)
        if not dry_run:
            keep.drop_inbound(connection, inbound_id, OPERATOR, SystemClock().now())
    who = mail["from"] or mail["sender"] or "nobody"
    what = f"mail {inbound_id}, {mail['state']}, from {who}: {mail['subject'] or '(subject not read yet)'}"
    show.say(f"{'would drop' if dry_run else 'dropped'}: {what}")


@click.command("add")
@click.argument("sender", metavar="ADDRESS|DOMAIN")
@with_config
def block_add(sender: str, config: Path) -> None:
    """Let an address or a domain in no more; its mail is held. `*.example.com` is everything below a domain."""
    pattern = _pattern(sender)
    with opened(config) as (settings, store), store.write() as connection:
        if pattern in settings.own_addresses:
            raise MailgateError(f"{pattern} is a mailbox of ours; our own letters are known without a rule")
        new = blocks.add(connection, pattern, OPERATOR, SystemClock().now())
    show.say(f"blocked: {pattern}" if new else f"{pattern} was blocked already")


@click.command("remove")
@click.argument("sender", metavar="ADDRESS|DOMAIN")
@with_config
def block_remove(sender: str, config: Path) -> None:
    """Let a blocked address or domain in again. What it sent meanwhile stays held: `inbox list --state held`."""
    pattern = _pattern(sender)
    with opened(config) as (_, store), store.write() as connection:
        blocks.remove(connection, pattern)
    show.say(f"no longer blocked: {pattern}")


@click.command("upgrade")
@with_config
def db_upgrade(config: Path) -> None:
    """Bring the database to this version's schema, or make it where there is none."""
    quiet()
    settings = load_settings(config)
    with settings.blamed("store", "url"), closing(open_store(settings.store.url)) as store:
        applied = upgrade(store)
    show.say(f"{store.name}: " + (f"applied {', '.join(applied)}" if applied else "nothing to do"))


def _act(number: str, config: Path, event: EngineerActed) -> None:
    number = number.lstrip("#")
    for address in filter(None, (event.owner, *event.join, *event.leave)):
        _is_address(address)
    with housed(config) as house:
        decision = pipeline.act(house, number, event)
    show.say(f"#{number}: " + ("; ".join(entry.text for entry in decision.entries) or "it was so already"))


def _key(address: str) -> str:
    return Address("", address).key


def _is_address(text: str) -> None:
    if not re.fullmatch(r"[^\s@<>,;]+@[\w-]+(?:\.[\w-]+)+", text):
        raise click.UsageError(f'"{text}" is no address')


def _replay(inbound_id: int, config: Path, released_by: str, *, as_json: bool) -> None:
    with housed(config) as house:
        story = pipeline.replay(house, inbound_id, released_by)
        along = accounts.bring_along(house, inbound_id) if released_by else []
    if as_json:
        show.as_json(story)
    else:
        show.say(f"mail {inbound_id}: {tell_outcome(story)}")
        if along:
            show.say(f"with it, held mail of the same writer: {', '.join(map(str, along))}")


def _pattern(sender: str) -> str:
    """As the block list has it; `@example.com` is `example.com`."""
    pattern = sender.strip().strip("<>").casefold().removeprefix("@")
    if not re.fullmatch(r"(?:[^\s@*<>,;]+@|\*\.)?[\w-]+(?:\.[\w-]+)+", pattern):
        raise click.UsageError(f'"{sender}" is no address, domain or "*.domain"')
    return pattern
