"""200 malformed mails through the real daemon: each comes to an end with a name, in time, and in nobody's way."""

from __future__ import annotations

import smtplib
import time
from datetime import datetime
from pathlib import Path

from daemon import PATIENCE_SECONDS, Daemon
from mailgate.reader import DEADLINE_SECONDS
from mailgate.store import facts
from malformed import malformed
from world import mail


def test_each_malformed_mail_comes_to_an_end_in_time_and_the_next_mail_is_processed(
    empty_database: str, tmp_path: Path
) -> None:
    with Daemon(tmp_path, empty_database, door='bare_newlines = "normalise"\n') as daemon:
        names = bring(daemon)
        assert len(names) >= 190  # a few are the same mail twice, and one row then
        before = time.monotonic()
        (ordinary,) = daemon.send(mail("Printer on fire", message_id="<after@customer.test>"))
        daemon.becomes("filed", ordinary, seconds=120)
        waited = time.monotonic() - before
        with daemon.look() as connection:
            rows = {row["id"]: row for row in facts.list_inbox(connection)}
            shown = {number: facts.show_inbox(connection, number) for number in names}
            case = facts.show_case(connection, rows[ordinary]["case"])
        slow = daemon.lines("mail could not be read")
        kept_waiting = pauses(daemon)
        assert daemon.stop() == 0

    ends = {(names[number], row["state"], row["reason"]) for number, row in shown.items()}
    assert {state for _, state, _ in ends} <= {"filed", "held", "shelved"}
    assert [name for name, _, reason in ends if not reason] == []
    # What the parser is built for it reads: none needs the child's death or the deadline.
    assert [line["why"] for line in slow] == []
    assert [row["traceback"] for row in shown.values() if row["state"] == "shelved"] == []
    assert len(kept_waiting) == len(rows)
    assert {names.get(number): took for number, took in kept_waiting.items() if took > DEADLINE_SECONDS} == {}
    assert waited < 2 * DEADLINE_SECONDS
    assert [entry["text"].strip() for entry in case["history"]] == ["It burns."]


def bring(daemon: Daemon) -> dict[int, str]:
    """Gives each mail its name by its row in the inbox. The door takes all: it is one that mends."""
    names: dict[int, str] = {}
    with smtplib.SMTP("127.0.0.1", daemon.port, timeout=PATIENCE_SECONDS) as client:
        client.ehlo("client.test")
        for name, data in malformed():
            client.mail("ann@customer.test")
            client.rcpt("support@example.com")
            code, said = client.data(data)
            assert code == 250, (name, said)
            names.setdefault(int(said.rpartition(b" ")[2]), name)
    return names


def pauses(daemon: Daemon) -> dict[int, float]:
    """How long each mail kept the others waiting: seconds between its outcome and the one before."""
    ends = [(line["inbound"], datetime.fromisoformat(line["timestamp"])) for line in daemon.lines("mail decided")]
    begin = datetime.fromisoformat(daemon.lines("stored")[0]["timestamp"])
    befores = [begin, *(end for _, end in ends)]
    return {number: (end - before).total_seconds() for (number, end), before in zip(ends, befores, strict=False)}
