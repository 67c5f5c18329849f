"""A mail that leads to a case by somebody who may not write on it: held, and shown to the case's people. A room of
`decide`."""

from __future__ import annotations

from mailgate.cases.case import Case, Decision, Letter, Outcome
from mailgate.cases.events import MailArrived
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, to_our_people
from mailgate.cases.ref import Names
from mailgate.cases.ruling import Ruling
from mailgate.policy.policy import Policy

# To our people in an hour: who has seen a case's number can send as many mails about it as he likes.
_SHOWN_HOURLY = 20
_WORDS = 4000  # characters of the mail


def held_for_rights(case: Case, event: MailArrived, ruling: Ruling, policy: Policy, names: Names) -> Decision:
    """Held; `ruling` says why. No letter shows what a machine wrote, or is one too many this hour."""
    mail, author = event.mail, event.mail.identity or event.mail.shown_from
    letters: tuple[Letter, ...] = ()
    if mail.automatic is None and event.held_lately < _SHOWN_HOURLY:
        says: Says = (
            ("writer", author.address if author else ""),
            ("authenticated", mail.envelope.authentication.value),
            ("subject_said", mail.subject),
            ("words", mail.reply_text[:_WORDS]),
            ("why", ruling.why),
            ("inbound", event.inbound_id),
        )
        to = event.desk.hears_of(case, policy)
        letters = to_our_people(LetterKind.HELD_MAIL, str(event.inbound_id), case, to, policy, names, says)
    return Decision(Outcome.HELD, ruling.reason, letters=letters, rulings=(ruling,), about=case)
