from __future__ import annotations

import asyncio
import tempfile
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.intake.data import DataReader, Trouble
from mailgate.intake.line_ends import is_clean, mended
from mailgate.intake.room import MIB, Room
from mailgate.intake.spool import InFile, Spool

# Few letters, so that what matters stands together often.
wire = st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"a", b"\0", b"..", b".\r\n"]), max_size=30).map(b"".join)
cuts = st.lists(st.integers(0, 60), max_size=8)


def pieces(octets: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(octets)) for cut in at), len(octets)]
    return [octets[start:end] for start, end in pairwise(edges)]


class Reader(DataReader):
    """One with a spool of its own."""

    def __init__(self, limit: int, *, mend: bool) -> None:
        self.spool = Spool(Room(MIB), Room(100 * MIB))
        super().__init__(limit, self.spool, mend=mend)

    def message(self) -> bytes:
        return self.whole

    @cached_property
    def whole(self) -> bytes:
        return self.spool.take()[:]


def read(octets: bytes, at: list[int], limit: int = 10_000, *, mend: bool = True) -> tuple[Reader, bytes | None]:
    """The reader, and what came after the end (None: there was none)."""
    reader = Reader(limit, mend=mend)
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
    whole, marks = mended(message)
    assert (reader.message(), set(reader.marks)) == (whole, set(marks))
    assert is_clean(reader.message())


@given(wire, cuts)
def test_whatever_is_bare_is_refused_however_the_octets_are_cut(octets: bytes, at: list[int]) -> None:
    message, rest = reference(octets + b"\r\n.\r\nQUIT\r\n")
    reader, got = read(octets + b"\r\n.\r\nQUIT\r\n", at, mend=False)
    assert got == rest
    assert reader.trouble == (None if is_clean(message) else Trouble.BARE)
    assert reader.message() == (message if is_clean(message) else b"")


@given(wire, cuts)
def test_what_a_client_stuffs_comes_out_as_it_was(message: bytes, at: list[int]) -> None:
    message = mended(message)[0] + b"\r\n"
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
    assert (reader.trouble, rest) == (Trouble.TOO_BIG if too_big else None, b"")


def test_past_the_limit_nothing_is_kept_but_the_end_is_still_found() -> None:
    reader, rest = read(b"a" * 500 + b"\r\n.\r\nQUIT\r\n", [100, 200], limit=50)
    assert reader.trouble is Trouble.TOO_BIG
    assert len(reader.message()) == 0
    assert rest == b"QUIT\r\n"
    assert reader.wire >= 500


def test_a_mail_goes_into_a_file_when_it_is_big_or_when_there_is_no_room() -> None:
    room, files = Room(3 * MIB // 2), Room(10 * MIB)
    small, big, late = Spool(room, files), Spool(room, files), Spool(room, files)
    for _ in range(16):
        small.add(b"s" * 1000)
        big.add(b"b" * 100_000)
    late.add(b"l" * 900_000)
    late.add(b"L" * 900_000)
    assert [spool._file is not None for spool in (small, big, late)] == [False, True, True]
    assert (room.taken, files.taken) == (16_000, 3_400_000)
    assert small.take(b"x")[:] == b"x" + b"s" * 16_000
    assert big.take(b"x")[:] == b"x" + b"b" * 1_600_000
    assert late.take()[:] == b"l" * 900_000 + b"L" * 900_000
    for spool in (small, big, late):
        spool.clear()
    assert (room.taken, files.taken) == (0, 0)


@given(st.integers(0, 30), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_octets_in_a_file_are_read_as_those_in_memory(before: int, size: int, start: int, stop: int) -> None:
    octets = bytes(range(before + size))
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(octets[before:])
        there = InFile(octets[:before], file, size)
        assert (len(there), there[:], there[start:stop]) == (len(octets), octets, octets[start:stop])


def test_a_file_that_lost_a_part_is_not_read_as_if_it_had_not() -> None:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"abc")
        with pytest.raises(OSError, match="lost a part"):
            InFile(b"", file, 4)[:]


def test_when_all_files_together_are_too_much_the_mail_finds_no_room_and_others_do_once_it_is_gone() -> None:
    room, files = Room(MIB), Room(4 * MIB)
    first, second = Spool(room, files), Spool(room, files)
    first.add(b"x" * 3 * MIB)
    with pytest.raises(OSError, match=r"\[spool\] max_bytes"):
        second.add(b"x" * 2 * MIB)
    second.clear()
    assert files.taken == 3 * MIB
    first.clear()
    second.add(b"x" * 2 * MIB)
    second.clear()
    assert files.taken == 0


def test_a_disk_that_is_full_is_trouble_and_the_end_is_still_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    reader, rest = read(b"a" * (2 * MIB) + b"\r\n.\r\nQUIT\r\n", [MIB], limit=3 * MIB)
    assert (reader.trouble, rest) == (Trouble.NO_ROOM, b"QUIT\r\n")
    assert isinstance(reader.why, OSError)
    reader, _ = read(b"a" * (4 * MIB) + b"\r\n.\r\n", [MIB, 2 * MIB], limit=3 * MIB)
    assert reader.trouble is Trouble.TOO_BIG  # that will not be otherwise tomorrow


def test_room_is_given_in_turn_and_to_nobody_who_has_left() -> None:
    async def scene() -> None:
        room = Room(10)
        got: list[str] = []

        async def want(name: str, octets: int) -> None:
            await room.wait_for(octets)
            got.append(name)

        first = asyncio.create_task(want("first, more than there is", 50))
        await asyncio.sleep(0)
        tasks = [asyncio.create_task(want(name, octets)) for name, octets in (("b", 8), ("c", 5), ("d", 2))]
        await asyncio.sleep(0)
        assert (got, first.done()) == (["first, more than there is"], True)
        tasks[1].cancel()
        room.give(50)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert got == ["first, more than there is", "b", "d"]
        waiting = asyncio.create_task(want("e", 9))
        await asyncio.sleep(0)
        room.give(10)
        waiting.cancel()  # called in, and gone in the same moment
        await asyncio.gather(waiting, return_exceptions=True)
        assert room.taken == 0

    asyncio.run(scene())
