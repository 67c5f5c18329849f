"""A house beside the daemon, for the verbs that act; who acts; and one on which things are only tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from mailgate import app
from mailgate.cli.opening import opened
from mailgate.house import House
from mailgate.store.named import case_named
from mailgate.store.rehearsal import Rehearsal

F = TypeVar("F", bound=Callable[..., Any])

# Who acts when somebody types a command: whoever may, on this machine.
OPERATOR = "operator"


@contextmanager
def housed(config: Path, *, dry_run: bool = False) -> Iterator[House]:
    """A house on a store that is there already; `dry_run`: all that is decided in it is undone."""
    with opened(config):
        pass
    with app.open_house(config) as house:
        yield replace(house, store=Rehearsal(house.store)) if dry_run else house


def with_dry_run(what: str) -> Callable[[F], F]:
    """`--dry-run`, given to the verb as `dry_run`."""
    return click.option("--dry-run", is_flag=True, help=f"Only say what would {what}.")


def number_of(house: House, text: str) -> str:
    """The number of the case that somebody named by number or ref."""
    with house.store.read() as connection:
        return case_named(connection, text)
