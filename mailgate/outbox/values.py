"""What the templates may use: the values of each letter, which `templates/README.md` explains to those who write them.

It knows no templates (`shelf.py`) and no header (`render.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup

from mailgate.cases.account import AccountStatus
from mailgate.cases.case import Case, Letter
from mailgate.cases.letter_kinds import INTERNAL_LETTERS, LetterKind
from mailgate.mail.message import Address
from mailgate.outbox.carried import Carried
from mailgate.outbox.clean import SUBJECT_CAP, one_line, person_name, whole_lines
from mailgate.policy.authority import Proof
from mailgate.policy.policy import Policy, Priority
from mailgate.policy.service import Level

Values = Mapping[str, object]

_OF_AN_ENTRY: Values = {"n": 0, "recent": "", "attachments": "", "clocks": "", "commands": "", "vouched_by": ""}
# What `Letter.says` may leave out: templates ask for it all the same, and a name that they do not find is an error.
UNSAID: Mapping[LetterKind, Values] = {
    LetterKind.CONFIRMATION: {"response_due": "", "outage": "", "provisional": 0},
    LetterKind.WRITE_TO_SUPPORT: {"response_due": "", "outage": "", "provisional": 0},
    LetterKind.PRIORITY_CHANGED: {"response_due": ""},
    LetterKind.NEW_CASE: _OF_AN_ENTRY,
    LetterKind.NEW_ENTRY: {**_OF_AN_ENTRY, "on_page": 0},
    LetterKind.HANDED_ON: {"recent": ""},
    LetterKind.NOT_DELIVERED: {"delivery_status": "", "server_said": ""},
    LetterKind.COMMAND_ANSWER: {"ordered": 0, "understood": "", "faults": "", "commands": "", "kept_as": ""},
    LetterKind.CASE_STATUS: {"recent": "", "clocks": "", "people": ""},
    LetterKind.ACCOUNT_ASKED: {"telephone_given": "", "preferred": "", "by": "", "approve_link": ""},
}

_WHOLE = frozenset({"words", "recent", "commands"})  # lines whose indents and columns mean something


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as customers of the policy read it on their clocks. It stands in a letter whole, as `{{ due }}`, or in
    parts. `weekday` is 1 for Monday to 7 for Sunday: names of days and months would have a language."""

    day: str
    time: str
    zone: str
    weekday: int

    def __str__(self) -> str:
        return f"{self.day} {self.time} {self.zone}"


@lru_cache(maxsize=256)  # the letters of a batch tell the same few
def moment_of(moment: datetime, zone: str) -> Moment:
    """The moment on the clocks of that IANA zone, with the zone that it is told in."""
    local = moment.astimezone(ZoneInfo(zone))
    abbreviation = local.tzname() or ""
    told = abbreviation + (f" ({zone})" if zone != abbreviation else "")
    return Moment(f"{local:%Y-%m-%d}", f"{local:%H:%M}", told, local.isoweekday())


def values_of(letter: Letter, case: Case, policy: Policy, link: str) -> Values:
    """All that the template of a letter about a case may use."""
    own = _for_us if letter.kind in INTERNAL_LETTERS else _for_customers
    return {**_of_case(letter, case, policy, link), **own(letter, case, policy), **_said(letter, policy)}


def caseless_values(letter: Letter, policy: Policy) -> Values:
    """All that the template of a letter to a customer about no case may use."""
    return {**_of_policy(letter, policy), "name": greeted(letter), **_said(letter, policy)}


def carried_values(what: Carried) -> Values:
    """What an engineer wrote. His html alone passes the templates unescaped: the sanitiser has seen it."""
    return {
        "words": whole_lines(what.text),
        "words_html": Markup(what.html) if what.html else "",  # noqa: S704 - clean, by `mail/going_out.py`
        "engineer": person_name(what.engineer_name),
    }


def subject_of(letter: Letter, case: Case, policy: Policy) -> str:
    """The case's subject as the letter may tell it, one line."""
    return one_line(policy.texts.neutral_subject if letter.neutral else case.subject, SUBJECT_CAP)


def priority_name(case: Case, policy: Policy) -> str:
    """What the policy calls the case's priority; "" where it has no name for it."""
    return _priority(case.priority, policy).name


def greeted(letter: Letter) -> str:
    """The recipient's name as the letter may tell it; "" where it may not."""
    return "" if letter.neutral else person_name(letter.to.name)


def _of_case(letter: Letter, case: Case, policy: Policy, link: str) -> Values:
    return {
        "language": letter.language,
        "number": case.number,
        "subject": subject_of(letter, case, policy),
        "opened": moment_of(case.opened_at, policy.zone),
        "priority": case.priority,
        "priority_name": priority_name(case, policy),
        "link": link,
    }


def _for_customers(letter: Letter, case: Case, policy: Policy) -> Values:
    """Nothing of this may tell who of ours has the case."""
    priority = _priority(case.priority, policy)
    return {
        **_of_policy(letter, policy),
        "name": greeted(letter),
        "ref": case.ref,
        "definition": priority.definition,
        "urgent": int(priority.urgent),
        "may_change": int(policy.triage.customer_may_change),
        "next_step": policy.texts.next_step,
    }


def _for_us(letter: Letter, case: Case, policy: Policy) -> Values:
    level = next((one for one in policy.levels if one.level == case.level), Level(case.level, ""))
    rungs = policy.escalation.rungs[: case.rung]
    return {
        "status": case.status.value,
        "case_kind": case.kind,
        "customer": _person(case.contact) if case.contact else "",
        "owner": case.owner,
        "level": case.level,
        "level_name": level.name,
        "task": level.task,
        "rung": case.rung,
        "rung_name": rungs[-1].name if rungs else "",
        "provisional": int(case.provisional),
        "marker": letter.token,
        "relays": int(policy.authority.engineer.relay is not Proof.NEVER),
        "account": case.account,
        "account_status": "" if case.account_status == AccountStatus.NORMAL else case.account_status,
    }


def _person(one: Address) -> str:
    name, address = person_name(one.name), one_line(one.address)
    return f"{name} <{address}>" if name else address


def _of_policy(letter: Letter, policy: Policy) -> Values:
    contact = policy.contact
    return {
        "language": letter.language,
        "telephone": contact.telephone,
        "hours": contact.hours,
        "contact": contact.name,
    }


def _said(letter: Letter, policy: Policy) -> Values:
    says: dict[str, object] = dict(UNSAID.get(letter.kind, {}))
    for name, value in letter.says:
        if isinstance(value, datetime):
            says[name] = moment_of(value, policy.zone)
        else:
            says[name] = value if not isinstance(value, str) else whole_lines(value) if name in _WHOLE else _tidy(value)
    if "was" in says:
        says["was_name"] = _priority(int(str(says["was"])), policy).name
    return says


def _tidy(text: str) -> str:
    """Words of whoever acted, or of the policy: their lines stay, what no letter shows does not."""
    return "\n".join(one_line(line) for line in text.splitlines())


def _priority(level: int, policy: Policy) -> Priority:
    return next((one for one in policy.priorities if one.level == level), Priority(level, ""))
