"""What the daemon really asks of the kernel is what its unit lets it have: systemd itself is not needed to see it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path

from daemon import Daemon
from mailgate import shipped
from servers import require
from world import mail

UNIT = (shipped.folder("systemd") / "mailgate.service").read_text()


@cache
def members(group: str) -> frozenset[str]:
    """The system calls of a group of systemd's, with those of the groups in it."""
    tool = require(shutil.which("systemd-analyze"), "systemd")
    said = subprocess.run([tool, "--no-pager", "syscall-filter", group], capture_output=True, text=True, check=True)
    inner = [line.strip() for line in said.stdout.splitlines()[1:] if line.startswith("    ") and "#" not in line]
    return frozenset().union(*(members(one) if one.startswith("@") else {one} for one in inner))


def allowed() -> frozenset[str]:
    """By the unit's SystemCallFilter lines: the first allows, those that begin with "~" take away."""
    found: frozenset[str] = frozenset()
    for line in re.findall(r"^SystemCallFilter=(.*)$", UNIT, re.MULTILINE):
        named = frozenset().union(*(members(group) for group in line.removeprefix("~").split()))
        found = found - named if line.startswith("~") else found | named
    # What a process cannot be without is always allowed (systemd.exec(5)).
    return found | members("@default") | {"restart_syscall"}


def test_the_daemon_and_its_children_do_nothing_that_the_unit_forbids(tmp_path: Path) -> None:
    strace = require(shutil.which("strace"), "strace")
    calls = tmp_path / "calls"
    with Daemon(tmp_path, under=(strace, "-f", "-qq", "-s", "200", "-o", str(calls))) as daemon:
        daemon.send(mail(), mail(body="x\r\n" * 700_000, message_id="<2@customer.test>"))  # the second waits in a file
        daemon.becomes("filed")
        daemon.wait(daemon.sent, "a letter")
        assert daemon.process is not None
        (below,) = Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children").read_text().split()
        os.kill(int(below), signal.SIGTERM)  # the daemon itself, not strace
        assert daemon.process.wait(60) == 0
    said = calls.read_text(errors="replace")
    begun = re.findall(r"^\d+ +(\w+)\(", said, re.MULTILINE)
    assert {"execve", "fdatasync", "listen"} <= set(begun)
    # SQLite, when root runs it, gives the files beside the database to its owner.
    assert sorted(set(begun) - allowed() - {"fchown"}) == []
    # MemoryDenyWriteExecute=
    assert re.findall(r"^.* mmap\(.*PROT_WRITE\|PROT_EXEC.*|.* mprotect\(.*PROT_EXEC.*$", said, re.MULTILINE) == []
    families = re.search(r"^RestrictAddressFamilies=(.*)$", UNIT, re.MULTILINE)
    assert families is not None
    opened = re.findall(r" socket\((AF_\w+),.*= (\d+)$", said, re.MULTILINE)
    # glibc asks for the addresses of this machine (netlink) and goes on without an answer.
    assert {family for family, _ in opened} - {"AF_NETLINK"} <= set(families[1].split())
    # ProtectSystem=strict, PrivateTmp=, PrivateDevices=
    made = re.findall(r' openat\([^"]*"([^"]+)", [^)]*(?:O_WRONLY|O_RDWR|O_CREAT)[^)]*\) = \d+$', said, re.MULTILINE)
    assert [path for path in made if not path.startswith((str(tmp_path), "/tmp", "/var/tmp", "/dev/null"))] == []
