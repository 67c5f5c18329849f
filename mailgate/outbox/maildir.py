"""A maildir as relay: letters are files that a person, a test or another program reads. Nothing leaves the machine."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

from mailgate.errors import Permanent, Transient
from mailgate.outbox.fields import addr_spec


class MaildirRelay:
    """Writes `new/<outbox id>.mailgate`: the same letter once more replaces itself.

    Each file is the letter with LF line ends, as maildirs have them, below three lines that say what the envelope was:
    Return-Path, Delivered-To and X-Original-To. It is on the disk, name and all, before `send` returns.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, outbox_id: int, envelope_from: str, recipient: str, message: bytes) -> None:
        if addr_spec(recipient) is None:
            raise Permanent("the recipient's address cannot be written to")
        envelope = f"Return-Path: <{envelope_from}>\nDelivered-To: {recipient}\nX-Original-To: {recipient}\n"
        try:
            await asyncio.to_thread(self._write, outbox_id, envelope.encode() + message.replace(b"\r\n", b"\n"))
        except OSError as error:
            raise Transient(f"the maildir {self._folder} cannot be written: {error.strerror or error}") from error

    async def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, outbox_id: int, data: bytes) -> None:
        for place in ("tmp", "new", "cur"):
            # For its owner alone: whoever reads a letter holds its reply token. A folder that is there stays as it is.
            (self._folder / place).mkdir(mode=0o700, parents=True, exist_ok=True)
        # Two processes may try the same letter after a lease was lost: each writes a file of its own.
        draft = self._folder / "tmp" / f"{outbox_id}.{secrets.token_hex(4)}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / "new" / f"{outbox_id}.mailgate")
        finally:
            draft.unlink(missing_ok=True)
        handle = os.open(self._folder / "new", os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
