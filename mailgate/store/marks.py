"""What becomes of a row of the inbox or the outbox after it was made, and when a case is due: one small update each.

A condition on the state keeps two hands from undoing each other: whoever comes second changes nothing, or is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, func, or_, select, true, update

from mailgate.errors import NotFound, StoreError
from mailgate.store.db import insert
from mailgate.store.lease import AT_ONCE, FREE, free
from mailgate.store.rows import Outgoing, outgoing_of
from mailgate.store.tables import cases, inbound, meta, outbox

# Of letters: the one of that id, all that are (or were) held for that reason, or all.
Which = int | str | None

# In these states a row is refused only because somebody holds it.
_AT_WORK = {"waiting": "processed", "queued": "sent"}


_sent = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)), outbox.c.state == "queued")
    .values(FREE | {"state": "sent", "attempts": outbox.c.attempts + 1, "done_at": bindparam("now"), "error": None})
)

_NOT_AGAIN, _NOT_HELD = "cannot be queued again", "is not held"


def retry_inbound(
    connection: Connection,
    inbound_id: int,
    error: str,
    due_at: datetime,
    *,
    count: bool = True,
    holder: str | None = None,
) -> None:
    """Tries a mail again at `due_at`, half a minute ahead at most. `count` only where the failure was that mail's alone
    (law 6). Of `holder`, where it is named: a mail that another has claimed since is left to him."""
    connection.execute(
        update(inbound)
        .where(inbound.c.id == inbound_id, inbound.c.state == "waiting", _of(holder))
        .values(FREE | {"attempts": inbound.c.attempts + int(count), "error": error, "due_at": due_at})
    )


def postpone(
    connection: Connection, inbound_ids: Sequence[int], due_at: datetime, *, holder: str | None = None
) -> None:
    """Gives claimed mails back until `due_at`: they had no trouble of their own. `holder` as above."""
    connection.execute(
        update(inbound)
        .where(inbound.c.id.in_(inbound_ids), inbound.c.state == "waiting", _of(holder))
        .values(FREE | {"due_at": due_at})
    )


def shelve(
    connection: Connection,
    inbound_id: int,
    traceback_text: str,
    now: datetime,
    *,
    reason: str = "crashed",
    holder: str | None = None,
) -> bool:
    """Puts a mail aside that the walk cannot digest, with its traceback, until a person brings it back. `holder` as
    above. Whether it was there to be put aside."""
    found = connection.execute(
        update(inbound)
        .where(inbound.c.id == inbound_id, inbound.c.state == "waiting", _of(holder))
        .values(
            FREE
            | {
                "state": "shelved",
                "reason": reason,
                "error": traceback_text,
                "attempts": inbound.c.attempts + 1,
                "done_at": now,
            }
        )
    )
    return found.rowcount > 0


def _of(holder: str | None) -> ColumnElement[bool]:
    return true() if holder is None else inbound.c.leased_by == holder


def reopen_inbound(connection: Connection, inbound_id: int, now: datetime, *, released_by: str = "") -> None:
    """Brings a held, shelved or dropped mail back to the walk, its attempts forgotten (`inbox replay`).

    A waiting one is hurried. `released_by` names the person who lets it in although a check held it. A filed mail stays
    where it is, and one that somebody works on is left to him: StoreError.
    """
    found = connection.execute(
        update(inbound)
        .where(inbound.c.id == inbound_id, inbound.c.state != "filed")
        .where(or_(inbound.c.state != "waiting", free(inbound, now)))
        .values(
            FREE
            | {
                "state": "waiting",
                "reason": None,
                "error": None,
                "attempts": 0,
                "singly": False,
                "due_at": AT_ONCE,
                "done_at": None,
                "dropped_by": None,
                "released_by": released_by or None,
            }
        )
    )
    _expect(connection, inbound, inbound_id, found.rowcount, "cannot be brought back")


def drop_inbound(connection: Connection, inbound_id: int, by: str, now: datetime) -> None:
    """A person's word that this mail is to be nothing. It stays in the books. A filed one: StoreError."""
    found = connection.execute(
        update(inbound)
        .where(inbound.c.id == inbound_id, inbound.c.state != "filed")
        .values(FREE | {"state": "dropped", "reason": "dropped", "dropped_by": by, "done_at": now})
    )
    _expect(connection, inbound, inbound_id, found.rowcount, "cannot be dropped")


def mark_sent(connection: Connection, outbox_ids: Sequence[int], now: datetime) -> int:
    """The relay took them, whoever holds them now: that is so. How many were not marked before."""
    return connection.execute(_sent, {"ids": outbox_ids, "now": now}).rowcount


def mark_failed(connection: Connection, outbox_id: int, why: str, now: datetime) -> None:
    """Given up: refused for good, or for too long."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == outbox_id, outbox.c.state == "queued")
        .values(FREE | {"state": "failed", "attempts": outbox.c.attempts + 1, "error": why, "done_at": now})
    )


def retry_outbox(connection: Connection, outbox_id: int, why: str, due_at: datetime) -> None:
    """Not now: tried again at `due_at`."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == outbox_id, outbox.c.state == "queued")
        .values(FREE | {"attempts": outbox.c.attempts + 1, "error": why, "due_at": due_at})
    )


def requeue_outbox(connection: Connection, outbox_id: int, now: datetime) -> None:
    """Queues a failed or dropped letter anew (or hurries a queued one), its attempts forgotten. A sent one, one that is
    under way, or a held one, which is to be released: StoreError."""
    found = connection.execute(
        update(outbox)
        .where(outbox.c.id == outbox_id, outbox.c.state.in_(("failed", "dropped", "queued")))
        .where(or_(outbox.c.state != "queued", free(outbox, now)))
        .values(_anew(now))
    )
    _expect(connection, outbox, outbox_id, found.rowcount, _NOT_AGAIN)


