"""File names in every dialect that mail programs write, and what is left of them to save a file under."""

from __future__ import annotations

import pytest

from mailgate.mail.names import safe_name
from mailgate.mail.params import file_name, read_params


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"name*=utf-8''M%C3%BCller.pdf", "Müller.pdf"),
        (b"name*=UTF-8'de'M%C3%BCller.pdf", "Müller.pdf"),
        (b"name*=\"utf-8''M%C3%BCller.pdf\"", "Müller.pdf"),
        (b"name*=''M%C3%BCller.pdf", "Müller.pdf"),
        (b"name*=M%C3%BCller.pdf", "Müller.pdf"),
        (b"name*=utf-8'M%C3%BCller.pdf", "Müller.pdf"),
        (b"name=M%C3%BCller.pdf", "Müller.pdf"),
        (b'name="100%25 sure.pdf"', "100%25 sure.pdf"),
        (b"name=\"utf-8''M%C3%BCller.pdf\"", "Müller.pdf"),
        (b'name="=?utf-8?Q?M=C3=BCller.pdf?="', "Müller.pdf"),
        (b"name==?utf-8?Q?M=C3=BCller.pdf?=", "Müller.pdf"),
        (b'name="=?utf-8?B?TcO8?= =?utf-8?B?bGxlci5wZGY=?="', "Müller.pdf"),
        (b'name*0="=?utf-8?B?TcO8"; name*1="bGxlci5wZGY=?="', "Müller.pdf"),
        (b"name*0*=utf-8''M%C3; name*1*=%BCller; name*2=.pdf", "Müller.pdf"),
        (b"name*0=M; name*1=uel; name*2=ler.pdf", "Mueller.pdf"),
        (b"name*1*=%BCller.pdf; name*0*=utf-8''M%C3", "Müller.pdf"),
        (b"name*0*=utf-8''M%C3%BC; name*1=ller%20x.pdf", "Müller%20x.pdf"),
        (b"name*0=utf-8''M%C3%BC; name*1=ller.pdf", "Müller.pdf"),
        (b"name*0*=utf-8''a; name*2*=c.pdf", "ac.pdf"),
        (b"name*1=a; name*2=b.pdf", "ab.pdf"),
        (b"name*00=a; name*01=b.pdf", "ab.pdf"),
        (b'name="a;b.pdf"', "a;b.pdf"),
        (b"name=a;b.pdf", "a;b.pdf"),
        (b"name=Offer; part 2.pdf; size=3", "Offer; part 2.pdf"),
        (b"name=a b c.pdf", "a b c.pdf"),
        (b"name='a b.pdf'", "a b.pdf"),
        (b'name="a\\"b.pdf"', 'a"b.pdf'),
        (b'name="C:\\temp\\a.pdf"', "C:\\temp\\a.pdf"),
        (b'name = "a.pdf"', "a.pdf"),
        (b'name="a.pdf', "a.pdf"),
        (b'name=a.pdf"', "a.pdf"),
        (b'name=""a.pdf""', "a.pdf"),
        (b'name="\xe2\x80\x9ca\xe2\x80\x9d.pdf"', "“a”.pdf"),
        (b"name=(comment)a.pdf", "(comment)a.pdf"),
        (b'name="a.pdf" (comment)', "a.pdf"),
        (b"NAME=a.pdf", "a.pdf"),
        (b'name="M\xc3\xbcller.pdf"', "Müller.pdf"),
        (b'name="M\xfcller.pdf"', "Müller.pdf"),
        (b'name="\xcf\xd4\xde\xa3\xd4.pdf"', "отчёт.pdf"),
        (b'name="\x1b$B@A5a=q\x1b(B.pdf"', "請求書.pdf"),
        (b'name="\x1b$B@A5a=q\x1b(B.pdf"; q=1', "請求書.pdf"),
        (b"name*=iso-2022-jp''%1B%24B%40A5a%3Dq%1B%28B.pdf", "請求書.pdf"),
        (b"name*=utf-8''a%20b+c.pdf", "a b+c.pdf"),
        (b"name*=utf-8''100%.pdf", "100%.pdf"),
        (b"name*=utf-8''a%2Fb.pdf", "a/b.pdf"),
        (b"name*=x-unknown''M%FCller.pdf", "Müller.pdf"),
        (b"name*=iso-8859-1''M%C3%BCller.pdf", "Müller.pdf"),
        (b"name*=utf-8''M%FCller.pdf", "Müller.pdf"),
        (b"name*=utf-8''=?utf-8?Q?M=C3=BCller.pdf?=", "Müller.pdf"),
        (b"name*=utf-8''%3D%3Futf-8%3FQ%3FM%3DC3%3DBCller.pdf%3F%3D", "Müller.pdf"),
        (b'name="M\xc3\x83\xc2\xbcller.pdf"', "Müller.pdf"),
        (b"name*=utf-8''M%C3%83%C2%BCller.pdf", "Müller.pdf"),
        (b'name="=?utf-8?Q?a=3Bb.pdf?="', "a;b.pdf"),
        (b"name=; x=1", ""),
        (b'name="a.pdf"name="b.pdf"', "a.pdf"),
        (b'charset=utf-8 name="a b.pdf"', "a b.pdf"),
        (b"x=1, name=a.pdf", "a.pdf"),
        (b"name=a.pdf;;;size=3", "a.pdf"),
        (b'name*0*="utf-8\'\'M%C3%BC"; name*1*="ller.pdf"', "Müller.pdf"),
        (b'name="=?UTF-8?Q?a?= =?UTF-8?Q?b.pdf?="', "ab.pdf"),
        (b'name="=?UTF-8?Q?a?= b.pdf"', "a b.pdf"),
        (b'name="a&amp;b.pdf"', "a&amp;b.pdf"),
        (b'name="&#1087;.pdf"', "&#1087;.pdf"),
    ],
)
def test_a_name_is_read_in_every_dialect(written: bytes, name: str) -> None:
    assert read_params(b"application/pdf; " + written).params["name"] == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("../../etc/passwd", "passwd"),
        ("a/b.pdf", "a_b.pdf"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("COM1", "_COM1"),
        ("LPT9.pdf", "_LPT9.pdf"),
        ("COM10.pdf", "COM10.pdf"),
        ("console.txt", "console.txt"),
        ("a.pdf. . .", "a.pdf"),
        ("a.pdf\u3000 ", "a.pdf"),
        ("...", ""),
        (".bashrc", ".bashrc"),
        ("a\tb.pdf", "a b.pdf"),
        ("C:\\Users\\x\\a.pdf", "a.pdf"),
        ("\\\\srv\\share\\a.pdf", "a.pdf"),
        ("a⁄b.pdf", "a⁄b.pdf"),
        ("a   b.pdf", "a   b.pdf"),
        ("report.pdf                                   .exe", "report.pdf .exe"),
        ("~a.txt", "~a.txt"),
        ("-rf.txt", "-rf.txt"),
        ("CONIN$", "_CONIN$"),
        ("com¹.txt", "_com¹.txt"),
        ("a\x00b.pdf", "a b.pdf"),
        ("a%00.pdf", "a%00.pdf"),
        ("\u200fa.pdf", "a.pdf"),
        ("AUX ", "_AUX"),
        ("..\\..\\x", "x"),
        ("file:///tmp/a.pdf", "a.pdf"),
        ("https://x.test/a.pdf", "https___x.test_a.pdf"),
        ("a/../b", "b"),
        ("12/2026 Offer.pdf", "12_2026 Offer.pdf"),
        ("/", ""),
        ("ᅟ", ""),
        ("desktop.ini:stream", "desktop.ini_stream"),
        ('Re: "Offer" 2*?.eml', 'Re: "Offer" 2*?.eml'),
    ],
)
def test_a_name_is_safe_to_show_and_to_save_under(written: str, name: str) -> None:
    assert safe_name(written) == name


