"""Where a customer's mail belongs that an engineer forwards: by what it says itself, and once only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from forwarding import ANN, BOB, CAROL, SUPPORT, answer, case, direct, forwards, kinds, text_of, to
from mailgate import pipeline
from mailgate.cases.events import EngineerActed
from mailgate.mail.message import Authentication
from world import ROOT, World


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB, CAROL), domain="example.test") as made:
        yield made


def test_a_forward_of_a_mail_on_a_known_case_is_the_customers_entry_and_wakes_it(world: World) -> None:
    direct(world, message_id="<first@example.org>")
    world.set_status(str(world.cases[0]["number"]), "waiting")
    inbound = forwards(world, "forward_attached_thunderbird_en", comment="He called, too.")
    (one,) = world.cases
    assert one["status"] == "open"
    assert world.inbox(inbound)["reason"] == "reply"
    assert kinds(world)[-4:] == [("mail", ANN), ("note", "mailgate"), ("status", "mailgate"), ("note", BOB)]
    told = text_of(to(world, ANN)[-1])
    assert "directly next time" in told
    assert len(to(world, ANN)) == 2  # the confirmation of long ago, and this
    assert "passed on by bob" in text_of(to(world, BOB)[-1])


def test_on_a_case_that_there_was_his_commands_need_what_all_commands_need(world: World) -> None:
    direct(world, message_id="<first@example.org>")
    forwards(world, "forward_attached_thunderbird_en", comment="/close")
    assert case(world)["status"] != "closed"
    assert "answers no letter" in text_of(to(world, BOB)[-2]) + text_of(to(world, BOB)[-1])


def test_a_ref_in_the_forwarded_mail_leads_to_its_case_even_for_a_stranger(world: World) -> None:
    direct(world, message_id="<elsewhere@example.org>")
    subject = str(to(world, ANN)[0]["Subject"])
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes()
    data = data.replace(b"Printer on fire", subject.encode()).replace(b"ann@example.org", b"dora@elsewhere.test")
    inbound = world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    assert world.inbox(inbound)["state"] == "filed"
    (one,) = world.cases
    assert ("mail", "dora@elsewhere.test") in kinds(world)
    assert to(world, "dora@elsewhere.test") == []
    with world.store.read() as connection:
        rows = connection.exec_driver_sql("select address_key from participant").all()
    assert [row[0] for row in rows] == [ANN]
    assert one["contact"] == ANN


def test_an_answer_to_a_notice_is_an_answer_whatever_it_forwards(world: World) -> None:
    direct(world)
    notice = to(world, BOB)[-1]
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes()
    data = data.replace(b"In-Reply-To: <original@example.org>", f"In-Reply-To: {notice['Message-ID']}".encode())
    inbound = world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    trace = world.inbox(inbound)["trace"]
    assert trace["passed_on"]["taken"] is False
    assert "letter of ours" in trace["passed_on"]["why"]
    assert kinds(world)[-1][1] == BOB


@pytest.mark.parametrize("name", ["forward_thunderbird_en", "forward_attached_thunderbird_en", "forward_gmail_en"])
def test_the_same_mail_forwarded_twice_is_one_entry_and_a_copy(world: World, name: str) -> None:
    forwards(world, name)
    forwards(world, name, again=2)
    assert len(world.cases) == 1
    assert [kind for kind, actor in kinds(world) if actor == ANN] == ["mail", "copy"]
    assert len(to(world, ANN)) == 1


KNOWN = {"MIME-Version:": "X-Forwarded-Message-Id: <original@example.org>\nMIME-Version:"}


@pytest.mark.parametrize("name", ["forward_thunderbird_en", "forward_attached_thunderbird_en", "forward_gmail_en"])
@pytest.mark.parametrize("first", ["forwarded", "direct"])
def test_a_mail_that_comes_both_ways_is_one_entry_and_a_copy(world: World, name: str, first: str) -> None:
    if first == "direct":
        direct(world)
    forwards(world, name, replaced=KNOWN if name == "forward_thunderbird_en" else None)
    if first == "forwarded":
        direct(world)
    assert len(world.cases) == 1
    assert [kind for kind, actor in kinds(world) if actor == ANN] == ["mail", "copy"]
    assert len(to(world, ANN)) == 1


def test_the_customers_next_mail_of_the_same_words_is_no_copy(world: World) -> None:
    forwards(world, "forward_thunderbird_en")
    forwards(world, "forward_thunderbird_en", again=2, replaced={"10:14:00": "10:16:00"})
    assert len(world.cases) == 2


def test_both_ways_waiting_together_are_still_one_entry(world: World) -> None:
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes()
    world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS, process=False)
    direct(world)
    assert len(world.cases) == 1
    assert sorted(kind for kind, actor in kinds(world) if actor == ANN) == ["copy", "mail"]


def test_a_ref_in_the_engineers_own_subject_says_where_it_belongs(world: World) -> None:
    direct(world, message_id="<elsewhere@example.org>")
    ref = str(world.cases[0]["ref"])
    forwards(world, "forward_thunderbird_en", replaced={"Subject: Fwd: Printer": f"Subject: Fwd: {ref} Printer"})
    assert len(world.cases) == 1
    assert ("mail", ANN) in kinds(world)[1:]


def test_a_forward_of_an_answer_to_a_known_mail_finds_its_case_by_what_the_mail_program_left(world: World) -> None:
    direct(world, message_id="<first@example.org>")
    forwards(world, replaced={"References: <original": "References: <first@example.org> <original"})
    assert len(world.cases) == 1
    assert [kind for kind, actor in kinds(world) if actor == ANN] == ["mail", "mail"]


def test_a_mail_that_is_only_likely_the_one_on_the_case_is_seen(world: World) -> None:
    """Somebody else's mail, whose forward answers what is on the case already."""
    direct(world)
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes().replace(b"ann@", b"zoe@")
    inbound = world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    assert world.inbox(inbound)["reason"] == "reply"


