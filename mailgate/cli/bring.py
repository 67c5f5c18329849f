"""`mailgate import`: old mail comes in, with a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from mailgate import app
from mailgate.cli import show
from mailgate.cli.opening import F, quiet, with_config
from mailgate.errors import MailgateError
from mailgate.intake import history
from mailgate.intake.history import Old
from mailgate.settings import Mailbox, Settings, load_settings
from mailgate.store.opening import open_as_set
from mailgate.store.peers import clock_of
from mailgate.tomlfile import nearest


def _with_options(function: F) -> F:
    for decorate in (
        click.option("--mailbox", metavar="NAME", help="Whose mail it is. Needed where there are several."),
        click.option("--letters/--no-letters", default=False, help="Answer it. History is not answered by default."),
        click.option("--dry-run", is_flag=True, help="Only say what would come in."),
        with_config,
    ):
        function = decorate(function)
    return function


@click.command("mbox")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_with_options
def import_mbox(path: Path, mailbox: str | None, letters: bool, dry_run: bool, config: Path) -> None:
    """Bring the mail of an mbox file in. It is not answered; what came before is passed over."""
    _bring(history.in_mbox, path, path.stat().st_size, mailbox, config, letters=letters, dry_run=dry_run)


@click.command("maildir")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_with_options
def import_maildir(path: Path, mailbox: str | None, letters: bool, dry_run: bool, config: Path) -> None:
    """Bring the mail of a maildir in. It is not answered; what came before is passed over."""
    size = sum(file.stat().st_size for file in history.maildir_files(path))
    _bring(history.in_maildir, path, size, mailbox, config, letters=letters, dry_run=dry_run)


def _bring(
    read: Callable[[Path], Iterator[Old]],
    path: Path,
    size: int,
    name: str | None,
    config: Path,
    *,
    letters: bool,
    dry_run: bool,
) -> None:
    quiet()
    settings = load_settings(config)
    mailbox = _mailbox(settings, name)
    store = open_as_set(settings.store)
    try:
        app.prepare(store)
        bar = Progress(
            BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True), disable=not _watched()
        )
        with bar:
            task = bar.add_task(path.name, total=size)
            sums = history.bring(
                read(path),
                store,
                settings,
                mailbox,
                clock_of(store),
                letters=letters,
                dry_run=dry_run,
                on_read=lambda octets: bar.update(task, completed=octets),
            )
    finally:
        store.close()
    verb = "would come in" if dry_run else "came in"
    big = f"; {sums.too_big} too big, of which only the header" if sums.too_big else ""
    show.say(f"{sums.new} {verb} for {mailbox.name}, {sums.known} had come before{big}")


def _watched() -> bool:
    return sys.stderr.isatty()


def _mailbox(settings: Settings, name: str | None) -> Mailbox:
    names = sorted(settings.mailboxes)
    if name is None and len(names) > 1:
        raise click.UsageError(f"say whose mail it is: --mailbox {' or '.join(names)}")
    if name is not None and name not in settings.mailboxes:
        raise MailgateError(f'there is no mailbox "{name}"; {nearest(name, names)}')
    return settings.mailboxes[name or names[0]]
