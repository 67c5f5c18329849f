"""Files are decoded piece by piece as they are decoded in one, whatever stands in them."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.streamed import PIECE, streamed
from mailgate.mail.transfer import undo

OCTETS = bytes(range(256)) * 3000


def whole(data: bytes, encoding: str) -> bytes:
    return b"".join(streamed(b"head" + data + b"tail", 4, 4 + len(data), encoding))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 57, 58, PIECE * 3 // 4, PIECE * 3 // 4 + 1, PIECE * 2, len(OCTETS)])
def test_a_file_in_base64_comes_whole_and_in_pieces(size: int) -> None:
    octets = OCTETS[:size]
    encoded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    assert whole(encoded, "base64") == octets
    pieces = list(streamed(encoded, 0, len(encoded), "base64"))
    assert all(len(piece) <= PIECE for piece in pieces)
    assert len(pieces) > 1 or len(encoded) <= PIECE


def test_a_file_in_quoted_printable_comes_whole() -> None:
    octets = "Grüße, und eine lange Zeile\n".encode() * 20_000
    assert whole(quopri.encodestring(octets), "quoted-printable") == octets


@given(
    st.lists(
        st.one_of(st.binary(max_size=80).map(base64.encodebytes), st.binary(max_size=20), st.just(b"=\n")),
        max_size=8,
    ).map(b"".join),
    st.sampled_from(["base64", "quoted-printable", "x-uuencode", ""]),
)
def test_what_comes_is_what_undoing_it_in_one_gives(data: bytes, encoding: str) -> None:
    assert whole(data, encoding) == undo(data, encoding)[0]
