"""Header fields as they stand on the wire: RFC 5322 folding, RFC 2047 words only where needed, safe addresses.

Every function returns a whole field, name included, without the last CRLF. What a value says is not decided here.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence

LINE = 78  # RFC 5322 §2.1.1: SHOULD
ROOM = 63  # what is left of 75 characters (RFC 2047 §2) after =?utf-8?b? and ?=
_LONGEST_PLAIN = LINE - 2  # a plain word longer than this cannot be folded: encoded, it can
_LAST_REFERENCES = 20
_LONGEST_ID = 250
_LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets

# RFC 2047 §5 (3): within a phrase only these stand for themselves, and what is safe there is safe everywhere.
_Q_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = tuple("_" if byte == 0x20 else chr(byte) if byte in _Q_PLAIN else f"={byte:02X}" for byte in range(256))

# RFC 2231 §7, attribute-char: without the specials of MIME, "*", "'" and "%".
_ATTRIBUTE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~")
_SECTION = 56

_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_DOT_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*|\[[0-9A-Za-z.:-]+\]")
_QUOTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# IDNA 2003, all that the standard library has, reads these as other letters than IDNA 2008 does: another domain.
_DEVIANT = re.compile("[ßς\u200c\u200d]")


def folded(name: str, tokens: Iterable[str]) -> str:
    """A field of tokens with single spaces between them, broken before the token that would pass column 78."""
    lines: list[str] = []
    line = f"{name}:"
    for place, token in enumerate(tokens):
        if place and len(line) + 1 + len(token) > LINE:
            lines.append(line)
            line = ""
        line = f"{line} {token}"
    return "\r\n".join([*lines, line])


def encoded_words(text: str) -> list[str]:
    """`text` in RFC 2047 encoded-words of at most 75 characters, Q or B by size, never cut inside a character."""
    data = text.encode()
    q_size = sum(len(_Q[byte]) for byte in data)
    if q_size <= (len(data) + 2) // 3 * 4:
        words, word = [], ""
        for character in text:
            piece = "".join([_Q[byte] for byte in character.encode()])
            if len(word) + len(piece) > ROOM:
                words.append(word)
                word = ""
            word += piece
        return [f"=?utf-8?q?{word}?=" for word in [*words, word]]
    chunks, start, most = [], 0, ROOM // 4 * 3
    while start < len(data):
        end = min(start + most, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # a continuation byte of UTF-8
            end -= 1
        chunks.append(data[start:end])
        start = end
    return [f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode()}?=" for chunk in chunks]


def words(text: str) -> list[str]:
    """The tokens of one clean line: plain words as they are, one encoded run from the first that needs it to the last.

    The run holds the spaces between its words, because white space between two encoded-words is not read (§6.2).
    """
    plain = text.split(" ") if text else []
    needy = [i for i, word in enumerate(plain) if not word.isascii() or "=?" in word or len(word) > _LONGEST_PLAIN]
    if not needy:
        return plain
    first, last = needy[0], needy[-1] + 1
    return [*plain[:first], *encoded_words(" ".join(plain[first:last])), *plain[last:]]


def address_field(name: str, display: str, address: str) -> str:
    """An address field of one mailbox; `display` is a clean line or "". An address that cannot stand in a header is
    left out of it (the relay will refuse it with a reason)."""
    spec = addr_spec(address)
    if spec is None:
        return f"{name}: undisclosed-recipients:;"
    if not display:
        return folded(name, [spec])
    if display.isascii() and "=?" not in display and len(display) <= LINE:
        escaped = display.replace("\\", "\\\\").replace('"', '\\"')
        return folded(name, [f'"{escaped}"', f"<{spec}>"])
    return folded(name, [*encoded_words(display), f"<{spec}>"])


def address_list(name: str, people: Iterable[tuple[str, str]]) -> str:
    """An address field of several mailboxes, each a display name (a clean line or "") and an address."""
    whole = [address_field(name, *one) for one in people]
    known = [one for one in whole if not one.endswith(":;")]
    if not known:
        return f"{name}: undisclosed-recipients:;"
    tokens = [one.partition(": ")[2].replace("\r\n", "").split(" ") for one in known]
    return folded(name, [token for one in tokens[:-1] for token in (*one[:-1], one[-1] + ",")] + tokens[-1])


def parameter(name: str, value: str) -> list[str]:
    """A parameter of a MIME field: quoted where it is short ASCII, else in RFC 2231 sections that fit on lines."""
    if value.isascii() and value.isprintable() and len(value) + len(name) <= LINE - 6:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{name}="{escaped}"']
    signs = [chr(byte) if byte in _ATTRIBUTE else f"%{byte:02X}" for byte in value.encode("utf_8", "replace")]
    sections, section = [], "utf-8''"
    for sign in signs:
        if len(section) + len(sign) > _SECTION:
            sections.append(section)
            section = ""
        section += sign
    sections.append(section)
    if len(sections) == 1:
        return [f"{name}*={section}"]
    return [f"{name}*{place}*={section}" for place, section in enumerate(sections)]


def addr_spec(address: str) -> str | None:
    """An address as it may stand in a header and an envelope: quoted where needed, the domain in its ASCII form where
    it has a sure one; None where nothing safe can be made of it. A non-ASCII local part stays (RFC 6532)."""
    local, _, domain = address.rpartition("@")
    if not local or len(address) > _LONGEST_ADDRESS or not _DOMAIN.fullmatch(domain):
        return None
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    if not _DOT_ATOM.fullmatch(local):
        if not _QUOTABLE.fullmatch(local):
            return None
        escaped = local.replace("\\", "\\\\").replace('"', '\\"')
        local = f'"{escaped}"'
    if not domain.isascii() and local.isascii() and not _DEVIANT.search(domain):
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            return None
    return f"{local}@{domain}"


def references(parent: str | None, known: Sequence[str]) -> list[str]:
    """What `References` should hold for an answer to `parent`: the first of the thread and the last twenty, `parent`
    last (RFC 5322 §3.6.4), without doubles and without what is no Message-ID."""
    chain = [known_id for known_id in dict.fromkeys(known) if known_id != parent and is_message_id(known_id)]
    if parent is not None and is_message_id(parent):
        chain.append(parent)
    return chain if len(chain) <= _LAST_REFERENCES + 1 else [chain[0], *chain[-_LAST_REFERENCES:]]


def is_message_id(text: str) -> bool:
    """Whether it may be written into a header of ours: ASCII, one pair of angle brackets, of sane length."""
    return len(text) <= _LONGEST_ID and _MESSAGE_ID.fullmatch(text) is not None
