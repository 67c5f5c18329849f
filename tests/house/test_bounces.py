"""A letter that did not arrive: who hears of it, what stands still, and whom nothing is written to any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bounces import report
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.cases.ref import tokens_of_message_ids
from mailgate.errors import Permanent, Transient
from mailgate.mail.message import Authentication
from mailgate.pipeline import act
from mailgate.policy.service import Entitlement, Need, Others
from mailgate.simulate.record import letter_of
from mailgate.store import facts, reach
from world import OPERATOR, World, mail

ANN, CARL, BOB, EVE = "ann@customer.test", "carl@customer.test", "bob@engineers.test", "eve@engineers.test"
SUPPORT = "support@example.com"
NUMBER = "2611000001"


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB,)) as made:
        made.receive(mail(cc=CARL))
        made.deliver()
        yield made


def rows(world: World, kind: str, to: str = "") -> list[dict[str, Any]]:
    """The letters of that kind, oldest first, whole."""
    with world.store.read() as connection:
        shown = [facts.show_outbox(connection, row["id"]) for row in facts.list_outbox(connection)]
    return [row for row in reversed(shown) if row["kind"] == kind and to in row["to"]]


def dead(world: World) -> list[str]:
    with world.store.read() as connection:
        return [row["address"] for row in reach.dead(connection)]


def history(world: World, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in world.case(NUMBER)["history"] if entry["kind"] == kind]


def replied(world: World, words: str = "Pull the plug.", message_id: str = "<100@engineers.test>") -> None:
    """Bob answers the customers by mail."""
    notice = rows(world, "new_case", BOB)[0]
    reply = mail(f"Re: {notice['subject']}", words, by=BOB, message_id=message_id, in_reply_to=notice["message_id"])
    world.receive(reply, sender=BOB, authentication=Authentication.PASS)
    world.deliver()


def bounces(world: World, letter: dict[str, Any], status: str = "5.1.1", **more: Any) -> int:
    return world.receive(report(letter, status, **more), to=letter["envelope_from"], sender="")


def text_of(row: dict[str, Any]) -> str:
    body = letter_of(row["message"]).get_body(("plain",))
    assert body is not None
    return cast("str", body.get_content())


def test_a_reply_that_bounces_is_marked_and_its_engineer_told_in_plain_words(world: World) -> None:
    replied(world)
    (copy,) = rows(world, "reply", ANN)
    bounces(world, copy, "5.2.2", said="552 5.2.2 mailbox full, see https://evil.test/quota")
    (told,) = rows(world, "not_delivered")
    assert told["to"] == BOB
    text = text_of(told)
    assert "ann@customer.test: the mailbox is full (5.2.2)" in text
    assert "The server said: 552 5.2.2 mailbox full, see [link]" in text
    assert "The case does not wait" in text
    (entry,) = history(world, "delivery_failed")
    assert entry["text"].startswith(f"The letter “reply” (letter {copy['id']}) to {ANN} was not delivered: the mailbox")
    (reply,) = history(world, "reply")
    assert [(one["to"], one["at"]) for one in reply["not_delivered"]] == [(ANN, world.clock.now().isoformat())]
    (row,) = rows(world, "reply", ANN)
    assert (row["state"], row["bounced_at"]) == ("sent", world.clock.now().isoformat())
    assert "the mailbox is full" in row["error"]
    assert rows(world, "reply", CARL)[0]["bounced_at"] is None
    assert dead(world) == []  # full today


def test_of_one_letter_the_engineer_hears_once_whatever_comes_back_of_it(world: World) -> None:
    replied(world)
    (copy,) = rows(world, "reply", ANN)
    for turn in range(3):
        bounces(world, copy, "5.2.2", name=f"turn{turn}")
    assert len(rows(world, "not_delivered")) == 1
    assert (len(history(world, "bounce")), len(history(world, "delivery_failed"))) == (3, 1)
    (other,) = rows(world, "reply", CARL)
    bounces(world, other, "5.7.1")
    assert [text_of(row).count("refuses it by policy") for row in rows(world, "not_delivered")] == [0, 1]


def test_a_delay_is_noted_tells_nobody_and_pauses_nothing(world: World) -> None:
    replied(world)
    act(world.house, NUMBER, EngineerActed("operator", status=Status.WAITING))
    due = world.case(NUMBER)["next_due_at"]
    (copy,) = rows(world, "reply", ANN)
    bounces(world, copy, "4.4.1", action="delayed", said="connection timed out")
    assert rows(world, "not_delivered") == history(world, "delivery_failed") == []
    assert rows(world, "reply", ANN)[0]["bounced_at"] is None
    assert world.case(NUMBER)["next_due_at"] == due


def test_time_pauses_where_the_contact_is_not_reached_and_not_for_another(world: World) -> None:
    replied(world)
    act(world.house, NUMBER, EngineerActed("operator", status=Status.WAITING))
    (contact,), (other,) = rows(world, "reply", ANN), rows(world, "reply", CARL)
    bounces(world, other)
    assert world.case(NUMBER)["next_due_at"] is not None
    assert "The case does not wait" not in text_of(rows(world, "not_delivered")[-1])
    bounces(world, contact, "5.2.2")
    assert world.case(NUMBER)["next_due_at"] is None
    world.advance(days=60)
    assert world.case(NUMBER)["status"] == "waiting"
    assert rows(world, "customer_reminder") == []


def test_confirmations_of_a_forged_flood_that_bounce_tell_our_people_nothing(world: World) -> None:
    before = len(rows(world, "new_case"))
    for place in range(15):
        world.receive(mail(by=f"x{place}@victim.test", message_id=f"<{place}@victim.test>", body=f"Buy {place}."))
    for letter in rows(world, "confirmation", "@victim.test"):
        bounces(world, letter)
    assert len(rows(world, "confirmation", "@victim.test")) == len(dead(world)) == 15
    assert rows(world, "not_delivered") == []
    assert len(rows(world, "new_case")) - before <= world.policy.letters.hourly.desk


def as_if_to(letter: dict[str, Any], path: str) -> dict[str, Any]:
    """The letter as somebody knows it who never saw its return path, and takes `path` for that."""
    return {**letter, "envelope_from": path}


def by_nothing_of_ours(letter: dict[str, Any]) -> tuple[bytes, str]:
    return report(as_if_to(letter, SUPPORT), original="<other@example.com>"), SUPPORT


def by_its_subject_alone(letter: dict[str, Any]) -> tuple[bytes, str]:
    forged = report(as_if_to(letter, SUPPORT), original="<other@example.com>")
    return forged.replace(b"Undelivered Mail", f"Undelivered Mail {letter['subject']}".encode()), SUPPORT


def of_another_recipient(letter: dict[str, Any]) -> tuple[bytes, str]:
    return report(letter, recipient="carl@customer.test"), letter["envelope_from"]


def of_nobody_but_by_its_message_id(letter: dict[str, Any]) -> tuple[bytes, str]:
    return report(as_if_to(letter, SUPPORT), recipient=""), SUPPORT


def by_its_message_id(letter: dict[str, Any]) -> tuple[bytes, str]:
    return report(as_if_to(letter, SUPPORT)), SUPPORT


def by_its_reply_token(letter: dict[str, Any]) -> tuple[bytes, str]:
    (token,) = tokens_of_message_ids((letter["message_id"],))
    path = f"support+b{token}@example.com"
    return report(as_if_to(letter, path)), path


def by_the_reply_to(letter: dict[str, Any]) -> tuple[bytes, str]:
    path = str(letter_of(letter["message"])["Reply-To"]).strip("<> ")
    return report(as_if_to(letter, path)), path


@pytest.mark.parametrize(
    "forge",
    [
        by_nothing_of_ours,
        by_its_subject_alone,
        of_another_recipient,
        of_nobody_but_by_its_message_id,
        by_its_message_id,  # whoever is copied on an answer has it in his In-Reply-To, and so the reply token
        by_its_reply_token,
        by_the_reply_to,
    ],
)
def test_a_report_that_does_not_prove_itself_is_only_noted(world: World, forge: Any) -> None:
    replied(world)
    act(world.house, NUMBER, EngineerActed("operator", status=Status.WAITING))
    (copy,) = rows(world, "reply", ANN)
    forged, path = forge(copy)
    world.receive(forged, to=path, sender="")
    assert rows(world, "not_delivered") == history(world, "delivery_failed") == []
    assert dead(world) == []
    assert rows(world, "reply", ANN)[0]["bounced_at"] is None
    assert world.case(NUMBER)["next_due_at"] is not None


def test_where_the_mailbox_has_no_subaddresses_the_embedded_message_id_proves_it(world: World) -> None:
    sales = "sales@example.com"
    world.receive(mail(message_id="<2@customer.test>"), to=sales)
    (confirmation,) = (row for row in rows(world, "confirmation", ANN) if row["envelope_from"] == sales)
    bounces(world, confirmation)
    assert dead(world) == [ANN]
    assert world.case("2611000002")["history"][-1]["kind"] == "delivery_failed"


def test_a_person_who_writes_to_a_return_path_is_no_bounce(world: World) -> None:
    replied(world)
    act(world.house, NUMBER, EngineerActed("operator", status=Status.WAITING))
    (copy,) = rows(world, "reply", ANN)
    away = mail("Away", "I am on holiday.", message_id="<7@customer.test>", auto_submitted="auto-replied")
    world.receive(away, to=copy["envelope_from"], sender="")
    world.receive(mail("Re: x", "Thanks.", message_id="<8@customer.test>"), to=copy["envelope_from"])
    assert rows(world, "not_delivered") == history(world, "delivery_failed") == []
    assert [entry["kind"] for entry in world.case(NUMBER)["history"]][-2:] == ["auto_reply", "bounce"]
    assert world.case(NUMBER)["next_due_at"] is not None


@pytest.mark.parametrize("status", ["5.1.1", "5.1.10"])
def test_a_dead_address_is_written_to_no_more(world: World, status: str) -> None:
    replied(world)
    bounces(world, rows(world, "reply", ANN)[0], status, said=f"550 {status} no")
    assert dead(world) == [ANN]
    replied(world, "Is it well?", "<101@engineers.test>")
    assert len(rows(world, "reply", ANN)) == 1
    (_, copy) = rows(world, "reply", CARL)
    assert ANN not in copy["message"]
    assert "nothing arrives at ann@customer.test" in text_of(rows(world, "command_answer", BOB)[-1])
    notes = [entry["text"] for entry in history(world, "note")]
    again = "with /cc ann@customer.test letters go there again"
    assert f"reply not sent to all: nothing arrives at ann@customer.test; {again}" in notes
    world.receive(mail("Another thing", message_id="<2@customer.test>"))
    other = world.case("2611000002")
    assert other["history"][-1]["text"] == "confirmation not sent: nothing arrives at ann@customer.test"
    assert rows(world, "confirmation", ANN)[-1]["case"] == NUMBER


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "4.1.1", "5.1.8"])
def test_other_refusals_say_nothing_about_the_address(world: World, status: str) -> None:
    replied(world)
    bounces(world, rows(world, "reply", ANN)[0], status, said="no")
    assert dead(world) == []
    assert len(rows(world, "not_delivered")) == 1


def test_what_stands_in_open_text_makes_no_address_dead(world: World) -> None:
    replied(world)
    (copy,) = rows(world, "reply", ANN)
    loose = mail(
        "Undelivered Mail Returned to Sender",
        f"Your message could not be delivered to <{ANN}>: 550 5.1.1 user unknown\n\nMessage-ID: {copy['message_id']}",
        by="MAILER-DAEMON@mx.customer.test",
        message_id="<loose@mx.customer.test>",
    )
    world.receive(loose, to=copy["envelope_from"], sender="")
    assert len(rows(world, "not_delivered")) == 1
    assert dead(world) == []


def test_time_writes_to_no_dead_address_and_closes_no_case_of_it(world: World) -> None:
    act(world.house, NUMBER, EngineerActed("operator", status=Status.WAITING))
    bounces(world, rows(world, "confirmation", ANN)[0])
    # Moved since, so that it waits anew: the first reminder is found to go nowhere.
    act(world.house, NUMBER, EngineerActed("operator", status=Status.OPEN))
    act(world.house, NUMBER, EngineerActed("operator", status=Status.WAITING))
    world.advance(days=5)
    world.advance(days=60)
    assert rows(world, "customer_reminder") == rows(world, "closing_notice") == []
    assert history(world, "note")[-1]["text"] == "customer_reminder not sent: nothing arrives at ann@customer.test"
    assert (world.case(NUMBER)["status"], world.case(NUMBER)["next_due_at"]) == ("waiting", None)


def test_what_is_done_by_hand_writes_to_no_dead_address(world: World) -> None:
    bounces(world, rows(world, "confirmation", ANN)[0])
    decision = act(world.house, NUMBER, EngineerActed("operator", ask=True))
    assert (rows(world, "more_needed"), decision.letters) == ([], ())


def test_an_answer_to_nobody_but_dead_addresses_is_kept_and_its_writer_told() -> None:
    with World(engineers=(BOB,)) as world:
        world.receive(mail())
        world.deliver()
        bounces(world, rows(world, "confirmation", ANN)[0])
        replied(world)
        assert rows(world, "reply") == []
        assert "nothing arrives at ann@customer.test; with /cc" in text_of(rows(world, "command_answer", BOB)[-1])


def by_an_operator(world: World) -> None:
    with world.store.write() as connection:
        reach.revive(connection, ANN)


def by_an_engineer(world: World) -> None:
    replied(world, f"/cc {ANN}\n\nAre you there?", "<102@engineers.test>")
    assert len(rows(world, "reply", ANN)) == 1  # his word goes for his own words too


def by_hand(world: World) -> None:
    act(world.house, NUMBER, EngineerActed("operator", join=(ANN,)))


def by_an_authenticated_mail(world: World) -> None:
    world.receive(mail("I am back", message_id="<3@customer.test>"), authentication=Authentication.PASS)


def by_his_own_token(world: World) -> None:
    token = rows(world, "confirmation", ANN)[0]["message_id"]
    world.receive(mail("Re: x", "I am here.", message_id="<4@customer.test>", in_reply_to=token))


@pytest.mark.parametrize(
    "revive", [by_an_operator, by_an_engineer, by_hand, by_an_authenticated_mail, by_his_own_token]
)
def test_a_dead_address_lives_again_by_somebodys_word_or_a_sure_sign_of_life(world: World, revive: Any) -> None:
    bounces(world, rows(world, "confirmation", ANN)[0])
    assert dead(world) == [ANN]
    revive(world)
    assert dead(world) == []
    before = len(rows(world, "reply", ANN))
    replied(world, "And now?", "<103@engineers.test>")
    assert len(rows(world, "reply", ANN)) == before + 1


def test_a_note_tells_that_letters_go_there_again_and_time_goes_on(world: World) -> None:
    act(world.house, NUMBER, EngineerActed("operator", status=Status.WAITING))
    bounces(world, rows(world, "confirmation", ANN)[0])
    assert world.case(NUMBER)["next_due_at"] is None
    by_hand(world)
    assert history(world, "note")[-1]["text"] == "letters go to ann@customer.test again"
    assert world.case(NUMBER)["next_due_at"] is not None


@pytest.mark.parametrize(
    ("sign", "authentication"),
    [
        ({}, Authentication.UNKNOWN),
        ({}, Authentication.UNVERIFIED),
        ({"auto_submitted": "auto-replied"}, Authentication.PASS),
        ({"own": "token"}, Authentication.FAIL),
    ],
)
def test_a_mail_that_proves_nobody_is_there_revives_nothing(
    world: World, sign: dict[str, str], authentication: Authentication
) -> None:
    letter = rows(world, "confirmation", ANN)[0]
    bounces(world, letter)
    more = {"in_reply_to": letter["message_id"]} if sign.pop("own", "") else sign
    world.receive(mail("x", "y", message_id="<5@customer.test>", **more), authentication=authentication)
    assert dead(world) == [ANN]


def test_our_relay_that_refuses_for_good_is_heard_like_a_bounce(world: World) -> None:
    world.relay.refuse[ANN] = Permanent("RCPT: 550 5.1.1 <ann@customer.test>: user unknown", 550)
    replied(world)
    (told,) = rows(world, "not_delivered")
    assert "the address does not exist (5.1.1)" in text_of(told)
    assert dead(world) == [ANN]
    (reply,) = history(world, "reply")
    assert [one["to"] for one in reply["not_delivered"]] == [ANN]
    assert rows(world, "reply", ANN)[0]["state"] == "failed"


@pytest.mark.parametrize(
    "why", ["DATA: 550 5.1.1 no", "RCPT: 550 no such user", "RCPT: 550 5.7.1 relaying denied", "MAIL: 552 5.1.1 no"]
)
def test_a_refusal_that_is_not_surely_of_the_address_makes_none_dead(world: World, why: str) -> None:
    world.relay.refuse[ANN] = Permanent(why, 550)
    replied(world)
    assert (len(rows(world, "not_delivered")), dead(world)) == (1, [])


def test_a_reply_that_was_tried_for_too_long_is_told_and_what_a_person_drops_is_not(world: World) -> None:
    world.relay.refuse[ANN] = Transient("RCPT: 450 4.2.2 mailbox full", 450)
    replied(world)
    for _ in range(6):
        world.advance(days=1)
    (told,) = rows(world, "not_delivered")
    assert "the mailbox is full, and it was tried for as long as we try (4.2.2)" in text_of(told)
    assert dead(world) == []


def test_a_letter_about_no_case_that_bounces_makes_its_address_dead_too(world: World) -> None:
    lacking = replace(world.policy, entitlement=Entitlement((Need.CONTACT,), Others.HOLD))
    world.house = replace(world.house, policies={lacking.name: lacking})
    world.receive(mail(by="eve@stranger.test", message_id="<6@stranger.test>"))
    (letter,) = rows(world, "entitlement_missing")
    inbound = bounces(world, letter)
    assert world.inbox(inbound)["state"] == "held"
    assert dead(world) == ["eve@stranger.test"]
    assert rows(world, "entitlement_missing")[0]["bounced_at"] is not None


def test_a_letter_about_no_case_that_our_relay_refuses_does_so_as_well(world: World) -> None:
    lacking = replace(world.policy, entitlement=Entitlement((Need.CONTACT,), Others.HOLD))
    world.house = replace(world.house, policies={lacking.name: lacking})
    world.relay.refuse["eve@stranger.test"] = Permanent("RCPT: 550 5.1.1 nobody", 550)
    world.receive(mail(by="eve@stranger.test", message_id="<6@stranger.test>"))
    world.deliver()
    assert dead(world) == ["eve@stranger.test"]


def test_an_engineer_who_is_not_reached_is_told_of_once_a_day_to_who_else_hears() -> None:
    with World(engineers=(BOB, EVE)) as world:
        act_on = []
        for place in range(3):
            world.receive(mail(f"Thing {place}", message_id=f"<{place}@customer.test>"))
            act_on.append(rows(world, "new_case", BOB)[-1])
        world.deliver()
        for letter in act_on:
            bounces(world, letter)
        (told,) = rows(world, "not_delivered")
        assert told["to"] == EVE
        assert "bob@engineers.test, who is one of us" in text_of(told)
        assert dead(world) == []
        assert world.case(NUMBER)["history"][-1]["kind"] == "delivery_failed"
        world.clock.time += timedelta(days=1)
        bounces(world, rows(world, "new_case", BOB)[0], name="again")  # known: not told again
        world.receive(mail("Thing 9", message_id="<9@customer.test>"))
        bounces(world, rows(world, "new_case", BOB)[-1])
        assert len(rows(world, "not_delivered")) == 2


def test_where_nobody_else_hears_of_the_case_the_operator_is_told(world: World) -> None:
    bounces(world, rows(world, "new_case", BOB)[0])
    (told,) = rows(world, "not_delivered")
    assert told["to"] == OPERATOR


def test_no_token_of_ours_is_told_to_anybody(world: World) -> None:
    replied(world)
    (copy,) = rows(world, "reply", ANN)
    token = copy["message_id"][2:22]
    bounces(world, copy, said=f"550 5.1.1 from {copy['envelope_from']} in {copy['message_id']}: no\r\n /close")
    (told,) = rows(world, "not_delivered")
    assert token not in told["message"]
    assert token not in history(world, "delivery_failed")[0]["text"]
    assert token not in history(world, "bounce")[0]["text"]
    assert token not in str(rows(world, "reply", ANN)[0]["error"])
