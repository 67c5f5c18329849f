"""`mailgate` and `python -m mailgate`. It needs the standard library alone: in a broken house `deliver` says 75."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

DOUBT = 75  # EX_TEMPFAIL of sysexits.h: the MTA keeps the mail and tries again


def main() -> None:
    """Hand the command line to the command line's room; a delivery goes its own way."""
    if sys.argv[1:2] == ["deliver"]:
        _deliver()
    if sys.argv[1:2] == ["serve"]:
        # Until the daemon listens to it: a reload asked for in its first second must not end it.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from mailgate.cli import main as cli_main  # noqa: PLC0415 - after deliver, which must not need it

    cli_main(prog_name="mailgate")  # also where it is a module's: shells complete by this name


def _deliver() -> NoReturn:
    """Never ends in a traceback (exit code 1: to Postfix that is "bounce"), nor in an exit code of Python's own."""
    code = DOUBT
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _leave_in_doubt)
        from mailgate.intake.pipe import deliver  # noqa: PLC0415 - a broken installation is doubt, too

        code = deliver(sys.argv[2:], sys.stdin.buffer)
    except BaseException as error:  # noqa: BLE001 - law 1: doubt is temporary, whatever it is
        _say(f"mailgate deliver: {type(error).__name__}: {error}")
    _leave(code)


def _say(text: str) -> None:
    """One line; where it cannot be written the exit code has to do."""
    with suppress(BaseException):  # a closed stderr changes nothing
        sys.stderr.write(" ".join(text.split())[:500] + "\n")


def _leave(code: int) -> NoReturn:
    """Without Python's own farewell, which turns a stdout that cannot be flushed into exit code 120."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(BaseException):  # nobody listens
            stream.flush()
    os._exit(code)


def _leave_in_doubt(*_: object) -> NoReturn:
    os._exit(DOUBT)


if __name__ == "__main__":
    main()
