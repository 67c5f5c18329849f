"""A customer writes to an engineer, who forwards the mail to us: it is the customer's, and the engineer vouches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from forwarding import ANN, BOB, CAROL, SUPPORT, answer, case, direct, forwards, kinds, text_of, to
from mailgate.explaining.telling import tell
from mailgate.mail.message import Authentication, Envelope, Ours, RawMail
from mailgate.reader import Reader
from moments import NOON
from world import ROOT, World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB, CAROL), domain="example.test") as made:
        yield made


@pytest.mark.parametrize(
    "name",
    [
        "forward_gmail_en",
        "forward_gmail_de",
        "forward_thunderbird_en",
        "forward_apple_mail_de",
        "forward_outlook_fr",
        "forward_outlook_ja",
        "forward_yahoo_fr",
        "forward_attached_thunderbird_en",
        "forward_attached_base64_en",
        "forward_by_a_colleague_en",
    ],
)
def test_what_an_engineer_forwards_is_the_customers_case(world: World, name: str) -> None:
    inbound = forwards(world, name, comment="")
    (one,) = world.cases
    assert (one["contact"], one["status"]) == (ANN, "open")
    history = case(world)["history"]
    assert (history[0]["kind"], history[0]["actor"]) == ("mail", ANN)
    assert "Fwd" not in one["subject"]
    assert BOB in history[1]["text"]
    assert str(inbound) in history[1]["text"]
    assert world.inbox(inbound)["case"] == one["number"]


def test_the_entry_is_of_an_author_whom_nobody_examined(world: World) -> None:
    forwards(world)
    with world.store.read() as connection:
        found = connection.exec_driver_sql("select kind, actor, authentication from entry order by id").all()
    assert tuple(found[0]) == ("mail", ANN, "unknown")


def test_the_customer_is_told_once_in_his_life_to_write_to_support(world: World) -> None:
    forwards(world)
    (told,) = to(world, ANN)
    assert "directly next time" in text_of(told)
    assert SUPPORT in text_of(told)
    assert "first answer by" in text_of(told)
    world.advance(days=400)
    forwards(world, "forward_outlook_de")
    confirmation = to(world, ANN)[-1]
    assert "A case has been created" in text_of(confirmation)
    assert "directly next time" not in text_of(confirmation)


def test_no_letter_to_the_customer_tells_of_the_engineer(world: World) -> None:
    forwards(world, comment="Please be quick, he is important.")
    answer(world, to(world, BOB)[-1], "Pull the plug.")
    for letter in to(world, ANN):
        assert not re.search(r"bob@|example\.com|important", letter.as_string(), re.IGNORECASE)
    assert any("Pull the plug." in text_of(letter) for letter in to(world, ANN))


def test_the_engineer_has_the_case_and_a_letter_to_answer_from(world: World) -> None:
    forwards(world, "forward_attached_thunderbird_en", comment="")
    assert case(world)["owner"] == BOB
    (notice,) = to(world, BOB)
    assert "passed on by bob@example.com, who vouches for it" in text_of(notice)
    assert "log.pdf" in text_of(notice)
    assert to(world, CAROL) == []
    inbound = answer(world, notice, "Pull the plug.")
    assert world.inbox(inbound)["reason"] == "relayed"


def test_his_comment_is_a_note_and_its_commands_are_carried_out(world: World) -> None:
    forwards(world, comment="/assign carol\n/priority high\n\nHe is our best customer.")
    one = case(world)
    assert (one["owner"], one["priority"]) == (CAROL, 2)
    assert ("note", BOB) in kinds(world)
    assert any(entry["text"] == "He is our best customer." for entry in one["history"])
    assert not any("best customer" in text_of(letter) for letter in to(world, ANN))
    assert len(to(world, ANN)) == 1


def test_one_wrong_command_changes_nothing_and_the_mail_is_filed_all_the_same(world: World) -> None:
    forwards(world, comment="/priority high\n/clsoe\n\nHe is our best customer.")
    one = case(world)
    assert (one["contact"], one["priority"], one["owner"]) == (ANN, 3, BOB)
    told = [text_of(letter) for letter in to(world, BOB)]
    assert any("/clsoe" in text and "is on case" in text for text in told)
    assert any("This was understood:\n/priority high\n" in text.replace("\r\n", "\n") for text in told)


def test_a_command_below_what_is_forwarded_is_none(world: World) -> None:
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes()
    plain = data.replace(b"/assign me\n\n", b"", 1).replace(b"Kind regards", b"/close\n\nKind regards", 1)
    world.receive(plain, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    assert case(world)["status"] == "open"
    assert (case(world)["contact"], case(world)["owner"]) == (ANN, BOB)


@pytest.mark.parametrize("authentication", [Authentication.UNKNOWN, Authentication.UNVERIFIED, Authentication.FAIL])
def test_nothing_is_done_in_the_customers_name_where_nobody_knows_it_is_the_engineer(
    world: World, authentication: Authentication
) -> None:
    inbound = forwards(world, authentication=authentication)
    assert world.cases[0]["contact"] == BOB
    assert to(world, ANN) == []
    trace = world.inbox(inbound)["trace"]
    assert trace["passed_on"]["taken"] is False
    assert not next(one for one in trace["rulings"] if one["action"] == "open_for")["allowed"]


def test_what_somebody_else_forwards_stays_his_own_mail(world: World) -> None:
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes().replace(b"bob@", b"zoe@")
    inbound = world.receive(data, to=SUPPORT, sender="zoe@example.com", authentication=Authentication.PASS)
    assert world.cases[0]["contact"] == "zoe@example.com"
    assert world.inbox(inbound)["trace"]["passed_on"] is None


def test_a_machine_s_mail_that_is_forwarded_gets_no_letter(world: World) -> None:
    data = (ROOT / "fixtures" / "mail" / "forward_attached_thunderbird_en.eml").read_bytes()
    data = data.replace(b"From: Ann Example", b"Auto-Submitted: auto-generated\nFrom: Ann Example", 1)
    world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    assert world.cases[0]["contact"] == ANN
    assert to(world, ANN) == []


def test_nobody_reads_a_no_reply_address_forwarded_or_not(world: World) -> None:
    forwards(world, replaced={ANN: "no-reply@example.org"})
    assert world.cases[0]["contact"] == "no-reply@example.org"
    assert to(world, "no-reply@") == []


def test_a_word_of_the_customers_in_a_forward_is_no_order(world: World) -> None:
    direct(world, message_id="<first@example.org>")
    data = (ROOT / "fixtures" / "mail" / "forward_attached_thunderbird_en.eml").read_bytes()
    data = data.replace(b"/assign me", b"").replace(b"The printer on the second floor is on fire.", b"/close")
    world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    assert kinds(world)[-2] == ("mail", ANN)
    assert case(world)["status"] == "new"


def test_explain_tells_whose_mail_it_was_taken_for(world: World) -> None:
    inbound = forwards(world)
    told = "\n".join(tell(world.inbox(inbound)["trace"]))
    assert "it forwards (inline) a mail from ann@example.org: Printer on fire" in told
    assert "the engineer vouches" in told
    refused = forwards(world, again=3, authentication=Authentication.UNKNOWN)
    assert "not taken for that person's own mail" in "\n".join(tell(world.inbox(refused)["trace"]))


def test_a_new_priority_above_a_forward_is_told_by_the_one_letter(world: World) -> None:
    letters = replace(world.policy.letters, priority_changed=True)
    world.change_policy(replace(world.policy, letters=letters))
    forwards(world, comment="/priority high")
    (told,) = to(world, ANN)
    assert "Priority: 2" in text_of(told)


def test_a_policy_may_leave_the_telling_out(world: World) -> None:
    letters = replace(world.policy.letters, write_to_support=False)
    world.change_policy(replace(world.policy, letters=letters))
    forwards(world)
    (told,) = to(world, ANN)
    assert "A case has been created" in text_of(told)


def test_a_machines_answer_that_is_forwarded_is_on_a_case_and_quiet(world: World) -> None:
    data = (ROOT / "fixtures" / "mail" / "forward_attached_thunderbird_en.eml").read_bytes()
    data = data.replace(b"From: Ann Example", b"Auto-Submitted: auto-replied\nFrom: Ann Example", 1)
    inbound = world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    assert (world.inbox(inbound)["state"], world.cases[0]["contact"]) == ("filed", ANN)
    assert to(world, ANN) == []


def test_the_child_that_reads_unwraps_the_mail_of_engineers_alone() -> None:
    raw = (ROOT / "fixtures" / "mail" / "forward_attached_thunderbird_en.eml").read_bytes()
    came = RawMail(raw, Envelope("support", BOB, (SUPPORT,), "test", NOON))
    with closing(Reader(deadline_seconds=20.0)) as reader:
        passed = reader.read(came, Ours(frozenset({BOB}), frozenset({BOB, SUPPORT}))).passes_on
        assert reader.read(came, Ours(frozenset({CAROL}), frozenset({BOB, SUPPORT}))).passes_on is None
    assert passed is not None
    assert passed.mail.identity is not None
    assert passed.mail.identity.address == ANN
    (file,) = passed.mail.attachments
    assert raw[file.start : file.end].startswith(b"JVBERi0")


def test_a_command_below_a_quoted_forward_is_none(world: World) -> None:
    quoted = "\r\n".join(
        [
            "> ---------- Forwarded message ---------",
            f"> From: Ann <{ANN}>",
            "> Date: Mon, Nov 2, 2026 at 10:14 AM",
            "> Subject: Printer",
            f"> To: <{BOB}>",
            ">",
            "> It burns.",
            "",
            "/close",
        ]
    )
    world.receive(
        mail("Fwd: Printer", quoted, by=f"Bob <{BOB}>"), to=SUPPORT, sender=BOB, authentication=Authentication.PASS
    )
    assert (case(world)["contact"], case(world)["status"]) == (ANN, "open")
