"""`mailgate nodes`: the daemons on one database, who lives, holds what, does how much, and how they differ."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from mailgate.cli import show
from mailgate.cli.opening import opened, with_config, with_json
from mailgate.nodes import told
from mailgate.store import nodes
from mailgate.store.nodes import Holding, Node
from mailgate.store.peers import clock_of

_COLUMNS = {
    "name": "NODE",
    "state": "STATE",
    "began": "SINCE",
    "beat": "SEEN",
    "version": "VERSION",
    "mails": "MAILS",
    "letters": "LETTERS",
    "stored": "IN/MIN",
    "decided": "DECIDED/MIN",
    "sent": "SENT/MIN",
    "clock": "CLOCK",
    "roles": "ROLES",
}


@click.command("nodes")
@with_json
@with_config
def list_nodes(as_json: bool, config: Path) -> None:
    """The daemons on this database: who lives, holds what, does how much.

    MAILS and LETTERS are those that it has in hand, CLOCK is how far its machine's clock is from the database's, by
    which all of them go. One that is silent has not been heard of for 20 seconds; what it held is another's within
    30. How the configurations of those that live differ is said below.
    """
    with opened(config) as (_, store):
        now = clock_of(store).now()
        with store.read() as connection:
            found, held = nodes.nodes(connection), nodes.holdings(connection)
    living = [one for one in found if one.lives(now)]
    rows = [_row(one, held.get(one.holder, Holding()), now) for one in found]
    differences = told(living)
    if as_json:
        show.as_json({"nodes": rows, "differences": differences})
        return
    show.table([_shown(row) for row in rows], _COLUMNS, "No mailgate serves this database.")
    for why in differences:
        show.say(why)


def _row(one: Node, holding: Holding, now: datetime) -> dict[str, Any]:
    return {
        "name": one.name,
        "holder": one.holder,
        "state": "living" if one.lives(now) else "silent",
        "version": one.version,
        "schema": one.schema_head,
        "began_at": one.began_at.isoformat(),
        "beat_at": one.beat_at.isoformat(),
        "silent_seconds": max(0, round((now - one.beat_at).total_seconds())),
        "clock_apart_seconds": one.apart_ms / 1000,
        "holds": {"mails": holding.mails, "letters": holding.letters, "roles": list(holding.roles)},
        "figures": dict(one.figures),
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    figures, holds = row["figures"], row["holds"]
    return row | {
        "began": row["began_at"][:19].replace("T", " "),
        "beat": f"{row['silent_seconds']} s ago",
        "mails": holds["mails"],
        "letters": holds["letters"],
        "stored": figures.get("mails_stored_last_minute", 0),
        "decided": figures.get("mails_decided_last_minute", 0),
        "sent": figures.get("letters_sent_last_minute", 0),
        "clock": f"{row['clock_apart_seconds']:+.1f} s",
        "roles": ", ".join(holds["roles"]),
    }