@pytest.mark.parametrize("ending", [".pdf", ".docx", ".tar.gz"])
def test_a_very_long_name_keeps_its_ending(ending: str) -> None:
    assert safe_name("\u00fc" * 300 + ending).endswith("\u00fc" + ending)


@pytest.mark.parametrize(
    ("disposition", "kind", "name"),
    [
        (b"attachment; filename=a.pdf", b"a/b; name=b.pdf", "a.pdf"),
        (b"attachment", b"a/b; name=b.pdf", "b.pdf"),
        (b"attachment; name=c.pdf", b"a/b", "c.pdf"),
        (b"attachment", b"a/b; filename=d.pdf", "d.pdf"),
        (b"attachment; filename=???.pdf", b"a/b; name*=utf-8''%D0%B1%D0%B2%D0%B3.pdf", "\u0431\u0432\u0433.pdf"),
        (b"attachment; filename=???.pdf", b"a/b; name=abc.pdf", "???.pdf"),
        (b'attachment filename="a.pdf"', b"", "a.pdf"),
        (b'filename="a.pdf"', b"", "a.pdf"),
    ],
)
def test_of_two_names_the_one_that_lost_no_characters_counts(disposition: bytes, kind: bytes, name: str) -> None:
    assert file_name(read_params(disposition), read_params(kind)) == name


@pytest.mark.parametrize(
    ("written", "charset"),
    [
        (b"text/plain; charset=utf-8; charset=iso-8859-1", "utf-8"),
        (b"text/plain; charset=utf-8 name=a.txt", "utf-8"),
        (b"text/plain charset=utf-8", "utf-8"),
        (b"text/plain, charset=utf-8", "utf-8"),
        (b'text/plain; charset="utf-8", name="a.txt"', "utf-8"),
        (b"text/plain; charset = utf-8 ; format=flowed", "utf-8"),
        (b"text/plain; charset='utf-8'", "'utf-8'"),
        (b"text/plain; charset*=us-ascii'en'utf-8", "utf-8"),
    ],
)
def test_a_charset_is_found_among_what_else_is_said(written: bytes, charset: str) -> None:
    found = read_params(written)
    assert found.value == "text/plain"
    assert found.params["charset"] == charset
