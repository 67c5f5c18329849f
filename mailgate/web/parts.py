"""Parts of a mail as answers: pictures that nothing can run in, and files to be saved, never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mailgate.errors import NotFound
from mailgate.mail.message import Attachment, RawMail
from mailgate.mail.on_page import NAMED, OnPage, picture_type
from mailgate.mail.opened import octets_of
from mailgate.mail.streamed import streamed
from mailgate.web.typed import whole_number

PICTURE_OCTETS = 5 * 1024 * 1024


def picture_of(request: Request, raw: RawMail, found: OnPage) -> Response:
    """The picture at the `place` of the path, where it is one. NotFound for anything else."""
    part = _part(request, found)
    if part.type not in NAMED or part.size > PICTURE_OCTETS:
        raise NotFound("no picture")
    octets = octets_of(part, raw.data)
    kind = picture_type(octets)
    if not kind:
        raise NotFound("not what it says")
    return Response(octets, media_type=kind, headers={"content-disposition": "inline"})


def file_of(request: Request, raw: RawMail, found: OnPage) -> Response:
    """The attachment at the `place` of the path, to be saved."""
    part = _part(request, found)
    said = {"content-disposition": saved_as(part.called or "file")}
    return StreamingResponse(_octets(part, raw), media_type="application/octet-stream", headers=said)


def saved_as(name: str) -> str:
    """Content-Disposition (RFC 6266): its name in ASCII for who reads no other, and as it is (RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def number_in(request: Request, name: str) -> int:
    """The number of that name in the path. NotFound for what is none."""
    number = whole_number(request.path_params[name])
    if number is None:
        raise NotFound(name)
    return number


def _part(request: Request, found: OnPage) -> Attachment:
    place = number_in(request, "place")
    if place >= len(found.attachments):
        raise NotFound("no part")
    return found.attachments[place]


def _octets(part: Attachment, raw: RawMail) -> Iterator[bytes]:
    if part.inner:  # of a wrapper, which is opened whole, and of bounded size
        yield octets_of(part, raw.data)
    else:
        yield from streamed(raw.data, part.start, part.end, part.encoding)
