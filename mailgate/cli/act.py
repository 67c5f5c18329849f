"""The verbs that change something: act on cases, mails and letters, on the block list and the database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from mailgate import pipeline
from mailgate.by_hand import mails, senders
from mailgate.cases.case import Status
from mailgate.cases.command_values import MAX_DAYS
from mailgate.cases.events import EngineerActed
from mailgate.cli import show
from mailgate.cli.housed import OPERATOR, housed, number_of, with_dry_run
from mailgate.cli.opening import opened, quiet, with_config, with_json
from mailgate.cli.several import each, plain_address, with_names
from mailgate.errors import MailgateError
from mailgate.house import House
from mailgate.mail.message import Address
from mailgate.settings import load_settings
from mailgate.store import facts, revoke
from mailgate.store.db import upgrade
from mailgate.store.named import mail_named
from mailgate.store.opening import open_as_set
from mailgate.store.peers import clock_of


@click.command("set")
@with_names("numbers", "NUMBER...")
@click.option("--status", type=click.Choice([one.value for one in Status]), help="Its new status.")
@click.option("--priority", type=int, metavar="N", help="Its new priority; 1 is the most urgent.")
@click.option("--owner", metavar="ADDRESS", help='Who takes it; "" for nobody.')
@click.option("--level", type=int, metavar="N", help="The level of support that it goes to.")
@click.option("--kind", metavar="KIND", help="What sort of case it is (opening.kinds).")
@click.option("--answered", is_flag=True, help="A person has answered the customer.")
@click.option("--activated", is_flag=True, help="Work on it has begun.")
@click.option("--workaround", is_flag=True, help="There is a workaround.")
@click.option("--escalate", is_flag=True, help="One rung up the ladder.")
@click.option(
    "--wait-days", type=click.IntRange(1, MAX_DAYS), metavar="N", help="Wait for the customer; remind him after N days."
)
@click.option("--spam", is_flag=True, help="It is spam: close it without a letter.")
@click.option("--cc", "join", multiple=True, metavar="ADDRESS", help="Who takes part from now on.")
@click.option("--uncc", "leave", multiple=True, metavar="ADDRESS", help="Who takes part no more; his tokens end.")
@click.option("--ask", is_flag=True, help="Ask the customer for what the policy needs (texts.ask_for), and wait.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is handed on or escalated.")
@with_dry_run("change")
@with_config
def case_set(numbers: tuple[str, ...], dry_run: bool, config: Path, **what: Any) -> None:
    """Change a case: its status or priority, who has it, what was done.

    All of it or nothing; the status last, but what is over is opened first. Of several NUMBERs (or refs; "-" reads them
    from standard input) each by itself.
    """
    if not any(value not in (None, False, "", ()) or (name == "owner" and value == "") for name, value in what.items()):
        raise click.UsageError("say what to set: --status, --priority, --owner, ... (`mailgate case set --help`)")
    status = what.pop("status")
    given = {name: value for name, value in what.items() if value is not None}
    _act(numbers, config, EngineerActed(OPERATOR, Status(status) if status else None, **given), dry_run=dry_run)


@click.command("close")
@with_names("numbers", "NUMBER...")
@with_dry_run("be closed, and which letters that sends")
@with_config
def case_close(numbers: tuple[str, ...], dry_run: bool, config: Path) -> None:
    """Close a case.

    A reply reopens it for as long as its policy says (closing.reopen_days). Of several NUMBERs (or refs; "-" reads them
    from standard input) each by itself.
    """
    _act(numbers, config, EngineerActed(OPERATOR, Status.CLOSED), dry_run=dry_run)


@click.command("revoke")
@click.argument("number")
@click.option("--of", "address", default="", metavar="ADDRESS", help="Only those that this address was sent.")
@with_dry_run("be revoked")
@with_config
def case_revoke(number: str, address: str, dry_run: bool, config: Path) -> None:
    """End the reply tokens of all letters about a case, and their links.

    What answers them proves nothing any more, and no link opens its page. Participants still write on it by the ref in
    the subject. The next letter has a new token, and a new link.
    """
    if address:
        plain_address(address)
    with housed(config, dry_run=dry_run) as house:
        number = number_of(house, number)
        with house.store.read() as connection:
            shown = facts.show_case(connection, number)
            ending = revoke.live(connection, shown["number"], _key(address) or None)
            takes_part = not address or _key(address) in shown["participants"]
        if not ending and not (house.settings.web.url and takes_part):
            whose = f" to {address}" if address else ""
            raise MailgateError(f"no letter{whose} about case {number} has a token that holds: nothing to revoke")
        pipeline.act(house, number, EngineerActed(OPERATOR, revoke=address))
    done = "would be" if dry_run else "were"
    what = "reply tokens and links" if house.settings.web.url else "reply tokens"
    show.say(f"#{number}: the {what} of {address or 'everybody'} {done} revoked (letters: {ending})")


@click.command("replay")
@with_names("which", "ID...")
@with_dry_run("become of it")
@with_json
@with_config
def inbox_replay(which: tuple[str, ...], dry_run: bool, as_json: bool, config: Path) -> None:
    """Walk a held, shelved or dropped mail once more, by today's policy.

    What holds it, holds it again. An ID may be a Message-ID; "-" reads them from standard input.
    """
    _replay(which, config, "", dry_run=dry_run, as_json=as_json)


@click.command("release")
@with_names("which", "ID...")
@with_dry_run("become of it")
@with_json
@with_config
def inbox_release(which: tuple[str, ...], dry_run: bool, as_json: bool, config: Path) -> None:
    """Let a held mail in, despite what holds it.

    A machine's mail still gets no letter. An ID may be a Message-ID; "-" reads them from standard input.
    """
    _replay(which, config, OPERATOR, dry_run=dry_run, as_json=as_json)


@click.command("drop")
@with_names("which", "ID...")
@with_dry_run("be dropped")
@with_config
def inbox_drop(which: tuple[str, ...], dry_run: bool, config: Path) -> None:
    """Set a mail aside. It stays in the books.

    `inbox replay` brings it back. An ID may be a Message-ID; "-" reads them from standard input.
    """
    with opened(config) as (_, store):

        def drop(named: str) -> None:
            with store.read() as connection:
                inbound_id = mail_named(connection, named)
            show.say(mails.set_aside(store, inbound_id, OPERATOR, clock_of(store).now(), dry_run=dry_run))

        each(which, drop)


@click.command("add")
@with_names("given", "ADDRESS|DOMAIN...")
@with_config
def block_add(given: tuple[str, ...], config: Path) -> None:
    """Let an address or a domain in no more; its mail is held. `*.example.com` is everything below a domain.

    "-" reads them from standard input.
    """
    patterns = [_pattern(sender) for sender in given]
    with opened(config) as (settings, store):
        now = clock_of(store).now()
        each(patterns, lambda pattern: show.say(senders.block(settings, store, pattern, OPERATOR, now)))


@click.command("remove")
@with_names("given", "ADDRESS|DOMAIN...")
@with_dry_run("be let in")
@with_config
def block_remove(given: tuple[str, ...], dry_run: bool, config: Path) -> None:
    """Let a blocked address or domain in again.

    What it sent meanwhile stays held: `inbox list --reason block`. "-" reads them from standard input.
    """
    patterns = [_pattern(sender) for sender in given]
    with opened(config) as (_, store):
        each(patterns, lambda pattern: show.say(senders.unblock(store, pattern, OPERATOR, dry_run=dry_run)))


@click.command("upgrade")
@with_config
def db_upgrade(config: Path) -> None:
    """Bring the database to this version's schema, or make it where there is none."""
    quiet()
    settings = load_settings(config)
    with settings.blamed("store", "url"), closing(open_as_set(settings.store)) as store:
        applied = upgrade(store)
    show.say(f"{store.name}: " + (f"applied {', '.join(applied)}" if applied else "nothing to do"))


