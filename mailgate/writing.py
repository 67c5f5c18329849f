"""The letters of a decision as they will leave: which case, policy and mailbox each is written with."""

from __future__ import annotations

from datetime import datetime

from mailgate.cases.case import Case, Decision, Letter, Written
from mailgate.cases.events import EngineerReplied, Event, MailArrived
from mailgate.cases.letter_kinds import INTERNAL_LETTERS, LetterKind
from mailgate.house import House
from mailgate.mail.message import Octets
from mailgate.outbox.carried import Carried, carried
from mailgate.store.rows import Kept


def written(
    house: House, decision: Decision, mailbox: str, now: datetime, what: Carried | None = None
) -> list[Written]:
    """The letters of a decision as they will leave. Those about no case go out under the policy of that mailbox; `what`
    an engineer wrote goes out in those that are his reply."""
    case = decision.case or decision.about
    if not decision.letters:
        return []  # what says nothing needs no mailbox, which may be gone from the settings
    if case is None:
        box, policy = house.mailbox(mailbox), house.policy_of(mailbox)
        return [house.renderer.caseless(letter, policy, box, None, now) for letter in decision.letters]
    return [_about(house, letter, case, what, now) for letter in decision.letters]


def along(house: House, decision: Decision, now: datetime) -> tuple[Kept, ...]:
    """What is to be kept of the other cases that the decision concerns, their letters written."""
    return tuple(Kept(one, written(house, one, one.case.mailbox if one.case else "", now)) for one in decision.along)


def _about(house: House, letter: Letter, case: Case, what: Carried | None, now: datetime) -> Written:
    box, policy = house.mailbox(case.mailbox), house.policy_for(case, case.mailbox)
    if letter.kind is LetterKind.REPLY and what is not None:
        return house.renderer.reply(letter, case, policy, box, what, _page(house, letter, case, now), now)
    return house.renderer.render(letter, case, policy, box, _page(house, letter, case, now), now)


def _page(house: House, letter: Letter, case: Case, now: datetime) -> str:
    """Where the reader of the letter finds the case: a customer by a link that is his alone, ours at the desk."""
    web = house.settings.web
    if letter.kind in INTERNAL_LETTERS:
        return f"{web.url}/desk/cases/{case.number}" if web.desk else ""
    return house.case_page(case.number, letter.to.key, now)


def carried_by(house: House, event: Event, decision: Decision, data: Octets) -> Carried | None:
    """What an engineer's words carry to the customer, where the decision sends them. `data` is his mail, if it is
    one."""
    if all(letter.kind is not LetterKind.REPLY for letter in decision.letters):
        return None
    match event:
        case MailArrived():
            engineer, out = house.desk.engineer(event.actor.address), event.outgoing
        case EngineerReplied():
            engineer, out = house.desk.engineer(event.actor.casefold()), event.outgoing
        case _:
            engineer = out = None
    if out is None or engineer is None:
        raise ValueError("only an engineer's words are relayed")
    return carried(out, data, engineer.public_name)
