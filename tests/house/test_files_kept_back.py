"""Who answers with a file that may not go out is told, where he could think that it went."""

from __future__ import annotations

import pytest

from mailgate.mail.message import Authentication
from world import World, mail

BOB = "bob@engineers.test"
WITH_FILE = """\
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Here is what I did.

--b
Content-Type: {kind}; name="{name}"
Content-Disposition: attachment; filename="{name}"

{holds}

--b--
"""


@pytest.mark.parametrize(
    ("kind", "name", "holds", "told"),
    [
        ("text/plain", "session.log", "login bob@engineers.test", True),
        ("text/plain", "steps.txt", "Pull the plug.", False),
        ("text/vcard", "bob.vcf", "BEGIN:VCARD", False),
    ],
)
def test_a_file_that_is_kept_back_is_told_of_where_it_was_meant_to_go(
    kind: str, name: str, holds: str, *, told: bool
) -> None:
    with World(engineers=(BOB,)) as world:
        world.receive(mail())
        notice = world.letters[1]
        whole = mail("Re: x", "", by=BOB, message_id="<2@engineers.test>", in_reply_to=notice["Message-ID"])
        head = whole.decode().split("Content-Type")[0]
        body = WITH_FILE.format(kind=kind, name=name, holds=holds).replace("\n", "\r\n")
        world.receive((head + body).encode(), sender=BOB, authentication=Authentication.PASS)
        letters = world.letters[2:]
        assert letters[0]["To"] == "Ann Lee <ann@customer.test>"
        assert [name in letter.as_string() for letter in letters if letter["To"] == BOB] == [True] * told
