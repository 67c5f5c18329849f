"""No bytes make `parse` raise, take long, or give more than its caps."""

from __future__ import annotations

import json
import re
import time
from dataclasses import fields
from fnmatch import fnmatch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fixture_mail import FOLDER, NOW, data_of, raw_mail, read_bytes
from mailgate.mail.as_json import as_json
from mailgate.mail.body import TEXT_CAP
from mailgate.mail.fingerprint import identity_of, message_id_of
from mailgate.mail.message import Mail
from mailgate.mail.parse import parse
from mailgate.mail.unread import unread_mail
from malformed import malformed

MALFORMED = list(malformed())
FIXTURES = sorted(path.stem for path in FOLDER.glob("*.eml"))
LONGEST = 5.0  # seconds; all but a few take milliseconds, the gate allows 10


def check(data: bytes, mail: Mail) -> None:
    """What holds for every mail."""
    assert mail.unread == ""
    assert len(mail.text) <= TEXT_CAP
    assert len(mail.html) <= TEXT_CAP
    assert len(mail.subject.splitlines()) <= 1
    assert len(mail.references) <= 100
    for one in mail.attachments:
        assert 0 <= one.start <= one.end <= len(data)
        assert one.size >= 0
        assert "/" not in one.name
    # UTF-8 without NUL or lone surrogates is what both databases take.
    for part in fields(mail):
        value = getattr(mail, part.name)
        if isinstance(value, str):
            assert "\x00" not in value, part.name
            value.encode()
    json.dumps(as_json(mail, "x"), ensure_ascii=False).encode()


@pytest.mark.parametrize(("name", "data"), MALFORMED, ids=[name for name, _ in MALFORMED])
def test_malformed_mail_is_read_in_time(name: str, data: bytes) -> None:
    start = time.process_time()
    mail = parse(raw_mail(data))
    identity_of("support", data)
    assert time.process_time() - start < LONGEST, name
    check(data, mail)


def test_the_generator_gives_the_same_mails_again_and_names_each() -> None:
    assert list(malformed()) == MALFORMED
    assert len({name for name, _ in MALFORMED}) == len(MALFORMED) == 200
    assert list(malformed(seed=1)) != MALFORMED


@settings(deadline=None)
@given(some.binary(max_size=400))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    check(data, parse(raw_mail(data)))
    assert message_id_of(data) == parse(raw_mail(data)).message_id or b"\n" not in data


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(some.sampled_from(FIXTURES), some.data())
def test_damaged_fixtures_are_read_without_a_word_of_complaint(name: str, data: some.DataObject) -> None:
    damaged = bytearray(data_of(name))
    for _ in range(data.draw(some.integers(1, 5))):
        at = data.draw(some.integers(0, len(damaged)))
        piece = data.draw(some.one_of(some.binary(max_size=6), some.sampled_from([b"\r", b"\n\n", b'"', b"=?", b"--"])))
        damaged[at : at + data.draw(some.integers(0, 20))] = piece
    check(bytes(damaged), parse(raw_mail(bytes(damaged))))


@pytest.mark.parametrize("name", FIXTURES)
def test_every_fixture_is_read_and_named_in_the_readme(name: str) -> None:
    check(data_of(name), parse(raw_mail(data_of(name))))
    named = re.findall(r"^- `([^`]+)`: ", (FOLDER.parent / "README.md").read_text(), re.MULTILINE)
    assert any(fnmatch(f"{name}.eml", pattern) for pattern in named), "one line in fixtures/README.md says what it is"


def test_a_mail_whose_reading_was_killed_still_has_its_header() -> None:
    mail = unread_mail(raw_mail(data_of("references_odd")), "took over 10 s")
    assert mail.unread == "took over 10 s"
    assert mail.subject == "Re: Thread"
    assert mail.message_id == "<references_odd@example.com>"
    assert mail.references[0] == "<one@example.com>"
    assert mail.shown_from is not None
    assert mail.identity is None
    assert mail.text == ""
    assert mail.envelope.received_at == NOW


@pytest.mark.parametrize("data", [b"", b"\x00", b"\r\r\r", b"Subject: =?utf-8?b?" + b"w" * 100_000])
def test_a_mail_that_was_killed_may_hold_any_bytes(data: bytes) -> None:
    assert unread_mail(raw_mail(data), "killed").unread.startswith("killed")


def test_a_header_over_its_caps_is_cut_and_its_body_is_read_all_the_same() -> None:
    mail = read_bytes(b"Subject: kept\r\n" + b"X-Fill: " + b"y" * 200_000 + b"\r\nSubject: late\r\n\r\nthe body\r\n")
    assert mail.subject == "kept"
    assert mail.text == "the body"
    assert "over a cap: header section longer than 128 KiB" in mail.defects


def test_a_bare_cr_makes_no_field() -> None:
    mail = read_bytes(data_of("bare_cr_in_subject"))
    assert mail.subject == "hello X-Auth: engineer"
    assert mail.field("x-auth") == ""
