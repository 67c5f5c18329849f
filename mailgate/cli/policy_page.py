"""Prints a support policy as a page that a support manager can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from rich.text import Text

from mailgate.cli import show
from mailgate.policy.duration import Duration
from mailgate.policy.policy import Policy
from mailgate.policy.service import ChosenBy, Need, Others

_CHOSEN = {
    ChosenBy.FIXED: "always that, whatever the mail says",
    ChosenBy.SENDER: "or the one whose name the sender writes",
    ChosenBy.SUPPORT: "until support has validated it",
}
_NEEDS = {Need.CONTACT: "a known contact", Need.CONTRACT: "a contract that covers the day"}


def tell(policy: Policy) -> None:
    """The whole page."""
    show.say(Text(f"{policy.title or policy.name} ({policy.name})", style="bold"))
    _priorities(policy)
    for heading, lines in (
        ("Opening", _opening(policy)),
        ("Working time", _time(policy)),
        ("Reminders", _reminders(policy)),
        ("Closing", _closing(policy)),
        ("Who may write", _entitlement(policy)),
        ("People", _people(policy)),
        ("Letters", _letters(policy)),
        ("Words", _words(policy)),
    ):
        _section(heading, lines)
    _levels(policy)
    _ladder(policy)
    _outages(policy)


def _section(heading: str, lines: Iterable[tuple[str, str]]) -> None:
    said = [(key, value) for key, value in lines if value]
    if not said:
        return
    show.say("")
    show.say(Text(heading, style="bold"))
    width = max(len(key) for key, _ in said) + 1
    for key, value in said:
        first, *more = value.splitlines()
        show.say(Text(f"  {key + ':':<{width}}  ", style="dim"), first)
        for line in more:
            show.say(" " * (width + 4), line)


def _priorities(policy: Policy) -> None:
    rows = [
        {
            "level": one.level,
            "name": one.name,
            "response": _time_of(one.response),
            "activated": _time_of(one.activated),
            "workaround": _time_of(one.workaround),
            "feedback": _time_of(one.feedback),
            "urgent": "yes" if one.urgent else "",
        }
        for one in sorted(policy.priorities, key=lambda one: one.level)
    ]
    headings = {
        "level": "PRIORITY",
        "name": "NAME",
        "response": "FIRST ANSWER",
        "activated": "WORK BEGINS",
        "workaround": "WORKAROUND",
        "feedback": "WORD AT LEAST EACH",
        "urgent": "TELEPHONE ADVISED",
    }
    show.say("")
    # What no priority has takes no room.
    show.table(rows, {key: heading for key, heading in headings.items() if any(row[key] for row in rows)}, "")
    _section("What they mean", ((f"{one.level} {one.name}", one.definition) for one in policy.priorities))


def _opening(policy: Policy) -> Iterable[tuple[str, str]]:
    opening = policy.opening
    name = next(one.name for one in policy.priorities if one.level == opening.priority)
    yield "priority", f"{opening.priority} ({name}), {_CHOSEN[policy.triage.priority]}"
    yield "customer may change it", "yes" if policy.triage.customer_may_change else "no"
    yield "level of support", str(opening.level)
    yield "kinds", ", ".join(opening.kinds)
    yield "first answer to any case", _time_of(policy.service.any_response)
    yield "while we wait", "clocks stand still" if policy.service.waiting_stops_clocks else "clocks run on"


def _time(policy: Policy) -> Iterable[tuple[str, str]]:
    yield "zone", policy.zone
    yield "business hours", "; ".join(policy.hours.hours) or "around the clock, every day"
    if policy.hours.hours:
        yield "but for public holidays", ", ".join(policy.hours.holidays) or "none"
        yield "and for", ", ".join(policy.hours.closed)


def _reminders(policy: Policy) -> Iterable[tuple[str, str]]:
    reminders = policy.reminders
    percent = ", ".join(f"{percent} %" for percent in reminders.engineer_percent)
    yield "the engineer", f"at {percent} of the time that something may take" if percent else "never"
    yield "the customer", _list_of(reminders.customer, "after {} of waiting") or "never"
    yield "the operator", f"after {reminders.untaken}, of a case that nobody took" if reminders.untaken else "never"
    yield "at each word that is due", "the customer hears that work goes on" if reminders.progress else ""


def _closing(policy: Policy) -> Iterable[tuple[str, str]]:
    closing = policy.closing
    yield "resolved, and not confirmed", f"closes after {closing.resolved}" if closing.resolved else "stays resolved"
    yield "waiting, and no answer", f"closes after {closing.waiting}" if closing.waiting else "goes on waiting"
    if closing.resolved or closing.waiting:
        yield "last reminder", f"{closing.grace} before that"
    yield "a reply opens it again", f"for {closing.reopen_days} days" if closing.reopen_days else "never"


def _entitlement(policy: Policy) -> Iterable[tuple[str, str]]:
    needs = " and ".join(_NEEDS[need] for need in policy.entitlement.needs)
    yield "needed", needs or "nothing"
    if needs:
        held = policy.entitlement.others is Others.HOLD
        yield "others", "are held, and answered once with what is missing" if held else "are treated alike"


def _people(policy: Policy) -> Iterable[tuple[str, str]]:
    contact = policy.contact
    yield "signed", contact.name
    yield "telephone", contact.telephone + (f" ({contact.hours})" if contact.hours else "")
    yield "accounts are approved by", policy.accounts.csm
    yield "accounts are asked for", "on the page, too" if policy.accounts.page else ""
    yield "accounts are escalated", "by their admins, too" if policy.accounts.customer_may_escalate else ""
    yield "mail that escalates", policy.escalation.address


def _letters(policy: Policy) -> Iterable[tuple[str, str]]:
    letters = policy.letters
    kinds = ("confirmation", "reply_received", "priority_changed", "closed", "write_to_support")
    yield "sent", ", ".join(kind.replace("_", " ") for kind in kinds if getattr(letters, kind)) or "none"
    yield "language", ", ".join((letters.language, *letters.languages))
    hourly = letters.hourly
    yield "to one address in an hour", f"{hourly.authenticated}, {hourly.unverified} where it is not authenticated"
    told = (f"{who.value} {extent.value}" for who, extent in policy.confirmation.items())
    yield "confirmation, by authentication", ", ".join(told)
    handled = (f"{key.replace('_', ' ')} {_value(policy.intake, key)}" for key in policy.intake.__dataclass_fields__)
    yield "mail that checks find", ", ".join(handled)


def _words(policy: Policy) -> Iterable[tuple[str, str]]:
    texts = policy.texts
    yield "neutral subject", texts.neutral_subject
    yield "what comes next", texts.next_step
    yield "what is missing", texts.missing
    yield "what we ask for", texts.ask_for


def _levels(policy: Policy) -> None:
    rows = [{"level": one.level, "name": one.name, "queue": one.queue, "task": one.task} for one in policy.levels]
    _table("Levels of support", rows, {"level": "LEVEL", "name": "NAME", "queue": "QUEUE", "task": "TASK"})


def _ladder(policy: Policy) -> None:
    rows = [
        {"rung": place, "name": one.name, "after": f"after {one.after}" if one.after else "by hand", "to": list(one.to)}
        for place, one in enumerate(policy.escalation.rungs, start=1)
    ]
    _table("Escalation", rows, {"rung": "RUNG", "name": "NAME", "after": "REACHED", "to": "TOLD"})
    breach = policy.escalation.breach
    if rows:
        show.say(
            f"  What is overdue is told to rung {breach} at least."
            if breach
            else "  What is overdue: the engineer alone."
        )


def _outages(policy: Policy) -> None:
    rows = [
        {"starts": one.starts, "ends": one.ends, "announce": _list_of(one.announce, "{} before"), "text": one.text}
        for one in policy.outages
    ]
    _table("Outages", rows, {"starts": "FROM", "ends": "TO", "announce": "ANNOUNCED", "text": "TEXT"})


def _table(heading: str, rows: Sequence[Mapping[str, Any]], columns: dict[str, str]) -> None:
    if rows:
        show.say("")
        show.say(Text(heading, style="bold"))
        show.table(rows, columns, "")


def _time_of(duration: Duration | None) -> str:
    return str(duration) if duration else ""


def _list_of(durations: Iterable[Duration], each: str) -> str:
    return ", ".join(each.format(one) for one in durations)


def _value(shape: object, key: str) -> str:
    value = getattr(shape, key)
    return str(value.value).replace("_", " ") if isinstance(value, Enum) else str(value)
