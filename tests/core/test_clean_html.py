"""Cleaned html holds nothing but what is allowed, whoever parses it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import product

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.clean import ATTRIBUTES, STYLES, TAGS, clean_html
from mailgate.mail.text import MAX_DEPTH, html_to_text

_LOADS = re.compile(r"url|image|expression|import|@|\\|/\*|<|var\(|position|fixed|behavior", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "rel":
        return value == "noopener noreferrer nofollow"
    if name not in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()):
        return False
    if name == "href":
        return bool(_LINK.match(value))
    if name == "src":
        return value[:4].lower() == "cid:"
    if name == "style":
        names = {one.partition(":")[0].strip() for one in value.split(";")}
        return names <= STYLES and not _LOADS.search(value)
    return True


class _Reader(HTMLParser):
    """What stands in html that nothing allows, as Python reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.strange: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.strange += [tag] if tag not in TAGS else []
        self.strange += [f"{tag} {name}={value}" for name, value in attrs if not _is_allowed(tag, name, value or "")]

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def handle_decl(self, decl: str) -> None:
        self.strange.append(decl)

    def handle_pi(self, data: str) -> None:
        self.strange.append(data)

    def unknown_decl(self, data: str) -> None:
        self.strange.append(data)


def strange(clean: str) -> list[str]:
    """The same as three parsers read it: one that reads as browsers do has written it."""
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    root = lxml.html.document_fromstring(f"<div>{clean}</div>")
    for element in root.iter():
        if not isinstance(element.tag, str):
            reader.strange.append(str(element))
            continue
        if element.tag not in TAGS | {"html", "body"}:
            reader.strange.append(element.tag)
        reader.strange += [
            f"{name}={value}" for name, value in element.items() if not _is_allowed(element.tag, name, value)
        ]
    if clean_html(clean) != clean:
        reader.strange.append("cleaned once more it is another")
    return reader.strange


BAD = (
    "<script>bad()</script>",
    "<img src=x onerror=bad()>",
    "<img src='https://bad.example/x.png' srcset='https://bad.example/y.png 2x'>",
    "<img src='cid:a' lowsrc='https://bad.example' dynsrc=x onload=bad()>",
    "<picture><source srcset='https://bad.example/x'><img src='data:image/svg+xml;base64,PHN2Zz4='></picture>",
    "<a href='java\tscript:bad()'>x</a><a href='&#106;avascript:bad()'>x</a><a href=' javascript:bad()'>x</a>",
    "<a href='/admin/delete'>x</a><a href='//bad.example'>x</a><a href='x' target=_top ping='https://bad.example'>x</a>",
    "<a href='data:text/html,<script>bad()</script>'>x</a><a href='vbscript:bad'>x</a><a href='cid:x'>x</a>",
    "<a href='http:/admin'>x</a><a href='https:bad'>x</a><a href='mailto:'>x</a>",
    "<a id=main name=body class=header href='https://example.com'>x</a>",
    "<p style='background:url(https://bad.example/x)'>x",
    "<p style='background-color:red;background-image:url(x);color:expression(bad())'>x",
    "<p style='color:r\\65 d;font-family:\"a;background:url(x)\"'>x",
    "<p style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9'>x",
    "<p style='margin-left:-9999px;padding-left:99em;vertical-align:-900px;font-size:0'>x",
    "<p style='font-size:9000px'>x<p style='font-size:400%'>x<p style='font-size:0.01pt'>x",
    "<p style='display:none;visibility:hidden;opacity:0;color:transparent'>x",
    "<p style='color/**/:red;co\\lor:blue;color:var(--x);behavior:url(x)'>x",
    "<style>@import url(https://bad.example/x.css);body{display:none}</style>",
    "<link rel=stylesheet href=https://bad.example><base href=https://bad.example><meta http-equiv=refresh content=0>",
    "<iframe src=https://bad.example srcdoc='<script>bad()</script>'>f</iframe><object data=x>o</object><embed src=x>",
    "<form action=https://bad.example><input name=p value=v><button formaction=x>b</button></form>",
    "<svg onload=bad()><a xlink:href='javascript:bad()'><text>x</text></a><image href='https://bad.example'/></svg>",
    "<math><mi xlink:href='javascript:bad()'>x</mi><annotation-xml encoding='text/html'><img src=x></annotation-xml>",
    "<video src=https://bad.example poster=https://bad.example><source src=x></video><audio src=x autoplay></audio>",
    "<table background='https://bad.example'><td background='https://bad.example' width=99999 colspan=65000>x",
    "<body background='https://bad.example' onload=bad()>x<bgsound src=x><layer src=x></layer><isindex>",
    "<details ontoggle=bad() open>x</details><marquee onstart=bad()>x</marquee><dialog open>x</dialog>",
    "<noscript><p title='</noscript><img src=x onerror=bad()>'></noscript>",
    "<svg><style><img src=x onerror=bad()></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=bad()&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=bad()>",
    "<svg></p><style><a title='</style><img src onerror=bad()>'>",
    "<math><annotation-xml encoding=text/html><svg><foreignObject><style><!--</style><p title='--><img src=x>'>",
    "<template><script>bad()</script><img src=x></template>",
    "<!--><img src=x onerror=bad()>--><!-- --!><img src=x onerror=bad()>-->",
    "<![CDATA[<img src=x onerror=bad()>]]><?xml version='1'?><!DOCTYPE x [<!ENTITY a 'b'>]>",
    "<xmp><img src=x onerror=bad()></xmp><plaintext><img src=x>",
    "<noembed><img src=x></noembed><noframes><img src=x></noframes><iframe><img src=x></iframe>",
    "<title><img src=x onerror=bad()></title><textarea><img src=x onerror=bad()></textarea>",
    "<select><template><img src=x></template><option><img src=x onerror=bad()></select>",
    "<img/src=x/onerror=bad()><img\x00src=x><im\x00g src=x><img src='cid:a'onerror=bad()><img src=`x`onerror=bad()>",
    "<a\x0bhref='javascript:bad()'>x</a><a\x0chref='java&Tab;script:bad()'>x<a href='java&NewLine;script:bad()'>",
    "&lt;script&gt;bad()&lt;/script&gt;<p title='&lt;img src=x onerror=bad()&gt;'>x",
    "<p title=\"x' onmouseover='bad()\">x<p title='\"><img src=x onerror=bad()>'>x<p title=`x`>",
    "<<script>bad()<</script><scr<script>ipt>bad()</script><sc\x00ript>bad()</script>",
    "<p xmlns=x xml:lang=en xlink:href='javascript:bad()' is=x slot=y part=z itemprop=a data-x=1 aria-hidden=true>x",
    "<x-custom onclick=bad()>x</x-custom><o:p>x</o:p><v:shape style='behavior:url(x)'><v:imagedata src=x>",
    "<frameset><frame src=https://bad.example></frameset><applet code=x></applet><portal src=x></portal>",
    "<table><tr><td>x</table></table><div></div></td></tr><caption><p></caption></body></html><p>after",
    "<p>&#0;&#x1F;&#xD800;&#x110000;&nosuch;&amp;lt;script&amp;gt;",
    "<div style='color:red\"><script>bad()</script>'>x</div><div title=<script>bad()</script>>x",
)


