"""The two small objects by which an object store is known again: whose it is, and which state of its database swept it.

Two gates on one bucket, or a copy of a database beside the original, would each take the other's mail for orphans.
"""

from __future__ import annotations

import secrets

from sqlalchemy import delete, insert, select

from mailgate.errors import ObjectStoreError
from mailgate.store.bucket import Bucket
from mailgate.store.db import Store, lock_numbers
from mailgate.store.tables import meta

OWNER, SWEPT = "mailgate-owner", "mailgate-swept"
_MARK = "objects_swept"
_LOCK = 0x7377657074  # "swept"
# Nodes may be at it at one moment, and whose mark comes last is not known: so the database knows all of the last ones.
_KNOWN = 50


def claim(bucket: Bucket, org: str) -> str:
    """Writes there whose it is, unless it is somebody's; gives whose."""
    bucket.put(OWNER, org.encode())
    return whose(bucket)


def whose(bucket: Bucket) -> str:
    """ "" where nobody has written it there."""
    return (bucket.get(OWNER) or b"").decode(errors="replace")


def is_there(bucket: Bucket) -> bool:
    """Whether it is an object store of ours at all: not one that was emptied, or a bucket that is gone."""
    return bucket.size(OWNER) is not None


def may_sweep(store: Store, bucket: Bucket) -> bool:
    """Whether what no row of this database names may be deleted; it then counts as swept by this state of it.

    False at the first time, which only leaves the mark. ObjectStoreError where another state of the database swept
    last: this one was restored from a backup, or is a copy. Mail that came since is in no row of it.
    """
    theirs, new = (bucket.get(SWEPT) or b"").decode(errors="replace"), secrets.token_hex(8)
    with store.write() as connection:
        lock_numbers(connection, (_LOCK,))
        ours = str(connection.scalar(select(meta.c.value).where(meta.c.key == _MARK)) or "").split()
        if theirs and theirs not in ours:
            raise ObjectStoreError(
                f"{bucket.name}: was swept by another state of this database: it was restored, or a copy is at work. "
                f"Objects that no row names stay. When those are not wanted, delete the object {SWEPT} there"
            )
        connection.execute(delete(meta).where(meta.c.key == _MARK))
        connection.execute(insert(meta).values(key=_MARK, value=" ".join([*ours, new][-_KNOWN:])))
    bucket.replace(SWEPT, new.encode())
    return bool(theirs)
