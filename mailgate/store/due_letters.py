"""The statements by which letters that are due are claimed (`claims.claim_outbox`), made once: making them anew takes
SQLAlchemy six times as long as all else of a claim."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, literal_column, or_, select, update

from mailgate.store.tables import outbox

_now, _far, _beyond = (bindparam(name, type_=outbox.c.due_at.type) for name in ("now", "far", "beyond"))
# Spelled as in the partial indexes (tables.py).
_QUEUED = outbox.c.state == literal_column("'queued'")

# A clock that was put back would else keep them waiting for as long: what is due `beyond` any pause is due `now`. (By
# itself, for the index's sake.)
untrue = update(outbox).where(_QUEUED, outbox.c.due_at > _beyond).values(due_at=_now)

# As a CTE: PostgreSQL may run a bare subquery with a LIMIT more than once, and then claims more than that.
_lease = outbox.c.lease_until
_due = (
    select(outbox.c.id)
    .where(_QUEUED, outbox.c.due_at <= _now, or_(_lease.is_(None), _lease <= _now, _lease > _far))
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
# `most` of them, for the holder `by`, until `end`; a lease that ends after `far` is none (`lease.free`).
claimed = (
    update(outbox)
    .where(outbox.c.id.in_(select(_due.c.id)))
    .values(leased_by=bindparam("by"), lease_until=bindparam("end"))
    .returning(*outbox.c)
)
