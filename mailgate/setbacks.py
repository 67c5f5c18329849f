"""What becomes of a mail that could not be walked: back to the inbox, counted against it, or shelved.

Only what failed for that mail alone counts towards shelving (law 6), and only while it is ours: a process that stood
still meanwhile leaves it to whoever has it now.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from mailgate import figures
from mailgate.house import House
from mailgate.parents import Read
from mailgate.store import claims, keep
from mailgate.store.claims import ClaimedMail

MAX_ATTEMPTS = 3
# Being there when the process was lost is weaker evidence than failing: in a storm of crashes that are no mail's fault,
# whichever mail is in hand is blamed. (Seen: 60 kills within two minutes put five mails aside of 3,000, with three.)
MAX_LOSSES = 6
_RETRY_AFTER = timedelta(seconds=10)

log = structlog.get_logger()


def still_ours(house: House, connection: Connection, mails: Sequence[Read]) -> list[Read]:
    """Those that no other process has claimed since: of the others it will say what they come to."""
    held = claims.still_held(connection, [claimed.id for claimed, _ in mails], house.holder)
    if lost := [claimed.id for claimed, _ in mails if claimed.id not in held]:
        log.warning("mails were taken over by another process", inbound=lost)
    return [one for one in mails if one[0].id in held]


def give_back(house: House, batch: Sequence[ClaimedMail]) -> None:
    """Untouched, for whoever comes next."""
    if batch:
        with house.store.write() as connection:
            ids = [claimed.id for claimed in batch]
            keep.postpone(connection, ids, house.clock.now(), holder=house.holder)


def put_back(house: House, claimed: ClaimedMail, why: str) -> None:
    """The store failed, not the mail: nothing is counted. StoreError where even this cannot be written: its lease runs
    out, and so do those of all that would fail in the same way, each after as long."""
    with house.store.write() as connection:
        due_at = house.clock.now() + _RETRY_AFTER
        keep.retry_inbound(connection, claimed.id, why, due_at, count=False, holder=house.holder)


def count_against(house: House, claimed: ClaimedMail, error: Exception) -> None:
    """It failed by itself: tried again a few times, then shelved with the traceback."""
    text = "".join(traceback.format_exception(error))
    if claimed.attempts + 1 >= MAX_ATTEMPTS:
        shelve(house, claimed, text, type(error).__name__)
        return
    with house.store.write() as connection:
        due_at = house.clock.now() + _RETRY_AFTER
        keep.retry_inbound(connection, claimed.id, text, due_at, holder=house.holder)
    log.warning("mail failed, will be tried again", inbound=claimed.id, error=type(error).__name__)


def shelve(house: House, claimed: ClaimedMail, traceback_text: str, error: str) -> None:
    """`error` is a name: the traceback may hold words of the mail, and a log must not."""
    with house.store.write() as connection:
        ours = keep.shelve(connection, claimed.id, traceback_text, house.clock.now(), holder=house.holder)
    if not ours:
        log.warning("mails were taken over by another process", inbound=[claimed.id])
        return
    figures.count("mails_shelved")
    log.error("mail shelved", inbound=claimed.id, error=error)