def _act(numbers: Sequence[str], config: Path, event: EngineerActed, *, dry_run: bool) -> None:
    for address in filter(None, (event.owner, *event.join, *event.leave)):
        plain_address(address)
    with housed(config, dry_run=dry_run) as house:
        each(numbers, lambda named: _act_on(house, named, event, dry_run=dry_run))


def _act_on(house: House, named: str, event: EngineerActed, *, dry_run: bool) -> None:
    number = number_of(house, named)
    decision = pipeline.act(house, number, event)
    told = [entry.text for entry in decision.entries] or ["it was so already"]
    if dry_run:
        told += [f"letter: {letter.kind.value} to {letter.to.address}" for letter in decision.letters]
    show.say(f"{'would change: ' if dry_run else ''}#{number}: {'; '.join(told)}")


def _key(address: str) -> str:
    return Address("", address).key


def _replay(which: Sequence[str], config: Path, released_by: str, *, dry_run: bool, as_json: bool) -> None:
    """One story is one object of JSON; of several mails each is one on a line."""
    with housed(config) as house:

        def replay(named: str) -> None:
            with house.store.read() as connection:
                inbound_id = mail_named(connection, named)
            walked = mails.walk_again(house, inbound_id, released_by, dry_run=dry_run)
            if as_json:
                show.as_json(walked.story, line=len(which) > 1)
                return
            for line in walked.told():
                show.say(line)

        each(which, replay)


def _pattern(sender: str) -> str:
    pattern = senders.pattern_of(sender)
    if pattern is None:
        raise click.UsageError(f'"{sender}" is no address, domain or "*.domain"')
    return pattern
