"""Case numbers, ref tokens and reply tokens: what they look like, how they are found again, what names letters.

A ref says where a mail belongs, never what its writer may do (law 11). Chance comes from outside (`Names.seed`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from mailgate.mail.page_links import without_links

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_PAIRS = [one + other for one in CROCKFORD for other in CROCKFORD]  # of ten bits

# What mail systems put between two characters of a token: a fold's white space, zero-width marks, soft hyphens,
# the quote marks of a wrapped quoted line, and the backslash with which Markdown senders escape "_".
_GAP = r"[\s\u200b-\u200f\u2060\ufeff\u00ad>\\]*"


def _gapped(literal: str) -> str:
    return _GAP.join(re.escape(character) for character in literal)


_REF = re.compile(
    _GAP.join(
        (
            _gapped("ref:_"),
            rf"({_gapped('00D')}(?:{_GAP}[0-9A-Z]){{6}})",
            _gapped("._"),
            rf"({_gapped('500')}(?:{_GAP}[0-9A-Z]){{13,61}})",
            _gapped(":ref"),
        )
    ),
    re.IGNORECASE | re.ASCII,
)
_GAPS = re.compile(_GAP)
_NUMBER = re.compile(r"(?<![0-9])([0-9]{2}(?:0[1-9]|1[0-2])[0-9]{6,8})(?![0-9])")
_LABEL = re.compile(r"#\s*[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{6,8}\s*[:：]\s*")
_TOKEN = r"([0-9a-hjkmnp-tv-z]{20})"  # noqa: S105 - the pattern of a token, not one
_REPLY_LOCAL_PART = re.compile(rf"\+r{_TOKEN}@", re.IGNORECASE)
_PATH_LOCAL_PART = re.compile(rf"\+b{_TOKEN}@", re.IGNORECASE)
# The line at the end of letters to our people. Clients fold it, quote it, and put other signs between its characters.
_MARKER = re.compile(rf"\[{_GAP}r{_GAP}:{_GAP}((?:[0-9a-hjkmnp-tv-z]{_GAP}){{20}})\]", re.IGNORECASE)
_TOKEN_MESSAGE_ID = re.compile(rf"^<r{_TOKEN}\.", re.IGNORECASE)
_QUOTED_TOKEN = re.compile(r"(?<=\+[rb])[0-9a-z]{20}(?=@|=40)|(?<=<r)[0-9a-z]{20}(?=\.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ref:
    """One ref token found in a text, in upper case. `org` "00D" and six characters, `key` "500" and at least 13."""

    org: str
    key: str


def find_refs(text: str) -> tuple[Ref, ...]:
    """Every different ref in a text, in order: folded, spaced out, lower-cased, quoted or glued to other words.

    Case apart, every character counts: Crockford's kindness to O, I and L would make an altered ref find a case.
    """
    text = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    found = _REF.findall(text) if "_" in text else ()  # most texts hold none: one look, where the pattern takes many
    refs = (Ref(_GAPS.sub("", org).upper(), _GAPS.sub("", key).upper()) for org, key in found)
    return tuple(dict.fromkeys(refs))


def without_refs(text: str, org: str) -> str:
    """The text without the refs of our own installation `org` and without `#<case number>:` labels.

    Refs of other desks stay: the other side needs its own back.
    """

    def ours_away(match: re.Match[str]) -> str:
        return " " if _GAPS.sub("", match[1]).upper() == org.upper() else match[0]

    return _LABEL.sub(" ", _REF.sub(ours_away, text))


def find_numbers(subject: str) -> tuple[str, ...]:
    """Every different case number in a subject (`YYMM` and at least six digits), those inside refs apart."""
    return tuple(dict.fromkeys(_NUMBER.findall(_REF.sub(" ", subject))))


def tokens_of_recipients(recipients: tuple[str, ...]) -> tuple[str, ...]:
    """Reply tokens in plus-addresses (`support+r<token>@`), lower case."""
    return _in_addresses(_REPLY_LOCAL_PART, recipients)


def paths_of_recipients(recipients: tuple[str, ...]) -> tuple[str, ...]:
    """Path tokens in plus-addresses (`support+b<token>@`), lower case."""
    return _in_addresses(_PATH_LOCAL_PART, recipients)


def _in_addresses(pattern: re.Pattern[str], addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[1].lower() for address in addresses for match in pattern.finditer(address)))


def tokens_of_message_ids(message_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Reply tokens in Message-IDs that look like ours, lower case."""
    found = (match[1].lower() for message_id in message_ids if (match := _TOKEN_MESSAGE_ID.match(message_id)))
    return tuple(dict.fromkeys(found))


def marker(token: str) -> str:
    """The line that carries a token in the body of a letter to our people."""
    return f"[r:{token}]"


def tokens_of_markers(text: str) -> tuple[str, ...]:
    """Reply tokens in marker lines anywhere in a text, lower case."""
    if "[" not in text:
        return ()
    return tuple(dict.fromkeys(_GAPS.sub("", found).lower() for found in _MARKER.findall(text)))


def is_bounce_address(address: str) -> bool:
    """Whether it is a return path of ours (`support+b<token>@`): what comes there is read as a report."""
    return _PATH_LOCAL_PART.search(address) is not None


def without_tokens(text: str) -> str:
    """The text with every token in it masked: servers quote our return paths and Message-IDs, people our words."""
    return _MARKER.sub("[r:…]", _QUOTED_TOKEN.sub("…", without_links(text)))


def crockford(data: bytes, characters: int) -> str:
    """The first `characters` × 5 bits of `data` in Crockford's base32, upper case."""
    bits = int.from_bytes(data, "big") >> (len(data) * 8 - characters * 5)
    pairs = [_PAIRS[bits >> 5 * place & 1023] for place in range(characters - 2, -1, -2)]
    return "".join(pairs) if characters % 2 == 0 else "".join(pairs) + CROCKFORD[bits & 31]


@dataclass(frozen=True, slots=True)
class LetterName:
    """What makes one letter to one recipient findable: its reply token, its Message-ID, which carries that, and the
    path token, which only its return path does: whoever answers shows the others, and no mail program shows this one.
    """

    token: str
    path: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Names:
    """Names minted for one decision. `number` and `key` are "" where no case is opened.

    `seed` is 32 random bytes: every letter's token is drawn from it and the letter's own key, so that `decide` needs no
    source of chance. `domain` is that of the mailbox: our Message-IDs end in it.
    """

    number: str
    org: str
    key: str
    seed: bytes
    domain: str

    def letter(self, key: str, number: str) -> LetterName:
        """Tokens (100 bits, 20 characters, lower case) and Message-ID of the letter with that idempotency key."""
        # Keyed BLAKE2 (RFC 7693 §2.9) is a MAC in itself, and holds the interpreter: HMAC lets others run at each call.
        drawn = hashlib.blake2b(key.encode(), key=self.seed, digest_size=25).digest()
        both = crockford(drawn, 40).lower()
        token, path = both[:20], both[20:]
        return LetterName(token, path, f"<r{token}.{number}@{self.domain}>")


def token_hash(token: str) -> str:
    """How a token is stored: SHA-256 of its lower-case form, in hex."""
    return hashlib.sha256(token.lower().encode()).hexdigest()
