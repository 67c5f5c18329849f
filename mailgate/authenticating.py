"""Waits for the authentication of a batch of mails, not for ever: what has not even begun goes back to the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, wait

from mailgate.mail.message import Mail
from mailgate.parents import Read
from mailgate.store.claims import ClaimedMail

Begun = tuple[ClaimedMail, Future[Mail]]

# So long may a mail wait for its turn. One that is being asked about has a deadline of its own (`[dns] seconds`).
TURN_SECONDS = 5.0


def authenticated(begun: Sequence[Begun], turn_seconds: float = TURN_SECONDS) -> tuple[list[Read], list[ClaimedMail]]:
    """The mails, complete; and those whose turn did not come, which nobody holds against them."""
    wait([future for _, future in begun], turn_seconds)
    mails: list[Read] = []
    unasked: list[ClaimedMail] = []
    for claimed, future in begun:
        if future.cancel():
            unasked.append(claimed)
        else:
            mails.append((claimed, future.result()))
    return mails, unasked
