"""Names of charsets, as they come in the wild, become codecs. It reads no text (`charset.py`).

Only codecs that are in `_CODECS` are ever used: Python also registers transforms under such names (`punycode` is
quadratic, `unicode_escape` runs escapes).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Final

# All ISO-2022-JP there is, read by `iso2022.py`: senders name one variant and use another.
JAPANESE: Final = "iso2022_jp"

# Python's own names of the codecs that mail may ask for.
_CODECS = frozenset(
    """
    ascii utf_8 utf_7 utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be
    gb18030 hz big5 big5hkscs cp950 cp932 shift_jis shift_jis_2004 shift_jisx0213 euc_jp euc_jis_2004 euc_jisx0213
    iso2022_jp cp949 johab iso2022_kr
    iso8859_1 iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10 iso8859_11
    iso8859_13 iso8859_14 iso8859_15 iso8859_16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874
    koi8_r koi8_u koi8_t kz1048 ptcp154 tis_620 mac_roman mac_cyrillic mac_greek mac_turkish mac_latin2 mac_iceland
    cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp1006
    cp1125 cp037 cp273 cp424 cp500 cp875 cp1026 cp1140
    """.split()
)

# What a name means in mail, its letters and digits alone ("KS_C_5601-1987" is ksc56011987). The wider set of a family
# stands for the narrower one, as in browsers (WHATWG Encoding §4.2): senders write the narrow name and use the wide
# characters. One codec a line.
_MEANT: Final[dict[str, str]] = {
    name: codec
    for codec, names in {
        "gb18030": "gb2312 gb231280 gbk csgb2312 csgbk isoir58 cngb euccn xeuccn chinese gb gb180302000 gb180302005"
        " gb2312gbk gbk2312 chinesegb2312 simplifiedchinese",
        "hz": "hz hzgb2312 hzgb",
        "cp949": "ksc5601 ksc56011987 ksc56011989 ksc56011992 euckr cseuckr cseksc56011987 csksc56011987 korean"
        " isoir149 uhc 5601 xwansung wansung ksx1001",
        "johab": "johab ksc56011992johab",
        "big5hkscs": "big5 csbig5 cnbig5 big5eten big5hkscs big5hk big5tw big5cht xxbig5 chinesebig5",
        "cp950": "big5uao",
        "cp932": "shiftjis csshiftjis sjis sjiswin sjisms mskanji cswindows31j windows31j shiftjiscp932"
        " sjiscp932 macjapanese shiftjisms",
        "euc_jp": "eucjp eucjpwin eucjpms euc ujis cseucpkdfmtjapanese eucjpopen",
        JAPANESE: "iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jp2004 iso2022jpext iso2022jpms iso2022jpwin"
        " csiso2022jp csiso2022jp2 jis jis7 jis8 jis7bit iso2022jpesc 2022jp",
        "iso2022_kr": "iso2022kr csiso2022kr",
        "cp1252": "usascii ascii asciius ansix341968 ansix341986 iso646us iso646 isoir6 us csascii usacsii usasci 7bit"
        " iso88591 iso885911987 iso885911windows31latin1 iso88591windows31latin1 iso8859 latin1 l1 isoir100 isolatin1"
        " csisolatin1 88591 ansi western westerneuropean iso88591i latin iso iso88591en",
        "iso8859_15": "latin9 latin0 iso885915euro",
        "iso8859_2": "latin2 l2 iso885921987 csisolatin2 isoir101",
        "cp1254": "iso88599 latin5 l5 iso885991989 csisolatin5 turkish iso88599e",
        "cp1255": "iso88598 iso88598i iso88598e iso885981988 hebrew logical visual csiso88598i csisolatinhebrew",
        "cp874": "iso885911 tis620 tis6202533 tis62025330 tis62025331 thai",
        "iso8859_6": "iso88596i iso88596e arabic asmo708 ecma114",
        "iso8859_7": "greek greek8 ecma118 elot928 sungreek",
        "mac_roman": "macintosh mac macroman applemacroman macwestern",
        "mac_latin2": "macce maccentraleurroman maccentraleurope",
        "mac_cyrillic": "maccyrillic macukrainian macukraine",
        "koi8_r": "koi8 koi8r koi cskoi8r",
        "koi8_u": "koi8ru koi8u",
        "iso8859_5": "cyrillic csisolatincyrillic",
        "utf_8": "utf8 utf utf8sig utf8bom utf8n unicode11utf8 unicode20utf8 xunicode20utf8 utf8mb4 utf8mb3 uft8 csutf8"
        " unicodeutf8 utf8unicode u8 cesu8 utf8mac utf8emoji utf08",
        "utf_7": "utf7 unicode11utf7 unicode20utf7 xunicode20utf7 csunicode11utf7 utf7imap",
        "utf_16": "utf16 unicode ucs2 iso10646ucs2 csunicode unicodefffe iso10646",
        "utf_32": "utf32 ucs4 iso10646ucs4",
    }.items()
    for name in names.split()
}
# Numbers of code pages, where Python's cp of that number is another or none.
_PAGES: Final = {
    "874": "cp874", "932": "cp932", "936": "gb18030", "949": "cp949", "950": "cp950", "1200": "utf_16_le",
    "1201": "utf_16_be", "10000": "mac_roman", "10007": "mac_cyrillic", "20127": "cp1252", "20866": "koi8_r",
    "20932": "euc_jp", "20936": "gb18030", "21866": "koi8_u", "28591": "cp1252", "28592": "iso8859_2",
    "28595": "iso8859_5", "28597": "iso8859_7", "28599": "cp1254", "28605": "iso8859_15", "38598": "cp1255",
    "50220": JAPANESE, "50221": JAPANESE, "50222": JAPANESE, "50225": "iso2022_kr", "51932": "euc_jp",
    "51936": "gb18030", "51949": "cp949", "52936": "hz", "54936": "gb18030", "65000": "utf_7", "65001": "utf_8",
    "943": "cp932", "970": "cp949", "1386": "gb18030", "1381": "gb18030", "1363": "cp949", "33722": "euc_jp",
    "813": "iso8859_7", "819": "cp1252", "912": "iso8859_2", "915": "iso8859_5", "920": "cp1254", "923": "iso8859_15",
}  # fmt: skip
_PAGE = re.compile(r"(?:windows|window|win|wind|cp|codepage|ansi|microsoftcp|mscp|ms|ibm|dos|pc|oem|)0{0,2}(\d{3,5})")
_LATIN = re.compile(r"iso8859(?:0)?(\d{1,2})(?:(?:19|20)\d\d)?[ie]?")
# Seen in the wild: "iso-8859-1http-equivcontent-type", "utf-8;format=flowed", "windows-1252 charset=utf-8",
# "_iso-2022-jp$ESC", "en_US.UTF-8".
_WITHIN = re.compile(
    r"utf-?(?:8|7|16|32)|iso[-_ ]?8859[-_ ]\d{1,2}|iso-?2022-(?:jp|kr)|(?:windows|cp)-?\d{3,5}|koi8-?[ru]|gb\d{4,5}|gbk"
    r"|big5|euc-?(?:jp|kr|cn)|shift[-_]?jis|ks_c_5601|us-ascii"
)


@lru_cache(maxsize=512)
def codec_of(name: str) -> str | None:
    """The codec that a charset name means in mail, None where no reading of the name is known."""
    name = name[:200].lower()
    name = re.sub(r"\([^()]*\)(?=.)|\0", " ", name) if name.strip(" \"'")[:1] != "(" else name.strip(" ()\"'")
    name = name.strip(" \t\"'<>;,.")[:60]
    name = re.sub(r"^charset\s?[=:]", "", name).strip("\"' ")
    known = _known(name)
    if known:
        return known
    found = _WITHIN.search(name)
    return _known(found.group()) if found and found.group() != name else None


def _known(name: str) -> str | None:
    whole = re.sub(r"[^a-z0-9]", "", name)
    for key in (whole, whole.removeprefix("x")):  # the name itself, then without the "x-" of private names
        if key in _MEANT:
            return _MEANT[key]
        if page := _PAGE.fullmatch(key):
            return _PAGES.get(page[1]) or _real(f"cp{page[1]}")
        if latin := _LATIN.fullmatch(key):
            codec = _real(f"iso8859_{latin[1]}")
            return _MEANT.get(f"iso8859{latin[1]}", codec) if codec else None
    return _real(name.removeprefix("x-"))


def _real(name: str) -> str | None:
    """Python's own reading of a name, where mail may ask for that codec."""
    try:
        found = codecs.lookup(name).name.replace("-", "_")
    except (LookupError, ValueError, UnicodeError):  # ValueError: a NUL in the name
        return None
    if found not in _CODECS:
        return None
    return _MEANT.get(found.replace("_", ""), found)
