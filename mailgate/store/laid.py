"""The value that says where a content lies in an object store."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Laid:
    """A content that lies in the object store already, under that key. `name` is its SHA-256 in hex."""

    name: str
    size: int
    key: str
