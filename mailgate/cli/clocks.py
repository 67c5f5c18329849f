"""What time holds for a case, for people and as JSON: its clocks with what is left of each, and what comes next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mailgate.cases.agenda import agenda, idle_because
from mailgate.cases.case import Case
from mailgate.cases.clocks import Clock, ClockState, clocks
from mailgate.cli import show
from mailgate.policy.duration import Unit
from mailgate.policy.load import load_policies
from mailgate.policy.policy import Policy
from mailgate.settings import Settings

_IDLE = {
    "closed": "nothing more: the case is closed",
    "history": "nothing until the customer writes: the case was imported from an archive",
    "nothing_owed": "nothing more by itself: all that the policy owes was given, or is overdue and was told",
    "undelivered": "nothing until somebody acts: our letters to the customer come back",
    "no_contact": "nothing by itself: there is nobody whom time may write to",
    "notice_not_accepted": "nothing until the relay has taken the last reminder before closing",
    "never_closes": "nothing more: the policy closes no such case by itself",
}


def policy_of(settings: Settings, case: Case) -> Policy | None:
    """The policy that time goes by for the case, as the daemon has it; None where its mailbox is gone."""
    policies, mailbox = load_policies(settings), settings.mailboxes.get(case.mailbox)
    return policies.get(case.policy) or (policies[mailbox.policy] if mailbox else None)


def time_of(case: Case, policy: Policy, now: datetime) -> dict[str, Any]:
    """The JSON of `case show` about time: `clocks`, `agenda`, and `idle`, why there is none."""
    return {
        "rung_name": next((rung.name for rung in policy.escalation.rungs[max(case.rung - 1, 0) : case.rung]), ""),
        "clocks": [
            {
                "name": clock.name.value,
                "allowed": str(clock.allowed),
                "state": clock.state.value,
                "due": clock.due.isoformat(),
                "left_seconds": None if clock.left is None else int(clock.left.total_seconds()),
                "met_at": clock.met_at and clock.met_at.isoformat(),
            }
            for clock in clocks(case, policy, now)
        ],
        "agenda": [
            {"step": step.name.value, "at": step.at.isoformat(), "about": step.about} for step in agenda(case, policy)
        ],
        "idle": idle_because(case, policy),
    }


def say_time_of(case: Case, policy: Policy, now: datetime) -> None:
    """The same in lines."""
    for clock in clocks(case, policy, now):
        show.say(f"  {_name(clock.name.value)} ({clock.allowed}): {_state(clock)}")
    steps = agenda(case, policy)
    for step in steps[:3]:
        about = f" ({_name(step.about)})" if step.about else ""
        show.say(f"  next: {_name(step.name.value)}{about} at {show.moment(step.at.isoformat())} UTC")
    if not steps:
        show.say(f"  next: {_IDLE[idle_because(case, policy)]}")


def _name(step: str) -> str:
    return step.removesuffix("_due").replace("_", " ")


def _state(clock: Clock) -> str:
    due = f"due {show.moment(clock.due.isoformat())} UTC"
    if clock.state is ClockState.MET and clock.met_at is not None:
        late = ", too late" if clock.met_at > clock.due else ""
        return f"met {show.moment(clock.met_at.isoformat())} UTC{late}"
    if clock.state is ClockState.OVERDUE:
        return f"OVERDUE, was {due}"
    if clock.left is None:
        return "ended with the case"
    business = " of business time" if clock.allowed.unit in {Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS} else ""
    left = f"{_length(clock.left)}{business} left"
    return f"stands still, {left}" if clock.state is ClockState.STOPPED else f"{left}, {due}"


def _length(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
