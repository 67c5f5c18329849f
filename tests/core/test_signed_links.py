"""A link opens what it was made for, for whom it was made, until it ends; who changes an octet of it has nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.links import SETTLES, Key, Keyring, Link, Purpose, Refused, key_number, read, sign
from moments import NOON

LATER = NOON + timedelta(days=180)
OLD, NEW = Key(1, b"o" * 32, NOON - timedelta(days=31)), Key(2, b"n" * 32, NOON - timedelta(days=1))
RING = Keyring((NEW, OLD))
TOKEN = sign(Purpose.CASE, "2611000001", "ann@customer.test", NOON, LATER, RING)


def test_a_link_tells_what_it_was_made_for_and_for_whom() -> None:
    link = read(TOKEN, Purpose.CASE, "2611000001", NOON, RING)
    assert isinstance(link, Link)
    assert (link.about, link.issued, link.expires, link.key) == ("2611000001", NOON, LATER, NEW)
    assert link.whose(["bob@customer.test", "ann@customer.test"]) == "ann@customer.test"
    assert link.whose(["bob@customer.test"]) is None


def test_no_address_stands_in_a_link_and_two_keys_tell_it_differently() -> None:
    older = sign(Purpose.CASE, "2611000001", "ann@customer.test", NOON, LATER, Keyring((OLD,)))
    assert b"ann" not in urlsafe_b64decode(TOKEN + "==")
    first, second = (read(one, Purpose.CASE, None, NOON, RING) for one in (TOKEN, older))
    assert isinstance(first, Link)
    assert isinstance(second, Link)
    assert first.who != second.who


@pytest.mark.parametrize(
    ("token", "purpose", "about", "after", "why"),
    [
        (TOKEN, Purpose.CASE, "2611000001", timedelta(days=180), Refused.EXPIRED),
        (TOKEN, Purpose.CASE, "2611000002", timedelta(), Refused.OTHER_PLACE),
        (TOKEN, Purpose.APPROVE, "2611000001", timedelta(), Refused.OTHER_PURPOSE),
        (TOKEN[:-4], Purpose.CASE, None, timedelta(), Refused.ALTERED),
        ("", Purpose.CASE, None, timedelta(), Refused.MALFORMED),
        ("ä" + TOKEN, Purpose.CASE, None, timedelta(), Refused.MALFORMED),
        (TOKEN + "=", Purpose.CASE, None, timedelta(), Refused.MALFORMED),
        ("A" * 600, Purpose.CASE, None, timedelta(), Refused.MALFORMED),
    ],
    ids=["too late", "other case", "other purpose", "cut off", "nothing", "no ascii", "another spelling", "too long"],
)
def test_what_opens_nothing_is_refused_with_its_reason(
    token: str, purpose: Purpose, about: str | None, after: timedelta, why: Refused
) -> None:
    assert read(token, purpose, about, NOON + after, RING) is why


def test_a_link_is_good_until_the_very_second_in_which_it_ends() -> None:
    assert isinstance(read(TOKEN, Purpose.CASE, None, LATER - timedelta(seconds=1), RING), Link)


@given(st.integers(0, 8 * len(urlsafe_b64decode(TOKEN + "==")) - 1))
def test_no_bit_of_a_link_can_be_changed(bit: int) -> None:
    octets = bytearray(urlsafe_b64decode(TOKEN + "=" * (-len(TOKEN) % 4)))
    octets[bit // 8] ^= 1 << bit % 8
    forged = urlsafe_b64encode(octets).rstrip(b"=").decode()
    assert isinstance(read(forged, Purpose.CASE, None, NOON, RING), Refused)


@given(st.text(max_size=100) | st.text("ABCDabcd0123_-", min_size=45, max_size=80))
def test_whatever_stands_there_is_refused_without_an_error(token: str) -> None:
    assert isinstance(read(token, Purpose.CASE, None, NOON, RING), Refused)
    key_number(token)


def test_a_key_that_is_gone_opens_nothing() -> None:
    assert read(TOKEN, Purpose.CASE, None, NOON, Keyring((OLD,))) is Refused.UNKNOWN_KEY
    assert key_number(TOKEN) == NEW.id


def test_a_new_key_signs_only_when_every_process_had_time_to_hear_of_it() -> None:
    fresh = Key(3, b"f" * 32, NOON)
    ring = Keyring((fresh, *RING.keys))
    assert ring.signing(NOON) is NEW
    assert ring.signing(NOON + SETTLES) is fresh
    assert Keyring((fresh,)).signing(NOON) is fresh
