"""Another mail server as relay: connections that are kept open, and what each of its answers means for a letter.

The letter is not looked into here. Who is at fault decides whether we try again: what is wrong with this letter or its
recipient is Permanent; what is wrong with us, the relay or the road between is Transient.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException

from mailgate.errors import ConfigError, Permanent, RelayError, Transient
from mailgate.outbox.fields import addr_spec
from mailgate.places import is_loopback
from mailgate.rights import unreadable

CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 60.0
DATA_SECONDS = 300.0  # RFC 5321 §4.5.3.2.6 would allow ten minutes after the dot
IDLE_SECONDS = 60.0  # Postfix drops an idle client after 300, 10 under stress
_QUIT_SECONDS = 5.0

# At RCPT or DATA these say that *we* may not use the relay (RFC 4954 §6) or spoke out of turn, nothing of the letter.
_OUR_FAULT = frozenset({503, 530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side. `tls` from the first byte (smtps), or STARTTLS: "auto" is plain to this machine and required and
    verified elsewhere; "verify" always; "off" never. The password is read anew for each connection."""

    host: str
    port: int
    tls: bool = False
    starttls: Literal["auto", "verify", "off"] = "auto"
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None

    @property
    def upgrades(self) -> bool:
        """Whether a connection must become TLS by STARTTLS."""
        return self.starttls == "verify" or (self.starttls == "auto" and not self.tls and not is_loopback(self.host))


class _Gone(Transient):
    """The connection was of no use before the relay had heard of the letter."""


