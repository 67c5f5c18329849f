"""Another mail server as relay: connections that are kept open, and what each of its answers means for a letter.

The letter is not looked into here. Who is at fault decides whether we try again: what is wrong with this letter or its
recipient is Permanent; what is wrong with us, the relay or the road between is Transient.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from mailgate.errors import ConfigError, Permanent, RelayError, Transient
from mailgate.outbox.dialogue import Dialogue, Reply
from mailgate.outbox.fields import addr_spec
from mailgate.places import is_loopback
from mailgate.rights import unreadable

CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 60.0
DATA_SECONDS = 300.0  # without a step forward; RFC 5321 §4.5.3.2.6 would allow ten minutes after the dot
IDLE_SECONDS = 60.0  # Postfix drops an idle client after 300, 10 under stress
_QUIT_SECONDS = 5.0

# At RCPT or DATA these say that *we* may not use the relay (RFC 4954 §6) or spoke out of turn, nothing of the letter.
_OUR_FAULT = frozenset({503, 530, 534, 535, 538})
_LINE_END = re.compile(rb"\r\n|\r|\n")


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
        self._idle: list[tuple[Dialogue, float]] = []

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

    def _kept(self) -> Dialogue | None:
        """An open session that was used lately, if there is one."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            session, last_used = self._idle.pop()
            if session.is_open and now - last_used < IDLE_SECONDS:
                return session
            session.close()
        return None

    async def _connect(self) -> Dialogue:
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
        assert session.protocol is not None  # noqa: S101 - tells mypy what connect() did
        return Dialogue(cast("asyncio.Transport", session.protocol.transport), session.esmtp_extensions)

    async def _transact(self, session: Dialogue, sender: str, recipient: str, message: bytes) -> None:
        """One letter over one session, which is kept when both sides still know where they are, else closed."""
        usable = False
        try:
            await _hand_over(session, sender, recipient, message)
            usable = True
        except RelayError:
            usable = await _reset(session)
            raise
        finally:
            if usable and session.is_open:
                self._idle.append((session, asyncio.get_running_loop().time()))
            else:
                session.close()


async def _hand_over(session: Dialogue, sender: str, recipient: str, message: bytes) -> None:
    options = []
    if "size" in session.extensions:
        options.append(f"SIZE={len(message)}")
    if not (sender.isascii() and recipient.isascii() and message.isascii()):
        if "smtputf8" not in session.extensions:
            raise Permanent("the address is not ASCII, and the relay does not offer SMTPUTF8")
        options += ["BODY=8BITMIME", "SMTPUTF8"]
    commands = (" ".join([f"MAIL FROM:<{sender}>", *options]), f"RCPT TO:<{recipient}>", "DATA")
    await _lead_up(session, [f"{command}\r\n".encode() for command in commands])
    if not session.is_open:  # whatever it was, it is no word about a letter that the relay has not heard
        raise Transient("the relay hung up, or answered, before it was given the letter")
    session.say(_as_data(message))
    try:
        reply = await session.reply(DATA_SECONDS)
    except OSError as error:
        raise _transient(error, "cut off while the letter was handed over; it may have been taken") from error
    if reply.code != 250:
        raise _refusal(reply, "DATA")


async def _lead_up(session: Dialogue, commands: list[bytes]) -> None:
    """Until the relay waits for the letter. RFC 2920 §3.1: these three may go together, DATA the last of them."""
    together = "pipelining" in session.extensions
    if together:
        session.say(b"".join(commands))
    trouble: RelayError | None = None
    for verb, command in zip(("MAIL", "RCPT", "DATA"), commands, strict=True):
        if not together:
            session.say(command)
        try:
            reply = await session.reply(DATA_SECONDS if verb == "DATA" else COMMAND_SECONDS)
        except OSError as error:
            cut = _transient(error, f"cut off at {verb}")
            raise trouble or (_Gone(str(cut), cut.code) if verb == "MAIL" else cut) from error
        if trouble is not None and reply.code == 354:
            session.close()  # it waits for a letter that we give up: an empty one would be the other way out
        trouble = trouble or _objection(reply, verb)
        if reply.code == 421:  # the server had enough of this session
            session.close()
        if trouble is not None and not together:
            break
    if trouble is not None:
        raise trouble


def _as_data(message: bytes) -> bytes:
    """The letter and its end, each line ended by CRLF and dots stuffed (RFC 5321 §4.5.2)."""
    ends = message.count(b"\r\n")
    if message.count(b"\n") != ends or message.count(b"\r") != ends:
        message = _LINE_END.sub(b"\r\n", message)
    stuffed = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def _objection(reply: Reply, verb: str) -> RelayError | None:
    """What an answer has against the letter or us; None where the relay agrees."""
    if verb == "MAIL":
        return _of_mail(reply)
    agreed = {250, 251} if verb == "RCPT" else {354}
    return None if reply.code in agreed else _refusal(reply, verb)


def _of_mail(reply: Reply) -> RelayError | None:
    if reply.code == 421:  # of this session, not of the letter
        return _Gone(_said(reply, "MAIL"), reply.code)
    # The sender is our own address: a refusal of it is ours to mend. Too big (5.3.4) and not transportable (5.6.7,
    # RFC 6531) are the letter's.
    if reply.code == 552 or (reply.code >= 500 and reply.text.startswith(("5.3.4", "5.6.7"))):
        return Permanent(_said(reply, "MAIL"), reply.code)
    return None if reply.code == 250 else Transient(_said(reply, "MAIL"), reply.code)


def _refusal(reply: Reply, verb: str) -> RelayError:
    kind = Permanent if 500 <= reply.code < 600 and reply.code not in _OUR_FAULT else Transient
    return kind(_said(reply, verb), reply.code)


def _said(reply: Reply, verb: str) -> str:
    text = " ".join(reply.text.encode("utf-8", "replace").decode().split())
    return f"{verb}: {reply.code} {text}"


def _transient(error: Exception, where: str) -> Transient:
    if isinstance(error, SMTPResponseException):
        return Transient(f"{where}: {_said(Reply(error.code, error.message), 'answer')}", max(error.code, 0))
    return Transient(f"{where}: {error or type(error).__name__}")


async def _reset(session: Dialogue) -> bool:
    """Whether the session can carry another letter."""
    if not session.is_open:
        return False
    session.say(b"RSET\r\n")
    try:
        return (await session.reply(COMMAND_SECONDS)).code == 250
    except OSError:
        return False


async def _quit(session: Dialogue) -> None:
    session.say(b"QUIT\r\n")
    with suppress(OSError):
        await session.reply(_QUIT_SECONDS)
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
