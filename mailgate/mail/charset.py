"""Bytes become characters: a chain of readings of what was declared and what the bytes say, which never raises.

It knows nothing of headers or MIME (`encoded.py`, `body.py`). What a name means is `charset_names.py`, what the bytes
say themselves `guess.py`.
"""

from __future__ import annotations

import re

from mailgate.mail.charset_names import JAPANESE, codec_of
from mailgate.mail.doubled import undoubled
from mailgate.mail.guess import guess, is_utf8, read_as, says_itself
from mailgate.mail.likely import is_known, likely, worth_as

_SINGLE_BYTE = re.compile(r"cp(?:1|8|4|7|0|2|5)|iso8859|koi8|mac|kz1048|ptcp154|tis")
_NOT_ASCII = (
    "utf_16", "utf_32", "utf_7", "hz", "iso2022", "cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140",
)  # fmt: skip
_DOUBLE_BYTE = ("gb18030", "big5hkscs", "cp950", "cp949", "cp932", "euc_jp")
# Windows' extension of an ISO set: what has characters there where the ISO set has controls, is that.
_WINDOWS = {
    "iso8859_2": "cp1250", "iso8859_4": "cp1257", "iso8859_6": "cp1256", "iso8859_7": "cp1253", "iso8859_13": "cp1257",
    "iso8859_15": "cp1252", "iso8859_5": "cp1251",
}  # fmt: skip
_FAMILIES = ({"koi8_r", "koi8_u"}, {"big5", "big5hkscs", "cp950"})
_SWAPPING = ("koi8_r", "koi8_u", "cp1251")
_MARGIN, _MARGIN_OF_SWAPPED = 0.4, 0.1  # by how much another reading must be better (`likely.py`)
_SURROGATES = b"\xed"  # begins each in UTF-8, and some of Hangul
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_CONTROLS = re.compile("[\x80-\x9f]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_HIGH = bytes(range(0x80, 0x100))
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_TRULY = 64 * 1024
_SAMPLE = 4096  # bytes that a guess may look at: enough for every language, and a few milliseconds


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The characters of `data` and what was wrong with the declared charset ("" where nothing was)."""
    text, defect = _decode(data, declared)
    if "\x00" in text or (not text.isascii() and _SURROGATES in text.encode("utf_8", "surrogatepass")):
        text = _UNFIT.sub("", text)
    if not defect and not text.isascii() and (meant := undoubled(text)):
        return meant, "utf-8 that was encoded twice"
    return text, defect


def _decode(data: bytes, declared: str) -> tuple[str, str]:
    if not data:
        return "", ""
    codec = codec_of(declared) if declared else None
    if data.isascii() and b"\x1b" not in data and (codec is None or _reads_ascii_as_itself(codec)):
        return data.decode("ascii"), "" if codec or not declared else f"unknown charset {declared[:40]!r}"
    truth = says_itself(data, codec)
    if truth:
        text = read_as(truth, data).removeprefix("\ufeff")
        return text, "" if codec and codec.startswith(truth[:6]) else f"charset {declared[:40]!r}, but it was {truth}"
    if codec is None:
        text, used = guess(data)
        return text, f"unknown charset {declared[:40]!r}, read as {used}" if declared else f"no charset, read as {used}"
    if codec != "utf_8" and _is_surely_utf8(data, codec):
        return _not_latin(data, codec), f"charset {declared[:40]!r}, but it was utf-8"
    if other := _truly(data, codec):
        return data.decode(other, "replace"), f"charset {declared[:40]!r}, but it reads as {other}"
    try:
        text = read_as(codec, data, "strict").removeprefix("\ufeff")
    except UnicodeError:
        return _damaged(data, codec, declared)
    if codec in _WINDOWS and _CONTROLS.search(text):
        return data.decode(_WINDOWS[codec], "replace"), f"charset {declared[:40]!r}, but it was {_WINDOWS[codec]}"
    if _SINGLE_BYTE.match(codec) and (mended := _mixed(data, codec)):
        return mended, f"charset {declared[:40]!r}, in part utf-8"
    return text, ""


def _damaged(data: bytes, codec: str, declared: str) -> tuple[str, str]:
    """Most damage is a character cut in two, or a few foreign bytes: the declared codec still reads the rest."""
    text = read_as(codec, data)
    if _SINGLE_BYTE.match(codec):
        return _mixed(data, codec) or text, f"bytes that charset {declared[:40]!r} does not have"
    if codec == "utf_8" and (mended := _mixed(data, codec)):
        return mended, f"charset {declared[:40]!r}, in part another"
    odd = text.count("\ufffd")
    if codec == JAPANESE and b"\x1b" not in data:
        odd = len(data)
    elif codec == "euc_jp" and not odd:
        return text, ""
    strange = sum(1 for character in text if character > "\x7f")
    intact = codec == "utf_8" and 0 < odd <= len(_UTF8_CHARACTER.findall(data))  # another charset has these by chance
    if odd <= 2 < strange or odd * 10 <= strange or intact:
        return text, f"broken characters in charset {declared[:40]!r}"
    if codec == "big5hkscs":
        try:
            return data.decode("cp950"), f"charset {declared[:40]!r}, read as cp950"
        except UnicodeError:
            pass
    other, used = guess(data)
    if used == codec:
        return text, f"broken characters in charset {declared[:40]!r}"
    return other, f"charset {declared[:40]!r} does not fit, read as {used}"


def _mixed(data: bytes, codec: str) -> str:
    """A text in two charsets, one of them UTF-8, whose lines each are in one alone (a list's footer, a quote); "" where
    it is no such text."""
    if not _UTF8_CHARACTER.search(data):
        return ""
    lines = data.split(b"\n")
    foreign = [number for number, line in enumerate(lines) if not line.isascii() and _is_foreign(line, codec)]
    others = b"\n".join(lines[number] for number in foreign)
    if not foreign or (codec == "utf_8" and _UTF8_CHARACTER.search(others)):
        return ""  # none, or damaged lines of UTF-8 rather than lines in another charset
    instead = (guess(others)[0] if codec == "utf_8" else others.decode("utf_8")).split("\n")
    whole = data.decode(codec, "replace").split("\n")
    if len(whole) != len(lines) or len(instead) != len(foreign):
        return ""
    for number, words in zip(foreign, instead, strict=True):
        whole[number] = words
    return "\n".join(whole)


def _is_foreign(line: bytes, codec: str) -> bool:
    """Of a text in UTF-8 a line that is none; of a text in a single-byte charset a line that surely is UTF-8."""
    if codec == "utf_8":
        return not is_utf8(line)
    return is_utf8(line) and len(_UTF8_CHARACTER.findall(line)) > (codec != "cp1252")


def _truly(data: bytes, codec: str) -> str:
    """The codec of a text that says it is another because its program always does; "" where it may be what it says."""
    if not is_known(codec):
        return ""
    if codec in _DOUBLE_BYTE:
        try:
            if not _PRIVATE.search(data[: _SAMPLE * 4].decode(codec, "ignore")) and data.decode(codec):
                return ""
        except UnicodeDecodeError:
            pass
    strange = len(data) - len(data[:_TRULY].translate(None, _HIGH)) - max(len(data) - _TRULY, 0)
    if strange < 6:  # too little to tell
        return ""
    other, worth = likely(data)
    if other == codec or any({other, codec} <= family for family in _FAMILIES):
        return ""
    enough = _MARGIN_OF_SWAPPED if other in _SWAPPING and codec in _SWAPPING and _is_swapped(data, codec) else _MARGIN
    return other if worth > 0.6 and worth - worth_as(data, codec) > enough else ""


def _is_swapped(data: bytes, codec: str) -> bool:
    """Mostly capitals: KOI8 has the small letters of Cyrillic where Windows-1251 has the capital ones."""
    letters = [sign for sign in data[:_SAMPLE].decode(codec, "ignore") if sign > "\x7f" and sign.isalpha()]
    return sum(map(str.isupper, letters)) * 2 > len(letters)


def _not_latin(data: bytes, codec: str) -> str:
    """UTF-8 that was declared a double-byte charset: a program may have taken it for Latin-1 on the way."""
    text = data.decode("utf_8")
    if codec in _DOUBLE_BYTE:
        try:
            bytes_meant = text.encode("latin_1")
            meant = bytes_meant.decode(codec)
        except UnicodeError:
            return text
        return meant if worth_as(bytes_meant, codec) > 0.3 else text
    return text


def _reads_ascii_as_itself(codec: str) -> bool:
    return not codec.startswith(_NOT_ASCII)


def _is_surely_utf8(data: bytes, codec: str) -> bool:
    """Valid UTF-8 where another charset was declared. A single-byte text is so by chance only in odd pairs; a
    double-byte text of a few characters may be, so there more is asked for."""
    try:
        text = data.decode("utf_8")
    except UnicodeError:
        return False
    strange = len(data) - len(text)  # continuation bytes
    if _SINGLE_BYTE.match(codec) or not _reads_ascii_as_itself(codec):
        return strange > 0
    try:
        data.decode(codec)
    except UnicodeError:
        return True
    return strange >= 8