@pytest.mark.parametrize("html", BAD)
def test_nothing_is_left_that_is_not_allowed(html: str) -> None:
    assert strange(clean_html(html)) == []


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        *product(
            ("svg", "math", "noscript", "table", "select", "title", "xmp", "template", "a", "p"), BAD[:6] + BAD[29:36]
        )
    ],
)
def test_nothing_is_left_of_it_inside_of_what_is_parsed_otherwise(outer: str, inner: str) -> None:
    assert strange(clean_html(f"<{outer}>{inner}</{outer}>after")) == []


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.com/x?a=1&amp;b=2" rel="noopener noreferrer nofollow">label</a>',
        '<a href="mailto:ann@example.com" rel="noopener noreferrer nofollow">Ann</a>',
        '<img src="cid:pic@x" alt="A" width="20">',
        '<p style="color:#ff0000;font-size:11pt;font-family:&quot;Segoe UI&quot;, sans-serif">x</p>',
        '<blockquote style="border-left:1px solid rgb(204, 204, 204);padding-left:1ex">x</blockquote>',
        '<blockquote style="margin-left:0.8em">x</blockquote>',
        '<table border="1"><tbody><tr><td colspan="2" align="right">x</td></tr></tbody></table>',
        '<ol start="3"><li>x</li></ol>',
        '<p dir="rtl" lang="he">שלום 😀</p>',
        "<pre>a\n  b &lt;c&gt;</pre>",
    ],
)  # fmt: skip
def test_what_people_write_stays_as_it_is(html: str) -> None:
    assert clean_html(html) == html


@pytest.mark.parametrize(
    "style",
    [
        *("margin-left:-9999px", "padding-left:900em", "margin-left:9000vw", "vertical-align:-900px", "font-size:0"),
        *("font-size:9000px", "font-size:400%", "font-size:0.5em", "font-size:smaller", "color:transparent"),
        *("color:expression(1)", "background-color:url(x)", "position:fixed", "display:none", "color:r\\65 d"),
    ],
)
def test_a_style_that_loads_hides_or_moves_is_none(style: str) -> None:
    assert clean_html(f'<p style="{style};text-align:left">x</p>') == '<p style="text-align:left">x</p>'


def test_sizes_are_those_of_a_page() -> None:
    assert clean_html('<img src="cid:a" width="99999" height="50%">') == '<img src="cid:a" height="50%">'
    assert clean_html('<ol start="x"><li>y</li></ol>') == "<ol><li>y</li></ol>"


def test_what_browsers_would_read_otherwise_is_written_as_they_read_it() -> None:
    link = '<a href="https://example.com" rel="noopener noreferrer nofollow">'
    assert (
        clean_html("<a href='https://example.com'><select><a href='https://example.com'>x") == f"{link}</a>{link}x</a>"
    )


PIECES = st.sampled_from(
    "<a href='https://example.com'>|</a>|<p>|</p>|<b>|</b>|<table>|<td>|</table>|<div>|<svg>|</svg>|<math>|</math>|<style>"
    "|</style>|<title>|</title>|<noscript>|<!--|-->|<template>|</template>|<select>|<mtext>|<foreignObject>|<desc>"
    "|<img src=x onerror=b()>|<img title='|'|\"|>|<|&lt;|&amp;|&#39;|\x00|x| |<p style='color:red;|url(x)|<textarea>"
    "|</textarea>|<xmp>|<plaintext>|<form>|<mglyph>|<annotation-xml encoding='text/html'>".split("|")
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_nothing_is_left_that_is_not_allowed_of_any_soup(html: str) -> None:
    assert strange(clean_html(html)) == []


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * (MAX_DEPTH + 1) + "words",
        "x" * (1 << 20) + "<b>y",
        "&" * 200_000,
        "<p " + " ".join(f"a{at}=1" for at in range(20_000)) + ">words",
        "<p title='>' " + " ".join(f"a{at}" for at in range(20_000)) + ">words",
        "<b>" * 60_000 + "words",
    ],
)
def test_what_is_past_bearing_is_shown_as_plain_words_at_once(html: str) -> None:
    assert clean_html(html).startswith("<pre>")
    html_to_text(html)
