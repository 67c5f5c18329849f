"""What a page of ours shows of a mail: values alone, for the daemon loads nothing that makes them (`page_html.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.mail.message import Attachment

# What browsers show as a picture and never run: by the first octets, for what a mail calls it says nothing.
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
)
NAMED = frozenset(("image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp"))


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a page shows a mail: its pictures are at `pictures` and the place of each among the attachments."""

    pictures: str


@dataclass(frozen=True, slots=True)
class OnPage:
    """`html` is a clean fragment, "" where there is none; `text` its words. `unread` is why it could not be read."""

    html: str
    text: str
    attachments: tuple[Attachment, ...]
    unread: str = ""


def picture_type(octets: bytes) -> str:
    """The media type of a picture that a page may show, by its first octets; "" for anything else."""
    return next((kind for sign, at, kind in _PICTURES if octets[at : at + len(sign)] == sign), "")
