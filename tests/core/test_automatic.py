"""Who wrote it, a person or a machine, and by what evidence."""

from __future__ import annotations

import pytest

from fixture_mail import read
from mailgate.mail.automatic import automatic
from mailgate.mail.message import Automatic, AutomaticKind

BOB = "bob@example.com"


def _look(subject: str = "Printer", sender: str | None = BOB, author: str = BOB, **fields: str) -> Automatic | None:
    known = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return automatic(known, sender, author, subject, "", None, "text/plain")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"auto_submitted": "auto-replied"}, AutomaticKind.AUTO_REPLY),
        ({"auto_submitted": "auto-replied (vacation)"}, AutomaticKind.AUTO_REPLY),
        ({"auto_submitted": "Auto-Generated; type=x"}, AutomaticKind.AUTO_GENERATED),
        ({"auto_submitted": "auto-notified"}, AutomaticKind.AUTO_GENERATED),
        ({"x_autoreply": "yes"}, AutomaticKind.AUTO_REPLY),
        ({"x_autorespond": "Printer"}, AutomaticKind.AUTO_REPLY),
        ({"x_auto_reply_from": "bob@example.com"}, AutomaticKind.AUTO_REPLY),
        ({"x_mail_autoreply": "true"}, AutomaticKind.AUTO_REPLY),
        ({"x_holidayreply": "1"}, AutomaticKind.AUTO_REPLY),
        ({"delivered_to": "Autoresponder"}, AutomaticKind.AUTO_REPLY),
        ({"x_post_messageclass": "9; Autoresponder"}, AutomaticKind.AUTO_REPLY),
        ({"x_fc_machinegenerated": "true"}, AutomaticKind.AUTO_GENERATED),
        ({"x_cron_env": "<HOME=/root>"}, AutomaticKind.AUTO_GENERATED),
        ({"precedence": "auto_reply"}, AutomaticKind.AUTO_REPLY),
        ({"precedence": "junk"}, AutomaticKind.AUTO_REPLY),
        ({"precedence": "bulk"}, AutomaticKind.BULK),
        ({"precedence": "list", "list_id": "<users.example.com>"}, AutomaticKind.BULK),
        ({"list_unsubscribe": "<mailto:x@example.com>"}, AutomaticKind.BULK),
        ({"list_id": "<users.example.com>", "auto_submitted": "auto-replied"}, AutomaticKind.AUTO_REPLY),
    ],
)
def test_fields_of_machines_say_which_kind(fields: dict[str, str], kind: AutomaticKind) -> None:
    found = _look(**fields)
    assert found is not None
    assert found.kind is kind
    assert found.reason


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"auto_submitted": "no"},
        {"auto_submitted": "No (a person)"},
        {"auto_submitted": ""},
        {"x_auto_response_suppress": "All"},
        {"x_auto_response_suppress": "DR, RN, NRN, OOF, AutoReply"},
        {"x_autoreply": "no"},
        {"x_post_messageclass": "1; Note"},
        {"precedence": "normal"},
        {"precedence": "first-class"},
        {"x_mailer": "Apple Mail"},
    ],
)
def test_a_person_stays_a_person(fields: dict[str, str]) -> None:
    assert _look(**fields) is None


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Printer", "Out of Office: Printer", "Out of Office AutoReply: Printer", "Auto reply: Printer",
        "Automatische Antwort: Drucker", "Abwesenheitsnotiz: Drucker", "AutoAntwort: Drucker",
        "Réponse automatique : Imprimante", "Absence du bureau : Imprimante", "Respuesta automática: Impresora",
        "Fuera de la oficina: Impresora", "Risposta automatica: Stampante", "Fuori ufficio: Stampante",
        "Resposta automática: Impressora", "Automatisch antwoord: Printer", "Afwezig: Printer", "Autosvar: Skrivare",
        "Automatiskt svar: Skrivare", "Automatisk svar: Printer", "Automaattinen vastaus: Tulostin",
        "Odpowiedź automatyczna: Drukarka", "Automatická odpověď: Tiskárna", "Автоответ: Принтер",
        "Автоматический ответ: Принтер", "Автоматична відповідь: Принтер", "Otomatik Yanıt: Yazıcı",
        "自动回复: 打印机", "自動回覆：印表機", "自動応答: プリンター", "不在通知: プリンター", "자동 회신: 프린터",
        "[Auto-Reply] Printer", "Out of the office", "Automatic reply",
    ],
)  # fmt: skip
def test_subjects_of_automatic_replies_are_known(subject: str) -> None:
    found = _look(subject)
    assert found is not None
    assert found.kind is AutomaticKind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply does not work",
        "Out of office messages are sent twice",
        "Automatische Antwort funktioniert nicht",
        "Question about the vacation calendar: May",
        "Absence of sound: what to do",
        "Autoreply settings",
        "Away from keyboard locks the screen",
        "My office: out of paper",
    ],
)
def test_a_person_may_write_about_automatic_replies(subject: str) -> None:
    assert _look(subject) is None


def test_a_person_who_answers_an_automatic_reply_is_no_machine() -> None:
    assert _look("Re: Automatic reply: Printer", in_reply_to="<x@example.com>") is None


def test_an_answer_that_names_no_mail_and_bears_such_a_subject_is_a_machines() -> None:
    assert _look("Re: [desk] Out of office AutoReply: Back next week") is not None


def test_the_null_return_path_is_a_machines() -> None:
    assert _look(sender="") == Automatic(AutomaticKind.AUTO_GENERATED, "null return path")
    assert _look(sender=None, return_path="<>") == Automatic(AutomaticKind.AUTO_GENERATED, "null return path")
    assert _look(sender=None, return_path="<bob@example.com>") is None
    assert _look(sender=None) is None


@pytest.mark.parametrize("author", ["mailer-daemon@example.com", "no-reply@example.com", "noreply@example.com"])
def test_addresses_of_machines_are_known(author: str) -> None:
    found = _look(author=author)
    assert found is not None
    assert found.kind is AutomaticKind.AUTO_GENERATED


def test_a_contact_form_that_names_the_person_is_the_persons() -> None:
    assert _look(author="no-reply@shop.example.com", reply_to="dora@example.net") is None


@pytest.mark.parametrize("author", ["postmaster@example.com", "noreen@example.com", "bounceback@example.com"])
def test_addresses_of_people_are_not_taken_for_machines(author: str) -> None:
    assert _look(author=author) is None


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("auto_read_receipt", AutomaticKind.AUTO_REPLY, "read receipt"),
        ("auto_feedback_report", AutomaticKind.AUTO_GENERATED, "feedback report"),
        ("auto_out_of_office", AutomaticKind.AUTO_REPLY, "Auto-Submitted: auto-generated"),
        ("bounce_rfc3464", AutomaticKind.BOUNCE, "delivery report"),
        ("bounce_delay", AutomaticKind.BOUNCE, "delivery report: delayed"),
    ],
)
def test_mails_of_machines_name_their_kind_and_the_reason(name: str, kind: AutomaticKind, reason: str) -> None:
    mail = read(name)
    assert mail.automatic == Automatic(kind, reason)
    assert (mail.report is not None) == (kind is AutomaticKind.BOUNCE)
