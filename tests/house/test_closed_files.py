"""Files that hold letters, and so reply tokens, or that keep a daemon from starting, are their owner's alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mailgate.only import only_daemon
from mailgate.outbox.maildir import MaildirRelay
from mailgate.store.db import open_store


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """The umask of a shell, not that of the unit."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_letters_in_a_maildir_are_closed_to_others_and_a_folder_of_yours_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    (folder / "cur").mkdir(parents=True, mode=0o755)
    asyncio.run(MaildirRelay(folder).send(1, "support@example.com", "ann@customer.test", b"Subject: x\r\n\r\nhi\r\n"))
    assert mode(folder / "new" / "1.mailgate") == 0o600
    assert [mode(folder / one) for one in ("new", "tmp", "cur")] == [0o700, 0o700, 0o755]


def test_nobody_else_can_hold_the_lock_of_the_daemon(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/mailgate.db")) as store, only_daemon(store):
        assert mode(tmp_path / "mailgate.db.lock") == 0o600