def test_a_token_in_a_forwarded_mail_finds_the_case_and_gives_no_right(world: World) -> None:
    direct(world, message_id="<elsewhere@example.org>")
    letter = to(world, ANN)[0]
    replaced = {
        "In-Reply-To: <earlier@example.com>": f"In-Reply-To: {letter['Message-ID']}",
        "To: Bob Engineer <bob@example.com>": f"To: Bob Engineer <{BOB}>, {SUPPORT}",
    }
    forwards(world, "forward_attached_thunderbird_en", comment="", replaced=replaced)
    assert [kind for kind, actor in kinds(world) if actor == ANN] == ["mail", "mail"]
    assert case(world)["participants"] == [ANN]


def test_a_mail_that_is_forwarded_long_after_it_came_is_a_copy(world: World) -> None:
    direct(world)
    world.advance(days=10)
    forwards(world, "forward_attached_thunderbird_en")
    assert len(world.cases) == 1
    assert [kind for kind, actor in kinds(world) if actor == ANN] == ["mail", "copy"]


def test_who_forwards_onto_the_case_of_another_gets_a_letter_to_answer_from_too(world: World) -> None:
    direct(world, message_id="<first@example.org>")
    pipeline.act(world.house, str(world.cases[0]["number"]), EngineerActed("operator", owner=CAROL))
    before = len(to(world, CAROL))
    forwards(world, "forward_attached_thunderbird_en", comment="")
    assert case(world)["owner"] == CAROL
    assert len(to(world, CAROL)) == before + 1
    inbound = answer(world, to(world, BOB)[-1], "Pull the plug.")
    assert world.inbox(inbound)["reason"] == "relayed"


def test_what_comes_to_the_reply_address_of_a_letter_is_an_answer_whatever_it_forwards(world: World) -> None:
    direct(world, message_id="<elsewhere@example.org>")
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes()
    reply_to = str(to(world, ANN)[0]["Reply-To"]).rpartition("<")[2].rstrip(">")
    inbound = world.receive(data, to=reply_to, sender=BOB, authentication=Authentication.PASS)
    assert world.inbox(inbound)["trace"]["passed_on"]["taken"] is False
    assert [kind for kind, actor in kinds(world) if actor == ANN] == ["mail"]
