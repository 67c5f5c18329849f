"""The letters of a decision as they will leave: which case, policy and mailbox each is written with."""

from __future__ import annotations

from datetime import datetime

from mailgate.cases.case import Decision, Written
from mailgate.house import House


def written(house: House, decision: Decision, mailbox: str, now: datetime) -> list[Written]:
    """The letters of a decision as they will leave. Those about no case go out under the policy of that mailbox."""
    case = decision.case or decision.about
    if not decision.letters:
        return []  # what says nothing needs no mailbox, which may be gone from the settings
    if case is None:
        box, policy = house.mailbox(mailbox), house.policy_of(mailbox)
        subject = policy.texts.neutral_subject
        return [house.renderer.caseless(letter, policy, box, subject, now) for letter in decision.letters]
    box, policy = house.mailbox(case.mailbox), house.policy_for(case, case.mailbox)
    web_url = house.settings.web.url
    return [house.renderer.render(letter, case, policy, box, web_url, now) for letter in decision.letters]
