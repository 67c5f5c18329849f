"""What is said on one SMTP or LMTP connection, command by command, and how its mail reaches the counter.

How a connection begins, answers and ends is `connection.py`; sockets, their number and draining are `smtp.py`.
"""
# ruff: noqa: N802 - aiosmtpd finds commands by these names

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import cast

import structlog
from aiosmtpd.smtp import Envelope as Dialogue

from mailgate.intake.address import Refused, read_mail, read_rcpt
from mailgate.intake.connection import GOODBYE, Connection, Hall
from mailgate.intake.data import CHUNK, DataReader
from mailgate.intake.trace import Hop, received_field
from mailgate.mail.message import Envelope
from mailgate.settings import Mailbox
from mailgate.store.keep import Receipt

log = structlog.get_logger(__name__)

MAX_RECIPIENTS = 100

NOT_STORED = "451 4.3.0 Not stored, try again later"
TOO_BIG = "552 5.3.4 Message too big"


class Transaction(Dialogue):
    """From MAIL to the end of DATA. `sender` None: no MAIL yet. Each recipient stands with the mailbox that owns it."""

    def __init__(self) -> None:
        super().__init__()
        self.sender: str | None = None
        self.utf8 = False
        self.recipients: list[tuple[str, Mailbox]] = []


class Session(Connection):
    """The conversation."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall)
        self.helo = ""
        # RFC 2033 §4.1: LHLO instead of HELO and EHLO, and nowhere else.
        for verb in ("HELO", "EHLO") if hall.lmtp else ("LHLO",):
            del self._smtp_methods[verb]

    @property
    def transaction(self) -> Transaction:
        return cast("Transaction", self.envelope)

    def _set_post_data_state(self) -> None:
        self.envelope = Transaction()

    def _set_rset_state(self) -> None:
        self._set_post_data_state()

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._greet(hostname, extended=True)

    async def smtp_LHLO(self, hostname: str) -> None:
        await self._greet(hostname, extended=True)

    async def smtp_HELO(self, hostname: str) -> None:
        await self._greet(hostname, extended=False)

    async def _greet(self, hostname: str, *, extended: bool) -> None:
        if not hostname:
            await self.push("501 5.5.4 Who are you?")
            return
        assert self.session is not None  # noqa: S101 - tells mypy what connection_made did
        self._set_rset_state()
        self.session.host_name = hostname
        # Any octets may stand there; they are shown to people and stored (lone surrogates no database takes).
        self.helo = "".join(char if char.isprintable() else "?" for char in hostname[:255])
        self.session.extended_smtp = extended
        offers = ["PIPELINING", f"SIZE {self.hall.limit}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        if self.tls_context and not self._tls_protocol:
            offers.append("STARTTLS")
        lines = [self.hostname, *offers] if extended else [self.hostname]
        await self.push_as_is("\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"]))

    async def smtp_STARTTLS(self, arg: str) -> None:
        if arg:
            await self.push("501 5.5.4 Syntax: STARTTLS")
        elif self._tls_protocol:
            await self.push("503 5.5.1 TLS is on")
        else:
            await self.start_tls()

    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: ARG002 - aiosmtpd's signature
        await self.push("502 5.5.1 AUTH is not offered")

    async def smtp_VRFY(self, arg: str) -> None:  # noqa: ARG002 - RFC 5321 §3.5.3: says nothing about who is here
        await self.push("252 2.1.5 Send the mail and see")

    async def smtp_EXPN(self, arg: str) -> None:  # noqa: ARG002 - as VRFY
        await self.push("502 5.5.1 EXPN is not offered")

    async def smtp_HELP(self, arg: str) -> None:  # noqa: ARG002 - as VRFY
        await self.push("214 2.0.0 See RFC 5321")

    async def smtp_MAIL(self, arg: str | None) -> None:
        if await self.check_helo_needed():
            return
        if self.transaction.sender is not None:
            await self.push("503 5.5.1 One MAIL at a time")
            return
        try:
            mail = read_mail(arg)
        except Refused as refused:
            await self.push(refused.reply)
            return
        if mail.size > self.hall.limit:
            await self.push(TOO_BIG)
            return
        self.transaction.sender, self.transaction.utf8 = mail.sender, mail.utf8
        await self.push("250 2.1.0 OK")

    async def smtp_RCPT(self, arg: str | None) -> None:
        if await self.check_helo_needed():
            return
        if self.transaction.sender is None:
            await self.push("503 5.5.1 MAIL comes first")
            return
        try:
            recipient = read_rcpt(arg, utf8=self.transaction.utf8)
        except Refused as refused:
            await self.push(refused.reply)
            return
        mailbox = self.hall.mailbox_of(recipient)
        if mailbox is None:
            log.info("recipient refused", door=self.hall.name, peer=self.peer, recipient=recipient)
            await self.push("550 5.1.1 No such mailbox here")
            return
        if len(self.transaction.recipients) >= MAX_RECIPIENTS:
            await self.push("452 4.5.3 Too many recipients")
            return
        self.transaction.recipients.append((recipient, mailbox))
        await self.push("250 2.1.5 OK")

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
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._take_mail(self.transaction)
        finally:
            self.in_data = False
            self._set_post_data_state()
        if self.hall.closing:
            await self.push(GOODBYE)
            await self.hang_up()

    async def _take_mail(self, transaction: Transaction) -> None:
        data = DataReader(self.hall.limit)
        rest = None
        while rest is None:
            chunk = await self._reader.read(CHUNK)
            if not chunk:
                raise asyncio.CancelledError  # the client is gone
            rest = data.feed(chunk)
            self._reset_timeout()  # the timer watches for silence, not for a long mail over a slow line
            if rest is None and data.wire > 2 * self.hall.limit:
                await self._answer([TOO_BIG] * len(transaction.recipients))
                await self.linger()
        self._reader._buffer[:0] = rest  # type: ignore[attr-defined]  # noqa: SLF001 - as aiosmtpd's STARTTLS does
        await self._answer(await self._replies(transaction, data))

    async def _replies(self, transaction: Transaction, data: DataReader) -> list[str]:
        """Store the mail; one answer for each recipient."""
        if data.too_big:
            return [TOO_BIG] * len(transaction.recipients)
        try:
            receipts = await self._store(transaction, data)
        except Exception:  # whatever it is, it is no fault of the mail
            log.exception("refused for a fault of ours", door=self.hall.name, peer=self.peer)
            return [NOT_STORED] * len(transaction.recipients)
        if not self.hall.lmtp:
            return ["250 2.0.0 stored as " + ", ".join(str(receipt.inbound_id) for receipt in receipts.values())]
        return [f"250 2.0.0 stored as {receipts[mailbox.name].inbound_id}" for _, mailbox in transaction.recipients]

    async def _store(self, transaction: Transaction, data: DataReader) -> dict[str, Receipt]:
        """One arrival for each mailbox, with all its recipients in the envelope; all in one durable write."""
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
            )
            for name, recipients in owned.items()
        ]
        raw = data.message(before=received_field(self._hop(transaction, now)))
        receipts = await self.hall.acceptor.accept(raw, envelopes)
        for envelope, receipt in zip(envelopes, receipts, strict=True):
            log.info(
                "stored",
                inbound=receipt.inbound_id,
                duplicate=receipt.duplicate,
                mailbox=envelope.mailbox,
                sender=envelope.sender,
                octets=len(raw),
                door=envelope.door,
                peer=envelope.peer,
            )
        return dict(zip(owned, receipts, strict=True))

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
            await self.push(reply)
