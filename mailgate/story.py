"""The story of one walk as plain data: what was found, tried and decided. Stored with the mail; `explain` tells it."""

from __future__ import annotations

import re
from typing import Any

from mailgate.cases.case import Decision, Entry, EntryKind
from mailgate.cases.customer_commands import NOT_DONE
from mailgate.cases.desk_mail import REFUSED
from mailgate.cases.events import MailArrived
from mailgate.cases.forwards import NONE_CARRIED_OUT
from mailgate.cases.ruling import Action
from mailgate.mail.message import Mail

Story = dict[str, Any]

_SLASHED = re.compile(r"\W")
_WORD = 40  # characters of a word that nobody knows
_TOLD = frozenset({EntryKind.STATUS, EntryKind.ESCALATION, EntryKind.MERGED, EntryKind.SPLIT})


def story_of(event: MailArrived, decision: Decision) -> Story:
    """The trace of a mail: JSON-ready, without any of its words but the subject, and without any token."""
    verdict, match, actor = event.verdict, event.match, event.actor
    mail = event.passing.mail if event.passing else event.mail
    return {
        "mail": {
            "subject": mail.subject[:255],
            "from": mail.shown_from.address if mail.shown_from else "",
            "identity": mail.identity.address if mail.identity else None,
            "authentication": mail.envelope.authentication.value,
            "proof": list(mail.envelope.proof.lines) if mail.envelope.proof else [],
            "mailbox": mail.envelope.mailbox,
            "door": mail.envelope.door,
            "message_id": mail.message_id,
            "attachments": [
                {"name": one.name, "type": one.type, "size": one.size, "seen": one.seen} for one in mail.attachments
            ],
            "automatic": mail.automatic.reason if mail.automatic else None,
            "defects": list(mail.defects),
            "unread": mail.unread or None,
            "protection": mail.protection or None,
            "words_of_ours": event.taken,
        },
        "passed_on": _passed_on(event, mail),
        "checks": [
            {
                "check": look.check,
                "reason": look.finding.reason if look.finding else None,
                "evidence": look.finding.evidence if look.finding else None,
            }
            for look in verdict.trace
        ],
        "verdict": {"handling": verdict.handling.value, "reason": verdict.reason or None},
        "signals": _signals(event),
        "match": {
            "case": match.case.number if match.case else None,
            "how": match.how.value if match.how else None,
            "standing": actor.standing.value if match.case else None,
            "own_token": actor.own_token,
            "conflict": match.conflict or None,
        },
        "commands": _commands(event, decision),
        "rulings": [
            {
                "action": ruling.action.value,
                "allowed": ruling.allowed,
                "reason": ruling.reason or None,
                "why": ruling.why,
            }
            for ruling in decision.rulings
        ],
        "decision": {
            "outcome": decision.outcome.value,
            "reason": decision.reason,
            "case": decision.case.number if decision.case else None,
            "opened": decision.opened,
            "status": decision.case.status.value if decision.case else None,
            "letters": [
                {"kind": letter.kind.value, "to": letter.to.address, "key": letter.key, "neutral": letter.neutral}
                for letter in decision.letters
            ],
            "along": [
                {
                    "case": one.case.number,
                    "reason": one.reason,
                    "opened": one.opened,
                    "letters": [
                        {"kind": letter.kind.value, "to": letter.to.address, "key": letter.key}
                        for letter in one.letters
                    ],
                }
                for one in decision.along
                if one.case is not None
            ],
            "notes": [entry.text for entry in decision.entries if _is_our_word(entry)],
        },
    }


def _signals(event: MailArrived) -> list[Story]:
    """What was tried. Matching knows no roster: the line that led to the case says who the writer is to us."""
    match, is_now = event.match, f"the writer is {event.actor.standing.value}"
    return [
        {
            "signal": line.signal.value,
            "looked_for": line.looked_for,
            "outcome": line.outcome.replace(f"the writer is {match.standing.value}", is_now),
        }
        for line in match.trace
    ]


def _passed_on(event: MailArrived, mail: Mail) -> Story | None:
    """The customer's mail in an engineer's, and whether it was taken for that; all that follows is then about it."""
    passed = mail.passes_on
    if passed is None:
        return None
    return {
        "taken": event.passing is not None,
        "why": event.not_passed.why if event.not_passed else "",
        "how": passed.how,
        "from": passed.mail.identity.address if passed.mail.identity else "",
        "subject": passed.mail.subject[:255],
        "message_id": passed.mail.message_id,
    }


def _commands(event: MailArrived, decision: Decision) -> Story:
    """What was ordered, by the words alone: what stood behind them is the mail's."""
    said = event.passing.said if event.passing else event.said
    return {
        "heard": list(dict.fromkeys(one.word.value for one in said.said)),
        "not_understood": [_SLASHED.sub("", one.line.split(" ")[0])[:_WORD] for one in said.faults],
        "waiting": list(decision.undone),
        "carried_out": bool(said.said) and not said.faults and _carried_out(decision),
        "unheard": [{"word": one.word.value, "place": one.place.value} for one in event.unheard],
    }


def _carried_out(decision: Decision) -> bool:
    rights = {Action.DIRECT, Action.COMMAND, Action.OPEN_FOR}
    ordered = any(one.allowed and one.action in rights for one in decision.rulings)
    refused = decision.reason == REFUSED or any(
        one.text.startswith((NOT_DONE, NONE_CARRIED_OUT)) for one in decision.entries
    )
    return ordered and not refused


def _is_our_word(entry: Entry) -> bool:
    """What the gate itself has to say; a note of anybody else holds words of his mail."""
    return entry.kind in _TOLD or (entry.kind is EntryKind.NOTE and entry.actor == "mailgate")
