"""Wrapped and encrypted mail on its way through the house: what our people read of it, and what goes on to others."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from fixture_mail import data_of
from mailgate.mail.message import Authentication
from world import World, mail
from wrappers import File, part, tnef

BOB = "bob@engineers.test"


def _said(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _with(body: bytes, subject: str = "x", **said: str) -> bytes:
    """A plain mail with another body; `body` begins with its Content-Type."""
    head = mail(subject, "", **said).decode().split("Content-Type")[0]
    return (head + body.decode()).replace("\r\n", "\n").replace("\n", "\r\n").encode()


@pytest.mark.parametrize(("name", "how"), [("encrypted_smime", "S/MIME"), ("encrypted_pgp_mime", "PGP")])
def test_an_encrypted_mail_says_on_its_case_why_it_has_no_words(name: str, how: str) -> None:
    with World(engineers=(BOB,)) as world:
        world.receive(data_of(name))
        (case,) = world.cases
        (entry,) = [one for one in world.case(case["number"])["history"] if one["kind"] == "mail"]
        said = f"(This mail is encrypted with {how} and cannot be read here. The raw mail is kept whole.)"
        assert entry["text"] == said
        assert said in _said(world.letters[1])


def test_what_outlook_wrapped_is_read_by_our_people_with_the_names_of_its_files() -> None:
    with World(engineers=(BOB,)) as world:
        world.receive(data_of("winmail_dat"))
        notice = _said(world.letters[1])
        assert "The lamp is dark since Monday." in notice
        assert "log.csv (22 bytes)" in notice
        assert "winmail.dat" not in notice


def test_a_file_that_an_engineers_outlook_wrapped_reaches_the_customer_by_itself() -> None:
    with World(engineers=(BOB,)) as world:
        world.receive(mail())
        wrapper = part("application/ms-tnef", tnef(File(b"Pull the plug.", "steps.txt")), "winmail.dat")
        words = b"--b\nContent-Type: text/plain\n\nHere is what to do.\n"
        body = b"Content-Type: multipart/mixed; boundary=b\n\n" + words + b"--b\n" + wrapper + b"\n--b--\n"
        answers = world.letters[1]["Message-ID"]
        data = _with(body, "Re: x", by=BOB, message_id="<2@engineers.test>", in_reply_to=answers)
        world.receive(data, sender=BOB, authentication=Authentication.PASS)
        (letter,) = [one for one in world.letters[2:] if one["To"] == "Ann Lee <ann@customer.test>"]
        (file,) = letter.iter_attachments()
        assert (file.get_filename(), file.get_content()) == ("steps.txt", b"Pull the plug.")


def test_an_attached_mail_without_a_name_is_told_of_by_its_subject() -> None:
    with World(engineers=(BOB,)) as world:
        world.receive(data_of("message_without_a_name"))
        assert "The lamp - Büro.eml (142 bytes)" in _said(world.letters[1])
