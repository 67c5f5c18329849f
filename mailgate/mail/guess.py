"""What bytes say of their charset themselves: byte order marks, escapes, valid UTF-8, and at last how languages look.

It knows no declared charset (`charset.py`), and reads what Python's codecs read too strictly.
"""

from __future__ import annotations

from mailgate.mail.charset_names import JAPANESE, codec_of
from mailgate.mail.iso2022 import NEC, read_japanese, reads_as_japanese
from mailgate.mail.likely import is_sure, likely

_BOMS = (
    (b"\xef\xbb\xbf", "utf_8"), (b"\xff\xfe\0\0", "utf_32_le"), (b"\0\0\xfe\xff", "utf_32_be"),
    (b"\xff\xfe", "utf_16_le"), (b"\xfe\xff", "utf_16_be"),
)  # fmt: skip
_SAMPLE = 4096  # bytes that a guess may look at: enough for every language, and a few milliseconds


def read_as(codec: str, data: bytes, errors: str = "replace") -> str:
    """Like `data.decode(codec)`, with the reading of what Python reads too strictly."""
    if codec == JAPANESE:
        text = read_japanese(data)
        if errors == "strict" and ("\ufffd" in text or (b"\x1b" not in data and not data.isascii())):
            raise UnicodeError(codec)
        return text
    if codec == "euc_jp" and errors != "strict":
        return data.decode(codec, NEC)
    if codec == "utf_8" and b"\xed" in data:
        try:
            # CESU-8: the surrogates of what lies beyond the first plane, each a character (seen from databases).
            return data.decode("utf_8", "surrogatepass").encode("utf_16_le", "surrogatepass").decode("utf_16_le")
        except UnicodeError:
            pass
    return data.decode(codec, errors)


def guess(data: bytes) -> tuple[str, str]:
    """Characters of bytes of which nothing is known, and the codec that read them."""
    if said := says_itself(data, None):
        return read_as(said, data).removeprefix("\ufeff"), said
    try:
        return read_as("utf_8", data, "strict").removeprefix("\ufeff"), "utf_8"
    except UnicodeDecodeError as trouble:
        # Cut inside its last character: still UTF-8.
        if trouble.end >= len(data) - 1 and trouble.start >= len(data) - 3 and trouble.start > 3:
            return data.decode("utf_8", "replace"), "utf_8"
    lossy = data.decode("utf_8", "replace")
    if lossy.count("\ufffd") * 10 <= len(data) - len(lossy):
        return lossy, "utf_8"
    codec, worth = likely(data)
    if not is_sure(worth):
        codec = _normalizer(data[:_SAMPLE]) or "cp1252"
    return data.decode(codec, "replace"), codec


def says_itself(data: bytes, codec: str | None) -> str:
    """The codec of bytes that begin with a byte order mark or hold the escapes of Japanese, whatever they are called;
    of those called UTF-16 or UTF-32, the order they really have. "" where they say nothing."""
    if b"\x1b" in data and codec != "iso2022_kr" and reads_as_japanese(data) and "\ufffd" not in read_japanese(data):
        return JAPANESE
    wide = codec is not None and codec.startswith(("utf_16", "utf_32"))
    for mark, meant in _BOMS:
        if data.startswith(mark) and (wide or meant == "utf_8" or b"\0" in data):
            return meant if meant != "utf_8" or is_utf8(data) else ""
    if not wide:
        return ""
    if b"\0" not in data and is_utf8(data):
        return "utf_8"  # Seen in the wild: a template that says "unicode" of whatever it is filled with.
    if codec and codec.startswith("utf_32"):
        return "utf_32_le" if data[3::4].count(0) > data[0::4].count(0) else "utf_32_be"
    # The bytes that say which script it is differ less than those that say which letter.
    sample = data[:_SAMPLE]
    return "utf_16_le" if len(set(sample[1::2])) <= len(set(sample[0::2])) else "utf_16_be"


def is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf_8")
    except UnicodeDecodeError:
        return False
    return True


def _normalizer(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - slow to load, and few mails need it

    strange = bytes(byte for byte in sample if byte > 0x7F)
    if len(strange) < 4:
        return None  # a handful of accents: cp1252 is the likeliest by far, and no statistics can say more
    try:
        best = from_bytes(
            sample,
            cp_isolation="gb18030 big5 cp932 euc_jp cp949 cp1251 koi8_r cp1252 cp1250 cp1253 cp1255 cp1256 cp874"
            " cp866".split(),
            enable_fallback=False,
        ).best()
    except Exception:  # noqa: BLE001 - a guess must never cost the mail, whatever the guesser meets
        return None
    return codec_of(best.encoding) if best else None
