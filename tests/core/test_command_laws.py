"""Laws of commands, for any text at all."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.cases.commands import Speaker, Word, read_commands

_WORDS = [f"/{word}" for word in Word]
PIECES = st.sampled_from(
    [
        *_WORDS, "/", "／close", "*/close*", "/asign", "/etc/x", "> /close", "| /open", "\n", "\r\n", "\r", "\u2028",
        "\x85", "\xa0", "\u200b", " ", "\t", ":", ",", "2", "365", "2611000001", "a@b.test", "<mailto:a@b.test>",
        "close", "please close", "Regards", "Ann", "é", "\x00", "\ud800", ">", "\n\n", "\n/close\n",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))
SPEAKERS = st.sampled_from(Speaker)


@given(TEXTS, SPEAKERS)
@example("/cc " + "<" * 500, Speaker.ENGINEER)
@example("/merge #2611000001:ref:_00DABCDEF._5000123456789ABC:ref", Speaker.ENGINEER)
def test_any_text_is_read_without_raising_and_its_rest_is_an_end_of_it(text: str, who: Speaker) -> None:
    read = read_commands(text, who)
    assert text.rstrip().endswith(read.rest)
    for fault in read.faults:
        assert fault.why
        assert len(fault.line) <= 120
        assert "\n" not in fault.line


@given(TEXTS, SPEAKERS)
def test_no_command_is_left_in_what_follows_the_commands(text: str, who: Speaker) -> None:
    read = read_commands(text, who)
    again = read_commands(read.rest, who)
    assert again.rest in (read.rest, "")
    if read.said or read.faults:
        assert not again.faults
        assert not again.said or again.worded


@given(st.lists(st.tuples(st.sampled_from([">", "> ", ">> ", "|", "| ", " > ", "»"]), TEXTS), max_size=8), SPEAKERS)
def test_no_word_is_taken_out_of_a_quoted_line(quoted: list[tuple[str, str]], who: Speaker) -> None:
    text = "\n".join(mark + " ".join(words.splitlines()) for mark, words in quoted)
    read = read_commands(text, who)
    assert (read.said, read.faults) == ((), ())
    assert read.rest == text.rstrip()


@given(TEXTS, TEXTS, SPEAKERS)
def test_what_stands_below_a_quoted_line_commands_nothing(above: str, below: str, who: Speaker) -> None:
    text = f"{above}\n> x\n"
    with_more, without = read_commands(text + below, who), read_commands(text, who)
    assert (with_more.said, with_more.faults) == (without.said, without.faults)


@given(st.lists(PIECES.filter(lambda piece: "\r" not in piece), max_size=30).map("".join), SPEAKERS)
def test_line_ends_make_no_difference(text: str, who: Speaker) -> None:
    one, other = read_commands(text, who), read_commands(text.replace("\n", "\r\n"), who)
    assert (one.said, one.rest) == (other.said, other.rest.replace("\r\n", "\n"))
    assert [fault.why for fault in one.faults] == [fault.why for fault in other.faults]


@pytest.mark.parametrize(
    "piece",
    [
        *("\n", " ", "\u200b", "\xa0\n", "\r", "/close\n", "/closf\n", "x", "/x", "/cc <", "/cc a@b.", "*/", "please "),
        *("/merge 2611000001 ", "/close ", "/priority:"),
    ],
)
@pytest.mark.parametrize("who", Speaker)
def test_ten_megabytes_take_no_time(piece: str, who: Speaker) -> None:
    """A quadratic reading of any of these would take minutes."""
    text = piece * (10_000_000 // len(piece))
    started = time.process_time()
    read_commands(text, who)
    read_commands("/cc " + text, who)
    assert time.process_time() - started < 10
