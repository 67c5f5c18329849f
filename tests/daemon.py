"""The real `mailgate serve` for tests: a folder, a configuration, a process that is started, stopped and killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CONFIG = """\
[store]
url = "{store}"

[door.smtp]
protocol = "smtp"
listen = "127.0.0.1:{port}"

[mailbox.support]
address = "support@example.com"
subaddress = true

[mailbox.sales]
address = "sales@example.com"

[relay]
url = "{relay}"
"""
PATIENCE_SECONDS = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Daemon:
    """`with Daemon(tmp_path) as daemon:` runs it; `daemon.kill()` and `daemon.start()` in between do what they say."""

    def __init__(
        self, home: Path, store: str = "sqlite:///mailgate.db", relay: str = "maildir:sent", extra: str = ""
    ) -> None:
        self.home, self.port = home, free_port()
        self.config = home / "mailgate.toml"
        self.config.write_text(CONFIG.format(store=store, port=self.port, relay=relay) + extra)
        self.log = home / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        command = [sys.executable, "-m", "mailgate", "serve", "--config", str(self.config)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.wait(lambda: self.running() and self.listens(), "the daemon to listen")

    def running(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return True

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

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
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def ask(self, *words: str) -> Any:
        """The JSON answer of a command that takes `--json`."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def settled(self, seconds: float = 60.0) -> list[dict[str, Any]]:
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

    def wait(self, look: Any, what: str, seconds: float = 60.0, pause: float = 0.05) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := look():
                return found
            time.sleep(pause)
        raise AssertionError(f"waited {seconds:.0f} s for {what}; the daemon said:\n{self.log.read_text()[-4000:]}")


os.environ.setdefault("PYTHONPATH", str(Path(__file__).parent.parent))
