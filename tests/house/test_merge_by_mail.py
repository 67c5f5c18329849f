"""A case becomes part of another: everything that led to either leads to the survivor, and nobody reads too much."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk_mail import BOB, answer, text_of, to
from world import World, mail

FIRST, SECOND, THIRD = "2611000001", "2611000002", "2611000003"


def ask(world: World, subject: str, name: str, *, by: str = "Ann Lee <ann@customer.test>", **fields: str) -> None:
    world.receive(mail(subject, f"About {subject}.", by=by, message_id=f"<{name}@customer.test>", **fields))


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB,)) as made:
        ask(made, "Printer on fire", "1")
        ask(made, "It still burns", "2", by="Carl <carl@customer.test>")
        yield made


def merge(world: World, number: str, into: str, words: str = "") -> int:
    """Bob answers the last letter that he had about that case."""
    letter = [one for one in to(world, BOB) if number in one["Subject"]][-1]
    return answer(world, letter, f"/merge {into}\n\n{words}")


def last_letter(world: World, address: str) -> str:
    return text_of(to(world, address)[-1])


def test_both_numbers_show_the_survivor_with_both_histories_by_time(world: World) -> None:
    merge(world, SECOND, FIRST)
    for number in (FIRST, SECOND):
        shown = world.case(number)
        assert (shown["number"], shown["merged"], shown["status"]) == (FIRST, [SECOND], "new")
        said = [(line["of"], line["n"], line["text"]) for line in shown["history"] if line["kind"] == "mail"]
        assert said == [(FIRST, 1, "About Printer on fire."), (SECOND, 1, "About It still burns.")]
        merged = [(line["of"], line["text"]) for line in shown["history"] if line["kind"] == "merged"]
        assert sorted(merged) == [
            (FIRST, f"case #{SECOND} was merged into this one"),
            (SECOND, f"merged into #{FIRST}"),
        ]
    assert [(row["number"], row["status"], row["merged_into"]) for row in world.cases] == [
        (FIRST, "new", None),
        (SECOND, "closed", FIRST),
    ]


def test_nobody_gets_a_letter_of_it_and_time_brings_the_merged_case_nothing(world: World) -> None:
    before = len(to(world, "carl@customer.test"))
    merge(world, SECOND, FIRST)
    world.advance(days=60)
    assert all(SECOND not in one["Subject"] for one in to(world, "carl@customer.test")[before:])


@pytest.mark.parametrize("way", ["token", "thread", "ref", "number"])
def test_an_answer_to_the_old_letter_lands_on_the_survivor_as_a_participants(world: World, way: str) -> None:
    confirmation = to(world, "carl@customer.test")[0]
    merge(world, SECOND, FIRST)
    subject, fields, recipient = "Re: something", {}, "support@example.com"
    match way:
        case "token":
            recipient = str(confirmation["Reply-To"])
        case "thread":
            fields = {"in_reply_to": "<2@customer.test>"}
        case "ref":
            subject = f"Re: {confirmation['Subject']}".replace(f"#{SECOND}: ", "")
        case "number":
            subject = f"Re: #{SECOND} once more"
    reply = mail(subject, "Still burning.", by="Carl <carl@customer.test>", message_id="<7@customer.test>", **fields)
    inbound = world.receive(reply, to=recipient)
    row = world.inbox(inbound)
    assert (row["case"], row["reason"], row["trace"]["match"]["standing"]) == (FIRST, "reply", "participant")


def test_who_answers_a_letter_of_the_merged_case_shows_his_own_token(world: World) -> None:
    confirmation = to(world, "carl@customer.test")[0]
    merge(world, SECOND, FIRST)
    close = mail("Re: x", "/close", by="Carl <carl@customer.test>", message_id="<7@customer.test>")
    world.receive(close, to=str(confirmation["Reply-To"]))
    assert world.case(FIRST)["status"] == "closed"


def test_an_engineers_answer_to_a_letter_of_the_merged_case_goes_to_all_on_the_survivor(world: World) -> None:
    (notice,) = [one for one in to(world, BOB) if SECOND in one["Subject"]]
    merge(world, SECOND, FIRST)
    answer(world, notice, "Pull the plug.")
    copies = [one for one in world.letters if "Pull the plug." in text_of(one) and BOB not in one["To"]]
    assert len(copies) == 2
    assert all(FIRST in one["Subject"] for one in copies)
    assert all("carl@customer.test" in one["Cc"] and "ann@customer.test" in one["To"] for one in copies)


def test_his_words_beside_the_command_go_to_those_of_the_merged_case_alone(world: World) -> None:
    merge(world, SECOND, FIRST, "We look at it together with another report.")
    copies = [one for one in world.letters if "another report" in text_of(one) and "customer" in one["To"]]
    assert [one["To"] for one in copies] == ["Carl <carl@customer.test>"]
    assert world.case(FIRST)["status"] == "new"


def test_a_chain_of_merges_ends_at_the_last_whichever_was_first(world: World) -> None:
    ask(world, "Smoke", "3")
    merge(world, SECOND, FIRST)
    merge(world, FIRST, THIRD)
    assert [row["merged_into"] for row in world.cases] == [THIRD, THIRD, None]
    for number in (FIRST, SECOND, THIRD):
        shown = world.case(number)
        assert (shown["number"], shown["merged"]) == (THIRD, [FIRST, SECOND])
        assert [line["text"] for line in shown["history"] if line["kind"] == "mail"] == [
            "About Printer on fire.",
            "About It still burns.",
            "About Smoke.",
        ]


@pytest.mark.parametrize(
    ("number", "into", "why"),
    [(FIRST, FIRST, "itself"), (FIRST, SECOND, "itself"), (SECOND, FIRST, "itself"), (FIRST, "2611000777", "no case")],
)
def test_no_cycle_can_be_made_and_he_is_told(world: World, number: str, into: str, why: str) -> None:
    merge(world, SECOND, FIRST)
    inbound = merge(world, number, into)
    assert world.inbox(inbound)["reason"] == "commands_refused"
    assert why in last_letter(world, BOB)
    assert [row["merged_into"] for row in world.cases] == [None, FIRST]


@pytest.mark.parametrize(("number", "into"), [(THIRD, FIRST), (FIRST, THIRD)])
def test_cases_of_two_customers_stay_two_and_he_is_told_why(world: World, number: str, into: str) -> None:
    ask(world, "Elsewhere", "3", by="Dora <dora@elsewhere.test>")
    inbound = merge(world, number, into)
    assert world.inbox(inbound)["reason"] == "commands_refused"
    assert "not of one customer" in " ".join(last_letter(world, BOB).split())
    assert [row["merged_into"] for row in world.cases] == [None, None, None]
    assert world.case(FIRST)["participants"] == ["ann@customer.test"]


def test_neighbours_at_a_public_mail_provider_are_no_one_customer(world: World) -> None:
    ask(world, "A", "3", by="Fay <fay@gmail.com>")
    ask(world, "B", "4", by="Gus <gus@gmail.com>")
    merge(world, "2611000004", THIRD)
    assert world.case("2611000004")["merged_into"] is None
    ask(world, "C", "5", by="Fay <fay@gmail.com>")
    merge(world, "2611000005", THIRD)
    assert world.case("2611000005")["number"] == THIRD


@pytest.mark.parametrize(("number", "into"), [(THIRD, FIRST), (FIRST, THIRD)])
def test_an_outsider_on_one_of_them_stands_in_the_way_though_the_customer_is_one(
    world: World, number: str, into: str
) -> None:
    ask(world, "Third", "3")
    letter = [one for one in to(world, BOB) if THIRD in one["Subject"]][-1]
    answer(world, letter, "/cc dora@elsewhere.test")
    merge(world, number, into)
    assert "show dora@elsewhere.test" in " ".join(last_letter(world, BOB).split())
    answer(world, letter, "/uncc dora@elsewhere.test")
    merge(world, number, into)
    assert world.case(number)["number"] == into


def test_a_case_of_another_mailbox_and_a_closed_one_are_no_survivors(world: World) -> None:
    world.receive(mail("Price", message_id="<8@customer.test>"), to="sales@example.com")
    merge(world, FIRST, THIRD)
    assert "mailbox" in last_letter(world, BOB)
    world.set_status(SECOND, "closed")
    merge(world, FIRST, SECOND)
    assert "is closed" in last_letter(world, BOB)
    assert all(row["merged_into"] is None for row in world.cases)


def test_beside_a_merge_nothing_else_is_ordered(world: World) -> None:
    letter = [one for one in to(world, BOB) if SECOND in one["Subject"]][-1]
    answer(world, letter, f"/merge {FIRST}\n/priority 1")
    assert [row["merged_into"] for row in world.cases] == [None, None]
    assert f"of case {FIRST}" in " ".join(last_letter(world, BOB).split())


def test_the_survivors_clocks_go_on_as_they_were(world: World) -> None:
    before = world.case(FIRST)
    world.advance(minutes=30)
    merge(world, SECOND, FIRST)
    after = world.case(FIRST)
    assert [after[key] for key in ("opened_at", "next_due_at", "priority", "status")] == [
        before[key] for key in ("opened_at", "next_due_at", "priority", "status")
    ]


def test_who_leaves_the_survivor_has_no_token_of_the_merged_case_either(world: World) -> None:
    confirmation = to(world, "carl@customer.test")[0]
    merge(world, SECOND, FIRST)
    notice = [one for one in to(world, BOB) if FIRST in one["Subject"]][-1]
    answer(world, notice, "/uncc carl@customer.test")
    reply = mail("Re: x", "/close", by="Carl <carl@customer.test>", message_id="<7@customer.test>")
    world.receive(reply, to=str(confirmation["Reply-To"]))
    assert world.case(FIRST)["status"] != "closed"


def test_a_follow_up_merged_into_what_it_follows_makes_no_circle(world: World) -> None:
    again = {"in_reply_to": str(to(world, "ann@customer.test")[0]["Message-ID"])}
    world.set_status(FIRST, "closed")
    world.advance(days=90)
    world.receive(mail("Re: x", "Again!", message_id="<7@customer.test>", **again))
    follower = world.cases[-1]["number"]
    assert world.case(follower)["follows"] == FIRST
    world.set_status(FIRST, "open")
    merge(world, follower, FIRST)
    assert world.case(follower)["number"] == FIRST
    world.set_status(FIRST, "closed")
    world.advance(days=90)
    world.receive(mail("Re: x", "Once more!", message_id="<8@customer.test>", **again))
    assert world.case(world.cases[-1]["number"])["follows"] == FIRST
