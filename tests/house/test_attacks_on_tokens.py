"""Tokens, threads and refs in the wrong hands lead a mail somewhere, and give its writer nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from attacks import ANN, BEN, BOB, EVE, POLICY, A, B, Ground, laid, trace_of
from mailgate import pipeline
from mailgate.cases.events import EngineerActed
from mailgate.mail.message import Authentication
from mailgate.store import facts, reach
from world import World, mail

PASS, UNKNOWN, UNVERIFIED = Authentication.PASS, Authentication.UNKNOWN, Authentication.UNVERIFIED


@pytest.fixture
def ground() -> Iterator[Ground]:
    with World(policy=POLICY, engineers=(BOB, EVE)) as world:
        yield laid(world)


def rulings(row: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(one["action"], one["reason"]) for one in row["trace"]["rulings"]]


def readers(ground: Ground) -> set[str]:
    return {one["To"].addresses[0].addr_spec for one in ground.new_letters()}


def unreachable(ground: Ground, number: str) -> bool:
    with ground.world.store.read() as connection:
        case = facts.case_of(connection, number)
    assert case is not None
    return case.course.undelivered_at is not None


@pytest.mark.parametrize(
    ("name", "found", "to", "ruled", "told"),
    [
        ("token_of_another_engineer", PASS, "bob.a.reply_to", [("relay", "needs_own_token"), ("note", None)], EVE),
        ("token_of_a_customer", PASS, "a.reply_to", [("note", None)], ""),
        ("token_of_an_engineer", UNKNOWN, "bob.a.reply_to", [("command", "needs_proof")], ANN),
        ("token_in_references", UNVERIFIED, "", [("join", "needs_proof"), ("command", "needs_proof")], ANN),
        ("cc_takeover", UNKNOWN, "", [("join", "needs_proof")], ANN),
        ("cc_takeover", UNVERIFIED, "", [("join", "needs_proof")], ANN),
        ("token_in_cc", PASS, "", [], ""),
        ("token_in_a_marker", PASS, "", [("note", None)], ""),
        ("thread_of_a_public_list", PASS, "", [], ""),
        ("token_of_another_case", PASS, "a.reply_to", [], ""),
    ],
)
def test_the_token_or_the_address_of_another_is_no_right(
    ground: Ground,
    name: str,
    found: Authentication,
    to: str,
    ruled: list[tuple[str, str | None]],
    told: str,
) -> None:
    """`told`: to whom of those who wrote, or seem to have written, a letter goes: never to anybody who is not his."""
    row = ground.attack(name, found, to or "support@example.com")
    assert (row["case"], rulings(row)) == (A, ruled)
    assert ground.stands == ground.before
    assert readers(ground) - {BOB, EVE} <= ({told} - {BOB, EVE})
    assert EVE not in readers(ground) - {told} or BOB in readers(ground), "as one of our people, not as the writer"


def test_ones_own_token_moves_ones_own_case_whatever_the_subject_says(ground: Ground) -> None:
    row = ground.attack("own_token_on_another_case", UNKNOWN, "b.reply_to")
    assert (row["case"], rulings(row)) == (B, [("command", None)])
    assert ground.stands[A] == ground.before[A]
    assert readers(ground) <= {BEN, BOB, EVE}


def test_two_refs_are_held(ground: Ground) -> None:
    row = ground.attack("two_refs", PASS)
    assert (row["state"], row["reason"], ground.stands) == ("held", "two_refs", ground.before)
    assert "two different refs in one subject" in trace_of(row)


def test_a_token_is_read_as_it_stands(ground: Ground) -> None:
    """Crockford's kindness to O, I and L would double the tokens that hit."""
    tokens = [ground.said[f"{name}.token"] for name in ("a", "b", "bob.a", "bob.b", "eve.a")]
    token = next((one for one in tokens if set(one) & set("01")), f"{tokens[0][:-1]}0")
    ground.said["o.token"] = token.replace("0", "o").replace("1", "l")
    row = ground.attack("token_with_o_i_l", PASS)
    assert (row["reason"], ground.stands) == ("opened", ground.before)
    assert "a Message-ID that looks like ours" in trace_of(row)


@pytest.mark.parametrize("found", [UNKNOWN, UNVERIFIED])
def test_a_revoked_token_proves_nothing(ground: Ground, found: Authentication) -> None:
    pipeline.act(ground.world.house, A, EngineerActed("operator", revoke=ANN))
    row = ground.attack("token_that_was_revoked", found, "a.reply_to")
    assert (row["case"], rulings(row)) == (A, [("join", "needs_proof"), ("command", "needs_proof")])
    assert "revoked since" in trace_of(row)
    assert ground.stands == ground.before


@pytest.mark.parametrize("found", [UNKNOWN, UNVERIFIED])
def test_a_return_path_leads_to_its_case_and_proves_nothing(ground: Ground, found: Authentication) -> None:
    """His program may answer to it; and so may anybody who was shown the whole head of a letter."""
    ordered = mail("Thanks", "/close", by=ANN, message_id="<7@customer.test>")
    row = ground.world.inbox(ground.world.receive(ordered, to=ground.said["a.path"], authentication=found))
    assert (row["case"], row["trace"]["match"]["own_token"]) == (A, False)
    assert ground.stands == ground.before


