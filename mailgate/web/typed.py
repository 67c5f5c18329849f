"""What somebody typed, read as a number or a moment: it may be anything, and what is neither is None."""

from __future__ import annotations

from datetime import UTC, datetime

MOST_ID = 2**63 - 1  # of a row
MOST_PRIORITY = 999
_FIRST, _LAST = 1970, 2200  # years; beyond them datetimes end somewhere


def whole_number(text: str, most: int = MOST_ID) -> int | None:
    """0 to `most`, in plain digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None  # Python refuses to make a number of thousands of digits
    return int(text) if int(text) <= most else None


def moment(text: str) -> datetime | None:
    """A day or a moment (ISO 8601), UTC where no offset says otherwise."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST < at.year < _LAST:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
