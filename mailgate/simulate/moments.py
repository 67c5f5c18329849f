"""What a scenario means by a moment. Business days are not among it: what is to be proved is not counted with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailgate.policy.duration import Unit, parse_duration

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LIKE = 'write one like "+5 minutes", "10:30", "Tue 10:30", "2026-11-24 10:30" or "2026-11-24T10:30Z"'
_BUSINESS = frozenset({Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS})


def moment_of(text: str, before: datetime | None, zone: str) -> datetime:
    """The moment that is written so, in UTC; `before` is the one that "+5 minutes" and "10:30" are reckoned from.

    "10:30" is the next one on the clocks of `zone`, "Tue 10:30" that of the next Tuesday; both may be `before` itself.
    "" is `before`. Raises ValueError, for people.
    """
    text = text.strip()
    if before is not None and not text:
        return before
    if before is not None and text.startswith("+"):
        duration = parse_duration(text[1:])
        if duration.unit in _BUSINESS:
            raise ValueError(f'"{text}": write the moment itself, which a reader can check in a diary')
        return before + duration.length
    if before is not None and (found := re.fullmatch(rf"(?:({'|'.join(_WEEKDAYS)})[a-z]* )?(\d\d?):(\d\d)", text)):
        return _next(found[1], int(found[2]), int(found[3]), before, zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no moment: {_LIKE}') from None
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def told(moment: datetime, zone: str) -> str:
    """The moment as a story tells it, on the clocks of `zone`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{_WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}"


def _next(weekday: str | None, hour: int, minute: int, before: datetime, zone: str) -> datetime:
    if hour > 23 or minute > 59:
        raise ValueError(f'"{hour}:{minute:02}" is no time of a day')
    local = before.astimezone(ZoneInfo(zone))
    found = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while found.astimezone(UTC) < before or (weekday and _WEEKDAYS[found.weekday()] != weekday):
        found += timedelta(days=1)
    return found.astimezone(UTC)
