"""A canary that is under way opens no case and gets no letter, once; whatever else bears such a mark is a mail."""

from __future__ import annotations

import re
from datetime import timedelta

from mailgate import pipeline
from mailgate.books import go_through
from mailgate.mail.message import Envelope, RawMail
from mailgate.rehearsing import rehearse
from mailgate.store import canaries
from world import ROOT, World, mail

TOKEN = "0123456789abcdef" * 2


def release(world: World, token: str = TOKEN) -> None:
    now = world.clock.now()
    with world.store.write() as connection:
        canaries.release(connection, token, now, now + timedelta(minutes=5))


def canary(
    token: str = TOKEN, by: str = "mailgate <support@example.com>", message_id: str = "<1@example.com>"
) -> bytes:
    return mail("canary", by=by, message_id=message_id, x_mailgate_canary=f"canary-{token}")


def test_a_canary_is_held_as_what_it_is_and_stands_in_the_books() -> None:
    with World() as world:
        release(world)
        number = world.receive(canary(), sender="support@example.com")
        assert (world.inbox(number)["state"], world.inbox(number)["reason"]) == ("held", "canary")
        assert (world.cases, world.letters) == ([], [])
        with world.store.read() as connection:
            assert canaries.brought_by(connection, TOKEN) == number
        books = go_through(world.house)
        assert books is not None
        assert (books.faults, books.received) == ((), 1)


def test_it_is_known_by_whatever_mark_survived() -> None:
    marked = f"canary-{TOKEN}"
    for survivor in (
        mail("canary", message_id=f"<{marked}@example.com>"),
        mail("canary", f"Words.\r\n{marked}\r\n"),
        mail("canary", x_mailgate_canary=marked),
    ):
        with World() as world:
            release(world)
            assert world.inbox(world.receive(survivor))["reason"] == "canary"
    with World() as world:
        release(world)
        assert world.inbox(world.receive(mail("canary"), to=f"support+{marked}@example.com"))["reason"] == "canary"


def test_a_forged_canary_is_an_ordinary_mail() -> None:
    with World() as world:
        release(world, "f" * 32)
        number = world.receive(canary(by="ann@customer.test"))
        assert world.inbox(number)["state"] == "filed"
        assert [letter["To"] for letter in world.letters] == ["ann@customer.test"]
        forged = world.receive(canary(message_id="<2@example.com>"))
        assert world.inbox(forged)["reason"] == "loop"


def test_a_replayed_canary_is_an_ordinary_mail_also_in_the_same_breath() -> None:
    with World() as world:
        release(world)
        first = world.receive(canary(), process=False)
        again = world.receive(canary(by="eve@thief.test", message_id="<2@thief.test>"), process=False)
        world.process()
        assert world.inbox(first)["reason"] == "canary"
        assert world.inbox(again)["state"] == "filed"
        later = world.receive(canary(by="eve@thief.test", message_id="<3@thief.test>"))
        assert world.inbox(later)["state"] == "filed"


def test_a_canary_that_comes_too_late_is_an_ordinary_mail() -> None:
    with World() as world:
        release(world)
        world.advance(minutes=6)
        assert world.inbox(world.receive(canary()))["reason"] == "loop"


def test_the_same_canary_walked_again_is_still_one() -> None:
    with World() as world:
        release(world)
        number = world.receive(canary())
        pipeline.replay(world.house, number)
        assert world.inbox(number)["reason"] == "canary"


def test_to_rehearse_a_canary_does_not_use_it_up() -> None:
    with World() as world:
        release(world)
        number = world.receive(canary(), process=False)
        envelope = Envelope("support", "", ("support@example.com",), "smtp", world.clock.now())
        story = rehearse(world.house, RawMail(canary(), envelope))
        assert story["verdict"]["reason"] == "loop"  # it is one only where it has really come
        with world.store.read() as connection:
            assert canaries.brought_by(connection, TOKEN) is None
        world.process()
        assert world.inbox(number)["reason"] == "canary"


def test_one_that_never_came_is_forgotten_when_its_time_is_over() -> None:
    with World() as world:
        release(world)
        world.advance(minutes=6)
        release(world, "e" * 32)
        release(world)  # the same token once more would else be refused


def test_a_report_that_a_canary_could_not_be_delivered_is_not_its_coming_home() -> None:
    address = f"support+canary-{TOKEN}@example.com"
    report = (ROOT / "fixtures" / "mail" / "bounce_rfc3464.eml").read_bytes()
    with World() as world:
        release(world)
        world.receive(re.sub(rb"bob@example\.com", address.encode(), report), sender=None)
        with world.store.read() as connection:
            assert canaries.brought_by(connection, TOKEN) is None
