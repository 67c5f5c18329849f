"""The verbs that change something: act on cases, mails and letters, on the block list and the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from mailgate import app, pipeline
from mailgate.cases.case import EntryKind, Status
from mailgate.cases.events import EngineerActed
from mailgate.cli import show
from mailgate.cli.opening import opened, quiet, with_config, with_json
from mailgate.cli.telling import tell_outcome
from mailgate.clock import SystemClock
from mailgate.errors import MailgateError, NotFound
from mailgate.house import House
from mailgate.settings import load_settings
from mailgate.store import blocks, facts, keep
from mailgate.store.db import open_store, upgrade

# Who acts when somebody types a command: whoever may, on this machine.
_OPERATOR = "operator"


@click.command("set")
@click.argument("number")
@click.option("--status", type=click.Choice([one.value for one in Status]), help="Its new status.")
@click.option("--priority", type=int, metavar="N", help="Its new priority; 1 is the most urgent.")
@with_config
def case_set(number: str, status: str | None, priority: int | None, config: Path) -> None:
    """Change the status or the priority of a case."""
    if status is None and priority is None:
        raise click.UsageError("say what to set: --status, --priority, or both")
    _act(number, config, Status(status) if status else None, priority)


@click.command("close")
@click.argument("number")
@with_config
def case_close(number: str, config: Path) -> None:
    """Close a case. A reply reopens it for as long as its policy says (closing.reopen_days)."""
    _act(number, config, Status.CLOSED, None)


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
    _replay(inbound_id, config, _OPERATOR, as_json=as_json)


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
            keep.drop_inbound(connection, inbound_id, _OPERATOR, SystemClock().now())
    who = mail["from"] or mail["sender"] or "nobody"
    what = f"mail {inbound_id}, {mail['state']}, from {who}: {mail['subject'] or '(subject not read yet)'}"
    show.say(f"{'would drop' if dry_run else 'dropped'}: {what}")


@click.command("retry")
@click.argument("outbox_id", metavar="ID", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="Every letter that failed or was put off.")
@with_config
def outbox_retry(outbox_id: int | None, every: bool, config: Path) -> None:
    """Send a failed letter again, or a queued one now. The daemon takes it at its next round."""
    if (outbox_id is None) != every:
        raise click.UsageError("say which: one ID, or --all")
    with opened(config) as (_, store), store.write() as connection:
        if outbox_id is None:
            ids = keep.requeue_troubled(connection, SystemClock().now())
        else:
            ids = [outbox_id]
            keep.requeue_outbox(connection, outbox_id, SystemClock().now())
    show.say(f"queued again: {', '.join(map(str, ids))}" if ids else "No letter has failed or was put off.")


@click.command("add")
@click.argument("sender", metavar="ADDRESS|DOMAIN")
@with_config
def block_add(sender: str, config: Path) -> None:
    """Let an address or a domain in no more; its mail is held. `*.example.com` is everything below a domain."""
    pattern = _pattern(sender)
    with opened(config) as (settings, store), store.write() as connection:
        if pattern in settings.own_addresses:
            raise MailgateError(f"{pattern} is a mailbox of ours; our own letters are known without a rule")
        new = blocks.add(connection, pattern, _OPERATOR, SystemClock().now())
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


@contextmanager
def _house(config: Path) -> Iterator[House]:
    """A house beside the daemon, on a store that is there already."""
    with opened(config):
        pass
    with app.open_house(config) as house:
        yield house


def _act(number: str, config: Path, status: Status | None, priority: int | None) -> None:
    number = number.lstrip("#")
    with _house(config) as house:
        with house.store.read() as connection:
            case = facts.case_of(connection, number)
        if case is None:
            raise NotFound(f"there is no case {number}")
        policy = house.policies.get(case.policy) or house.policy_of(case.mailbox)
        levels = [one.level for one in policy.priorities]
        if priority is not None and priority not in levels:
            raise MailgateError(
                f'policy "{policy.name}" has no priority {priority}; it has {", ".join(map(str, levels))}'
            )
        decision = pipeline.act(house, number, EngineerActed(_OPERATOR, status, priority))
    changes = [entry.text for entry in decision.entries if entry.kind is EntryKind.STATUS]
    show.say(f"#{number}: " + ("; ".join(changes) or "it was so already"))


def _replay(inbound_id: int, config: Path, released_by: str, *, as_json: bool) -> None:
    with _house(config) as house:
        story = pipeline.replay(house, inbound_id, released_by)
    if as_json:
        show.as_json(story)
    else:
        show.say(f"mail {inbound_id}: {tell_outcome(story)}")


def _pattern(sender: str) -> str:
    """As the block list has it; `@example.com` is `example.com`."""
    pattern = sender.strip().strip("<>").casefold().removeprefix("@")
    if not re.fullmatch(r"(?:[^\s@*<>,;]+@|\*\.)?[\w-]+(?:\.[\w-]+)+", pattern):
        raise click.UsageError(f'"{sender}" is no address, domain or "*.domain"')
    return pattern
