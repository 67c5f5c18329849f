"""An accepted mail as it came, for who looks at it or tries it: its octets and its envelope. Nothing is claimed."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mailgate.errors import NotFound, StoreError
from mailgate.mail.message import RawMail
from mailgate.store.mail_rows import envelope_of
from mailgate.store.raw import Reading, find_all
from mailgate.store.tables import inbound


def raw_mail_of(connection: Connection, inbound_id: int, later: Reading | None = None) -> RawMail:
    """Big contents are read when they are needed, by `later`, and without it within this transaction. NotFound where
    there is no such id; StoreError where its octets are gone."""
    row = connection.execute(select(inbound).where(inbound.c.id == inbound_id)).mappings().first()
    if row is None:
        raise NotFound(f"inbound {inbound_id}: there is no such id")
    # Octets of an erased mail may be there for the sake of another one.
    found = find_all(connection, (row["sha256"],), later) if row["erased_at"] is None else {}
    if row["sha256"] not in found:
        raise StoreError(f"the octets of mail {inbound_id} are gone: erased, by retention or by request")
    return RawMail(found[row["sha256"]], envelope_of(dict(row)))
