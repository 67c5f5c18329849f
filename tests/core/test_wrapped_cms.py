"""S/MIME and PGP: what was signed is read, what is encrypted is said to be."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture_mail import NOW, read, read_bytes
from mailgate.cases.case import EntryKind
from mailgate.cases.customer_mail import entry_of
from mailgate.mail.as_json import as_json
from mailgate.mail.cms import signed_content
from mailgate.mail.opened import octets_of
from wrappers import alone, der, enveloped, mail_of, part, signed, signed_in_pieces, streamed

INNER = mail_of(b"Content-Type: text/plain\n\nThe signed words.\n", part("application/pdf", b"%PDF-1.4 x", "offer.pdf"))
OPAQUE = 'application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"'


@pytest.mark.parametrize("wrapped", [signed(INNER), signed_in_pieces(INNER)])
@pytest.mark.parametrize("kind", [OPAQUE, "application/x-pkcs7-mime", 'application/octet-stream; name="smime.p7m"'])
def test_what_was_signed_within_the_wrapper_is_read(wrapped: bytes, kind: str) -> None:
    data = alone(part(kind, wrapped, "smime.p7m"))
    mail = read_bytes(data)
    assert mail.text == "The signed words."
    assert mail.protection == "signed with S/MIME"
    assert [one.name for one in mail.attachments] == ["smime.p7m", "offer.pdf"]
    assert octets_of(mail.attachments[1], data) == b"%PDF-1.4 x"


def test_a_wrapper_in_a_wrapper_is_opened_and_not_for_ever() -> None:
    head = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\n\n"
    twice = alone(part(OPAQUE, signed(head + signed(INNER)), "smime.p7m"))
    assert read_bytes(twice).text == "The signed words."
    nested = INNER
    for _ in range(30):
        nested = head + signed(nested)
    assert read_bytes(nested).text == ""


def test_a_signature_beside_the_words_is_a_file_and_said() -> None:
    mail = read("signed_smime")
    assert mail.protection == "signed with S/MIME"
    assert [one.type for one in mail.attachments] == ["application/pkcs7-signature"]
    assert read("honest_pgp_mime").protection == "signed with PGP"
    assert read("honest_pgp_inline").protection == "signed with PGP"
    assert read("plain").protection == ""


PGP = b"-----BEGIN PGP MESSAGE-----\n\nhQEMA0x\n=abcd\n-----END PGP MESSAGE-----\n"
ENCRYPTED = [
    (alone(part("application/pkcs7-mime; smime-type=enveloped-data", enveloped(b"secret"), "smime.p7m")), "S/MIME"),
    (alone(part("application/octet-stream", enveloped(b"secret"), "smime.p7m")), "S/MIME"),
    (
        mail_of(
            part("application/pgp-encrypted", b"Version: 1\n"),
            part("application/octet-stream", PGP, "encrypted.asc", "inline"),
            kind='encrypted; protocol="application/pgp-encrypted"',
        ),
        "PGP",
    ),
    (b"Content-Type: text/plain\n\n" + PGP, "PGP"),
    (
        mail_of(
            b"Content-Type: text/plain\n\nOpen it with Outlook.\n",
            part("application/x-microsoft-rpmsg-message", b"v", "message.rpmsg"),
        ),
        "Microsoft's rights management",
    ),
]


def test_encrypted_mails_of_mail_programs_are_known() -> None:
    assert read("encrypted_smime").protection == "encrypted with S/MIME"
    assert read("encrypted_pgp_mime").protection == "encrypted with PGP"


@pytest.mark.parametrize(("data", "how"), ENCRYPTED)
def test_an_encrypted_mail_says_so_on_its_case(data: bytes, how: str) -> None:
    mail = read_bytes(data)
    assert mail.protection == f"encrypted with {how}"
    entry = entry_of(mail, EntryKind.MAIL, NOW)
    assert entry.text.startswith(f"(This mail is encrypted with {how} and cannot be read here.")
    assert mail.protection in as_json(mail, "x")["defects"]


def test_a_signed_mail_is_no_defect_and_its_entry_has_its_words_alone() -> None:
    mail = read("signed_smime")
    assert entry_of(mail, EntryKind.MAIL, NOW).text == mail.reply_text
    assert as_json(mail, "x")["defects"] == []


def test_armoured_and_detached_wrappers() -> None:
    armoured = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(signed(b"words")) + b"-----END PKCS7-----\n"
    assert signed_content(armoured) == b"words"
    assert signed_content(signed(b"words")) == b"words"
    for nothing in (b"", b"0", enveloped(b"x"), b"\x30\x80" * 100, b"-----BEGIN PKCS7-----\nA"):
        assert signed_content(nothing) == b""


def test_pieces_in_pieces_are_put_together() -> None:
    whole = signed_in_pieces(b"word")
    piece = der(0x04, b"word")
    nested = whole.replace(piece, streamed(0x24, der(0x04, b"wo")) + der(0x24, der(0x04, b"r")) + der(0x04, b"d"))
    assert signed_content(nested) == b"word"


def test_what_was_cut_gives_what_is_left() -> None:
    whole = signed_in_pieces(b"word " * 100)
    assert signed_content(whole[:300]).startswith(b"word word")
    assert signed_content(signed(b"word " * 100)[:300]).startswith(b"word word")


@given(st.binary(max_size=60), st.integers(0, 200), st.booleans())
def test_damaged_wrappers_never_raise(noise: bytes, at: int, pieces: bool) -> None:
    whole = (signed_in_pieces if pieces else signed)(INNER[:120])
    read_bytes(alone(part(OPAQUE, whole[:at] + noise + whole[at + len(noise) :], "smime.p7m")))
