"""Reports in words: what mail systems say that do not know RFC 3464, read for who was not reached."""

from __future__ import annotations

import pytest

from fixture_mail import FOLDER, read, read_bytes
from mailgate.mail.message import AutomaticKind, Report
from mailgate.mail.report import read_report

OURS = "ann@example.org"
THEIRS = "bob@example.com"
DAEMON = "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>"
# One fixture a mail system (bounce_words_qmail and so on), each written after its form.
SYSTEMS = sorted(path.stem for path in FOLDER.glob("bounce_words_*.eml"))


def _report(sender: str, subject: str, text: str, **fields: str) -> Report | None:
    known = {"from": sender, "to": OURS, "return-path": "<>", "message-id": "<b@mx.example.com>", **fields}
    head = "".join(f"{name}: {value}\r\n" for name, value in known.items())
    data = f"{head}Subject: {subject}\r\n\r\n{text}"
    return read_report(data.encode(), (), tuple(known.items()), subject, text)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_report_in_words_names_who_was_not_reached(system: str) -> None:
    mail = read(system)
    assert mail.report is not None
    assert mail.report.failed
    assert [one.address for one in mail.report.recipients] == [THEIRS]
    assert mail.automatic is not None
    assert mail.automatic.kind is AutomaticKind.BOUNCE
    assert ("<orig@example.org>" in mail.text) == (mail.report.original_message_id == "<orig@example.org>")


def test_a_warning_of_delay_is_no_failure() -> None:
    text = (
        "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours."
        "\n\n  bob@example.com\n\nNo action is required on your part. Delivery attempts will continue for\nsome time."
    )
    report = _report(DAEMON, "Warning: message 1abc delayed 24 hours", text)
    assert report is not None
    assert not report.failed
    assert [(one.address, one.permanent) for one in report.recipients] == [(THEIRS, False)]


def test_a_challenge_is_no_report() -> None:
    text = "Your message is being held.\nPlease click the link below to confirm that you are a person.\n"
    assert _report("Antispam <postmaster@example.com>", "Re: x [confirm]", text) is None


def test_status_and_diagnosis_stand_with_the_recipient() -> None:
    report = _report(DAEMON, "failure notice", f"<{THEIRS}>:\n550 5.1.1 unknown user\nGiving up.\n")
    assert report is not None
    assert (report.recipients[0].permanent, report.recipients[0].status) == (True, "5.1.1")
    assert report.recipients[0].diagnostic == "550 5.1.1 unknown user"


def test_notices_of_amazon_ses_are_read() -> None:
    notice = (
        '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":'
        '"bob@example.com","status":"5.1.1","diagnosticCode":"smtp; 550"}]},"mail":{"commonHeaders":'
        '{"messageId":"<orig@example.org>"}}}'
    )
    report = _report("AWS <no-reply@sns.amazonaws.com>", "AWS Notification Message", f"{notice}\n\n--\nunsubscribe")
    assert report is not None
    assert report.recipients[0].address == THEIRS
    assert report.original_message_id == "<orig@example.org>"


PEOPLE = {
    "quotes a report": ("Carl <carl@example.net>", "Undelivered mail", f"See:\n\n<{THEIRS}>: 550 5.1.1\n\nHelp?"),
    "a parcel": ("Carl <carl@example.net>", "Delivery failed", f"The parcel could not be delivered to {THEIRS}\n"),
    "a postmaster": ("Bob <postmaster@example.net>", "Your mail setup", "We see that your mails get delayed.\nBob"),
    "an administrator": ("Bob <administrator@example.net>", "Printer failure", f"It does not exist at {THEIRS}.\n"),
}  # fmt: skip


@pytest.mark.parametrize(("sender", "subject", "text"), PEOPLE.values(), ids=PEOPLE.keys())
def test_a_person_who_writes_of_failures_is_no_machine(sender: str, subject: str, text: str) -> None:
    address = sender.partition("<")[2].rstrip(">")
    assert _report(sender, subject, text, **{"return-path": f"<{address}>"}) is None


def test_a_person_who_answers_a_report_is_no_machine() -> None:
    text = f"Delivery to the following recipient failed permanently:\n\n {THEIRS}\n"
    fields = {"return-path": "<carl@example.net>", "in-reply-to": "<x@example.com>"}
    assert _report("Carl <carl@example.net>", "Re: Delivery failure", text, **fields) is None


def test_the_null_return_path_that_the_door_knows_counts_as_one_that_is_written_down() -> None:
    data = (
        "From: Postmaster <postmaster@example.net>\r\nSubject: Message non remis\r\n\r\n"
        f"Bonjour,\r\n\r\nLe message envoy=E9 =E0 {THEIRS} n'a pas pu =EAtre remis : utilisateur inconnu.\r\n"
    ).encode()
    assert read_bytes(data, sender="postmaster@example.net").report is None
    report = read_bytes(data, sender="").report
    assert report is not None
    assert [one.address for one in report.recipients] == [THEIRS]
