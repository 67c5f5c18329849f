"""Who is entitled opens cases; who is not is held, answered once with what is missing, and let in by a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from mailgate import accounts, pipeline
from mailgate.cases.account import Account, AccountContact, Directory
from mailgate.mail.message import HISTORY, Authentication
from mailgate.mail.parse import parse
from mailgate.policy.policy import Policy
from mailgate.policy.service import Entitlement, Need, Others
from world import World, mail

EXAMPLE = Account(
    "Example Ltd", domains=("customer.test",), contract_from=date(2026, 1, 1), contract_until=date(2026, 11, 17)
)
ANN = "Ann Lee <ann@customer.test>"
EVE = "Eve <eve@stranger.test>"


def strict(policy: Policy, others: Others = Others.HOLD) -> Policy:
    texts = replace(policy.texts, missing="Ask your account manager.")
    return replace(policy, entitlement=Entitlement((Need.CONTACT, Need.CONTRACT), others), texts=texts)


def entitled(
    *known: Account, contacts: tuple[AccountContact, ...] = (), others: Others = Others.HOLD, zone: str = "UTC"
) -> World:
    world = World()
    policy = replace(strict(world.policy, others), zone=zone)
    world.house = replace(world.house, policies={policy.name: policy}, directory=Directory(known, contacts))
    return world


@pytest.fixture
def world() -> Iterator[World]:
    with entitled(EXAMPLE) as made:
        yield made


def state(world: World, inbound_id: int) -> tuple[str, str]:
    row = world.inbox(inbound_id)
    return row["state"], row["reason"]


def test_a_colleague_of_a_known_organisation_opens_a_case_of_its_account(world: World) -> None:
    world.receive(mail(by=ANN))
    assert world.case(world.cases[0]["number"])["account"] == "Example Ltd"
    assert ["A case has been created" in str(letter.get_body()) for letter in world.letters] == [True]


def test_somebody_else_is_held_and_told_once_what_is_missing(world: World) -> None:
    held = world.receive(mail(by=EVE))
    assert (state(world, held), world.cases) == (("held", "entitlement"), [])
    (letter,) = world.letters
    words = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert letter["To"] == EVE
    assert letter["Subject"] == "Your request"
    assert letter["Auto-Submitted"] == "auto-replied"
    assert "not that of a contact" in words
    assert "no support contract" in words
    assert "Ask your account manager." in words
    assert world.inbox(held)["trace"]["decision"]["notes"] == ["its writer lacks: contact, contract"]
    world.deliver()
    assert [to for _, to, _ in world.relay.sent] == ["eve@stranger.test"]


def test_his_answer_to_that_letter_is_held_beside_the_first_without_another(world: World) -> None:
    first = world.receive(mail(by=EVE))
    (letter,) = world.letters
    fields = {"in_reply_to": str(letter["Message-ID"]), "references": f"<1@customer.test> {letter['Message-ID']}"}
    answer = mail("Re: Your request", by=EVE, message_id="<2@stranger.test>", **fields)
    second = world.receive(answer, to=str(letter["Reply-To"]))
    assert state(world, second) == ("held", "entitlement")
    notes = world.inbox(second)["trace"]["decision"]["notes"]
    assert notes[1] == f"held together with mail {first}"
    assert len(world.letters) == 1


def test_a_robot_that_does_not_say_so_gets_one_letter_in_thirty_days(world: World) -> None:
    for day in range(59):
        world.receive(mail(f"Thank you {day}", by=EVE, message_id=f"<{day}@stranger.test>"))
        world.advance(days=1)
    assert len(world.letters) == 2
    assert len(world.relay.sent) == 2
    assert world.sums() == {"held": 59}


def test_one_flood_in_one_batch_gets_one_letter(world: World) -> None:
    for number in range(15):
        world.receive(mail(f"{number}", by=EVE, message_id=f"<{number}@stranger.test>"), process=False)
    world.process()
    assert (len(world.letters), world.sums()) == (1, {"held": 15})


@pytest.mark.parametrize(
    ("fields", "authentication"),
    [
        ({"auto_submitted": "auto-generated"}, Authentication.UNKNOWN),
        ({"list_id": "<news.stranger.test>"}, Authentication.UNKNOWN),
        ({}, Authentication.FAIL),
    ],
)
def test_no_letter_goes_to_a_machine_or_to_a_forged_address(
    world: World, fields: dict[str, str], authentication: Authentication
) -> None:
    held = world.receive(mail(by=EVE, **fields), authentication=authentication)
    assert (state(world, held), world.letters) == (("held", "entitlement"), [])


def test_nobody_reads_at_no_reply(world: World) -> None:
    held = world.receive(mail(by="no-reply@stranger.test"))
    assert (state(world, held), world.letters) == (("held", "entitlement"), [])


def test_an_unproved_sender_gets_none_of_his_own_words_back(world: World) -> None:
    world.receive(mail("Buy at evil.test", by="Evil <eve@stranger.test>"), authentication=Authentication.UNVERIFIED)
    (letter,) = world.letters
    assert letter["To"] == "eve@stranger.test"
    assert "evil" not in letter.as_string().replace("eve@stranger.test", "").lower()


def test_a_forged_from_of_a_known_contact_entitles_nobody(world: World) -> None:
    held = world.receive(mail(by=ANN), authentication=Authentication.FAIL)
    assert state(world, held) == ("held", "entitlement")


def test_a_mail_that_names_two_senders_entitles_nobody(world: World) -> None:
    held = world.receive(mail(by=f"{ANN}, {EVE}"))
    assert (state(world, held), world.letters) == (("held", "entitlement"), [])


def test_reply_to_and_sender_and_return_path_entitle_nobody(world: World) -> None:
    held = world.receive(mail(by=EVE, reply_to=ANN, sender=ANN), sender="ann@customer.test")
    assert state(world, held) == ("held", "entitlement")


def test_a_subdomain_or_a_lookalike_is_another_organisation(world: World) -> None:
    for number, domain in enumerate(("mail.customer.test", "customer.test.evil.test", "xcustomer.test")):
        held = world.receive(mail(by=f"ann@{domain}", message_id=f"<{number}@x.test>"))
        assert state(world, held) == ("held", "entitlement")


def test_a_contract_covers_its_last_day_in_the_zone_of_the_policy() -> None:
    for zone, cases in (("UTC", 1), ("Pacific/Kiritimati", 0), ("Pacific/Honolulu", 1)):
        with entitled(EXAMPLE, zone=zone) as world:
            world.receive(mail(by=ANN))  # 17 November, noon in UTC, is the 18th in Kiritimati
            assert (zone, len(world.cases)) == (zone, cases)


def test_a_contract_that_ended_is_named_and_the_contact_is_not() -> None:
    with entitled(replace(EXAMPLE, contract_until=date(2026, 11, 16))) as world:
        world.receive(mail(by=ANN))
        words = world.letters[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert ("no support contract" in words, "not that of a contact" in words) == (True, False)


def test_an_account_without_any_day_has_no_contract() -> None:
    with entitled(replace(EXAMPLE, contract_from=None, contract_until=None)) as world:
        assert state(world, world.receive(mail(by=ANN))) == ("held", "entitlement")


def test_a_customer_of_another_mailbox_is_none_here() -> None:
    with entitled(replace(EXAMPLE, mailboxes=("sales",))) as world:
        assert state(world, world.receive(mail(by=ANN))) == ("held", "entitlement")


def test_a_contact_at_a_free_mail_provider_stands_for_himself_alone() -> None:
    bob = AccountContact("Example Ltd", "Bob@gmail.com")
    shared = replace(EXAMPLE, domains=("customer.test", "gmail.com"))  # no file says so, but a store may have been told
    with entitled(shared, contacts=(bob,)) as world:
        world.receive(mail(by="bob@GMAIL.com"))
        held = world.receive(mail(by="eve@gmail.com", message_id="<2@x.test>"))
        assert (len(world.cases), state(world, held)) == (1, ("held", "entitlement"))


def test_what_a_person_releases_is_an_ordinary_case_and_brings_its_answers_along(world: World) -> None:
    first = world.receive(mail(by=EVE))
    references = f"<1@customer.test> {world.letters[0]['Message-ID']}"
    second = world.receive(mail("Re: Your request", "More.", by=EVE, message_id="<2@s.test>", references=references))
    third = world.receive(mail("Something else", by=EVE, message_id="<3@s.test>"))
    pipeline.replay(world.house, first, "operator")
    assert accounts.bring_along(world.house, first) == [second]
    (case,) = world.cases
    history = [(line["kind"], line["text"]) for line in world.case(case["number"])["history"]]
    assert history == [
        ("mail", "It burns."),
        ("note", "its writer lacks: contact, contract"),
        ("mail", "More."),
    ]
    assert state(world, third) == ("held", "entitlement")
    assert [str(letter["Subject"]).partition(":")[0] for letter in world.letters] == [
        "Your request",
        f"#{case['number']}",
    ]


def test_mail_of_a_case_is_not_stopped_when_the_contract_ends(world: World) -> None:
    world.receive(mail(by=ANN))
    world.advance(days=3)
    (case, letter) = world.cases[0], world.letters[0]
    reply = mail(f"Re: {letter['Subject']}", by=ANN, message_id="<2@customer.test>")
    assert state(world, world.receive(reply)) == ("filed", "reply")
    # ... but a case that is closed for good is followed by none.
    world.set_status(case["number"], "closed")
    world.advance(days=30)
    late = mail(f"Re: {letter['Subject']}", by=ANN, message_id="<3@customer.test>")
    assert state(world, world.receive(late)) == ("held", "entitlement")


def test_where_others_may_open_cases_a_line_says_what_they_lack() -> None:
    with entitled(EXAMPLE, others=Others.OPEN) as world:
        world.receive(mail(by=EVE))
        history = world.case(world.cases[0]["number"])["history"]
        assert [line["text"] for line in history] == ["It burns.", "its writer lacks: contact, contract"]
        assert str(world.letters[0]["Subject"]).startswith("#")


def test_past_mail_that_is_imported_is_let_in(world: World) -> None:
    world.reading = lambda raw, _ours: parse(replace(raw, envelope=replace(raw.envelope, marks=(HISTORY,))))
    assert state(world, world.receive(mail(by=EVE))) == ("filed", "opened")
    assert world.letters == []
