"""Forgetting leaves nothing behind on others' cases and shared octets, reaches nothing that is kept, and takes many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from mailgate import pipeline
from mailgate.cases.events import EngineerActed
from mailgate.errors import MailgateError
from mailgate.exporting import export
from mailgate.forgetting import erase, forget_expired
from mailgate.mail.message import Address
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.policy import Retention
from mailgate.rearranging import merge, split
from mailgate.store import accounts, erasing, holds
from mailgate.store.db import Store, open_store
from mailgate.store.integrity import missing
from mailgate.store.tables import cases, inbound, raw_mail
from mailgate.store.trials import past_mail
from objects import Moody
from world import World, in_memory, mail

ANN, BOB = Address("", "ann@customer.test"), Address("", "bob@customer.test")
SECRET = "Our vault code is uvula-77."


@pytest.fixture(params=["database", "objects"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    beside = Moody() if request.param == "objects" else None
    with World(in_memory(beside), engineers=["eve@engineers.test"]) as made:
        yield made


def bobs(world: World, text: str = "Bob says uvulitis.") -> str:
    world.receive(
        mail("Other", text, by="Bob <bob@customer.test>", message_id="<b1@customer.test>"), sender="bob@customer.test"
    )
    return str(world.cases[-1]["number"])


def ann_answers(world: World, ref: str) -> None:
    world.receive(mail(f"Re: {ref}", SECRET, message_id="<2@customer.test>", in_reply_to="<b1@customer.test>"))


def left(world: World, word: str) -> list[str]:
    """Where any table still has it."""
    with world.store.read() as connection:
        names = list(connection.execute(text("select name from sqlite_master where type = 'table'")).scalars())
        return [
            f"{name}: {row}"
            for name in names
            for row in connection.execute(text(f"select * from {name}"))
            if word.casefold() in str(row).casefold()
        ]


def close_all(world: World) -> None:
    for one in world.cases:
        with suppress(MailgateError):
            world.set_status(one["number"], "closed")
    world.deliver()


def retaining(world: World, **days: int) -> None:
    terms = Retention(**{name: Duration(amount, Unit.DAYS) for name, amount in days.items()})
    policies = {name: replace(one, retention=terms) for name, one in world.house.policies.items()}
    world.house = replace(world.house, policies=policies)


def raws(world: World) -> int:
    with world.store.read() as connection:
        return connection.scalar(select(func.count()).select_from(raw_mail)) or 0


def test_a_letter_to_others_that_carries_the_persons_words_must_have_left_before(world: World) -> None:
    bobs(world)
    world.deliver()
    ann_answers(world, world.cases[0]["ref"])
    with pytest.raises(MailgateError, match="about their mail is about to leave"):
        erase(world.house, ANN, "operator")
    world.deliver()
    erase(world.house, ANN, "operator")
    assert left(world, SECRET) == []


def test_of_a_case_that_became_part_of_somebody_elses_nothing_is_left(world: World) -> None:
    world.receive(mail("Vault", SECRET))
    merge(world.house, world.cases[0]["number"], bobs(world))
    world.deliver()
    erase(world.house, ANN, "operator")
    assert [left(world, word) for word in ("Vault", "Ann Lee", "ann@customer.test", SECRET)] == [[], [], [], []]


def test_that_the_person_joined_a_case_is_told_of_nobody(world: World) -> None:
    number = bobs(world)
    pipeline.act(world.house, number, EngineerActed("eve@engineers.test", join=("ann@customer.test",)))
    world.deliver()
    assert left(world, "ann@customer.test")
    erase(world.house, ANN, "operator")
    assert left(world, "ann@customer.test") == []
    assert "takes part from now on: (erased)" in str(world.case(number)["history"])


def test_words_of_somebody_under_legal_hold_are_not_erased_with_the_case_of_another(world: World) -> None:
    bobs(world)
    ann_answers(world, world.cases[0]["ref"])
    close_all(world)
    with world.store.write() as connection:
        holds.add(connection, ANN.key, "the court of Utopia", "operator", world.clock.now())
    with pytest.raises(MailgateError, match="court of Utopia"):
        erase(world.house, BOB, "operator")
    assert left(world, SECRET)


def test_retention_keeps_what_somebody_under_legal_hold_wrote_who_takes_no_part(world: World) -> None:
    bobs(world)
    ann_answers(world, world.cases[0]["ref"])
    close_all(world)
    retaining(world, closed=30)
    with world.store.write() as connection:
        holds.add(connection, ANN.key, "the court of Utopia", "operator", world.clock.now())
    world.advance(days=31)
    assert forget_expired(world.house, 10)["cases"] == 0


def test_octets_that_two_cases_share_go_with_the_second_of_them(world: World) -> None:
    same = mail()
    world.receive(same, to=["support@example.com"])
    world.receive(same, to="sales@example.com")
    close_all(world)
    retaining(world, raw=30)
    world.advance(days=31)
    assert forget_expired(world.house, 10)["raw"] == 2
    assert raws(world) == 0


def test_what_comes_after_raw_mail_was_forgotten_is_missed_when_it_is_gone(world: World) -> None:
    world.receive(mail())
    close_all(world)
    retaining(world, raw=30)
    world.advance(days=31)
    forget_expired(world.house, 10)
    world.set_status(world.cases[0]["number"], "open")
    world.clock.time = world.clock.time.replace(minute=59)
    again = mail(f"Re: {world.cases[0]['ref']}", "More.", message_id="<4@customer.test>")
    inbound_id = world.receive(again)
    with world.store.write() as connection:
        assert [*missing(connection)] == []
        connection.execute(raw_mail.delete())
        assert [line.split(" (")[0] for line in missing(connection)] == [f"the octets of mail {inbound_id} are gone"]


def test_a_mail_that_retention_took_is_not_missed_when_its_entry_becomes_a_case(world: World) -> None:
    world.receive(mail())
    number = world.cases[0]["number"]
    world.receive(mail(f"Re: {world.cases[0]['ref']}", "More.", message_id="<4@customer.test>"))
    close_all(world)
    retaining(world, raw=30)
    world.advance(days=31)
    forget_expired(world.house, 10)
    world.set_status(number, "open")
    split(world.house, number, [2])
    with world.store.read() as connection:
        assert [*missing(connection)] == []


def test_an_erased_mail_that_is_fetched_again_later_is_not_let_in_anew(world: World) -> None:
    world.receive(mail("Vault", SECRET))
    close_all(world)
    erase(world.house, ANN, "operator")
    world.advance(days=8)
    world.receive(mail("Vault", SECRET))
    assert (len(world.cases), left(world, SECRET)) == (1, [])


def test_a_mail_by_which_one_of_ours_passed_the_persons_on_goes_with_it(world: World) -> None:
    bobs(world)
    world.deliver()
    eves = mail("Note", SECRET, by="Eve <eve@engineers.test>", message_id="<e1@engineers.test>")
    inbound_id = world.receive(eves, sender="eve@engineers.test")
    world.deliver()
    with world.store.write() as connection:
        passed = {"passed_from": ANN.key, "passed_id": "<a9@customer.test>", "state": "held", "reason": "question"}
        connection.execute(update(inbound).where(inbound.c.id == inbound_id).values(passed))
    erase(world.house, ANN, "operator")
    assert left(world, "<a9@customer.test>") == []
    assert world.inbox(inbound_id)["state"] == "dropped"


def test_more_mails_than_a_statement_has_parameters_are_forgotten(store: Store) -> None:
    with World(store) as world:
        many = range(1, 70_001)
        with store.write() as connection:
            assert erasing.forget_mails(connection, many, world.clock.now()) == 0
            assert erasing.forget_letters(connection, ANN.key, many) == 0
            erasing.set_aside(connection, many, "operator", world.clock.now())
            assert erasing.forget_on(connection, "none", ANN.key, many) == 0
            assert holds.among(connection, [f"{one}@customer.test" for one in many]) == {}


def test_a_case_that_is_reopened_meanwhile_is_not_erased(postgres_url: str) -> None:
    with closing(open_store(postgres_url)) as store, World(store) as world:
        world.receive(mail("Vault", SECRET))
        close_all(world)
        said: list[str] = []

        def attempt() -> None:
            try:
                erase(world.house, ANN, "operator")
            except MailgateError as error:
                said.append(str(error))

        other = threading.Thread(target=attempt)
        with store.write() as connection:
            connection.execute(update(cases).values(status="open"))
            other.start()
            waiting = text("select count(*) from pg_locks where not granted")
            while other.is_alive() and not connection.scalar(waiting):
                other.join(0.01)
        other.join()
        assert "not closed yet" in said[0]


def test_what_is_said_on_an_erased_case_that_is_opened_again_is_forgotten_in_its_turn(world: World) -> None:
    world.receive(mail("Vault", SECRET))
    close_all(world)
    erase(world.house, ANN, "operator")
    erased = world.cases[0]["number"]
    world.set_status(erased, "open")
    merge(world.house, bobs(world), erased)
    close_all(world)
    assert left(world, "uvulitis")
    erase(world.house, BOB, "operator")
    assert left(world, "uvulitis") == []


def test_an_export_tells_nobody_what_we_told_another_before_their_cases_became_one(
    world: World, tmp_path: Path
) -> None:
    world.receive(mail("Vault", SECRET))
    number = bobs(world)
    world.set_status(number, "waiting")
    merge(world.house, number, world.cases[0]["number"])
    told = {}
    for one in (ANN, BOB):
        export(world.house, one, tmp_path / one.key)
        told[one.key] = (tmp_path / one.key / "cases.json").read_text()
    assert "new → waiting" not in told[ANN.key]
    assert "new → waiting" in told[BOB.key]


def test_octets_that_are_there_for_the_sake_of_another_mail_are_not_played_as_the_erased_one(world: World) -> None:
    same = mail()
    world.receive(same, to=["support@example.com"])
    world.receive(same, to="sales@example.com")
    now = world.clock.now()
    with world.store.write() as connection:
        erasing.forget_mails(connection, [1], now)
    played = past_mail(world.store, ["support", "sales"], now - timedelta(days=1), now + timedelta(days=1))
    assert [one.raw is None for one in played] == [True, False]


def test_the_history_of_an_account_names_the_person_no_more(world: World) -> None:
    with world.store.write() as connection:
        accounts.note(connection, "acme", world.clock.now(), "operator", "removed: Ann@Customer.test")
    erase(world.house, ANN, "operator")
    assert left(world, "ann@customer.test") == []
    with world.store.read() as connection:
        assert accounts.history(connection, "acme")[0]["text"] == "removed: (erased)"
