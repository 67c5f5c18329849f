"""Says how a mail was protected, signed or encrypted and with what, by how it is built. It verifies nothing."""

from __future__ import annotations

import re
from typing import Final

from mailgate.mail.cms import is_encrypted
from mailgate.mail.skeleton import Part

CMS_TYPES: Final = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime", "application/cms"))
_SIGNED, _ENCRYPTED = "signed", "encrypted"
_ARMOUR: Final = "-----BEGIN PGP "
_INLINE = re.compile(r"^-----BEGIN PGP (SIGNED )?MESSAGE-----\s*?$", re.MULTILINE)
_RIGHTS: Final = "application/x-microsoft-rpmsg-message"


def of_multipart(part: Part) -> str:
    """RFC 1847: multipart/signed and multipart/encrypted."""
    if part.type not in {"multipart/signed", "multipart/encrypted"}:
        return ""
    how = _SIGNED if part.type == "multipart/signed" else _ENCRYPTED
    said = part.params.get("protocol", "").lower() + " ".join(child.type for child in part.parts)
    return f"{how} with {'PGP' if 'pgp' in said else 'S/MIME'}" if "pgp" in said or "pkcs7" in said else how


def of_cms(part: Part, octets: bytes) -> str:
    """RFC 8551 §3: the parameter smime-type says what it is, or the wrapper itself."""
    said = part.params.get("smime-type", "").lower()
    if is_encrypted(octets) or "envelop" in said:
        return "encrypted with S/MIME"
    return "signed with S/MIME"


def of_file(part: Part) -> str:
    """Microsoft's rights management sends the mail itself as a file that only its own programs open."""
    return "encrypted with Microsoft's rights management" if part.type == _RIGHTS else ""


def of_words(text: str) -> str:
    """PGP within the words themselves (RFC 9580 §6)."""
    if _ARMOUR not in text:
        return ""
    kinds = {bool(found[1]) for found in _INLINE.finditer(text)}
    if False in kinds:
        return "encrypted with PGP"
    return "signed with PGP" if kinds else ""


def strongest(found: list[str]) -> str:
    """The first that says encrypted, else the first."""
    return next((one for one in found if one.startswith(_ENCRYPTED)), next(iter(found), ""))