class SmtpRelay:
    """At most `connections` sessions at once, each used again and again, opened when needed."""

    def __init__(self, peer: Peer, connections: int) -> None:
        self._peer = peer
        self._context = _tls_context(peer) if peer.tls or peer.upgrades else None
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[tuple[SMTP, float]] = []

    async def send(self, outbox_id: int, envelope_from: str, recipient: str, message: bytes) -> None:  # noqa: ARG002
        """`outbox_id` is of no use here: SMTP has no way to say "the same once more"."""
        sender, receiver = addr_spec(envelope_from) if envelope_from else "", addr_spec(recipient)
        if sender is None or receiver is None:
            raise Permanent("the address cannot be written to")
        async with self._slots:
            session = self._kept()
            if session is not None:
                try:
                    await self._transact(session, sender, receiver, message)
                except _Gone:  # it had died of age; the relay has not heard of this letter, so a new one may
                    session = None
            if session is None:
                await self._transact(await self._connect(), sender, receiver, message)

    async def try_out(self) -> None:
        """A session as for a letter (TLS, login), and goodbye. Transient where there is none."""
        await _quit(await self._connect())

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for session, _ in idle:
            await _quit(session)

    def _kept(self) -> SMTP | None:
        """An open session that was used lately, if there is one."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            session, last_used = self._idle.pop()
            if session.is_connected and now - last_used < IDLE_SECONDS:
                return session
            session.close()
        return None

    async def _connect(self) -> SMTP:
        peer = self._peer
        session = SMTP(
            hostname=peer.host,
            port=peer.port,
            timeout=CONNECT_SECONDS,
            use_tls=peer.tls,
            start_tls=peer.upgrades,
            tls_context=self._context,
        )
        try:
            await session.connect()
            if session.is_ehlo_or_helo_needed:
                await session.ehlo()
            if peer.user is not None:
                await session.login(peer.user, await asyncio.to_thread(_password, peer))
        except BaseException as error:
            session.close()
            # 5xx at this stage refuses us, not a letter; ValueError is an answer that aiosmtplib cannot make sense of.
            if isinstance(error, (SMTPException, OSError, ValueError)):
                raise _transient(error, f"no session with the relay {peer.host}:{peer.port}") from error
            raise
        return session

    async def _transact(self, session: SMTP, sender: str, recipient: str, message: bytes) -> None:
        """One letter over one session, which is kept when both sides still know where they are, else closed."""
        usable = False
        try:
            await _hand_over(session, sender, recipient, message)
            usable = True
        except RelayError:
            usable = await _reset(session)
            raise
        finally:
            if usable and session.is_connected:
                self._idle.append((session, asyncio.get_running_loop().time()))
            else:
                session.close()


async def _hand_over(session: SMTP, sender: str, recipient: str, message: bytes) -> None:
    options = []
    if session.supports_extension("size"):
        options.append(f"SIZE={len(message)}")
    if not (sender.isascii() and recipient.isascii() and message.isascii()):
        if not session.supports_extension("smtputf8"):
            raise Permanent("the address is not ASCII, and the relay does not offer SMTPUTF8")
        options += ["BODY=8BITMIME", "SMTPUTF8"]
    await _mail(session, " ".join([f"MAIL FROM:<{sender}>", *options]))
    reply = await _say(session, f"RCPT TO:<{recipient}>")
    if reply.code not in {250, 251}:
        _refuse(reply, "RCPT")
    try:
        await _data(session, message)
    except SMTPResponseException as error:
        _refuse(SMTPResponse(error.code, error.message), "DATA")
    except (SMTPException, OSError) as error:
        raise _transient(error, "cut off while the letter was handed over; it may have been taken") from error


async def _data(session: SMTP, message: bytes) -> None:
    """As aiosmtplib hands a letter over, but for its patterns over the whole of it where all lines end in CRLF."""
    ends = message.count(b"\r\n")
    if session.protocol is None or message.count(b"\n") != ends or message.count(b"\r") != ends:
        await session.data(message, timeout=DATA_SECONDS)
        return
    reply = await session.execute_command(b"DATA", timeout=DATA_SECONDS)
    if reply.code != 354:
        raise SMTPResponseException(reply.code, reply.message)
    stuffed = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
    session.protocol.write(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"))
    try:
        reply = await session.protocol.read_response(timeout=DATA_SECONDS)
    except SMTPException:
        session.close()  # an answer that comes yet would be taken for that to the next letter
        raise
    if reply.code != 250:
        raise SMTPResponseException(reply.code, reply.message)


async def _mail(session: SMTP, command: str) -> None:
    try:
        reply = await _say(session, command)
    except Transient as error:
        raise _Gone(str(error), error.code) from error
    if reply.code == 421:  # the server had enough of this session, not of the letter
        session.close()
        raise _Gone(_said(reply, "MAIL"), reply.code)
    # The sender is our own address: a refusal of it is ours to mend. Too big (5.3.4) and not transportable (5.6.7,
    # RFC 6531) are the letter's.
    if reply.code == 552 or (reply.code >= 500 and reply.message.startswith(("5.3.4", "5.6.7"))):
        raise Permanent(_said(reply, "MAIL"), reply.code)
    if reply.code != 250:
        raise Transient(_said(reply, "MAIL"), reply.code)


async def _say(session: SMTP, command: str) -> SMTPResponse:
    try:
        return await session.execute_command(command.encode(), timeout=COMMAND_SECONDS)
    except (SMTPException, OSError) as error:
        raise _transient(error, f"cut off at {command[:4]}") from error


def _refuse(reply: SMTPResponse, verb: str) -> NoReturn:
    kind = Permanent if 500 <= reply.code < 600 and reply.code not in _OUR_FAULT else Transient
    raise kind(_said(reply, verb), reply.code)


def _said(reply: SMTPResponse, verb: str) -> str:
    text = " ".join(reply.message.encode("utf-8", "replace").decode().split())
    return f"{verb}: {reply.code} {text}"


def _transient(error: Exception, where: str) -> Transient:
    if isinstance(error, SMTPResponseException):
        return Transient(f"{where}: {_said(SMTPResponse(error.code, error.message), 'answer')}", max(error.code, 0))
    return Transient(f"{where}: {error or type(error).__name__}")


async def _reset(session: SMTP) -> bool:
    """Whether the session can carry another letter."""
    if not session.is_connected:
        return False
    try:
        reply = await _say(session, "RSET")
    except Transient:
        return False
    return reply.code == 250


async def _quit(session: SMTP) -> None:
    with suppress(SMTPException, OSError):
        await session.quit(timeout=_QUIT_SECONDS)
    session.close()


def _password(peer: Peer) -> str:
    return peer.password_file.read_text(encoding="utf-8").strip("\r\n") if peer.password_file else ""


def _tls_context(peer: Peer) -> ssl.SSLContext:
    file = peer.ca_file or "the system's certificates"
    if peer.ca_file and (why := unreadable(peer.ca_file)):
        raise ConfigError(file, "", why)
    try:
        return ssl.create_default_context(cafile=peer.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(file, "", f"{file} holds no certificate in PEM form; name one that does") from error
