"""What strangers wrote cannot steer the terminal of whoever looks at it; tables fit pipes, eyes and NO_COLOR."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import Gate
from terminal import on_a_terminal
from world import mail

# Titles, clipboard (OSC 52), clearing, a hyperlink, 8-bit CSI, bell, right-to-left override, a line drawn over.
EVIL = "\x1b]0;owned\x07\x1b]52;c;eA==\x07\x1b[2J\x1b]8;;http://x.test\x1b\\x\x9b31m\u202etxt.exe\u2066\r\x08\x7f\ttab"
_UNWANTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u206f]")


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    with gate.world() as world:
        world.receive(
            mail(f"Hi {EVIL}", f"body {EVIL}", by=f'"{EVIL}" <ann@customer.test>', message_id="<1\x1b[31m@x.test>")
        )
        world.receive(mail("日本語の件名　です", by="山田 <yamada@customer.test>", message_id="<2@customer.test>"))
        world.receive(mail("שלום عالم", message_id="<3@customer.test>", auto_submitted="auto-replied"))
    return gate


def test_no_command_lets_a_strangers_escapes_through(gate: Gate) -> None:
    number = gate.json("case", "list")[-1]["number"]
    for words in (
        ("case", "list"),
        ("case", "show", number),
        ("inbox", "list"),
        ("inbox", "show", "1"),
        ("outbox", "list"),
        ("outbox", "show", "1"),
        ("explain", "1"),
        ("explain", "1", "--trace"),
        ("inbox", "drop", "3", "--dry-run"),
        ("case", "close", number, "--dry-run"),
    ):
        told = gate.out(*words)
        assert not _UNWANTED.search(told), (words, _UNWANTED.findall(told))
        assert words[-1] == "--dry-run" or "\x1b" not in gate.out(*words, "--json")


def test_a_name_that_steers_is_told_as_escapes_in_errors_too(gate: Gate) -> None:
    for words in (("case", "show", "x\x1b[31m"), ("contact", "list", "x\x1b[31m")):
        assert "\\x1b[31m" in gate.error(*words, code=3)


def test_rows_stay_in_line_beside_wide_letters_and_a_pipe_has_no_width(gate: Gate) -> None:
    told = gate.out("inbox", "list", "--limit", "2").splitlines()
    assert "日本語の件名 です" in told[2], "an ideographic space is a space"
    assert told[0].index("MESSAGE-ID") == told[1].index("<3@")
    wide = 8  # so many letters of that subject take two places
    assert told[2].index("<2@") == told[0].index("MESSAGE-ID") - wide
    assert max(map(len, gate.out("outbox", "list").splitlines())) > 100


@pytest.mark.parametrize(
    ("words", "environ", "coloured"),
    [
        ((), {}, True),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"TERM": "dumb"}, False),
        (("--color", "never"), {}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
    ],
)
def test_a_terminal_has_colour_unless_somebody_says_no(
    gate: Gate, words: tuple[str, ...], environ: dict[str, str], coloured: bool
) -> None:
    told = on_a_terminal(gate, "inbox", "list", "--state", "held", *words, **environ)
    assert ("\x1b[33m" in told) is coloured
    assert "\x1b]" not in told


def test_a_pipe_has_no_colour_unless_it_is_asked_for(gate: Gate) -> None:
    assert "\x1b" not in gate.out("inbox", "list")
    assert "\x1b[33mheld" in gate.out("inbox", "list", "--color", "always")
