"""kill -9 under load: every 250 has exactly one entry, no case comes twice, no confirmation twice by Message-ID."""

from __future__ import annotations

import email
import random
import smtplib
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from daemon import Daemon
from world import mail

CONNECTIONS = 20
MAILS = 1_000
KILLS = 5


class Ledger:
    """What the clients know: which mails were answered 250. Those that were not are brought again, as an MTA would."""

    def __init__(self) -> None:
        self.answered: Counter[str] = Counter()
        self.unanswered: list[int] = []
        self.lock = threading.Lock()

    def send(self, port: int, numbers: list[int]) -> None:
        left = list(numbers)
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
                while left:
                    code, _ = self.one(client, left[0])
                    assert code in {250, 421, 451}, code
                    if code != 250:
                        break
                    with self.lock:
                        self.answered[f"<{left[0]}@customer.test>"] += 1
                    left.pop(0)
        except (OSError, smtplib.SMTPException):
            pass  # killed under our hands: what was not answered is brought again
        with self.lock:
            self.unanswered += left

    @staticmethod
    def one(client: smtplib.SMTP, number: int) -> tuple[int, bytes]:
        author = f"person{number}@customer{number % 97}.test"
        client.ehlo_or_helo_if_needed()
        client.mail(author)
        client.rcpt("support@example.com")
        return client.data(mail(f"Request {number}", by=f"Person <{author}>", message_id=f"<{number}@customer.test>"))


def test_nothing_is_lost_or_doubled_by_five_kills(database: str, tmp_path: Path) -> None:
    ledger, chance = Ledger(), random.Random(26)
    with Daemon(tmp_path, database) as daemon, ThreadPoolExecutor(CONNECTIONS) as clients:
        for kill in range(KILLS):
            numbers = ledger.unanswered + list(range(kill * MAILS, (kill + 1) * MAILS))
            ledger.unanswered = []
            before = len(ledger.answered)
            shares = [numbers[place::CONNECTIONS] for place in range(CONNECTIONS)]
            running = [clients.submit(ledger.send, daemon.port, share) for share in shares]
            goal = before + chance.randrange(len(numbers) // 10, len(numbers) * 9 // 10)
            daemon.wait(lambda goal=goal: len(ledger.answered) >= goal, "the middle", 120)
            time.sleep(chance.random() / 20)
            daemon.kill()
            for one in running:
                one.result()
            daemon.start()
        rest, ledger.unanswered = ledger.unanswered, []
        ledger.send(daemon.port, rest)
        assert ledger.unanswered == []
        inbox = daemon.settled(240)
        cases = daemon.ask("case", "list")
        outbox = daemon.ask("outbox", "list")
        assert daemon.stop() == 0

    sent = set(range(KILLS * MAILS))
    assert len(ledger.answered) == len(sent)
    assert Counter(row["message_id"] for row in inbox) == Counter(f"<{number}@customer.test>" for number in sent)
    assert {row["state"] for row in inbox} == {"filed"}
    assert Counter(row["case"] for row in inbox).most_common(1)[0][1] == 1
    assert Counter(case["subject"] for case in cases) == Counter(f"Request {number}" for number in sent)
    assert {case["entries"] for case in cases} == {1}
    assert Counter(row["case"] for row in outbox) == Counter(case["number"] for case in cases)
    letters = [email.message_from_bytes(path.read_bytes()) for path in daemon.sent()]
    assert Counter(letter["Message-ID"] for letter in letters) == Counter(row["message_id"] for row in outbox)
    assert Counter(letter["In-Reply-To"] for letter in letters) == Counter(row["message_id"] for row in inbox)
