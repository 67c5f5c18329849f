"""Finds the files that old programs write into the words themselves, as uuencode makes them (POSIX). Decodes none."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(
    rb"^begin [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]*\r*+\n"
    rb"((?:[!-`][ -`]{0,90}+\r*+\n)++)(?:[ `]?[ \t]*\r*+\n){0,3}end[ \t]*\r*+(?:\n|\Z)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """`start:end` from its line "begin" to behind its line "end"."""

    name: bytes
    start: int
    end: int


def blocks(data: bytes, start: int, end: int) -> tuple[Block, ...]:
    """Those between `start`, where a line begins, and `end`, in their order. Linear; copies none."""
    if data.find(b"begin ", start, end) < 0:
        return ()
    every = _BLOCK.finditer(data, start, end)
    return tuple(Block(found[1], found.start(), found.end()) for found in every if _is_encoded(data, found.start(2)))


def _is_encoded(data: bytes, at: int) -> bool:
    """Does the line have the length that its first sign says?"""
    line = data[at : at + 100].partition(b"\n")[0].rstrip(b"\r")
    holds = ((line[0] - 32) & 63) * 4 // 3
    return holds <= len(line) - 1 <= holds + 4
