"""Engineers work from their own mail client: what they are told, what of theirs goes out, and what they order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import cast

import pytest

from mailgate.mail.message import Authentication
from mailgate.simulate.record import letter_of
from world import World, mail

BOB, EVE = "bob@engineers.test", "eve@engineers.test"


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB,)) as made:
        made.receive(mail(cc="carl@customer.test"))
        yield made


def number(world: World) -> str:
    return str(world.cases[0]["number"])


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return cast("str", body.get_content())


def to(world: World, address: str) -> list[EmailMessage]:
    return [letter for letter in world.letters if letter["X-Envelope-To"] == address or address in str(letter["To"])]


def answer(
    world: World,
    letter: EmailMessage,
    words: str,
    *,
    by: str = BOB,
    authentication: Authentication = Authentication.PASS,
    **fields: str,
) -> int:
    one = sum(world.sums().values()) + 100
    reply = mail(
        f"Re: {letter['Subject']}",
        words,
        by=f"Bob <{by}>",
        message_id=f"<{one}@{by.partition('@')[2]}>",
        in_reply_to=letter["Message-ID"],
        **fields,
    )
    return world.receive(reply, sender=by, authentication=authentication)


def sent(world: World) -> list[tuple[str, EmailMessage]]:
    return [(recipient, letter_of(message)) for _, recipient, message in world.relay.sent]


def test_an_engineer_hears_of_a_new_case_with_the_customers_words_and_what_he_can_do(world: World) -> None:
    (notice,) = to(world, BOB)
    text = text_of(notice)
    assert "It burns." in text
    assert "ann@customer.test" in text
    assert "/close" in text


def test_his_answer_goes_out_to_each_who_takes_part_and_the_case_waits(world: World) -> None:
    (notice,) = to(world, BOB)
    inbound = answer(world, notice, "Pull the plug.\n\n-- \nBob, 999-0100")
    assert world.inbox(inbound)["reason"] == "relayed"
    case = world.case(number(world))
    reply = case["history"][-2]
    assert (case["status"], reply["kind"], reply["text"]) == ("waiting", "reply", "Pull the plug.")
    copies = [letter for letter in world.letters if "Pull the plug." in text_of(letter)]
    assert len(copies) == 2
    assert len({letter["Message-ID"] for letter in copies}) == 2
    for copy in copies:
        assert "ann@customer.test" in copy["To"]
        assert "carl@customer.test" in copy["Cc"]
        assert "bob@" not in copy.as_string().lower()
        assert "999-0100" not in text_of(copy)


@pytest.mark.parametrize("authentication", [Authentication.UNKNOWN, Authentication.UNVERIFIED])
def test_without_authentication_it_is_a_note_and_he_is_told(world: World, authentication: Authentication) -> None:
    (notice,) = to(world, BOB)
    inbound = answer(world, notice, "Pull the plug.", authentication=authentication)
    assert world.inbox(inbound)["reason"] == "note"
    assert world.case(number(world))["status"] == "new"
    told = to(world, BOB)[-1]
    assert "not sent" in text_of(told)


def test_commands_are_carried_out_and_words_with_them_sent(world: World) -> None:
    (notice,) = to(world, BOB)
    answer(world, notice, "/assign me\n/priority high\n/resolve\n\nPull the plug.")
    case = world.case(number(world))
    assert (case["owner"], case["priority"], case["status"]) == (BOB, 2, "resolved")
    assert any("Pull the plug." in text_of(letter) for letter in world.letters)


def test_commands_alone_send_nothing_to_the_customer(world: World) -> None:
    (notice,) = to(world, BOB)
    before = len(world.letters)
    answer(world, notice, "/wait 10")
    assert world.case(number(world))["status"] == "waiting"
    assert len(world.letters) == before


def test_one_wrong_command_changes_nothing_and_is_answered_with_the_list(world: World) -> None:
    (notice,) = to(world, BOB)
    answer(world, notice, "/assign me\n/clsoe\n/wait 10\n\nPull the plug.")
    case = world.case(number(world))
    assert (case["owner"], case["status"]) == ("", "new")
    told = text_of(to(world, BOB)[-1])
    assert "understood:\n/assign me\n/wait 10\n" in told.replace("\r\n", "\n")
    assert "/clsoe" in told
    assert "/close" in told
    assert not any("Pull the plug." in text_of(letter) for letter in world.letters if "ann@" in letter["To"])


def test_a_note_stays_among_us(world: World) -> None:
    (notice,) = to(world, BOB)
    before = len(world.letters)
    answer(world, notice, "/note\nThe customer is rude.")
    assert world.case(number(world))["history"][-1]["kind"] == "note"
    assert len(world.letters) == before


def test_a_reply_that_quotes_a_note_is_held_and_its_writer_told(world: World) -> None:
    (notice,) = to(world, BOB)
    words = "They forgot to pay the last three invoices, so take your time."
    answer(world, notice, f"/note\n{words}")
    answer(world, notice, f"Dear customer: {words}")
    world.deliver()
    assert not any(words in text_of(letter) for recipient, letter in sent(world) if "customer" in recipient)
    assert "internal note" in text_of(to(world, BOB)[-1])


def test_a_held_mail_is_let_in_by_an_answer(world: World) -> None:
    subject = f"Re: {world.letters[0]['Subject']}"
    held = world.receive(mail(subject, "I can help.", by="dora@elsewhere.test", message_id="<9@elsewhere.test>"))
    shown = to(world, BOB)[-1]
    answer(world, shown, "/release")
    world.process()
    assert world.inbox(held)["state"] == "filed"
    said = [entry["text"] for entry in world.case(number(world))["history"] if entry["kind"] == "mail"]
    assert said == ["It burns.", "I can help."]


def test_a_customer_closes_his_case_by_a_word_where_he_shows_that_it_is_he(world: World) -> None:
    confirmation = world.letters[0]
    reply = mail("Re: x", "/close", message_id="<7@customer.test>", in_reply_to=confirmation["Message-ID"])
    world.receive(reply)
    assert world.case(number(world))["status"] == "closed"


def test_a_word_of_somebody_who_may_not_moves_nothing(world: World) -> None:
    reply = mail(f"Re: {world.letters[0]['Subject']}", "/close", message_id="<7@customer.test>")
    world.receive(reply)
    case = world.case(number(world))
    assert case["status"] == "new"
    assert "was not done" in case["history"][-1]["text"]


def test_what_was_not_sent_for_a_wrong_command_goes_out_when_he_has_mended_it(world: World) -> None:
    (notice,) = to(world, BOB)
    words = "Please pull the plug of the printer, wait a minute, and put it in again."
    answer(world, notice, f"/clsoe\n\n{words}")
    assert world.case(number(world))["history"][-2]["kind"] == "draft"
    answer(world, notice, f"/close\n\n{words}")
    world.deliver()
    assert [recipient for recipient, letter in sent(world) if words[:20] in text_of(letter)] == [
        "ann@customer.test",
        "carl@customer.test",
    ]


def test_who_writes_an_engineers_address_into_from_has_him_told_a_few_times_only(world: World) -> None:
    (notice,) = to(world, BOB)
    for _ in range(20):
        world.clock.time += timedelta(seconds=1)
        answer(world, notice, "/close", authentication=Authentication.UNVERIFIED)
    assert len(to(world, BOB)) == 1 + 5
