"""An object store that speaks S3, as far as raw mail needs one: put, get, delete, list, each within a bounded time. It
knows nothing of mail or of the database, and is the sole importer of obstore (the extra `s3`).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, cast

from mailgate.errors import ObjectStoreError
from mailgate.mail.message import Octets
from mailgate.object_rules import S3Settings
from mailgate.settings import StoreSettings

if TYPE_CHECKING:
    from obstore.store import ObjectStore

# S3 takes no smaller part of an upload but the last. What is bigger goes in parts, and is never in memory whole.
PART = 5 * 1024 * 1024
AT_ONCE = 16  # requests under way
_BIG, _BIG_AT_ONCE = 1024 * 1024, 2  # of these so many, for each is twice in memory
_PATIENCE_SECONDS = 30.0  # for one's turn among the big ones
_RETRIES = 2
_CONNECT_SECONDS = 3.0


class Bytes(Protocol):
    """What obstore hands out."""

    def __bytes__(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """One object: its key, its size in octets, when it was put (the object store's clock)."""

    key: str
    size: int
    modified: datetime


class Bucket:
    """`name` is for people. `opened` connects nothing yet. `least`: contents smaller than so many octets are kept in
    the database. Every method raises ObjectStoreError where the object store does not do what is asked. Threads may
    share it.
    """

    def __init__(self, name: str, opened: Callable[[], ObjectStore], least: int = 0) -> None:
        self.name, self.least = name, least
        self._opened = opened
        self._big = threading.Semaphore(_BIG_AT_ONCE)

    @cached_property
    def writers(self) -> ThreadPoolExecutor:
        """Threads for requests side by side."""
        return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="objects-put")

    @cached_property
    def removers(self) -> ThreadPoolExecutor:
        """Others, so that no mail that comes in waits behind what is deleted."""
        return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="objects-delete")

    @cached_property
    def readers(self) -> ThreadPoolExecutor:
        """Others, so that no read waits behind what is put."""
        return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="objects-get")

    @cached_property
    def _store(self) -> ObjectStore:
        with self._trouble():
            return self._opened()

    def put(self, key: str, data: Octets) -> bool:
        """True once the object store has confirmed all of it; False where there was such an object, which stays."""
        if len(data) <= PART:
            with self._turn(len(data)), self._trouble():
                return self._create(key, data[:])
        if self.size(key) is not None:
            return False
        # In parts there is no "create": who puts the same at once, puts the same octets.
        with self._turn(len(data)), self._trouble():
            from obstore import put  # noqa: PLC0415 - an extra

            put(self._store, key, _parts(data), chunk_size=PART, max_concurrency=1, use_multipart=True)
        return True

    def pieces(self, key: str, size: int) -> Iterator[bytes] | None:
        """Its octets, in their order; None where there is no such object of that size. The caller verifies them."""
        if size > PART:
            return self._ranges(key, size) if self.size(key) == size else None
        data = self.get(key)
        return None if data is None or len(data) != size else iter((data,))

    def get(self, key: str) -> bytes | None:
        with self._trouble():
            from obstore import get  # noqa: PLC0415 - an extra

            try:
                return bytes(cast("Bytes", get(self._store, key).bytes()))
            except FileNotFoundError:
                return None

    def size(self, key: str) -> int | None:
        with self._trouble():
            from obstore import head  # noqa: PLC0415 - an extra

            try:
                return head(self._store, key)["size"]
            except FileNotFoundError:
                return None

    def replace(self, key: str, data: bytes) -> None:
        with self._trouble():
            from obstore import put  # noqa: PLC0415 - an extra

            put(self._store, key, data)

    def delete(self, key: str) -> None:
        """There is no such object any more, and perhaps there was none."""
        with self._trouble():
            from obstore import delete  # noqa: PLC0415 - an extra

            try:
                delete(self._store, key)
            except FileNotFoundError:
                return

    def listed(self) -> Iterator[list[Listed]]:
        """All objects, in the order of their keys, some hundreds at a time."""
        with self._trouble():
            from obstore import list as pages  # noqa: PLC0415 - an extra

            for page in pages(self._store, chunk_size=500):
                yield [Listed(one["path"], one["size"], one["last_modified"]) for one in page]

    def examine(self) -> None:
        """Puts a small object, reads it, deletes it. ObjectStoreError for what does not go."""
        key, said = f"mailgate-canary-{secrets.token_hex(8)}", secrets.token_bytes(16)
        self.put(key, said)
        found = self.get(key)
        self.delete(key)
        if found != said:
            raise ObjectStoreError(
                f"{self.name}: what was put came back {'not at all' if found is None else 'altered'}"
            )

    def _create(self, key: str, data: bytes) -> bool:
        from obstore import put  # noqa: PLC0415 - an extra
        from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415 - an extra

        try:
            put(self._store, key, data, mode="create")
        except AlreadyExistsError:
            return False
        return True

    def _ranges(self, key: str, size: int) -> Iterator[bytes]:
        """A request for each part: so the time of each is bounded, and what waits in memory."""
        from obstore import get_range  # noqa: PLC0415 - an extra

        for at in range(0, size, PART):
            with self._trouble():
                part = bytes(cast("Bytes", get_range(self._store, key, start=at, end=min(at + PART, size))))
            yield part

    @contextmanager
    def _turn(self, size: int) -> Iterator[None]:
        if size <= _BIG:
            yield
            return
        if not self._big.acquire(timeout=_PATIENCE_SECONDS):
            raise ObjectStoreError(
                f"{self.name}: is too slow: other big mails have kept it busy for {_PATIENCE_SECONDS:.0f} s"
            )
        try:
            yield
        finally:
            self._big.release()

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Whatever obstore raises is trouble with the object store, in one line."""
        try:
            yield
        except (ObjectStoreError, GeneratorExit):
            raise
        except ImportError as error:
            raise ObjectStoreError(f"{self.name}: needs the extra: pip install 'mailgate[s3]'") from error
        except Exception as error:  # noqa: BLE001 - obstore's have no base of their own
            said = " ".join(str(error).partition("Debug source")[0].split())[:300]
            raise ObjectStoreError(f"{self.name}: {said}") from None  # its own words are a page of Rust


def bucket_of(settings: StoreSettings) -> Bucket | None:
    """That of the settings; None where raw mail lies in the database. Nothing is connected, imported or read yet."""
    if settings.raw == "database":
        return None
    url, s3 = settings.raw.rstrip("/"), settings.s3
    place, _, prefix = url.removeprefix("s3://").partition("/")
    return Bucket(url, lambda: _s3(place, prefix, s3), s3.least_bytes)


def _s3(place: str, prefix: str, s3: S3Settings) -> ObjectStore:
    from obstore.store import S3Store  # noqa: PLC0415 - an extra

    # What is left out here, obstore takes from the environment (AWS_…) or asks the machine's role for.
    given = {"endpoint": s3.endpoint, "region": s3.region, "access_key_id": s3.access_key, "secret_access_key": None}
    if s3.secret_file is not None:
        given["secret_access_key"] = s3.secret_file.read_text(encoding="utf-8").strip()
    return S3Store(
        place,
        prefix=prefix or None,
        config={key: value for key, value in given.items() if value is not None},  # type: ignore[arg-type]
        client_options={
            "allow_http": True,  # an endpoint that says http:// is warned of by check-config
            "timeout": timedelta(seconds=s3.timeout_seconds),
            "connect_timeout": timedelta(seconds=min(_CONNECT_SECONDS, s3.timeout_seconds)),
        },
        retry_config={
            "max_retries": _RETRIES,
            "retry_timeout": timedelta(seconds=s3.timeout_seconds),
            "backoff": {"base": 2, "init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=1)},
        },
    )


def _parts(data: Octets) -> Iterator[bytes]:
    for at in range(0, len(data), PART):
        yield data[at : at + PART]
