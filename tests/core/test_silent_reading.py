"""A mail that makes the reader of reports stumble is read, and nothing of it reaches a log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fixture_mail import read_bytes

_BODY = b"\r\nYour message to <bob@example.com> could not be delivered.\r\n"
_HEADER = b"Return-Path: <>\r\nTo: support@example.org\r\nSubject: Undeliverable: your case\r\n"


@pytest.mark.parametrize(
    "author",
    [b"", b"From:\r\n", b'From: "\xeb\xa9\x94" <postmaster@example.net>\r\n', b"From: <<>,,\r\n", b"From: @\r\n"],
    ids=["none", "empty", "eight bits", "brackets", "a sign alone"],
)
def test_an_odd_author_of_a_report_leaves_no_line_in_the_log(author: bytes, caplog: pytest.LogCaptureFixture) -> None:
    report = read_bytes(_HEADER + author + _BODY).report
    assert report is not None
    assert [one.address for one in report.recipients] == ["bob@example.com"]
    assert not caplog.records


def test_parse_says_nothing_but_its_json(tmp_path: Path) -> None:
    mail = tmp_path / "report.eml"
    mail.write_bytes(_HEADER + b'From: "\xeb\xa9\x94" <postmaster@example.net>\r\n' + _BODY)
    done = subprocess.run(
        [sys.executable, "-m", "mailgate", "parse", mail], capture_output=True, check=True, timeout=60
    )
    assert b'"is_bounce": true' in done.stdout
    assert done.stderr == b""
