"""The options that narrow a list and page through it, and what a person may type for a moment there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from mailgate.cli.moments import moment
from mailgate.clock import SystemClock
from mailgate.policy.duration import Unit, parse_duration
from mailgate.settings import Settings
from mailgate.tomlfile import nearest

F = TypeVar("F", bound=Callable[..., Any])

_MOST = 2**31 - 1  # what every database takes for a number

_SPANS = {Unit.MINUTES, Unit.HOURS, Unit.DAYS}


class Number(click.ParamType[int]):
    """A number that a database takes, from `least` on; its bounds are told to who oversteps them."""

    name = "integer"

    def __init__(self, least: int = 0) -> None:
        self._range = click.IntRange(least, _MOST - 1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        return int(self._range.convert(value, param, ctx))


def with_pages(key: str) -> Callable[[F], F]:
    """`--limit N` and `--after KEY`, given to the verb as `limit` and `after`. `key` is what a row is known by."""

    def decorated(function: F) -> F:
        kind: Any = Number() if key == "ID" else str
        function = click.option(
            "--after", type=kind, metavar=key, help=f"Go on after the row with this {key.lower()}: the next page."
        )(function)
        return click.option("--limit", type=Number(1), metavar="N", help="Only the first N: a page.")(function)

    return decorated


def with_span(what: str, begin: str = "--since", end: str = "--before") -> Callable[[F], F]:
    """Two moments, given to the verb as `since` and `before`: from `begin` on, and before `end`."""

    def decorated(function: F) -> F:
        function = click.option(
            end, "before", metavar="WHEN", callback=ago, help=f"{what} before then; written as {begin} is."
        )(function)
        return click.option(
            begin,
            "since",
            metavar="WHEN",
            callback=ago,
            help=f'{what} then or later: "2026-11-17", "2026-11-17 09:30" (UTC without an offset), or "30d", "4h": so '
            "long ago.",
        )(function)

    return decorated


def ago(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A moment, or so long ago ("30d", "4 hours"). It is the callback of a click option."""
    return _relative(ctx, param, value, -1)


def hence(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A moment, or so long from now. It is the callback of a click option."""
    return _relative(ctx, param, value, 1)


def known_mailbox(settings: Settings, name: str | None) -> None:
    """UsageError for a mailbox that the settings do not have: an empty list would hide a slip of the pen."""
    if name is not None and name not in settings.mailboxes:
        raise click.UsageError(f'there is no mailbox "{name}"; {nearest(name, sorted(settings.mailboxes))}')


def _relative(ctx: click.Context, param: click.Parameter, value: str | None, sign: int) -> datetime | None:
    if value is None:
        return None
    try:
        span = parse_duration(value)
    except ValueError:
        try:
            at = moment(ctx, param, value)
        except click.BadParameter as error:
            far = "so long ago" if sign < 0 else "so long from now"
            raise click.BadParameter(f'{error.message}, or {far}: "30d", "4h"') from None
        return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at and at.astimezone(UTC)
    if span.unit not in _SPANS:
        raise click.BadParameter(f'"{value}" needs a calendar to be counted; write it in hours or days')
    return SystemClock().now() + sign * span.length
