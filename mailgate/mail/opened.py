"""The octets of an attachment: the one way from its ranges (`Attachment`, `Inner`) to what a person would save."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mailgate.mail.cms import signed_content
from mailgate.mail.message import Attachment, Inner, Octets
from mailgate.mail.transfer import undo


def octets_of(file: Attachment, data: Octets, most: int | None = None) -> bytes:
    """Decoded, from the raw mail `data` that it is an attachment of. `most` bounds how many octets are decoded of a
    file that stands in the mail itself: then it is a beginning. Never raises."""
    end = file.end if most is None or file.inner else min(file.end, file.start + most)
    octets = undo(data[file.start : end], file.encoding)[0]
    for inner in file.inner:
        held = signed_content(octets) if inner.signed else octets
        octets = undo(held[inner.start : inner.end], inner.encoding)[0]
    return octets[:most]


def within(letter: Attachment, files: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Files of an attached mail, whose ranges count in its octets, as files of the mail that holds it."""
    if not letter.encoding and not letter.inner:
        return tuple(replace(one, start=one.start + letter.start, end=one.end + letter.start) for one in files)
    return tuple(
        replace(
            one,
            start=letter.start,
            end=letter.end,
            encoding=letter.encoding,
            inner=(*letter.inner, Inner(one.start, one.end, one.encoding), *one.inner),
        )
        for one in files
    )
