"""Who takes part in a case, and who joins it because a participant copied him. Pure; whether he may, `may.py` says."""

from __future__ import annotations

from mailgate.cases.desk import Desk
from mailgate.cases.organisation import same_organisation
from mailgate.mail.automatic import nobody_reads
from mailgate.mail.lists import is_list
from mailgate.mail.message import Mail
from mailgate.policy.authority import Copied
from mailgate.policy.policy import Policy

MOST = 20  # on one case: a copy to each of them is written by hand


def copied(mail: Mail, participants: tuple[str, ...], desk: Desk, policy: Policy) -> tuple[str, ...]:
    """The address keys in To and Cc that would join by policy: never our own, a list's, or one that nobody reads.

    `participants` are those who take part already, the writer among them; at most `MOST` take part at all.
    """
    if not any(desk.is_own(one.address) for one in (*mail.to, *mail.cc)):
        return ()  # we stand in Bcc alone, or it was passed on to us: the others are not to know of us
    joining: list[str] = []
    for one in (*mail.to, *mail.cc):
        if one.key in participants or one.key in joining or desk.is_own(one.address):
            continue
        if desk.engineer(one.key) or nobody_reads(one.address) or is_list(mail, one.address) or "@" not in one.address:
            continue
        if policy.authority.copied is Copied.ANYBODY or (
            policy.authority.copied is Copied.ORGANISATION and same_organisation(one.address, participants)
        ):
            joining.append(one.key)
    return tuple(joining[: max(0, MOST - len(participants))])