def requeue_troubled(connection: Connection, now: datetime) -> list[int]:
    """The same for every letter that failed or was put off; gives their ids. One that is under way needs no hurry, nor
    does one that was never tried."""
    put_off = and_(outbox.c.state == "queued", outbox.c.attempts > 0, free(outbox, now))
    found = connection.execute(
        update(outbox).where(or_(outbox.c.state == "failed", put_off)).values(_anew(now)).returning(outbox.c.id)
    )
    return sorted(found.scalars())


def hold_outbox(connection: Connection, which: Which, by: str, now: datetime) -> list[int]:
    """Queued letters are held until somebody decides; gives their ids. One that is under way is left alone, and of all
    those to the operator are, too."""
    found = connection.execute(
        update(outbox)
        .where(_chosen(which), outbox.c.state == "queued", free(outbox, now))
        .where(true() if isinstance(which, int) else ~outbox.c.key.startswith("operator/"))
        .values(FREE | {"state": "held", "held_for": "operator", "error": f"held by {by}"})
        .returning(outbox.c.id)
    )
    return _those(connection, which, found.scalars().all(), "cannot be held")


def release_outbox(connection: Connection, which: Which, now: datetime) -> list[int]:
    """Held letters go out after all, past the breaker too: it is a person's word. Gives their ids."""
    found = connection.execute(
        update(outbox)
        .where(_chosen(which), outbox.c.state == "held")
        .values(_anew(now) | {"gated_at": func.coalesce(outbox.c.gated_at, now), "error": None})
        .returning(outbox.c.id)
    )
    return _those(connection, which, found.scalars().all(), _NOT_HELD)


def drop_outbox(connection: Connection, which: Which, by: str, now: datetime, *, most: int) -> list[Outgoing]:
    """Held letters, or by its id a failed or queued one, are done away with, at most so many at once. They stay in the
    books."""
    states = ("held", "failed", "queued") if isinstance(which, int) else ("held",)
    chosen = select(outbox.c.id).where(_chosen(which), outbox.c.state.in_(states), free(outbox, now))
    found = connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(chosen.order_by(outbox.c.id).limit(most)))
        .values(FREE | {"state": "dropped", "error": f"dropped by {by}", "done_at": now})
        .returning(*outbox.c)
    )
    dropped = sorted((outgoing_of(row) for row in found.mappings()), key=lambda one: one.id)
    _those(connection, which, [one.id for one in dropped], "cannot be dropped")
    return dropped


def held_outbox(connection: Connection, held_for: str | None) -> int:
    """How many letters are held, for that reason or for any."""
    which = outbox.c.state == "held"
    if held_for is not None:
        which = and_(which, outbox.c.held_for == held_for)
    return connection.execute(select(func.count()).select_from(outbox).where(which)).scalar_one()


def _chosen(which: Which) -> ColumnElement[bool]:
    if isinstance(which, int):
        return outbox.c.id == which
    return outbox.c.held_for == which if which else true()


def _those(connection: Connection, which: Which, ids: Sequence[int], refusal: str) -> list[int]:
    if isinstance(which, int):
        _expect(connection, outbox, which, len(ids), refusal)
    return sorted(ids)


def _anew(now: datetime) -> dict[str, Any]:
    return FREE | {"state": "queued", "attempts": 0, "due_at": AT_ONCE, "queued_at": now, "done_at": None}


def _expect(connection: Connection, table: Table, number: int, changed: int, refusal: str) -> None:
    if changed:
        return
    state = connection.execute(select(table.c.state).where(table.c.id == number)).scalar()
    if state is None:
        raise NotFound(f"{table.name} {number}: there is no such id")
    if state in _AT_WORK and refusal != _NOT_HELD:
        raise StoreError(f"{table.name} {number} is being {_AT_WORK[state]} at this moment; look again in a minute")
    remedy = "; release it" if state == "held" and refusal == _NOT_AGAIN else ""
    raise StoreError(f"{table.name} {number} is {state}: it {refusal}{remedy}")


def look_again(connection: Connection, number: str, at: datetime) -> None:
    """Time looks at that case at `at`, whatever was to come: it could not be looked at now."""
    connection.execute(
        update(cases).where(cases.c.number == number).values(next_due_at=at, version=cases.c.version + 1)
    )


def look_at_cases_of(connection: Connection, policy: str, after: str, limit: int, now: datetime) -> str | None:
    """The next cases of that policy that are not closed, by number from `after` on, are due for another look now.

    Gives the number of the last of them; None: there is none left.
    """
    some = (
        select(cases.c.number)
        .where(cases.c.number > after, cases.c.policy == policy, cases.c.status != "closed")
        .order_by(cases.c.number)
        .limit(limit)
    )
    numbers = connection.execute(some.with_for_update()).scalars().all()
    later = or_(cases.c.next_due_at.is_(None), cases.c.next_due_at > now)
    connection.execute(update(cases).where(cases.c.number.in_(numbers), later).values(next_due_at=now))
    return numbers[-1] if numbers else None


def progress(connection: Connection, work: str) -> str:
    """How far work of that name has come, as it was told last; "" where it has not begun."""
    return connection.execute(select(meta.c.value).where(meta.c.key == work)).scalar() or ""


def set_progress(connection: Connection, work: str, reached: str) -> None:
    """How far it has come now."""
    statement = insert(connection.dialect.name, meta).values(key=work, value=reached)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": reached}))
