"""Keeps the object store ours, and free of what nobody needs: what was forgotten, and each night what no mail names.

What may be deleted, and when, is `store/doomed.py`'s. Several processes may be at it. Without an object store it has
nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from mailgate.errors import ObjectStoreError, StoreError
from mailgate.house import House
from mailgate.store import claims, doomed, owner
from mailgate.store.bucket import Bucket
from mailgate.store.lease import MAX_LEASE
from mailgate.store.opening import check_raw

ROLE = "objects"

log = structlog.get_logger()


def begin(house: House) -> None:
    """SettingsError where raw mail lies out of our reach, or the object store is another mailgate's. One that does not
    answer is waited for by the doors."""
    with house.settings.blamed("store", "raw"):
        check_raw(house.store)
        bucket = house.store.bucket
        if bucket is None:
            return
        try:
            theirs = owner.claim(bucket, house.org)
        except ObjectStoreError as error:
            log.warning("the object store is in trouble: mail for it is put off", because=str(error))
            return
        _refuse_another(house, bucket, theirs)


def _refuse_another(house: House, bucket: Bucket, theirs: str) -> None:
    if theirs != house.org:
        raise StoreError(f"{bucket.name} belongs to another mailgate ({theirs[:20]}): name a prefix of our own")


def jobs(house: Callable[[], House]) -> tuple[Callable[[], object], Callable[[], object]]:
    """What is done every few minutes, and what each night; of several nodes one does it."""
    return lambda: _alone(house(), delete_forgotten), lambda: _alone(house(), sweep)


def _alone(house: House, work: Callable[[House], object]) -> None:
    if house.store.bucket is None:
        return
    try:
        with house.store.write() as connection:
            ours = claims.hold_role(connection, ROLE, house.holder, house.clock.now(), MAX_LEASE)
        if ours:
            work(house)
    except StoreError as error:
        log.warning("the object store was not tidied", because=str(error))


def delete_forgotten(house: House) -> int:
    """What was doomed is deleted, as far as the object store is there; how much is left."""
    return doomed.delete_doomed(house.store, house.clock.now()) if house.store.bucket else 0


def sweep(house: House) -> None:
    """What was put long ago and is no mail's (its commit failed, or its process died) is deleted."""
    bucket = house.store.bucket
    if bucket is None:
        return
    try:
        # At the start it may have given no answer; and one that was emptied since is nobody's.
        _refuse_another(house, bucket, owner.whose(bucket) or house.org)
        found = doomed.doom_orphans(house.store, house.clock.now())
        left = delete_forgotten(house)
    except ObjectStoreError as error:
        log.error("the object store was not swept", because=str(error))  # noqa: TRY400 - no bug of ours
    except StoreError as error:
        log.warning("the object store was not swept", because=str(error))
    else:
        log.info("object store swept", orphans=found, left=left)
