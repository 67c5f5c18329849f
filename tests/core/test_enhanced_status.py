"""What mail servers say in numbers, for people; and which of it says that an address does not exist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.enhanced_status import for_good, meaning, nowhere, refused_at_rcpt, server_said, status_in, status_of
from mailgate.mail.message import FailedRecipient


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.1.1", "the address does not exist"),
        ("5.1.0", "the address does not exist"),
        ("5.1.10", "the domain of the address takes no mail at all"),
        ("5.2.2", "the mailbox is full"),
        ("5.7.1", "their mail server refuses it by policy"),
        ("5.7.509", "their mail server refuses it by policy"),
        ("5.3.4", "the letter is too big for their mail server"),
        ("5.2.3", "the letter is too big for the mailbox"),
        ("4.2.2", "the mailbox is full, and it was tried for as long as we try"),
        ("5.4.99", "their domain cannot be reached"),
        ("5.0.0", "their mail server did not say why"),
        ("", "their mail server did not say why"),
        ("nonsense", "their mail server did not say why"),
    ],
)
def test_a_status_is_said_in_plain_words(status: str, said: str) -> None:
    assert meaning(status) == said


def test_what_means_that_nothing_arrives_there_is_a_short_list() -> None:
    dead = {
        f"5.{subject}.{detail}" for subject in range(8) for detail in range(99) if nowhere(f"5.{subject}.{detail}", "")
    }
    assert dead == {f"5.1.{detail}" for detail in (0, 1, 2, 3, 6, 10)}


@pytest.mark.parametrize(
    ("status", "said", "dead"),
    [
        ("5.1.1", "smtp; 550 5.1.1 <spam@customer.test>: Recipient address rejected: User unknown in relay map", True),
        ("5.1.1", "smtp; 550 5.1.1 mailbox is full", False),
        ("5.1.1", "smtp; 550 5.1.1 Message blocked as spam", False),
        ("5.1.0", "smtp; 550 5.1.0 Sender rejected", False),
        ("5.1.0", "smtp; 550 5.1.0 Address rejected", True),
        ("5.2.2", "smtp; 552 5.2.2 over quota", False),
        ("5.2.1", "smtp; 550 5.2.1 disabled", False),
        ("5.7.1", "smtp; 550 5.7.1 user unknown", False),
        ("5.4.4", "X-Postfix; Host or domain name not found. Name service error for no.test: Host not found", True),
        ("5.4.4", "smtp; unable to route", False),
        ("5.4.310", "smtp; 550 5.4.310 DNS domain no.test does not exist [Message=InfoDomainNonexistent]", True),
        ("5.4.1", "smtp; 550 5.4.1 Recipient address rejected: Access denied.", True),
        ("5.4.1", "smtp; connection timed out", False),
        ("4.1.1", "smtp; 450 4.1.1 unknown", False),
        ("", "550 user unknown", False),
    ],
)  # fmt: skip
def test_a_full_mailbox_or_a_refusal_of_ours_makes_no_address_dead(status: str, said: str, dead: bool) -> None:
    assert nowhere(status, said) is dead


@pytest.mark.parametrize(
    ("status", "said", "good"),
    [
        ("5.1.1", "no such user", True),
        ("5.2.2", "mailbox full", False),
        ("5.0.0", "552 mailbox full", False),
        ("5.0.0", "552 no", True),
        ("5.4.7", "expired", False),
        ("5.7.1", "blocked", True),
        ("4.2.2", "", False),
        ("", "mailbox full", None),
    ],
)
def test_a_mailbox_that_is_full_is_so_for_now(status: str, said: str, good: bool | None) -> None:
    assert for_good(status, said) is good


@pytest.mark.parametrize(
    ("status", "diagnostic", "found"),
    [
        ("5.2.2", "smtp; 550 5.1.1 no", "5.2.2"),
        ("5.0.0", "smtp; 550 5.1.1 no", "5.1.1"),
        ("5.0.0", "smtp; 450 4.2.2 full", "5.0.0"),
        ("5.0.0", "smtp; 550 no", "5.0.0"),
        ("", "550-5.7.26 unauthenticated", "5.7.26"),
        ("", "connect to 192.5.1.1[192.5.1.1]: refused", ""),
    ],
)
def test_where_a_report_says_only_that_it_failed_the_servers_words_say_more(
    status: str, diagnostic: str, found: str
) -> None:
    assert status_of(FailedRecipient("ann@customer.test", status=status, diagnostic=diagnostic)) == found


@pytest.mark.parametrize(
    ("why", "status"),
    [
        ("RCPT: 550 5.1.1 no such user", "5.1.1"),
        ("RCPT: 553-5.1.3 bad address", "5.1.3"),
        ("RCPT: 450 4.1.1 later", ""),
        ("RCPT: 550 no such user 5.1.1", ""),
        ("DATA: 550 5.1.1 no", ""),
        ("no session with the relay: 550 5.1.1", ""),
    ],
)
def test_only_a_refusal_of_the_recipient_himself_counts_of_our_relay(why: str, status: str) -> None:
    assert refused_at_rcpt(why) == status


@given(st.text())
def test_any_words_of_a_server_are_one_line_without_links(text: str) -> None:
    said = server_said(f"{text} https://evil.test/x www.evil.test {text}")
    assert len(said.splitlines()) <= 1
    assert len(said) <= 300
    assert "evil" not in said
    assert meaning(status_in(text))