def test_a_participant_cannot_copy_us_or_what_only_looks_like_somebody(ground: Ground) -> None:
    row = ground.attack("cc_of_ours_and_tags", UNKNOWN, "a.reply_to")
    assert (row["case"], rulings(row), ground.stands) == (A, [], ground.before)


def test_a_tag_makes_another_address(ground: Ground) -> None:
    """`ann+x@` is a colleague's mail by default, and never Ann's: it proves and joins nothing."""
    tagged = mail(f"Re: {ground.said['a.ref']}", "/close", by="ann+x@customer.test", message_id="<7@x.test>")
    row = ground.world.inbox(ground.world.receive(tagged, authentication=PASS))
    assert (row["case"], row["trace"]["match"]["standing"], rulings(row)) == (A, "organisation", [])
    assert (ground.stands, readers(ground)) == (ground.before, {BOB, EVE})


def test_capitals_are_the_same_person(ground: Ground) -> None:
    capitals = mail(f"Re: {ground.said['a.ref']}", "/close", by="ANN@Customer.TEST", message_id="<7@x.test>")
    row = ground.world.inbox(ground.world.receive(capitals))
    assert (row["trace"]["match"]["standing"], rulings(row)) == ("participant", [("command", "needs_proof")])
    assert ground.stands == ground.before


@pytest.mark.parametrize("days", [0, 8, 400])
@pytest.mark.parametrize("to", ["support@example.com", "b.reply_to", "bob.b.reply_to", "bob.a.reply_to"])
def test_an_engineers_mail_is_sent_on_once_however_often_it_is_replayed(ground: Ground, to: str, days: int) -> None:
    first = ground.attack("engineer_replies", PASS, "bob.a.reply_to", BOB)
    after, sent = ground.stands, len(ground.new_letters())
    assert after[A][-1] == ["Have you tried water?"]
    ground.world.clock.time += timedelta(days=days)
    again = ground.attack("engineer_replies", PASS, to)
    assert (again["id"], again["reason"]) == (first["id"], "relayed"), "the same octets are the same mail"
    # What no signature covers can be changed.
    data = b"X-Priority: 1\r\n" + ground.filled("engineer_replies")
    row = ground.world.inbox(ground.world.receive(data, to=ground.said.get(to, to), authentication=PASS))
    assert (row["case"], row["reason"]) == (A, "copy")
    assert (ground.stands, len(ground.new_letters())) == (after, sent)


@pytest.mark.parametrize("found", [UNVERIFIED, Authentication.FAIL])
def test_an_engineers_mail_with_another_ref_does_not_reach_that_cases_customer(
    ground: Ground, found: Authentication
) -> None:
    """To change the subject breaks his signature."""
    ground.attack("engineer_replies", PASS, "bob.a.reply_to", BOB)
    after, sent = ground.stands, len(ground.new_letters())
    row = ground.attack("replayed_with_another_ref", found, "b.reply_to")
    assert row["case"] in {A, None}
    assert (ground.stands, len(ground.new_letters())) == (after, sent)


@pytest.mark.parametrize(
    ("name", "to", "outcome", "trace"),
    [
        (
            "bounce_to_a_guessed_path",
            "support+bzzzzzzzzzzzzzzzzzzzz@example.com",
            ("held", "bounce"),
            "not one of ours",
        ),
        ("bounce_of_a_public_mail", "support@example.com", ("filed", "bounce"), "<1@customer.test>"),
        ("bounce_by_who_was_copied", "support@example.com", ("filed", "bounce"), "sent to ann@customer.test"),
        ("bounce_by_who_was_copied", "a.reply_to", ("filed", "bounce"), "sent to ann@customer.test"),
        ("bounce_by_who_was_copied", "a.token as a path", ("filed", "bounce"), "not one of ours"),
        ("bounce_by_who_was_copied", "a.path as a token", ("filed", "bounce"), "not one of ours"),
        ("bounce_of_another_letter", "support@example.com", ("filed", "bounce"), "sent to ben@other.test"),
        ("bounce_of_another_letter", "bob.a.reply_to", ("filed", "bounce"), "sent to bob@engineers.test"),
    ],
)
def test_a_forged_report_makes_nobody_unreachable(
    ground: Ground, name: str, to: str, outcome: tuple[str, str], trace: str
) -> None:
    ground.said["a.token as a path"] = ground.said["a.reply_to"].replace("+r", "+b")
    ground.said["a.path as a token"] = ground.said["a.path"].replace("+b", "+r")
    ground.said["dsn.to"] = ground.said.get(to, to)
    row = ground.attack(name, PASS, to, sender=None)
    assert (row["state"], row["reason"]) == outcome
    assert trace in trace_of(row)
    assert (unreachable(ground, A), unreachable(ground, B)) == (False, False)
    assert (ground.stands, ground.new_letters()) == (ground.before, [])
    with ground.world.store.read() as connection:
        assert reach.dead(connection) == []


# Behind a server that wrote other recipients into the envelope, the return path is left in To.
@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("bounce_of_a_public_mail", "a.path"),
        ("bounce_by_who_was_copied", "a.path"),
        ("bounce_by_who_was_copied", "support@example.com"),
    ],
)
def test_a_true_report_does(ground: Ground, name: str, to: str) -> None:
    ground.said["dsn.to"] = ground.said["a.path"]
    ground.attack(name, UNKNOWN, to, sender=None)
    assert (unreachable(ground, A), unreachable(ground, B)) == (True, False)
