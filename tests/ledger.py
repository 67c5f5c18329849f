"""What clients know, and what the house must then say: a mail answered 250 is there once; one that was not is brought
again, as a mail server would, and is there once, too.
"""

from __future__ import annotations

import email
import smtplib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from daemon import Daemon
from mailgate.store import facts
from smtp_sink import Sink
from world import mail


class Ledger:
    """Which mails (they have numbers) were answered 250, by Message-ID, and which have yet to be."""

    def __init__(self) -> None:
        self.answered: Counter[str] = Counter()
        self.refused = 0
        self.unanswered: list[int] = []
        self.lock = threading.Lock()

    def send(self, port: int, numbers: Sequence[int], host: str = "127.0.0.1") -> None:
        """Over one connection, until it breaks or a mail is answered 4xx."""
        left = list(numbers)
        try:
            with smtplib.SMTP(host, port, timeout=120) as client:
                while left:
                    code = one(client, left[0])
                    assert code == 250 or 400 <= code < 500, code
                    if code != 250:
                        self.refused += 1
                        break
                    with self.lock:
                        self.answered[message_id(left[0])] += 1
                    left.pop(0)
        except (OSError, smtplib.SMTPException):
            pass  # killed under our hands
        with self.lock:
            self.unanswered += left

    def bring(self, daemon: Daemon, numbers: Iterable[int] = ()) -> None:
        """These, and all that was not answered before, until all of it is."""
        left = [*self.unanswered, *numbers]
        self.unanswered = []
        self.send(daemon.port, left, daemon.host)
        daemon.wait(lambda: not self.unanswered or self._again(daemon), "every mail to be answered 250", 120, 0.5)

    def _again(self, daemon: Daemon) -> bool:
        left, self.unanswered = self.unanswered, []
        self.send(daemon.port, left, daemon.host)
        return not self.unanswered


def one(client: smtplib.SMTP, number: int) -> int:
    """The answer to one mail; each tenth says who he is otherwise, so that windows and organisations stay small."""
    author = f"person{number}@customer{number % 97}.test"
    client.ehlo_or_helo_if_needed()
    client.mail(author)
    client.rcpt("support@example.com")
    return client.data(mail(f"Request {number}", by=f"Person <{author}>", message_id=message_id(number)))[0]


def message_id(number: int) -> str:
    return f"<{number}@customer.test>"


def reconcile(
    daemon: Daemon, numbers: Iterable[int], letters: Callable[[], Iterable[bytes]], seconds: float = 240
) -> list[str]:
    """0 lost, 0 doubled: one row, one case with one entry, one letter queued for each number, and each letter went out.
    Gives the Message-IDs of letters that went out more than once, byte for byte alike."""
    daemon.becomes("filed", seconds=seconds)
    daemon.wait(lambda: {row["state"] for row in daemon.outbox()} == {"sent"}, "all letters to be sent", seconds, 0.2)
    inbox, outbox = daemon.inbox(), daemon.outbox()
    with daemon.look() as connection:
        cases = facts.list_cases(connection)
    sent = set(numbers)
    assert Counter(row["message_id"] for row in inbox) == Counter(map(message_id, sent))
    assert Counter(row["case"] for row in inbox) == Counter(case["number"] for case in cases)
    assert Counter(case["subject"] for case in cases) == Counter(f"Request {number}" for number in sent)
    assert {case["entries"] for case in cases} == {1}
    assert Counter(row["case"] for row in outbox) == Counter(case["number"] for case in cases)
    gone = Counter(letters())
    ids = Counter(str(email.message_from_bytes(letter)["Message-ID"]) for letter in gone)
    assert ids == Counter(row["message_id"] for row in outbox), "each letter went out, and none in two versions"
    return [str(email.message_from_bytes(letter)["Message-ID"]) for letter, times in gone.items() if times > 1]


def in_maildir(daemon: Daemon) -> Callable[[], list[bytes]]:
    """The letters of a daemon whose relay is a maildir."""
    return lambda: [file.read_bytes() for file in daemon.sent()]


def taken_by(sink: Sink) -> Callable[[], list[bytes]]:
    """The letters that a server took."""
    return lambda: [message for _, _, message in sink.taken]
