"""What is said on one SMTP or LMTP connection, command by command, until DATA (`taking.py`).

How a connection begins, answers and ends is `connection.py`; sockets, their number and draining are `smtp.py`.
"""
# ruff: noqa: N802 - aiosmtpd finds commands by these names

from __future__ import annotations

from contextlib import suppress

import structlog

from mailgate import figures
from mailgate.intake.address import Refused, read_mail, read_rcpt
from mailgate.intake.hall import Hall
from mailgate.intake.taking import TOO_BIG, Taking

log = structlog.get_logger(__name__)


class Session(Taking):
    """The conversation."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall)
        # RFC 2033 §4.1: LHLO instead of HELO and EHLO, and nowhere else.
        for verb in ("HELO", "EHLO") if hall.lmtp else ("LHLO",):
            del self._smtp_methods[verb]

    async def _handle_client(self) -> None:
        with suppress(ConnectionError):  # who hangs up in the middle is no trouble of ours
            await super()._handle_client()

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
        await self.count("250")

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
            figures.count("recipients_refused", door=self.hall.name)
            log.info("recipient refused", door=self.hall.name, peer=self.peer, recipient=recipient)
            await self.push("550 5.1.1 No such mailbox here")
            return
        if len(self.transaction.recipients) >= self.hall.limits.recipients:
            await self.push("452 4.5.3 Too many recipients")
            return
        self.transaction.recipients.append((recipient, mailbox))
        await self.push("250 2.1.5 OK")
