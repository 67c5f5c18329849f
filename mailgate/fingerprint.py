"""The fingerprint of all configuration that must be the same on every node, key by key, and how two of them differ.

Only digests leave a node: no word of the settings stands in the store. What may well differ is left out: where a node
listens and relays to, its files and secrets, its own name.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path

from mailgate.cases.account import Directory
from mailgate.policy.policy import Policy
from mailgate.settings import Settings

# By part ("settings", "policy default", "contacts", "templates"), by key, the digest of the value.
Print = Mapping[str, Mapping[str, str]]

_OWN = frozenset({"listen", "connections"})


def fingerprint(
    settings: Settings, policies: Mapping[str, Policy], directory: Directory, folders: Sequence[Path]
) -> dict[str, dict[str, str]]:
    """`folders` are those of the templates, the first in which one lies counts."""
    common = {
        "mailbox": settings.mailboxes,
        "engineer": settings.engineers,
        "breaker": settings.breaker,
        "operator": settings.operator,
        "web.url": settings.web.url,
        "web.link_days": settings.web.link_days,  # by those of any node the keys of all are deleted
        "store.raw": settings.store.raw,  # what lies in one place is gone for who looks in another
        "store.s3.endpoint": settings.store.s3.endpoint,
        "door": {name: door for name, door in settings.doors.items() if door.protocol == "imap"},
    }
    found = {"settings": dict(_flat(common, ""))}
    found |= {f"policy {name}": dict(_flat(policy, "")) for name, policy in policies.items()}
    # Thousands, maybe: whose they are is not told.
    found["contacts"] = {"accounts": _digest(directory.accounts), "contacts": _digest(directory.contacts)}
    found["templates"] = {name: _digest(file.read_bytes()) for name, file in _templates(folders).items()}
    return found


def differences(mine: Print, theirs: Print) -> list[tuple[str, list[str]]]:
    """Each part in which they differ, and by which keys; no key where one has no such part."""
    found: list[tuple[str, list[str]]] = []
    for part in sorted(mine.keys() | theirs.keys()):
        ours, others = mine.get(part), theirs.get(part)
        if ours is None or others is None:
            found.append((part, []))
        elif keys := sorted(key for key in ours.keys() | others.keys() if ours.get(key) != others.get(key)):
            found.append((part, keys))
    return found


def _flat(value: object, key: str) -> Iterator[tuple[str, str]]:
    inner = _inner(value)
    if inner is None:
        if not isinstance(value, Path):
            yield key, _digest(value)
        return
    if not inner:
        yield key, _digest(())
    for name, one in inner.items():
        if name not in _OWN:
            yield from _flat(one, f"{key}.{name}".lstrip("."))


def _inner(value: object) -> dict[str, object] | None:
    """What a value is made of, by name; None for one that is whole."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value) if not one.name.startswith("_")}
    if isinstance(value, Mapping):
        return {_spelled(name): one for name, one in value.items()}
    if isinstance(value, tuple | list) and value and all(dataclasses.is_dataclass(one) for one in value):
        return {_name_of(one, place): one for place, one in enumerate(value, 1)}
    return None


def _name_of(value: object, place: int) -> str:
    for name in ("name", "address", "level"):
        if isinstance(own := getattr(value, name, None), str | int):
            return str(own)
    return str(place)


def _spelled(value: object) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)


def _digest(value: object) -> str:
    if isinstance(value, Collection) and not isinstance(value, str | bytes | tuple | list | Mapping):
        value = sorted(map(repr, value))  # a set has no order
    return hashlib.sha256(value if isinstance(value, bytes) else repr(value).encode()).hexdigest()[:8]


def _templates(folders: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in reversed(folders):
        found |= {str(file.relative_to(folder)): file for file in sorted(folder.rglob("*.j2"))}
    return found
