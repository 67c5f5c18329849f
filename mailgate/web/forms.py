"""What somebody posted: fields and files, read with caps, and only where the form that was sent is one of ours.

Its files lie on the disk until the answer is made: whatever comes, and however much of it, little is in memory. A form
carries a token made for whatever its sender proves himself by (`bound`: a link's token, a session): a page of
somebody else's cannot know it. Where a browser says which site a request comes from, it must be ours as well.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import urlsplit

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from mailgate.links import Keyring

CSRF = "csrf"
FIELDS, FILES = 200, 20
FIELD_OCTETS = 256 * 1024
_IN_MEMORY = 64 * 1024  # of a file


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent along, there until the answer is made. `name` and `type` are his words."""

    name: str
    type: str
    size: int
    file: BinaryIO

    def pieces(self, octets: int) -> Iterator[bytes]:
        """All of it, so many octets at a time."""
        self.file.seek(0)
        while piece := self.file.read(octets):
            yield piece


@dataclass(frozen=True, slots=True)
class Form:
    """What was posted. Of fields of one name (checkboxes) `several` has all, `fields` the last."""

    fields: Mapping[str, str]
    files: tuple[Upload, ...] = ()
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The field of that name without white space around it; "" where it was left empty, or is not there."""
        return self.fields.get(name, "").strip()

    def all(self, name: str) -> tuple[str, ...]:
        return self.several.get(name, ())


class FormFault(Exception):
    """What was typed cannot be: `why` is for people, and shown beside `field` with all else that was typed."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


def csrf_token(ring: Keyring, bound: str) -> str:
    """The token that a form holds for whoever proves himself by `bound`."""
    return _token(ring.keys[0].secret, bound)


def is_from_our_form(ring: Keyring, bound: str, token: str) -> bool:
    """Whether that token was made for him: a form may be older than the newest key."""
    return any(hmac.compare_digest(_token(key.secret, bound).encode(), token.encode()) for key in ring.keys)


def is_from_here(request: Request, url: str | None) -> bool:
    """Whether the browser says that a page of ours sent it; a client that says nothing is no browser.

    Our pages send no referrer, and so the Origin of their forms is "null": then Sec-Fetch-Site has the say, and where
    an old browser does not send that, the form's token alone.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin in {None, "null"}:
        return True
    hosts = {request.headers.get("host", ""), urlsplit(url or "").netloc}
    return urlsplit(origin or "").netloc in hosts - {""}


@asynccontextmanager
async def form_of(request: Request) -> AsyncIterator[Form]:
    """HTTPException 400 for what is no form, or too much of one."""
    fields: dict[str, str] = {}
    several: dict[str, tuple[str, ...]] = {}
    files: list[Upload] = []
    posted = await _posted(request)
    try:
        for name, value in posted.multi_items():
            if isinstance(value, UploadFile):
                if value.filename:
                    said = value.content_type or ""
                    files.append(Upload(value.filename, said, value.size or 0, value.file))
            elif len(value.encode()) > FIELD_OCTETS or "\0" in name + value:  # no database takes it for text
                raise HTTPException(400)
            else:
                fields[name] = value
                several[name] = (*several.get(name, ()), value)
        yield Form(fields, tuple(files), several)
    finally:
        await posted.close()


class _Files(MultiPartParser):
    """Twenty files of many who send at once lie on the disk, not in memory."""

    spool_max_size = _IN_MEMORY


async def _posted(request: Request) -> FormData:
    said, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        if said == b"application/x-www-form-urlencoded":
            return await FormParser(
                request.headers, request.stream(), max_fields=FIELDS, max_part_size=FIELD_OCTETS
            ).parse()
        # Our pages are UTF-8. Whoever may name the encoding names one that takes a minute to read (punycode), in which
        # the daemon does nothing else, or one of half characters (unicode_escape), which nobody can write down again.
        if said == b"multipart/form-data" and options.get(b"charset", b"utf-8").lower() == b"utf-8":
            return await _Files(
                request.headers,
                request.stream(),
                max_files=FILES,
                max_fields=FIELDS,
                max_part_size=FIELD_OCTETS,
            ).parse()
    except (MultiPartException, FormParserError) as error:
        raise HTTPException(400) from error
    raise HTTPException(400)


def _token(secret: bytes, bound: str) -> str:
    return hmac.digest(secret, b"form " + bound.encode(), hashlib.sha256)[:16].hex()
