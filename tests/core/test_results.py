"""Authentication-Results as RFC 8601 has them, and nothing that only looks like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailgate.mail.results import NoResults, Result, read_results

# RFC 8601 appendix B.7: comments and white space wherever they may stand.
RFC_ODDEST = (
    "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail"
    " policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462"
)


@pytest.mark.parametrize(
    ("value", "authserv_id", "methods"),
    [
        ("example.org 1; none", "example.org", []),
        ("example.com; spf=pass smtp.mailfrom=example.net", "example.com", ["spf=pass"]),
        ("example.com; auth=pass (cram-md5) smtp.auth=a@example.com; spf=pass smtp.mailfrom=x", "example.com", [
            "auth=pass",
            "spf=pass",
        ]),
        (RFC_ODDEST, "foo.example.net", ["dkim=fail"]),
        ('(a (nested) one) Example.COM ; dkim=PASS reason="good; signature" header.d="x.test"', "example.com", [
            "dkim=pass"
        ]),
        ("example.com; dkim=pass header.b=ab/=+ header.d=x.test;", "example.com", ["dkim=pass"]),
        ("mx.google.com; spf=pass (of domain ) smtp.mail=; dkim=pass header.i=@x.test", "mx.google.com", [
            "spf=pass",
            "dkim=pass"
        ]),
        ('"example.com"; iprev=pass policy.iprev=192.0.2.1', "example.com", ["iprev=pass"]),
        ('example.com; spf=pass smtp.mailfrom="a b"@x.test', "example.com", ["spf=pass"]),
    ],
)  # fmt: skip
def test_the_forms_of_the_rfc_are_read(value: str, authserv_id: str, methods: list[str]) -> None:
    read = read_results(value)
    assert read.authserv_id == authserv_id
    assert [f"{one.method}={one.result}" for one in read.results] == methods


def test_values_are_whole() -> None:
    (result,) = read_results('a.test; spf=pass (said (so)) reason="x; y" smtp.mailfrom="a; b"@x.test').results
    assert result == Result("spf", "pass", (("reason", "x; y"), ("smtp.mailfrom", "a; b@x.test")), "said (so)")
    assert result.value("smtp.mail", "smtp.mailfrom") == "a; b@x.test"


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        "; spf=pass",
        "example.com",
        "example.com spf=pass",
        "spf=pass; dkim=pass",
        "example.com 2; spf=pass",
        "example.com 1 1; spf=pass",
        "example.com; spf",
        "example.com; spf=",
        "example.com; =pass",
        "example.com; spf/2=pass",
        "example.com; spf=pass smtp.mailfrom",
        "example.com; spf=pass action=none",
        "example.com;; spf=pass",
        "example.com; spf=pass (unclosed",
        'example.com; spf=pass reason="unclosed',
        "example.com; spf=pass)",
        "example.com; " + "(" * 50 + ")" * 50 + "spf=pass",
        "example.com; s@f=pass",
        "example.com; spf=pass smtp mailfrom=x.test",
        "example.com; spf=pass odd words smtp.mailfrom=x.test",
    ],
)
def test_what_is_not_of_that_form_says_nothing(value: str) -> None:
    with pytest.raises(NoResults):
        read_results(value)


def test_a_field_that_names_somebody_is_his_also_for_microsofts_reader() -> None:
    assert read_results("mx.microsoft.com 1; spf=pass", microsoft=True).authserv_id == "mx.microsoft.com"
    assert read_results("spf=pass; dkim=pass", microsoft=True).authserv_id == "microsoft"


@given(some.text(alphabet=some.sampled_from('ab.=;()"\\ \t/1@é'), max_size=80), some.booleans())
def test_any_text_is_read_or_refused(value: str, microsoft: bool) -> None:
    try:
        read = read_results(value, microsoft=microsoft)
    except NoResults:
        return
    assert read.authserv_id
    assert all(one.method and one.result for one in read.results)


def test_a_long_field_is_read_in_a_moment() -> None:
    for piece in ("(", '"', "\\", "a=", ";", "x.y=z ", "((a)"):
        with pytest.raises(NoResults):
            read_results("example.com;" + piece * 16_000)
