"""A text signed with PGP within itself is read without its armour, and nothing of it is lost."""

from __future__ import annotations

import pytest

from mailgate.mail.armour import without_armour
from mailgate.mail.reply import new_words

HEAD = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n"
TAIL = "-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----"


def test_the_words_stay_and_the_armour_is_set_aside() -> None:
    words = new_words(f"{HEAD}\nIt burns.\n\n> quoted\n\n{TAIL}\n_______\nA list's footer")
    assert words.reply.startswith("It burns.")
    assert "> quoted" in words.elided
    assert "PGP" not in words.reply
    assert words.elided.count("PGP") == 3
    assert words.elided.index("Hash") < words.elided.index("> quoted") < words.elided.index("=abcd")


def test_lines_that_begin_with_a_hyphen_lose_the_mark_that_they_were_given() -> None:
    assert new_words(f"{HEAD}\nIt burns.\n- -- \nAnn\n{TAIL}").reply == "It burns."


@pytest.mark.parametrize(
    "text",
    ["It burns.", f"{HEAD}\nIt burns.", f"{TAIL}\n{HEAD}\nIt burns.", f"> {HEAD}\nIt burns.\n> {TAIL}"],
    ids=["no armour", "no signature", "in another order", "quoted"],
)
def test_what_is_no_whole_armour_is_left_alone(text: str) -> None:
    assert without_armour(text) == (text, "", "")
