"""Small pictures by their content: a signature's logo comes with every mail, and is to be known again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Final

from mailgate.mail.message import Attachment, GoingOut, KeptBack, Octets
from mailgate.mail.opened import octets_of

_SHOWN: Final = 256 * 1024  # octets of a picture that the html shows
_ATTACHED: Final = 64 * 1024  # of another: a bigger one was meant to be sent
_WRAPPER: Final = 2 * 1024 * 1024  # octets of a winmail.dat, which is opened once for each picture in it
_MOST: Final = 50  # pictures of a mail
_AGAIN: Final = "it went out on this case before"
_IMAGE: Final = r"<img\b(?:[^>\"]|\"[^\"]*\")*?\bsrc=\"cid:{}\"(?:[^>\"]|\"[^\"]*\")*>"


def with_digests(attachments: tuple[Attachment, ...], data: Octets) -> tuple[Attachment, ...]:
    """The attachments of the mail `data`, its small pictures with the digest of what they show."""
    told, left = list[Attachment](), _MOST
    for one in attachments:
        small = one.type.startswith("image/") and 0 < one.size <= (_SHOWN if one.inline else _ATTACHED)
        small = small and (not one.inner or one.end - one.start <= _WRAPPER)
        if not small or left <= 0:
            told.append(one)
            continue
        left -= 1
        octets = octets_of(one, data)
        told.append(replace(one, digest=hashlib.sha256(octets).hexdigest()[:32]))
    return tuple(told)


def without_repeated(out: GoingOut) -> GoingOut:
    """`out` without the pictures that its readers had before. Where there are no words, they are what he says."""
    again = [one for one in out.attachments if one.seen]
    if not again or not out.text.strip():
        return out
    html = out.html
    for one in again:
        if html is not None and one.inline:
            html = re.sub(_IMAGE.format(re.escape(one.content_id)), "", html)
    files = tuple(one for one in out.attachments if one not in again)
    kept_back = tuple(KeptBack(one.called or one.type, _AGAIN) for one in again)
    return replace(out, html=html, attachments=files, kept_back=(*out.kept_back, *kept_back))
