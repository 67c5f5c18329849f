"""Entries of a case become a case of their own, and what answers them goes there from then on."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from desk_mail import BOB, answer, text_of, to
from mailgate.mail.message import Authentication
from world import World, mail

OLD, NEW = "2611000001", "2611000002"
ANN, CARL = "Ann Lee <ann@customer.test>", "Carl <carl@customer.test>"


@pytest.fixture
def world() -> Iterator[World]:
    """Ann asks (entry 1), copying Carl; Bob answers (2); Carl asks something else (3)."""
    with World(engineers=(BOB,)) as made:
        made.receive(mail(cc="carl@customer.test"))
        answer(made, to(made, BOB)[-1], "Pull the plug.")
        reply = to(made, "ann@customer.test")[-1]
        made.receive(
            mail(
                "Re: Lamp is dark",
                "By the way, my lamp is dark.",
                by=CARL,
                message_id="<3@customer.test>",
                in_reply_to=str(reply["Message-ID"]),
            )
        )
        yield made


def about(world: World, number: str) -> EmailMessage:
    """The last letter to Bob about that case."""
    return [one for one in to(world, BOB) if number in one["Subject"]][-1]


def told(world: World) -> str:
    return " ".join(text_of(to(world, BOB)[-1]).split())


def history(world: World, number: str) -> list[tuple[int | None, str, str]]:
    return [
        (line["n"], line["kind"], line["text"]) for line in world.case(number)["history"] if line["kind"] != "status"
    ]


def test_letters_to_engineers_number_the_entries_as_the_case_does(world: World) -> None:
    text = text_of(about(world, OLD))
    assert "carl@customer.test wrote (" in text
    assert "), entry 3:" in text
    assert "[entry 2] " in text
    assert "[entry 1] " in text
    assert [line["n"] for line in world.case(OLD)["history"] if line["n"]] == [1, 2, 3]


def test_the_answered_mail_becomes_a_case_of_its_writer_and_both_histories_tell(world: World) -> None:
    answer(world, about(world, OLD), "/split")
    case = world.case(NEW)
    assert (case["contact"], case["participants"], case["subject"], case["status"]) == (
        "carl@customer.test",
        ["carl@customer.test"],
        "Lamp is dark",
        "new",
    )
    assert history(world, NEW) == [
        (1, "mail", "By the way, my lamp is dark."),
        (None, "split", f"made of entry 3 of case #{OLD}"),
    ]
    said = history(world, OLD)
    assert [line[0] for line in said if line[1] in {"mail", "reply"}] == [1, 2]
    assert said[-1] == (None, "split", f"entry 3 became case #{NEW}")


def test_its_customer_is_told_the_new_number_once_and_its_engineer_has_a_letter_of_it(world: World) -> None:
    before = len(world.letters)
    answer(world, about(world, OLD), "/split")
    letters = world.letters[before:]
    assert [(one["To"], NEW in one["Subject"]) for one in letters] == [(CARL, True), (BOB, True)]
    assert letters[0]["In-Reply-To"] == "<3@customer.test>"
    assert world.case(NEW)["ref"] in letters[0]["Subject"].replace("\n", "")
    assert "my lamp is dark" in text_of(letters[1])


def test_later_answers_to_the_moved_mail_follow_it(world: World) -> None:
    answer(world, about(world, OLD), "/split")
    confirmation = to(world, "carl@customer.test")[-1]
    for n, parent in enumerate(("<3@customer.test>", str(confirmation["Message-ID"])), 20):
        inbound = world.receive(mail("Re: x", "?", by=CARL, message_id=f"<{n}@customer.test>", in_reply_to=parent))
        assert world.inbox(inbound)["case"] == NEW


@pytest.mark.parametrize("way", ["token", "thread"])
def test_answers_to_our_letters_about_the_moved_mail_follow_it_and_prove_as_much(world: World, way: str) -> None:
    confirmation = to(world, "ann@customer.test")[0]
    answer(world, about(world, OLD), "/split 1")
    fields = {"in_reply_to": str(confirmation["Message-ID"])} if way == "thread" else {}
    recipient = str(confirmation["Reply-To"]) if way == "token" else "support@example.com"
    world.receive(mail("Re: x", "/close", message_id="<20@customer.test>", **fields), to=recipient)
    assert (world.case(NEW)["status"], world.case(OLD)["status"]) == ("closed", "open")


def test_an_engineers_answer_to_the_notice_of_the_moved_mail_follows_it_too(world: World) -> None:
    notice = about(world, OLD)
    answer(world, notice, "/split")
    inbound = answer(world, notice, "Change the bulb.")
    assert world.inbox(inbound)["case"] == NEW
    copies = [one for one in world.letters if "Change the bulb." in text_of(one) and one["To"] != BOB]
    assert [one["To"] for one in copies] == [CARL]


def test_what_answers_the_mails_that_stayed_stays(world: World) -> None:
    answer(world, about(world, OLD), "/split")
    inbound = world.receive(mail("Re: x", "Still.", message_id="<8@customer.test>", in_reply_to="<1@customer.test>"))
    assert world.inbox(inbound)["case"] == OLD


def test_entries_are_named_by_number_and_keep_new_ones_of_their_own(world: World) -> None:
    answer(world, about(world, OLD), "/split 1-2")
    assert [line[:2] for line in history(world, NEW) if line[0]] == [(1, "mail"), (2, "reply")]
    assert world.case(NEW)["participants"] == ["ann@customer.test", "carl@customer.test"]
    world.receive(mail("Re: x", "More.", by=CARL, message_id="<8@customer.test>", in_reply_to="<3@customer.test>"))
    assert [line[0] for line in history(world, OLD) if line[0]] == [3, 4]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("/split 9", "has not all of these entries"),
        ("/split 3,9", "has not all of these entries"),
        ("/split 2", "nobody asks for anything"),
        ("/split 1-3", "nothing would be left"),
    ],
)
def test_what_makes_no_case_changes_nothing_and_he_is_told(world: World, command: str, why: str) -> None:
    inbound = answer(world, about(world, OLD), command)
    assert world.inbox(inbound)["reason"] == "commands_refused"
    assert why in told(world)
    assert len(world.cases) == 1


def test_a_number_that_went_away_is_never_another_entrys(world: World) -> None:
    notice = about(world, OLD)
    answer(world, notice, "/split")
    old = next(one for one in to(world, BOB) if OLD in one["Subject"])
    answer(world, old, "/split 3")
    assert "has not all of these entries" in told(world)
    assert len(world.cases) == 2


def test_without_a_letter_that_shows_numbers_nothing_is_split(world: World) -> None:
    ref = world.case(OLD)["ref"]
    order = mail(f"Re: {ref}", "/split 3", by=f"Bob <{BOB}>", message_id="<5@engineers.test>")
    world.receive(order, sender=BOB, authentication=Authentication.PASS)
    assert len(world.cases) == 1


def test_a_released_strangers_mail_becomes_his_own_case_and_shows_him_nothing_else(world: World) -> None:
    subject = f"Re: {world.letters[0]['Subject']}"
    world.receive(mail(subject, "I have the same.", by="Dora <dora@elsewhere.test>", message_id="<9@elsewhere.test>"))
    answer(world, to(world, BOB)[-1], "/release")
    world.process()
    numbers = {line["text"]: line["n"] for line in world.case(OLD)["history"] if line["n"]}
    dora = numbers["I have the same."]
    answer(world, about(world, OLD), f"/split 3,{dora}")
    assert len(world.cases) == 2
    assert world.case(NEW)["participants"] == ["carl@customer.test"]
    world_of_two = [one for one in world.letters if "dora@" in str(one["To"])]
    assert world_of_two == []


def test_a_stranger_comes_first_only_with_his_own_words(world: World) -> None:
    subject = f"Re: {world.letters[0]['Subject']}"
    world.receive(mail(subject, "I have the same.", by="Dora <dora@elsewhere.test>", message_id="<9@elsewhere.test>"))
    answer(world, to(world, BOB)[-1], "/release")
    world.process()
    (dora,) = [line["n"] for line in world.case(OLD)["history"] if line["text"] == "I have the same."]
    notice = about(world, OLD)
    world.receive(mail("Re: x", "Last.", by=CARL, message_id="<10@customer.test>", in_reply_to="<3@customer.test>"))
    (last,) = [line["n"] for line in world.case(OLD)["history"] if line["text"] == "Last."]
    answer(world, notice, f"/split {dora},{last}")
    assert "would read what others wrote" in told(world)
    assert len(world.cases) == 1
    answer(world, notice, f"/split {dora}")
    assert world.case(NEW)["participants"] == ["dora@elsewhere.test"]


def test_other_commands_beside_it_are_for_the_case_that_stays(world: World) -> None:
    answer(world, about(world, OLD), "/split\n/priority 1")
    assert [(row["number"], row["priority"]) for row in world.cases] == [(OLD, 1), (NEW, 3)]


def test_a_merged_case_is_taken_apart_again_by_a_letter_of_its_own(world: World) -> None:
    world.receive(mail("Other", "Other words.", message_id="<11@customer.test>"))
    notice = about(world, NEW)
    answer(world, notice, f"/merge {OLD}")
    assert world.case(NEW)["number"] == OLD
    shown = text_of(about(world, OLD))
    answer(world, notice, "/split 1")
    third = world.case("2611000003")
    assert third["contact"] == "ann@customer.test"
    assert history(world, "2611000003")[0] == (1, "mail", "Other words.")
    assert history(world, OLD)[-1] == (None, "split", f"entry 1 of case #{NEW} became case #2611000003")
    inbound = world.receive(mail("Re: x", "And?", message_id="<12@customer.test>", in_reply_to="<11@customer.test>"))
    assert world.inbox(inbound)["case"] == "2611000003"
    assert shown


def test_entries_of_a_merged_case_are_shown_with_its_number(world: World) -> None:
    world.receive(mail("Other", "Other words.", message_id="<11@customer.test>"))
    answer(world, about(world, NEW), f"/merge {OLD}")
    world.receive(mail("Re: x", "More.", by=CARL, message_id="<12@customer.test>", in_reply_to="<3@customer.test>"))
    assert f"[#{NEW}, entry 1] " in text_of(about(world, OLD))


def test_a_customer_cannot_split_or_merge(world: World) -> None:
    confirmation = to(world, "ann@customer.test")[0]
    for command in ("/split 3", f"/merge {NEW}"):
        reply = mail("Re: x", command, message_id=f"<{len(command)}@customer.test>")
        world.receive(reply, to=str(confirmation["Reply-To"]), authentication=Authentication.PASS)
    assert len(world.cases) == 1
