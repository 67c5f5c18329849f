"""What is one person's can be erased and handed out, what is over is forgotten when its time is, and holds keep it."""

from __future__ import annotations

import json
import mailbox
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from mailgate import tidying
from mailgate.errors import MailgateError
from mailgate.exporting import export
from mailgate.forgetting import erase, forget_expired
from mailgate.mail.message import Address
from mailgate.policy.contradictions import contradictions
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy, Retention
from mailgate.store import holds
from mailgate.store.db import Store
from mailgate.store.integrity import altered, damages, missing
from mailgate.store.tables import inbound, raw_mail
from objects import Moody
from world import ROOT, World, in_memory, mail

ANN, BOB = Address("", "ann@customer.test"), Address("", "bob@customer.test")
SECRET = "Our vault code is uvula-77."
BOBS = "Bob says uvulitis."


@pytest.fixture(params=["database", "objects"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Ann's case, answered by Eve and closed; Bob's, on which Ann wrote too."""
    beside = Moody() if request.param == "objects" else None
    with World(in_memory(beside), engineers=["eve@engineers.test"]) as made:
        tidying.begin(made.house)
        made.receive(mail("Vault", SECRET))
        bobs = {"by": "Bob <bob@customer.test>", "message_id": "<b1@customer.test>", "cc": "ann@customer.test"}
        made.receive(mail("Other", BOBS, **bobs), sender="bob@customer.test")
        two = made.cases[1]
        made.receive(
            mail(f"Re: {two['ref']}", SECRET, message_id="<2@customer.test>", in_reply_to="<b1@customer.test>"),
        )
        made.set_status(made.cases[0]["number"], "closed")
        made.deliver()
        yield made


def everything(world: World) -> str:
    """Every word that any table still has, or any object beside them."""
    tidying.delete_forgotten(world.house)
    with world.store.read() as connection:
        names = list(connection.execute(text("select name from sqlite_master where type = 'table'")).scalars())
        rows = [str(row) for name in names for row in connection.execute(text(f"select * from {name}"))]
    bucket = world.store.bucket
    return "\n".join(rows + [str(bucket.get(key)) for key in bucket.keys] if isinstance(bucket, Moody) else rows)


def test_nothing_of_an_erased_person_is_left_but_that_there_was_something(world: World) -> None:
    before = world.sums()
    assert SECRET in everything(world)
    done = erase(world.house, ANN, "operator")
    left = everything(world)
    assert [word for word in (SECRET, "Vault", "<1@customer.test>", "<2@customer.test>") if word in left] == []
    assert left.count("ann@customer.test") == 1, "in Bob's mail, who copied her"
    assert world.sums() == before
    assert (done.counts["cases"], done.counts["mails"], done.counts["shared_cases"], done.receipt) == (1, 2, 1, 1)


def test_what_others_wrote_on_their_own_cases_stays(world: World) -> None:
    erase(world.house, ANN, "operator")
    shown = world.case(world.cases[1]["number"])
    assert BOBS in str(shown["history"])
    assert (shown["contact"], shown["participants"]) == ("bob@customer.test", ["bob@customer.test"])
    assert [line["text"] for line in shown["history"] if line["actor"] == "(erased)"] == ["(erased)"]


def test_an_erased_case_keeps_its_number_and_says_why_it_is_empty(world: World) -> None:
    number = world.cases[0]["number"]
    erase(world.house, ANN, "operator")
    shown = world.case(number)
    assert (shown["subject"], shown["status"], shown["contact"]) == ("(erased)", "closed", None)
    assert [line["text"] for line in shown["history"]] == ["erased by request, by operator"]


def test_an_answer_to_a_letter_of_an_erased_case_opens_a_new_one(world: World) -> None:
    old = world.cases[0]
    erase(world.house, ANN, "operator")
    world.receive(mail(f"Re: Vault {old['ref']}", "Are you there?", message_id="<3@customer.test>"))
    assert [one["subject"] for one in world.cases][2:] == ["Vault"]


def test_a_second_erasure_finds_nothing_and_writes_no_receipt(world: World) -> None:
    erase(world.house, ANN, "operator")
    again = erase(world.house, ANN, "operator")
    assert (sum(again.counts.values()), again.receipt) == (0, None)


def test_a_dry_run_erases_nothing(world: World) -> None:
    before = everything(world)
    assert erase(world.house, ANN, "operator", dry_run=True).counts["cases"] == 1
    assert everything(world) == before


def test_a_case_that_is_not_closed_refuses_and_nothing_is_changed(world: World) -> None:
    before = everything(world)
    with pytest.raises(MailgateError, match=f"not closed yet: {world.cases[1]['number']}"):
        erase(world.house, BOB, "operator")
    assert everything(world) == before


@pytest.mark.parametrize("what", ["person", "case"])
def test_a_legal_hold_on_the_person_or_one_of_the_cases_refuses(world: World, what: str) -> None:
    target = ANN.key if what == "person" else world.cases[0]["number"]
    with world.store.write() as connection:
        holds.add(connection, target, "the court of Utopia", "operator", world.clock.now())
    before = everything(world)
    with pytest.raises(MailgateError, match="court of Utopia"):
        erase(world.house, ANN, "operator")
    assert everything(world) == before


def test_nobody_of_ours_is_erased(world: World) -> None:
    for address in ("eve@engineers.test", "support@example.com", "support+x@example.com"):
        with pytest.raises(MailgateError, match="address of ours"):
            erase(world.house, Address("", address), "operator")


def test_octets_that_somebody_elses_mail_shares_stay() -> None:
    with World() as world:
        world.receive(mail(), to=["support@example.com"])
        same = mail()
        world.receive(same, to="sales@example.com")
        for case in world.cases:
            world.set_status(case["number"], "closed")
        world.deliver()
        house = world.house
        world.house = replace(house, policies={name: kept(one, raw=30) for name, one in house.policies.items()})
        other = world.cases[1]["number"]
        with world.store.write() as connection:
            holds.add(connection, other, "kept", "operator", world.clock.now())
        world.advance(days=31)
        assert forget_expired(world.house, 100)["raw"] == 1
        with world.store.read() as connection:
            assert len(connection.execute(select(raw_mail.c.sha256)).all()) == 1


def kept(policy: Policy, **days: int) -> Policy:
    terms = {name: Duration(amount, Unit.DAYS) for name, amount in days.items()}
    return replace(policy, retention=Retention(**terms))


def retaining(world: World, **days: int) -> None:
    policies = {name: kept(one, **days) for name, one in world.house.policies.items()}
    world.house = replace(world.house, policies=policies)


def test_raw_mail_of_closed_cases_goes_after_its_time_and_what_was_read_stays(world: World) -> None:
    retaining(world, raw=30)
    world.advance(days=29)
    assert forget_expired(world.house, 100) == {"cases": 0, "raw": 0, "dropped": 0}
    world.advance(days=2)
    assert forget_expired(world.house, 100, dry_run=True)["raw"] == 1
    assert forget_expired(world.house, 100) == {"cases": 0, "raw": 1, "dropped": 0}
    assert forget_expired(world.house, 100) == {"cases": 0, "raw": 0, "dropped": 0}
    assert SECRET in str(world.case(world.cases[0]["number"])["history"])
    with world.store.read() as connection:
        there = set(connection.execute(select(raw_mail.c.sha256)).scalars())
        rows = connection.execute(select(inbound.c.sha256, inbound.c.case_number)).all()
    assert {row.case_number for row in rows if row.sha256 not in there} == {world.cases[0]["number"]}


def test_a_closed_case_is_forgotten_after_its_time_unless_it_is_held(world: World) -> None:
    retaining(world, closed=30)
    number = world.cases[0]["number"]
    with world.store.write() as connection:
        holds.add(connection, number, "a matter", "operator", world.clock.now())
    world.advance(days=31)
    assert forget_expired(world.house, 100)["cases"] == 0
    with world.store.write() as connection:
        holds.remove(connection, number)
    before = world.sums()
    assert forget_expired(world.house, 100)["cases"] == 1
    assert world.case(number)["subject"] == "(erased)"
    assert "as the policy says" in str(world.case(number)["history"])
    assert world.sums() == before
    assert forget_expired(world.house, 100)["cases"] == 0


def test_a_reopened_case_has_its_whole_time_again(world: World) -> None:
    retaining(world, raw=30)
    number = world.cases[0]["number"]
    world.advance(days=31)
    assert forget_expired(world.house, 100)["raw"] == 1
    world.set_status(number, "open")
    again = f"Re: {world.cases[0]['ref']}"
    world.receive(mail(again, "More.", message_id="<4@customer.test>", in_reply_to="<1@customer.test>"))
    world.set_status(number, "closed")
    world.advance(days=29)
    assert forget_expired(world.house, 100)["raw"] == 0
    world.advance(days=2)
    assert forget_expired(world.house, 100)["raw"] == 1


def test_an_export_has_the_persons_words_and_no_others(world: World, tmp_path: Path) -> None:
    done = export(world.house, ANN, tmp_path / "ann")
    assert (tmp_path / "ann").stat().st_mode & 0o777 == 0o700
    cases = json.loads((tmp_path / "ann" / "cases.json").read_text())
    assert [(one["contact"], SECRET in str(one["history"])) for one in cases] == [(True, True), (False, True)]
    assert BOBS not in str(cases)
    assert "eve@engineers.test" not in str(cases)
    mails = in_mbox(tmp_path / "ann" / "mail.mbox")
    assert {"<1@customer.test>", "<2@customer.test>"} <= set(mails)
    assert "<b1@customer.test>" not in mails
    assert (done.cases, done.mails, done.gone) == (2, 2, 0)
    assert len(mails) == done.mails + done.letters


def in_mbox(file: Path) -> list[str]:
    """The Message-IDs."""
    with closing(mailbox.mbox(file)) as box:
        return [str(one["Message-ID"]) for one in box]


def test_a_line_of_a_mail_that_looks_like_a_separator_does_not_part_it(tmp_path: Path) -> None:
    with World() as world:
        world.receive(mail(body="From here on it burns.\r\n\r\nFrom there, too."))
        done = export(world.house, ANN, tmp_path / "ann")
        assert len(in_mbox(tmp_path / "ann" / "mail.mbox")) == 1 + done.letters


def test_nothing_is_written_over(world: World, tmp_path: Path) -> None:
    with pytest.raises(MailgateError, match="is there already"):
        export(world.house, ANN, tmp_path)


def test_retention_that_would_forget_what_can_be_reopened_is_refused() -> None:
    policy = load_policy(ROOT / "config" / "policies" / "default.toml")
    terms = {"raw": Duration(13, Unit.DAYS), "closed": Duration(30, Unit.BUSINESS_DAYS)}
    found = dict(contradictions(replace(policy, retention=Retention(**terms))))
    assert "can be reopened for 14 days" in found["retention", "raw"]
    assert "always runs" in found["retention", "closed"]


def test_octets_that_are_gone_or_altered_are_found_and_those_that_were_forgotten_are_not_missed(world: World) -> None:
    retaining(world, raw=30)
    world.advance(days=31)
    forget_expired(world.house, 100)
    with world.store.write() as connection:
        assert [*damages(connection), *missing(connection), *altered(connection)] == []
        (name,) = connection.execute(select(raw_mail.c.sha256).limit(1)).scalars()
        connection.execute(update(raw_mail).where(raw_mail.c.sha256 == name).values(data=b"other", size=5, object=None))
        assert [*altered(connection)] == [f"content {name}: its octets are not those that were stored"]
        connection.execute(delete(raw_mail).where(raw_mail.c.sha256 == name))
        assert ["are gone" in line for line in missing(connection)] == [True]


def test_both_databases_forget(store: Store) -> None:
    with World(store) as world:
        world.receive(mail("Vault", SECRET))
        world.set_status(world.cases[0]["number"], "closed")
        world.deliver()
        retaining(world, raw=30, closed=60)
        world.advance(days=31)
        assert forget_expired(world.house, 10) == {"cases": 0, "raw": 1, "dropped": 0}
        world.advance(days=31)
        assert forget_expired(world.house, 10)["cases"] == 1
        assert erase(world.house, ANN, "operator").counts["mails"] == 0
        assert world.cases[0]["subject"] == "(erased)"
