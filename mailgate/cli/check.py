"""`check-config` and `policy check`: reads configuration as `serve` would, and tells all that is wrong at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import click

from mailgate import app, shipped
from mailgate.cli import advice, show
from mailgate.cli.opening import quiet, with_config, with_json
from mailgate.contacts_file import contacts_file, read_contacts
from mailgate.door_settings import Door
from mailgate.errors import ConfigError, SchemaError, StoreError
from mailgate.house import forgotten_mailboxes
from mailgate.intake.listen import unix_fault
from mailgate.intake.smtp import tls_context
from mailgate.only import lock_of
from mailgate.outbox.render import Renderer
from mailgate.policy.load import faults_here, load_policies, policy_path, read_policy
from mailgate.settings import Settings, read_settings
from mailgate.store.db import is_empty
from mailgate.store.opening import check_raw, open_as_set
from mailgate.store.schema import foresee


@click.command("check-config")
@with_json
@with_config
def check_config(as_json: bool, config: Path) -> None:
    """Read all configuration as `serve` would, and say what is wrong.

    Exit code 1 where `serve` would not start as the same user. It opens the database, but no port and no connection to
    the relay. Warnings are for what would start and yet be unwise.
    """
    quiet()
    _, files, errors, warnings = examined(config)
    _report(files, errors, warnings, as_json=as_json)


Examined = tuple[Settings | None, list[Path], list[ConfigError], list[ConfigError]]


def examined(config: Path) -> Examined:
    """The settings, None where they cannot be read; all files that were looked at, what is wrong, what is unwise."""
    settings, found = read_settings(config)
    files, errors, warnings = [Path(config).absolute()], list(found), list[ConfigError]()
    policies, used = _policy_files(Path(config).absolute().parent), set[Path | None]()
    if settings is not None:
        used = {shipped.policy_file(settings.path.parent, one.policy) for one in settings.mailboxes.values()}
        policies = sorted({*policies, *(file for file in used if file)})
        warnings += advice.about_settings(settings)
        if contacts_file(settings).exists():
            files.append(contacts_file(settings))
        errors += read_contacts(settings)[1]
        errors += _as_served(settings)
    for file in policies:
        files.append(file)
        policy, faults = read_policy(file)
        here = faults_here(policy, file, settings) if settings is not None and policy and file in used else ()
        errors += [fault for fault in (*faults, *here) if str(fault) not in map(str, errors)]
    if settings is not None and not errors:
        loaded = load_policies(settings)
        warnings += [*advice.about_policies(settings, loaded), *advice.about_engineers(settings, loaded)]
        warnings += _forgotten(settings)
    return settings, files, errors, warnings


@click.command("check")
@click.argument("policies", metavar="[NAME|FILE]...", nargs=-1)
@with_json
@with_config
def policy_check(policies: tuple[str, ...], as_json: bool, config: Path) -> None:
    """Read support policies, and say what is wrong. Without a NAME: all of yours and the shipped ones."""
    quiet()
    folder = Path(config).absolute().parent
    files = [policy_path(folder, name) for name in policies or shipped.policy_names(folder)]
    _report(files, [fault for file in files for fault in read_policy(file)[1]], [], as_json=as_json)


def _policy_files(folder: Path) -> list[Path]:
    return sorted((folder / "policies").glob("*.toml"))


def _as_served(settings: Settings) -> list[ConfigError]:
    """What only building the parts brings to light; all that keeps `serve` from starting, but ports in use."""
    doors = settings.doors.values()
    errors: list[ConfigError] = []
    parts: list[Callable[[], object]] = [
        lambda: Renderer(shipped.template_folders(settings.path.parent)),
        lambda: load_policies(settings),
        *(partial(_open_door, door, settings) for door in doors),
        *(partial(tls_context, door, settings) for door in doors),
        lambda: _open_web(settings),
        lambda: app.relay_of(settings),
        lambda: _open_store(settings),
        lambda: _open_raw(settings),
    ]
    for build in parts:
        try:
            build()
        except ConfigError as error:
            errors.append(error)
    return sorted(errors, key=lambda error: (str(error.file), error.line or 0))


def _open_door(door: Door, settings: Settings) -> None:
    if why := unix_fault(door.listen):
        raise settings.fault(f"{door.listen}: {why}", "door", door.name, "listen")


def _open_web(settings: Settings) -> None:
    if why := unix_fault(settings.web.listen):
        raise settings.fault(f"{settings.web.listen}: {why}", "web", "listen")


def _forgotten(settings: Settings) -> list[ConfigError]:
    with closing(open_as_set(settings.store)) as store:
        return [] if is_empty(store) else forgotten_mailboxes(settings, store)


def _open_store(settings: Settings) -> None:
    try:
        with settings.blamed("store", "url"), closing(open_as_set(settings.store)) as store:
            foresee(store)
            if store.path is not None:
                lock_of(store.path)
    except SchemaError as error:
        raise settings.fault(str(error), "store", "url") from error


def _open_raw(settings: Settings) -> None:
    """Not the object store itself: that may be down, and the daemon would start; `doctor` asks it."""
    with closing(open_as_set(settings.store)) as store, suppress(StoreError):  # is told of the database
        foresee(store)
        with settings.blamed("store", "raw"):
            check_raw(store)


def _told(one: ConfigError) -> dict[str, str | int | None]:
    return {"file": str(one.file), "line": one.line, "key": one.key, "why": one.why}


def _report(
    files: Sequence[Path], errors: Sequence[ConfigError], warnings: Sequence[ConfigError], *, as_json: bool
) -> None:
    if as_json:
        show.as_json(
            {
                "ok": not errors,
                "files": [str(file) for file in files],
                "errors": [_told(one) for one in errors],
                "warnings": [_told(one) for one in warnings],
            }
        )
    else:
        for warning in warnings:
            show.say(f"warning: {warning}")
        wrong = {str(error.file) for error in errors}
        for file in files:
            if str(file) not in wrong:
                show.say(f"ok: {file}")
        sys.stdout.flush()
        for error in errors:  # last, where eyes are: "ok" below them would be believed
            print(f"Error: {show.clean(str(error))}", file=sys.stderr)
    if errors:
        sys.exit(1)
