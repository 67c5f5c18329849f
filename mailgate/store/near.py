"""Octets that lie in the object store, brought near: whole, verified, and read from here from then on."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import threading
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from mailgate.errors import ContentError, MailgateError, ObjectStoreError
from mailgate.mail.message import Octets
from mailgate.store.bucket import Bucket
from mailgate.store.owner import is_there

_IN_MEMORY = 1024 * 1024


class InBucket:
    """The octets of a content, brought near when they are first asked for: into memory, or a file without a name where
    they are many. StoreError while the object store is in trouble, ContentError where it is well and they are not.
    """

    def __init__(self, bucket: Bucket, key: str, name: str, size: int) -> None:
        self._bucket, self._key, self._name, self._size = bucket, key, name, size
        self._lock = threading.Lock()
        self._near: bytes | int | None = None
        self._trouble: Exception | None = None

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, cut: slice, /) -> bytes:
        near = self.bring()
        if isinstance(near, bytes):
            return near[cut]
        start, stop, _ = cut.indices(self._size)
        wanted = max(0, stop - start)
        found = os.pread(near, wanted, start) if wanted else b""
        if len(found) != wanted:
            raise OSError(errno.EIO, "the file of a mail that was brought near has lost a part of it")
        return found

    def bring(self) -> bytes | int:
        """Now, once: the octets, or the descriptor of their file. What was in the way once, is for as long as we live:
        nobody waits twice for an object store that hangs."""
        with self._lock:
            if self._trouble is not None:
                raise self._trouble
            if self._near is None:
                try:
                    self._near = self._fetched()
                except (MailgateError, OSError) as error:
                    self._trouble = error
                    raise
            return self._near

    def _fetched(self) -> bytes | int:
        pieces = self._bucket.pieces(self._key, self._size)
        if pieces is None:
            if not is_there(self._bucket):
                raise ObjectStoreError(f"{self._bucket.name}: is empty, or not the one that it was")
            raise ContentError(f"{self._bucket.name} has no object {self._key} of {self._size} octets")
        if self._size <= _IN_MEMORY:
            data = b"".join(pieces)
            self._verify(hashlib.sha256(data))
            return data
        digest, file = hashlib.sha256(), _file_of(self)
        for piece in pieces:
            digest.update(piece)
            left = memoryview(piece)
            while left:
                left = left[os.write(file, left) :]
        self._verify(digest)
        return file

    def _verify(self, digest: hashlib._Hash) -> None:
        if digest.hexdigest() != self._name:
            raise ContentError(f"{self._bucket.name} gives other octets for {self._key} than were stored")


def _file_of(owner: object) -> int:
    """The descriptor of a file without a name, which is closed when nobody knows its owner any more."""
    file, name = tempfile.mkstemp(prefix="mailgate-")
    weakref.finalize(owner, os.close, file)
    Path(name).unlink()
    return file


def bucket_of(connection: Connection) -> Bucket | None:
    """The object store beside the database of this connection."""
    found: Bucket | None = connection.get_execution_options().get("bucket")
    return found


def at_hand(content: Octets) -> None:
    """It can be read from here on; raises what is in the way."""
    if isinstance(content, InBucket):
        content.bring()


def bring_near(contents: Iterable[Octets]) -> None:
    """Those that lie in an object store, side by side. Of what cannot be had, `at_hand` says why."""
    for one in [
        one._bucket.readers.submit(one.bring)  # noqa: SLF001 - our own
        for one in contents
        if isinstance(one, InBucket)
    ]:
        with suppress(MailgateError, OSError):
            one.result()
