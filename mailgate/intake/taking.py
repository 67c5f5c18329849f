"""From DATA to its answer: a mail is taken in, judged by what any door must refuse, and handed over the counter."""
# ruff: noqa: N802 - aiosmtpd finds commands by these names

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, cast

import structlog
from aiosmtpd.smtp import Envelope as Dialogue

from mailgate import figures
from mailgate.checks.loop import MAX_HOPS
from mailgate.intake.connection import UNREAD_OCTETS, Connection
from mailgate.intake.data import CHUNK, DataReader, Trouble
from mailgate.intake.hall import Hall
from mailgate.intake.spool import Spool
from mailgate.intake.trace import Hop, hops, received_field
from mailgate.mail.headers import PREFIX
from mailgate.mail.message import Envelope
from mailgate.settings import Mailbox
from mailgate.store.keep import Receipt

log = structlog.get_logger(__name__)

# A client in DATA has its time until the next so many octets. A modem brings them in a second.
PROGRESS_OCTETS = 1024
# A client that has said all waits so long for our word. RFC 5321 §4.5.3.2.6 gives it ten minutes, but many have less.
ANSWER_WITHIN_SECONDS = 60.0
# So many mails at a time that turn out to be big are read in pieces of `CHUNK`: each costs the loop one more round.
MOST_WIDE = 16

NOT_STORED = "451 4.3.0 Not stored, try again later"
TOO_BIG = "552 5.3.4 Message too big"
BARE = "550 5.6.11 Bare CR, bare LF or NUL in the message"
NO_ROOM = "452 4.3.1 No room for it now, try again later"
LOOP = f"554 5.4.6 More than {MAX_HOPS} Received fields: it goes round"

_TROUBLES = {Trouble.TOO_BIG: TOO_BIG, Trouble.BARE: BARE, Trouble.NO_ROOM: NO_ROOM}


class Transaction(Dialogue):
    """From MAIL to the end of DATA. `sender` None: no MAIL yet. Each recipient stands with the mailbox that owns it."""

    def __init__(self) -> None:
        super().__init__()
        self.sender: str | None = None
        self.utf8 = False
        self.recipients: list[tuple[str, Mailbox]] = []


