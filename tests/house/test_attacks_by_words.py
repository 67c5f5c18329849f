"""Words that want to be more than words: fields, templates, scripts, codes that were meant for our eyes alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from attacks import ANN, BEN, BOB, EVE, POLICY, A, B, Ground, laid, text_of, trace_of
from mailgate.mail.message import Authentication
from world import World, mail

PASS = Authentication.PASS
CODE = "739152"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def ground() -> Iterator[Ground]:
    with World(policy=POLICY, engineers=(BOB, EVE)) as world:
        yield laid(world)


def to_customers(letters: list[EmailMessage], *who: str) -> list[EmailMessage]:
    return [one for one in letters if one["To"].addresses[0].addr_spec in (who or (ANN, BEN))]


@pytest.mark.parametrize("name", ["controls_in_name_and_subject", "controls_on_a_case"])
def test_no_control_sign_leaves_with_a_letter_to_anybody(ground: Ground, name: str) -> None:
    row = ground.attack(name, PASS)
    letters = ground.new_letters()
    assert {one["To"].addresses[0].addr_spec for one in letters} >= {BOB, EVE}
    for letter in letters:
        raw = letter.as_bytes().decode()
        assert _CONTROLS.search(text_of(letter).replace("\r\n", "\n")) is None
        assert (letter["Bcc"], len(letter.get_all("Subject", [])), "\nBcc:" in raw.partition("\n\n")[0]) == (
            None,
            1,
            False,
        )
        assert not letter.defects
    assert (_CONTROLS.search(row["subject"]), ground.stands) == (None, ground.before)


@pytest.mark.parametrize("name", ["template_text", "template_text_on_a_case"])
def test_the_language_of_templates_is_text_like_any_other(ground: Ground, name: str) -> None:
    row = ground.attack(name, PASS)
    told = ground.new_letters()
    assert row["subject"].startswith("{{ 7*7 }} {% for x in range(9) %}x{% endfor %}")
    assert len(told) >= 2
    for letter in told:
        assert "{{ 7*7 }}" in text_of(letter)
        assert not re.search(r"\b49\b|xxxxxxxxx|<class", text_of(letter))
    assert ground.stands == ground.before


@pytest.mark.parametrize("name", ["script_and_remote_images", "script_on_a_case"])
def test_no_script_and_no_image_of_his_reaches_a_reader(ground: Ground, name: str) -> None:
    ground.attack(name, PASS)
    letters = ground.new_letters()
    assert len(letters) >= 2
    for letter in letters:
        html = letter.get_body(("html",))
        assert html is not None
        shown = str(html.get_content())
        assert not re.search(r"<(?:script|img|iframe|form|style|input|link)\b", shown, re.IGNORECASE)
        assert not re.search(r"""(?:href|src|background)\s*=\s*["']?\s*(?:javascript|https?://evil)""", shown)
        assert "https://evil.test/track.png" not in text_of(letter)
    assert ground.stands == ground.before


@pytest.mark.parametrize(
    ("name", "to", "case", "told"),
    [
        ("verification_by_reply_address", "b.reply_to", B, '"standing": "acquainted"'),
        ("verification_by_a_person", "b.reply_to", B, '"standing": "acquainted"'),
        ("verification_with_a_number", "", None, "knows no more of it than its ref"),
        ("verification_to_the_mailbox", "", "2611000003", '"reason": "opened"'),
    ],
)
def test_what_a_service_sends_to_us_is_shown_to_no_customer(
    ground: Ground, name: str, to: str, case: str | None, told: str
) -> None:
    """The ticket trick: who signs up with our address at a third party's must never see the code that it sends."""
    row = ground.attack(name, PASS, to or "support@example.com", sender="bounces@service.test")
    assert row["case"] == case
    assert told in trace_of(row)
    world, subject = ground.world, f"Re: {ground.said['b.ref']}"
    # All that he may do to see more of his case, and all that we do about it on our own.
    world.receive(
        mail(subject, "Any news?", by=BEN, message_id="<8@other.test>", in_reply_to=ground.said["b.message_id"])
    )
    world.receive(mail("Re: #2611000003", "Any news?", by=BEN, message_id="<9@other.test>"), authentication=PASS)
    world.set_status(B, "waiting")
    for _ in range(20):
        world.advance(days=1)
    world.receive(mail(subject, "Still there?", by=BEN, message_id="<10@other.test>"), authentication=PASS)
    seen = to_customers(ground.new_letters())
    assert len(seen) >= 4
    assert not any(CODE in text_of(letter) for letter in seen)


def test_an_engineer_who_answers_quotes_nothing_of_it_to_the_customer(ground: Ground) -> None:
    ground.attack("verification_by_a_person", PASS, "b.reply_to", sender="bounces@service.test")
    letter = next(one for one in reversed(ground.new_letters()) if one["To"].addresses[0].addr_spec == BOB)
    assert CODE in text_of(letter)
    body = letter.get_body(("plain",))
    assert body is not None
    quoted = "\n".join(f"> {line}" for line in str(body.get_content()).splitlines())
    answer = mail(
        f"Re: {letter['Subject']}",
        f"What is this about?\n\nOn Tue, 17 Nov 2026 at 12:00, mailgate <support@example.com> wrote:\n{quoted}",
        by=BOB,
        message_id="<5@engineers.test>",
        in_reply_to=str(letter["Message-ID"]),
    )
    row = ground.world.inbox(ground.world.receive(answer, authentication=PASS))
    assert (row["case"], row["reason"]) == (B, "relayed")
    sent = to_customers(ground.new_letters(), BEN)[-1]
    assert ("What is this about?" in text_of(sent), CODE in text_of(sent)) == (True, False)


def test_a_customers_words_are_no_commands_to_us_though_our_people_quote_them(ground: Ground) -> None:
    """`/close` in a held mail, and in the letter that shows it, is read by people alone."""
    ground.attack("display_name", PASS)
    held = ground.new_letters()[0]
    body = held.get_body(("plain",))
    assert body is not None
    assert "/close" in str(body.get_content())
    quoted = "\n".join(f"> {line}" for line in str(body.get_content()).splitlines())
    to = held["To"].addresses[0].addr_spec
    answer = mail(
        f"Re: {held['Subject']}",
        f"Who is that?\n\nOn Tue, 17 Nov 2026 at 12:00, mailgate <support@example.com> wrote:\n{quoted}",
        by=to,
        message_id="<5@engineers.test>",
        in_reply_to=str(held["Message-ID"]),
    )
    row = ground.world.inbox(ground.world.receive(answer, authentication=PASS))
    assert (row["case"], row["reason"], ground.stands) == (A, "note", ground.before)
    assert to_customers(ground.new_letters()) == []
