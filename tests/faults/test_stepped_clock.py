"""The machine's clock is stepped by a day: nothing stops, nothing goes twice, and no lease hangs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from daemon import Daemon
from dovecot import Dovecot, gate
from faketime import SteppedClock
from imap_bench import mail as numbered
from ledger import Ledger, message_id, reconcile, taken_by
from mailgate.errors import Transient
from mailgate.store.tables import outbox
from smtp_sink import Sink, standing
from world import World, mail

DAY = timedelta(days=1)


def test_mail_letters_and_leases_go_on_when_the_clock_of_the_machine_is_stepped(tmp_path: Path) -> None:
    clock, ledger = SteppedClock(tmp_path), Ledger()
    with Dovecot() as server, standing(Sink()) as sink:
        daemon = gate(tmp_path, server, relay=f"smtp://127.0.0.1:{sink.port}")
        daemon.environment = clock.environment
        with daemon:
            daemon.says("mailbox connected")
            for number, step in enumerate((DAY, timedelta(), -DAY, timedelta(), 40 * DAY, timedelta())):
                ledger.bring(daemon, [number])
                clock.step(step)
                ledger.bring(daemon, [10 + number])
                server.put(numbered(20 + number))
                due = 3 * (number + 1)
                daemon.wait(lambda due=due: len(sink.taken) >= due, f"letters after {step}", 15)
            assert len(daemon.lines("mailbox connected")) == 1, "it never lost the mailbox"
            came = [row["message_id"] for row in daemon.inbox()]
            assert daemon.stop() == 0
    assert sorted(came) == sorted(message_id(tens + number) for tens in (0, 10, 20) for number in range(6))
    assert len(sink.taken) == len({message for _, _, message in sink.taken}) == 18


def test_a_letter_that_is_put_off_is_not_put_off_for_a_day_more(tmp_path: Path) -> None:
    clock, ledger = SteppedClock(tmp_path), Ledger()
    clock.step(DAY)
    with standing(Sink({"RCPT": ["451 4.7.1 come back later", "250 fine"]})) as sink:
        daemon = Daemon(tmp_path, relay=f"smtp://127.0.0.1:{sink.port}")
        daemon.environment = clock.environment
        with daemon:
            ledger.bring(daemon, [1])
            daemon.says("letter not taken; trying again")
            clock.step(timedelta())
            assert reconcile(daemon, [1], taken_by(sink), seconds=15) == []
            daemon.says("the clock was put back; periodic work goes on")
            assert daemon.stop() == 0


@pytest.mark.parametrize("step", [1, -1], ids=["forwards", "backwards"])
def test_a_backlog_is_tried_once_more_when_the_clock_is_stepped_and_no_oftener(step: int) -> None:
    with World() as world:
        for number in range(30):
            by = f"person{number}@customer.test"
            world.relay.refuse[by] = Transient("451 not now")
            world.receive(mail(by=by, message_id=f"<{number}@customer.test>"), sender=by)
        world.deliver()
        tried = attempts(world)
        assert tried == [1] * 30
        world.advance(days=step)
        assert attempts(world) == [2] * 30
        world.advance(seconds=59)
        assert attempts(world) == [2] * 30
        world.relay.refuse.clear()
        world.advance(minutes=2)
        assert len(world.relay.sent) == 30


def attempts(world: World) -> list[int]:
    with world.store.read() as connection:
        return list(connection.execute(select(outbox.c.attempts)).scalars())


def test_letters_of_a_day_that_did_not_come_do_not_count_as_the_last_hour() -> None:
    with World() as world:
        world.advance(days=1)
        for number in range(25):
            world.receive(mail(message_id=f"<{number}@customer.test>"))
        had = len(world.letters)
        assert had < 25, "so many an hour"
        world.advance(days=-1)
        world.receive(mail(message_id="<after@customer.test>"))
        assert len(world.letters) == had + 1
