"""What goes from one case to another: all that leads to a merged one, and the entries that a split takes away."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from mailgate.cases.taking import Taking
from mailgate.store.tables import cases, entry, inbound, outbox, thread_id


def follow_merge(connection: Connection, merged: str, into: str) -> None:
    """Whatever was merged into that case before has gone on with it: so no number is more than one step from the case
    that stands for it. The rows themselves stay where they are."""
    connection.execute(update(cases).where(cases.c.merged_into == merged).values(merged_into=into))


def take(connection: Connection, number: str, taking: Taking) -> None:
    """The entries are the case's `number` from now on, numbered from 1; and their mails, with whatever leads to the
    source because of these: their Message-IDs, the letters that were sent because of them, and those letters' tokens
    and Message-IDs."""
    connection.execute(_number, [{"this": one, "case": number, "as_n": n} for n, one in enumerate(taking.entries, 1)])
    if not taking.mails:
        return
    which = {"mails": list(taking.mails), "source": taking.source, "case": number}
    letters = connection.execute(_letters, which).scalars()
    mails = connection.execute(_mails, which).scalars()
    leads = sorted({one for one in (*letters, *mails) if one is not None})
    connection.execute(_move_letters, which)
    connection.execute(_move_mails, which)
    connection.execute(_move_threads, {"ids": leads, "source": taking.source, "case": number})
    connection.execute(_as_forgotten, {"source": taking.source, "case": number})


_number = (
    update(entry).where(entry.c.id == bindparam("this")).values(case_number=bindparam("case"), n=bindparam("as_n"))
)
_of_the_mails = outbox.c.inbound_id.in_(bindparam("mails", expanding=True)), outbox.c.case_number == bindparam("source")
_these = inbound.c.id.in_(bindparam("mails", expanding=True)), inbound.c.case_number == bindparam("source")
_letters = select(outbox.c.message_id).where(*_of_the_mails)
_mails = select(inbound.c.message_id).where(*_these)
_move_letters = update(outbox).where(*_of_the_mails).values(case_number=bindparam("case"))
_move_mails = update(inbound).where(*_these).values(case_number=bindparam("case"))
# The raw mail that retention took from the source is not missing on this one.
_of_source = select(cases.c.raw_erased_at).where(cases.c.number == bindparam("source")).scalar_subquery()
_as_forgotten = update(cases).where(cases.c.number == bindparam("case")).values(raw_erased_at=_of_source)
_move_threads = (
    update(thread_id)
    .where(thread_id.c.message_id.in_(bindparam("ids", expanding=True)), thread_id.c.case_number == bindparam("source"))
    .values(case_number=bindparam("case"))
)
