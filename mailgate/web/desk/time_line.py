"""The clocks of a case as a drawing: what is owed and by when, what was met, what time brings next. Numbers only; the
template draws, and tells the same in a table beneath.

A shape says what a colour would: a dot is done, a bar across is due, a cross is missed, a diamond lies ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailgate.cases.agenda import agenda, idle_because
from mailgate.cases.case import Case
from mailgate.cases.clock_words import IDLE, left_of, step_name
from mailgate.cases.clocks import Clock, ClockState, clocks
from mailgate.policy.policy import Policy

WIDTH, GUTTER, ROW, HEAD = 760, 190, 28, 24
_RIGHT = 16
_MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the drawing and of the table; `y` is its middle."""

    name: str
    told: str
    due: datetime
    is_step: bool = False
    overdue: bool = False
    met: datetime | None = None
    y: int = 0
    x_begin: float = 0
    x_due: float = 0
    x_met: float | None = None


@dataclass(frozen=True, slots=True)
class TimeLine:
    """All of it. `idle`: why nothing comes next, "" where something does."""

    lines: tuple[Line, ...]
    idle: str
    height: int
    x_opened: float
    x_now: float
    opened: datetime
    now: datetime
    width: int = WIDTH
    gutter: int = GUTTER


def time_line(case: Case, policy: Policy, now: datetime) -> TimeLine:
    """What stands at that moment."""
    told = clocks(case, policy, now)
    steps = agenda(case, policy)[:_MOST_STEPS]
    begin = case.course.started_at
    moments = [begin, case.opened_at, now, *(step.at for step in steps)]
    moments += [at for clock in told for at in (clock.due, clock.met_at) if at is not None]
    first, last = min(moments), max(moments)
    across = max((last - first).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return round(GUTTER + (WIDTH - GUTTER - _RIGHT) * (at - first).total_seconds() / across, 1)

    lines = [
        Line(
            step_name(clock.name),
            state_of(clock),
            clock.due,
            overdue=clock.state is ClockState.OVERDUE or bool(clock.met_at and clock.met_at > clock.due),
            met=clock.met_at,
            y=HEAD + ROW * at + ROW // 2,
            x_begin=x(begin),
            x_due=x(clock.due),
            x_met=None if clock.met_at is None else x(clock.met_at),
        )
        for at, clock in enumerate(told)
    ]
    lines += [
        Line(
            f"{step_name(step.name)}{f' ({step_name(step.about)})' if step.about else ''}",
            "comes next" if at == 0 else "comes then",
            step.at,
            is_step=True,
            y=HEAD + ROW * (len(told) + at) + ROW // 2,
            x_due=x(step.at),
        )
        for at, step in enumerate(steps)
    ]
    idle = "" if steps else IDLE[idle_because(case, policy)]
    height = HEAD + ROW * len(lines) + 8
    return TimeLine(tuple(lines), idle, height, x(case.opened_at), x(now), case.opened_at, now)


def state_of(clock: Clock) -> str:
    """How a clock stands, in words."""
    if clock.state is ClockState.MET and clock.met_at is not None:
        return "met, too late" if clock.met_at > clock.due else "met"
    if clock.state is ClockState.OVERDUE:
        return "overdue"
    if clock.left is None:
        return "ended with the case"
    return f"stands still, {left_of(clock)}" if clock.state is ClockState.STOPPED else left_of(clock)
