"""kill -9 at random moments: each mail answered 250 is one case with one entry; none comes twice, no letter is lost."""

from __future__ import annotations

import random
from pathlib import Path

from daemon import Daemon
from kills import NO_BREAKER, kill_at_random
from ledger import Ledger, reconcile, taken_by
from smtp_sink import Sink, standing

MAILS = 75
KILLS = {"sqlite": 20, "postgresql": 4}  # as many as you like: tests/bench/long/kills


def test_nothing_is_lost_or_doubled_by_kills_at_random(database: str, tmp_path: Path) -> None:
    kills, ledger = KILLS[database.partition(":")[0].partition("+")[0]], Ledger()
    with (
        standing(Sink()) as sink,
        Daemon(tmp_path, database, f"smtp://127.0.0.1:{sink.port}", NO_BREAKER) as daemon,
    ):
        numbers = kill_at_random(daemon, ledger, kills, MAILS, random.Random(26), lambda _: None)
        twice = reconcile(daemon, numbers, taken_by(sink))
        assert daemon.stop() == 0
    assert len(ledger.answered) == len(numbers)
    # Only what was under way when it was killed can go twice: the relay has it, and nobody wrote that down.
    assert len(twice) <= kills * 40
