"""Which pictures get a digest: small ones, by what they hold and not by how they travel."""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import replace

import pytest

from mailgate.mail.message import Attachment, GoingOut
from mailgate.mail.pictures import with_digests, without_repeated

PICTURE = b"\x89PNG" + bytes(range(256))
LOGO = Attachment("logo.png", "image/png", 100, 0, 0, "base64", "logo@x", inline=True, digest="ab", seen=True)


def digest(data: bytes, octets: int, encoding: str = "", kind: str = "image/png", *, inline: bool = False) -> str:
    file = Attachment("a", kind, octets, 0, len(data), encoding, "a@x", inline=inline)
    return with_digests((file,), data)[0].digest


def test_one_picture_has_one_digest_however_it_travels() -> None:
    told = {digest(PICTURE, 260), digest(encodebytes(PICTURE), 260, "base64"), digest(PICTURE, 260, inline=True)}
    assert len(told) == 1
    assert "" not in told
    assert digest(PICTURE + b"!", 261) not in told


@pytest.mark.parametrize(
    ("octets", "kind", "inline"),
    [(70_000, "image/png", False), (300_000, "image/png", True), (260, "text/plain", False), (0, "image/png", True)],
)
def test_what_is_big_or_no_picture_has_none(octets: int, kind: str, inline: bool) -> None:
    assert digest(b"x" * octets, octets, kind=kind, inline=inline) == ""


def test_what_was_sent_leaves_the_html_and_nothing_else_does() -> None:
    html = '<p>A > B</p><img alt="a > b" src="cid:logo@x" width="1"><img src="cid:other@x"><p>cid:logo@x</p>'
    other = replace(LOGO, content_id="other@x", seen=False)
    out = without_repeated(GoingOut("A > B", html, (LOGO, other)))
    assert out.html == '<p>A > B</p><img src="cid:other@x"><p>cid:logo@x</p>'
    assert out.attachments == (other,)
    assert [one.name for one in out.kept_back] == ["logo.png"]
    silent = GoingOut(" ", None, (LOGO,))
    assert without_repeated(silent) is silent
