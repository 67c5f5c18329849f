"""How a case is opened: its priority by whoever may say it, its level and kind, and what its confirmation tells.

A room of `decide`. Whether a mail opens one at all is decided there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from mailgate.cases.case import Case, Status
from mailgate.cases.course import Course, StepName
from mailgate.cases.events import MailArrived
from mailgate.cases.letters import Says
from mailgate.cases.match import Standing
from mailgate.cases.may import Actor, may
from mailgate.cases.participants import copied
from mailgate.cases.ref import Names
from mailgate.cases.ruling import Action
from mailgate.cases.subject import case_subject
from mailgate.mail.lists import is_list
from mailgate.mail.message import HISTORY, Address, Mail
from mailgate.policy.policy import Extent, Policy
from mailgate.policy.service import ChosenBy

# "Priority: High", "Call severity = high", "Priority level: high"; the words are the policy's.
_LABEL = r"(?:call\s+)?(?:priority|severity|prio|urgency)(?:\s+level)?\s*[:=]?\s*"


def open_case(
    event: MailArrived, policy: Policy, names: Names, now: datetime, *, follows: str | None, quiet: bool
) -> Case:
    """The new case of that mail. `quiet`: no letter of ours may go to its writer of our own accord."""
    mail = event.mail
    return Case(
        number=names.number,
        org=names.org,
        key=names.key,
        subject=case_subject(mail.subject, names.org),
        status=Status.NEW,
        priority=priority_of(mail, policy),
        mailbox=mail.envelope.mailbox,
        policy=policy.name,
        contact=_opener(mail),
        participants=_taking_part(event, policy, quiet=quiet),
        opened_at=now,
        updated_at=now,
        course=Course(
            started_at=now,
            status_since=now,
            last_mail=mail.message_id,
            extent=Extent.NONE if quiet else policy.confirmation[mail.envelope.authentication],
            owed=HISTORY not in mail.envelope.marks,
        ),
        follows=follows,
        level=policy.opening.level,
        kind=policy.opening.kinds[0] if policy.opening.kinds else "",
        provisional=policy.triage.priority is ChosenBy.SUPPORT,
        account=event.account,
        account_status=event.account_status,
        language=event.language,
    )


def _opener(mail: Mail) -> Address | None:
    """Who opened it; None also where a list wrote itself into From: what is sent there goes to all of them."""
    author = mail.identity
    return author if author is not None and not is_list(mail, author.address) else None


def _taking_part(event: MailArrived, policy: Policy, *, quiet: bool) -> tuple[str, ...]:
    """Who opened it, and by policy those whom he copied."""
    author = _opener(event.mail)
    if author is None:
        return ()
    opener = (author.key,)
    if (
        quiet
        or not may(
            Actor(Standing.PARTICIPANT, *opener, event.mail.envelope.authentication), Action.JOIN, None, policy
        ).allowed
    ):
        return opener
    return opener + copied(event.mail, opener, event.desk, policy)[0]


def priority_of(mail: Mail, policy: Policy) -> int:
    """The priority that a mail opens with.

    Where the sender may choose, he does by a priority's name or word, behind a label ("Priority: high") or in brackets,
    in the subject or as a whole line of the mail, or as the beginning of the subject ("Critical: ..."). The subject
    comes first, then line by line; two different ones in one place choose nothing.
    """
    if policy.triage.priority is not ChosenBy.SENDER:
        return policy.opening.priority
    words = {
        word.casefold(): priority.level
        for priority in policy.priorities
        for word in (priority.name, *priority.words)
        if word.strip()
    }
    for text in (mail.subject, *mail.reply_text.splitlines()[:_LINES]):
        chosen = {words[word] for word in _words_of(text, words, subject=text is mail.subject)}
        if len(chosen) == 1:
            return chosen.pop()
    return policy.opening.priority


_LINES = 200


def _words_of(text: str, words: Mapping[str, int], *, subject: bool) -> list[str]:
    one = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    patterns = [rf"{_LABEL}({one})\b", rf"\[({one})\]"]
    if subject:
        patterns += [rf"^\s*({one})\s*[:!-]", rf"\(({one})\)"]
    else:
        patterns = [rf"^[\s*]*{pattern}[\s*]*[.!]?\s*(?:\([^()]*\)\s*)?$" for pattern in patterns]
    return [match[1] for pattern in patterns for match in re.finditer(pattern, text.casefold())]


def opening_says(case: Case, event: MailArrived, policy: Policy, due: Mapping[StepName, datetime]) -> Says:
    """What a confirmation tells beside what every letter does."""
    says: Says = ()
    if due:
        says += (("response_due", min(due.values())),)
    if event.outage:
        says += (("outage", event.outage),)
    if policy.priority(case.priority).urgent:
        says += (("urgent", 1),)
    if case.provisional:
        says += (("provisional", 1),)
    return says
