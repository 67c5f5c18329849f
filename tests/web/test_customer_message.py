"""A message written on the page is a mail like any other: durable before the page says so, and walked like all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from case_pages import ANN, BOB, link_to, page_world
from mailgate import pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.mail.message import Envelope, RawMail
from mailgate.mail.opened import octets_of
from mailgate.mail.parse import parse
from mailgate.store import raw
from mailgate.store.tables import inbound
from site_visitor import Answer, Visitor
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with page_world() as world:
        world.receive(mail(cc=BOB))
        yield world


def send(world: World, site: Visitor, words: str, files: dict[str, tuple[str, bytes]] | None = None) -> Answer:
    link = link_to(ANN, world)
    fields = {**site.get(link).forms()[f"{link}/message"], "words": words}
    return site.post(f"{link}/message", fields, files if files is not None else {})


def test_a_message_is_stored_before_the_page_says_so_and_comes_to_its_case(world: World, site: Visitor) -> None:
    answer = send(world, site, "It smokes, too.\r\nGrüße, Ann")
    assert answer.status == 303
    assert world.sums() == {"filed": 1, "waiting": 1}
    told = site.get(answer.headers["Location"].partition("#")[0])
    assert "Your message was received." in told.words
    world.process()
    assert world.sums() == {"filed": 2}
    entry = world.case(world.cases[0]["number"])["history"][-1]
    assert (entry["kind"], entry["actor"], entry["text"]) == ("mail", ANN, "It smokes, too.\nGrüße, Ann")
    assert len(world.cases) == 1
    assert "It smokes, too. Grüße, Ann" in site.get(link_to(ANN, world)).words


def test_a_message_tells_how_it_came_and_can_be_walked_again(world: World, site: Visitor) -> None:
    send(world, site, "More.")
    world.process()
    shown_mail = world.inbox(2)
    assert (shown_mail["door"], shown_mail["authentication"], shown_mail["from"]) == ("page", "pass", ANN)
    assert shown_mail["trace"]["match"]["how"] == "subject_ref"


def test_the_same_form_sent_twice_is_one_message(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    fields = {**site.get(link).forms()[f"{link}/message"], "words": "Once."}
    assert [site.post(f"{link}/message", fields, {}).status for _ in range(2)] == [303, 303]
    world.process()
    assert world.sums() == {"filed": 2}
    assert send(world, site, "Once.").status == 303
    world.process()
    assert world.sums() == {"filed": 3}, "said again on purpose, it is said again"


def test_files_come_with_a_message_as_they_are_under_safe_names(world: World, site: Visitor) -> None:
    octets = bytes(range(256)) * 300
    send(world, site, "See there.", {"files": ('../../Bericht "März".pdf', octets)})
    world.process()
    with world.store.read() as connection:
        (row,) = connection.execute(inbound.select().where(inbound.c.id == 2)).mappings()
        data = raw.get(connection, row["sha256"])
    read = parse(RawMail(data, Envelope("support", None, (), "test", world.clock.now())))
    (file,) = read.attachments
    assert "/" not in file.name
    assert file.name.endswith(".pdf")
    assert octets_of(file, data) == octets
    assert "pdf" in site.get(link_to(ANN, world)).words


def test_a_file_alone_is_a_message_and_nothing_at_all_is_none(world: World, site: Visitor) -> None:
    answer = send(world, site, " \r\n ")
    assert answer.status == 422
    assert "Write what you want to tell us" in answer.words
    assert world.sums() == {"filed": 1}
    assert send(world, site, "", {"files": ("log.txt", b"all of it")}).status == 303


def test_what_is_too_long_is_told_so_and_not_lost(world: World, site: Visitor) -> None:
    answer = send(world, site, "long " * 30_000)
    assert answer.status == 422
    assert "at most 100,000" in answer.words
    assert answer.text.count("long long") > 100, "what was typed is still there"
    assert world.sums() == {"filed": 1}


def test_what_is_typed_cannot_write_header_fields(world: World, site: Visitor) -> None:
    send(world, site, "Bcc: all@example.net\r\n\r\nHello")
    world.process()
    with world.store.read() as connection:
        (row,) = connection.execute(inbound.select().where(inbound.c.id == 2)).mappings()
        data = raw.get(connection, row["sha256"])
    assert b"bcc" not in data.lower().partition(b"\r\n\r\n")[0]


def test_a_message_wakes_a_case_that_was_resolved(world: World, site: Visitor) -> None:
    number = world.cases[0]["number"]
    pipeline.act(world.house, number, EngineerActed("operator", Status.RESOLVED))
    send(world, site, "Not at all.")
    world.process()
    assert world.cases[0]["status"] == "open"


def test_a_message_on_a_case_that_is_closed_for_good_opens_one_that_follows(world: World, site: Visitor) -> None:
    number = world.cases[0]["number"]
    pipeline.act(world.house, number, EngineerActed("operator", Status.CLOSED))
    world.clock.time += timedelta(days=30)
    send(world, site, "Again.")
    world.process()
    assert [case["number"] for case in world.cases] == [number, "2612000001"]
    assert world.case("2612000001")["follows"] == number


def test_where_it_cannot_be_stored_the_page_does_not_say_that_it_was(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    fields = {**site.get(link).forms()[f"{link}/message"], "words": "More."}
    with world.store.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON raw_mail BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    try:
        assert site.post(f"{link}/message", fields, {}).status in {500, 503}
    finally:
        with world.store.write() as connection:
            connection.exec_driver_sql("DROP TRIGGER full")
    assert world.sums() == {"filed": 1}
