"""Every 250 after a mail comes after the fdatasync of the commit that holds it: seen from outside, by strace.

SQLite writes a commit's pages into its write-ahead log and calls fdatasync on it (synchronous = FULL). A mail is found
in those pages by its Message-ID, so nothing that mailgate says of itself is believed but which id the mail got.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import smtplib
import subprocess
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from daemon import PATIENCE_SECONDS, Daemon
from servers import require
from world import mail

MAILS, CONNECTIONS = 1_000, 20

# One file for each thread (-ff), so no call is cut in two; one clock for all (-ttt), and how long each call took (-T).
# -y says which file a descriptor is; a page of SQLite's has 4096 octets and a head.
STRACE = "strace -ff -ttt -T -y -s 4200 -e trace=pwrite64,fdatasync,fsync,sendto,write,writev,sendmsg"
_CALL = re.compile(
    r"(?P<at>\d+\.\d+) (?P<name>\w+)\(\d+<(?P<file>[^>]*)>(?P<rest>.*) = (?P<result>\d+) <(?P<took>[\d.]+)>$"
)
_ID = re.compile(r"<(\d+)@strace\.test>")
_STORED = re.compile(r"250 2\.0\.0 stored as (\d+)")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that succeeded. `at` and `ended` in seconds."""

    at: float
    ended: float
    name: str
    file: str
    rest: str


def test_a_thousand_of_a_thousand_answers_come_after_the_fdatasync_of_their_commit(tmp_path: Path) -> None:
    strace = tracer()
    trace = tmp_path / "trace"
    trace.mkdir()
    under = [strace, *STRACE.split()[1:], "-o", str(trace / "of")]
    with Daemon(tmp_path, under=under) as daemon:
        pid = daemon.says("ready")["pid"]
        try:
            with ThreadPoolExecutor(CONNECTIONS) as clients:
                list(clients.map(lambda first: bring(daemon, range(first, MAILS, CONNECTIONS)), range(CONNECTIONS)))
        finally:
            os.kill(pid, signal.SIGTERM)
        assert daemon.process is not None
        assert daemon.process.wait(PATIENCE_SECONDS) == 0
        commits = {line["inbound"]: line["commit"] for line in daemon.lines("stored")}
        ids = {int(row["message_id"].strip("<").partition("@")[0]): row["id"] for row in daemon.inbox()}
    synced, answered = durable_at(trace), answered_at(trace)
    assert len(ids) == len(synced) == len(answered) == MAILS
    early = [number for number in ids if not synced[number] < answered[ids[number]]]
    assert early == []
    # The numbers that are logged tell the commits apart as the disk does: one fdatasync for each, in their order.
    moments = defaultdict(set)
    for number, place in ids.items():
        moments[commits[place]].add(synced[number])
    assert {len(one) for one in moments.values()} == {1}
    in_order = [min(moments[commit]) for commit in sorted(moments)]
    assert in_order == sorted(set(in_order))
    assert len(in_order) < MAILS  # else no commit held several, and the order of one alone proves less


def tracer() -> str:
    """strace, where it is and may trace: some containers forbid ptrace(2)."""
    strace = require(shutil.which("strace"), "strace")
    may = subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0
    return require(strace if may else None, "strace in a container with CAP_SYS_PTRACE")


def bring(daemon: Daemon, numbers: range) -> None:
    with smtplib.SMTP("127.0.0.1", daemon.port, timeout=PATIENCE_SECONDS * 4) as client:
        client.ehlo("client.test")
        for number in numbers:
            client.mail("ann@customer.test")
            client.rcpt("support@example.com")
            code, said = client.data(mail(f"Request {number}", message_id=f"<{number}@strace.test>"))
            assert code == 250, said


def calls(trace: Path) -> Iterator[list[Call]]:
    """Those of each thread, in order."""
    for file in trace.iterdir():
        found = (_CALL.match(line) for line in file.read_text().splitlines())
        yield [
            Call(float(one["at"]), float(one["at"]) + float(one["took"]), one["name"], one["file"], one["rest"])
            for one in found
            if one
        ]


def durable_at(trace: Path) -> dict[int, float]:
    """By the number of a mail: when the first fdatasync ended that came after its first page, by the same thread."""
    written: dict[int, tuple[float, float]] = {}
    for thread in calls(trace):
        log = [call for call in thread if call.file.endswith("-wal")]
        syncs = [call for call in log if call.name in ("fdatasync", "fsync")]
        began = [call.at for call in syncs]
        for call in log:
            place = bisect_left(began, call.at)
            if call.name != "pwrite64" or place == len(syncs):
                continue
            for number in map(int, _ID.findall(call.rest)):
                # Whoever wrote it first stored it; the worker writes of it later.
                if number not in written or call.at < written[number][0]:
                    written[number] = call.at, syncs[place].ended
    return {number: ended for number, (_, ended) in written.items()}


def answered_at(trace: Path) -> dict[int, float]:
    """By the id of a row: when the answer that names it began to be sent."""
    return {
        int(found[1]): call.at
        for thread in calls(trace)
        for call in thread
        if "socket:" in call.file or "TCP:" in call.file
        if (found := _STORED.search(call.rest))
    }
