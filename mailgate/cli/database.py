"""The verbs that take the whole database: a backup of it, and a copy of it in another."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from mailgate.cli import show
from mailgate.cli.opening import opened, quiet, with_config, with_json
from mailgate.clock import SystemClock
from mailgate.errors import MailgateError
from mailgate.only import only_daemon
from mailgate.settings import load_settings
from mailgate.store import backup, copying
from mailgate.store.db import open_store
from mailgate.store.opening import open_as_set


@click.command("backup")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--keep", type=click.IntRange(min=1), metavar="N", help="Of the backups in the folder PATH keep the newest N."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be written and removed.")
@with_config
def db_backup(path: Path, keep: int | None, dry_run: bool, config: Path) -> None:
    """Write a copy of the whole database to a file, beside the running daemon.

    PATH is a new file, or a folder, in which the file is named by the moment. SQLite's is a database that can be put in
    place as it is; PostgreSQL's is made by pg_dump, for pg_restore.
    """
    if keep and not path.is_dir():
        raise click.UsageError(f"--keep is for a folder of backups, and {path} is none")
    with opened(config) as (_, store):
        file = backup.place(store, path, SystemClock().now())
        size = 0 if dry_run else backup.make(store, file)
    show.say(f"would write: {file}" if dry_run else f"written: {file} ({size:,} octets)")
    for old in backup.outdated(path, keep, file.name) if keep else ():
        if not dry_run:
            old.unlink()
        show.say(f"{'would remove' if dry_run else 'removed'}: {old}")


@click.command("copy")
@click.option("--to", "url", required=True, metavar="URL", help="sqlite:////FILE or postgresql://USER@HOST/DATABASE.")
@click.option("--dry-run", is_flag=True, help="Only say how many rows it would be, and what stands in the way.")
@with_json
@with_config
def db_copy(url: str, dry_run: bool, as_json: bool, config: Path) -> None:
    """Copy everything into another database, SQLite or PostgreSQL, row by row.

    The daemon must be stopped; the other database is empty, or holds the beginning of the same copy, which is gone on
    with. At the end each row is compared with its copy. The settings stay as they are: name the new database there.
    """
    quiet()
    settings = load_settings(config)
    with ExitStack() as stack:
        with settings.blamed("store", "url"):
            source = stack.enter_context(closing(open_as_set(settings.store)))
        target = stack.enter_context(closing(open_store(url)))
        if source.url == target.url or (source.path and target.path and source.path.resolve() == target.path.resolve()):
            raise MailgateError(f"{target.name} is the database of the settings itself")
        rows = copying.foresee(source, target)
        if dry_run:
            _tell([{"table": table, "rows": count} for table, count in rows.items()], as_json=as_json)
            return
        for store in (source, target):
            stack.enter_context(only_daemon(store))
            copying.check_alone(store)
        with _progress() as bars:
            task = bars.add_task("")
            found = copying.copy(
                source,
                target,
                lambda what, done, total: bars.update(task, description=what, completed=done, total=total),
            )
    _tell([{"table": one.table, "rows": one.rows, "sha256": one.digest} for one in found], as_json=as_json)
    if not as_json:
        show.say(
            f"every row was compared and is the same; now set [store] url in {settings.path}, and start the daemon"
        )


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty())


def _tell(rows: list[dict[str, str | int]], *, as_json: bool) -> None:
    if as_json:
        show.as_json(rows)
        return
    shown = [{**row, "sha256": str(row.get("sha256", ""))[:16]} for row in rows]
    show.table(shown, {"table": "TABLE", "rows": "ROWS", "sha256": "SHA-256 OF ALL"}, "There are no tables.")
