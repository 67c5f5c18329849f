"""`systemd-unit`: the shipped units, fitted to where mailgate is installed and to what the settings name.

It says what would keep the service from starting; it starts, enables and asks nothing.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import click

from mailgate import shipped
from mailgate.cli import show
from mailgate.cli.opening import with_config
from mailgate.door_settings import Door
from mailgate.errors import MailgateError
from mailgate.places import host_and_port
from mailgate.settings import Settings, read_settings

STATE = Path("/var/lib/mailgate")
_PROGRAM, _CONFIG = "/usr/bin/mailgate", "/etc/mailgate/mailgate.toml"
_PRIVATE = ("/tmp", "/var/tmp")  # noqa: S108 - no file is made there
_LOADS = re.compile(r"# Secrets:.*\n(?:LoadCredential=.*\n)+")


@click.command("systemd-unit")
@click.argument("names", metavar="[UNIT|DROP-IN]...", nargs=-1)
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write them there instead.")
@click.option("--program", metavar="PATH", help="The mailgate that the units are to run, if not this one.")
@with_config
def systemd_unit(names: tuple[str, ...], to: Path | None, program: str | None, config: Path) -> None:
    """Print the systemd units, fitted to this installation and to the settings.

    Without a name all units that the settings ask for: the daemon, a socket for each door that listens, the backup and
    its timer. A drop-in (loopback-only.conf, remote-relay.conf) is an example to be changed by you: it is written
    only where none is.
    """
    config = config.absolute()
    settings = _settings(config)
    fitted = {**_services(program or _program(), config, settings), **_sockets(settings)}
    drop_ins = {file.name: file.read_text(encoding="utf-8") for file in (_folder() / "drop-ins").glob("*.conf")}
    known = {**fitted, **drop_ins}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"there is no {unknown[0]}; there are: {', '.join(sorted(known))}")
    chosen = {name: known[name] for name in names or fitted}
    for why in _hindrances(program or _program(), config, settings):
        print(f"warning: {show.clean(why)}", file=sys.stderr)
    if to is None:
        print("\n".join(f"# {name}\n{text}" if len(chosen) > 1 else text for name, text in chosen.items()), end="")
        return
    for name, text in chosen.items():
        _write(to / "mailgate.service.d" / name if name in drop_ins else to / name, text, keep=name in drop_ins)


def _folder() -> Path:
    return shipped.folder("systemd")


def _settings(config: Path) -> Settings | None:
    """None where there is no such file yet: the units are then as they are shipped."""
    if not config.exists():
        return None
    settings, faults = read_settings(config, {})
    if settings is None:
        raise faults[0]
    return settings


def _program() -> str:
    """The command of this installation, beside the interpreter that runs it (a venv, pipx, the system's)."""
    command = Path(sys.executable).parent / "mailgate"
    return str(command) if command.is_file() else f"{sys.executable} -m mailgate"


def _services(program: str, config: Path, settings: Settings | None) -> dict[str, str]:
    loads = "" if settings is None else _loads(settings)
    found = {}
    for name in ("mailgate.service", "mailgate-backup.service", "mailgate-backup.timer"):
        text = (_folder() / name).read_text(encoding="utf-8")
        text = text.replace(_PROGRAM, _escaped(program)).replace(_CONFIG, _escaped(str(config)))
        if settings is not None:
            text = _LOADS.sub(lambda _: loads, text)
        if program.startswith("/home/"):
            text = text.replace("ProtectHome=yes", "# The program itself lies there.\nProtectHome=read-only")
        found[name] = text
    return found


def _loads(settings: Settings) -> str:
    lines = [f"LoadCredential={_escaped(name)}:{_escaped(str(file))}\n" for name, file in _secrets(settings).items()]
    return "".join(["# Secrets: files that only root need be able to read.\n", *lines] if lines else [])


def _escaped(text: str) -> str:
    """As a unit's line has it: a "%" and a "$" would mean more there."""
    return text.replace("%", "%%").replace("$", "$$")


def _set(text: str, key: str, value: str) -> str:
    return "\n".join(f"{key}={_escaped(value)}" if line.startswith(f"{key}=") else line for line in text.split("\n"))


def _secrets(settings: Settings) -> dict[str, Path]:
    """Each file with a secret in it, by the name by which it is looked for among the credentials."""
    doors, boxes = settings.doors.values(), settings.mailboxes.values()
    files = [settings.relay.password_file, *(box.dkim.key_file for box in boxes if box.dkim)]
    for door in doors:
        files += [door.password_file, door.tls_cert_file, door.tls_key_file]
        files += [door.oauth.client_secret_file] if door.oauth else []
    found: dict[str, Path] = {}
    for file in filter(None, files):
        if found.setdefault(file.name, file) != file:
            raise MailgateError(
                f"{found[file.name]} and {file} have one name, and credentials go by it; give one of them another"
            )
    return found


def _sockets(settings: Settings | None) -> dict[str, str]:
    """One for each door that listens; without settings those that are shipped."""
    templates = {kind: (_folder() / f"mailgate-{kind}.socket").read_text(encoding="utf-8") for kind in ("smtp", "lmtp")}
    if settings is None:
        return {f"mailgate-{kind}.socket": text for kind, text in templates.items()}
    found = {}
    for door in settings.doors.values():
        if listens := _listens(door):
            text = _set(templates[door.protocol], "ListenStream", listens)
            text = _set(text, "FileDescriptorName", door.name)
            found[f"mailgate-{door.name}.socket"] = text.replace(f"[door.{door.protocol}]", f"[door.{door.name}]")
    return found


def _listens(door: Door) -> str:
    """The address for `ListenStream=`, which takes no names; "" where systemd cannot open that door."""
    if door.protocol not in ("smtp", "lmtp"):
        return ""
    if door.listen.startswith("unix:"):
        return door.listen.removeprefix("unix:")
    host, port = host_and_port(door.listen)
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return ""
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _hindrances(program: str, config: Path, settings: Settings | None) -> Iterator[str]:
    """What would keep the service, which runs as a user of its own, from starting or from storing."""
    command = Path(program.partition(" ")[0])
    for file in dict.fromkeys((command, _interpreter(command), config)):
        yield from _closed(file)
    if settings is None:
        yield f"there is no {config} yet: print the units again when it is written, for its secrets and doors"
        return
    places = {"store.url": settings.store.url.partition("sqlite:///")[2].partition("?")[0]}
    places["relay.url"] = settings.relay.url.partition("maildir:")[2]
    places |= {f"door.{door.name}.url": door.url.partition("maildir:")[2] for door in settings.doors.values()}
    for key, place in places.items():
        if place and STATE not in Path(place).parents:
            yield (
                f"{config}: {key}: {place} is outside {STATE}, the only folder that the service may write to; "
                "name one there, or add a drop-in with ReadWritePaths="
            )
    for door in settings.doors.values():
        if door.listen and not _listens(door):
            yield f"door {door.name}: systemd opens no port of a name; write the address in place of {door.listen}"


def _interpreter(command: Path) -> Path:
    """What runs a command that is a script: a venv's python may be a link to one in somebody's home (pyenv, uv)."""
    try:
        with command.open("rb") as file:
            first = file.readline(500)
    except OSError:
        return command
    return Path(os.fsdecode(first[2:].strip()) if first.startswith(b"#!") else command).resolve()


def _closed(file: Path) -> Iterator[str]:
    """The first thing on the way to a file that somebody else than its owner cannot pass."""
    if not file.exists():
        return
    for private in _PRIVATE:
        if Path(private) in file.parents:
            yield f"{file} is below {private}, of which the service sees one of its own (PrivateTmp=); move it"
            return
    for one in (*reversed(file.parents), file):
        needed = stat.S_IXOTH if one != file else stat.S_IROTH
        mode = one.stat().st_mode & 0o777
        if not mode & needed:
            make = "make the venv below /opt, with the system's own Python: /usr/bin/python3 -m venv /opt/mailgate"
            remedy = "chmod o+r it" if one == file else make
            yield f"{file}: {one} is closed to the user that the service runs as (mode {mode:o}); {remedy}"
            return


def _write(file: Path, text: str, *, keep: bool) -> None:
    """`keep`: what is there already is somebody's own."""
    if file.exists() and (keep or file.read_text(encoding="utf-8") == text):
        show.say(f"is there already: {file}")
        return
    file.parent.mkdir(exist_ok=True)
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o644)
    draft.replace(file)
    show.say(f"written: {file}")
