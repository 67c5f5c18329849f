"""Whether a mail's sender is authenticated: each attack and each honest shape is a fixture, DNS is a table."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fixture_mail import FOLDER, read
from mailgate.intake.own_verdict import own_verdict
from mailgate.intake.verify import Question
from mailgate.mail.authentication import Judgement
from mailgate.mail.domains import aligned, organisational
from mailgate.mail.message import Address, Authentication
from mailgate.trust_rules import Dns
from signing import Zone, sealed
from world import mail

ANN = Address("Ann", "ann@customer.test")
BEHIND_A_RELAY = Question(ANN, "", "", "", ("lists.test",), Dns())
AT_THE_DOOR = replace(BEHIND_A_RELAY, peer="192.0.2.5", sender="ann@customer.test", helo="mail.customer.test")
PASS, UNVERIFIED, FAIL = Authentication.PASS, Authentication.UNVERIFIED, Authentication.FAIL


def zone(policy: str = "v=DMARC1; p=reject") -> Zone:
    made = Zone()
    for name, text in json.loads((FOLDER.parent / "dns_records.json").read_text()).items():
        made.txt(name, text)
    return made.txt("_dmarc.customer.test", policy) if policy else made


def asked(name: str, records: Zone) -> Judgement:
    author = read(name).identity
    assert author is not None
    return own_verdict(replace(BEHIND_A_RELAY, author=author), (FOLDER / f"{name}.eml").read_bytes(), records.ask)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("dkim_signed", "dkim proves customer.test"),
        ("dkim_by_a_subdomain", "dkim proves mail.customer.test"),
        ("list_rewrites_from", "dkim proves lists.test"),
        ("arc_forwarded", "arc proves customer.test"),
    ],
)
def test_an_honest_mail_is_authenticated(name: str, why: str) -> None:
    judgement = asked(name, zone())
    assert judgement.authentication is PASS
    assert judgement.proof.lines[-1].startswith(why)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("dkim_l_tag_appended", "a part of the body"),
        ("dkim_body_changed", "body hash mismatch"),
        ("dkim_from_unsigned", "every from"),
        ("dkim_subject_unsigned", "every subject"),
        ("dkim_subject_prepended", "every subject"),
        ("dkim_sha1", "SHA-1"),
        ("dkim_of_somebody_else", "dkim=pass evil.test"),
        ("plain", "dkim=none"),
        ("arc_forwarded_unauthentic", "no pass that counts"),
        ("arc_sealed_by_anybody", "no trusted sealer"),
        ("arc_seal_forged", "did not validate"),
        ("arc_results_forged", "did not validate"),
        ("arc_text_changed", "did not validate"),
    ],
)
def test_an_attack_proves_nothing_and_is_told(name: str, why: str) -> None:
    """Where the domain asks to refuse such mail it fails; where it does not, nobody knows."""
    records = zone()
    records.txt("_dmarc.example.com", "v=DMARC1; p=quarantine")
    judgement = asked(name, records)
    assert judgement.authentication is FAIL
    assert any(why in line for line in judgement.proof.lines)
    assert asked(name, zone(policy="")).authentication is UNVERIFIED


@settings(deadline=None, max_examples=80)
@given(some.data())
def test_no_letter_of_a_signed_mail_can_be_changed(data: some.DataObject) -> None:
    whole = (FOLDER / "dkim_signed.eml").read_bytes()
    begin = whole.index(b"\r\nFrom: ") + 2
    # Letters of values and words; the case of a field's name is nobody's business.
    places = [
        at for at in range(begin, len(whole)) if whole[at : at + 1].isalnum() and b": " not in whole[at : at + 30]
    ]
    place = data.draw(some.sampled_from(places))
    changed = whole[:place] + (b"x" if whole[place : place + 1] != b"x" else b"y") + whole[place + 1 :]
    assert own_verdict(BEHIND_A_RELAY, changed, zone(policy="").ask).authentication is UNVERIFIED


def test_a_second_from_leaves_nobody_to_authenticate() -> None:
    assert read("dkim_second_from_prepended").identity is None


def test_a_signature_without_content_type_is_no_proof_and_no_forgery() -> None:
    """Gmail's and Yahoo's are so: whom they fail may be honest, whatever his domain asks for."""
    assert asked("dkim_content_type_unsigned", zone()).authentication is UNVERIFIED


def test_a_seal_counts_for_doors_that_trust_its_sealer_alone() -> None:
    question, data = replace(BEHIND_A_RELAY, sealers=()), (FOLDER / "arc_forwarded.eml").read_bytes()
    assert own_verdict(question, data, zone().ask).authentication is FAIL


def test_a_chain_of_forwarders_counts_as_far_back_as_all_are_trusted() -> None:
    records = Zone().key("customer.test").key("lists.test", "arc").key("forward.test", "arc").key("evil.test", "arc")
    seen = "dkim=pass header.d=customer.test; dmarc=pass header.from=customer.test"
    on = "arc=pass (i=1); dkim=fail header.d=customer.test; dmarc=none header.from=customer.test"

    def verdict(first: str, second: str) -> Authentication:
        data = sealed(sealed(mail(), first, seen) + b"-- \r\nA list.\r\n", second, on)
        question = replace(BEHIND_A_RELAY, sealers=("lists.test", "forward.test"))
        return own_verdict(question, data, records.ask).authentication

    assert verdict("forward.test", "lists.test") is PASS
    assert verdict("evil.test", "lists.test") is UNVERIFIED
    assert verdict("lists.test", "evil.test") is UNVERIFIED


@pytest.mark.parametrize(
    ("silent", "name"),
    [
        ("customer.test", "plain_unsigned"),
        ("s1._domainkey.customer.test", "dkim_signed"),
        ("arc._domainkey.lists.test", "arc_forwarded"),
        ("_dmarc.customer.test", "plain_unsigned"),
        # Its policy may be that only its very self counts.
        ("_dmarc.customer.test", "dkim_by_a_subdomain"),
    ],
)
def test_dns_that_does_not_answer_gives_no_authority_and_is_asked_again(silent: str, name: str) -> None:
    records = zone().txt("customer.test", "v=spf1 -all")
    records.silent.add(silent)
    data = mail() if name == "plain_unsigned" else (FOLDER / f"{name}.eml").read_bytes()
    judgement = own_verdict(AT_THE_DOOR, data, records.ask)
    assert (judgement.authentication, judgement.proof.temporary) == (UNVERIFIED, True)
    records.silent.clear()
    assert not own_verdict(AT_THE_DOOR, data, records.ask).proof.temporary


def test_one_method_that_proves_is_enough_whatever_happens_to_the_others() -> None:
    records = zone().txt("customer.test", "v=spf1 ip4:192.0.2.0/24 -all")
    records.silent.add("s1._domainkey.customer.test")
    judgement = own_verdict(AT_THE_DOOR, (FOLDER / "dkim_signed.eml").read_bytes(), records.ask)
    assert (judgement.authentication, judgement.proof.temporary) == (PASS, False)


@pytest.mark.parametrize(
    ("record", "sender", "helo", "expected"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "ann@customer.test", "x.test", PASS),
        ("v=spf1 mx -all", "ann@customer.test", "x.test", PASS),
        ("v=spf1 include:spf.customer.test -all", "ann@customer.test", "x.test", PASS),
        ("v=spf1 ip4:198.51.100.1 -all", "ann@customer.test", "x.test", UNVERIFIED),
        ("v=spf1 ~all", "ann@customer.test", "x.test", UNVERIFIED),
        ("v=spf1 +all", "eve@evil.test", "x.test", UNVERIFIED),
        ("v=spf1 ip4:192.0.2.0/24 -all", "", "customer.test", PASS),
        ("v=spf1 nonsense:x -all", "ann@customer.test", "x.test", UNVERIFIED),
        ("v=spf1 a:a.test a:b.test a:c.test ip4:192.0.2.5 -all", "ann@customer.test", "x.test", UNVERIFIED),
        ("v=spf1 ip4:192.0.2.0/24 -all", "", "", UNVERIFIED),
    ],
)
def test_spf_speaks_for_the_domain_of_the_sender(record: str, sender: str, helo: str, expected: Authentication) -> None:
    records = zone(policy="").txt("customer.test", record).txt("evil.test", "v=spf1 +all")
    records.txt("spf.customer.test", "v=spf1 ip4:192.0.2.5 ?all")
    records.records["customer.test", "MX"] = [b"10 mx.customer.test."]
    records.records["mx.customer.test", "A"] = [b"192.0.2.5"]
    question = replace(AT_THE_DOOR, sender=sender, helo=helo)
    assert own_verdict(question, mail(), records.ask).authentication is expected


def test_spf_is_not_asked_where_the_client_is_a_relay_of_ours() -> None:
    records = zone(policy="")
    own_verdict(replace(AT_THE_DOOR, peer=""), mail(), records.ask)
    assert [name for name, _ in records.asked] == ["_dmarc.customer.test"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("v=DMARC1; p=none", PASS),
        ("v=DMARC1; p=none; adkim=r", PASS),
        ("v=DMARC1; p=none; adkim=s", UNVERIFIED),
        ("v=DMARC1; p=reject; adkim=s", FAIL),
        ("v=DMARC1;p=quarantine;adkim=s;rua=mailto:x@customer.test", FAIL),
        ("p=reject; v=DMARC1; adkim=s", PASS),
        ("v=spf1 -all", PASS),
    ],
)
def test_a_domain_may_ask_that_only_its_very_self_counts(policy: str, expected: Authentication) -> None:
    assert asked("dkim_by_a_subdomain", zone(policy)).authentication is expected


def test_of_two_policies_none_counts() -> None:
    records = zone(policy="").txt("_dmarc.customer.test", "v=DMARC1; p=reject", "v=DMARC1; p=reject")
    assert own_verdict(BEHIND_A_RELAY, mail(), records.ask).authentication is UNVERIFIED


def test_a_subdomain_without_a_policy_has_its_organisations() -> None:
    author = Address("", "ann@shop.customer.test")
    question = replace(BEHIND_A_RELAY, author=author)
    for policy, expected in (("v=DMARC1; p=reject; sp=none", UNVERIFIED), ("v=DMARC1; p=reject", FAIL)):
        assert own_verdict(question, mail(), zone(policy).ask).authentication is expected


def test_of_two_keys_none_counts() -> None:
    records = zone(policy="")
    (key,) = records.records["s1._domainkey.customer.test", "TXT"]
    records.records["s1._domainkey.customer.test", "TXT"] = [key, key]
    assert asked("dkim_signed", records).authentication is UNVERIFIED


@pytest.mark.parametrize("damage", [b"d=", b"b=", b"h=", b"s=", b"bh=", b"v=1", b"a=rsa", b"c=relaxed", b"; t="])
def test_a_damaged_signature_is_no_signature(damage: bytes) -> None:
    whole = (FOLDER / "dkim_signed.eml").read_bytes()
    for put in (b"", b"\xff=", b"x=1; ", b";;"):
        broken = whole.replace(damage, put, 1)
        assert broken != whole
        assert own_verdict(BEHIND_A_RELAY, broken, zone(policy="").ask).authentication is UNVERIFIED


@pytest.mark.parametrize(
    ("one", "other", "relaxed"),
    [
        ("mail.customer.test", "customer.test", True),
        ("customer.test", "CUSTOMER.TEST.", True),
        ("customer.test", "evilcustomer.test", False),
        ("one.co.uk", "two.co.uk", False),
        ("a.one.co.uk", "one.co.uk", True),
        ("one.github.io", "two.github.io", False),
        ("co.uk", "one.co.uk", False),
        ("", "", False),
    ],
)
def test_domains_are_aligned_within_one_organisation(one: str, other: str, relaxed: bool) -> None:
    assert aligned(one, other) is relaxed
    assert aligned(one, other, strict=True) is (relaxed and one.rstrip(".").lower() == other.rstrip(".").lower())


def test_the_organisational_domain_is_what_somebody_registered() -> None:
    assert [organisational(name) for name in ("a.b.example.co.uk", "example.com", "com", "x.test")] == [
        "example.co.uk",
        "example.com",
        "com",
        "x.test",
    ]
