"""Who tries too often waits; nobody else does; and it is never more than so much memory."""

from __future__ import annotations

from mailgate.web.throttle import Throttle


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_at_once_then_evenly() -> None:
    time = Time()
    throttle = Throttle(time)
    assert [throttle.take("link", "1.2.3.4", 6, 3) for _ in range(5)] == [True, True, True, False, False]
    time.now += 9.9
    assert not throttle.take("link", "1.2.3.4", 6, 3)
    time.now += 0.2
    assert [throttle.take("link", "1.2.3.4", 6, 3) for _ in range(2)] == [True, False]


def test_nobody_waits_for_what_another_did_or_for_another_kind() -> None:
    throttle = Throttle(Time())
    assert throttle.take("link", "1.2.3.4", 1, 1)
    assert not throttle.take("link", "1.2.3.4", 1, 1)
    assert throttle.take("link", "1.2.3.5", 1, 1)
    assert throttle.take("code", "1.2.3.4", 1, 1)


def test_a_hundred_thousand_strangers_take_the_room_of_so_many() -> None:
    throttle = Throttle(Time(), most=1000)
    for stranger in range(100_000):
        throttle.take("link", str(stranger), 1, 1)
    assert len(throttle._full_at) == 1000