class Taking(Connection):
    """A connection on which mails may be brought."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall)
        self.helo = ""
        self._handed_over = False  # the mail in hand is the counter's, and so is its spool
        self._wide = False

    @property
    def transaction(self) -> Transaction:
        return cast("Transaction", self.envelope)

    def _set_post_data_state(self) -> None:
        self.envelope = Transaction()

    def _set_rset_state(self) -> None:
        self._set_post_data_state()

    async def smtp_DATA(self, arg: str | None) -> None:
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        if not self.transaction.recipients:
            await self.push("503 5.5.1 RCPT comes first")
            return
        self.in_data = True
        spool = Spool(self.hall.rooms.coming_in, self.hall.rooms.files)
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._take_mail(self.transaction, spool)
        finally:
            if not self._handed_over:
                spool.clear()
            self._narrow()
            self._handed_over = False
            self.in_data = False
            self._set_post_data_state()
        if self.farewell:
            await self.dismiss(self.farewell)

    async def _take_mail(self, transaction: Transaction, spool: Spool) -> None:
        data = DataReader(self.hall.limit, spool, mend=self.hall.mends)
        rest, timed = None, 0
        while rest is None:
            chunk = await self._reader.read(CHUNK)
            if not chunk:
                raise asyncio.CancelledError  # the client is gone
            rest = data.feed(chunk)
            if data.wire - timed >= PROGRESS_OCTETS or rest is not None:
                self._reset_timeout()  # the timer watches for silence, not for a long mail over a slow line
                timed = data.wire
                if data.wire > CHUNK:
                    self._widen()
            if rest is None and data.wire > 2 * self.hall.limit:
                await self._answer([_TROUBLES[data.trouble or Trouble.TOO_BIG]] * len(transaction.recipients))
                await self.linger()
        if data.trouble is Trouble.BARE:
            # What follows may have been meant as the rest of this mail, or as another: it is no command to us.
            log.info("bare line end refused", door=self.hall.name, peer=self.peer, sender=transaction.sender)
            await self._answer([BARE] * len(transaction.recipients))
            await self.linger()
        self._reader._buffer[:0] = rest  # type: ignore[attr-defined]  # noqa: SLF001 - as aiosmtpd's STARTTLS does
        await self._answer(await self._replies(transaction, data, spool))

    def _widen(self) -> None:
        """Read what is left of a big mail in large pieces, as long as few do."""
        if not self._wide and self.hall.wide < MOST_WIDE and hasattr(self.transport, "max_size"):
            self._wide, self.hall.wide = True, self.hall.wide + 1
            cast("Any", self.transport).max_size = CHUNK

    def _narrow(self) -> None:
        if self._wide:
            self._wide, self.hall.wide = False, self.hall.wide - 1
            if self.transport is not None:
                cast("Any", self.transport).max_size = 2 * UNREAD_OCTETS

    async def _replies(self, transaction: Transaction, data: DataReader, spool: Spool) -> list[str]:
        """Store the mail; one answer for each recipient."""
        if data.trouble is not None:
            if data.why is not None:
                log.error("no room for a mail that comes in", door=self.hall.name, peer=self.peer, why=str(data.why))
            return [_TROUBLES[data.trouble]] * len(transaction.recipients)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                receipts = await self._store(transaction, spool, data.marks)
        except TimeoutError:
            # It may be stored yet: then it is known when its client brings it again.
            log.error("the store does not answer", door=self.hall.name, peer=self.peer)  # noqa: TRY400 - no bug of ours
            return [NOT_STORED] * len(transaction.recipients)
        except Exception:  # whatever it is, it is no fault of the mail
            log.exception("refused for a fault of ours", door=self.hall.name, peer=self.peer)
            return [NOT_STORED] * len(transaction.recipients)
        if receipts is None:
            log.info("loop refused", door=self.hall.name, peer=self.peer, sender=transaction.sender)
            return [LOOP] * len(transaction.recipients)
        self.brought_mail()
        if not self.hall.lmtp:
            return ["250 2.0.0 stored as " + ", ".join(str(receipt.inbound_id) for receipt in receipts.values())]
        return [f"250 2.0.0 stored as {receipts[mailbox.name].inbound_id}" for _, mailbox in transaction.recipients]

    async def _store(self, transaction: Transaction, spool: Spool, marks: tuple[str, ...]) -> dict[str, Receipt] | None:
        """One arrival for each mailbox, with all its recipients in the envelope; all in one durable write.

        None for a mail that goes round: nothing is stored.
        """
        now = self.hall.clock.now()
        owned: dict[str, list[str]] = {}
        for recipient, mailbox in transaction.recipients:
            owned.setdefault(mailbox.name, []).append(recipient)
        envelopes = [
            Envelope(
                mailbox=name,
                sender=transaction.sender,
                recipients=tuple(recipients),
                door=self.hall.name,
                received_at=now,
                peer=self.peer,
                helo=self.helo,
                authentication=self.hall.authenticate(self.peer),
                marks=marks,
            )
            for name, recipients in owned.items()
        ]
        held = spool.in_memory
        await self.hall.rooms.counter.wait_for(held)
        try:
            raw = spool.take(before=received_field(self._hop(transaction, now)))
            if hops(raw[:PREFIX]) > MAX_HOPS + 1:  # and ours
                return None
            answer = self.hall.acceptor.submit(raw, envelopes, self.hall.answers.wake)
            # It stays there until it is stored, whoever hangs up meanwhile.
            told = self.hall.answers.awaited(answer, lambda: self._let_go(spool, held))
            self._handed_over = True
        finally:
            if not self._handed_over:
                self.hall.rooms.counter.give(held)
        receipts = await told
        for envelope, receipt in zip(envelopes, receipts, strict=True):
            log.info(
                "stored",
                inbound=receipt.inbound_id,
                duplicate=receipt.duplicate,
                mailbox=envelope.mailbox,
                sender=envelope.sender,
                octets=len(raw),
                commit=receipt.commit,
                door=envelope.door,
                peer=envelope.peer,
            )
        return dict(zip(owned, receipts, strict=True))

    def _let_go(self, spool: Spool, held: int) -> None:
        spool.clear()
        self.hall.rooms.counter.give(held)

    def _hop(self, transaction: Transaction, now: datetime) -> Hop:
        return Hop(
            helo=self.helo,
            peer=self.peer,
            hostname=self.hostname,
            lmtp=self.hall.lmtp,
            extended=bool(self.session and self.session.extended_smtp),
            tls=self._tls_protocol is not None,
            utf8=transaction.utf8,
            recipients=tuple(recipient for recipient, _ in transaction.recipients),
            at=now,
        )

    async def _answer(self, replies: list[str]) -> None:
        """RFC 2033 §4.2: LMTP answers DATA once for each accepted recipient, on every path; SMTP once."""
        for reply in replies if self.hall.lmtp else replies[:1]:
            await self.push_as_is(reply)
        if not replies[0].startswith("2"):
            figures.count("mails_refused", door=self.hall.name, code=replies[0][:3])
        await self.count(replies[0])
