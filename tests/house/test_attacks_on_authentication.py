"""Proofs that are forged, doubled or stretched: the mail is kept and confirmed without a word of its own, the case
moves for nobody, and the proof says why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

import pytest

from attacks import BOB, EVE, POLICY, A, Ground, laid
from fixture_mail import FOLDER, data_of
from mailgate.door_settings import Door
from mailgate.intake.own_verdict import own_verdict
from mailgate.intake.verify import Authenticator, Question
from mailgate.mail.authentication import Judgement
from mailgate.mail.message import Octets
from signing import Zone
from world import World

UPSTREAM = Door("test", "lmtp", trust="upstream", authserv_id="mx.example.com")
VERIFY = Door("test", "lmtp", trust="verify", arc_sealers=("lists.test",))
RECORDS = json.loads((FOLDER.parent / "dns_records.json").read_text())


@contextmanager
def trusting(world: World, door: Door) -> Iterator[None]:
    """The world's mail comes in at that door, as `trust` has it."""
    zone = Zone({(name, "TXT"): [text.encode()] for name, text in RECORDS.items()})
    world.house = replace(world.house, settings=replace(world.house.settings, doors=MappingProxyType({"test": door})))
    verdict: Callable[[Question, Octets], Judgement] = lambda question, data: own_verdict(question, data[:], zone.ask)  # noqa: E731
    made = Authenticator(world.house.settings, verdict)
    world.house = replace(world.house, authenticate=made.begin)
    yield
    made.close()


@pytest.fixture
def ground() -> Iterator[Ground]:
    with World(policy=POLICY, engineers=(BOB, EVE)) as world:
        yield laid(world)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("dkim_l_tag_appended", "it covers a part of the body only (l=)"),
        ("dkim_from_unsigned", "it does not cover every from field"),
        ("dkim_subject_unsigned", "it does not cover every subject field"),
        ("dkim_subject_prepended", "it does not cover every subject field"),
        ("dkim_content_type_unsigned", "it does not cover every content-type field"),
        ("dkim_body_changed", "dkim=fail"),
        ("dkim_sha1", "SHA-1"),
        ("dkim_of_somebody_else", "nothing proves customer.test"),
        ("arc_forwarded_unauthentic", "no pass that counts"),
        ("arc_sealed_by_anybody", "no trusted sealer"),
        ("arc_seal_forged", "did not validate"),
        ("arc_results_forged", "did not validate"),
        ("arc_text_changed", "did not validate"),
    ],
)
def test_a_proof_that_is_none_gives_no_authority(ground: Ground, name: str, why: str) -> None:
    with trusting(ground.world, VERIFY):
        row = ground.world.inbox(ground.world.receive(data_of(name), sender="mal@evil.test"))
    assert row["authentication"] in {"unverified", "fail"}
    assert any(why in line for line in row["proof"]), row["proof"]
    assert row["proof"] == row["trace"]["mail"]["proof"]
    assert ground.stands == ground.before


@pytest.mark.parametrize(
    "name",
    [
        "results_forged_alone",
        "results_forged_below",
        "results_forged_of_another_server",
        "results_hidden_in_a_comment",
        "results_hidden_in_quotes",
        "results_of_another_from",
        "results_unreadable_above_forged",
    ],
)
def test_results_that_the_server_before_us_did_not_write_are_not_believed(ground: Ground, name: str) -> None:
    with trusting(ground.world, UPSTREAM):
        row = ground.world.inbox(ground.world.receive(data_of(name), sender="mal@evil.test"))
    assert row["authentication"] in {"unverified", "fail"}
    assert row["proof"]
    assert ground.stands == ground.before


def test_an_engineers_forged_results_do_not_relay_his_words(ground: Ground) -> None:
    """The whole attack: his address, his token, and a field that says that all is well, below the server's own."""
    forged = b"Authentication-Results: mx.example.com; dmarc=pass header.from=engineers.test\r\n"
    true = b"Authentication-Results: mx.example.com; dmarc=none header.from=engineers.test\r\n"
    data = true + forged + ground.filled("engineer_replies")
    with trusting(ground.world, UPSTREAM):
        row = ground.world.inbox(ground.world.receive(data, to=ground.said["bob.a.reply_to"], sender="mal@evil.test"))
    assert (row["case"], row["reason"], row["authentication"]) == (A, "note", "unverified")
    assert [one["reason"] for one in row["trace"]["rulings"]] == ["needs_authentication", None]
    assert ground.stands == ground.before
