"""Merges and splits on both databases: what the store gives once a case is part of another, and two hands at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text

from kept import ANN, arrival, open_case, read_mail
from mailgate import pipeline, rearranging
from mailgate.cases.case import Decision, Outcome
from mailgate.cases.clues import Clues
from mailgate.cases.events import EngineerActed
from mailgate.cases.taking import Taking
from mailgate.deciding import Seen
from mailgate.errors import Conflict, NotAllowed, Overtaken
from mailgate.store import facts, keep
from mailgate.store.db import Store, open_store
from mailgate.store.rows import Kept
from moments import NOON
from world import World, mail

FIRST, SECOND, THIRD = "2611000001", "2611000002", "2611000003"


def at_once(*work: Callable[[], object]) -> list[BaseException]:
    """Does all of it at the same time; gives the errors."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(work))

    def run(one: Callable[[], object]) -> None:
        start.wait()
        try:
            one()
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def world_on(database: str) -> World:
    return World(store=open_store(database))


def test_of_two_who_merge_two_cases_into_each_other_one_wins_and_the_other_is_told(database: str) -> None:
    with world_on(database) as world:
        for round_ in range(5):
            before = len(world.cases)
            for n in (1, 2):
                world.receive(mail(message_id=f"<{round_}-{n}@customer.test>"))
            a, b = (row["number"] for row in world.cases[before:])
            (error,) = at_once(
                partial(rearranging.merge, world.house, a, b),
                partial(rearranging.merge, world.house, b, a),
            )
            assert isinstance(error, NotAllowed), error
            assert sorted(row["merged_into"] is None for row in world.cases[before:]) == [False, True]


def merges(world: World, seen: Seen, other: str) -> object:
    return rearranging.merge(world.house, seen.number, other, seen=seen)


def splits(world: World, seen: Seen, _: str) -> object:
    return rearranging.split(world.house, seen.number, {2}, seen=seen)


def answers(world: World, seen: Seen, _: str) -> object:
    return pipeline.act(world.house, seen.number, EngineerActed("otto@example.com", answered=True), seen=seen)


@pytest.mark.parametrize("two", [(merges, splits), (merges, answers), (splits, answers), (merges, merges)])
def test_of_two_who_saw_one_case_and_do_something_to_it_at_once_one_is_told_to_look_again(
    database: str, two: tuple[Callable[[World, Seen, str], object], ...]
) -> None:
    with world_on(database) as world:
        for round_ in range(3):
            before = len(world.cases)
            for n in (1, 2):
                world.receive(mail(message_id=f"<{round_}-{n}@customer.test>"))
            # One answer, or more: the survivor of a merge has, at times, the very version that was seen.
            for n in range(round_ + 1):
                answer = f"<{round_}-1-{n}@customer.test>"
                world.receive(mail("Re: x", message_id=answer, in_reply_to=f"<{round_}-1@customer.test>"))
            number, other = (row["number"] for row in world.cases[before:])
            seen = Seen(number, version_of(world, number))
            (error,) = at_once(*(partial(one, world, seen, other) for one in two))
            assert isinstance(error, Overtaken), error


def version_of(world: World, number: str) -> int:
    with world.store.read() as connection:
        case = facts.case_of(connection, number)
    assert case is not None
    return case.version


def test_three_who_merge_in_a_ring_leave_one_case(database: str) -> None:
    with world_on(database) as world:
        for n in (1, 2, 3):
            world.receive(mail(message_id=f"<{n}@customer.test>"))
        ring = [(FIRST, SECOND), (SECOND, THIRD), (THIRD, FIRST)]
        errors = at_once(*(partial(rearranging.merge, world.house, a, b) for a, b in ring))
        assert [type(error) for error in errors] == [NotAllowed]
        standing = [row["number"] for row in world.cases if row["merged_into"] is None]
        assert len(standing) == 1
        assert {row["merged_into"] for row in world.cases} == {None, *standing}


def test_mail_that_comes_while_its_case_is_merged_is_on_the_survivor_as_everything_is(database: str) -> None:
    with world_on(database) as world:
        for n in (1, 2):
            world.receive(mail(message_id=f"<{n}@customer.test>"))
        for n in range(3, 8):
            world.receive(
                mail("Re: x", f"say {n}", message_id=f"<{n}@customer.test>", in_reply_to="<2@customer.test>"),
                process=False,
            )
        assert at_once(world.process, lambda: rearranging.merge(world.house, SECOND, FIRST)) == []
        world.process()
        said = [line["text"] for line in world.case(SECOND)["history"] if line["kind"] == "mail"]
        assert sorted(said) == ["It burns.", "It burns.", *(f"say {n}" for n in range(3, 8))]
        assert world.case(SECOND)["number"] == FIRST


