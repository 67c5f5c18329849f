"""A policy as its file would say it whole: every key with its value, inherited ones too. The inverse of reading."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from mailgate.policy.duration import Duration
from mailgate.policy.policy import Policy
from mailgate.policy.service import NEVER


def as_written(policy: Policy) -> dict[str, Any]:
    """Tables as dicts, arrays as lists, durations as text ("2 business hours", "never"); and the policy's `name`."""
    written: dict[str, Any] = _written(policy)
    return written


def _written(value: Any) -> Any:
    if value is None:
        return NEVER  # of all that a policy says, only durations may be None
    if isinstance(value, Duration):
        return str(value)
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {str(one.metadata.get("key", one.name)): _written(getattr(value, one.name)) for one in fields}
    if isinstance(value, Mapping):
        return {str(key): _written(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    return value
