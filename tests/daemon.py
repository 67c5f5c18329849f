"""The real `mailgate serve` for tests: a folder, a configuration, a process that is started, stopped and killed."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection

from mailgate.settings import load_settings
from mailgate.store import facts
from mailgate.store.db import open_store

CONFIG = """\
[store]
url = "{store}"
{raw}
[door.smtp]
protocol = "smtp"
listen = "{host}:{port}"
{door}
[mailbox.support]
address = "support@example.com"
subaddress = true

[mailbox.sales]
address = "sales@example.com"

[relay]
url = "{relay}"
"""
PATIENCE_SECONDS = 60.0


# Below those that Linux gives to clients (32768 and up), so that a daemon which was killed finds its port free again;
# and of these every eighth, so that no two of the suite's workers take one another's.
_PORTS = list(range(20_000 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8, 32_768, 8))
random.shuffle(_PORTS)
_NEXT_PORTS = itertools.cycle(_PORTS)


def free_port() -> int:
    """A port of loopback on which nobody listens, and which nobody else will be given."""
    while True:
        port = next(_NEXT_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Daemon:
    """`with Daemon(tmp_path) as daemon:` runs it; `daemon.kill()` and `daemon.start()` in between do what they say."""

    def __init__(
        self,
        home: Path,
        store: str = "sqlite:///mailgate.db",
        relay: str = "maildir:sent",
        extra: str = "",
        *words: str,
        door: str = "",
        under: Sequence[str] = (),
        raw: str = "",
        host: str = "127.0.0.1",
    ) -> None:
        """`extra` are tables of the settings, `raw` keys of `[store]`, `door` keys of the smtp door, which listens at
        `host`, `words` options of `serve`, `under` is the command that runs it (strace)."""
        self.under = under
        self.words = words
        self.home, self.host, self.port = home, host, free_port()
        self.config = home / "mailgate.toml"
        self.config.write_text(
            CONFIG.format(store=store, host=host, port=self.port, relay=relay, door=door, raw=raw) + extra
        )
        self.log = home / "serve.log"
        self.environment: dict[str, str] | None = None  # None: this process's own
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def begin(self) -> subprocess.Popen[bytes]:
        """Start it, and wait for nothing."""
        command = [*self.under, sys.executable, "-m", "mailgate", "serve", *self.words, "--config", str(self.config)]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment)

    def start(self) -> None:
        self.process = self.begin()
        self.wait(lambda: self.running() and self.listens(), "the daemon to listen")

    def running(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return True

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def signal(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        assert self.process is not None
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command of the command line, with this daemon's configuration."""
        command = [sys.executable, "-m", "mailgate", *words, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=self.environment)

    def ask(self, *words: str) -> Any:
        """The JSON answer of a command that takes `--json`."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self) -> str:
        """`serve` where it must not start: what it says, its exit code being 1."""
        done = self.run("serve")
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        line = done.stderr.splitlines()[-1]
        assert line.startswith("Error: "), done.stderr
        return line.removeprefix("Error: ").replace(str(self.home), "~")

    def send(self, *mails: bytes, to: str = "support@example.com") -> list[int]:
        """Brings mails by SMTP; the ids of their rows in the inbox."""
        with smtplib.SMTP(self.host, self.port, timeout=PATIENCE_SECONDS) as client:
            client.ehlo("client.test")
            return [self._send(client, mail, to) for mail in mails]

    @staticmethod
    def _send(client: smtplib.SMTP, mail: bytes, to: str) -> int:
        client.mail("ann@customer.test")
        client.rcpt(to)
        code, said = client.data(mail)
        assert code == 250, said
        return int(said.rpartition(b" ")[2])

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Into its database, without the price of a process."""
        with closing(open_store(load_settings(self.config).store.url)) as store, store.read() as connection:
            yield connection

    def inbox(self) -> list[dict[str, Any]]:
        with self.look() as connection:
            return sorted(facts.list_inbox(connection), key=lambda row: int(row["id"]))

    def outbox(self) -> list[dict[str, Any]]:
        with self.look() as connection:
            return sorted(facts.list_outbox(connection), key=lambda row: int(row["id"]))

    def becomes(self, state: str, *ids: int, seconds: float = 120.0) -> None:
        """Waits until those mails are in that state (all of them, where none are named)."""

        def there() -> bool:
            rows = [row for row in self.inbox() if not ids or row["id"] in ids]
            return self.running() and {row["state"] for row in rows} == {state} and len(rows) >= len(ids)

        self.wait(there, f"{ids or 'the inbox'} to be {state}", seconds)

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """What it logged, oldest first; with `event` only those lines."""
        said = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in said if not event or line["event"] == event]

    def says(self, event: str, times: int = 1) -> dict[str, Any]:
        """Waits until it has logged that event so often; the last such line."""
        self.wait(lambda: self.running() and len(self.lines(event)) >= times, f"it to say “{event}”")
        return self.lines(event)[-1]

    def settled(self, seconds: float = 120.0) -> list[dict[str, Any]]:
        """The inbox, once nothing in it waits and nothing in the outbox is queued."""
        self.wait(
            lambda: self.running() and not self.ask("inbox", "list", "--state", "waiting"), "the inbox", seconds, 0.5
        )
        self.wait(
            lambda: self.running() and not self.ask("outbox", "list", "--state", "queued"), "the outbox", seconds, 0.5
        )
        inbox: list[dict[str, Any]] = self.ask("inbox", "list")
        return inbox

    def sent(self) -> list[Path]:
        folder = self.home / "sent" / "new"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def wait(self, look: Any, what: str, seconds: float = 120.0, pause: float = 0.05) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := look():
                return found
            time.sleep(pause)
        raise AssertionError(f"waited {seconds:.0f} s for {what}; the daemon said:\n{self.log.read_text()[-4000:]}")


os.environ.setdefault("PYTHONPATH", str(Path(__file__).parent.parent))
