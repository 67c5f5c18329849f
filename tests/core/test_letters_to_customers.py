"""What each letter to a customer says, with the least that it may say and with all."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters import CASE, CUSTOMER_LETTERS, MAILBOX, PATH, POLICY, SHIPPED, TOKEN, of_kind
from mailgate.cases.case import Case, Letter, Written
from mailgate.cases.letter_kinds import CASELESS_LETTERS, INTERNAL_LETTERS, LetterKind
from mailgate.mail.message import Address
from mailgate.outbox.render import Renderer
from mailgate.outbox.samples import trials
from mailgate.outbox.values import caseless_values, values_of
from mailgate.policy.policy import Contact, Policy, Priority
from mailgate.policy.service import Level, Triage

NOW = datetime(2026, 11, 21, 21, 37, 2, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
RENDERER = Renderer([SHIPPED])
PAGE = "https://support.example.com/case/2611000001/abc"
BOTH = [(kind, full) for kind in (*CUSTOMER_LETTERS, *sorted(CASELESS_LETTERS)) for full in (False, True)]


LANGUAGES = sorted(RENDERER.languages)


def write(letter: Letter, case: Case = CASE, policy: Policy = POLICY, link: str = "") -> Written:
    if letter.kind in CASELESS_LETTERS:
        return RENDERER.caseless(letter, policy, MAILBOX, "Your message", NOW)
    return RENDERER.render(letter, case, policy, MAILBOX, link, NOW)


def opened(written: Written) -> EmailMessage:
    return email.message_from_bytes(written.message, policy=email.policy.default)


def words(written: Written, form: str = "plain") -> str:
    part = opened(written).get_body((form,))
    assert part is not None
    return cast("str", part.get_content()).replace("\r\n", "\n")


def said(kind: LetterKind, **says: str | int | datetime) -> str:
    """The words of a letter of that kind that says this beside the least."""
    letter = of_kind(kind)
    return words(write(replace(letter, says=(*letter.says, *says.items()))))


def in_one(text: str) -> str:
    """Without white space, so that the two forms can be compared."""
    return re.sub(r"\s+", "", text)


def bare(html: str) -> str:
    text = re.sub(r"<[^>]*>", "", html.partition("<body")[2].partition(">")[2])
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "full"), BOTH)
def test_both_forms_say_the_same(kind: LetterKind, full: bool, language: str) -> None:
    written = write(replace(of_kind(kind, full=full), language=language), link=PAGE if full else "")
    spoken = "en" if kind in INTERNAL_LETTERS else language
    assert f'<html lang="{spoken}">' in words(written, "html")
    assert in_one(words(written)) == in_one(bare(words(written, "html")))


@pytest.mark.parametrize(("kind", "full"), BOTH)
def test_every_letter_is_tried_with_the_very_values_that_it_gets(kind: LetterKind, full: bool) -> None:
    letter = of_kind(kind, full=full)
    values = caseless_values(letter, POLICY) if kind in CASELESS_LETTERS else values_of(letter, CASE, POLICY, "")
    assert set(values) == set(trials(kind)[0])


@pytest.mark.parametrize(("kind", "full"), BOTH)
def test_no_line_is_longer_than_mail_may_carry_nor_empty_twice(kind: LetterKind, full: bool) -> None:
    policy = replace(POLICY, contact=Contact("Example Support", "+1 555 0100", "word " * 400))
    letter = replace(of_kind(kind, full=full), to=Address("A", "ann@example.net"))
    assert max(map(len, write(letter, policy=policy).message.split(b"\r\n"))) <= 998
    assert "\n\n\n" not in words(write(letter))


TOLD = ("text", "ask_for", "missing", "outage", "account_link")


@pytest.mark.parametrize("kind", [kind for kind, full in BOTH if full])
def test_no_value_is_html(kind: LetterKind) -> None:
    letter = of_kind(kind, full=True)
    told = tuple((name, "<b>'&" if name in TOLD else value) for name, value in letter.says)
    letter = replace(letter, says=told, to=Address("<i>", "ann@example.net"))
    policy = replace(
        POLICY,
        contact=Contact("<u>", "<u>", "<u>"),
        texts=replace(POLICY.texts, next_step="<u>"),
        priorities=(Priority(3, "<u>", "<u>"), Priority(4, "<u>")),
    )
    html = words(write(letter, replace(CASE, subject="<s>"), policy, "https://x.example/<u>"), "html")
    assert not re.search(r"<[bisu]>['<&]|<[isu]>", html)


SENDERS_WORDS = st.text(st.characters(exclude_characters="\r\n "), min_size=12, max_size=80)


@given(st.sampled_from(BOTH), SENDERS_WORDS, SENDERS_WORDS)
def test_no_neutral_letter_carries_a_word_of_the_sender(what: tuple[LetterKind, bool], subject: str, name: str) -> None:
    letter = replace(of_kind(what[0], full=what[1]), neutral=True)
    mine = write(replace(letter, to=Address(name, "ann@example.net")), replace(CASE, subject=subject))
    plain = write(replace(letter, to=Address("", "ann@example.net")), replace(CASE, subject="Printer on fire"))
    assert mine.message == plain.message


@pytest.mark.parametrize(("kind", "full"), BOTH)
def test_no_customer_hears_who_of_ours_has_the_case(kind: LetterKind, full: bool) -> None:
    case = replace(CASE, owner="eve@engineers.test", level=2, rung=1, contact=Address("Ann", "ann@example.net"))
    policy = replace(POLICY, levels=(Level(2, "Secret level", "queue@engineers.test", "Secret task"),))
    written = write(of_kind(kind, full=full), case, policy, PAGE)
    text = opened(written).as_string() + words(written) + words(written, "html")
    assert "engineers.test" not in text
    assert "Secret" not in text


@pytest.mark.parametrize("kind", [*CUSTOMER_LETTERS, *sorted(CASELESS_LETTERS)])
def test_only_what_answers_a_mail_calls_itself_an_answer(kind: LetterKind) -> None:
    answers = {LetterKind.CONFIRMATION, LetterKind.REPLY_RECEIVED, LetterKind.ENTITLEMENT_MISSING}
    message = opened(write(of_kind(kind)))
    assert message["Auto-Submitted"] == ("auto-replied" if kind in answers else "auto-generated")
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Precedence"] == (None if kind in INTERNAL_LETTERS else "bulk")


def test_a_letter_about_no_case_has_the_subject_it_is_given_and_a_way_back_but_no_ref() -> None:
    written = write(of_kind(LetterKind.ENTITLEMENT_MISSING))
    message = opened(written)
    assert message["Subject"] == "Your message"
    assert message["Reply-To"] == f"support+r{TOKEN}@example.com"
    assert message["In-Reply-To"] == "<parent@example.net>"
    assert written.envelope_from == f"support+b{PATH}@example.com"
    assert b"ref:_" not in written.message
    assert CASE.number not in words(written)


def test_a_confirmation_tells_by_when_a_person_answers() -> None:
    told = said(LetterKind.CONFIRMATION, response_due=FRIDAY)
    assert "You will have a first answer by 2026-11-27 17:00 EST (America/New_York) at the latest.\n" in told
    assert "first answer" not in said(LetterKind.CONFIRMATION)


def test_a_confirmation_says_what_the_priority_means_and_whether_support_validates_it() -> None:
    policy = replace(POLICY, priorities=(Priority(3, "Medium", "Limited service."),))
    assert "Priority: 3 (Medium): Limited service.\n" in words(write(of_kind(LetterKind.CONFIRMATION), policy=policy))
    assert "our support team validates it" in said(LetterKind.CONFIRMATION, provisional=1)
    assert "validates" not in said(LetterKind.CONFIRMATION)


def test_a_confirmation_during_an_outage_says_so() -> None:
    assert "\nPlease note: Off until nine.\n" in said(LetterKind.CONFIRMATION, outage="Off until nine.")


@pytest.mark.parametrize("kind", [LetterKind.CONFIRMATION, LetterKind.PRIORITY_CHANGED])
def test_what_is_urgent_is_better_telephoned_and_when_that_is_answered(kind: LetterKind) -> None:
    policy = replace(POLICY, priorities=(Priority(3, "Critical", urgent=True),))
    policy = replace(policy, contact=Contact("Support", "+1 555 0100", "Mon-Fri 4 to 22"))
    told = words(write(of_kind(kind), policy=policy))
    assert "This is urgent, so please telephone us now: +1 555 0100 (Mon-Fri 4 to 22).\n" in told
    assert "immediate attention" not in told
    told = words(write(of_kind(kind), policy=replace(policy, contact=Contact("Support"))))
    assert "telephone" not in told


def test_the_way_to_change_a_priority_is_shown_where_the_customer_may() -> None:
    letter = of_kind(LetterKind.CONFIRMATION)
    assert "To change the priority of the case, visit https://support.example.com/case/2611000001/abc\n" in words(
        write(letter, link=PAGE)
    )
    policy = replace(POLICY, triage=Triage(customer_may_change=False))
    told = words(write(letter, policy=policy, link=PAGE))
    assert "To change" not in told
    assert "The case is at https://support.example.com/case/2611000001/abc\n" in told


def test_a_changed_priority_is_told_with_the_one_before_and_the_new_promise() -> None:
    told = said(LetterKind.PRIORITY_CHANGED, response_due=FRIDAY)
    assert "changed from 4 (Low) to 3 (Medium).\nYou will have a first answer by 2026-11-27 17:00 EST" in told


def test_a_closing_notice_names_the_day_and_what_an_answer_does() -> None:
    waiting = said(LetterKind.CLOSING_NOTICE, closes=FRIDAY)
    assert "closes on\nFriday, 2026-11-27 17:00 EST (America/New_York).\n" in waiting
    assert "Any answer to this mail keeps it open." in waiting
    resolved = said(LetterKind.CLOSING_NOTICE, closes=FRIDAY, resolved=1)
    assert "closes on\nFriday, 2026-11-27 17:00 EST (America/New_York).\n" in resolved
    assert "If it is resolved, you need do nothing." in resolved
    assert "any answer opens it again" in resolved


@pytest.mark.parametrize("day", range(7))
def test_each_day_of_the_week_has_its_name_where_the_customer_lives(day: int) -> None:
    names = ["Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday"]
    late = datetime(2026, 11, 28 if day < 3 else 21, 4, 59, tzinfo=UTC)  # the evening before in New York
    since = late.replace(day=late.day + day)
    assert f"{names[day]}, 2026-11-" in said(LetterKind.CUSTOMER_REMINDER, since=since)


def test_a_closed_case_says_why_and_what_an_answer_does_now() -> None:
    assert "because we have not heard from you" in said(LetterKind.CLOSED, resolved=0, reopen_days=14)
    assert "within 14 days that opens the case again" in said(LetterKind.CLOSED, resolved=1, reopen_days=14)
    assert "within 1 day that" in said(LetterKind.CLOSED, resolved=1, reopen_days=1)
    assert "that opens a new case" in said(LetterKind.CLOSED, resolved=1, reopen_days=0)


def test_what_is_asked_for_keeps_its_lines_in_both_forms() -> None:
    letter = of_kind(LetterKind.MORE_NEEDED, full=True)
    assert "\n\nThe version.\n<The log>\n\n" in words(write(letter))
    assert "<p>The version.<br>&lt;The log&gt;</p>" in words(write(letter), "html")


def test_an_outage_is_announced_with_its_days_and_hours() -> None:
    told = said(LetterKind.OUTAGE_ANNOUNCED, starts=FRIDAY, ends=FRIDAY.replace(hour=23), text="No service.")
    assert "From: Friday, 2026-11-27 17:00 EST (America/New_York)\nTo: Friday, 2026-11-27 18:00 EST" in told
    assert "\nNo service.\n" in told


def test_each_letter_of_a_policys_own_choice_exists() -> None:
    switches = {field.name for field in fields(POLICY.letters)}
    switches -= {"language", "languages", "hourly", "daily", "desk"}
    assert switches <= {kind.value for kind in CUSTOMER_LETTERS}
