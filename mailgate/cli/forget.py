"""The verbs of keeping and forgetting: `erase`, `export`, `legal-hold`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import click

from mailgate import forgetting, tidying
from mailgate.cli import show
from mailgate.cli.housed import OPERATOR, housed
from mailgate.cli.opening import opened, with_config, with_json
from mailgate.cli.several import plain_address
from mailgate.clock import SystemClock
from mailgate.errors import NotFound
from mailgate.exporting import export as export_to
from mailgate.house import House
from mailgate.store import holds, search_index
from mailgate.store.found import case_of

_MANY = 1_000_000
_AT_ONCE = 50  # in one transaction: the daemon's writers wait for it


@click.command("erase")
@click.argument("address", required=False)
@click.option("--expired", is_flag=True, help="Instead: what the policies' retention says, now and not by and by.")
@click.option("--dry-run", is_flag=True, help="Only say what would be erased.")
@with_json
@with_config
def erase(address: str | None, expired: bool, dry_run: bool, as_json: bool, config: Path) -> None:
    """Erase all that is one customer's, with a receipt.

    His cases go with all that was written on them; on the cases of others his words and letters. Mail and cases stay
    counted. A legal hold, or a case that is not closed, refuses: exit code 1, and nothing is changed.
    """
    if (address is None) != expired:
        raise click.UsageError("name an ADDRESS, or --expired")
    with housed(config) as house:
        if address is None:
            found = forgetting.Forgotten(_forget_expired(house, dry_run=dry_run))
        else:
            found = forgetting.erase(house, plain_address(address), OPERATOR, dry_run=dry_run)
        if left := 0 if dry_run else tidying.delete_forgotten(house):
            note = f"{left} objects are still to be deleted from the object store: the daemon will"
            found = replace(found, notes=(*found.notes, note))
        with house.store.read() as connection:
            before = (
                holds.receipts_of(connection, forgetting.digest(house, plain_address(address).key)) if address else []
            )
    if as_json:
        show.as_json({**asdict(found), "notes": list(found.notes), "receipts": before})
        return
    said = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in found.counts.items() if count)
    show.say(f"{'would erase' if dry_run else 'erased'}: {said or 'nothing'}")
    if found.receipt is not None:
        show.say(f"receipt {found.receipt}, {show.moment(before[0]['at'])} UTC")
    elif before and not said:
        show.say(f"erased before: receipt {before[0]['receipt']}, {show.moment(before[0]['at'])} UTC")
    for note in found.notes if said else ():
        show.say(f"note: {note}")


def _forget_expired(house: House, *, dry_run: bool) -> dict[str, int]:
    if dry_run:
        return forgetting.forget_expired(house, _MANY, dry_run=True)
    total: dict[str, int] = {}
    while any((some := forgetting.forget_expired(house, _AT_ONCE)).values()):
        total = {name: total.get(name, 0) + count for name, count in some.items()}
    search_index.purge(house.store)
    house.store.truncate_log()
    return total or some


@click.command("export")
@click.argument("address")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="A folder that is not there yet.")
@with_json
@with_config
def export(address: str, folder: Path, as_json: bool, config: Path) -> None:
    """Write all that there is of one customer into a folder.

    His cases (cases.json), his mail and our letters to him (mail.mbox). Nobody else's words are in it, and nothing that
    our people wrote for each other.
    """
    with housed(config) as house:
        done = export_to(house, plain_address(address), folder)
    if as_json:
        show.as_json(asdict(done))
        return
    show.say(f"{folder}: {done.cases} cases, {done.mails} mails, {done.letters} letters")
    if done.gone:
        show.say(f"of {done.gone} more mails the octets are not kept any more; what they said is in cases.json")


@click.command("list")
@with_json
@with_config
def hold_list(as_json: bool, config: Path) -> None:
    """What neither retention nor `erase` may touch."""
    with opened(config) as (_, store), store.read() as connection:
        rows = holds.every(connection)
    if as_json:
        show.as_json(rows)
    else:
        columns = {"target": "ADDRESS OR CASE", "why": "WHY", "by": "BY", "at": "SINCE (UTC)"}
        show.table(rows, columns, "Nothing is under legal hold.")


@click.command("add")
@click.argument("target", metavar="ADDRESS|NUMBER")
@click.option("--why", required=True, metavar="TEXT", help="For those who come later: the matter, and who asked.")
@with_config
def hold_add(target: str, why: str, config: Path) -> None:
    """Keep all that is a customer's, or a case, until the hold ends."""
    key = _target(target)
    with opened(config) as (_, store), store.write() as connection:
        if "@" not in key and case_of(connection, key) is None:
            raise NotFound(f"case {key}: there is no such number")
        new = holds.add(connection, key, why, OPERATOR, SystemClock().now())
    show.say(f"under legal hold: {key}" if new else f"{key} is under legal hold already")


@click.command("remove")
@click.argument("target", metavar="ADDRESS|NUMBER")
@with_config
def hold_remove(target: str, config: Path) -> None:
    """End a legal hold."""
    key = _target(target)
    with opened(config) as (_, store), store.write() as connection:
        holds.remove(connection, key)
    show.say(f"no longer under legal hold: {key}")


def _target(text: str) -> str:
    return plain_address(text).key if "@" in text else text.lstrip("#")
