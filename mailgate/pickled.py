"""Values on their way to a child that reads mail and back: as the values of their fields, and of those classes alone
that mails are made of. A child that a mail took over makes nothing else of us."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from operator import attrgetter
from typing import Any, Final

from mailgate import __version__
from mailgate.mail import message, on_page

_CLASSES: Final = [
    kind
    for room in (message, on_page)
    for kind in vars(room).values()
    if isinstance(kind, type) and kind.__module__ == room.__name__ and (is_dataclass(kind) or issubclass(kind, Enum))
]
_KNOWN: Final = {(kind.__module__, kind.__qualname__): kind for kind in (*_CLASSES, datetime, timedelta, timezone)}


def dumped(value: object) -> bytes:
    """For `loaded`. A dataclass says its fields' values in their order: setting them by name takes twice the time."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _AS_FIELDS
    pickler.dump(value)
    return out.getvalue()


def loaded(data: bytes) -> object:
    """What was dumped. pickle.UnpicklingError where it is of another class."""
    return _Unpickler(io.BytesIO(data)).load()


def speech(*more: type) -> bytes:
    """By what a parent and its child know that they understand each other: our version, and the shapes of the values
    that travel between them, those of a mail and `more`."""
    shapes = [f"{kind.__module__}.{kind.__qualname__} {_shape(kind)}" for kind in (*_CLASSES, *more)]
    return hashlib.sha256("\n".join([__version__, *shapes]).encode()).digest()


def _shape(kind: type) -> list[str]:
    if issubclass(kind, Enum):
        return [f"{one.name}={one.value}" for one in kind]
    return [f"{one.name}: {one.type}" for one in fields(kind)] if is_dataclass(kind) else []


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        known = _KNOWN.get((module, name))
        if known is None:
            raise pickle.UnpicklingError(f"no mail is made of {module}.{name}")
        return known


def _as_fields(kind: type) -> Callable[[Any], tuple[type, tuple[object, ...]]]:
    names = [one.name for one in fields(kind)]
    if len(names) == 1:
        return lambda value: (kind, (getattr(value, names[0]),))
    values = attrgetter(*names)
    return lambda value: (kind, values(value))


_AS_FIELDS: Final = {kind: _as_fields(kind) for kind in _CLASSES if is_dataclass(kind)}
