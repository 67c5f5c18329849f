"""A ref survives whatever mail systems do to a subject, and nothing but a true ref is one."""

from __future__ import annotations

import base64
import quopri
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.cases.ref import (
    CROCKFORD,
    Names,
    Ref,
    crockford,
    find_numbers,
    find_refs,
    paths_of_recipients,
    token_hash,
    tokens_of_message_ids,
    tokens_of_recipients,
    without_refs,
)
from mailgate.cases.subject import NO_SUBJECT, case_subject
from mailgate.mail.message import Envelope, RawMail
from mailgate.mail.parse import parse
from moments import NOON

PREFIXES = (
    "Re: ", "RE: ", "AW: ", "Antw: ", "SV: ", "VS: ", "Odp: ", "RES: ", "RIF: ", "R: ", "Ynt: ", "ENC: ", "TR: ",
    "WG: ", "回复: ", "回复：", "答复: ", "転送: ", "Отв: ", "Ответ: ", "Re[2]: ", "[EXTERNAL] ", "[EXT] Re: ",
    "Fwd: ", "VÁ: ", "Σχετ: ",
)  # fmt: skip
words = st.text(alphabet=string.ascii_letters + " äöü漢字éñ#:._-", max_size=40)
refs = st.builds(
    lambda org, key: Ref("00D" + org, "500" + key),
    st.text(alphabet=CROCKFORD, min_size=6, max_size=6),
    st.text(alphabet=CROCKFORD, min_size=13, max_size=13),
)


def token(ref: Ref) -> str:
    return f"ref:_{ref.org}._{ref.key}:ref"


def subject_of(header: bytes) -> str:
    """The subject as the gate reads it from a raw Subject field."""
    raw = b"From: a@example.com\r\n" + header + b"\r\n\r\nwords\r\n"
    return parse(RawMail(raw, Envelope("support", "a@example.com", ("support@example.com",), "t", NOON))).subject


@given(refs, words, st.sampled_from(PREFIXES), words)
def test_a_ref_is_found_behind_every_prefix_and_glued_to_any_text(
    ref: Ref, before: str, prefix: str, after: str
) -> None:
    assert find_refs(f"{prefix}{before}{token(ref)}{after}") == (ref,)


@given(refs, st.data())
def test_a_ref_is_found_with_white_space_anywhere_in_it(ref: Ref, data: st.DataObject) -> None:
    spaced = "".join(
        character + data.draw(st.sampled_from(["", "", "", " ", "\r\n ", "\t", "\u200b", "\u00a0"]))
        for character in token(ref)
    )
    assert find_refs("Re: printer " + spaced) == (ref,)


@given(refs, st.sampled_from([str.lower, str.upper, str.swapcase]))
def test_a_ref_is_found_in_any_case(ref: Ref, change: object) -> None:
    assert callable(change)
    assert find_refs(change(token(ref))) == (ref,)


@given(refs, st.integers(0, 60))
def test_a_ref_in_a_quoted_wrapped_line_is_found(ref: Ref, cut: int) -> None:
    text = token(ref)
    assert find_refs(f"> Subject: {text[:cut]}\n> {text[cut:]}") == (ref,)


@given(refs, st.integers(0, 90))
def test_a_ref_is_found_when_the_subject_is_folded_anywhere(ref: Ref, cut: int) -> None:
    line = f"Subject: Re: #2611000001: printer {token(ref)}"
    cut = max(len("Subject: "), min(cut, len(line) - 1))
    assert find_refs(subject_of(f"{line[:cut]}\r\n {line[cut:]}".encode())) == (ref,)


