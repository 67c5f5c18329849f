"""Which mails say the same: what machines repeat, and what people only seem to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept import read_mail
from mailgate.cases.repeat import words_key
from mailgate.mail.message import Attachment

ORG = "00D000000"
ACKNOWLEDGED = "Thank you for your message. We have registered it as number 4711, and one of us will come back to you."


def key(text: str, subject: str = "Printer") -> str:
    return words_key(replace(read_mail("<1@x.test>"), reply_text=text, subject=subject), ORG)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("I am away.",), ("I  am\naway!",)),
        (("I am away.",), ("I am away.", "Re: PRINTER")),
        (("I am away.",), ("I am away.\n#2611000007: Printer",)),
        ((ACKNOWLEDGED,), (ACKNOWLEDGED.replace("4711", "4712"),)),
        (("x" * 5000,), ("x" * 6000,)),
    ],
)
def test_these_say_the_same(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert key(*one) == key(*other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("It burns.",), ("It smokes.",)),
        (("It burns.",), ("It burns.", "Scanner")),
        (("Server 12 is down.",), ("Server 13 is down.",)),
        ((ACKNOWLEDGED, "Order 1"), (ACKNOWLEDGED, "Order 2")),
        (("",), ("", "Scanner")),
    ],
)
def test_these_do_not(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert key(*one) != key(*other)


def test_what_comes_with_files_says_nothing_that_could_be_compared() -> None:
    mail = replace(read_mail("<1@x.test>"), attachments=(Attachment("a.pdf", "application/pdf", 1, 0, 1),))
    assert words_key(mail, ORG) == ""


@given(
    st.text(st.characters(codec="ascii"), max_size=200) | st.sampled_from([ACKNOWLEDGED, "#2611000007: x\nIt burns."])
)
def test_a_dash_of_another_script_changes_nothing(text: str) -> None:
    assert key(text) == key(f"{text}\N{EM DASH}")  # of ASCII words are found another way
