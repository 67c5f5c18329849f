"""Mail is read in a child that may hang or die: the mail becomes one marked unread, and the next is read."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from mailgate.mail.message import Envelope, RawMail
from mailgate.mail.parse import parse
from mailgate.reader import Reader
from moments import NOON
from world import World, mail

ENVELOPE = Envelope("support", "ann@customer.test", ("support@example.com",), "test", NOON)


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader(deadline_seconds=20.0)
    made.start()
    made.read(RawMail(mail("warm up"), ENVELOPE))
    made._deadline = 3.0  # a fresh child needs half a second for its imports, and more beside other tests
    yield made
    made.close()


def pid(reader: Reader) -> int:
    assert reader._child.process is not None
    return reader._child.process.pid


def test_the_child_reads_what_parse_reads(reader: Reader) -> None:
    raw = RawMail(mail("Größe", "Wörter"), ENVELOPE)
    assert reader.read(raw) == parse(raw)
    assert pickle.loads(pickle.dumps(parse(raw))) == parse(raw)


def test_a_child_that_hangs_is_killed_and_the_mail_is_unread(reader: Reader) -> None:
    os.kill(pid(reader), signal.SIGSTOP)
    began = time.monotonic()
    unread = reader.read(RawMail(mail("hang"), ENVELOPE))
    assert time.monotonic() - began < 10
    assert "too long" in unread.unread
    assert unread.message_id == "<1@customer.test>"
    assert reader.read(RawMail(mail("next"), ENVELOPE)).subject == "next"


def test_a_child_that_does_not_even_take_the_mail_is_killed_too(reader: Reader) -> None:
    os.kill(pid(reader), signal.SIGSTOP)
    assert "too long" in reader.read(RawMail(mail("big", "x" * 5_000_000), ENVELOPE)).unread


def test_a_mail_is_no_worse_for_one_child_that_died_over_it() -> None:
    reader = Reader(deadline_seconds=20.0)
    reader.start()
    os.kill(pid(reader), signal.SIGSTOP)
    threading.Timer(0.2, os.kill, (pid(reader), signal.SIGKILL)).start()
    raw = RawMail(mail("unlucky"), ENVELOPE)
    assert reader.read(raw) == parse(raw)
    reader.close()


def test_a_mail_that_two_children_die_of_is_unread() -> None:
    reader, over = Reader(deadline_seconds=20.0), threading.Event()

    def reap() -> None:
        while not over.wait(0.02):
            if (process := reader._child.process) is not None:
                process.send_signal(signal.SIGKILL)

    reaper = threading.Thread(target=reap)
    reaper.start()
    unread = reader.read(RawMail(mail("deadly"), ENVELOPE)).unread
    over.set()
    reaper.join()
    assert "died" in unread
    assert reader.read(RawMail(mail("next"), ENVELOPE)).subject == "next"
    reader.close()


@pytest.mark.parametrize("sent", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_signals_to_the_whole_group_do_not_reach_the_child(reader: Reader, sent: signal.Signals) -> None:
    before = pid(reader)
    os.kill(before, sent)
    assert reader.read(RawMail(mail("next"), ENVELOPE)).subject == "next"
    assert pid(reader) == before


def test_an_unread_mail_is_a_case_without_a_letter() -> None:
    with World() as world:
        reader = Reader(deadline_seconds=1.0)
        reader.start()
        os.kill(pid(reader), signal.SIGSTOP)
        world.reading = reader.read
        world.receive(mail("hang"))
        reader.close()
        (case,) = world.cases
        assert "could not be read" in world.case(str(case["number"]))["history"][0]["text"]
        assert world.letters == []
