"""Who really wrote, as far as the mail says it: the strict author, read from the raw header bytes.

Exactly one From field with exactly one plain addr-spec, on which two independent readers agree (our own, strict, and
the standard library's compat32); anything else is nobody. Authority hangs on this, so every doubt ends in None. Whether
the author may use that domain is not asked here (`Envelope.authentication`).
"""

from __future__ import annotations

import re
from email.parser import BytesHeaderParser, HeaderParser
from email.utils import getaddresses

from mailgate.mail.addresses import display
from mailgate.mail.encoded import raw_text
from mailgate.mail.headers import Header
from mailgate.mail.idn import a_labels, is_one_spelling
from mailgate.mail.message import Address

# RFC 5322 §3.2.3 dot-atom; the domain as host names are (RFC 1123 §2.1), in its ASCII form (`idn.py`). No domain
# literals, no source routes: legal, but no person's address, and readers differ over them.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_DOMAIN = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*", re.IGNORECASE)
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_DOMAIN})", re.IGNORECASE)
# A quoted local part at the place of the address: of what a dot-atom has, dots anywhere, and spaces. Nothing that any
# reader could take for the end of it, or for another address.
_QUOTED = re.compile(rf"""((?:^|<)[ \t]*)"([a-z0-9!#$%&'*+/=?^_`{{|}}~. -]+)"@({_DOMAIN}>?[ \t]*)$""", re.IGNORECASE)
# However a line may be ended: here a bare CR or LF counts, so that a From hidden behind one is a second From. A line
# that begins with white space continues a field in every reading (a DKIM-Signature folded within `h=Date:From:To`).
_ANY_FROM = re.compile(rb"(?:^|[\r\n])[^\x09\x0a\x0d\x20-\xff]*from[\x00-\x20]*:", re.IGNORECASE)
# A section of well-formed lines alone, whose From is not folded: every reader sees the same fields in it, and no From
# but those.
_REGULAR = re.compile(
    rb"(?:from:[ \t]*+([^\0\r\n]*+)\r?\n"
    rb"|[!-9;-~]{1,200}+:[^\0\r\n]*+\r?\n(?:[ \t][^\0\r\n]*+\r?\n)*+)++(?:\r?\n)?",
    re.IGNORECASE,
)
_VALUE_CAP = 998


def strict_author(header: Header, section: bytes) -> Address | None:
    """The one author of `header`, whose raw bytes are `section`; None where there is any doubt."""
    values = header.all("from")
    # Where the header was cut another From may stand behind the cut; a long field of another name hides none.
    if len(values) != 1 or header.cut:
        return None
    regular = _REGULAR.fullmatch(section)
    if regular is None and len(_ANY_FROM.findall(section)) != 1:
        return None
    if regular is None and b"\0" in section:
        return None  # whoever is written in C reads up to it, and may have checked another author than we see
    own = _own_reading(values[0])
    if own is None:
        return None
    value = regular[1] if regular else None
    if value is not None and value.isascii():
        theirs = _library_reading([value.decode("ascii")])
    else:
        theirs = _library_reading(_fields_of_library(section, utf8=not own[1].isascii()))
    if own[1].casefold() != theirs:
        return None
    local, _, domain = own[1].rpartition("@")
    if local.startswith('"') and _DOT_ATOM.fullmatch(local[1:-1]):
        local = local[1:-1]  # RFC 5321 §4.1.2: the quotes say nothing there
    return Address(display(own[0], own[1]), f"{local}@{a_labels(domain) or domain.lower()}")


def _own_reading(value: bytes) -> tuple[str, str] | None:
    """(name, addr-spec) of `addr-spec`, `addr-spec (name)` or `name <addr-spec>`, None for any other form."""
    if len(value) > _VALUE_CAP:
        return None
    text = raw_text(value)
    if quoted := _QUOTED.search(text):
        # Read as if its local part were a plain word, for all that stands around it.
        read = _reading_of(f"{text[: quoted.start()]}{quoted[1]}q@{quoted[3]}")
        return (read[0], f'"{quoted[2]}"{read[1][1:]}') if read and read[1].startswith("q@") else None
    return _reading_of(text)


def _reading_of(text: str) -> tuple[str, str] | None:
    bare = _without_quotes_and_comments(text)
    if bare is None:
        return None
    left, angle, right = bare.partition("<")
    if not angle:
        spec = bare.strip(" \t")
        unquoted = '"' not in text
        return (text.partition("(")[2].rpartition(")")[0], spec) if unquoted and _is_plain(spec) else None
    inner, close, rest = right.partition(">")
    spec, phrase = inner.strip(" \t"), left.strip(" \t")
    if not close or rest.strip(" \t") or not _is_plain(spec):
        return None
    # `ceo@corp.test <x@evil.test>`: an address for a name is read in two ways by two readers; its own is harmless.
    if re.search(r"[@,;:>\[\]]", phrase) and phrase.casefold() != spec.casefold():
        return None
    return text[: text.rfind("<")], spec


def _without_quotes_and_comments(text: str) -> str | None:
    """What stands outside quoted strings and comments; None where one of them does not close."""
    bare: list[str] = []
    depth, quoted, escaped = 0, False, False
    for sign in text:
        if escaped:
            escaped = False
        elif sign == "\\" and (quoted or depth):
            escaped = True
        elif quoted:
            quoted = sign != '"'
        elif depth:
            depth += {"(": 1, ")": -1}.get(sign, 0)
        elif sign in '("':
            quoted, depth = sign == '"', int(sign == "(")
        elif sign in ")\\":
            return None
        else:
            bare.append(sign)
    return None if quoted or depth else "".join(bare)


def _is_plain(spec: str) -> bool:
    local, _, domain = spec.partition("@")
    # `=?utf-8?q?ann?=@…` is a plain address, and one that many readers decode (RFC 2047 §5 forbids them to).
    if len(spec.encode("utf-8", "replace")) > 254 or len(local) > 64 or "=?" in spec:
        return False
    known = a_labels(domain)
    return (
        known is not None
        and _PLAIN.fullmatch(f"{local}@{known}") is not None
        and (local.isascii() or is_one_spelling(local))
    )


def _fields_of_library(section: bytes, *, utf8: bool) -> list[str]:
    """The From fields as compat32 parts them. It reads `utf8` only as text; of bytes it makes question marks."""
    try:
        # Header fields alone: its reading of a Content-Type is quadratic.
        read = HeaderParser().parsestr(section.decode()) if utf8 else BytesHeaderParser().parsebytes(section)
        return [str(value) for value in read.get_all("from") or []]
    except Exception:  # noqa: BLE001 - a reader that stumbles does not agree
        return []


def _library_reading(values: list[str]) -> str | None:
    """What compat32 takes for the one address of the one From, case-folded; None where it sees none or several."""
    try:
        found = getaddresses(values)
    except Exception:  # noqa: BLE001 - as above
        return None
    # It takes `ann@example.com <ann@example.com>` for two authors; they are one.
    authors = {address.casefold() for _, address in found}
    return authors.pop() if len(values) == 1 and len(authors) == 1 else None
