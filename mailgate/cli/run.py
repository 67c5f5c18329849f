"""The verbs that run the gate itself: the daemon, one delivery, the demo."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from mailgate import daemon, telemetry
from mailgate import demo as the_demo
from mailgate.cli.opening import quiet, with_config
from mailgate.intake.pipe import deliver as take_in


@click.command()
def demo() -> None:
    """The whole story in a few seconds, on loopback; nothing to configure.

    It starts the real daemon on free ports, sends it real mail, and tells what becomes of each.
    """
    quiet()
    sys.exit(the_demo.run())


@click.command()
@click.option("--verbose", is_flag=True, help="Say more in the log.")
@with_config
def serve(verbose: bool, config: Path) -> None:
    """The daemon: opens the doors, works, sends.

    SIGTERM lets what has begun come to its end; SIGHUP reads policies and templates again.
    """
    telemetry.set_up(level=logging.DEBUG if verbose else logging.INFO)
    sys.exit(daemon.serve(config))


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def deliver(arguments: tuple[str, ...]) -> None:
    """Take one mail on standard input (for an MTA's pipe)."""
    sys.exit(take_in(arguments, sys.stdin.buffer))
