"""What time holds for a case, for people and as JSON: its clocks with what is left of each, and what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailgate.cases.agenda import agenda, idle_because
from mailgate.cases.case import Case
from mailgate.cases.clock_words import IDLE, left_of, step_name
from mailgate.cases.clocks import Clock, ClockState, clocks
from mailgate.cli import show
from mailgate.policy.load import load_policies
from mailgate.policy.policy import Policy
from mailgate.settings import Settings


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
        show.say(f"  {step_name(clock.name.value)} ({clock.allowed}): {_state(clock)}")
    steps = agenda(case, policy)
    for step in steps[:3]:
        about = f" ({step_name(step.about)})" if step.about else ""
        show.say(f"  next: {step_name(step.name.value)}{about} at {show.moment(step.at.isoformat())} UTC")
    if not steps:
        show.say(f"  next: {IDLE[idle_because(case, policy)]}")


def _state(clock: Clock) -> str:
    due = f"due {show.moment(clock.due.isoformat())} UTC"
    if clock.state is ClockState.MET and clock.met_at is not None:
        late = ", too late" if clock.met_at > clock.due else ""
        return f"met {show.moment(clock.met_at.isoformat())} UTC{late}"
    if clock.state is ClockState.OVERDUE:
        return f"OVERDUE, was {due}"
    if clock.left is None:
        return "ended with the case"
    left = left_of(clock)
    return f"stands still, {left}" if clock.state is ClockState.STOPPED else f"{left}, {due}"
