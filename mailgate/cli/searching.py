"""What the command line does to the search index: brings it up before it searches, and makes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from mailgate.cli import show
from mailgate.cli.opening import opened, with_config
from mailgate.store import search_index
from mailgate.store.db import Store
from mailgate.store.lists import CasesWanted
from mailgate.store.search import search

_ROUNDS = 20  # a second or two


def bring_up(store: Store) -> None:
    """What the daemon has not come to yet, or nobody while it does not run. Where that is much, the rest is told of."""
    for _ in range(_ROUNDS):
        if not search_index.bring_up(store):
            return
    with store.read() as connection:
        left = search_index.waiting(connection)
    if left:
        brings = "`mailgate serve` brings them in, or `mailgate db reindex`"
        click.echo(f"{left} cases are not in the search index yet; {brings}", err=True)


def find(
    connection: Connection, words: str, wanted: CasesWanted, limit: int | None, after: str | None
) -> list[dict[str, Any]]:
    """As `lists.find_cases`: a page is full, however far it has to be looked for."""
    rows: list[dict[str, Any]] = []
    while True:
        found = search(connection, words, wanted, None if limit is None else limit - len(rows), after)
        rows += found.rows
        after = found.after
        if after is None or len(rows) == limit:
            return rows


@click.command("reindex")
@with_config
def db_reindex(config: Path) -> None:
    """Make the search index anew, beside the running daemon.

    `mailgate db check` says when that is needed; nothing but searching depends on the index.
    """
    with opened(config) as (_, store):
        done = search_index.rebuild(store)
        search_index.purge(store)
    show.say(f"cases that can be searched: {done}")
