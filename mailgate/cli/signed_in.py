"""The verbs about who of ours is in the desk's window."""

from __future__ import annotations

from pathlib import Path

import click

from mailgate.cli import show
from mailgate.cli.housed import with_dry_run
from mailgate.cli.opening import opened, with_config, with_json
from mailgate.cli.several import each, with_names
from mailgate.clock import SystemClock
from mailgate.errors import NotFound
from mailgate.signing_in import IDLE
from mailgate.store import desk_sessions
from mailgate.store.db import Store
from mailgate.store.rehearsal import Rehearsal

_COLUMNS = {"address": "ADDRESS", "made": "SIGNED IN (UTC)", "seen": "SEEN (UTC)", "ends": "ENDS (UTC)"}


@click.command("sessions")
@with_json
@with_config
def engineer_sessions(as_json: bool, config: Path) -> None:
    """Who is signed in to the desk's window.

    A session ends after twelve hours, after one of rest, or by `engineer sign-out`.
    """
    now = SystemClock().now()
    with opened(config) as (_, store), store.read() as connection:
        rows = desk_sessions.every(connection, now, now - IDLE)
    if as_json:
        show.as_json(rows)
        return
    told = [{name: show.moment(value) if name != "address" else value for name, value in row.items()} for row in rows]
    show.table(told, _COLUMNS, "Nobody is signed in.")


@click.command("sign-out")
@with_names("addresses", "ADDRESS...")
@with_dry_run("be signed out")
@with_config
def engineer_sign_out(addresses: tuple[str, ...], dry_run: bool, config: Path) -> None:
    """End all sessions of an engineer in the desk's window, and links that would begin one.

    Whoever is on the roster may sign in again. "-" reads ADDRESSes from standard input.
    """
    with opened(config) as (_, store):
        tried = Rehearsal(store) if dry_run else store
        each(addresses, lambda address: _sign_out(tried, address, dry_run=dry_run))


def _sign_out(store: Store, address: str, *, dry_run: bool) -> None:
    now = SystemClock().now()
    with store.write() as connection:
        ended = desk_sessions.end_all(connection, address.casefold(), now)
    if not ended:
        raise NotFound(f"{address} is not signed in; `mailgate engineer sessions` shows who is")
    show.say(f"{'would be' if dry_run else 'is'} signed out: {address} (sessions: {ended})")
