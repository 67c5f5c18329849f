"""How long a relay is waited for."""

from __future__ import annotations

import asyncio

import pytest

from mailgate.outbox.dialogue import Dialogue, Reply


class Road(asyncio.Transport):
    """Has so many octets still to carry, each time it is asked; with the last of them `answer` comes back."""

    def __init__(self, unsent: list[int], answer: bytes = b"") -> None:
        super().__init__()
        self.unsent, self.answer = unsent, answer
        self.is_cut = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self.protocol = protocol

    def get_write_buffer_size(self) -> int:
        left = self.unsent.pop(0)
        if not self.unsent and self.answer:
            self.protocol.data_received(self.answer)
        return left

    def abort(self) -> None:
        self.is_cut = True


def heard(road: Road) -> Reply:
    async def ask() -> Reply:
        return await Dialogue(road, ()).reply(0.001)

    return asyncio.run(ask())


def test_a_big_letter_may_take_as_long_as_it_goes_on() -> None:
    road = Road([5, 4, 3, 2, 1], b"250 2.0.0 taken\r\n")
    assert heard(road) == Reply(250, "2.0.0 taken")
    assert not road.is_cut


@pytest.mark.parametrize("unsent", [[5, 5], [5, 4, 3, 3], [2, 0, 0], [0, 0]])
def test_a_relay_that_neither_takes_nor_answers_is_given_up(unsent: list[int]) -> None:
    road = Road(unsent)
    with pytest.raises(TimeoutError):
        heard(road)
    assert road.unsent == []
    assert road.is_cut