def test_who_waited_for_a_case_that_was_merged_meanwhile_walks_again_or_finds_the_survivor(store: Store) -> None:
    with store.write() as connection:
        first, _, _ = open_case(connection, "1")
        second, _, _ = open_case(connection, "2")
    found: list[str] = []

    def ask() -> None:
        try:
            with store.write() as other:
                case = facts.case_of(other, second.number, lock=True)
            found.append(case.number if case else "nothing")
        except Conflict:
            found.append("conflict")

    asking = threading.Thread(target=ask)
    with store.write() as connection:
        facts.cases_of(connection, [first.number, second.number], lock=True)
        asking.start()
        waiting = text("select count(*) from pg_locks where not granted")
        end = time.monotonic() + 20
        while store.dialect == "postgresql" and not connection.execute(waiting).scalar() and time.monotonic() < end:
            time.sleep(0.01)
        merged = replace(second, merged_into=first.number)
        keep.keep(connection, None, Decision(Outcome.FILED, "merged", merged), [], None, NOON)
    asking.join()
    assert found == (["conflict"] if store.dialect == "postgresql" else [first.number])


def test_every_clue_of_a_merged_case_leads_to_the_survivor(store: Store) -> None:
    with store.write() as connection:
        first, _, _ = open_case(connection, "1")
        second, letter, _ = open_case(connection, "2")
        merged = replace(second, merged_into=first.number)
        keep.keep(connection, None, Decision(Outcome.FILED, "merged", merged), [], None, NOON)
    clues = Clues(
        tokens=(letter.letter.token,),
        message_ids=("<2@customer.test>", letter.letter.message_id),
        subject_keys=(second.key,),
        subject_numbers=(second.number,),
        own_id="<2@customer.test>",
    )
    with store.write() as connection:
        found = facts.candidates(connection, clues, "support", lock=True, copy_of=second.number)
    owner = found.by_token[letter.letter.token]
    assert (owner.case.number, owner.of) == (first.number, second.number)
    assert {lead.case.number for leads in found.by_message_id.values() for lead in leads} == {first.number}
    assert [case.number for case in (*found.by_key.values(), *found.by_number.values())] == [first.number] * 2
    assert found.copy is not None
    assert found.copy.number == first.number
    assert found.holding == {first.number}


def test_a_split_takes_all_that_leads_to_its_mails_and_nothing_else(store: Store) -> None:
    with store.write() as connection:
        case, letter, inbound_id = open_case(connection, "1")
        other = arrival("2", message_id="<2@customer.test>")
        keep.receive(connection, [other])
        names = keep.mint(connection, NOON, "example.com", new_case=True)
        new = replace(case, number=names.number, key=names.key)
        rows = facts.show_case(connection, case.number)["history"]
        assert len(rows) == 1
        takes = Taking(case.number, (1,), (inbound_id,))
        along = Decision(Outcome.FILED, "split", new, opened=True, takes=takes)
        keep.keep_many(connection, [Kept(Decision(Outcome.FILED, "split", case), along=(Kept(along),))], NOON)
    clues = Clues(tokens=(letter.letter.token,), message_ids=("<1@customer.test>", letter.letter.message_id))
    with store.read() as connection:
        found = facts.candidates(connection, clues, "support", lock=False)
        assert (
            facts.known_about(connection, read_mail("<1@customer.test>", by=ANN), frozenset(), NOON).copy_of
            == new.number
        )
        assert (
            facts.show_case(connection, case.number)["history"],
            facts.show_case(connection, new.number)["entries"],
        ) == ([], 1)
    assert found.by_token[letter.letter.token].case.number == new.number
    assert {lead.case.number for leads in found.by_message_id.values() for lead in leads} == {new.number}


def test_two_who_split_the_same_entry_make_one_case(database: str) -> None:
    with world_on(database) as world, closing(open_store(database)):
        world.receive(mail(message_id="<1@customer.test>"))
        world.receive(mail("Re: x", "Two.", message_id="<2@customer.test>", in_reply_to="<1@customer.test>"))
        (error,) = at_once(*[lambda: rearranging.split(world.house, FIRST, {2})] * 2)
        assert isinstance(error, NotAllowed)
        assert [row["entries"] for row in world.cases] == [1, 1]


@pytest.mark.parametrize("number", ["", "x", "2611999999"])
def test_a_number_that_there_is_not_means_no_case(store: Store, number: str) -> None:
    with store.write() as connection:
        open_case(connection, "1")
        assert facts.case_of(connection, number, lock=True) is None
