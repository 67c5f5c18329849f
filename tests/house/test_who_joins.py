"""Who comes onto a case, however his address is spelt and however many there are; and what a policy gives to others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attacks import ANN, BOB, POLICY, A
from mailgate import pipeline
from mailgate.cases.events import EngineerActed
from mailgate.errors import NotAllowed
from mailgate.mail.message import Authentication
from mailgate.policy.authority import Authority, MailGoes, ParticipantRights, Proof, Rights
from mailgate.policy.policy import Policy
from world import World, mail

ASCII = "xn--mller-kva.test"  # müller.test


def with_table(table: Authority) -> Policy:
    return replace(POLICY, authority=table)


def answer(world: World, by: str, words: str) -> bytes:
    letter = next(one for one in world.letters if one["To"].addresses[0].addr_spec == ANN)
    return mail("Re: it", words, by=by, message_id=f"<2.{by}>", in_reply_to=letter["Message-ID"])


def test_a_copied_colleague_is_known_again_whether_his_domain_was_written_in_letters_or_in_ascii() -> None:
    with World(policy=POLICY) as world:
        world.receive(mail(by="ann@müller.test", cc=f"carl@müller.test, Carl <CARL@{ASCII}>, Zoe <zoe@{ASCII}>"))
        assert world.case(A)["participants"] == [f"ann@{ASCII}", f"carl@{ASCII}", f"zoe@{ASCII}"]
        reply = mail(f"Re: #{A}", "I am here.", by="carl@müller.test", message_id="<2@x.test>")
        row = world.inbox(world.receive(reply))
        assert row["trace"]["match"]["standing"] == "participant"


def test_who_is_brought_in_under_two_spellings_of_one_address_takes_part_once_and_can_leave() -> None:
    with World(policy=POLICY, engineers=(f"bob@{ASCII}",)) as world:
        world.receive(mail())
        joining = EngineerActed("operator", join=("Dora@müller.test", f"dora@{ASCII}"))
        pipeline.act(world.house, A, joining)
        assert world.case(A)["participants"] == [ANN, f"dora@{ASCII}"]
        pipeline.act(world.house, A, EngineerActed("operator", leave=("dora@müller.test",)))
        assert world.case(A)["participants"] == [ANN]
        with pytest.raises(NotAllowed, match="engineer of ours"):
            pipeline.act(world.house, A, EngineerActed("operator", join=("bob@müller.test",)))


def test_of_more_than_may_take_part_the_case_says_who_was_left_out() -> None:
    crowd = ", ".join(f"p{n}@customer.test" for n in range(60))
    with World(policy=POLICY) as world:
        world.receive(mail(cc=crowd))
        assert len(world.case(A)["participants"]) == 20
        assert "41 more were copied" in world.case(A)["history"][-1]["text"]
        world.receive(answer(world, ANN, "More.").replace(b"Subject:", b"Cc: q@customer.test\r\nSubject:"))
        assert "1 more was copied" in world.case(A)["history"][-1]["text"]


def test_who_takes_part_and_is_held_all_the_same_is_not_called_a_stranger() -> None:
    table = replace(POLICY.authority, participant=ParticipantRights(MailGoes.HOLD))
    with World(policy=with_table(table), engineers=(BOB,)) as world:
        world.receive(mail())
        row = world.inbox(world.receive(answer(world, ANN, "More.")))
        assert (row["state"], row["reason"]) == ("held", "by_policy")
        shown = world.letters[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "the policy holds the mail of participants" in shown


@pytest.mark.parametrize(
    ("rights", "found", "status"),
    [
        (Rights(commands=Proof.AUTHENTICATION), Authentication.PASS, "closed"),
        (Rights(commands=Proof.AUTHENTICATION), Authentication.UNKNOWN, "new"),
        (Rights(), Authentication.PASS, "new"),
    ],
)
def test_a_policy_may_give_commands_to_a_second_address(rights: Rights, found: Authentication, status: str) -> None:
    table = replace(POLICY.authority, acquainted=rights)
    with World(policy=with_table(table)) as world:
        world.receive(mail())
        row = world.inbox(world.receive(answer(world, "ann@home.test", "/close"), authentication=found))
        assert (row["trace"]["match"]["standing"], world.case(A)["status"]) == ("acquainted", status)
        assert [one["action"] for one in row["trace"]["rulings"]] == ([] if rights == Rights() else ["command"])
