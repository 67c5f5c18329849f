"""The verbs of dead addresses: where nothing arrives, and what is written to again."""

from __future__ import annotations

from pathlib import Path

import click

from mailgate.by_hand import senders
from mailgate.cli import show
from mailgate.cli.housed import OPERATOR
from mailgate.cli.opening import opened, with_config, with_json
from mailgate.store import reach


@click.command("dead")
@with_json
@with_config
def contact_dead(as_json: bool, config: Path) -> None:
    """Addresses where nothing arrives, as their mail servers say.

    No letter to a customer goes there. `contact revive`, an engineer's `/cc`, or mail that surely comes from the
    address ends that.
    """
    with opened(config) as (_, store), store.read() as connection:
        rows = reach.dead(connection)
    if as_json:
        show.as_json(rows)
        return
    columns = {"address": "ADDRESS", "since_at": "SINCE (UTC)", "letter": "LETTER", "why": "WHY"}
    show.table([row | {"since_at": row["since"]} for row in rows], columns, "No address is dead.")


@click.command("revive")
@click.argument("address")
@with_config
def contact_revive(address: str, config: Path) -> None:
    """Write to a dead address again: from now on letters go there as to any other."""
    with opened(config) as (_, store):
        show.say(senders.revive(store, address.strip().strip("<>").casefold(), OPERATOR, dry_run=False))
