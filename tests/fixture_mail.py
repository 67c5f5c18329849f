"""Reads the fixtures, and raw bytes, the way the walk does: through `parse` with an envelope that knows nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from mailgate.mail.message import Envelope, Mail, RawMail
from mailgate.mail.parse import parse

FOLDER = Path(__file__).parent.parent / "fixtures" / "mail"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def raw_mail(data: bytes, sender: str | None = None) -> RawMail:
    return RawMail(data, Envelope("support", sender, ("support@example.test",), "test", NOW))


def data_of(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def read(name: str) -> Mail:
    return read_bytes(data_of(name))


def read_bytes(data: bytes, sender: str | None = None) -> Mail:
    mail = parse(raw_mail(data, sender))
    assert mail.unread == "", mail.unread
    return mail
