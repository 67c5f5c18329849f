"""Machines of a test, each with addresses of its own: network namespaces, joined by a router that can lose packets.

Needs root's rights over networks (CAP_NET_ADMIN and CAP_SYS_ADMIN) and iproute2: containers often have neither.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

_CLONE_NEWNET = 0x40000000  # sched.h


class NotAllowed(Exception):
    """Here no machine can be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Machine:
    """`under` begins a command that is to run on it. In `network` and `network6` there is nobody else."""

    name: str
    pid: int
    place: int

    @property
    def address(self) -> str:
        return f"10.99.{self.place}.2"

    @property
    def address6(self) -> str:
        return f"fd99:{self.place}::2"

    @property
    def network(self) -> str:
        return f"10.99.{self.place}.0/24"

    @property
    def network6(self) -> str:
        return f"fd99:{self.place}::/64"

    @property
    def under(self) -> tuple[str, ...]:
        return ("nsenter", f"--net=/proc/{self.pid}/ns/net", "--")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This thread, and what it begins meanwhile (threads, processes), is on it."""
        before = Path("/proc/thread-self/ns/net")
        with before.open("rb") as back, Path(f"/proc/{self.pid}/ns/net").open("rb") as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(back.fileno())


class Lan:
    """Machines by their names, each on a wire of its own to the router."""

    def __init__(self, router: int, machines: Sequence[Machine]) -> None:
        self._router = router
        self.machines = {one.name: one for one in machines}

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def cut(self, one: str, other: str) -> None:
        """From now on what they send each other is lost on the way, and nobody is told."""
        self._rule("add", one, other)

    def mend(self, one: str, other: str) -> None:
        self._rule("del", one, other)

    def _rule(self, what: str, one: str, other: str) -> None:
        for here, there in ((one, other), (other, one)):
            for family, network in (("-4", self[there].network), ("-6", self[there].network6)):
                _ip(self._router, family, "rule", what, "iif", f"to-{here}", "to", network, "blackhole")


@contextmanager
def joined(*names: str) -> Iterator[Lan]:
    """So many machines. NotAllowed where that cannot be."""
    if os.geteuid() or not shutil.which("ip") or not shutil.which("nsenter"):
        raise NotAllowed("machines with networks of their own take root, iproute2 and util-linux")
    with ExitStack() as stack:
        try:
            router, *pids = [stack.enter_context(_namespace()) for _ in range(len(names) + 1)]
            machines = [Machine(name, pid, place) for place, (name, pid) in enumerate(zip(names, pids, strict=True), 1)]
            _forward(router)
            for one in machines:
                _wire(router, one)
        except (subprocess.CalledProcessError, OSError) as error:
            said = getattr(error, "stderr", b"") or str(error).encode()
            raise NotAllowed(f"no network of its own for a machine here: {said.decode(errors='replace')}") from error
        yield Lan(router, machines)


@contextmanager
def _namespace() -> Iterator[int]:
    """The process that keeps it; it says when it is there."""
    keeper = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "ip link set lo up && echo there && exec sleep infinity"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert keeper.stdout is not None
    assert keeper.stderr is not None
    try:
        if not keeper.stdout.readline():
            raise subprocess.CalledProcessError(keeper.wait(), "unshare", stderr=keeper.stderr.read())
        yield keeper.pid
    finally:
        keeper.kill()
        keeper.wait()
        keeper.stdout.close()
        keeper.stderr.close()


def _wire(router: int, one: Machine) -> None:
    ends = ("name", f"to-{one.name}", "netns", f"{router}"), ("peer", "name", "eth0", "netns", f"{one.pid}")
    subprocess.run(["ip", "link", "add", *ends[0], "type", "veth", *ends[1]], check=True, capture_output=True)
    sides = ((router, f"to-{one.name}", "1"), (one.pid, "eth0", "2"))
    for pid, device, last in sides:
        _ip(pid, "-4", "address", "add", f"10.99.{one.place}.{last}/24", "dev", device)
        _ip(pid, "-6", "address", "add", f"fd99:{one.place}::{last}/64", "dev", device, "nodad")
        _ip(pid, "link", "set", device, "up")
    _ip(one.pid, "-4", "route", "add", "default", "via", f"10.99.{one.place}.1")
    _ip(one.pid, "-6", "route", "add", "default", "via", f"fd99:{one.place}::1")


def _forward(router: int) -> None:
    switches = "for one in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 1 > /proc/sys/net/$one; done"
    _run(router, "sh", "-ec", switches)


def _ip(pid: int, *words: str) -> None:
    _run(pid, "ip", *words)


def _run(pid: int, *command: str) -> None:
    enter = ["nsenter", f"--net=/proc/{pid}/ns/net", "--"]
    subprocess.run([*enter, *command], check=True, capture_output=True)


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
