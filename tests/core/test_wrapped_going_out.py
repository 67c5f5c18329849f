"""What an engineer's program wrapped goes out unwrapped: his words and files, and never the wrapper."""

from __future__ import annotations

from fixture_mail import read_bytes
from mailgate.mail.going_out import going_out
from mailgate.mail.message import Address, GoingOut
from mailgate.outbox.carried import carried
from wrappers import File, alone, enveloped, mail_of, part, signed, tnef

EVE = frozenset({"eve.engineer@desk.test"})
OURS = Address("Support", "support@example.com")
WORDS = b"Content-Type: text/plain\n\nReplace the fuse.\n"


def _out(data: bytes) -> GoingOut:
    mail = read_bytes(data)
    return going_out(mail, data, mail.reply_text, EVE, OURS)


def _sent(data: bytes) -> list[tuple[str, bytes]]:
    return [(one.name, one.data) for one in carried(_out(data), data, "").attachments]


def test_files_of_winmail_dat_go_out_by_themselves() -> None:
    wrapper = tnef(File(b"%PDF-1.4", "manual.pdf"), File(b"of eve.engineer@desk.test", "private.txt"))
    data = mail_of(WORDS, part("application/ms-tnef", wrapper, "winmail.dat"))
    assert _sent(data) == [("manual.pdf", b"%PDF-1.4")]
    assert [one.name for one in _out(data).kept_back] == ["private.txt"]


def test_what_an_engineer_signed_goes_out_without_its_seal() -> None:
    inner = mail_of(WORDS, part("application/pdf", b"%PDF-1.4", "manual.pdf"))
    data = alone(part("application/pkcs7-mime; smime-type=signed-data", signed(inner), "smime.p7m"))
    assert _out(data).text == "Replace the fuse."
    assert _sent(data) == [("manual.pdf", b"%PDF-1.4")]
    assert [(one.name, one.missed) for one in _out(data).kept_back] == [("smime.p7m", False)]


def test_an_encrypted_wrapper_never_goes_out() -> None:
    data = alone(part("application/pkcs7-mime; smime-type=enveloped-data", enveloped(b"x"), "smime.p7m"))
    assert _out(data).text == ""
    assert _out(data).attachments == ()


def test_an_attached_mail_goes_out_under_its_subject() -> None:
    letter = b"Content-Type: message/rfc822\n\nFrom: ann@example.com\nSubject: The lamp\n\nIt is dark.\n"
    assert [name for name, _ in _sent(mail_of(WORDS, letter))] == ["The lamp.eml"]
