"""What an examination says: one line for each thing that was looked at, with what helps where it is not well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mailgate.errors import StoreError


class State(StrEnum):
    WELL = "well"
    UNWISE = "unwise"  # it works, and should not stay so
    WRONG = "wrong"
    SKIPPED = "skipped"  # nobody looked, and `said` tells why


@dataclass(frozen=True, slots=True)
class Line:
    """`name` says what was looked at ("dns.mx example.com"), `said` what was found, `remedy` what to do about it."""

    name: str
    state: State
    said: str
    remedy: str = ""


def well(name: str, said: str) -> Line:
    return Line(name, State.WELL, said)


def unwise(name: str, said: str, remedy: str) -> Line:
    return Line(name, State.UNWISE, said, remedy)


def wrong(name: str, said: str, remedy: str) -> Line:
    return Line(name, State.WRONG, said, remedy)


def skipped(name: str, said: str) -> Line:
    return Line(name, State.SKIPPED, said)


def judged(name: str, why: str, remedy: str, otherwise: str) -> Line:
    """Wrong where there is a `why`."""
    return wrong(name, why, remedy) if why else well(name, otherwise)


def whole(name: str, lines: Iterator[Line]) -> Iterator[Line]:
    """What cannot be looked at is wrong, and no reason not to look at the rest."""
    try:
        yield from lines
    except (StoreError, OSError) as error:
        yield wrong(name, str(error), "mend what stands above; then once more")
