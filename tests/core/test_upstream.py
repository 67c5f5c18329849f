"""What an upstream server found of a sender: its own topmost field counts, and nothing that only looks like it."""

from __future__ import annotations

import pytest

from fixture_mail import FOLDER, read
from mailgate.mail.authentication import Judgement, from_upstream
from mailgate.mail.message import Address, Authentication
from world import mail

ANN = Address("Ann", "ann@customer.test")
PASS, UNVERIFIED, FAIL = Authentication.PASS, Authentication.UNVERIFIED, Authentication.FAIL


def upstream(name: str, authserv_id: str = "mx.example.com") -> Judgement:
    return from_upstream((FOLDER / f"{name}.eml").read_bytes(), read(name).identity, authserv_id)


@pytest.mark.parametrize(
    ("name", "authserv_id", "expected"),
    [
        ("results_of_upstream", "mx.example.com", PASS),
        ("results_of_upstream", "MX.Example.Com", PASS),
        ("results_google", "mx.google.com", PASS),
        ("results_microsoft", "microsoft", PASS),
        ("results_microsoft_tenant_between", "microsoft", PASS),
        ("results_microsoft_refused", "microsoft", FAIL),
        ("results_refused_by_upstream", "mx.example.com", FAIL),
        ("results_microsoft", "mx.example.com", UNVERIFIED),
        ("results_forged_below", "mx.example.com", UNVERIFIED),
        ("results_forged_of_another_server", "mx.example.com", UNVERIFIED),
        ("results_forged_alone", "mx.example.com", UNVERIFIED),
        ("results_unreadable_above_forged", "mx.example.com", UNVERIFIED),
        ("results_of_another_from", "mx.example.com", UNVERIFIED),
        ("results_hidden_in_a_comment", "mx.example.com", UNVERIFIED),
        ("results_hidden_in_quotes", "mx.example.com", UNVERIFIED),
        ("two_from_fields", "mx.example.com", UNVERIFIED),
    ],
)
def test_the_upstream_servers_own_topmost_word_counts(name: str, authserv_id: str, expected: Authentication) -> None:
    judgement = upstream(name, authserv_id)
    assert judgement.authentication is expected
    assert judgement.proof.lines


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("dkim=pass header.d=mail.customer.test", PASS),
        ("dkim=pass header.i=@customer.test", PASS),
        ("dkim=pass header.d=evil.test header.i=@customer.test", UNVERIFIED),
        ("spf=pass smtp.mailfrom=bounces@mail.customer.test", PASS),
        ("spf=pass smtp.mailfrom=customer.test", PASS),
        ("spf=pass smtp.helo=mail.customer.test", PASS),
        ("spf=pass smtp.mailfrom=evil.test smtp.helo=customer.test", UNVERIFIED),
        ("spf=softfail smtp.mailfrom=customer.test", UNVERIFIED),
        ("auth=pass smtp.auth=ann@customer.test", UNVERIFIED),
        ("dmarc=pass", UNVERIFIED),
        ("dmarc=bestguesspass header.from=customer.test", UNVERIFIED),
        ("dmarc=fail (p=reject) header.from=customer.test; dkim=pass header.d=customer.test", FAIL),
        ("dmarc=fail (p=none sp=reject) header.from=customer.test", UNVERIFIED),
        ("dmarc=fail policy.dmarc=quarantine header.from=customer.test", FAIL),
        ("none", UNVERIFIED),
    ],
)
def test_what_does_not_count_for_the_author_proves_nothing(results: str, expected: Authentication) -> None:
    data = f"Authentication-Results: mx.example.com; {results}\r\n".encode() + mail()
    assert from_upstream(data, ANN, "mx.example.com").authentication is expected
