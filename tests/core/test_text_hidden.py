"""What html holds and nobody sees is no text; what is seen stays, however it is dressed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.hidden import without_hidden
from mailgate.mail.text import MAX_DEPTH, html_to_text

HIDDEN = (
    '<div style="display:none">no</div>',
    '<div style="DISPLAY : None !important">no</div>',
    '<div style="display/**/:none">no</div>',
    '<div style="display&#58;none">no</div>',
    '<div style="visibility: hidden">no</div>',
    "<span style='font-size:0px'>no</span>",
    "<span style='font-size:0.0pt'>no <b>no</b> no</span>",
    "<span style='font-size:0'>no <b style='font-size:2em'>no</b><!-- x --> no</span>",
    "<span style='font: 0/0 a'>no</span>",
    '<p style="opacity:0">no</p>',
    '<div style="max-height:0;overflow:hidden">no</div>',
    '<div style="width:0px; overflow: hidden">no</div>',
    '<div style="mso-hide:all">no</div>',
    "<p hidden>no</p>",
    '<p hidden="">no</p>',
    "<template>no</template>",
    "<xml><o:x>no</o:x></xml>",
    "<!-- no -->",
    "<!-- > <p>no</p> -->",
    "<!--[if mso]><p>no</p><![endif]-->",
    "<style>.n{display:none}</style><p class='a n'>no</p>",
    "<style><!-- #n, .m { display : none } --></style><p id=n>no</p>",
    "<style>/* x */ p.n{display:none!important}</style><p class=n style='display:block'>no</p>",
    "<style>@media print{.x{color:red}} .n{visibility:hidden}</style><p class=n>no</p>",
)
SEEN = (
    '<div style="display:block;opacity:0.5">yes</div>',
    '<div style="line-height:0;height:0">yes</div>',
    '<table style="max-width:0"><tr><td>yes</td></tr></table>',
    '<td style="font-size:0px"><div style="font-size:13px">yes</div></td>',
    '<div style="font-size:0"><table><tr><td>yes</td></tr></table></div>',
    '<div style="font-size:0.9em">yes</div>',
    '<div style="font:12px/0 a">yes</div>',
    "<style>@media print{.n{display:none}}</style><p class=n>yes</p>",
    "<style>.n p{display:none}</style><p class=n>yes</p>",
    "<style>.n{display:none}</style><p class=n style='display:block'>yes</p>",
    "<style>.n{display:none} .n{display:block}</style><p class=n>yes</p>",
    "<!--[if !mso]><!--><p>yes</p><!--<![endif]-->",
    "<![if !mso]><p>yes</p><![endif]>",
    '<p data-x="hidden">yes</p>',
    "<noscript>yes</noscript>",
)


@pytest.mark.parametrize("html", HIDDEN)
def test_what_is_hidden_is_no_text_and_takes_nothing_with_it(html: str) -> None:
    assert html_to_text(f"<p>before</p>{html}<p>after</p>").split() == ["before", "after"]
    assert html_to_text(f"<html><body>{html} after</body></html>") == "after"


@pytest.mark.parametrize("html", SEEN)
def test_what_is_seen_stays(html: str) -> None:
    assert html_to_text(f"<p>before</p>{html}<p>after</p>").split() == ["before", "yes", "after"]


def test_a_mail_of_which_nothing_is_seen_has_no_text() -> None:
    assert html_to_text('<div style="display:none">/close</div><img src="cid:x">') == ""


def test_html_that_hides_nothing_is_left_as_it_is() -> None:
    html = '<p style="font-family:&quot;Arial&quot;;display:inline">Hi</p>'
    assert without_hidden(html) is html


@pytest.mark.parametrize("comment", ["<!-- > no -->", "<!-- <b>no</b> --!>", "<!-- a --><!-- no -->", "<!---->"])
def test_comments_are_no_text_where_the_html_nests_too_deep_for_a_parser(comment: str) -> None:
    html = "<div><b>" * MAX_DEPTH + f"before {comment}<!--> after"
    assert html_to_text(html).split() == ["before", "after"]
    assert html_to_text("<div><b>" * MAX_DEPTH + "before <!-- no").split() == ["before"]


@given(st.lists(st.sampled_from([*HIDDEN, *SEEN, "<div", ">", "</div>", "<p style='font-size:0'>", "x", "\x00", "<"])))
def test_nothing_makes_it_raise(pieces: list[str]) -> None:
    assert isinstance(without_hidden("".join(pieces)), str)
