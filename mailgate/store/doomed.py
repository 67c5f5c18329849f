"""What nobody needs any more in the object store: it is doomed in the database first, deleted after that commit, and
its key given to nobody for a while.

A mail of the very same octets may come at any moment, and relies on an object that it finds there. So whoever dooms a
key holds the row of its content meanwhile, as does who names it in a commit (`raw.py`): one of the two comes first, and
the other sees it. A deletion that got no answer may still be carried out later; so a key is free again only when a day
has passed since the last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, delete, func, select, update

from mailgate.errors import StoreError
from mailgate.store.bucket import AT_ONCE, Bucket, Listed
from mailgate.store.db import Store, in_parts, insert_new
from mailgate.store.owner import may_sweep
from mailgate.store.raw_tables import doomed_object
from mailgate.store.tables import raw_mail

# What is younger may be named by a commit that is under way. That it is safe does not hang on this.
ORPHAN_AFTER = timedelta(hours=24)
_KEY_IS_FREE_AFTER = timedelta(hours=24)
_AT_ONCE = 500
_OURS = re.compile(r"([0-9a-f]{64})(-[0-9a-f]{8})?")
_NOBODY = ""  # the object of a row that is only there to be held

log = structlog.get_logger()


def doom(connection: Connection, keys: Iterable[str], now: datetime) -> None:
    """No content is given one of these keys from now on. The caller holds the rows of their contents."""
    rows = [{"key": key, "since": now, "gone_at": None} for key in keys]
    if rows:
        connection.execute(insert_new(connection.dialect.name, doomed_object), rows)


def delete_doomed(store: Store, now: datetime) -> int:
    """Deletes what is doomed from the object store; how much is left. It never raises for trouble with that: the next
    time will do."""
    with store.write() as connection:
        connection.execute(delete(doomed_object).where(doomed_object.c.gone_at <= now - _KEY_IS_FREE_AFTER))
    while keys := _doomed(store) if store.bucket else []:
        gone = _deleted(store.bucket, keys) if store.bucket else []
        with store.write() as connection:
            for some in in_parts(gone):
                connection.execute(update(doomed_object).where(doomed_object.c.key.in_(some)).values(gone_at=now))
        if len(gone) < len(keys):
            break
    return left(store)


def left(store: Store) -> int:
    """How many objects are doomed and not deleted yet."""
    with store.read() as connection:
        asked = select(func.count()).select_from(doomed_object).where(doomed_object.c.gone_at.is_(None))
        return int(connection.execute(asked).scalar_one())


def doom_orphans(store: Store, now: datetime) -> int:
    """Goes through the object store, and dooms what was put long ago and no row names. How many those were.

    StoreError where it may not (`owner.py`), or the object store is in trouble.
    """
    bucket = store.bucket
    if bucket is None or not may_sweep(store, bucket):
        return 0
    found = 0
    for page in bucket.listed():
        old = [one for one in page if one.modified < now - ORPHAN_AFTER and _OURS.fullmatch(one.key)]
        if suspects := _unnamed(store, old):
            with store.write() as connection:
                orphans = _hold_unnamed(connection, suspects)
                doom(connection, orphans, now)
                made = raw_mail.c.sha256.in_([_name(key) for key in suspects]) & (raw_mail.c.object == _NOBODY)
                connection.execute(delete(raw_mail).where(made))
            found += len(orphans)
    return found


def _unnamed(store: Store, listed: Sequence[Listed]) -> list[str]:
    """Those that no row names now: most are named, and of them no row needs to be held."""
    keys = [one.key for one in listed]
    with store.read() as connection:
        names = raw_mail.c.sha256.in_([_name(key) for key in keys])
        known = set(connection.execute(select(raw_mail.c.object).where(names)).scalars())
        known |= set(connection.execute(select(doomed_object.c.key).where(doomed_object.c.key.in_(keys))).scalars())
    return [key for key in keys if key not in known]


def _hold_unnamed(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Holds the rows of those contents, made for that where there are none; the keys that none of them names."""
    names = sorted({_name(key) for key in keys})
    empty = [{"sha256": one, "size": 0, "data": b"", "object": _NOBODY} for one in names]
    connection.execute(insert_new(connection.dialect.name, raw_mail), empty)
    held = connection.execute(
        select(raw_mail.c.object).where(raw_mail.c.sha256.in_(names)).order_by(raw_mail.c.sha256).with_for_update()
    )
    named = set(held.scalars())
    return [key for key in keys if key not in named]


def _name(key: str) -> str:
    """The SHA-256 of the content that such a key is for."""
    return key[:64]


def _doomed(store: Store) -> list[str]:
    with store.read() as connection:
        asked = select(doomed_object.c.key).where(doomed_object.c.gone_at.is_(None))
        return list(connection.execute(asked.order_by(doomed_object.c.key).limit(_AT_ONCE)).scalars())


def _deleted(bucket: Bucket, keys: Sequence[str]) -> list[str]:
    """Those of them that are gone. At the first trouble the others are left for later: one after the other they would
    wait as long as a request may take, each."""
    gone: list[str] = []
    for at in range(0, len(keys), AT_ONCE):
        asked = [(key, bucket.removers.submit(bucket.delete, key)) for key in keys[at : at + AT_ONCE]]
        trouble = ""
        for key, answer in asked:
            try:
                answer.result()
                gone.append(key)
            except StoreError as error:
                trouble = str(error)
        if trouble:
            log.warning("objects are not deleted yet", objects=len(keys) - len(gone), because=trouble)
            break
    return gone
