"""Mail is read in a child that may hang or die: the mail becomes one marked unread, and the next is read."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Iterator, Sequence

import pytest

from mailgate.child import Child
from mailgate.mail.message import Envelope, Octets, RawMail
from mailgate.mail.on_page import Placed
from mailgate.mail.parse import parse
from mailgate.pickled import dumped, speech
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


class Deadly(Child):
    """Its process dies over so many questions."""

    deaths = 0

    def send(self, pieces: Sequence[Octets], until: float) -> None:
        self.start()
        self._meet(until)
        assert self.process is not None
        if self.deaths:
            self.process.send_signal(signal.SIGSTOP)  # so that it cannot answer before
        super().send(pieces, until)
        if self.deaths:
            self.deaths -= 1
            self.process.kill()


@pytest.fixture
def deadly() -> Iterator[Reader]:
    made = Reader(deadline_seconds=20.0)
    made._child = Deadly("mailgate.reader", "reading", "reader", speech())
    yield made
    made.close()


def test_a_mail_is_no_worse_for_one_child_that_died_over_it(deadly: Reader) -> None:
    deadly._child.deaths = 1  # type: ignore[attr-defined]
    raw = RawMail(mail("unlucky"), ENVELOPE)
    assert deadly.read(raw) == parse(raw)


def test_a_mail_that_two_children_die_of_is_unread(deadly: Reader) -> None:
    deadly._child.deaths = 2  # type: ignore[attr-defined]
    assert "died" in deadly.read(RawMail(mail("deadly"), ENVELOPE)).unread
    assert deadly.read(RawMail(mail("next"), ENVELOPE)).subject == "next"


def test_what_is_expected_is_read_as_it_would_be_without(reader: Reader) -> None:
    raws = [RawMail(mail(f"mail {number}", "Wörter\n" * number * 50), ENVELOPE) for number in range(30)]
    reader.expect(raws)
    assert reader.read(raws[0]) == parse(raws[0])
    other = RawMail(mail("of somebody else"), ENVELOPE)
    assert reader.read(other) == parse(other)
    assert reader.read(raws[3]) == parse(raws[3])  # passed over
    assert [reader.read(raw) for raw in raws[1:]] == [parse(raw) for raw in raws[1:]]


def test_what_was_expected_and_is_not_read_is_in_nobodys_way(reader: Reader) -> None:
    first, second = ([RawMail(mail(f"{batch} {number}"), ENVELOPE) for number in range(5)] for batch in ("one", "two"))
    reader.expect(first)
    reader.expect(second)
    assert [reader.read(raw).subject for raw in second] == [f"two {number}" for number in range(5)]
    reader.expect(first)
    assert [reader.read(raw).subject for raw in first] == [f"one {number}" for number in range(5)]


def test_behind_one_that_hangs_all_others_are_read(reader: Reader) -> None:
    raws = [RawMail(mail(f"mail {number}"), ENVELOPE) for number in range(4)]
    os.kill(pid(reader), signal.SIGSTOP)
    reader.expect(raws)
    assert "too long" in reader.read(raws[0]).unread
    reader._deadline = 20.0
    assert [reader.read(raw) for raw in raws[1:]] == [parse(raw) for raw in raws[1:]]


def test_where_the_child_dies_each_that_it_was_asked_for_is_read_by_another(reader: Reader) -> None:
    raws = [RawMail(mail(f"mail {number}"), ENVELOPE) for number in range(4)]
    reader._deadline = 20.0
    os.kill(pid(reader), signal.SIGSTOP)
    reader.expect(raws)
    os.kill(pid(reader), signal.SIGKILL)
    assert [reader.read(raw) for raw in raws] == [parse(raw) for raw in raws]


@pytest.mark.parametrize("sent", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_signals_to_the_whole_group_do_not_reach_the_child(reader: Reader, sent: signal.Signals) -> None:
    before = pid(reader)
    os.kill(before, sent)
    assert reader.read(RawMail(mail("next"), ENVELOPE)).subject == "next"
    assert pid(reader) == before


def test_an_unread_mail_is_a_case_without_a_letter() -> None:
    with World() as world:
        reader = Reader(deadline_seconds=20.0)
        reader.read(RawMail(mail("warm up"), ENVELOPE))
        reader._deadline = 1.0
        os.kill(pid(reader), signal.SIGSTOP)
        world.reading = reader.read
        world.receive(mail("hang"))
        reader.close()
        (case,) = world.cases
        assert "could not be read" in world.case(str(case["number"]))["history"][0]["text"]
        assert world.letters == []


def test_a_child_of_another_version_is_nobody_to_read_and_marks_no_mail_unread() -> None:
    """The files were upgraded under the daemon, which is no mail's fault."""
    reader = Reader(deadline_seconds=20.0)
    reader._child._speech = b"what was spoken before"
    raws = [RawMail(mail("small"), ENVELOPE), RawMail(mail("big", "x\n" * 2_000_000), ENVELOPE)]
    for raw in raws:
        reader.expect(raws)
        with pytest.raises(OSError, match="restart mailgate"):
            reader.read(raw)
    assert "restart mailgate" in reader.show(raws[0], Placed("/here")).unread
    reader._child._speech = speech()
    assert [reader.read(raw).subject for raw in raws] == ["small", "big"]
    reader.close()


def test_a_child_that_ends_before_it_read_anything_is_no_mails_fault() -> None:
    reader = Reader(deadline_seconds=20.0)
    raw = RawMail(mail("next", "x\n" * 2_000_000), ENVELOPE)
    reader._child._module = "mailgate.there_is_none"
    with pytest.raises(OSError, match="before it began"):
        reader.read(raw)
    reader._child._module = "mailgate.reader"
    assert reader.read(raw).subject == "next"
    reader.close()


_TOO_FEW = b"cmailgate.mail.message\nEnvelope\n(K\x01tR."


@pytest.mark.parametrize("answer", [b"", b"(", pickle.dumps(print), dumped(ENVELOPE)[:-1], b"K\x01.", _TOO_FEW])
def test_whatever_else_the_child_answers_is_no_mail(reader: Reader, answer: bytes) -> None:
    """Of another shape: cut off, of other classes, too few fields. It costs this mail alone."""
    reader._child.receive = lambda until: answer if until else b""  # type: ignore[method-assign]
    unread = reader.read(RawMail(mail("odd"), ENVELOPE)).unread
    assert "no mail" in unread
