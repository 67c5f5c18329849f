"""Parts a text that was signed with PGP within itself (RFC 9580 §7) from the armour round it. It verifies nothing."""

from __future__ import annotations

import re

_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
_HEADER = re.compile(r"[A-Za-z]{1,40}: ")


def without_armour(text: str) -> tuple[str, str, str]:
    """The text with what was signed in plain form, and the lines of armour above and below that; `(text, "", "")` where
    it has none."""
    if _SIGNED not in text:
        return text, "", ""
    lines = [line.rstrip() for line in text.splitlines()]
    try:
        begin = lines.index(_SIGNED)
        signature = lines.index(_SIGNATURE, begin)
        end = lines.index(_END, signature) + 1
    except ValueError:
        return text, "", ""
    words = begin + 1
    while words < signature and _HEADER.match(lines[words]):
        words += 1
    signed = [
        line.removeprefix("- ") for line in lines[words:signature]
    ]  # §7.2: lines that begin with "-" are so escaped
    plain = "\n".join([*lines[:begin], *signed, *lines[end:]])
    return plain, "\n".join(lines[begin:words]), "\n".join(lines[signature:end])
