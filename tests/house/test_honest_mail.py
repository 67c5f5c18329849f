"""What people really send is filed where it belongs, whatever their programs, lists and gateways made of it; nothing
of it is held, and nobody gains by it what is not his. The shapes are in `tests/honest.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fixture_mail import FOLDER, data_of
from honest import ANN, AT_DOORS, OPENINGS, SHAPES, STILL, Opening, Shape, filled
from mailgate.cases.case import Case
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Intake
from mailgate.store import facts
from world import ROOT, World, mail

SHIPPED = load_policy(ROOT / "config" / "policies" / "default.toml")
TELLS_OF_REPLIES = replace(SHIPPED, letters=replace(SHIPPED.letters, reply_received=True))
BEHIND_A_GROUP = replace(SHIPPED, intake=Intake(own_lists=("help.example.com",)))
FIRST = "2611000001"


@pytest.fixture
def world() -> Iterator[World]:
    with World(policy=TELLS_OF_REPLIES) as made:
        made.receive(mail())
        made.set_status(FIRST, "waiting")
        yield made


def brought(world: World, name: str, to: str = "support@example.com", sender: str | None = ANN) -> dict[str, Any]:
    """The inbox row of that fixture as an answer to the first letter; nothing may be held by it."""
    letter = world.letters[0]
    world.receive(filled(name, letter), to=to or str(letter["Reply-To"]).strip("<> "), sender=sender)
    assert set(world.sums()) == {"filed"}
    with world.store.read() as connection:
        newest = max(row["id"] for row in facts.list_inbox(connection))
    return world.inbox(newest)


def case_of(world: World, number: str = FIRST) -> Case:
    with world.store.read() as connection:
        found = facts.case_of(connection, number)
    assert found is not None
    return found


def words_of(world: World, number: str = FIRST) -> list[tuple[str, str]]:
    """What people and machines said on the case, in order, without our own notes."""
    said = world.case(number)["history"]
    return [(entry["kind"], entry["text"]) for entry in said if entry["kind"] not in {"note", "status", "people"}]


def recipients(world: World) -> list[str]:
    """Who was really written to, letter by letter."""
    world.deliver()
    return [to.casefold() for _, to, _ in world.relay.sent]


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_an_honest_answer_is_filed_on_its_case_and_gives_nobody_anything(world: World, shape: Shape) -> None:
    before = case_of(world)
    row = brought(world, shape.name, shape.to, shape.sender)
    match = row["trace"]["match"]
    assert (row["case"], match["how"], match["standing"]) == (before.number, shape.how, shape.standing)
    assert len(world.cases) == 1
    assert words_of(world)[1:] == [(shape.kind, shape.words)]
    after = case_of(world)
    assert (after.participants, after.contact) == ((*before.participants, *shape.joins), before.contact)
    # Who answers through a list has answered; what only names the case wakes nothing.
    answers = shape.kind == "mail" or (shape.kind == "list" and shape.how in {"reply_token", "thread"})
    assert after.status.value == ("open" if answers else "waiting")
    assert recipients(world) == ([ANN, ANN] if shape.answered else [ANN])


@pytest.mark.parametrize("opening", OPENINGS, ids=[opening.name for opening in OPENINGS])
def test_an_honest_first_mail_opens_a_case_and_its_writer_alone_is_written_to(opening: Opening) -> None:
    with World(policy=BEHIND_A_GROUP) as world:
        row = world.inbox(world.receive(data_of(f"honest_{opening.name}"), sender=opening.sender))
        assert (row["state"], row["reason"]) == ("filed", "opened")
        case, expected = case_of(world), [opening.contact] if opening.contact else []
        assert (list(case.participants), words_of(world)) == (expected, [(opening.kind, "Please help.")])
        world.set_status(FIRST, "waiting")
        world.advance(days=10)  # also what time sends goes to nobody else: never to a whole list, never to ourselves
        assert set(recipients(world)) == set(expected)
        assert world.case(FIRST)["status"] != "new"


def test_a_domain_that_is_not_ascii_is_one_in_both_of_its_forms() -> None:
    with World() as world:
        world.receive(data_of("honest_domain_in_a_labels"), sender="joerg@xn--bcher-kva.test")
        row = brought(world, "domain_in_u_labels", sender="joerg@xn--bcher-kva.test")
        assert (row["case"], row["from"]) == (FIRST, "joerg@xn--bcher-kva.test")
        assert row["trace"]["match"]["standing"] == "participant"


@pytest.mark.parametrize("names", [("direct", "list"), ("list", "direct")])
def test_what_comes_directly_and_by_a_list_is_on_the_case_twice_and_moves_it_once(
    world: World, names: tuple[str, str]
) -> None:
    fixture = {"direct": "sent_by_itself_and_direct", "list": "sent_by_list_and_direct"}
    rows = [brought(world, fixture[name]) for name in names]
    assert [row["case"] for row in rows] == [FIRST, FIRST]
    assert [kind for kind, _ in words_of(world)[1:]] in (["mail", "copy"], ["list", "copy"])
    assert len(world.cases) == 1


@pytest.mark.parametrize(
    ("name", "how", "subject"), [("forwards_our_letter", "subject_ref", "Fwd: "), ("copies_our_letter", "body_ref", "")]
)
def test_our_letter_sent_back_to_us_is_filed_whole(world: World, name: str, how: str, subject: str) -> None:
    row = brought(world, name)
    assert (row["case"], row["trace"]["match"]["how"]) == (FIRST, how)
    (_, said) = words_of(world)[-1]
    assert "A case has been created successfully." in said
    assert str(row["subject"]).startswith(subject)


def test_an_answer_that_crossed_a_later_letter_is_on_the_case(world: World) -> None:
    world.receive(mail(f"Re: {world.cases[0]['ref']}", "More.", message_id="<2@customer.test>"))
    assert len(world.letters) == 2
    row = brought(world, "answers_an_older_letter")
    assert (row["case"], words_of(world)[-1]) == (FIRST, ("mail", STILL))


@pytest.mark.parametrize(("days", "reason", "number"), [(13, "reopened", FIRST), (15, "follow_up", "2612000001")])
def test_an_answer_to_a_closed_case_opens_it_again_or_one_that_follows_it(
    world: World, days: int, reason: str, number: str
) -> None:
    world.set_status(FIRST, "closed")
    world.clock.time += timedelta(days=days)
    row = brought(world, "on_a_closed_case")
    assert (row["reason"], row["case"]) == (reason, number)


def test_a_tag_in_an_address_makes_nobody_a_stranger_where_all_the_world_has_addresses() -> None:
    """A rule about domains that are really shared: none of them is reserved for tests."""
    with World() as world:
        world.receive(mail(by="Cy <cy@gmail.com>"), sender="cy@gmail.com")
        subject = f"Re: {world.cases[0]['ref']}"
        tagged = mail(subject, by="Cy <Cy+printers@gmail.com>", message_id="<2@gmail.com>")
        assert world.inbox(world.receive(tagged))["trace"]["match"]["standing"] == "organisation"
        for number, other in enumerate(("cy2@gmail.com", "cy+printers@hotmail.com", "c@gmail.com", "+x@gmail.com"), 3):
            stranger = mail(subject, by=f"Cy <{other}>", message_id=f"<{number}@gmail.com>")
            assert world.inbox(world.receive(stranger))["reason"] == "stranger"


def test_who_answered_from_a_second_address_is_a_stranger_there_again(world: World) -> None:
    brought(world, "second_address_by_in_reply_to", sender="ann.lee@home.test")
    by_ref = mail(f"Re: {world.cases[0]['ref']}", by="Ann <ann.lee@home.test>", message_id="<9@home.test>")
    row = world.inbox(world.receive(by_ref, sender="ann.lee@home.test"))
    assert (row["state"], row["reason"]) == ("held", "stranger")


def test_every_fixture_of_honest_mail_is_played_and_told_of() -> None:
    played = (
        {one.name for one in (*SHAPES, *OPENINGS)}
        | set(AT_DOORS)
        | {
            *("domain_in_u_labels", "sent_by_itself_and_direct", "sent_by_list_and_direct", "forwards_our_letter"),
            *("copies_our_letter", "answers_an_older_letter", "on_a_closed_case"),
        }
    )
    there = {path.stem.removeprefix("honest_") for path in FOLDER.glob("honest_*.eml")}
    assert there == played
    page = (ROOT / "fixtures" / "README.md").read_text()
    assert [name for name in sorted(there) if f"- `honest_{name}.eml`: " not in page] == []
