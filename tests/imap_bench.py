"""An IMAP door on a real store, without the rest of the daemon: `with Reader(tmp_path, door) as reader:` opens it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, select

from mailgate.clock import SystemClock
from mailgate.door_settings import Door
from mailgate.intake.imap import ImapDoor, Pace
from mailgate.intake.watch import Stall
from mailgate.settings import Mailbox, RelaySettings, Settings
from mailgate.store import raw
from mailgate.store.db import Store, open_store, upgrade
from mailgate.store.ledger_tables import fetched
from mailgate.store.tables import inbound

QUICK = Pace(idle=30, soon=1, first_pause=0.1, longest_pause=0.5)
SUPPORT = Mailbox("support", "support@example.com", subaddress=True)


def mails(start: int, count: int, size: int = 200) -> list[bytes]:
    return [mail(number, size) for number in range(start, start + count)]


def mail(number: int, size: int = 200, *, to: str = "support@example.com") -> bytes:
    line = b"It burns, and it does not stop burning.\r\n"
    head = (
        f"From: ann@customer.test\r\nTo: {to}\r\nMessage-ID: <{number}@customer.test>\r\nSubject: Mail {number}\r\n\r\n"
    )
    return head.encode() + line * max(1, size // len(line))


class Reader:
    """One process's door. `tell` collects what the operator would be told."""

    def __init__(
        self, folder: Path, door: Door, *, pace: Pace = QUICK, holder: str = "node/1/boot", store: Store | None = None
    ) -> None:
        self._stack = ExitStack()
        if store is None:
            store = open_store(f"sqlite:///{folder}/mailgate.db")
            self._stack.callback(store.close)
            upgrade(store)
        self.store = store
        self.told: list[Stall] = []
        self.door_settings = replace(door, mailbox="support")
        settings = Settings(folder / "x.toml", RelaySettings("maildir:/x"), {"support": SUPPORT}, {})
        self.door = ImapDoor(
            self.door_settings,
            settings,
            store,
            SystemClock(),
            holder,
            tell=self._tell,
            pace=pace,
            chance=lambda: 1.0,
        )

    def _tell(self, _connection: Connection, stall: Stall, _now: datetime) -> None:
        self.told.append(stall)

    def __enter__(self) -> Self:
        self.door.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run(self.door.stop())
        self._stack.close()

    def rows(self) -> list[dict[str, Any]]:
        """The inbox with the bytes of each mail, lowest id first."""
        with self.store.read() as connection:
            found = connection.execute(select(inbound).order_by("id")).mappings()
            return [dict(row) | {"data": raw.get(connection, row["sha256"])} for row in found]

    def ids(self) -> list[str]:
        return [row["message_id"] for row in self.rows()]

    def ledger(self) -> list[tuple[int, int, bool]]:
        """(UIDVALIDITY, UID, settled) of every message that is ours."""
        with self.store.read() as connection:
            found = connection.execute(
                select(fetched.c.uidvalidity, fetched.c.uid, fetched.c.settled).order_by(
                    fetched.c.uidvalidity, fetched.c.uid
                )
            )
            return [(row[0], row[1], row[2]) for row in found]

    def has(self, count: int, seconds: float = 60) -> list[dict[str, Any]]:
        until(lambda: len(self.rows()) >= count, seconds)
        rows = self.rows()
        assert len(rows) == count
        return rows


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
