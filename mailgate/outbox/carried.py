"""What of an engineer's mail a letter to the customer carries: his words and files, already fit for strangers' eyes."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.mail.message import GoingOut, Octets
from mailgate.mail.opened import octets_of


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One file, decoded. `inline` pictures are shown by the html under their `content_id` (without angle brackets)."""

    name: str
    type: str
    data: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """`html` has passed the sanitiser (`mail/going_out.py`) and is not escaped again; None where the text goes alone.
    `engineer_name` is the name under which the engineer is known outside, "" where the desk alone speaks."""

    text: str
    html: str | None
    attachments: tuple[Enclosed, ...]
    engineer_name: str


def carried(out: GoingOut, data: Octets, engineer_name: str) -> Carried:
    """The same with its files: `data` is the engineer's mail as it came."""
    files = (Enclosed(one.name, one.type, octets_of(one, data), one.content_id, one.inline) for one in out.attachments)
    return Carried(out.text, out.html, tuple(files), engineer_name)
