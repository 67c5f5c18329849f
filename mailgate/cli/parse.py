"""`parse`: what we read in a mail, without settings and without a store."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from mailgate import telemetry
from mailgate.cli import show
from mailgate.clock import SystemClock
from mailgate.mail.as_json import as_json as mail_as_json
from mailgate.mail.message import Envelope, RawMail
from mailgate.mail.parse import parse as read_mail


@click.command()
@click.argument("files", metavar="FILE...|-", nargs=-1, required=True)
@click.option("--json", is_flag=True, expose_value=False, help="It is always JSON.")
def parse(files: tuple[str, ...]) -> None:
    """What we read in mail files, as JSON.

    One object a line for each FILE; `-` is standard input. No settings are needed.
    """
    telemetry.set_up(level=logging.ERROR)
    failed = False
    for file in files:
        try:
            data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as trouble:
            # The others are still read; the exit code tells that not all were.
            print(f"Error: {file}: {trouble.strerror or trouble}", file=sys.stderr)
            failed = True
            continue
        envelope = Envelope(mailbox="", sender=None, recipients=(), door="(file)", received_at=SystemClock().now())
        show.as_json(mail_as_json(read_mail(RawMail(data, envelope)), file), line=True)
    if failed:
        sys.exit(1)
