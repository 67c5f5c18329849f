"""What charsets are called in mail, what they are in truth: no mojibake where the answer can be known."""

from __future__ import annotations

import pytest

from mailgate.mail.charset import decode
from mailgate.mail.charset_names import codec_of
from mailgate.mail.doubled import undoubled

NAMES = {
    "cp949": "ks_c_5601-1987 KS_C_5601-1989 ksc5601 cseuckr uhc ms949 cp-949 x-ksc5601 iso-ir-149 EUC_KR windows-949",
    "gb18030": "GB2312 gb_2312-80 x-gbk csGB2312 GB18030 cp936 iso-ir-58 cn-gb x-euc-cn GBK gb18030-2000",
    "big5hkscs": "big5 Big5-HKSCS x-x-big5 csbig5 big5-tw cn-big5 big5-eten",
    "cp950": "cp950 windows-950 x-windows-950 ms950",
    "cp1252": "iso-8859-1 ISO_8859-1:1987 us-ascii US_ASCII us-acsii windows1252 win-1252 cp_1252 window-1252 ansi"
    " ansi-1252 8859_1 iso-8859 7bit latin1 ANSI_X3.4-1968 de_DE.ISO-8859-1",
    "utf_8": "utf8 UTF_8 utf-8, utf-8; \"utf-8\" 'utf-8' <utf-8> (utf-8) utf-8mb4 utf8mb4 uft-8 65001 cp65001 csUTF8"
    " x-utf-8 cesu-8 charset=utf-8 charset:utf-8 en_US.UTF-8 utf-8(comment) unicode-1-1-utf-8",
    "cp850": "cp-850 ibm850 IBM-850 pc850 dos-850 cp00850",
    "cp932": "x-sjis Shift_JIS shift-jis sjis-win windows-932 windows-31j csWindows31J x-mac-japanese MS_Kanji",
    "euc_jp": "euc-jp x-euc-jp eucJP-win eucjp-ms cp51932 x-euc",
    "iso2022_jp": "iso-2022-jp iso-2022-jp-1 ISO-2022-JP-2 iso-2022-jp-3 iso-2022-jp-ms cp50220 cp50221 CP50222 jis"
    " iso2022jp iso-2022-jp-2004 _iso-2022-jp$ESC",
    "cp1255": "iso-8859-8-i iso-8859-8 windows-1255 hebrew logical",
    "koi8_u": "koi8-u koi8-ru",
    "koi8_r": "koi8-r KOI8_R koi8 cskoi8r",
    "cp1251": "windows-1251 win-1251 window-1251 cp-1251 1251 x-cp1251 ansi-1251",
    "cp874": "tis-620 TIS-620-2533 windows-874 iso-8859-11 x-tis-620 dos-874",
    "mac_roman": "macintosh x-mac-roman MacRoman",
    "mac_latin2": "x-mac-ce x-mac-centraleurroman",
    "iso8859_2": "iso-8859-2 latin2 latin-2 ISO_8859-2:1987",
    "iso8859_15": "iso-8859-15 latin9 latin-9",
    "cp1254": "iso-8859-9 latin5 windows-1254",
    "utf_16": "utf-16 unicode ucs-2",
    "utf_7": "utf-7 unicode-1-1-utf-7",
    "": "x-unknown unknown-8bit unknown default x-user-defined none 8bit binary punycode unicode_escape base64 rot13"
    " iso-8859-12 %CHARSET% utf-9000 cp99999",
}


@pytest.mark.parametrize(("name", "codec"), [(name, codec) for codec, names in NAMES.items() for name in names.split()])
def test_a_charset_is_what_its_name_means_in_mail(name: str, codec: str) -> None:
    assert (codec_of(name) or "") == codec


def jis(text: str) -> bytes:
    return bytes(byte & 0x7F for byte in text.encode("euc_jp"))


def kana(text: str) -> bytes:
    return bytes(byte & 0x7F for byte in text.encode("cp932"))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b$B" + jis("添付") + b"\x1b(I" + kana("ﾌｧｲﾙ") + b"\x1b(B.", "添付ﾌｧｲﾙ."),
        (b"\x1b$B" + jis("添付") + b"\x1b(B" + "ﾌｧｲﾙ".encode("cp932"), "添付ﾌｧｲﾙ"),
        (b"\x1b$B" + jis("添付") + b"\x1b(B\x0e" + kana("ﾌｧｲﾙ") + b"\x0f x", "添付ﾌｧｲﾙ x"),
        (b"\x1b$B\x2d\x21" + jis("日") + b"\x1b(B", "①日"),
        (b"\x1b$B\x7c\x62" + jis("日") + b"\x1b(B", "髙日"),
        (b"\x1b$@" + jis("日本") + b"\x1b(J", "日本"),
        (b"\x1b$B" + jis("日本") + b"\nplain\n\x1b$B" + jis("語") + b"\x1b(B", "日本\nplain\n語"),
        ("日本語 é".encode("iso2022_jp_2"), "日本語 é"),
        ("조 漢".encode("iso2022_jp_2"), "조 漢"),
        ("𠮟る".encode("iso2022_jp_2004"), "𠮟る"),
        ("丂".encode("iso2022_jp_1"), "丂"),
    ],
)
@pytest.mark.parametrize("label", ["iso-2022-jp", "iso-2022-jp-2", "iso-2022-jp-ms", "cp50220"])
def test_japanese_of_seven_bits_is_read_in_every_variant(data: bytes, text: str, label: str) -> None:
    assert decode(data, label) == (text, "")


