"""kill -9 of the daemon at random moments while clients bring mail: for tests/faults and tests/bench/long."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from daemon import Daemon
from ledger import Ledger

CONNECTIONS = 20
LONGEST_LIFE_SECONDS = 1.0
# Thousands of letters within minutes are what breakers are for; here each is to go out.
NO_BREAKER = "\n[breaker]\nhourly = 1000000\ndomain_hourly = 1000000\n"


def kill_at_random(
    daemon: Daemon, ledger: Ledger, times: int, mails: int, chance: random.Random, say: Callable[[int], None]
) -> range:
    """Each time `mails` more are brought, on top of what was not answered; the numbers of all of them. A life may end
    before it listens, under load, or while what came is walked and sent."""
    with ThreadPoolExecutor(CONNECTIONS) as clients:
        for kill in range(times):
            numbers = [*ledger.unanswered, *range(kill * mails, (kill + 1) * mails)]
            ledger.unanswered = []
            ends = time.monotonic() + chance.uniform(0, LONGEST_LIFE_SECONDS)
            shares = [numbers[place::CONNECTIONS] for place in range(CONNECTIONS)]
            running = [clients.submit(ledger.send, daemon.port, share) for share in shares]
            time.sleep(max(0.0, ends - time.monotonic()))
            daemon.kill()
            for one in running:
                one.result()
            say(kill + 1)
            if chance.random() < 0.1:  # it need not even come up
                starting = daemon.begin()
                time.sleep(chance.uniform(0, 1))
                starting.kill()
                starting.wait()
            daemon.start()
    ledger.bring(daemon)
    return range(times * mails)
