"""One mail through many doors is one mail; another mail is another."""

from __future__ import annotations

import pytest

from fixture_mail import data_of, read, read_bytes
from mailgate.mail.fingerprint import identity_of, message_id_of
from mailgate.mail.headers import PREFIX

PLAIN = data_of("plain")


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN + b"\r\n\r\n \r\n",
        PLAIN.rstrip(),
        b"From ann@example.com Mon Nov  2 09:30:00 2026\n" + PLAIN,
        b"Received: from a by b\r\n\twith SMTP; Mon, 2 Nov 2026 09:30:00 +0100\r\nReturn-Path: <x@y>\r\n" + PLAIN,
        b"Delivered-To: support@example.test\r\nX-Original-To: support@example.test\r\nEnvelope-To: x\r\n" + PLAIN,
        b"Authentication-Results: mx; spf=pass\r\nARC-Seal: i=1\r\nReceived-SPF: x\r\nDKIM-Signature: v=1\r\n" + PLAIN,
        b"X-Spam-Status: No\r\nX-Virus-Scanned: x\r\nX-MS-Exchange-Organization-SCL: 1\r\nX-Mailgate-A: x\r\n" + PLAIN,
        PLAIN.replace(b"Subject: The printer is broken", b"Subject: The printer\r\n is broken"),
        PLAIN.replace(b"Content-Type:", b"Status: RO\r\nX-UID: 7\r\nLines: 3\r\nContent-Type:"),
        PLAIN.replace(b"Subject:", b"SUBJECT:"),
    ],
)
def test_another_way_here_changes_nothing(changed: bytes) -> None:
    assert changed != PLAIN
    assert identity_of("support", changed) == identity_of("support", PLAIN)


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN.replace(b"error 17", b"error 18"),
        PLAIN.replace(b"broken", b"mended"),
        PLAIN.replace(b"<plain@", b"<other@"),
        PLAIN.replace(b"Ann Example", b"Bob Example"),
        PLAIN.replace(b"Hello,\r\n", b"Hello,\r\n\r\n"),
        b"X-Priority: 1\r\n" + PLAIN,
        PLAIN + b"PS: more",
        b"",
    ],
)
def test_other_content_is_another_mail(changed: bytes) -> None:
    assert identity_of("support", changed) != identity_of("support", PLAIN)


def test_each_mailbox_has_its_own_copy() -> None:
    assert identity_of("support", PLAIN) != identity_of("sales", PLAIN)
    assert identity_of("a", b"Message-ID: <b>\n\n") != identity_of("ab", b"Message-ID: <>\n\n")


def test_a_mail_over_the_header_caps_still_has_an_identity_of_its_own() -> None:
    long = b"X-Fill: " + b"y" * 200_000 + b"\r\n" + PLAIN
    assert identity_of("support", long) == identity_of("support", long.replace(b"\r\n", b"\n"))
    assert identity_of("support", long) != identity_of("support", long.replace(b"error 17", b"error 18"))


@pytest.mark.parametrize("name", ["plain", "references_odd", "no_empty_line", "bare_cr_in_subject", "two_from_fields"])
def test_the_message_id_is_the_one_that_parse_gives(name: str) -> None:
    assert message_id_of(data_of(name)) == read(name).message_id


def test_big_mail_is_told_apart_at_its_end() -> None:
    body = b"0123456789abcdef\r\n" * 60_000
    assert identity_of("support", PLAIN + body + b"a") != identity_of("support", PLAIN + body + b"b")
    assert identity_of("support", PLAIN + body) == identity_of("support", (PLAIN + body).replace(b"\r\n", b"\n"))


class Elsewhere:
    """Octets that are not in memory; nobody may have them all at once."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, cut: slice, /) -> bytes:
        assert len(self.data[cut]) <= PREFIX
        return self.data[cut]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN + b"x" * (3 * PREFIX) + b"\r\n" * 300_000,
        PLAIN.partition(b"\r\n\r\n")[0] + b"\r\nX-Long: " + b"x" * (3 * PREFIX) + b"\r\n\r\nwords",
        b"X-Many: 1\r\n" * (PREFIX // 5) + b"Message-ID: <late@x.test>\r\n\r\nwords",
        b"",
    ],
    ids=["small", "big", "a long field", "many fields", "nothing"],
)
def test_a_mail_is_the_same_wherever_its_octets_lie(data: bytes) -> None:
    assert identity_of("support", Elsewhere(data)) == identity_of("support", data)
    assert message_id_of(Elsewhere(data)) == message_id_of(data) == read_bytes(data).message_id
