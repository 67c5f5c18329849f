"""One daemon a SQLite file: the lock beside the file, held as long as the daemon runs."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailgate.errors import StoreError
from mailgate.rights import hindrance
from mailgate.store.db import Store


@contextmanager
def only_daemon(store: Store) -> Iterator[None]:
    """SQLite has one writer at a time, and leases of a dead process are void at its restart: one daemon a file."""
    if store.path is None:
        yield
        return
    file = lock_of(store.path)
    # For its owner alone, as the database is: whoever can open it could hold it, and keep the daemon from starting.
    with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"{store.path}: another mailgate daemon runs on this database; stop it first") from error
        yield


def lock_of(path: Path) -> Path:
    """The file beside a SQLite file that its daemon holds. StoreError where it cannot be used."""
    file = path.with_name(f"{path.name}.lock")
    if file.is_dir():
        raise StoreError(f"{file} is a folder; remove it")
    if file.exists() and (why := hindrance(file, os.W_OK)):
        raise StoreError(why)
    return file
