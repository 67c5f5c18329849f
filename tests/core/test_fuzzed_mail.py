"""Broken mails by chance, a bounded run (the long one: `tests/bench/long/fuzz`), and what such runs have found."""

from __future__ import annotations

import time
from random import Random

from fixture_mail import FOLDER
from fuzzing import broken, find

SEED = 20261122
SECONDS = 10.0  # of processor time at most; a slow machine tries fewer
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
