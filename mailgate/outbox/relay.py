"""Where a letter leaves the house: the protocol that every relay keeps, and which relay a URL means.

The relays themselves are `smtp.py` (another mail server) and `maildir.py` (a folder).
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from mailgate.outbox.maildir import MaildirRelay
from mailgate.outbox.smtp import Peer, SmtpRelay
from mailgate.settings import RelaySettings


class Relay(Protocol):
    """Takes one letter for one recipient at a time; several may be under way at once."""

    async def send(self, outbox_id: int, envelope_from: str, recipient: str, message: bytes) -> None:
        """Returns when the other side has taken responsibility. Transient: try again; Permanent: never.

        The same `outbox_id` may come again after a crash; a relay that can, replaces.
        """
        ...

    async def close(self) -> None:
        """Ends what is kept open. A relay can be used again afterwards."""
        ...


def open_relay(settings: RelaySettings) -> Relay:
    """The relay that the settings mean; nothing is connected yet. ConfigError for an unusable CA file, ValueError for
    an unusable URL."""
    if settings.url.startswith("maildir:"):
        return MaildirRelay(Path(settings.url.removeprefix("maildir:")))
    url = urlsplit(settings.url)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise ValueError("a relay is smtp://host:port, smtps://host:port or maildir:/path")
    tls = url.scheme == "smtps"
    peer = Peer(
        host=url.hostname,
        port=url.port or (465 if tls else 25),
        tls=tls,
        starttls="off" if tls else settings.starttls,
        user=unquote(url.username) if url.username else None,
        password_file=settings.password_file,
        ca_file=settings.ca_file,
    )
    return SmtpRelay(peer, settings.connections)


__all__ = ["MaildirRelay", "Relay", "SmtpRelay", "open_relay"]
