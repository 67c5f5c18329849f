"""Opens the store of the settings: the database, and the object store beside it where there is one."""

from __future__ import annotations

from importlib.util import find_spec

from sqlalchemy import select

from mailgate.errors import StoreError
from mailgate.settings import StoreSettings
from mailgate.store.bucket import bucket_of
from mailgate.store.db import Store, is_empty, open_store
from mailgate.store.tables import raw_mail


def open_as_set(settings: StoreSettings, answers_within: float | None = None) -> Store:
    """Nothing is connected or created yet. Call it after any fork. `answers_within`: as for `open_store`."""
    return open_store(settings.url, bucket_of(settings), answers_within)


def check_raw(store: Store) -> None:
    """StoreError where raw mail lies, or is to lie, where this process cannot get at it. Where there
    is a schema, it must be ours."""
    if store.bucket is not None:
        if find_spec("obstore") is None:
            raise StoreError("needs the extra: pip install 'mailgate[s3]'")
        return
    if is_empty(store):
        return
    with store.read() as connection:
        elsewhere = connection.scalar(select(raw_mail.c.sha256).where(raw_mail.c.object.is_not(None)).limit(1))
    if elsewhere:
        raise StoreError("there is raw mail in an object store: name that here (db copy --raw database brings it back)")
