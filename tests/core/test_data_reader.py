from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.intake.data import DataReader

# Few letters, so that what matters stands together often.
wire = st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"a", b"\0", b"..", b".\r\n"]), max_size=30).map(b"".join)
cuts = st.lists(st.integers(0, 60), max_size=8)


def pieces(octets: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(octets)) for cut in at), len(octets)]
    return [octets[start:end] for start, end in pairwise(edges)]


def read(octets: bytes, at: list[int], limit: int = 10_000) -> tuple[DataReader, bytes | None]:
    """The reader, and what came after the end (None: there was none)."""
    reader = DataReader(limit)
    chunks = iter(pieces(octets, at))
    for chunk in chunks:
        rest = reader.feed(chunk)
        if rest is not None:
            return reader, rest + b"".join(chunks)
    return reader, None


def reference(octets: bytes) -> tuple[bytes, bytes | None]:
    """RFC 5321 §4.5.2, line by line: lines end with CRLF and nothing else."""
    message = b""
    while True:
        line, end, octets = octets.partition(b"\r\n")
        if not end:
            return message + line.removeprefix(b"."), None
        if line == b".":
            return message, octets
        message += line.removeprefix(b".") + end


@given(wire, cuts)
def test_reads_as_the_rfc_says_however_the_octets_are_cut(octets: bytes, at: list[int]) -> None:
    message, rest = reference(octets + b"\r\n.\r\nQUIT\r\n")
    reader, got = read(octets + b"\r\n.\r\nQUIT\r\n", at)
    assert got == rest
    assert reader.message() == message


@given(wire, cuts)
def test_what_a_client_stuffs_comes_out_as_it_was(message: bytes, at: list[int]) -> None:
    message += b"\r\n"
    stuffed = b"".join(b"." + line if line.startswith(b".") else line for line in message.split(b"\r\n")[:1])
    for line in message.split(b"\r\n")[1:]:
        stuffed += b"\r\n" + (b"." + line if line.startswith(b".") else line)
    reader, rest = read(stuffed + b".\r\n", at)
    assert (reader.message(), rest) == (message, b"")


FORMS = list(product([b"\r\n", b"\n", b"\r", b""], repeat=2))


@pytest.mark.parametrize(("before", "after"), FORMS)
@pytest.mark.parametrize("cut", range(7))
def test_of_the_sixteen_ends_only_crlf_dot_crlf_is_one(before: bytes, after: bytes, cut: int) -> None:
    octets = b"a" + before + b"." + after + b"b"
    reader, rest = read(octets, [cut])
    if (before, after) == (b"\r\n", b"\r\n"):
        assert (reader.message(), rest) == (b"a\r\n", b"b")
    else:
        assert rest is None


def test_a_dot_right_at_the_start_ends_an_empty_mail() -> None:
    reader, rest = read(b".\r\nQUIT\r\n", [])
    assert (reader.message(), rest) == (b"", b"QUIT\r\n")


def test_a_stuffed_dot_right_at_the_start_loses_one_dot() -> None:
    reader, rest = read(b"..\r\n.\r\n", [])
    assert (reader.message(), rest) == (b".\r\n", b"")


def test_the_end_is_found_one_octet_at_a_time() -> None:
    reader, rest = read(b"a\r\n..b\r\n.\r\n", list(range(20)))
    assert (reader.message(), rest) == (b"a\r\n.b\r\n", b"")


@pytest.mark.parametrize(("size", "too_big"), [(99, False), (100, False), (101, True)])
def test_the_limit_is_of_the_message_not_of_its_stuffing(size: int, too_big: bool) -> None:
    message = b"." * (size - 2)
    reader, rest = read(b"." + message + b"\r\n.\r\n", [], limit=100)
    assert (reader.too_big, rest) == (too_big, b"")


def test_past_the_limit_nothing_is_kept_but_the_end_is_still_found() -> None:
    reader, rest = read(b"a" * 500 + b"\r\n.\r\nQUIT\r\n", [100, 200], limit=50)
    assert reader.too_big
    assert len(reader.message()) == 0
    assert rest == b"QUIT\r\n"
    assert reader.wire >= 500


def test_fields_of_ours_stand_in_front() -> None:
    reader, _ = read(b"Subject: x\r\n.\r\n", [])
    assert reader.message(before=b"Received: y\r\n") == b"Received: y\r\nSubject: x\r\n"
