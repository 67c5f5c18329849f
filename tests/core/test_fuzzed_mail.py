"""Broken mails by chance, a bounded run (the long one: `tests/bench/long/fuzz`), and what such runs have found."""

from __future__ import annotations

import time
from random import Random

from fixture_mail import FOLDER
from fuzzing import broken, find

SEED = 20261122
SECONDS = 8.0  # of processor time at most; a slow machine tries fewer
RUNS = 400


def test_no_mail_broken_by_chance_breaks_a_law() -> None:
    mails = [file.read_bytes() for file in sorted(FOLDER.glob("*.eml"))]
    until = time.process_time() + SECONDS
    for number in range(RUNS):
        if time.process_time() > until:
            break
        seed = f"{SEED} {number}"
        _, data = broken(Random(seed), mails)
        assert find(data) == "", f"seed {seed!r}: tests/bench/long/fuzz --again '{seed}'"


def test_a_long_line_in_what_looks_like_a_bounce_is_read_in_time() -> None:
    head = b"From: MAILER-DAEMON@example.com\nSubject: failed\n\nYour message could not be delivered.\n"
    start = time.process_time()
    assert find(head + b"<div>=?x?b?" * 18_000) == ""
    assert time.process_time() - start < 5


def test_a_thousand_fields_in_raw_eight_bit_are_read_in_time() -> None:
    head = b"".join(b"X-%d: \xd0\xcf\xde\xd4\xc1 \xd0\xc9\xd3\xd8\xcd\xcf\n" % number for number in range(990))
    start = time.process_time()
    assert find(head + b"Content-Type: multipart/mixed; boundary=b\n\n") == ""
    part = b"--b\nContent-Type: a/b" + b"; x=\xf0\xcf\xde\xd4\xc1\xe1\xe2" * 150 + b"\n\nx\n"
    assert find(b"Content-Type: multipart/mixed; boundary=b\n\n" + part * 490) == ""
    assert time.process_time() - start < 8
