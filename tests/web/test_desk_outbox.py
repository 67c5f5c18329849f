"""The desk's outbox: what of a letter is shown, and who may send it again, keep it back, send it after all, drop it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from desk_site import EVE, OTTO, staffed
from mailgate.cases.relaying import GUARD
from mailgate.errors import Permanent, Transient
from mailgate.mail.message import Authentication
from mailgate.store import facts
from mailgate.store.tables import outbox
from site_visitor import Answer, Visitor
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with staffed() as world:
        yield world


def confirmation(world: World, n: int = 1) -> int:
    """The id of the letter that answers one more mail."""
    world.receive(mail(f"Printer {n}", message_id=f"<{n}@customer.test>"))
    with world.store.read() as connection:
        return max(int(row["id"]) for row in facts.list_outbox(connection) if row["kind"] == "confirmation")


def row(world: World, outbox_id: int) -> dict[str, Any]:
    with world.store.read() as connection:
        return facts.show_outbox(connection, outbox_id)


def tries(visitor: Visitor, what: str, *ids: int) -> Answer:
    return visitor.fill(visitor.get("/desk/outbox?state=all"), "/desk/outbox/try", what=what, id=list(ids))


def does(visitor: Visitor, what: str, *ids: int) -> Answer:
    return visitor.fill(tries(visitor, what, *ids), "/desk/outbox/do")


def test_what_has_not_left_is_listed_first_and_the_rest_by_state_letter_recipient_and_case(
    world: World, eve: Visitor
) -> None:
    confirmation(world, 1)
    world.deliver()
    confirmation(world, 2)
    assert "Printer 2" in eve.get("/desk/outbox").words
    assert "Printer 1" not in eve.get("/desk/outbox").words
    for asked in ("state=sent", "case=2611000001", "to=customer.test&state=sent", "kind=confirmation&state=sent"):
        words = eve.get(f"/desk/outbox?{asked}").words
        assert "Printer 1" in words, asked
        assert "Printer 2" not in words, asked
    assert "there is no such number" in eve.get("/desk/outbox?case=2699000001").words
    assert [eve.get(f"/desk/outbox?{one}").status for one in ("state=lost", "kind=poem", "after=x")] == [422] * 3


def test_a_letter_shows_its_words_its_attempts_and_what_the_relay_said(world: World, eve: Visitor) -> None:
    letter = confirmation(world)
    world.relay.down = Transient("451 try later")
    world.deliver()
    words = eve.get(f"/desk/outbox/{letter}").words
    assert "Attempts 1" in words
    assert "Trouble 451 try later" in words
    assert "2611000001" in words
    assert "Auto-Submitted auto-replied" in words


def test_no_letter_shows_what_lets_its_reader_in(world: World, otto: Visitor) -> None:
    confirmation(world)
    world.deliver()
    tokens = set[str]()
    for _, _, message in world.relay.sent:
        text = message.decode()
        tokens |= set(re.findall(r"(?<=\+[rb])[0-9a-z]{20}|(?<=<r)[0-9a-z]{20}|(?<=\[r:)[0-9a-z]{20}", text))
        tokens |= set(re.findall(r"/desk/sign-in/([\w-]+)", text))
    tokens |= {path.partition("+b")[2].partition("@")[0] for path, _, _ in world.relay.sent if "+b" in path}
    assert len(tokens) >= 4
    with world.store.read() as connection:
        ids = [found["id"] for found in facts.list_outbox(connection)]
    pages = [otto.get(f"/desk/outbox/{one}").text for one in ids] + [otto.get("/desk/outbox?state=all").text]
    assert not [token for token in tokens for page in pages if token in page]
    assert any("Its words let its reader in" in page for page in pages)


def test_a_failed_letter_goes_out_again(world: World, eve: Visitor) -> None:
    letter = confirmation(world)
    world.relay.down = Permanent("550 no such user")
    world.deliver()
    told = tries(eve, "retry", letter)
    assert f"letter {letter}, failed, confirmation to ann@customer.test" in told.words
    assert row(world, letter)["state"] == "failed"
    eve.fill(told, "/desk/outbox/do")
    world.relay.down = None
    world.deliver()
    assert row(world, letter)["state"] == "sent"


def test_an_engineer_keeps_a_letter_back_and_an_operator_sends_it_after_all(
    world: World, eve: Visitor, otto: Visitor
) -> None:
    letter = confirmation(world)
    does(eve, "hold", letter)
    assert (row(world, letter)["state"], row(world, letter)["error"]) == ("held", f"held by {EVE}")
    assert "operators decide: a person keeps it back" in tries(eve, "release", letter).words
    does(otto, "release", letter)
    assert row(world, letter)["state"] == "queued"


def test_an_answer_that_the_guard_holds_an_engineer_sends_after_all_and_the_case_is_answered(
    world: World, eve: Visitor
) -> None:
    world.receive(mail())
    about = next(letter for letter in world.letters if EVE in letter["To"] and "[r:" in str(letter))

    def says(words: str, n: int) -> None:
        answer = mail("Re: x", words, by=EVE, message_id=f"<{n}@e.test>", in_reply_to=str(about["Message-ID"]))
        world.receive(answer, to=str(about["Reply-To"]), sender=EVE, authentication=Authentication.PASS)

    says("/note\nThe contract of this customer ends in May, and nobody has told them.", 1)
    says("The contract of this customer ends in May, and nobody has told them.", 2)
    with world.store.read() as connection:
        (held,) = [one for one in facts.list_outbox(connection) if one["state"] == "held"]
    assert row(world, held["id"])["held_for"] == GUARD
    does(eve, "release", held["id"])
    assert row(world, held["id"])["state"] == "queued"
    (status,) = [entry for entry in world.case("2611000001")["history"] if entry["kind"] == "status"][-1:]
    assert status["actor"] == EVE


def test_one_letter_is_dropped_by_an_engineer_many_by_an_operator_and_the_case_says_by_whom(
    world: World, eve: Visitor, otto: Visitor
) -> None:
    first, second = confirmation(world, 1), confirmation(world, 2)
    assert tries(eve, "drop", first, second).status == 403
    assert f"would drop: letter {first}, queued" in tries(eve, "drop", first).words
    assert row(world, first)["state"] == "queued"
    does(eve, "drop", first)
    does(otto, "drop", second)
    assert [row(world, one)["error"] for one in (first, second)] == [f"dropped by {EVE}", f"dropped by {OTTO}"]


def test_a_letter_about_no_case_is_the_operators(world: World, eve: Visitor, otto: Visitor) -> None:
    confirmation(world)
    with world.store.write() as connection:
        connection.execute(outbox.update().values(case_number=None))
    letter = max(int(one) for one in re.findall(r'name="id" value="(\d+)"', eve.get("/desk/outbox").text))
    assert "a letter about no case is the operators&#39;" in tries(eve, "hold", letter).text
    assert "Done: 1 of 1." in does(otto, "hold", letter).words


def test_what_is_under_way_or_sent_is_told_and_left_alone(world: World, otto: Visitor) -> None:
    letter = confirmation(world)
    world.deliver()
    assert "None of it can be done." in tries(otto, "drop", letter).words
    form = otto.get("/desk/outbox?state=all").forms()["/desk/outbox/try"]
    done = otto.post("/desk/outbox/do", form | {"what": "hold", "id": letter})
    assert "Done: 0 of 1." in done.words
    assert row(world, letter)["state"] == "sent"


def test_nobody_else_sees_or_does_anything(world: World, site: Visitor, eve: Visitor) -> None:
    letter = confirmation(world)
    form = tries(eve, "drop", letter).forms()["/desk/outbox/do"]
    assert [site.get(path).status for path in ("/desk/outbox", f"/desk/outbox/{letter}")] == [303] * 2
    assert site.post("/desk/outbox/do", form).status == 403
    assert [eve.get(f"/desk/outbox/{path}").status for path in ("do", "9" * 5000, "99")] == [404] * 3
    assert row(world, letter)["state"] == "queued"


def test_no_word_of_a_letter_is_more_than_a_word_on_the_page(world: World, otto: Visitor) -> None:
    evil = "<script>alert(1)</script>"
    world.receive(mail(f"S{evil}", f"B{evil}", by=f'"{evil}" <ann@customer.test>'))
    with world.store.read() as connection:
        ids = [one["id"] for one in facts.list_outbox(connection)]
    pages = [otto.get(path).text for path in ("/desk/outbox?state=all", *(f"/desk/outbox/{one}" for one in ids))]
    assert not [page for page in pages if "<script" in page]
    assert any("B&lt;script&gt;" in page for page in pages)
