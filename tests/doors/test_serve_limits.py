"""The bounds of the real daemon: file descriptors, memory, the time that a stop takes."""

from __future__ import annotations

import os
import resource
import socket
import time
from pathlib import Path

from daemon import Daemon
from gate import Talker


def test_without_file_descriptors_it_says_so_once_and_goes_on_when_there_are_some(tmp_path: Path) -> None:
    with Daemon(tmp_path) as daemon:
        daemon.says("ready")
        assert daemon.process is not None
        pid = daemon.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, before[1]))
        talkers = [Talker(socket.create_connection(("127.0.0.1", daemon.port))) for _ in range(20)]
        daemon.says("no file descriptor left: connections wait")
        began = processor_seconds(pid)
        time.sleep(3)
        assert len(daemon.lines("no file descriptor left: connections wait")) == 1
        assert len(daemon.log.read_text().splitlines()) < 20
        assert processor_seconds(pid) - began < 1.0
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for talker in talkers:
            assert talker.greet().startswith("250")
            talker.close()


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
