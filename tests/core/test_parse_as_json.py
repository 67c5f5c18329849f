"""The object that `mailgate parse` prints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixture_mail import read, read_bytes
from mailgate.mail.as_json import as_json
from mailgate.mail.message import Attachment, Automatic, AutomaticKind, FailedRecipient, Report


def test_it_has_every_key_of_the_design_with_plain_values() -> None:
    assert as_json(read("related_in_mixed_in_alternative"), "x.eml") == {
        "file": "x.eml",
        "subject": "Nested",
        "from": "ann@example.com",
        "to": ["support@example.test"],
        "cc": [],
        "date": "2026-11-02T08:30:00+00:00",
        "message_id": "<related_in_mixed_in_alternative@example.com>",
        "text": "See the picture.",
        "reply_text": "See the picture.",
        "html": '<p>See the picture: <img src="cid:pic@example.com"></p>',
        "attachments": [
            {"name": "logo.png", "type": "image/png", "size": 70},
            {"name": "offer.pdf", "type": "application/pdf", "size": 48},
        ],
        "is_bounce": False,
        "bounce_recipients": [],
        "is_auto": False,
        "defects": [],
    }


def test_a_mail_of_nothing_has_empty_values() -> None:
    found = as_json(read_bytes(b""), "x")
    assert (found["from"], found["message_id"], found["date"], found["text"]) == ("", None, None, "")


def test_a_machines_mail_is_a_bounce_or_automatic_and_never_both() -> None:
    mail = read("plain")
    report = Report((FailedRecipient("bob@example.com"),), failed=True)
    bounce = as_json(replace(mail, automatic=Automatic(AutomaticKind.BOUNCE, "x"), report=report), "x")
    reply = as_json(replace(mail, automatic=Automatic(AutomaticKind.AUTO_REPLY, "x")), "x")
    assert (bounce["is_bounce"], bounce["is_auto"], bounce["bounce_recipients"]) == (True, False, ["bob@example.com"])
    assert (reply["is_bounce"], reply["is_auto"], reply["bounce_recipients"]) == (False, True, [])


def test_nameless_parts_are_listed_unless_they_are_seen_in_the_words_or_make_up_a_report() -> None:
    def listed(kind: str, *, inline: bool = False, reported: bool = False) -> bool:
        report = Report((), failed=True) if reported else None
        mail = replace(read("plain"), attachments=(Attachment("", kind, 1, 0, 1, inline=inline),), report=report)
        return bool(as_json(mail, "x")["attachments"])

    assert listed("application/pdf")
    assert listed("message/rfc822")
    assert not listed("image/png", inline=True)
    assert not listed("message/rfc822", reported=True)
    assert listed("application/pdf", reported=True)


def test_why_a_mail_is_unread_stands_among_its_defects() -> None:
    assert as_json(replace(read("plain"), unread="took too long"), "x")["defects"] == ["unread: took too long"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("root", "root"),
        ("Root <root>", "root"),
        ("root (Cron Daemon)", "root"),
        ("MAILER-DAEMON (Mail Delivery System)", "MAILER-DAEMON"),
        ("Ann Example", ""),
        ("<>", ""),
        ("root (at ann@example.com)", "ann@example.com"),
    ],
)
def test_a_machines_own_user_is_shown_by_name(said: str, shown: str) -> None:
    assert as_json(read_bytes(f"From: {said}\nSubject: x\n\nwords\n".encode()), "x")["from"] == shown
