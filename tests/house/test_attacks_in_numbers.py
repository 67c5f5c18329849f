"""Attacks by trying much: numbers that are guessed, and mails that hold more clues than a person would write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from attacks import BOB, EVE, POLICY, A, B, Ground, laid, trace_of
from mailgate.cases.ref import CROCKFORD, crockford, marker
from mailgate.mail.message import Authentication
from world import World, mail

PASS = Authentication.PASS
MAL = "mal@evil.test"
_CLUES = 30_000


@pytest.fixture
def ground() -> Iterator[Ground]:
    with World(policy=POLICY, engineers=(BOB, EVE)) as world:
        yield laid(world)


def to_mal(ground: Ground) -> int:
    return sum(one["To"].addresses[0].addr_spec == MAL for one in ground.new_letters())


def test_who_guesses_numbers_is_told_nothing_and_floods_nobody(ground: Ground) -> None:
    """Numbers of others, again and again, and refs with keys that he makes up: no letter, no change; our people see the
    first ten of an hour, each."""
    org = ground.said["a.ref"][5:14]
    for one in range(60):
        number = (A, B)[one % 2]
        ground.world.receive(mail(f"Re: {number}", "Hi.", by=MAL, message_id=f"<{one}@evil.test>"), authentication=PASS)
    assert (ground.world.sums()["held"], to_mal(ground), ground.stands) == (60, 0, ground.before)
    assert len(ground.new_letters()) == 20 * len((BOB, EVE)), "twenty mails an hour, to each who reads them"
    for one in range(60):
        key = "500" + crockford(one.to_bytes(9, "big"), 13)
        subject = f"Re: ref:_{org}._{key}:ref"
        row = ground.world.inbox(
            ground.world.receive(mail(subject, f"Hi {one}.", by=MAL, message_id=f"<k{one}@evil.test>"))
        )
        assert (row["reason"], row["trace"]["signals"][0]["outcome"]) == ("opened", "not known")
    assert ground.stands == ground.before
    assert to_mal(ground) == POLICY.letters.hourly.authenticated, "cases of his own, confirmed as far as the hour goes"


def test_thousands_of_numbers_in_one_subject_lead_nowhere(ground: Ground) -> None:
    subject = " ".join(f"2611{one:06}" for one in range(3000))
    row = ground.world.inbox(
        ground.world.receive(mail(subject, by=MAL, message_id="<1@evil.test>"), authentication=PASS)
    )
    assert (row["state"], ground.stands) == ("held", ground.before) or row["case"] not in ground.before
    assert (ground.stands, len(row["trace"]["signals"]) <= 101) == (ground.before, True)


@pytest.mark.parametrize("what", ["markers", "refs", "addresses", "thread"])
def test_a_mail_full_of_clues_costs_no_more_than_any(ground: Ground, what: str) -> None:
    """They are asked for together, and stand in the trace: a hundred of a kind is more than anybody has."""
    org = ground.said["a.ref"][5:14]
    tokens = [crockford(one.to_bytes(13, "little"), 20).lower() for one in range(1, _CLUES)]
    fields, body = {}, "Hi."
    if what == "markers":
        body = "\n".join(map(marker, tokens))
    elif what == "refs":
        body = "\n".join(f"ref:_{org}._500{token[:13].upper()}:ref" for token in tokens)
    elif what == "addresses":
        fields["cc"] = ",\r\n ".join(f"support+r{token}@example.com" for token in tokens[:5000])
    else:
        fields["references"] = "\r\n ".join(f"<r{token}.{A}@example.com>" for token in tokens[:5000])
    row = ground.world.inbox(ground.world.receive(mail("Hello", body, by=MAL, message_id="<1@evil.test>", **fields)))
    assert (row["state"], row["reason"]) == ("filed", "opened")
    assert 0 < len(row["trace"]["signals"]) <= 500
    assert len(trace_of(row)) < 100_000
    assert ground.stands == ground.before


def test_ones_own_token_is_found_below_a_mountain_of_others(ground: Ground) -> None:
    """As the last line of what is quoted, where we put it."""
    others = "\n".join(marker(crockford(one.to_bytes(13, "little"), 20).lower()) for one in range(1, 2000))
    body = f"Have you tried water?\n\nOn Monday mailgate wrote:\n> {others}\n> {marker(ground.said['bob.a.token'])}"
    found = ground.world.receive(mail("Re: x", body, by=BOB, message_id="<1@engineers.test>"), authentication=PASS)
    row = ground.world.inbox(found)
    assert (row["case"], row["trace"]["match"]["own_token"]) == (A, True)


def test_the_alphabet_of_tokens_has_no_letters_to_be_confused() -> None:
    assert not set("ILOU") & set(CROCKFORD)
