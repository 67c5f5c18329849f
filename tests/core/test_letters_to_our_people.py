"""Letters to people of ours: what they say, and that they are none of the customer's."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters import CASE, MAILBOX, PATH, POLICY, SHIPPED, TOKEN, of_kind
from mailgate.cases.case import Case, Letter, Status, Written
from mailgate.cases.course import StepName
from mailgate.cases.desk_mail import CONVERSATION
from mailgate.cases.letter_kinds import CASELESS_LETTERS, INTERNAL_LETTERS, LetterKind
from mailgate.cases.letters import to_our_people
from mailgate.cases.ref import Names, find_refs, tokens_of_message_ids
from mailgate.mail.message import Address
from mailgate.mail.reply import new_words
from mailgate.mail.text import html_to_text
from mailgate.outbox.render import Renderer
from mailgate.outbox.samples import trials
from mailgate.outbox.values import values_of
from mailgate.policy.authority import EngineerRights, Proof
from mailgate.policy.policy import Policy
from mailgate.policy.service import Escalation, Level, Rung

NOW = datetime(2026, 11, 21, 21, 37, 2, tzinfo=UTC)
RENDERER = Renderer([SHIPPED])
ABOVE = "#### Write above this line ####"
KINDS = sorted(INTERNAL_LETTERS - CASELESS_LETTERS)
OURS = replace(
    CASE,
    contact=Address("Ann Miller", "ann@example.net"),
    status=Status.OPEN,
    owner="eve@example.com",
    level=2,
    rung=1,
    kind="Incident",
    provisional=True,
)
FULL = replace(
    POLICY,
    levels=(Level(2, "Engineering", "queue@example.com", "Solve it."),),
    escalation=Escalation(rungs=(Rung("Manager", ("boss@example.com",)),)),
)
NAMES = Names("", "00D7F47PR0", "", b"seed", "example.com")


def write(letter: Letter, case: Case = OURS, policy: Policy = FULL, link: str = "") -> Written:
    return RENDERER.render(letter, case, policy, MAILBOX, link, NOW)


def opened(written: Written) -> EmailMessage:
    return email.message_from_bytes(written.message, policy=email.policy.default)


def words(written: Written, form: str = "plain") -> str:
    part = opened(written).get_body((form,))
    assert part is not None
    return cast("str", part.get_content()).replace("\r\n", "\n").removeprefix(f"{ABOVE}\n")


def about(kind: LetterKind, case: Case = OURS, **says: str | int | datetime) -> str:
    letter = of_kind(kind)
    return words(write(replace(letter, says=(*letter.says, *says.items())), case))


@pytest.mark.parametrize("kind", KINDS)
def test_the_header_says_what_it_is_about_and_holds_no_ref(kind: LetterKind) -> None:
    written = write(of_kind(kind))
    message = opened(written)
    assert list(message.keys())[:7] == [
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Reply-To",
        "Auto-Submitted",
    ]
    assert message["Reply-To"] == f"support+r{TOKEN}@example.com"
    assert message["From"] == "mailgate <support@example.com>"
    assert re.fullmatch(r"Case 2611000001: [^:]+ \(Medium\): Printer on fire", message["Subject"])
    assert message["Subject"].startswith(f"Case 2611000001: {words(written).partition(chr(10))[0]} (")
    assert "#" not in message["Subject"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert not find_refs(written.message.decode())
    assert written.envelope_from == f"support+b{PATH}@example.com", "that a failure is seen on the case"


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_both_forms_say_what_an_engineer_needs(kind: LetterKind, full: bool) -> None:
    letter = of_kind(kind, full=full)
    letter = replace(letter, says=tuple(said for said in letter.says if said[0] not in {"owner", "rung_name"}))
    written = write(letter, link="https://support.example.com/desk/cases/2611000001" if full else "")
    for form in ("plain", "html"):
        text = words(written, form).replace("&lt;", "<").replace("&gt;", ">")
        for word in ("Printer on fire", "Medium", "provisional", "open", "Incident", "Ann Miller <ann@example.net>"):
            assert word in text
        for word in ("Engineering", "eve@example.com", "Manager", "mailgate case show 2611000001"):
            assert word in text
        assert ("https://support.example.com/desk/cases/2611000001" in text) is full
    assert "\n\n\n" not in words(written)


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_that_nobody_has_and_a_policy_of_few_words_make_a_letter_too(kind: LetterKind) -> None:
    letter = of_kind(kind)
    text = words(write(letter, CASE, POLICY))
    assert "Contact: nobody\n" in text
    assert "Owner: nobody\n" in text
    assert "Escalated to" not in text or kind is LetterKind.ESCALATED
    for one in (letter, of_kind(kind, full=True)):
        assert set(values_of(one, CASE, POLICY, "")) == set(trials(kind)[0]), "or it is tried with others"


def test_no_letter_promises_that_an_answer_goes_out_where_the_policy_forbids_it() -> None:
    silent = replace(POLICY, authority=replace(POLICY.authority, engineer=EngineerRights(relay=Proof.NEVER)))
    letter = of_kind(LetterKind.NEW_ENTRY)
    for form in ("plain", "html"):
        assert "goes to the customer" in words(write(letter, CASE, POLICY), form)
        assert "goes to the customer" not in words(write(letter, CASE, silent), form)
        assert "is kept as a note" in words(write(letter, CASE, silent), form)


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_is_html(kind: LetterKind) -> None:
    letter = of_kind(kind, full=True)
    case = replace(OURS, subject="<b>'", contact=Address("<b>", "ann@example.net"), owner="<b>@example.com", kind="<b>")
    policy = replace(FULL, levels=(Level(2, "<b>", "", "<b>"),), escalation=Escalation(rungs=(Rung("<b>"),)))
    says = tuple((name, "<b>" if isinstance(value, str) else value) for name, value in letter.says)
    html = words(write(replace(letter, says=says), case, policy), "html")
    assert "<b>'" not in html
    assert html.count("<b>") == html.count("</b>") == words(write(letter), "html").count("<b>")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("address", ["ann@example.net", "Ann@Example.net"])
def test_no_letter_to_our_people_is_written_to_the_customer(kind: LetterKind, address: str) -> None:
    with pytest.raises(ValueError, match="people of ours"):
        write(replace(of_kind(kind), to=Address("", address)))


def test_an_engineer_who_opened_the_case_himself_is_its_customer_and_the_others_hear_of_it_once() -> None:
    case = replace(OURS, contact=Address("Eve", "eve@example.com"))
    to = ("Eve@example.com", "bob@example.com", "BOB@example.com", "")
    letters = to_our_people(LetterKind.UNTAKEN, "1", case, to, FULL, NAMES)
    assert [letter.to.key for letter in letters] == ["bob@example.com"]


def test_each_copy_of_a_letter_to_our_people_has_a_token_of_its_own() -> None:
    copies = to_our_people(LetterKind.UNTAKEN, "1", OURS, ["bob@example.com", "eve@example.com"], FULL, NAMES)
    for copy in copies:
        assert tokens_of_message_ids((copy.message_id,)) == (copy.token,)
        assert b"Message-ID: " + copy.message_id.encode() in write(copy).message
    assert copies[0].token != copies[1].token


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["plain", "html"])
def test_every_letter_is_to_be_answered_above_its_first_line_and_bears_the_token_of_its_copy(
    kind: LetterKind, form: str
) -> None:
    part = opened(write(of_kind(kind, full=True))).get_body((form,))
    assert part is not None
    text = part.get_content() if form == "plain" else html_to_text(part.get_content())
    lines = text.split()
    assert " ".join(lines[:6]) == ABOVE
    assert lines[-1] == f"[r:{TOKEN}]"
    assert new_words(f"Replace the fuse.\n\n{text}").reply == "Replace the fuse."


def test_a_new_message_tells_who_wrote_it_and_whether_he_did() -> None:
    told = about(LetterKind.NEW_ENTRY, authenticated="fail", words="It burns.\n    if lit:\x07", clocks="Due at noon.")
    assert "ann@example.net wrote (the address is probably forged):\n\nIt burns.\n    if lit:\n" in told
    assert "\nDue at noon.\n" in told
    assert "Before that" not in told
    assert "answer to this letter goes to the customer" in told
    assert "Before that:\n\nEve: Is it lit?\n  a <b> & c\n" in words(write(of_kind(LetterKind.NEW_CASE, full=True)))


def test_commands_are_answered_with_what_was_understood_and_why_nothing_was_done() -> None:
    told = about(LetterKind.COMMAND_ANSWER, faults="/prio 9: there is no priority 9", understood="/close")
    assert told.startswith("your commands were not understood\n")
    assert "Nothing was changed, for this could not be done:\n/prio 9: there is no priority 9\nThis was" in told
    assert "This was done:\n/close\n" in about(LetterKind.COMMAND_ANSWER, understood="/close")


def test_who_gave_no_command_is_not_told_that_he_did() -> None:
    told = about(LetterKind.COMMAND_ANSWER, kept_as="Kept as a note: no token.")
    assert told.startswith("your answer\n\nKept as a note: no token.\n")


def test_a_failed_delivery_tells_whom_it_did_not_reach_and_leaves_the_cases_status_alone() -> None:
    told = about(LetterKind.NOT_DELIVERED, delivery_status="5.1.1")
    assert told.startswith("not delivered to ann@example.net\n")
    assert "did not reach ann@example.net: there is no such mailbox (5.1.1)\n" in told
    assert "Status: open\n" in told
    assert not [line for line in told.splitlines() if "wait" in line or "/cc" in line]
    told = about(LetterKind.NOT_DELIVERED, server_said="550 no", pauses=1, nowhere=1)
    assert "\n\nThe server said: 550 no\n" in told
    assert "The case does not wait" in told
    assert "/cc ann@example.net" in told
    ours = about(LetterKind.NOT_DELIVERED, recipient="eve@example.com", ours=1, nowhere=1)
    assert "did not reach eve@example.com, who is one of us" in ours
    assert "/cc" not in ours


@pytest.mark.parametrize("step", [step for step in StepName if step.value.endswith("_due")])
def test_what_is_owed_is_told_in_words(step: StepName) -> None:
    for kind in (LetterKind.BREACH, LetterKind.ENGINEER_REMINDER):
        assert step.value not in (told := about(kind, about=step.value))
        assert "_" not in told.partition("\n")[0]


def test_a_reminder_tells_whether_it_is_soon_or_now_and_by_when() -> None:
    soon = about(LetterKind.ENGINEER_REMINDER, overdue=0)
    assert soon.startswith(
        "the first answer is due soon\n\nThe first answer is owed to the customer by 2026-11-21 16:37"
    )
    assert about(LetterKind.ENGINEER_REMINDER, overdue=1).startswith("the first answer is due now\n")


def test_a_breach_tells_what_was_owed_and_when_and_who_is_to_see_to_it() -> None:
    breach = about(LetterKind.BREACH, about="workaround_due")
    assert breach.startswith("a workaround is overdue\n")
    assert "A workaround was owed to the customer by 2026-11-21 16:37 EST (America/New_York)" in breach
    assert "hand the case on" in breach
    assert "somebody takes it now" in about(LetterKind.BREACH, replace(OURS, owner=""))


def test_an_escalation_tells_the_rung_and_who_asked_for_it_and_why() -> None:
    told = about(
        LetterKind.ESCALATED, rung=1, rung_name="Manager", by="eve@example.com", reason="The  plant\x07 stands."
    )
    assert "escalated to rung 1 (Manager) by eve@example.com: The plant stands.\n" in told
    assert "by mailgate" not in about(LetterKind.ESCALATED, rung=1, rung_name="Manager", by="mailgate", reason="")


def test_what_is_handed_on_tells_to_whom_and_what_the_level_is_for() -> None:
    told = about(LetterKind.HANDED_ON, owner="eve@example.com", by="bob@example.com", reason="too deep")
    assert told.startswith("handed on to you\n")
    assert "handed on to eve@example.com by bob@example.com: too deep\nThe task of this level: Solve it.\n" in told
    assert about(LetterKind.HANDED_ON, replace(OURS, owner="")).startswith("handed on to level 2\n")


def test_who_decides_on_an_account_is_told_how_the_customer_wants_to_be_reached() -> None:
    told = about(LetterKind.ACCOUNT_ASKED, telephone_given="+1 555 0101", preferred="telephone")
    assert (
        "Ann Miller <ann@example.net> asks for an account.\nTelephone: +1 555 0101\nPreferred contact: telephone\n"
        in told
    )
    assert "Preferred" not in about(LetterKind.ACCOUNT_ASKED)


ANY_TEXT = st.text(st.characters(), max_size=300)


@given(st.sampled_from(KINDS), ANY_TEXT, ANY_TEXT)
def test_no_words_of_anybody_make_another_header(kind: LetterKind, subject: str, reason: str) -> None:
    letter = of_kind(kind)
    says = tuple((name, reason if name == "reason" else value) for name, value in letter.says)
    written = write(replace(letter, says=says), replace(OURS, subject=subject))
    assert written.message.isascii()
    assert max(map(len, written.message.split(b"\r\n"))) <= 998
    keys = email.message_from_bytes(written.message).keys()
    assert keys == email.message_from_bytes(write(letter).message).keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_says_whether_its_answer_reaches_the_customer(kind: LetterKind) -> None:
    said = about(kind)
    assert ("Your answer to this letter goes to the customer" in said) == (kind in CONVERSATION)
    assert ("does not reach the customer" in said) == (kind not in CONVERSATION)


def test_who_takes_a_case_over_is_shown_what_was_said_lately() -> None:
    told = about(LetterKind.HANDED_ON, owner="eve@example.com", recent="Ann:\nIt burns.")
    assert "It is yours: please go on with it.\n\nLately:\n\nAnn:\nIt burns.\n" in told
