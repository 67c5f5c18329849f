"""Several real daemons on one PostgreSQL database, and what stands between: for tests/faults and tests/bench."""

from __future__ import annotations

import os
import random
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self

from daemon import Daemon, free_port
from kills import NO_BREAKER
from ledger import Ledger
from servers import require

CLIENTS = 6  # of each node
_SOCKET = ".s.PGSQL.5432"


def node(home: Path, name: str, store: str, relay: str, extra: str = "") -> Daemon:
    """One that is not started yet. A name of its own, for here all of them are on one host."""
    folder = home / name
    folder.mkdir()
    return Daemon(folder, store, relay, f'\n[node]\nname = "{name}"\n{NO_BREAKER}{extra}')


@contextmanager
def running(home: Path, store: str, relay: str, names: str = "abc") -> Iterator[list[Daemon]]:
    """They are killed at the end: each test has seen by then how they stop."""
    with ExitStack() as stack:
        yield [stack.enter_context(node(home, name, store, relay)) for name in names]


def bring_to_all(
    daemons: Sequence[Daemon], ledger: Ledger, numbers: Sequence[int], meanwhile: Callable[[], None]
) -> None:
    """These, and what was not answered before, to whichever node, as a server does that sees several MX."""
    wanted, ledger.unanswered = [*ledger.unanswered, *numbers], []
    many = CLIENTS * len(daemons)
    with ThreadPoolExecutor(many) as clients:
        begun = []
        for at in range(many):
            one = daemons[at % len(daemons)]
            begun.append(clients.submit(ledger.send, one.port, wanted[at::many], one.host))
        meanwhile()
        for sending in begun:
            sending.result()


def kill_in_turn(
    daemons: Sequence[Daemon], ledger: Ledger, times: int, mails: int, chance: random.Random, say: Callable[[int], None]
) -> range:
    """Each time `mails` more come in while one node is killed at a random moment, and started again a moment later."""

    def kill() -> None:
        victim = chance.choice(daemons)
        time.sleep(chance.uniform(0, 1))
        victim.kill()
        time.sleep(chance.uniform(0, 0.5))
        victim.process = victim.begin()

    for number in range(times):
        if chance.random() > 0.1:  # else it may be one that is only coming up
            _all_listen(daemons)
        bring_to_all(daemons, ledger, range(number * mails, (number + 1) * mails), kill)
        say(number + 1)
    _all_listen(daemons)
    ledger.bring(daemons[0])
    return range(times * mails)


def _all_listen(daemons: Sequence[Daemon]) -> None:
    for daemon in daemons:
        daemon.wait(lambda one=daemon: one.running() and one.listens(), "every node to listen", 240, pause=0.01)


class Line:
    """The line to a PostgreSQL server's socket, which can be cut: whoever was connected is cut off, and nobody gets
    through, until it is mended. Or the server falls silent on it: what clients say arrives, no answer comes and nobody
    is told, from `hush()` on or from when a client says `hush_at`, until `speak()`. `with Line(…) as line` begins and
    ends it."""

    def __init__(self, home: Path, url: str) -> None:
        server = url.partition("host=")[2]
        self._far, self._near = f"{server}/{_SOCKET}", home / _SOCKET
        self.url = url.replace(f"host={server}", f"host={home}")
        self._threads: list[threading.Thread] = []
        self._cut = threading.Event()
        self.hush_at: bytes | None = None
        self.silent = threading.Event()

    def hush(self) -> None:
        self.silent.set()

    def speak(self) -> None:
        self.hush_at = None
        self.silent.clear()

    def mend(self) -> None:
        self._near.unlink(missing_ok=True)
        self._cut.clear()
        door = socket.create_server(str(self._near), family=socket.AF_UNIX)
        self._begin(self._open, door)

    def cut(self) -> None:
        self._cut.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._near.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def _begin(self, work: Callable[..., None], *ends: socket.socket) -> None:
        thread = threading.Thread(target=work, args=ends, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _open(self, door: socket.socket) -> None:
        door.settimeout(0.05)
        with door:
            while not self._cut.is_set():
                with suppress(TimeoutError):
                    near, _ = door.accept()
                    far = socket.socket(socket.AF_UNIX)
                    far.connect(self._far)
                    self._begin(self._carry, near, far)

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with near, far, suppress(OSError):
            while not self._cut.is_set():
                heard = (near,) if self.silent.is_set() else (near, far)
                readable, _, _ = select.select(heard, (), (), 0.05)
                for end in readable:
                    octets = end.recv(65536)
                    if not octets:
                        return
                    if self.hush_at and end is near and self.hush_at in octets:
                        self.hush()
                    (far if end is near else near).sendall(octets)


POOLER = """\
[databases]
* = host={server} user=mailgate
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
logfile = {home}/pgbouncer.log
"""


@contextmanager
def pooled(url: str, size: int = 6) -> Iterator[str]:
    """The URL of the same database through pgbouncer: clients share `size` connections, transaction by transaction."""
    home = Path(tempfile.mkdtemp(prefix="mailgate-pool-"))
    program = require(shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/sbin:/bin"), "pgbouncer")
    port, server = free_port(), url.partition("host=")[2]
    settings = home / "pgbouncer.ini"
    settings.write_text(POOLER.format(server=server, port=port, size=size, home=home))
    command = [program, str(settings)]
    if os.geteuid() == 0:  # it refuses to run as root, and its folder is root's
        for one in (home, settings):
            shutil.chown(one, "postgres")
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *command]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None, (home / "pgbouncer.log").read_text()
            assert time.monotonic() < until, "pgbouncer does not listen"
            time.sleep(0.05)
        yield f"postgresql+psycopg://mailgate@127.0.0.1:{port}{url.partition('@')[2].partition('?')[0]}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
