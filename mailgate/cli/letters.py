"""The verbs that change what becomes of letters: hold, release, drop, retry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from mailgate import app
from mailgate.cli import show
from mailgate.cli.opening import opened, with_config
from mailgate.clock import SystemClock
from mailgate.drops import drop_letters, release_letters
from mailgate.errors import MailgateError
from mailgate.store import facts, keep, marks

# Who acts when somebody types a command: whoever may, on this machine.
_OPERATOR = "operator"
_WHICH = "say which: one ID, or --all"

_id = click.argument("outbox_id", metavar="ID", type=int, required=False)
_reason = click.option(
    "--reason",
    type=click.Choice(["breaker", "domain", "unverified", "guard", "operator"]),
    help="With --all: only those held by the breaker, by that of their domain or of unverified senders, by the guard of"
    " internal notes, or by hand.",
)


def _every(what: str) -> Callable[[Any], Any]:
    return click.option("--all", "every", is_flag=True, help=what)


@click.command("hold")
@_id
@_every("Every letter that is queued.")
@with_config
def outbox_hold(outbox_id: int | None, every: bool, config: Path) -> None:
    """Keep a queued letter back until somebody decides."""
    which = _which(outbox_id, None, every=every)
    with opened(config) as (_, store), store.write() as connection:
        ids = marks.hold_outbox(connection, which, _OPERATOR, SystemClock().now())
    _say("held", ids, "No letter is queued.")


@click.command("release")
@_id
@_every("Every letter that is held.")
@_reason
@with_config
def outbox_release(outbox_id: int | None, every: bool, reason: str | None, config: Path) -> None:
    """Send a held letter after all. No breaker stops it again.

    An engineer's answer that was held back for words of an internal note counts as given from now on.
    """
    which = _which(outbox_id, reason, every=every)
    with opened(config), app.open_house(config) as house:
        ids = release_letters(house, which, _OPERATOR)
    _say("released", ids, "No such letter is held.")


@click.command("drop")
@_id
@_every("Every letter that is held.")
@_reason
@click.option("--dry-run", is_flag=True, help="Only say what would be dropped.")
@with_config
def outbox_drop(outbox_id: int | None, every: bool, reason: str | None, dry_run: bool, config: Path) -> None:
    """Do away with a letter that was not sent. It stays in the books, and its case says so.

    `outbox retry ID` brings it back.
    """
    which = _which(outbox_id, reason, every=every)
    with opened(config) as (_, store), store.read() as connection:
        if isinstance(which, int):
            letter = facts.show_outbox(connection, which)
            if letter["state"] == "sent":
                raise MailgateError(f"outbox {which} is sent: it cannot be dropped")
            what = f"letter {which}, {letter['state']}, {letter['kind']} to {letter['to']}"
        else:
            what = f"{marks.held_outbox(connection, which)} held letters"
    if not dry_run:
        with app.open_house(config) as house:
            dropped = drop_letters(house, which, _OPERATOR)
        what = what if isinstance(which, int) else f"{dropped} held letters"
    show.say(f"{'would drop' if dry_run else 'dropped'}: {what}")


@click.command("retry")
@_id
@_every("Every letter that failed or was put off.")
@with_config
def outbox_retry(outbox_id: int | None, every: bool, config: Path) -> None:
    """Send a failed letter again, or a queued one now. The daemon takes it at its next round."""
    which = _which(outbox_id, None, every=every)
    with opened(config) as (_, store), store.write() as connection:
        if isinstance(which, int):
            ids = [which]
            keep.requeue_outbox(connection, which, SystemClock().now())
        else:
            ids = keep.requeue_troubled(connection, SystemClock().now())
    _say("queued again", ids, "No letter has failed or was put off.")


def _which(outbox_id: int | None, reason: str | None, *, every: bool) -> marks.Which:
    if (outbox_id is None) != every:
        raise click.UsageError(_WHICH)
    if reason is not None and not every:
        raise click.UsageError("--reason goes with --all")
    return outbox_id if outbox_id is not None else reason


def _say(done: str, ids: Sequence[int], nothing: str) -> None:
    show.say(f"{done}: {', '.join(map(str, ids))}" if ids else nothing)
