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
from mailgate.settings import Settings, load_settings
from mailgate.store import backup, copying, doomed, integrity, rehousing
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
        with store.read() as connection:
            contents, octets = integrity.in_objects(connection)
    show.say(f"would write: {file}" if dry_run else f"written: {file} ({size:,} octets)")
    if contents:
        where = store.bucket.name if store.bucket else "an object store"
        show.say(f"not in it: {contents} raw mails ({octets:,} octets), which lie in {where} (systemd/README.md)")
    for old in backup.outdated(path, keep, file.name) if keep else ():
        if not dry_run:
            old.unlink()
        show.say(f"{'would remove' if dry_run else 'removed'}: {old}")


@click.command("copy")
@click.option("--to", "url", metavar="URL", help="sqlite:////FILE or postgresql://USER@HOST/DATABASE.")
@click.option(
    "--raw",
    "where",
    type=click.Choice(["database", "objects"]),
    help="Instead: only move raw mail there.",
)
@click.option("--dry-run", is_flag=True, help="Only say how many rows it would be, and what stands in the way.")
@with_json
@with_config
def db_copy(url: str | None, where: rehousing.Where | None, dry_run: bool, as_json: bool, config: Path) -> None:
    """Copy everything into another database, SQLite or PostgreSQL, row by row.

    The daemon must be stopped; the other database is empty, or holds the beginning of the same copy, which is gone on
    with. At the end each row is compared with its copy. The settings stay as they are: name the new database there.

    With --raw, raw mail moves between the database and the object store of the settings, beside the running daemon;
    each is read back before it leaves where it was. Bring it back before the settings name the object store no more.
    """
    if (url is None) == (where is None):
        raise click.UsageError("name a database (--to), or where raw mail is to go (--raw)")
    quiet()
    settings = load_settings(config)
    if where is not None:
        _move_raw(config, where, dry_run=dry_run, as_json=as_json)
    if url is not None:
        _copy_all(settings, url, dry_run=dry_run, as_json=as_json)


def _move_raw(config: Path, where: rehousing.Where, *, dry_run: bool, as_json: bool) -> None:
    with opened(config) as (_, store), _progress() as bars:
        count, octets = rehousing.to_move(store, where)
        if not dry_run:
            task, clock = bars.add_task("raw mail"), SystemClock()
            count = rehousing.move(
                store, where, clock.now, lambda done, total: bars.update(task, completed=done, total=total)
            )
            doomed.delete_doomed(store, clock.now())
    if as_json:
        show.as_json({"to": where, "contents": count, "octets": octets, "moved": not dry_run})
        return
    show.say(f"{'would move' if dry_run else 'moved'} to the {where}: {count} raw mails ({octets:,} octets)")


def _copy_all(settings: Settings, url: str, *, dry_run: bool, as_json: bool) -> None:
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
