"""Moments as people type them and read them: with an offset or in a policy's zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailgate.policy.wall_clock import in_utc, moment_of

_FIRST, _LAST = 1970, 2200  # beyond them calendars know no holidays, and datetimes end


class Moment(click.ParamType[datetime]):
    """ISO 8601: "2026-03-06T21:30-05:00", "2026-03-06T21:30Z", "2026-03-06 21:30", or a date, which is its midnight."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f'"{value}" is no moment; write one like "2026-03-06T21:30" or "2026-03-06T21:30-05:00"', param, ctx
            )
        if not _FIRST < moment.year < _LAST:
            self.fail(f'"{value}" is too far away; write a year from {_FIRST + 1} to {_LAST - 1}', param, ctx)
        return moment


def settled(moment: datetime, zone: str) -> datetime:
    """In UTC. Without an offset it is a time on the wall clock of that IANA zone (gaps and folds: `moment_of`)."""
    return moment_of(ZoneInfo(zone), moment) if moment.tzinfo is None else in_utc(moment)


def local(moment: datetime, zone: str) -> str:
    """For people: "Mon 2026-03-09 05:30 EDT"."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M %Z")
