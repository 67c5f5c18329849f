"""Message-IDs out of the fields that carry them, however odd; each with its angle brackets and without white space."""

from __future__ import annotations

import re

from mailgate.mail.encoded import read_value
from mailgate.mail.names import one_line

IDS_CAP = 100
_LONGEST = 998
_BRACKETED = re.compile(r"<([^<>]{1,998})>")
_BARE = re.compile(r"[^\s<>,;\"'()]{1,500}@[^\s<>,;\"'()]{1,250}")


def message_id(value: bytes) -> str | None:
    """The mail's own id, None where it has none. Without brackets it gets them: answers will quote it so."""
    text = one_line(read_value(value))
    found = _BRACKETED.search(text)
    inner = found.group(1) if found else text.strip("<> ").partition(" ")[0]
    inner = "".join(inner.split())
    return f"<{inner}>" if 0 < len(inner) <= _LONGEST else None


def message_ids(value: bytes) -> tuple[str, ...]:
    """The ids in a References or In-Reply-To field, in order, the last 100. Text around them (RFC 822 allowed
    `Your message of Monday <id>`) is none of them; bare tokens with an @ count where nothing stands in brackets."""
    text = one_line(read_value(value))
    found = ["".join(inner.split()) for inner in _BRACKETED.findall(text)]
    # Seen in the wild: text before the id holds an address in brackets too; nothing tells them apart, so both stay.
    ids = [f"<{inner}>" for inner in found if inner] or [f"<{bare}>" for bare in _BARE.findall(text)]
    return tuple(dict.fromkeys(ids))[-IDS_CAP:]
