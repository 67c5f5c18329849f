"""What is erased, moved, copied or damaged: the search index follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from commands import Gate
from mailgate import indexing
from mailgate.forgetting import erase, forget_expired
from mailgate.mail.message import Address
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.policy import Retention
from mailgate.rearranging import merge, split
from mailgate.store import backup, copying, search_index
from mailgate.store.db import Store, open_store, upgrade
from mailgate.store.lists import CasesWanted
from mailgate.store.search import search
from world import World, mail

ANN = Address("", "ann@customer.test")
SECRET = "uvulopalatal"
BOBS = "Bob <bob@customer.test>"


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    with World(store) as made:
        yield made


def found(world: World, words: str) -> list[str]:
    indexing.bring_up(world.house)
    return in_store(world.store, words)


def in_store(store: Store, words: str) -> list[str]:
    with store.read() as connection:
        return [row["number"] for row in search(connection, words, CasesWanted()).rows]


def close_all(world: World) -> None:
    world.deliver()
    for one in world.cases:
        world.set_status(one["number"], "closed")
    world.deliver()


def octets(store: Store) -> bytes:
    """All that SQLite has on the disk of it."""
    assert store.path is not None
    return b"".join(one.read_bytes() for one in store.path.parent.glob(f"{store.path.name}*"))


def test_of_an_erased_person_no_word_is_found_and_none_is_left_in_the_file(world: World) -> None:
    for n in range(5):
        world.receive(mail(f"Other {n}", "lamp", by=BOBS, message_id=f"<b{n}@customer.test>"))
        found(world, "lamp")  # so that the index has parts to be merged
    world.receive(mail("Vault", f"The code is {SECRET}77."))
    close_all(world)
    (case,) = found(world, SECRET)
    if world.store.dialect == "sqlite":
        assert SECRET.encode() in octets(world.store)
    erase(world.house, ANN, "operator")
    for words in (SECRET, "vault", "ann", case):
        assert found(world, words) == [], words
    assert len(found(world, "lamp bob")) == 5
    if world.store.dialect == "sqlite":
        # The words of the index lie there shortened by what they begin alike with.
        left = octets(world.store)
        assert [word for word in (SECRET, SECRET[3:], "vault") if word.encode() in left] == []


def test_what_retention_takes_is_found_no_more_and_leaves_the_file_at_night(world: World) -> None:
    world.receive(mail("Vault", f"The code is {SECRET}77."))
    close_all(world)
    assert found(world, SECRET)
    terms = Retention(closed=Duration(30, Unit.DAYS))
    policies = {name: replace(one, retention=terms) for name, one in world.house.policies.items()}
    world.house = replace(world.house, policies=policies)
    world.clock.time += timedelta(days=31)
    assert forget_expired(world.house, 10)["cases"] == 1
    assert found(world, SECRET) == []
    indexing.purge(world.house)
    if world.store.dialect == "sqlite":
        assert SECRET[3:].encode() not in octets(world.store)
    assert not search_index.is_to_be_purged(world.store)


def test_of_somebody_elses_case_only_his_words_are_forgotten(world: World) -> None:
    world.receive(mail("Lamp", "It is dark.", by=BOBS, message_id="<b1@customer.test>"), sender="bob@customer.test")
    world.receive(mail("Re: Lamp", SECRET, message_id="<2@customer.test>", in_reply_to="<b1@customer.test>"))
    close_all(world)
    (number,) = found(world, f"dark {SECRET}")
    erase(world.house, ANN, "operator")
    assert (found(world, SECRET), found(world, "ann"), found(world, "dark bob")) == ([], [], [number])


def test_entries_that_are_split_off_are_found_on_their_new_case_alone(world: World) -> None:
    world.receive(mail("Lamp", "It is dark."))
    world.receive(mail("Re: Lamp", "And the fan?", message_id="<2@customer.test>", in_reply_to="<1@customer.test>"))
    (number,) = found(world, "dark fan")
    split(world.house, number, [2])
    (new,) = found(world, "fan")
    assert (new != number, found(world, "dark fan"), found(world, "dark")) == (True, [], [number])


def test_a_merged_case_is_found_under_its_own_number_and_says_where_it_is(world: World) -> None:
    world.receive(mail("Lamp", "It is dark."))
    world.receive(mail("Fan", "It stands.", message_id="<2@customer.test>"))
    lamp, fan = found(world, "dark")[0], found(world, "stands")[0]
    merge(world.house, lamp, fan)
    indexing.bring_up(world.house)
    with world.store.read() as connection:
        (row,) = search(connection, "dark", CasesWanted()).rows
    assert (row["number"], row["merged_into"]) == (lamp, fan)


def test_a_copy_of_the_database_makes_its_own_index(world: World, tmp_path: Path) -> None:
    world.receive(mail("Lamp", "It is dark."))
    (number,) = found(world, "dark")
    with closing(open_store(f"sqlite:///{tmp_path / 'copy.db'}")) as target:
        copying.copy(world.store, target, lambda *_: None)
        assert in_store(target, "dark") == []
        while search_index.bring_up(target):
            pass
        assert in_store(target, "dark") == [number]


def test_a_backup_can_be_searched_as_it_is(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'mailgate.db'}")) as store:
        upgrade(store)
        with World(store) as world:
            world.receive(mail("Lamp", "It is dark."))
            (number,) = found(world, "dark")
            backup.make(store, tmp_path / "backup.db")
    with closing(open_store(f"sqlite:///{tmp_path / 'backup.db'}")) as saved:
        assert in_store(saved, "dark") == [number]


def test_where_index_and_cases_are_apart_the_check_tells_and_reindex_mends(world: World) -> None:
    for n in range(3):
        world.receive(mail("Lamp", f"It is dark{n}.", message_id=f"<{n}@customer.test>"))
    first, second, third = sorted(found(world, "lamp"))
    with world.store.write() as connection:
        assert [*search_index.faults(connection), *search_index.differences(connection)] == []
        ids = {"first": search_index.id_of(first), "second": search_index.id_of(second)}
        connection.execute(text("DELETE FROM case_words WHERE rowid = :first"), ids)
        connection.execute(text("UPDATE case_words SET rowid = 5000000001 WHERE rowid = :second"), ids)
        words = "'moon'" if world.store.dialect == "sqlite" else "'moon'::tsvector"
        third_id = {"third": search_index.id_of(third)}
        connection.execute(text(f"UPDATE case_words SET words = {words} WHERE rowid = :third"), third_id)
    with world.store.read() as connection:
        told = " ".join([*search_index.faults(connection), *search_index.differences(connection)])
    assert f"not in the search index: case {first}, {second} (" in told
    assert "but no case, or an erased one: 0005000001" in told
    assert f"other words of case {third}" in told
    assert search_index.rebuild(world.store) == 3
    with world.store.read() as connection:
        assert [*search_index.faults(connection), *search_index.differences(connection)] == []
    assert sorted(in_store(world.store, "lamp")) == [first, second, third]


def test_the_command_line_searches_also_where_no_daemon_brought_the_index_up(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    with gate.world() as world:
        for n in range(3):
            world.receive(mail("Lamp", f"It is dark{n}.", message_id=f"<{n}@customer.test>"))
    rows = gate.json("case", "list", "--search", "lamp dark")
    assert [row["subject"] for row in rows] == ["Lamp"] * 3
    assert rows == gate.json("case", "list")
    told = gate.out("case", "list", "--search", "lamp", "--limit", "2")
    assert f"There are more: --after {rows[1]['number']}" in told
    page = gate.json("case", "list", "--search", "lamp", "--limit", "2", "--after", rows[1]["number"])
    assert page == rows[2:]
    assert gate.json("case", "list", "--search", "lamp moon") == []
    assert gate.out("db", "check").endswith("all is there\n")
    with gate.world() as world, world.store.write() as connection:
        connection.execute(text("DELETE FROM case_words"))
    checked = gate.run("db", "check")
    assert (checked.exit_code, "mailgate db reindex" in checked.stdout) == (1, True)
    assert gate.out("db", "reindex") == "cases that can be searched: 3\n"
    assert gate.out("db", "check").endswith("all is there\n")