@given(
    refs,
    st.sampled_from("BQ"),
    st.lists(st.integers(1, 75), max_size=4),
    st.sampled_from(["utf-8", "utf-16be", "koi8-r"]),
)
def test_a_ref_is_found_in_encoded_words_cut_anywhere(ref: Ref, kind: str, cuts: list[int], charset: str) -> None:
    text = f"Re: #2611000001: printer {token(ref)}"
    places = sorted({min(cut, len(text) - 1) for cut in cuts})
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True) if text[a:b]]
    encoded = []
    for piece in pieces:
        data = piece.encode(charset)
        if kind == "B":
            word = base64.b64encode(data).decode()
        else:
            word = quopri.encodestring(data, header=True).decode().replace("=\n", "").replace("?", "=3F")
        encoded.append(f"=?{charset}?{kind}?{word}?=")
    assert find_refs(subject_of(("Subject: " + "\r\n ".join(encoded)).encode())) == (ref,)


@given(refs, st.integers(0, 200), st.sampled_from(CROCKFORD + "ILOU-"))
def test_an_altered_ref_is_another_ref_or_none(ref: Ref, place: int, other: str) -> None:
    text = token(ref)
    place %= len(text)
    changed = text[:place] + other + text[place + 1 :]
    if changed.upper() != text.upper():
        assert ref not in find_refs(changed)


@pytest.mark.parametrize("length", [0, 5, 12])
def test_a_shortened_key_is_no_ref(length: int) -> None:
    assert find_refs(f"ref:_00DABC123._500{'A' * length}:ref") == ()


def test_a_subject_of_many_r_and_spaces_is_read_in_linear_time() -> None:
    assert find_refs(("r" + " " * 50) * 20_000) == ()
    assert find_refs("ref:_00D" * 50_000) == ()


def test_numbers_are_found_but_not_within_refs_and_not_within_longer_numbers() -> None:
    assert find_numbers("Re: #2611000001: x") == ("2611000001",)
    assert find_numbers("2611000001 and 2611000002, 2611000001 again") == ("2611000001", "2611000002")
    assert find_numbers("tel 004926110000019999 invoice 9999000001") == ()
    assert find_numbers("ref:_00D123456._5002611000001111:ref") == ()


def test_our_refs_and_numbers_leave_the_subject_and_foreign_refs_stay() -> None:
    ours, theirs = Ref("00DAAAAAA", "500" + "B" * 13), Ref("00D50XYZ1", "500" + "C" * 13)
    rest = without_refs(f"#2611000001: printer {token(ours)} {token(theirs)}", "00DAAAAAA")
    assert rest.split() == ["printer", token(theirs)]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_case_subject_has_no_reply_prefix(prefix: str) -> None:
    assert case_subject(f"{prefix}{prefix}printer: on fire", "00DAAAAAA") == "printer: on fire"


@given(st.text())
def test_a_case_subject_is_never_empty_never_long_never_two_lines(subject: str) -> None:
    made = case_subject(subject, "00DAAAAAA")
    assert made
    assert len(made) <= 255
    assert len(made.splitlines()) == 1


def test_an_empty_subject_is_named_so() -> None:
    assert case_subject(" Re: AW: ", "00DAAAAAA") == NO_SUBJECT


def test_a_letter_has_a_token_of_its_own_that_is_found_in_every_carrier() -> None:
    names = Names("2611000001", "00DAAAAAA", "500" + "B" * 13, b"\x01" * 32, "example.com")
    one, two = (
        names.letter("2611000001/confirmation/1/a@example.com", "2611000001"),
        names.letter("other", "2611000001"),
    )
    assert one.token != two.token
    assert len(one.token) == 20
    assert tokens_of_message_ids((one.message_id, "<other@example.com>")) == (one.token,)
    addresses = (f"Support+R{one.token.upper()}@example.com", f"Support+B{one.path.upper()}@example.com")
    assert (tokens_of_recipients(addresses), paths_of_recipients(addresses)) == ((one.token,), (one.path,))
    assert len({one.token, one.path, two.token, two.path}) == 4
    assert len(one.path) == 20
    assert token_hash(one.token) == token_hash(one.token.upper())


@given(st.binary(min_size=20, max_size=40), st.integers(1, 32))
def test_crockford_takes_five_bits_a_character_from_the_front(data: bytes, characters: int) -> None:
    made = crockford(data, characters)
    assert len(made) == characters
    assert made == crockford(data + b"\xff", characters)
