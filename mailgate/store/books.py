"""The books of the inbox: what the doors took in, held against what became of it (DESIGN, law 2).

The two are counted apart: the doors' own count is written when a mail is stored, the states are those of its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection, Insert, func, select

from mailgate.store.books_tables import received
from mailgate.store.db import insert
from mailgate.store.listings import inbox_sums
from mailgate.store.postgres import take_your_time
from mailgate.store.tables import cases, entry, inbound, raw_mail

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Books:
    """`received` is what the doors counted, `states` how many mails are filed, held, shelved, dropped and waiting.
    `unfiled` are ids of mails that are filed, and no case has an entry of them; `homeless` are contents (SHA-256) that
    belong to no mail. Of both the first few."""

    received: int
    states: Mapping[str, int]
    unfiled: tuple[int, ...] = ()
    homeless: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What does not reconcile, in words; none where all does."""
        there = sum(self.states.values())
        found = []
        if self.received != there:
            sums = " + ".join(f"{count} {state}" for state, count in self.states.items())
            found.append(f"the doors received {self.received} mails, and the inbox has {there} ({sums})")
        if self.unfiled:
            found.append(f"filed, but on no case: mail {', '.join(map(str, self.unfiled))}")
        if self.homeless:
            found.append(f"stored, but of no mail: {', '.join(name[:12] for name in self.homeless)}")
        return tuple(found)


def count_in(connection: Connection, mails: Iterable[tuple[datetime, str]]) -> None:
    """So many were stored: when each came, and by which door. To be called last before the commit: other processes that
    take mail in at the same door wait for it."""
    counted = Counter((at.astimezone(UTC).date(), door) for at, door in mails)
    for (day, door), mails_of_it in sorted(counted.items()):
        connection.execute(_add(connection.dialect.name), {"day": f"{day}", "door": door, "mails": mails_of_it})


@cache
def _add(dialect: str) -> Insert:
    statement = insert(dialect, received)
    return statement.on_conflict_do_update(
        index_elements=["day", "door"], set_={"mails": received.c.mails + statement.excluded.mails}
    )


def reconcile(connection: Connection) -> Books:
    """All of them at one moment. It goes through the whole inbox: seconds for a million mails."""
    take_your_time(connection)
    total = connection.execute(select(func.coalesce(func.sum(received.c.mails), 0))).scalar_one()
    on_cases = select(entry.c.inbound_id).where(entry.c.inbound_id.is_not(None))
    unfiled = (
        select(inbound.c.id)
        .select_from(inbound.outerjoin(cases, cases.c.number == inbound.c.case_number))
        .where(inbound.c.state == "filed", inbound.c.erased_at.is_(None), cases.c.erased_at.is_(None))
        .where(inbound.c.id.not_in(on_cases))
        .order_by(inbound.c.id)
        .limit(_MOST_NAMED)
    )
    homeless = (
        select(raw_mail.c.sha256)
        .where(raw_mail.c.sha256.not_in(select(inbound.c.sha256)))
        .order_by(raw_mail.c.sha256)
        .limit(_MOST_NAMED)
    )
    return Books(
        received=int(total),
        states=inbox_sums(connection),
        unfiled=tuple(connection.execute(unfiled).scalars()),
        homeless=tuple(connection.execute(homeless).scalars()),
    )
