from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.intake.address import MailFrom, Refused, read_mail, read_rcpt


@pytest.mark.parametrize(
    ("argument", "sender"),
    [
        ("FROM:<>", ""),
        ("FROM: <>", ""),
        ("from:<ann@customer.test>", "ann@customer.test"),
        ("FROM:<Ann.Lee+x@CUSTOMER.Test>", "Ann.Lee+x@customer.test"),
        ("FROM:<@relay.test,@b.test:ann@customer.test>", "ann@customer.test"),
        ('FROM:<"ann"@customer.test>', "ann@customer.test"),
        (r'FROM:<"a\"b c>"@customer.test>', r'"a\"b c>"@customer.test'),
        ("FROM:<ann@[192.0.2.1]>", "ann@[192.0.2.1]"),
        ("FROM:<ann@[IPv6:2001:db8::1]>", "ann@[ipv6:2001:db8::1]"),
        ("FROM:<ann@host_name.test>", "ann@host_name.test"),
        ("FROM:<=?utf-8?q?eve=40evil.test?=@customer.test>", "=?utf-8?q?eve=40evil.test?=@customer.test"),
    ],
)
def test_senders_are_read_as_they_stand(argument: str, sender: str) -> None:
    assert read_mail(argument) == MailFrom(sender)


@pytest.mark.parametrize(
    "argument",
    [
        None,
        "",
        "FROM:",
        "FROM:<",
        "FROM:>",
        "FROM:ann@customer.test",
        "FROM:<ann>",
        "FROM:<ann@>",
        "FROM:<@customer.test>",
        "FROM:<ann@customer.test",
        "FROM:<ann@customer..test>",
        "FROM:<ann..lee@customer.test>",
        "FROM:<ann@customer.test.>",
        "FROM:<a b@customer.test>",
        "FROM:<ann@customer.test>x",
        "FROM:<ann@customer.test><eve@evil.test>",
        "FROM:<ann@customer.test\0>",
        "FROM:<ann@customer.test\r>",
        'FROM:<"ann@customer.test>',
        "FROM:<ann@customer.test> SIZE=",
        "FROM:<ann@customer.test> SIZE=x",
        "FROM:<ann@customer.test> SIZE=-1",
        "FROM:<ann@customer.test> SIZE=1 SIZE=2",
        "FROM:<ann@customer.test> BODY=BINARYMIME",
        "FROM:<ann@customer.test> SMTPUTF8=yes",
        "FROM:<\udcff@customer.test> SMTPUTF8",
        "TO:<ann@customer.test>",
    ],
)
def test_what_is_no_sender_is_refused_with_an_enhanced_code(argument: str | None) -> None:
    with pytest.raises(Refused, match=r"^501 5\.\d\.\d [A-Z]"):
        read_mail(argument)


def test_parameters() -> None:
    assert read_mail("FROM:<a@b.test> SIZE=123 body=8bitmime SMTPUTF8") == MailFrom("a@b.test", 123, utf8=True)
    with pytest.raises(Refused, match=r"^555 "):
        read_mail("FROM:<a@b.test> RET=FULL")
    with pytest.raises(Refused, match=r"^555 "):
        read_rcpt("TO:<a@b.test> NOTIFY=NEVER", utf8=False)


def test_other_scripts_need_smtputf8() -> None:
    assert read_mail("FROM:<アン@例え.テスト> SMTPUTF8").sender == "アン@例え.テスト"
    assert read_rcpt("TO:<アン@例え.テスト>", utf8=True) == "アン@例え.テスト"
    with pytest.raises(Refused, match=r"^553 5\.6\.7 "):
        read_rcpt("TO:<アン@例え.テスト>", utf8=False)


def test_a_recipient_is_somebody() -> None:
    with pytest.raises(Refused, match=r"^501 5\.1\.3 "):
        read_rcpt("TO:<>", utf8=False)
    assert read_rcpt("TO:<Postmaster>", utf8=False) == "Postmaster"


def refusal(read: Callable[[], object]) -> str:
    """What is answered, "" where it is taken."""
    try:
        read()
    except Refused as refused:
        return refused.reply
    return ""


@given(st.text(max_size=60), st.booleans())
def test_no_words_raise_anything_but_a_refusal_of_ours(text: str, utf8: bool) -> None:
    for argument in (text, f"FROM:<{text}>", f"FROM:{text}", f"FROM:<a@b.test> {text}"):
        assert refusal(partial(read_mail, argument))[:5] in ("", "501 5", "553 5", "555 5")
    assert refusal(partial(read_rcpt, f"TO:<{text}>", utf8=utf8))[:5] in ("", "501 5", "553 5", "555 5")
