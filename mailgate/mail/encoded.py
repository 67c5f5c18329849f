"""Header values as seen in the wild become characters: RFC 2047 words and raw 8-bit, broken or not. Never raises."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from mailgate.mail.charset import decode
from mailgate.mail.charset_names import codec_of
from mailgate.mail.guess import guess, read_as
from mailgate.mail.iso2022 import reads_as_japanese

# The charset may stand in quotes, and white space round each piece.
_HEAD = re.compile(r"""=\?[ \t]{0,3}["']?([^?\s"']{0,60})["']?[ \t]{0,3}\?[ \t]{0,3}([bBqQ])[ \t]{0,3}\?""")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_Q_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2})")
_CUT_ESCAPE = re.compile(r"=[0-9A-Fa-f]?$")
# A "?=" that ends no word: a question mark that was not escaped, then an escape, and the word ends later.
_NO_END = re.compile(r"\?=[0-9A-Fa-f]{2}[^\s?]{0,75}\?=(?![0-9A-Fa-f]{2})")
# What is left of a word whose end was cut away, to the end of the value.
_REST = {"b": re.compile(r"[A-Za-z0-9+/]{4,}={0,2}\??\s*$"), "q": re.compile(r"[^\s?]{1,}\??\s*$")}
_ANY_ESCAPE = re.compile(r"=[0-9A-Fa-f]{2}")
_NESTED = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?.*\?=", re.DOTALL)
_NESTED_CAP = 2


@dataclass(slots=True)
class _Word:
    charset: str
    encoding: str  # "b" or "q"
    content: str

    def data(self) -> bytes:
        if self.encoding == "b":
            return base64_bytes(self.content)
        raw = self.content.encode("utf_8", "surrogateescape")
        raw = re.sub(rb"=[ \t]+", b"", raw)  # Seen in the wild: soft line breaks of a body's quoted-printable, folded
        return unquote_to_bytes(
            _Q_ESCAPE.sub(b"%3D", raw.replace(b"%", b"%25").replace(b"_", b" ")).replace(b"=", b"%")
        )


def read_value(value: bytes, hint: str = "") -> str:
    """The characters of one unfolded header value. `hint` is the charset of the mail's body, for raw 8-bit bytes."""
    return decode_words(raw_text(value, hint))


def raw_text(value: bytes, hint: str = "") -> str:
    """The characters of raw bytes in a header, encoded words left as they are. RFC 6532 means UTF-8."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    if not reads_as_japanese(value):
        try:
            return value.decode("utf_8").replace("\x00", "")
        except UnicodeError:
            if hint and codec_of(hint) not in (None, "utf_8"):
                return decode(value, hint)[0]
    return guess(value)[0].replace("\x00", "")


def decode_words(text: str) -> str:
    """RFC 2047, leniently: words may be glued to text, hold spaces, lack padding or their end, be cut inside a
    character, and be encoded once more. Linear."""
    for _ in range(_NESTED_CAP):
        if "=?" not in text:
            return text
        once = _decode_words(text)
        # Only a whole value that is one word again: what stands within a text may be meant as it stands.
        if once == text or not _NESTED.fullmatch(once.strip()):
            return once
        text = once
    return _decode_words(text)


def _decode_words(text: str) -> str:
    out: list[str] = []
    run: list[_Word] = []  # adjacent words: the white space between them is none of the text (§6.2)
    at = 0
    while True:
        head = _HEAD.search(text, at)
        found = _content(text, head) if head else None
        if head is None or found is None:
            break
        content, after = found
        between = text[at : head.start()]
        if between.strip() or (between and not run):
            out.append(_text_of(run))
            run = []
            out.append(between)
        word = _Word(head.group(1).partition("*")[0].lower(), head.group(2).lower(), content)
        if run:
            _mend_escape(run[-1], word)
        run.append(word)
        at = after
    out.append(_text_of(run))
    out.append(text[at:])
    return "".join(out)


def _mend_escape(last: _Word, word: _Word) -> None:
    """Seen in the wild: words cut inside an escape ("=C" and "3=BC")."""
    if last.charset != word.charset or last.encoding != "q" or word.encoding != "q":
        return
    cut = _CUT_ESCAPE.search(last.content)
    if cut and _ANY_ESCAPE.match(cut.group() + word.content):
        word.content = cut.group() + word.content
        last.content = last.content[: cut.start()]


def _content(text: str, head: re.Match[str]) -> tuple[str, int] | None:
    """What a word holds, and where the text goes on; None where the word never ends and nothing says what it holds."""
    start, encoding = head.end(), head.group(2).lower()
    stop = text.find("?=", start)
    if stop >= 0:
        if encoding == "q" and _NO_END.match(text, stop):
            stop = text.find("?=", stop + 2)
        return text[start:stop], stop + 2
    rest = _REST[encoding].match(text, start)
    if rest is None or (encoding == "q" and not _ANY_ESCAPE.search(rest.group())):
        return None
    return rest.group().strip().rstrip("?"), len(text)


def base64_bytes(content: str) -> bytes:
    """Base64 of a header word: junk is skipped, missing padding supplied, a lone last character dropped."""
    if "=" in content.rstrip("= "):
        # Seen in the wild: several encoded pieces in one word, each with its padding.
        return b"".join(_base64(piece) for piece in re.findall(r"[^=]+", content))
    return _base64(content)


def _base64(content: str) -> bytes:
    # "-" and "_": RFC 4648 §5, which some libraries take for RFC 2045's.
    letters = _NOT_BASE64.sub("", content.replace("-", "+").replace("_", "/"))
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    except binascii.Error:
        return b""


def _text_of(run: list[_Word]) -> str:
    """Words of one charset are joined before they are read: many senders cut inside a character (against §5)."""
    text: list[str] = []
    at = 0
    while at < len(run):
        charset = run[at].charset
        end = at + 1
        while end < len(run) and run[end].charset == charset:
            end += 1
        text.append(_joined(charset, [word.data() for word in run[at:end]]))
        at = end
    return "".join(text)


def _joined(charset: str, pieces: list[bytes]) -> str:
    codec = codec_of(charset)
    if codec and len(pieces) > 1 and codec.startswith(("iso2022", "utf_7", "utf_16", "hz")):
        # Each word starts in the charset's first state (§3), so joined bytes would be read in the wrong one.
        try:
            return "".join(read_as(codec, piece, "strict") for piece in pieces)
        except UnicodeError:
            pass
    return decode(b"".join(pieces), charset)[0]
