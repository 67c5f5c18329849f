"""Whoever pretends to be somebody else moves nothing, and the trace says by what he was told apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from attacks import BOB, EVE, POLICY, A, Ground, laid, trace_of
from mailgate.mail.message import Authentication
from world import World

PASS, UNKNOWN, FAIL = Authentication.PASS, Authentication.UNKNOWN, Authentication.FAIL
UNVERIFIED = Authentication.UNVERIFIED
# Who nobody is may answer a letter of our people that he has: what he says is a note, and no more.
NOTED, HELD = ("filed", "note", A), ("held", "stranger", None)


@pytest.fixture
def ground() -> Iterator[Ground]:
    with World(policy=POLICY, engineers=(BOB, EVE)) as world:
        yield laid(world)


def customers_hear_nothing(ground: Ground) -> bool:
    """Letters to our own people alone: customers, the attacker among them, are sent none."""
    return {one["To"].addresses[0].addr_spec for one in ground.new_letters()} <= {BOB, EVE}


@pytest.mark.parametrize("found", [UNKNOWN, UNVERIFIED, PASS])
@pytest.mark.parametrize(
    ("name", "outcome", "told"),
    [
        ("display_name", HELD, "knows no more of it than its ref"),
        ("sender", HELD, "knows no more of it than its ref"),
        ("reply_to", HELD, "knows no more of it than its ref"),
        ("resent_from", HELD, "knows no more of it than its ref"),
        ("address_for_a_name", NOTED, '"standing": "colleague"'),
        ("two_froms", NOTED, '"standing": "colleague"'),
        ("two_addresses", NOTED, '"standing": "colleague"'),
        ("group", NOTED, '"standing": "colleague"'),
        ("encoded_local_part", NOTED, '"standing": "colleague"'),
        ("nul_after_the_address", NOTED, '"standing": "colleague"'),
        ("homograph", NOTED, '"standing": "colleague"'),
        ("fullwidth", NOTED, '"standing": "colleague"'),
    ],
)
def test_who_only_looks_like_an_engineer_is_none(
    ground: Ground, found: Authentication, name: str, outcome: tuple[str, str, str | None], told: str
) -> None:
    """Even at a door that finds the mail authentic, and with an engineer's token where the writer is nobody."""
    row = ground.attack(name, found)
    assert (row["state"], row["reason"], row["case"]) == outcome
    assert told in trace_of(row)
    assert (ground.stands, customers_hear_nothing(ground)) == (ground.before, True)


@pytest.mark.parametrize(
    "name",
    [
        "address_for_a_name",
        "two_froms",
        "two_addresses",
        "group",
        "encoded_local_part",
        "nul_after_the_address",
        "homograph",
        "fullwidth",
    ],
)
def test_without_the_token_he_is_held_as_nobody(ground: Ground, name: str) -> None:
    data = ground.filled(name).replace(b"In-Reply-To", b"X-Nothing")
    row = ground.world.inbox(ground.world.receive(data, sender="mal@evil.test", authentication=PASS))
    assert (row["state"], row["reason"], row["case"], row["from"]) == (*HELD, None)
    assert row["trace"]["match"]["standing"] == "nobody"
    assert (ground.stands, customers_hear_nothing(ground)) == (ground.before, True)


@pytest.mark.parametrize("name", ["forged_from", "forged_from_with_the_thread"])
@pytest.mark.parametrize(
    ("found", "why"),
    [(UNKNOWN, "needs_authentication"), (UNVERIFIED, "needs_authentication"), (PASS, "needs_own_token")],
)
def test_an_engineers_address_alone_is_a_note(ground: Ground, name: str, found: Authentication, why: str) -> None:
    row = ground.attack(name, found)
    assert (row["state"], row["reason"], row["case"]) == NOTED
    rulings = [(one["action"], one["reason"]) for one in row["trace"]["rulings"]]
    assert rulings == [("direct", why), ("note", None)]
    assert (ground.stands, customers_hear_nothing(ground)) == (ground.before, True)


def test_an_engineer_whom_the_door_found_forged_is_held(ground: Ground) -> None:
    row = ground.attack("forged_from_with_the_thread", FAIL)
    assert (row["state"], row["reason"]) == ("held", "forged")
    assert "not by bob@engineers.test" in trace_of(row)
    assert (ground.stands, customers_hear_nothing(ground)) == (ground.before, True)


def test_fields_in_our_own_name_are_fields_like_any_other(ground: Ground) -> None:
    row = ground.attack("mailgate_fields", UNVERIFIED)
    assert (row["state"], row["reason"], row["authentication"]) == ("filed", "opened", "unverified")
    assert row["case"] not in ground.before
    assert (row["trace"]["rulings"], row["trace"]["signals"]) == ([], []), "no clue in them, and no right"
    assert ground.stands == ground.before
    (confirmation,) = (one for one in ground.new_letters() if "evil.test" in one["To"])
    assert "Hello" not in confirmation["Subject"], "unverified: none of his words"


def test_an_absence_notice_in_an_engineers_name_orders_nothing(ground: Ground) -> None:
    row = ground.attack("auto_reply_of_an_engineer", PASS, to="bob.a.reply_to")
    assert (row["state"], row["reason"], row["case"]) == ("filed", "auto_reply", A)
    assert "Auto-Submitted: auto-replied" in trace_of(row)
    assert (ground.stands, ground.new_letters()) == (ground.before, [])
