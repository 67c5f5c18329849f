"""The moment at which most tests happen."""

from __future__ import annotations

from datetime import UTC, datetime

NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)  # a Tuesday
