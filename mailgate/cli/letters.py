"""The verbs that change what becomes of letters: hold, release, drop, retry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from mailgate.by_hand import letters as by_hand
from mailgate.cli import show
from mailgate.cli.housed import OPERATOR, housed
from mailgate.cli.opening import opened, with_config
from mailgate.cli.several import each, with_names
from mailgate.drops import release_letters
from mailgate.store import marks
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
            show.say(by_hand.hold(store, which, OPERATOR, clock_of(store).now()))

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

        def release(which: marks.Which) -> None:
            show.say(by_hand.told("released", release_letters(house, which, OPERATOR), "No such letter is held."))

        _to_each(house.store, letters, reason, release)


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

        def drop(which: marks.Which) -> None:
            show.say(by_hand.do_away(house, which, OPERATOR, dry_run=dry_run))

        _to_each(house.store, letters, reason, drop)


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
            show.say(by_hand.retry(store, which if isinstance(which, int) else None, OPERATOR, clock_of(store).now()))

        _to_each(store, letters, None, queue_again)


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
