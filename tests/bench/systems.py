"""What is measured side by side, each as `with System(...) as system:` with a port to bring mail to and a count of what
it has done with it. All lie in one folder, so that they share a disk.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from daemon import free_port
from postfix import Postfix

HERE = Path(__file__).parent
RECIPIENT = "support@bench.example"
PATIENCE_SECONDS = 120.0

CONFIG = """\
[store]
url = "{store}"
[door.smtp]
protocol = "smtp"
listen = "127.0.0.1:{port}"
[mailbox.support]
address = "support@bench.example"
[breaker]
hourly = 10000000
domain_hourly = 10000000

[relay]
url = "smtp://127.0.0.1:{sink}"
connections = 8
"""

_POSTFIX = """\
virtual_mailbox_domains = bench.example
virtual_mailbox_base = {home}
virtual_mailbox_maps = static:support/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 100000000
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C {preload}
"""


class Peer:
    """A process of `peers.py`, which is asked over its stdin and ends with it."""

    def __init__(self, *words: object, env: dict[str, str] | None = None) -> None:
        command = [sys.executable, str(HERE / "peers.py"), *map(str, words)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def ask(self, what: str) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


class System:
    """`done()` is how many mails it is through with: delivered, confirmed, or, if that is all it does, taken."""

    port = 0

    def done(self) -> int | None:
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ToMaildir(System):
    """Postfix: a queue file synced before its 250, and then a maildir file synced, for each mail."""

    def __init__(self, folder: Path, preload: str = "") -> None:
        self.home = folder / "maildirs"
        self.home.mkdir()
        self.home.chmod(0o777)
        self.port = free_port()
        settings = _POSTFIX.format(home=self.home, preload=f"LD_PRELOAD={preload}" if preload else "")
        self.postfix = Postfix(self.port, "virtual:", services="virtual unix - n n - - virtual\n", settings=settings)

    def done(self) -> int:
        return sum(len(files) for at, _, files in os.walk(self.home) if at.endswith("new"))

    def __enter__(self) -> Self:
        self.postfix.__enter__()
        listens(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        self.postfix.__exit__()


class Stock(System):
    """aiosmtpd's own reader with a handler that does nothing."""

    def __init__(self) -> None:
        self.port = free_port()

    def __enter__(self) -> Self:
        self.peer = Peer("stock", self.port)
        listens(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        self.peer.close()


class DoorAlone(System):
    """mailgate's door, counter and store, with nobody behind who walks what comes in."""

    def __init__(self, folder: Path, store: str, env: dict[str, str]) -> None:
        self.port, self.env = free_port(), env
        self.config = folder / "mailgate.toml"
        self.config.write_text(CONFIG.format(store=store, port=self.port, sink=2))

    def __enter__(self) -> Self:
        self.peer = Peer("door", self.port, self.config, env=self.env)
        listens(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        self.peer.close()


class Gate(System):
    """The whole daemon, with a relay that counts the confirmations it is handed."""

    def __init__(self, folder: Path, store: str, env: dict[str, str]) -> None:
        self.port, self.sink, self.env = free_port(), free_port(), env
        self.config, self.log = folder / "mailgate.toml", folder / "serve.log"
        self.config.write_text(CONFIG.format(store=store, port=self.port, sink=self.sink))

    def __enter__(self) -> Self:
        self.relay = Peer("sink", self.sink)
        listens(self.sink)
        command = [sys.executable, "-m", "mailgate", "serve", "--config", str(self.config)]
        begun = time.monotonic()
        with self.log.open("w") as log:
            self.daemon = subprocess.Popen(command, stdout=log, stderr=log, env=self.env)
        while '"ready"' not in self.log.read_text():
            if self.daemon.poll() is not None or time.monotonic() > begun + PATIENCE_SECONDS:
                raise SystemExit(f"mailgate does not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.01)
        self.start_seconds = time.monotonic() - begun
        time.sleep(1)  # the reader's imports
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.terminate()
        self.daemon.wait(60)
        self.relay.close()

    def done(self) -> int:
        return int(self.relay.ask("count"))

    def family(self) -> tuple[int, ...]:
        """The daemon, then its children."""
        pid = self.daemon.pid
        return pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def cpu(self) -> tuple[float, float]:
        """Seconds of processor time of the daemon, and of its children."""
        ticks = []
        for one in self.family():
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks.append(int(fields[11]) + int(fields[12]))
        hertz = os.sysconf("SC_CLK_TCK")
        return ticks[0] / hertz, sum(ticks[1:]) / hertz

    def rss(self) -> float:
        """Megabytes of all processes together; what they share is counted in each."""
        pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in self.family())
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def listens(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on {port}")
