"""Delivery reports of RFC 3464, whole and broken, from fixtures/mail/bounce_*.eml."""

from __future__ import annotations

import pytest

from fixture_mail import read
from mailgate.mail.message import AutomaticKind, FailedRecipient
from mailgate.mail.report import read_report
from mailgate.mail.report_words import ReportPart

FIELDS = (("from", "MAILER-DAEMON@mx.example.com"), ("content-type", "multipart/report; report-type=delivery-status"))


def test_failures_are_kept_apart_from_delays_and_deliveries() -> None:
    report = read("bounce_rfc3464").report
    assert report is not None
    assert report.failed
    assert report.recipients == (
        FailedRecipient("bob@example.com", True, "5.1.1", "smtp; 550 5.1.1 <bob@example.com>: user unknown"),
        FailedRecipient("eve@example.com", False, "4.4.7", ""),
    )


def test_the_recipient_is_the_one_we_wrote_to_not_the_one_it_was_expanded_to() -> None:
    report = read("bounce_rfc3464").report
    assert report is not None
    assert report.recipients[0].address == "bob@example.com"


def test_the_letter_that_failed_is_known_by_its_message_id() -> None:
    report = read("bounce_rfc3464").report
    assert report is not None
    assert report.original_message_id == "<letter.1@example.test>"


def test_a_delay_is_a_report_of_no_failure() -> None:
    mail = read("bounce_delay")
    assert mail.report is not None
    assert not mail.report.failed
    assert mail.report.recipients == (FailedRecipient("bob@example.com", False, "4.4.1", ""),)
    assert mail.automatic is not None
    assert mail.automatic.kind is AutomaticKind.BOUNCE


@pytest.mark.parametrize("name", ["bounce_boundary_lost", "bounce_no_recipient_named", "bounce_refused_by_dovecot"])
def test_broken_and_unusual_reports_still_name_the_recipient(name: str) -> None:
    report = read(name).report
    assert report is not None
    assert report.failed
    assert [one.address for one in report.recipients] == ["bob@example.com"]


def test_a_person_who_forwards_a_report_is_no_machine() -> None:
    mail = read("bounce_forwarded_by_a_person")
    assert mail.report is None
    assert mail.automatic is None


@pytest.mark.parametrize(
    ("group", "failed"),
    [
        ("Final-Recipient: rfc822; bob@example.com\nAction: failed\nStatus: 5.1.1", True),
        ("FINAL-RECIPIENT: RFC822;<bob@example.com>\nACTION: Failed (gone)", True),
        ("Final-Recipient: bob@example.com\nStatus: 5.0.0 (gone)", True),
        ("Original-Recipient: rfc822;bob@example.com\nFinal-Recipient: x400;/CN=bob/\nAction: failure", True),
        ("Final-Recipient: rfc822; bob@example.com\nAction: delayed\nStatus: 4.0.0", False),
    ],
)
def test_dialects_of_a_recipients_group_are_read(group: str, failed: bool) -> None:
    body = f"Reporting-MTA: dns; mx.example.com\n\n{group}\n".encode()
    report = read_report(b"", [ReportPart("message/delivery-status", b"", body)], FIELDS, "Delivery", "")
    assert report is not None
    assert report.failed is failed
    assert [one.address for one in report.recipients] == ["bob@example.com"]


def test_a_report_of_delivery_alone_is_no_report_of_trouble_but_a_machines() -> None:
    body = b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; bob@example.com\nAction: delivered\nStatus: 2.0.0\n"
    assert read_report(b"", [ReportPart("message/delivery-status", b"", body)], FIELDS, "Delivery", "") is None
