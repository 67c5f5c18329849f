"""The demo's daemon: whatever ends the demo, ends it, too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 20.0


class Daemons:
    """One daemon at most. `asked` are signals that came while it was being started."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self._daemon: subprocess.Popen[bytes] | None = None

    def start(self, config: Path, log: Path) -> subprocess.Popen[bytes]:
        # Whoever ended the demo in the middle of this could not end a daemon that he does not know yet.
        _on_the_end(lambda number, _: self.asked.append(number))
        with log.open("wb") as said:
            self._daemon = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-m", "mailgate", "serve", "--config", str(config)],
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                env=_without_settings(),
            )
        _on_the_end(_leave)
        for number in self.asked:
            _leave(number)
        return self._daemon

    def stop(self) -> int:
        """Its exit code; 0 where none was started."""
        if self._daemon is None:
            return 0
        self._daemon.send_signal(signal.SIGTERM)
        try:
            return self._daemon.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            return self._daemon.wait()


@contextmanager
def ended_with_us() -> Iterator[Daemons]:
    """At the end of the block it is stopped, also where a signal ends us."""
    daemons = Daemons()
    _on_the_end(_leave)
    try:
        yield daemons
    finally:
        daemons.stop()


def _on_the_end(handler: Callable[[int, object], object]) -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, handler)


def _leave(number: int, _: object = None) -> None:
    sys.exit(128 + number)


def _without_settings() -> dict[str, str]:
    """The environment, less what would lead the daemon to a real database or a real relay."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAILGATE_")}
