"""Letters that somebody keeps back, sends after all, sends again, or does away with.

`which` is the id of one letter, the reason for which all are meant that are held for it, or None for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from mailgate.drops import drop_letters
from mailgate.errors import MailgateError
from mailgate.house import House
from mailgate.store import facts, keep, marks
from mailgate.store.db import Store

log = structlog.get_logger()


def hold(store: Store, which: marks.Which, by: str, now: datetime) -> str:
    """Queued letters are kept back until somebody decides. Gives what was done, for people."""
    with store.write() as connection:
        return told("held", marks.hold_outbox(connection, which, by, now), "No letter is queued.")


def retry(store: Store, outbox_id: int | None, by: str, now: datetime) -> str:
    """A failed letter goes out again, a queued one now; None: all that failed or were put off. Who wanted it stands in
    the log alone: the letter is as it was."""
    with store.write() as connection:
        if outbox_id is None:
            ids = keep.requeue_troubled(connection, now)
        else:
            keep.requeue_outbox(connection, outbox_id, now)
            ids = [outbox_id]
    log.info("letters queued again by hand", letters=len(ids), first=ids[0] if ids else None, by=by)
    return told("queued again", ids, "No letter has failed or was put off.")


def do_away(house: House, which: marks.Which, by: str, *, dry_run: bool) -> str:
    """Letters that were not sent are done away with; they stay in the books, and their cases say so."""
    with house.store.read() as connection:
        if isinstance(which, int):
            letter = facts.show_outbox(connection, which)
            if letter["state"] == "sent":
                raise MailgateError(f"outbox {which} is sent: it cannot be dropped")
            what = f"letter {which}, {letter['state']}, {letter['kind']} to {letter['to']}"
        else:
            what = f"{marks.held_outbox(connection, which)} held letters"
    if not dry_run:
        dropped = drop_letters(house, which, by)
        what = what if isinstance(which, int) else f"{dropped} held letters"
    return f"{'would drop' if dry_run else 'dropped'}: {what}"


def told(done: str, ids: Sequence[int], nothing: str) -> str:
    """Which letters it was done to, `nothing` where there are none."""
    return f"{done}: {', '.join(map(str, ids))}" if ids else nothing
