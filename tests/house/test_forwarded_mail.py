"""A customer writes to an engineer, who forwards the mail to us: it is the customer's, and the engineer vouches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from typing import Any, cast

import pytest

from mailgate.cli.telling import tell
from mailgate.mail.message import Authentication
from world import ROOT, World, mail

ANN, BOB, CAROL = "ann@example.org", "bob@example.com", "carol@example.com"
SUPPORT = "support@example.test"


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB, CAROL), domain="example.test") as made:
        yield made


def forwards(
    world: World,
    name: str = "forward_gmail_en",
    *,
    comment: str | None = None,
    again: int = 1,
    authentication: Authentication = Authentication.PASS,
    replaced: Mapping[str, str] | None = None,
) -> int:
    """Bob forwards the fixture; `comment` stands where the fixture says "/assign me"."""
    data = (ROOT / "fixtures" / "mail" / f"{name}.eml").read_bytes()
    data = data.replace(f"<{name}@example.com>".encode(), f"<{name}{again}@example.com>".encode())
    if comment is not None:
        data = data.replace(b"/assign me", comment.encode())
    for old, new in (replaced or {}).items():
        data = data.replace(old.encode(), new.encode())
    return world.receive(data, to=SUPPORT, sender=BOB, authentication=authentication)


def direct(world: World, words: str = "It burns.", subject: str = "Printer", **more: str) -> int:
    more.setdefault("message_id", "<original@example.org>")
    return world.receive(mail(subject, words, by=f"Ann <{ANN}>", **more), to=SUPPORT, sender=ANN)


def case(world: World, at: int = 0) -> dict[str, Any]:
    return world.case(str(world.cases[at]["number"]))


def kinds(world: World, at: int = 0) -> list[tuple[str, str]]:
    return [(entry["kind"], entry["actor"]) for entry in case(world, at)["history"]]


def to(world: World, address: str) -> list[EmailMessage]:
    return [letter for letter in world.letters if address in str(letter["To"])]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return cast("str", body.get_content())


def answer(world: World, letter: EmailMessage, words: str) -> int:
    reply = mail(
        f"Re: {letter['Subject']}",
        words,
        by=f"Bob <{BOB}>",
        message_id=f"<{len(world.letters)}.{len(words)}@example.com>",
        in_reply_to=letter["Message-ID"],
    )
    return world.receive(reply, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)


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


def test_a_forward_of_a_mail_on_a_known_case_is_the_customers_entry_and_wakes_it(world: World) -> None:
    direct(world, message_id="<first@example.org>")
    world.set_status(str(world.cases[0]["number"]), "waiting")
    inbound = forwards(world, "forward_attached_thunderbird_en", comment="He called, too.")
    (one,) = world.cases
    assert one["status"] == "open"
    assert world.inbox(inbound)["reason"] == "reply"
    assert kinds(world)[-4:] == [("mail", ANN), ("note", "mailgate"), ("status", "mailgate"), ("note", BOB)]
    told = text_of(to(world, ANN)[-1])
    assert "directly next time" in told
    assert len(to(world, ANN)) == 2  # the confirmation of long ago, and this
    assert "passed on by bob" in text_of(to(world, BOB)[-1])


def test_on_a_case_that_there_was_his_commands_need_what_all_commands_need(world: World) -> None:
    direct(world, message_id="<first@example.org>")
    forwards(world, "forward_attached_thunderbird_en", comment="/close")
    assert case(world)["status"] != "closed"
    assert "answers no letter" in text_of(to(world, BOB)[-2]) + text_of(to(world, BOB)[-1])


def test_a_ref_in_the_forwarded_mail_leads_to_its_case_even_for_a_stranger(world: World) -> None:
    direct(world, message_id="<elsewhere@example.org>")
    subject = str(to(world, ANN)[0]["Subject"])
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes()
    data = data.replace(b"Printer on fire", subject.encode()).replace(b"ann@example.org", b"dora@elsewhere.test")
    inbound = world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    assert world.inbox(inbound)["state"] == "filed"
    (one,) = world.cases
    assert ("mail", "dora@elsewhere.test") in kinds(world)
    assert to(world, "dora@elsewhere.test") == []
    with world.store.read() as connection:
        rows = connection.exec_driver_sql("select address_key from participant").all()
    assert [row[0] for row in rows] == [ANN]
    assert one["contact"] == ANN


def test_an_answer_to_a_notice_is_an_answer_whatever_it_forwards(world: World) -> None:
    direct(world)
    notice = to(world, BOB)[-1]
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes()
    data = data.replace(b"In-Reply-To: <original@example.org>", f"In-Reply-To: {notice['Message-ID']}".encode())
    inbound = world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
    trace = world.inbox(inbound)["trace"]
    assert trace["passed_on"]["taken"] is False
    assert "letter of ours" in trace["passed_on"]["why"]
    assert kinds(world)[-1][1] == BOB


@pytest.mark.parametrize("name", ["forward_thunderbird_en", "forward_attached_thunderbird_en", "forward_gmail_en"])
def test_the_same_mail_forwarded_twice_is_one_entry_and_a_copy(world: World, name: str) -> None:
    forwards(world, name)
    forwards(world, name, again=2)
    assert len(world.cases) == 1
    assert [kind for kind, actor in kinds(world) if actor == ANN] == ["mail", "copy"]
    assert len(to(world, ANN)) == 1


KNOWN = {"MIME-Version:": "X-Forwarded-Message-Id: <original@example.org>\nMIME-Version:"}


@pytest.mark.parametrize("name", ["forward_thunderbird_en", "forward_attached_thunderbird_en", "forward_gmail_en"])
@pytest.mark.parametrize("first", ["forwarded", "direct"])
def test_a_mail_that_comes_both_ways_is_one_entry_and_a_copy(world: World, name: str, first: str) -> None:
    if first == "direct":
        direct(world)
    forwards(world, name, replaced=KNOWN if name == "forward_thunderbird_en" else None)
    if first == "forwarded":
        direct(world)
    assert len(world.cases) == 1
    assert [kind for kind, actor in kinds(world) if actor == ANN] == ["mail", "copy"]
    assert len(to(world, ANN)) == 1


def test_the_customers_next_mail_of_the_same_words_is_no_copy(world: World) -> None:
    forwards(world, "forward_thunderbird_en")
    forwards(world, "forward_thunderbird_en", again=2, replaced={"10:14:00": "10:16:00"})
    assert len(world.cases) == 2


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


def test_both_ways_waiting_together_are_still_one_entry(world: World) -> None:
    data = (ROOT / "fixtures" / "mail" / "forward_gmail_en.eml").read_bytes()
    world.receive(data, to=SUPPORT, sender=BOB, authentication=Authentication.PASS, process=False)
    direct(world)
    assert len(world.cases) == 1
    assert sorted(kind for kind, actor in kinds(world) if actor == ANN) == ["copy", "mail"]


def test_explain_tells_whose_mail_it_was_taken_for(world: World) -> None:
    inbound = forwards(world)
    told = "\n".join(tell(world.inbox(inbound)["trace"]))
    assert "it forwards (inline) a mail from ann@example.org: Printer on fire" in told
    assert "the engineer vouches" in told
    refused = forwards(world, again=3, authentication=Authentication.UNKNOWN)
    assert "not taken for that person's own mail" in "\n".join(tell(world.inbox(refused)["trace"]))
