"""What it means that a case becomes part of another. A room of `decide`.

The merged case ends without a letter; its number, ref, threads and tokens lead to the survivor for ever, whose clocks
and status go on as they are. Who takes part in the one takes part in the other from then on, so a merge is refused
where somebody would come to read what another customer wrote.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailgate.cases.case import Case, Decision, Entry, EntryKind, Outcome, Status
from mailgate.cases.letters import audience
from mailgate.cases.moves import move
from mailgate.cases.organisation import same_organisation
from mailgate.cases.participants import MOST
from mailgate.errors import NotAllowed
from mailgate.policy.policy import Policy


def merge(case: Case, into: Case, actor: str, policy: Policy, now: datetime) -> Decision:
    """The end of `case`, and along with it what `into` gains. NotAllowed where they may not be one."""
    if why := _cannot_merge(case, into):
        raise NotAllowed(why)
    ended, moved = move(case, Status.CLOSED, actor, policy, now)
    return Decision(
        Outcome.FILED,
        "merged",
        replace(ended, merged_into=into.number, updated_at=now),
        entries=(*moved, Entry(now, EntryKind.MERGED, actor, f"merged into #{into.number}")),
        along=(_gaining(into, case, actor, now),),
    )


def _gaining(into: Case, case: Case, actor: str, now: datetime) -> Decision:
    joining = _joining(case, into)
    entries: tuple[Entry, ...] = (Entry(now, EntryKind.MERGED, actor, f"case #{case.number} was merged into this one"),)
    if joining:
        entries += (Entry(now, EntryKind.PEOPLE, actor, f"takes part from now on: {', '.join(joining)}"),)
    after = replace(
        into,
        contact=into.contact or case.contact,
        participants=(*into.participants, *joining),
        updated_at=now,
    )
    return Decision(Outcome.FILED, "merged", after, entries=entries)


def _joining(case: Case, into: Case) -> tuple[str, ...]:
    contact = (case.contact.key,) if case.contact else ()
    return tuple(key for key in dict.fromkeys((*contact, *case.participants)) if key not in into.participants)


def _cannot_merge(case: Case, into: Case) -> str:
    """Why not, for people; "" where it can be."""
    if case.number == into.number:
        return f"case {case.number} cannot become part of itself"
    if case.mailbox != into.mailbox:
        return f"case {into.number} is of mailbox {into.mailbox}, case {case.number} of mailbox {case.mailbox}"
    if case.policy != into.policy:
        return f'case {into.number} is under policy "{into.policy}", case {case.number} under "{case.policy}"'
    if into.status is Status.CLOSED:
        return f"case {into.number} is closed: open it to merge another into it"
    outsiders = _outsiders(case, into)
    if outsiders:
        return (
            f"it would show {', '.join(outsiders)} what others wrote: cases {case.number} and {into.number} are not of "
            "one customer"
        )
    if len(into.participants) + len(_joining(case, into)) > MOST:
        return f"at most {MOST} take part in a case"
    return ""


def _outsiders(case: Case, into: Case) -> tuple[str, ...]:
    """Who of the one has no part in the other, nor belongs to an organisation that has. Where nobody takes part in one,
    nobody's words are shown."""
    ours, theirs = tuple(sorted(audience(case))), tuple(sorted(audience(into)))
    if not ours or not theirs:
        return ()
    return tuple(
        key
        for mine, others in ((ours, theirs), (theirs, ours))
        for key in mine
        if key not in others and not same_organisation(key, others)
    )
