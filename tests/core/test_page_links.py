"""A link to a page is one person's alone: wherever somebody's words are shown or passed on, it is worth nothing."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from mailgate.cases.ref import without_tokens as as_told
from mailgate.links import Key, Keyring, Purpose, sign
from mailgate.mail.message import Address
from mailgate.mail.page_links import without_links
from mailgate.mail.private import Private
from mailgate.telemetry import without_tokens as as_logged
from moments import NOON

RING = Keyring((Key(1, b"k" * 32, NOON),))
TOKEN = sign(Purpose.CASE, "2611000001", "ann@customer.test", NOON, NOON + timedelta(days=1), RING)
URL = f"https://support.example.com/case/2611000001/{TOKEN}"
FORMS = {
    "plain": URL,
    "in a sentence": f"See <{URL}>, please.",
    "of a part of it": f"{URL}/mail/7/part/0",
    "wrapped by a scanner": f"https://safe.test/?url={quote(URL, safe='')}&data=1",
    "wrapped twice": f"https://safe.test/?u={quote(quote(URL, safe=''), safe='')}",
    "in html": f'<a href="{URL}">{URL}</a>',
    "of an account": f"https://support.example.com/account/{TOKEN}",
    "to approve": f"https://support.example.com/account/approve/{TOKEN}",
    "to finish": f"https://support.example.com/account/finish/{TOKEN}",
    "into the desk": f"https://support.example.com/desk/sign-in/{TOKEN[:43]}",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_link_in_words_is_masked_in_every_form(name: str) -> None:
    for told in (without_links(FORMS[name]), as_told(FORMS[name])):
        assert TOKEN[:43] not in told
        assert "…" in told


@pytest.mark.parametrize("name", FORMS)
def test_a_link_that_an_engineer_quotes_goes_to_no_customer(name: str) -> None:
    out = Private(frozenset({"eve@engineers.test"}), Address("", "support@example.com")).hide(FORMS[name])
    assert TOKEN[:43].lower() not in out.lower()


@pytest.mark.parametrize(
    "name", ["plain", "in a sentence", "of a part of it", "in html", "of an account", "to finish", "into the desk"]
)
def test_a_link_in_a_log_line_is_masked(name: str) -> None:
    assert TOKEN[:43] not in as_logged(FORMS[name])


@pytest.mark.parametrize(
    "words",
    ["https://example.com/case/2611000001", "/case/2611000001/short", "the case/study", "A/" + "b" * 20],
)
def test_other_words_stay(words: str) -> None:
    assert without_links(words) == words
    assert as_logged(words) == words
