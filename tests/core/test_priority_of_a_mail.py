"""The priority that a sender asks for: in the words in which support policies tell him to ask."""

from __future__ import annotations

import pytest

from mailgate.cases.opening import priority_of
from mailgate.mail.message import Envelope, Mail
from mailgate.policy.policy import Policy
from mailgate.policy.service import ChosenBy, Triage
from moments import NOON

POLICY = Policy("default", triage=Triage(ChosenBy.SENDER))


def asked(subject: str, body: str) -> int:
    envelope = Envelope("support", "", ("support@example.com",), "test", NOON)
    return priority_of(Mail(envelope, "<1@customer.test>", None, None, subject=subject, reply_text=body), POLICY)


@pytest.mark.parametrize(
    "line",
    [
        "Priority: High",
        "priority high",
        "Severity = HIGH",
        "Call severity: high",  # Roxen: "please provide you name, phone number, and call severity"
        "Priority level: High",  # Roxen: "a priority level of your choice"
        "Priority: high.",
        "Priority: high (production is down)",
        "**Priority: High**",
        "[High]",
    ],
)
def test_a_label_or_brackets_choose_on_a_line_of_their_own_and_in_the_subject(line: str) -> None:
    assert asked("Printer", f"It burns.\n{line}\nAnn") == asked(f"{line} printer", "It burns.") == 2


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Printer", "The priority is high for us"),
        ("Printer", "Call severity: High is what you told me"),
        ("highly critical review", "x"),
        ("Priority: High [Low]", "x"),
        ("Printer", "High"),
    ],
)
def test_mere_words_and_two_wishes_choose_nothing(subject: str, body: str) -> None:
    assert asked(subject, body) == 3
