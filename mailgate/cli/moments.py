"""Moments as people type them and read them: with an offset or in a policy's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from mailgate.policy.wall_clock import in_utc, moment_of

_FIRST, _LAST = 1970, 2200  # beyond them calendars know no holidays, and datetimes end


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """ISO 8601: "2026-03-06T21:30-05:00", "2026-03-06T21:30Z", "2026-03-06 21:30", or a date, which is its midnight.

    It is the callback of a click option.
    """
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        like = 'write one like "2026-03-06T21:30" or "2026-03-06T21:30-05:00"'
        raise click.BadParameter(f'"{value}" is no moment; {like}') from None
    if not _FIRST < read.year < _LAST:
        raise click.BadParameter(f'"{value}" is too far away; write a year from {_FIRST + 1} to {_LAST - 1}')
    return read


def settled(at: datetime, zone: str) -> datetime:
    """In UTC. Without an offset it is a time on the wall clock of that IANA zone (gaps and folds: `moment_of`)."""
    return moment_of(ZoneInfo(zone), at) if at.tzinfo is None else in_utc(at)
