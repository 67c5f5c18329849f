"""`mailgate doctor`: looks at everything that the gate lives on, and says of each thing what is wrong and what helps.

It changes nothing, but for `--canary`, which sends a mail round (`canary.py`). Each module examines one kind of thing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import click
from rich.text import Text

from mailgate import shipped
from mailgate.cli import show
from mailgate.cli.check import examined
from mailgate.cli.doctor import certificates, files, network, stored
from mailgate.cli.doctor.line import Line, State, skipped, unwise, well, whole, wrong
from mailgate.cli.opening import quiet, with_config, with_json
from mailgate.clock import SystemClock
from mailgate.errors import ConfigError
from mailgate.outbox.render import Renderer
from mailgate.settings import Settings

_STYLES = {State.WELL: "green", State.UNWISE: "yellow", State.WRONG: "bold red", State.SKIPPED: "dim"}


@click.command()
@click.option("--offline", is_flag=True, help="Ask nobody over the network: no DNS, relay or IMAP server.")
@click.option("--canary", is_flag=True, help="Send a mail round: out by the relay, back in by a door.")
@click.option(
    "--wait",
    type=click.IntRange(1, 3600),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the canary.",
)
@with_json
@with_config
def doctor(offline: bool, canary: bool, wait: int, as_json: bool, config: Path) -> None:
    """Examine the whole gate, and say of each thing what is wrong and what helps.

    Run it as the user of the daemon. Exit code 0: all is well (some things may be unwise); 1: something is wrong.

    With --canary it does one thing alone: it sends a mail to each mailbox, waits for the running daemon to get it, and
    says how long each leg of the way took, and what of that by which answers find their case was lost on it.
    """
    quiet()
    lines = []
    for line in round_trip(config, wait) if canary else examinations(config, offline=offline):
        lines.append(line)
        if not as_json:
            say(line)
    if as_json:
        show.as_json({"well": not _sick(lines), "lines": [asdict(line) for line in lines]})
    sys.exit(1 if _sick(lines) else 0)


def examinations(config: Path, *, offline: bool) -> Iterator[Line]:
    """All of them, the cheap ones and those that others hang on first."""
    settings, _, errors, warnings = examined(config)
    for error in errors:
        yield wrong("config", str(error), f"mend it, then: mailgate check-config --config {config}")
    for warning in warnings:
        yield unwise("config", str(warning), "change it, or let it be if it is meant")
    if settings is None:
        yield skipped("all else", "nothing else can be looked at before the settings can be read")
        return
    if not errors:
        yield well("config", f"{settings.path} and what it names can be read")
    yield from _templates(settings)
    yield from files.secrets(settings)
    yield from certificates.of_doors(settings, SystemClock().now())
    yield from files.writable(settings)
    yield from whole("disk", files.disk(settings))
    yield from stored.store(settings)
    yield from network.pages(settings)
    if offline:
        yield skipped("relay, imap, dns, object store", "--offline: nobody was asked")
        return
    yield from whole("object store", stored.objects(settings))
    yield from network.relay(settings)
    yield from network.imap(settings)
    if all(find_spec(one) for one in ("dns", "dkim", "spf")):
        from mailgate.cli.doctor import domains  # noqa: PLC0415 - an extra

        yield from domains.dns(settings)
    else:
        yield skipped("dns", "needs the extra: pip install 'mailgate[auth]'")


def round_trip(config: Path, wait: int) -> Iterator[Line]:
    """`--canary`."""
    from mailgate.cli.doctor.canary import fly  # noqa: PLC0415 - who sends nothing need not load it
    from mailgate.cli.housed import housed  # noqa: PLC0415 - as above

    with housed(config) as house:
        yield from fly(house, wait)


def _templates(settings: Settings) -> Iterator[Line]:
    """Every letter in every language is written once, with all values and with the fewest."""
    try:
        renderer = Renderer(shipped.template_folders(settings.path.parent))
    except ConfigError as error:
        yield wrong("templates", str(error), "mend it, or take it away: the shipped one is used then")
    else:
        yield well("templates", f"all letters can be written ({', '.join(sorted(renderer.languages))})")


def _sick(lines: list[Line]) -> bool:
    return any(line.state is State.WRONG for line in lines)


def say(line: Line) -> None:
    """For people: what was looked at, how it is, and below what helps."""
    show.say(Text(f"{line.state.value:<8}", style=_STYLES[line.state]), f"{line.name}: {line.said}")
    if line.remedy:
        show.say(f"        → {line.remedy}")
