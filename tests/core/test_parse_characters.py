"""Charsets as they come in the wild: wrong, missing, misnamed, cut."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fixture_mail import read, read_bytes
from mailgate.mail.charset import decode
from mailgate.mail.charset_names import codec_of
from mailgate.mail.encoded import decode_words, read_value
from mailgate.mail.guess import guess
from mailgate.mail.names import one_line, safe_name
from mailgate.mail.params import read_params


@pytest.mark.parametrize(
    ("name", "subject", "text"),
    [
        ("charset_gb2312_is_gbk", "朱镕基帳戶", "朱镕基的帳戶"),
        ("charset_ks_c_5601", "안녕하세요 똠방각하", "프린터가 고장났어요. 펲시"),
        ("charset_unknown", "Unknown", "Schöne Grüße aus Köln"),
        ("charset_says_ascii_is_utf8", "Ascii", "Schöne Grüße aus Köln"),
        ("charset_says_latin1_is_cyrillic", "Latin", "Здравствуйте, принтер не печатает уже второй день."),
        ("charset_utf7", "Grüße", "Grüße aus Köln"),
        ("subject_iso_2022_jp", "添付ファイルが開けません", "こんにちは。"),
        ("subject_encoded_word_cut", "日本語の件名です", "Words."),
        ("subject_raw_koi8", "Не работает почта", "Words."),
        ("subject_encoded_crlf", "hello X-Auth: engineer", "Words."),
        ("header_line_without_indent", "A long subject that some program has wrapped without an indent", "The body."),
    ],
)
def test_subject_and_text_are_what_was_written(name: str, subject: str, text: str) -> None:
    mail = read(name)
    assert mail.subject == subject
    assert mail.text == text


@pytest.mark.parametrize(
    "name",
    ["charset_unknown", "charset_says_ascii_is_utf8", "charset_says_latin1_is_cyrillic", "header_line_without_indent"],
)
def test_what_was_wrong_is_recorded(name: str) -> None:
    assert read(name).defects


@pytest.mark.parametrize(
    ("words", "codec"),
    [
        ("Ho già scritto più volte, però nessuno mi ha risposto: è così?", "cp1252"),
        ("Je vous ai déjà écrit, où en êtes-vous ? Merci à vous.", "cp1252"),
        ("Jag får inte någon bekräftelse på min beställning.", "cp1252"),
        ("Nie mogę się zalogować, proszę o pomoc w odzyskaniu hasła.", "iso8859_2"),
        ("Dobrý den, můj účet nefunguje, prosím o vyřešení potíží.", "cp1250"),
        ("Не могу войти в личный кабинет, пришлите новый пароль.", "koi8-r"),
        ("СРОЧНО НУЖНА ПОМОЩЬ", "cp1251"),
        ("Не приходит письмо", "cp866"),
        ("Δεν μπορώ να συνδεθώ στον λογαριασμό μου.", "cp1253"),
        ("אני לא מצליח להתחבר לחשבון שלי", "cp1255"),
        ("لا أستطيع الدخول إلى حسابي منذ أمس", "cp1256"),
        ("Hesabıma giriş yapamıyorum, şifremi değiştirdim.", "cp1254"),
        ("ไม่สามารถเข้าสู่ระบบได้", "cp874"),
        ("我无法登录我的账户,请尽快帮我处理", "gb18030"),
        ("我無法登入我的帳戶,請儘快幫我處理", "big5"),
        ("ログインできません。どうすればよいですか。", "cp932"),
        ("ログインできません。どうすればよいですか。", "euc_jp"),
        ("로그인이 되지 않습니다. 확인 부탁드립니다.", "cp949"),
        ("ログインできません。", "iso2022_jp"),
        ("Ça marche – très bien", "utf_8"),
    ],
)
def test_bytes_that_say_nothing_are_read_in_their_language(words: str, codec: str) -> None:
    assert guess(words.encode(codec))[0] == words


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("utf8", "utf_8"),
        ("UTF-8 ", "utf_8"),
        ('"utf-8"', "utf_8"),
        ("charset=us-ascii", "cp1252"),
        ("ISO-8859-1", "cp1252"),
        ("iso-8859-1http-equivcontent-type", "cp1252"),
        ("x-cp1250", "cp1250"),
        ("GB2312", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("Shift_JIS", "cp932"),
        ("windows-31J", "cp932"),
        ("unicode-1-1-utf-7", "utf_7"),
        ("iso-8859-8-i", "cp1255"),
        ("KOI8-U", "koi8_u"),
        ("punycode", None),
        ("unicode_escape", None),
        ("base64", None),
        ("rot13", None),
        ("undefined", None),
        ("x-unknown", None),
        ("", None),
        ("\x00", None),
    ],
)
def test_a_charset_name_means_what_mail_means_by_it(name: str, codec: str | None) -> None:
    assert codec_of(name) == codec


def test_a_few_broken_characters_do_not_turn_utf8_into_something_else() -> None:
    text, defect = decode("Grüße aus Köln, schöne Straße".encode() + b"\xff", "utf-8")
    assert text.startswith("Grüße aus Köln, schöne Straße")
    assert defect


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        ("=?utf-8?q?a_b?= =?utf-8?q?c?=", "a bc"),
        ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        ("glued=?utf-8?q?=C3=A4?=text", "gluedätext"),
        ("=?utf-8?Q?with spaces inside?=", "with spaces inside"),
        ("=?utf-8?q?50%25=ZZ_=?=", "50%25=ZZ ="),
        ("=?utf-8?b?w6TDtg?=", "äö"),
        ("=?utf-8?B?8J-YgA==?=", "😀"),
        ("=?utf-8?b?w6T*Dt!g==?=", "äö"),
        ("=?utf-8*en?q?lang?=", "lang"),
        ("=?iso-8859-1?q?=E4?= =?utf-8?q?=C3=A4?=", "ää"),
        ("=?UTF-8?B?w?= =?UTF-8?B?6Q=?=", "?=?UTF-8?B?6Q=?="),
        ("=?x-unknown?q?=E4?=", "ä"),
        ("=?utf-8?q?never ends", "=?utf-8?q?never ends"),
        ("=?a?z?b?=", "=?a?z?b?="),
        ("no words = ? here ?=", "no words = ? here ?="),
        ("=?UTF-8?B?TcO8?==?utf-8?Q?ller?=", "Müller"),
        ("=?utf-8?Q?M=C?= =?utf-8?Q?3=BCller?=", "Müller"),
        ("=?utf-8?Q?M=c3=bcller AG?=", "Müller AG"),
        ("=?utf-8?Q?M=C3=BC= ller?=", "Müller"),
        ("=?utf-8?B?TcO8bGxlcg=", "Müller"),
        ("Re: =?utf-8?B?TcO8bGxlcg==", "Re: Müller"),
        ("=?utf-8?Q?M=C3=BCller?", "Müller"),
        ("=?utf-8?Q?=3D=3Futf-8=3FQ=3FM=3DC3=3DBCller=3F=3D?=", "Müller"),
        ("=?utf-8?B?PT91dGYtOD9CP1RjTzhiR3hsY2c9PT89?=", "Müller"),
        ("about =?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?= words", "about =?utf-8?Q?a?= words"),
        ("=? utf-8 ?B?TcO8bGxlcg==?=", "Müller"),
        ('=?"utf-8"?B?TcO8bGxlcg==?=', "Müller"),
        ("=?utf-8? b ?TcO8bGxlcg==?=", "Müller"),
        ("=??Q?M=FCller?=", "Müller"),
        ("=?default?Q?M=FCller?=", "Müller"),
        ("=?us-ascii?Q?M=C3=BCller?=", "Müller"),
        ("=?utf-8?Q?M=FCller?=", "Müller"),
        ("=?utf-7?Q?M+APw-ller?=", "Müller"),
        ("=?utf-8?Q?So?=C3=BCber?=", "So?über"),
        ("=?utf-8?Q?Why?_What??=", "Why? What?"),
        ("=?utf-8?B?TcO8bA==bGVy?=", "Müller"),
        ('"=?utf-8?Q?M=C3=BCller?=" <a@example.com>', '"Müller" <a@example.com>'),
        ("=?iso-2022-jp?B?GyRCRnxLXA==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=", "日本語"),
    ],
)
def test_encoded_words_in_all_their_forms(raw: str, read_as: str) -> None:
    if read_as.startswith("?"):  # one that may be anything but must not raise
        assert isinstance(decode_words(raw), str)
    else:
        assert decode_words(raw) == read_as


@settings(deadline=None)
@given(
    some.text(alphabet=some.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=60),
    some.data(),
)
def test_encoded_words_cut_anywhere_come_back_whole(text: str, data: some.DataObject) -> None:
    raw = text.encode()
    words: list[str] = []
    while raw:
        size = data.draw(some.integers(1, len(raw)))
        piece, raw = raw[:size], raw[size:]
        if data.draw(some.booleans()):
            words.append(f"=?utf-8?b?{base64.b64encode(piece).decode()}?=")
        else:
            words.append("=?utf-8?q?" + "".join(f"={byte:02X}" for byte in piece) + "?=")
    assert decode_words("\n ".join(words).replace("\n", "")) == text.removeprefix("\ufeff")


@settings(deadline=None)
@given(
    some.binary(max_size=200), some.sampled_from(["", "utf-8", "gb2312", "iso-2022-jp", "utf-7", "x", "utf-16", "hz"])
)
def test_no_bytes_in_no_charset_raise_or_leave_what_a_database_refuses(data: bytes, charset: str) -> None:
    text, _ = decode(data, charset)
    assert "\x00" not in text
    text.encode()
    read_value(data, charset).encode("utf-8", "strict")


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("name_rfc2231", ["Grüße aus K.pdf"]),
        ("name_rfc2047", ["Grüße.pdf", "my offer (2).pdf"]),
        ("name_raw_8bit", ["Übersicht.pdf"]),
        ("name_tricks", ["passwd", "offer.pdf", "photogpj.exe", "ab c.pdf", ""]),
    ],
)
def test_file_names_are_read_and_made_safe(name: str, files: list[str]) -> None:
    assert [one.name for one in read(name).attachments] == files


@settings(deadline=None)
@given(some.text(max_size=400))
def test_a_safe_name_can_be_saved_under(text: str) -> None:
    name = safe_name(text)
    assert not set(name) & set("/\\<>|\x00\n\r\u202e")
    assert name not in (".", "..")
    assert len(name.encode()) <= 255


@settings(deadline=None)
@given(some.text(max_size=200))
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert not set(line) & set("\u202e\u2066\u200f\x00\x85\u2028")
    line.encode()


@pytest.mark.parametrize(
    ("raw", "value", "params"),
    [
        (b'text/plain; charset="utf-8"; name=a b.txt', "text/plain", {"charset": "utf-8", "name": "a b.txt"}),
        (b'a/b; name="x;y\\"z"; q=1', "a/b", {"name": 'x;y"z', "q": "1"}),
        (b'a/b; name="never closed; q=1', "a/b", {"name": "never closed", "q": "1"}),
        (b"a/b; NAME=first; name=second", "a/b", {"name": "first"}),
        (b"a/b; name=plain; name*=utf-8''st%C3%A4r", "a/b", {"name": "stär"}),
        (b"a/b; name*1=b; name*0=a", "a/b", {"name": "ab"}),
        (b"a/b; name*0*=iso-8859-1'en'%E4; name*1=%20", "a/b", {"name": "ä%20"}),
        (b"charset=utf-8", "", {"charset": "utf-8"}),
        (b"", "", {}),
        (b";;;=;*=;*0=;", "", {}),
    ],
)
def test_parameters_in_all_dialects(raw: bytes, value: str, params: dict[str, str]) -> None:
    found = read_params(raw)
    assert found.value == value
    assert found.params == params


def test_parameters_behind_the_cap_are_not_read() -> None:
    found = read_params(b"a/b; name=early; " + b"x" * 9_000 + b"; charset=late")
    assert found.capped
    assert found.params == {"name": "early"}


@settings(deadline=None)
@given(some.binary(max_size=300))
def test_no_parameters_raise(raw: bytes) -> None:
    read_params(raw)


def test_html_without_a_charset_is_read_in_the_one_it_names() -> None:
    body = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=koi8-r"></head>почта</html>'
    assert read_bytes(b"Content-Type: text/html\n\n" + body.encode("koi8-r")).text == "почта"
