"""Whatever goes wrong with one mail: it is kept, it is named, and it stands in nobody's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from gate import Faults, FaultyStore
from mailgate.errors import MailgateError, Permanent, StoreError, Transient
from mailgate.mail.message import Envelope, Mail, Ours, RawMail
from mailgate.mail.parse import parse
from mailgate.parents import Read
from mailgate.pipeline import conclude, read_all, replay
from mailgate.rehearsing import rehearse
from mailgate.store import claims
from mailgate.store.db import Store
from mailgate.store.lease import LEASE
from world import World, mail


def test_a_mail_that_crashes_the_walk_is_shelved_after_three_tries_with_its_traceback() -> None:
    with World() as world:
        world.fail_on = "cursed"
        cursed = world.receive(mail("cursed", message_id="<c@x.test>"), process=False)
        good = [world.receive(mail(f"good {n}", message_id=f"<{n}@x.test>"), process=False) for n in range(5)]
        world.process()
        assert [world.inbox(row)["state"] for row in good] == ["filed"] * 5
        assert world.inbox(cursed)["state"] == "waiting"
        for _ in range(3):
            world.advance(minutes=1)
        row = world.inbox(cursed)
        assert (row["state"], row["attempts"]) == ("shelved", 3)
        assert "Traceback" in row["traceback"]
        world.advance(days=1)
        assert world.inbox(cursed)["attempts"] == 3
        assert world.sums() == {"filed": 5, "shelved": 1}

        with pytest.raises(MailgateError, match="failed again"):
            replay(world.house, cursed)
        world.fail_on = ""
        for _ in range(3):
            world.advance(minutes=1)
        assert world.inbox(cursed)["state"] == "filed"


def test_a_shelved_mail_is_brought_back_by_replay() -> None:
    with World() as world:
        world.fail_on = "cursed"
        cursed = world.receive(mail("cursed"))
        for _ in range(3):
            world.advance(minutes=1)
        world.fail_on = ""
        story = replay(world.house, cursed)
        assert (story["decision"]["reason"], world.inbox(cursed)["state"]) == ("opened", "filed")
        assert len(world.letters) == 1


def test_a_mail_that_kills_the_process_is_shelved_after_the_sixth_time() -> None:
    with World() as world:
        deadly = world.receive(mail("deadly", message_id="<d@x.test>"), process=False)
        for number in range(7):  # lost once among others, then six times alone
            with world.store.write() as connection:
                assert claims.claim_inbound(connection, f"lost/{number}/1", 20, world.clock.now(), LEASE)
            world.clock.time += LEASE
        world.receive(mail("next", message_id="<n@x.test>"))
        world.process()
        assert world.inbox(deadly)["state"] == "shelved"
        assert "lost 6 times" in world.inbox(deadly)["traceback"]
        assert world.sums() == {"filed": 1, "shelved": 1}


def test_a_filed_mail_is_not_replayed_into_a_second_entry() -> None:
    with World() as world:
        row = world.receive(mail())
        with pytest.raises(MailgateError):
            replay(world.house, row)
        assert world.cases[0]["entries"] == 1


def test_a_mail_that_somebody_works_on_is_left_to_him_by_replay() -> None:
    with World() as world:
        row = world.receive(mail(), process=False)
        with world.store.write() as connection:
            batch = claims.claim_inbound(connection, "daemon/1/1", 20, world.clock.now(), LEASE)
        with pytest.raises(MailgateError, match=f"inbound {row} is being processed at this moment"):
            replay(world.house, row)
        daemon = replace(world.house, holder="daemon/1/1")
        conclude(daemon, read_all(daemon, batch, lambda: True))
        assert world.sums() == {"filed": 1}
        assert len(world.letters) == 1


def test_a_database_that_is_away_is_not_asked_mail_by_mail() -> None:
    """Each question may take a minute. What was in hand comes back when its lease runs out."""
    with World() as world:
        batch, faults = some_read(world), Faults()
        away = replace(world.house, store=cast("Store", FaultyStore(world.store, faults)))
        asked: list[int] = []

        def fail() -> None:
            asked.append(1)
            raise StoreError("it does not answer")

        faults.before = fail
        with pytest.raises(StoreError, match="does not answer"):
            conclude(away, batch)
        assert len(asked) == 3, "for the batch, for the first of it alone, and to put that one back"
        world.clock.time += LEASE
        world.process()
        assert world.sums() == {"filed": 3}


def test_who_walks_mails_singly_shows_himself_at_each() -> None:
    with World() as world:
        batch, faults = some_read(world), Faults()
        ill = replace(world.house, store=cast("Store", FaultyStore(world.store, faults)))
        seen: list[int] = []

        def fail() -> None:
            faults.before = lambda: None
            raise StoreError("a row is locked")

        faults.before = fail
        assert len(conclude(ill, batch, lambda: seen.append(1))) == 3
        assert len(seen) == 3


def some_read(world: World) -> list[Read]:
    for number in range(3):
        world.receive(mail(message_id=f"<{number}@x.test>"), process=False)
    with world.store.write() as connection:
        batch = claims.claim_inbound(connection, world.house.holder, 20, world.clock.now(), LEASE)
    return read_all(world.house, batch, lambda: True)


def test_a_waiting_mail_is_hurried_by_replay() -> None:
    with World() as world:
        world.fail_on = "cursed"
        row = world.receive(mail("cursed"))
        world.fail_on = ""
        assert world.inbox(row)["state"] == "waiting"
        assert replay(world.house, row)["decision"]["outcome"] == "filed"


def test_a_replayed_mail_whose_parent_waits_is_said_to_wait_for_it() -> None:
    with World() as world:
        world.receive(mail(message_id="<parent@x.test>"), process=False)
        child = world.receive(mail("Re", message_id="<c@x.test>", in_reply_to="<parent@x.test>"), process=False)
        with pytest.raises(MailgateError, match=f"^mail {child} waits for the mail that it answers"):
            replay(world.house, child)
        world.advance(seconds=1)
        assert world.sums() == {"filed": 2}


def test_a_rehearsal_changes_nothing() -> None:
    with World() as world:
        envelope = Envelope("support", "ann@customer.test", ("support@example.com",), "file", world.clock.now())
        story = rehearse(world.house, RawMail(mail(), envelope))
        assert (story["decision"]["outcome"], story["decision"]["opened"]) == ("filed", True)
        assert (world.cases, world.letters, world.sums()) == ([], [], {})
        world.receive(mail())
        assert world.cases[0]["number"] == "2611000001"


def test_a_form_filled_in_with_the_same_words_weeks_later_is_another_case() -> None:
    form = mail("Callback please", "Tel. 555", message_id=None)
    with World() as world:
        first = world.receive(form)
        assert world.receive(form) == first
        world.clock.time += timedelta(days=7)
        assert world.receive(form) == first
        world.clock.time += timedelta(seconds=1)
        assert world.receive(form) != first
        assert world.sums() == {"filed": 2}
        assert len(world.cases) == len(world.letters) == 2


def test_a_letter_refused_for_good_is_an_entry_on_the_case() -> None:
    with World() as world:
        world.relay.refuse["ann@customer.test"] = Permanent("550 5.1.1 no such user", 550)
        world.receive(mail())
        world.deliver()
        history = world.case("2611000001")["history"]
        assert history[-1]["kind"] == "delivery_failed"
        assert "no such user" in history[-1]["text"]
        world.relay.refuse.clear()
        world.advance(days=1)
        assert world.relay.sent == []


def test_a_letter_put_off_is_tried_again_and_sent_once() -> None:
    with World() as world:
        world.relay.refuse["ann@customer.test"] = Transient("451 4.7.1 greylisted", 451)
        world.receive(mail())
        world.deliver()
        assert world.relay.sent == []
        world.relay.refuse.clear()
        world.advance(seconds=30)
        assert world.relay.sent == []
        world.advance(minutes=1)
        assert len(world.relay.sent) == 1
        world.advance(days=1)
        assert len(world.relay.sent) == 1


def test_a_letter_put_off_for_five_days_is_given_up_with_an_entry() -> None:
    with World() as world:
        world.relay.refuse["ann@customer.test"] = Transient("connection refused")
        world.receive(mail())
        for _ in range(40):
            world.advance(hours=4)
        history = world.case("2611000001")["history"]
        assert [entry["kind"] for entry in history if entry["kind"] != "breach"] == ["mail", "delivery_failed"]
        world.relay.refuse.clear()
        world.advance(days=1)
        assert world.relay.sent == []


def test_a_case_outlives_its_mailbox() -> None:
    with World() as world:
        world.receive(mail(), to="sales@example.com")
        world.relay.refuse["ann@customer.test"] = Permanent("550 no", 550)
        settings = world.house.settings
        left = {name: one for name, one in settings.mailboxes.items() if name != "sales"}
        world.house = replace(world.house, settings=replace(settings, mailboxes=left))
        world.deliver()
        assert world.case("2611000001")["history"][-1]["kind"] == "delivery_failed"
        world.set_status("2611000001", "closed")
        assert world.cases[0]["status"] == "closed"


def test_mail_for_a_mailbox_that_is_gone_is_shelved_with_the_remedy_in_words() -> None:
    with World() as world:
        row = world.receive(mail(), to="sales@example.com", process=False)
        settings = world.house.settings
        left = {name: one for name, one in settings.mailboxes.items() if name != "sales"}
        world.house = replace(world.house, settings=replace(settings, mailboxes=left))
        for _ in range(3):
            world.advance(minutes=1)
        assert world.inbox(row)["state"] == "shelved"
        assert "mailbox.sales: is gone" in world.inbox(row)["traceback"]


def test_an_error_of_the_system_in_the_walk_counts_like_any_other() -> None:
    with World() as world:
        row = world.receive(mail(), process=False)

        def broken(_: RawMail, _ours: Ours) -> Mail:
            return replace(parse(mail_of(world)), subject=Unusable())  # type: ignore[arg-type]

        world.reading = broken
        for _ in range(3):
            world.advance(minutes=1)
        assert world.inbox(row)["state"] == "shelved"


class Unusable:
    """A value that no step of the walk can use without an OSError."""

    def isascii(self) -> bool:
        raise OSError("out of file descriptors")


def mail_of(world: World) -> RawMail:
    return RawMail(mail(), Envelope("support", "", ("support@example.com",), "test", world.clock.now()))
