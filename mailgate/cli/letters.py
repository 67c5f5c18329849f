"""The verbs that change what becomes of letters: hold, release, drop, retry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from mailgate.cli import show
from mailgate.cli.housed import OPERATOR, housed
from mailgate.cli.opening import opened, with_config
from mailgate.cli.several import each, with_names
from mailgate.drops import drop_letters, release_letters
from mailgate.errors import MailgateError
from mailgate.house import House
from mailgate.store import facts, keep, marks
from mailgate.store.db import Store
from mailgate.store.named import letter_named
from mailgate.store.peers import clock_of

_WHICH = "say which: IDs, or --all"

_ids = with_names("letters", "[ID...]", required=False)
_reason = click.option(
    "--reason",
    type=click.Choice(["breaker", "domain", "unverified", "guard", "operator"]),
    help="With --all: only those held by the breaker, by that of their domain or of unverified senders, by the guard of"
    " internal notes, or by hand.",
)


def _every(what: str) -> Callable[[Any], Any]:
    return click.option("--all", "every", is_flag=True, help=what)


@click.command("hold")
@_ids
@_every("Every letter that is queued.")
@with_config
def outbox_hold(letters: tuple[str, ...], every: bool, config: Path) -> None:
    """Keep a queued letter back until somebody decides.

    An ID may be a Message-ID or key; "-" reads them from standard input.
    """
    _which(letters, None, every=every)
    with opened(config) as (_, store):

        def hold(which: marks.Which) -> None:
            with store.write() as connection:
                ids = marks.hold_outbox(connection, which, OPERATOR, clock_of(store).now())
            _say("held", ids, "No letter is queued.")

        _to_each(store, letters, None, hold)


@click.command("release")
@_ids
@_every("Every letter that is held.")
@_reason
@with_config
def outbox_release(letters: tuple[str, ...], every: bool, reason: str | None, config: Path) -> None:
    """Send a held letter after all. No breaker stops it again.

    An engineer's answer that was held back for words of an internal note counts as given from now on.
    """
    _which(letters, reason, every=every)
    with housed(config) as house:
        _to_each(
            house.store,
            letters,
            reason,
            lambda which: _say("released", release_letters(house, which, OPERATOR), "No such letter is held."),
        )


@click.command("drop")
@_ids
@_every("Every letter that is held.")
@_reason
@click.option("--dry-run", is_flag=True, help="Only say what would be dropped.")
@with_config
def outbox_drop(letters: tuple[str, ...], every: bool, reason: str | None, dry_run: bool, config: Path) -> None:
    """Do away with a letter that was not sent. It stays in the books, and its case says so.

    `outbox retry ID` brings it back.
    """
    _which(letters, reason, every=every)
    with housed(config) as house:
        _to_each(house.store, letters, reason, lambda which: _drop(house, which, dry_run=dry_run))


@click.command("retry")
@_ids
@_every("Every letter that failed or was put off.")
@with_config
def outbox_retry(letters: tuple[str, ...], every: bool, config: Path) -> None:
    """Send a failed letter again, or a queued one now.

    The daemon takes it at its next round. An ID may be a Message-ID or key; "-" reads them from standard input.
    """
    _which(letters, None, every=every)
    with opened(config) as (_, store):

        def queue_again(which: marks.Which) -> None:
            ids = [which] if isinstance(which, int) else []
            with store.write() as connection:
                if isinstance(which, int):
                    keep.requeue_outbox(connection, which, clock_of(store).now())
                else:
                    ids = keep.requeue_troubled(connection, clock_of(store).now())
            _say("queued again", ids, "No letter has failed or was put off.")

        _to_each(store, letters, None, queue_again)


def _drop(house: House, which: marks.Which, *, dry_run: bool) -> None:
    with house.store.read() as connection:
        if isinstance(which, int):
            letter = facts.show_outbox(connection, which)
            if letter["state"] == "sent":
                raise MailgateError(f"outbox {which} is sent: it cannot be dropped")
            what = f"letter {which}, {letter['state']}, {letter['kind']} to {letter['to']}"
        else:
            what = f"{marks.held_outbox(connection, which)} held letters"
    if not dry_run:
        dropped = drop_letters(house, which, OPERATOR)
        what = what if isinstance(which, int) else f"{dropped} held letters"
    show.say(f"{'would drop' if dry_run else 'dropped'}: {what}")


def _which(letters: Sequence[str], reason: str | None, *, every: bool) -> None:
    if bool(letters) == every:
        raise click.UsageError(_WHICH)
    if reason is not None and not every:
        raise click.UsageError("--reason goes with --all")


def _to_each(store: Store, letters: Sequence[str], reason: str | None, do: Callable[[marks.Which], None]) -> None:
    """Do it to the letters that were named; where none was, to all that there are for that reason, or for any."""
    if not letters:
        do(reason)
        return

    def do_named(named: str) -> None:
        with store.read() as connection:
            found = letter_named(connection, named)
        do(found)

    each(letters, do_named)


def _say(done: str, ids: Sequence[int], nothing: str) -> None:
    show.say(f"{done}: {', '.join(map(str, ids))}" if ids else nothing)