JA = "日本語です。よろしくお願いします"
RU = "Привет, не работает"
CS = "Příliš žluťoučký kůň úpěl"


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("①②髙﨑", "cp932", "shift_jis"),
        ("안녕 똠방각하", "cp949", "euc-kr"),
        ("朱镕基帳戶€", "gb18030", "gb2312"),
        ("香港嘅㗎", "big5hkscs", "big5"),
        ("“quoted” – €", "cp1252", "iso-8859-1"),
        ("“quoted” – €", "cp1252", "us-ascii"),
        ("“quoted” – €", "utf_8", "iso-8859-1"),
        ("Müller", "utf_8", "windows-1252"),
        ("Müller", "latin_1", "utf-8"),
        ("é", "latin_1", "utf-8"),
        ("Grüße aus Köln", "latin_1", "utf-8"),
        ("Grüße aus Köln", "latin_1", "iso-2022-jp"),
        ("Grüße aus Köln", "utf_8", "iso-2022-jp"),
        ("Grüße aus Köln", "utf_8", "utf-7"),
        ("Grüße aus Köln", "utf_8", "utf-16"),
        ("plain words", "ascii", "utf-16"),
        (RU, "cp1251", "utf-8"),
        (RU, "cp1251", "iso-8859-1"),
        (RU, "cp1251", "koi8-r"),
        (RU, "koi8_r", "windows-1251"),
        (RU, "cp866", "windows-1251"),
        (JA, "cp932", "iso-2022-jp"),
        (JA, "euc_jp", "iso-2022-jp"),
        (JA, "cp932", "euc-jp"),
        (JA, "euc_jp", "shift_jis"),
        *((JA, "iso2022_jp", label) for label in ("utf-8", "us-ascii", "shift_jis", "x-unknown", "", "iso-8859-1")),
        ("我无法登录我的账户", "gb18030", "utf-8"),
        ("我无法登录我的账户", "gb18030", "iso-8859-1"),
        ("我無法登入我的帳戶", "big5", "gb2312"),
        (CS, "cp1250", "iso-8859-2"),
        (CS, "cp1250", "us-ascii"),
        ("Łódź żółć", "iso8859_2", "iso-8859-1"),
        ("\ufeffGrüße", "utf_8", "iso-8859-1"),
        *(
            ("\ufeffGrüße", codec, label)
            for codec in ("utf_16_le", "utf_16_be", "utf_32_le")
            for label in ("", "utf-8")
        ),
        ("Grüße, Ann", "utf_16_le", "utf-16"),
        ("Grüße, Ann", "utf_16_be", "utf-16"),
        ("Grüße, Ann", "utf_16_be", "utf-16le"),
        ("日本語です\nよろしく", "utf_16_le", "utf-16"),
    ],
)
def test_a_text_under_a_wrong_label_is_read_as_what_it_is(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label)[0] == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("СРОЧНО! ИП ИВАНОВ, ДОГОВОР НЕ РАБОТАЕТ", "cp1251"),
        ("СРОЧНО! ИП ИВАНОВ, ДОГОВОР НЕ РАБОТАЕТ", "koi8_r"),
        ("ООО «РОМАШКА» прислала счёт", "cp1251"),
        ("НЕ ПРИХОДИТ ПИСЬМО", "koi8_r"),
        ("Große Bären – naïve Façade", "cp1252"),
        ("ÄÖÜ ÀÉÈ ÑÑ ÇÇ", "cp1252"),
        ("Größe 50 µm ± 3 °C", "cp1252"),
        ("ATENÇÃO: NÃO HÁ SOLUÇÃO, SÓ OPÇÕES", "cp1252"),
        ("± 5 mm, ±3, 20° ± 1°, ½ × ¼", "cp1252"),
        ("Señor Ñoño", "cp1252"),
        ("鈴木様 請求書", "cp932"),
        ("ﾃｽﾄ ﾒｰﾙ ﾃﾞｽ", "cp932"),
        ("中文", "gb18030"),
        ("測試", "big5"),
    ],
)
def test_a_text_under_its_right_label_is_left_alone(text: str, codec: str) -> None:
    assert decode(text.encode(codec), codec)[0] == text


def test_a_footer_in_another_charset_does_not_spoil_the_words() -> None:
    words, footer = "Grüße aus Köln, schöne Straße", "_______\nListe für Bürger – abmelden möglich"
    assert decode(f"{words}\n".encode() + footer.encode("cp1252"), "utf-8")[0] == f"{words}\n{footer}"
    assert decode(f"{words}\n".encode("cp1252") + footer.encode(), "iso-8859-1")[0] == f"{words}\n{footer}"


@pytest.mark.parametrize(
    ("text", "enough", "meant"),
    [
        ("MÃ¼ller", 1, "Müller"),
        ("MÃ¼ller", 4, ""),
        ("GrÃ¼Ã\x9fe", 4, "Grüße"),
        ("GrÃ¼ÃŸe aus KÃ¶ln, schÃ¶ne StraÃŸe", 4, "Grüße aus Köln, schöne Straße"),
        ("Statt Grüße steht da GrÃ¼ÃŸe und KÃ¶ln und Ã¤", 4, ""),
        ("NÃO", 1, ""),
        ("Â© Â®", 1, ""),
        ("ПÑ", 1, ""),
    ],
)
def test_what_was_encoded_twice_is_known_for_sure_or_left_alone(text: str, enough: int, meant: str) -> None:
    assert undoubled(text, enough) == meant


def test_characters_beyond_the_first_plane_that_a_database_wrote_as_surrogates_are_read() -> None:
    assert decode(b"ok \xed\xa0\xbd\xed\xb8\x80", "utf-8")[0] == "ok 😀"


def test_big5_that_was_taken_for_latin_on_its_way_is_read_as_what_it_was() -> None:
    assert decode("繁體中文光碟版".encode("big5").decode("latin_1").encode(), "big5")[0] == "繁體中文光碟版"
