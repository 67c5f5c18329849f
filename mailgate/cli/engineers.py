"""The verbs of the roster: who of ours answers customers. It is kept in the settings file, and changed there."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from mailgate import roster_file
from mailgate.cli import show
from mailgate.cli.housed import with_dry_run
from mailgate.cli.opening import opened, quiet, with_config, with_json
from mailgate.clock import SystemClock
from mailgate.errors import MailgateError, NotFound
from mailgate.roster import Engineer, Role
from mailgate.settings import Settings, load_settings
from mailgate.store import desk_sessions, glances
from mailgate.tomlfile import nearest

F = TypeVar("F", bound=Callable[..., Any])

_COLUMNS = {
    "address": "ADDRESS",
    "name": "NAME",
    "public": "CUSTOMERS READ",
    "level": "LEVEL",
    "role": "ROLE",
    "cases": "OPEN CASES",
}
_HEARS = "The daemon knows it once it has reloaded: `systemctl reload mailgate`, or SIGHUP."


def _with_fields(function: F) -> F:
    options = (
        click.option("--name", metavar="TEXT", help="What our own people call him."),
        click.option("--level", type=click.IntRange(min=1), metavar="N", help="His level of support."),
        click.option("--public", metavar="TEXT", help="The name that customers read; without: NAME."),
        click.option("--role", type=click.Choice(("engineer", "operator")), help="What he may on the desk's pages."),
        with_dry_run("change in the file"),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("list")
@click.option("--level", type=int, metavar="N", help="Only those of this level of support.")
@click.option("--text", metavar="TEXT", help="Only those with this in the address or a name.")
@with_json
@with_config
def engineer_list(level: int | None, text: str | None, as_json: bool, config: Path) -> None:
    """The roster: who of ours answers customers.

    Beside each, how many cases he has that are not closed.
    """
    with opened(config) as (settings, store), store.read() as connection:
        having = glances.unclosed_by_owner(connection)
    rows = [
        {
            "address": one.address,
            "name": one.name,
            "level": one.level,
            "public": one.public_name,
            "role": one.role,
            "cases": having.get(one.key, 0),
        }
        for one in settings.engineers
        if level in {None, one.level} and _holds(one, text or "")
    ]
    if as_json:
        show.as_json(rows)
    else:
        show.table(rows, _COLUMNS, "There is no such engineer." if level or text else "There are no engineers.")


@click.command("add")
@click.argument("address")
@_with_fields
@with_config
def engineer_add(
    address: str,
    name: str | None,
    level: int | None,
    public: str | None,
    role: Role | None,
    dry_run: bool,
    config: Path,
) -> None:
    """A new engineer in the roster.

    That is an [[engineer]] at the end of the settings file, which is changed and shown.
    """
    settings, text = _read(config)
    if _place(settings, address) is not None:
        raise MailgateError(f"{address} is in the roster already; change it with `mailgate engineer set`")
    engineer = Engineer(
        address, name or address.partition("@")[0].title(), level or 1, public or "", role or "engineer"
    )
    _keep(settings, roster_file.with_engineer(text, engineer, None), (*settings.engineers, engineer), dry_run=dry_run)


@click.command("set")
@click.argument("address")
@_with_fields
@with_config
def engineer_set(
    address: str,
    name: str | None,
    level: int | None,
    public: str | None,
    role: Role | None,
    dry_run: bool,
    config: Path,
) -> None:
    """Change an engineer of the roster; what is not named stays."""
    if (name, level, public, role) == (None, None, None, None):
        raise click.UsageError("say what to set: --name, --level, --public, --role")
    settings, text = _read(config)
    place = _known(settings, address)
    roster = list(settings.engineers)
    old = roster[place]
    roster[place] = Engineer(
        old.address,
        old.name if name is None else name,
        old.level if level is None else level,
        old.public if public is None else public,
        role or old.role,
    )
    _keep(settings, roster_file.with_engineer(text, roster[place], place), roster, dry_run=dry_run)


@click.command("remove")
@click.argument("address")
@with_dry_run("change in the file")
@with_config
def engineer_remove(address: str, dry_run: bool, config: Path) -> None:
    """Take an engineer off the roster.

    His mail is then a customer's, and his sessions in the desk's window end. His cases stay his until `case set
    --owner` gives them to somebody else: how many they are is told.
    """
    with opened(config) as (_, store), store.read() as connection:
        having = glances.unclosed_by_owner(connection).get(address.casefold(), 0)
    settings, text = _read(config)
    place = _known(settings, address)
    roster = [one for at, one in enumerate(settings.engineers) if at != place]
    _keep(settings, roster_file.without_engineer(text, place), roster, dry_run=dry_run)
    if not dry_run:
        with opened(config) as (_, store), store.write() as connection:
            desk_sessions.end_all(connection, address.casefold(), SystemClock().now())
    if having:
        show.say(f"Cases that are not closed and still {address}'s: {having} (`mailgate case list --owner {address}`)")


def _holds(one: Engineer, text: str) -> bool:
    return text.casefold() in f"{one.key} {one.name} {one.public_name}".casefold()


def _read(config: Path) -> tuple[Settings, str]:
    quiet()
    return load_settings(config), config.read_text(encoding="utf-8-sig")


def _place(settings: Settings, address: str) -> int | None:
    return next((at for at, one in enumerate(settings.engineers) if one.key == address.casefold()), None)


def _known(settings: Settings, address: str) -> int:
    place = _place(settings, address)
    if place is None:
        known = nearest(address, [one.address for one in settings.engineers])
        raise NotFound(f"{address} is not in the roster ([[engineer]] of {settings.path}); {known}")
    return place


def _keep(settings: Settings, text: str, roster: Sequence[Engineer], *, dry_run: bool) -> None:
    """Changes the file, and shows how; where it may not be written, its lines are what is to be done by hand."""
    difference = roster_file.changed(settings, text, tuple(roster))
    show.words(difference, indent="")
    if dry_run:
        return
    if not os.access(settings.path, os.W_OK) or not os.access(settings.path.parent, os.W_OK):
        raise MailgateError(f"{settings.path} may not be written by this user: nothing was changed; see above")
    roster_file.write(settings.path, text)
    show.say(_HEARS)
