"""Bytes become characters: charset names as they come in the wild, and a chain of readings that never raises.

It knows nothing of headers or MIME (`encoded.py`, `parse.py`). Only codecs that are in `_CODECS` are ever used: Python
also registers transforms under such names (`punycode` is quadratic, `unicode_escape` runs escapes).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from mailgate.mail.likely import is_sure, likely, worth_as

# Python's own names of the codecs that mail may ask for.
_CODECS = frozenset(
    """
    ascii utf_8 utf_7 utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be
    gb18030 hz big5 big5hkscs cp950 cp932 shift_jis shift_jis_2004 shift_jisx0213 euc_jp euc_jis_2004 euc_jisx0213
    iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext cp949 johab iso2022_kr
    iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-11
    iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874
    koi8-r koi8-u koi8-t kz1048 ptcp154 tis-620 mac-roman mac-cyrillic mac-greek mac-turkish mac-latin2 mac-iceland
    cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp1006
    cp1125 cp037 cp273 cp424 cp500 cp875 cp1026 cp1140
    """.split()
)

# What a name means in mail, where that is not what Python takes it for. The wider set of a family stands for the
# narrower one, as in browsers (WHATWG Encoding §4.2): senders write the narrow name and use the wide characters.
_MEANT = {
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gb2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "cp936": "gb18030", "ms936": "gb18030", "windows-936": "gb18030", "euc-cn": "gb18030", "chinese": "gb18030",
    "gb-2312": "gb18030", "gb_18030": "gb18030", "hz-gb-2312": "hz", "x-gb2312": "gb18030",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "ksc_5601": "cp949", "ks_c_5601-1989": "cp949",
    "euc-kr": "cp949", "euckr": "cp949", "korean": "cp949", "x-windows-949": "cp949", "windows-949": "cp949",
    "ks-c-5601-1987": "cp949", "ksc5601-1987": "cp949", "5601": "cp949",
    "big5": "big5hkscs", "big-5": "big5hkscs", "x-big5": "big5hkscs", "cn-big5": "big5hkscs", "big5-eten": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "ms_kanji": "cp932", "csshiftjis": "cp932", "ms932": "cp932", "x-ms-cp932": "cp932", "shiftjis": "cp932",
    "euc-jp": "euc_jp", "x-euc-jp": "euc_jp", "eucjp": "euc_jp", "x-eucjp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext", "csiso2022jp": "iso2022_jp_ext", "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext", "cp50221": "iso2022_jp_ext", "jis": "iso2022_jp_ext", "iso2022-jp": "iso2022_jp_ext",
    "us-ascii": "cp1252", "ascii": "cp1252", "ansi_x3.4-1968": "cp1252", "iso646-us": "cp1252", "usascii": "cp1252",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "iso-8859-1-windows-3.1-latin-1": "cp1252", "ansi": "cp1252", "cp-1252": "cp1252", "x-ansi": "cp1252",
    "iso88591": "cp1252", "iso-88591": "cp1252", "8859-1": "cp1252", "western": "cp1252", "iso-8859-1-i": "cp1252",
    "iso-8859-9": "cp1254", "latin5": "cp1254", "iso-8859-8-i": "cp1255", "iso-8859-8-e": "cp1255",
    "iso-8859-8": "cp1255", "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874",
    "x-windows-874": "cp874",
    "macintosh": "mac-roman", "x-mac-roman": "mac-roman", "mac": "mac-roman", "x-mac-cyrillic": "mac-cyrillic",
    "koi8": "koi8-r", "koi8r": "koi8-r", "cp-866": "cp866", "win-1251": "cp1251", "win1251": "cp1251",
    "x-cp1251": "cp1251", "cp-1251": "cp1251", "cyrillic": "iso8859-5", "windows1251": "cp1251",
    "utf8": "utf_8", "utf-8": "utf_8", "utf": "utf_8", "utf-8-sig": "utf_8", "unicode-1-1-utf-8": "utf_8",
    "x-unicode-2-0-utf-8": "utf_8", "utf8mb4": "utf_8", "utf-8mb4": "utf_8", "utf_8": "utf_8", "cp65001": "utf_8",
    "utf-7": "utf_7", "utf7": "utf_7", "unicode-1-1-utf-7": "utf_7", "x-unicode-2-0-utf-7": "utf_7",
    "unicode-2-0-utf-7": "utf_7", "utf-16": "utf_16", "unicode": "utf_16", "ucs-2": "utf_16",
    "iso-10646-ucs-2": "utf_16",
}  # fmt: skip

_SINGLE_BYTE = re.compile(r"cp(?:1|8|4|7|0|2|5)|iso8859|koi8|mac|kz1048|ptcp154|tis")
_ESCAPED_JAPANESE = (b"\x1b$B", b"\x1b$@", b"\x1b$(")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_HIGH = bytes(range(0x80, 0x100))
_TRULY = 64 * 1024
_SAMPLE = 4096  # bytes that a guess may look at: enough for every language, and a few milliseconds


@lru_cache(maxsize=512)
def codec_of(name: str) -> str | None:
    """The codec that a charset name means in mail, None where no reading of the name is known."""
    name = name.strip(" \t\"'<>;,.").lower()[:60].removeprefix("charset=").strip("\"' ")
    known = _known(name)
    if known:
        return known
    # Seen in the wild: "iso-8859-1http-equivcontent-type", "utf-8;format=flowed", "windows-1252 charset=utf-8".
    head = re.match(
        r"(?:utf-?(?:8|7|16)|iso[-_]?8859[-_]\d{1,2}|windows-\d{3,4}|cp\d{3,4}|koi8-[ru]|gb\d{4,5}|gbk|big5)", name
    )
    return _known(head.group()) if head and head.group() != name else None


def _known(name: str) -> str | None:
    if name in _MEANT:
        return _MEANT[name]
    name = re.sub(r"^x-(?=cp|windows|iso|koi|euc|mac|utf)", "", name)
    if name in _MEANT:
        return _MEANT[name]
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):  # ValueError: a NUL in the name
        return None
    if found not in _CODECS and found.replace("-", "_") not in _CODECS:
        return None
    return _MEANT.get(found, found)


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The characters of `data` and what was wrong with the declared charset ("" where nothing was)."""
    text, defect = _decode(data, declared)
    return (_UNFIT.sub("", text) if _UNFIT.search(text) else text), defect


