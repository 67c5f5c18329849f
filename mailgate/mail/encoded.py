"""Header values as seen in the wild become characters: RFC 2047 words and raw 8-bit, broken or not. Never raises."""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote_to_bytes

from mailgate.mail.charset import codec_of, decode, guess

_HEAD = re.compile(r"=\?([^?\s]{0,60})\?([bBqQ])\?")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_Q_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2})")


def read_value(value: bytes, hint: str = "") -> str:
    """The characters of one unfolded header value. `hint` is the charset of the mail's body, for raw 8-bit bytes."""
    return decode_words(raw_text(value, hint))


def raw_text(value: bytes, hint: str = "") -> str:
    """The characters of raw bytes in a header, encoded words left as they are. RFC 6532 means UTF-8."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    try:
        if b"\x1b" not in value:
            return value.decode("utf_8").replace("\x00", "")
    except UnicodeError:
        if hint and codec_of(hint) not in (None, "utf_8"):
            return decode(value, hint)[0]
    return guess(value)[0].replace("\x00", "")


def decode_words(text: str) -> str:
    """RFC 2047, leniently: words may be glued to text, hold spaces, lack padding, and be cut inside a character.

    Linear: a word head whose `?=` never comes ends the search.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    run: list[tuple[str, bytes]] = []  # adjacent words: the white space between them is none of the text (§6.2)
    at = 0
    while True:
        head = _HEAD.search(text, at)
        stop = text.find("?=", head.end()) if head else -1
        if head is None or stop < 0:
            break
        between = text[at : head.start()]
        if between.strip() or (between and not run):
            out.append(_text_of(run))
            run = []
            out.append(between)
        content = text[head.end() : stop]
        run.append((head.group(1).partition("*")[0].lower(), _bytes_of(content, head.group(2).lower())))
        at = stop + 2
    out.append(_text_of(run))
    out.append(text[at:])
    return "".join(out)


def _bytes_of(content: str, encoding: str) -> bytes:
    raw = content.encode("utf_8", "surrogateescape") if not content.isascii() else content.encode("ascii")
    if encoding == "q":
        return unquote_to_bytes(
            _Q_ESCAPE.sub(b"%3D", raw.replace(b"%", b"%25").replace(b"_", b" ")).replace(b"=", b"%")
        )
    return base64_bytes(content)


def base64_bytes(content: str) -> bytes:
    """Base64 of a header word: junk is skipped, missing padding supplied, a lone last character dropped."""
    letters = _NOT_BASE64.sub("", content)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    except binascii.Error:
        return b""


def _text_of(run: list[tuple[str, bytes]]) -> str:
    """Words of one charset are joined before they are read: many senders cut inside a character (against §5)."""
    text: list[str] = []
    at = 0
    while at < len(run):
        charset = run[at][0]
        end = at + 1
        while end < len(run) and run[end][0] == charset:
            end += 1
        text.append(_joined(charset, [data for _, data in run[at:end]]))
        at = end
    return "".join(text)


def _joined(charset: str, pieces: list[bytes]) -> str:
    codec = codec_of(charset)
    if codec and len(pieces) > 1 and codec.startswith(("iso2022", "utf_7", "utf_16", "hz")):
        # Each word starts in the charset's first state (§3), so joined bytes would be read in the wrong one.
        try:
            return "".join(piece.decode(codec) for piece in pieces)
        except UnicodeError:
            pass
    return decode(b"".join(pieces), charset)[0]
