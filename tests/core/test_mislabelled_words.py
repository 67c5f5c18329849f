"""Words under a wrong Content-Transfer-Encoding are read; words that only look encoded are left alone."""

from __future__ import annotations

import base64

import pytest

from fixture_mail import read_bytes

WORDS = "Grüße aus Köln, dies ist ein Text, dessen Kopf verloren ging.\nMit freundlichen Grüßen"
ESCAPED = (
    "Gr=C3=BC=C3=9Fe aus K=C3=B6ln, dies ist ein Text, =\ndessen Kopf verloren ging.\nMit freundlichen Gr=C3=BC=C3=9Fen"
)
CODED = base64.encodebytes(WORDS.encode()).decode()
LABELS = ("", "7bit", "8bit", "binary", "quoted-printable", "base64", "x-unknown", "BASE-64", "quoted/printable")


def text_of(body: str, label: str, charset: str = "utf-8") -> str:
    field = f"Content-Transfer-Encoding: {label}\n" if label else ""
    head = f"From: a@example.com\nSubject: s\nContent-Type: text/plain; charset={charset}\n{field}\n"
    return read_bytes(head.encode() + body.encode()).text


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("body", [ESCAPED, CODED, WORDS], ids=["quoted-printable", "base64", "plain"])
def test_words_are_read_under_any_label(body: str, label: str) -> None:
    assert text_of(body, label) == WORDS


@pytest.mark.parametrize(
    "body",
    [
        "The page shows =C3=BC instead.",
        "x=C3=BC\ny=3D\na=b",
        "if a == b: c = 3",
        "https://example.com/?a=C3&b=AB&c=DE&d=EF&e=AA&f=BB&g=CC",
        "MIICdzCCAeCgAwIBAgIBADANBgkqhkiG9w0BAQUFADCBhzELMAkGA1UEBhMCREUx\nMIICdzCCAeCgAwIBAgIBADANBgkqhkiG9w0BAQUF",
        "9bbf38a544f990e73cd12f3c56c60e6180edebd31d752d3997fa4c0650d6aaa338",
        "SGVsbG8gd29ybGQ=",
        "=" * 200,
    ],
)
def test_words_that_only_look_encoded_stay(body: str) -> None:
    for label in ("", "7bit", "8bit"):
        assert text_of(body, label) == body