def _decode(data: bytes, declared: str) -> tuple[str, str]:
    if not data:
        return "", ""
    codec = codec_of(declared) if declared else None
    if data.isascii() and b"\x1b" not in data and (codec is None or _reads_ascii_as_itself(codec)):
        return data.decode("ascii"), "" if codec or not declared else f"unknown charset {declared[:40]!r}"
    if codec is None:
        text, used = guess(data)
        return text, f"unknown charset {declared[:40]!r}, read as {used}" if declared else f"no charset, read as {used}"
    if codec != "utf_8" and _is_surely_utf8(data, codec):
        return data.decode("utf_8"), f"charset {declared[:40]!r}, but it was utf-8"
    if codec == "cp1252" and (other := _truly(data)):
        return data.decode(other, "replace"), f"charset {declared[:40]!r}, but it reads as {other}"
    try:
        return data.decode(codec).removeprefix("\ufeff"), ""
    except UnicodeError:
        return _damaged(data, codec, declared)


def _damaged(data: bytes, codec: str, declared: str) -> tuple[str, str]:
    """Most damage is a character cut in two, or a few foreign bytes: the declared codec still reads the rest."""
    text = data.decode(codec, "replace")
    odd = text.count("\ufffd")
    if _SINGLE_BYTE.match(codec):
        return text, f"bytes that charset {declared[:40]!r} does not have"
    strange = sum(1 for character in text if character > "\x7f")
    if odd <= 2 < strange or odd * 10 <= strange:
        return text, f"broken characters in charset {declared[:40]!r}"
    for wider in ("cp932",) if codec == "iso2022_jp_ext" else ("cp950",) if codec == "big5hkscs" else ():
        try:
            return data.decode(wider), f"charset {declared[:40]!r}, read as {wider}"
        except UnicodeError:
            continue
    other, used = guess(data)
    if used == codec:
        return text, f"broken characters in charset {declared[:40]!r}"
    return other, f"charset {declared[:40]!r} does not fit, read as {used}"


def _truly(data: bytes) -> str:
    """The codec of a text that says it is Latin-1 or ASCII because its program always does; "" where it may be."""
    strange = len(data) - len(data[:_TRULY].translate(None, _HIGH)) - max(len(data) - _TRULY, 0)
    if strange < 6:  # too little to tell
        return ""
    codec, worth = likely(data)
    return codec if worth > 0.6 and worth - worth_as(data, "cp1252") > 0.4 else ""


def _reads_ascii_as_itself(codec: str) -> bool:
    return not codec.startswith(("utf_16", "utf_32", "utf_7", "hz", "iso2022", "cp037", "cp273", "cp424", "cp500",
                                 "cp875", "cp1026", "cp1140"))  # fmt: skip


def _is_surely_utf8(data: bytes, codec: str) -> bool:
    """Valid UTF-8 where another charset was declared. A single-byte text is so by chance only in odd pairs; a
    double-byte text of a few characters may be, so there more is asked for."""
    if not _reads_ascii_as_itself(codec):
        return False
    try:
        text = data.decode("utf_8")
    except UnicodeError:
        return False
    strange = len(data) - len(text)  # continuation bytes
    if _SINGLE_BYTE.match(codec):
        return strange > 0
    try:
        data.decode(codec)
    except UnicodeError:
        return True
    return strange >= 8


def guess(data: bytes) -> tuple[str, str]:
    """Characters of bytes of which nothing is known, and the codec that read them."""
    if any(mark in data for mark in _ESCAPED_JAPANESE):
        try:
            return data.decode("iso2022_jp_ext"), "iso2022_jp_ext"
        except UnicodeError:
            pass
    try:
        return data.decode("utf_8").removeprefix("\ufeff"), "utf_8"
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


def _normalizer(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - slow to load, and few mails need it

    strange = bytes(byte for byte in sample if byte > 0x7F)
    if len(strange) < 4:
        return None  # a handful of accents: cp1252 is the likeliest by far, and no statistics can say more
    try:
        best = from_bytes(
            sample,
            cp_isolation=[
                "gb18030",
                "big5",
                "cp932",
                "euc_jp",
                "cp949",
                "cp1251",
                "koi8_r",
                "cp1252",
                "cp1250",
                "cp1253",
                "cp1255",
                "cp1256",
                "cp874",
                "cp866",
            ],
            enable_fallback=False,
        ).best()
    except Exception:  # noqa: BLE001 - a guess must never cost the mail, whatever the guesser meets
        return None
    return codec_of(best.encoding) if best else None
