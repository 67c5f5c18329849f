"""A mail becomes a case, a reply finds it, the customer is answered: the main job, told as scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mailgate.mail.message import Authentication
from mailgate.policy.policy import Letters, Opening
from world import World, mail

CARD = re.compile(r"#(\d{10}): (.*) (ref:_00D[0-9A-Z]{6}\._500[0-9A-Z]{13,}:ref)")


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        yield made


def opened(world: World, **fields: str) -> str:
    """A first case; its number."""
    world.receive(mail(**fields))
    return str(world.cases[-1]["number"])


def reply(
    world: World, subject: str, *, n: int = 2, by: str = "Ann Lee <ann@customer.test>", body: str = "More.", **more: str
) -> int:
    return world.receive(
        mail(subject, body, by=by, message_id=f"<{n}@customer.test>", **more), sender=by.partition("<")[2][:-1]
    )


def test_a_mail_opens_a_case_of_priority_3_with_a_number_of_this_month(world: World) -> None:
    world.receive(mail())
    (case,) = world.cases
    assert case["number"] == "2611000001"
    assert (case["status"], case["priority"], case["subject"]) == ("new", 3, "Printer on fire")
    assert (case["mailbox"], case["contact"], case["entries"]) == ("support", "ann@customer.test", 1)
    assert re.fullmatch(r"ref:_00D[0-9A-Z]{6}\._500[0-9A-Z]{13}:ref", case["ref"])


def test_numbers_count_up_and_start_anew_each_month(world: World) -> None:
    for n in range(3):
        world.receive(mail(message_id=f"<{n}@x.test>"))
    world.clock.time = world.clock.time.replace(month=12)
    world.receive(mail(message_id="<9@x.test>"))
    assert [case["number"] for case in world.cases] == ["2611000001", "2611000002", "2611000003", "2612000001"]


def test_the_customer_is_confirmed_with_number_subject_and_ref(world: World) -> None:
    world.receive(mail())
    (letter,) = world.letters
    assert CARD.fullmatch(str(letter["Subject"])).groups() == (  # type: ignore[union-attr]
        "2611000001",
        "Printer on fire",
        world.cases[0]["ref"],
    )
    assert letter["To"] == "Ann Lee <ann@customer.test>"
    assert letter["In-Reply-To"] == "<1@customer.test>"
    assert letter["Auto-Submitted"] == "auto-replied"


def test_a_reply_with_the_ref_goes_on_its_case_without_a_letter(world: World) -> None:
    number = opened(world)
    reply(world, f"AW: {world.letters[0]['Subject']}")
    (case,) = world.cases
    assert case["entries"] == 2
    assert [entry["kind"] for entry in world.case(number)["history"]] == ["mail", "mail"]
    assert len(world.letters) == 1


def test_a_reply_by_in_reply_to_alone_finds_its_case(world: World) -> None:
    opened(world)
    row = world.inbox(reply(world, "other subject", in_reply_to=str(world.letters[0]["Message-ID"])))
    assert (row["reason"], len(world.cases)) == ("reply", 1)
    assert row["trace"]["match"]["how"] in {"thread", "reply_token"}


def test_a_reply_to_the_customers_own_mail_finds_its_case(world: World) -> None:
    opened(world)
    reply(world, "other subject", references="<0@customer.test> <1@customer.test>")
    assert [case["entries"] for case in world.cases] == [2]


def test_a_mail_to_the_reply_address_of_a_letter_finds_its_case(world: World) -> None:
    opened(world)
    address = str(world.letters[0]["Reply-To"])
    row = world.inbox(world.receive(mail("no subject to speak of", message_id="<2@x.test>"), to=address.strip("<>")))
    assert row["trace"]["match"]["how"] == "reply_token"
    assert len(world.cases) == 1


def test_a_participant_finds_his_case_by_its_number_alone(world: World) -> None:
    number = opened(world)
    reply(world, f"about {number}")
    assert [case["entries"] for case in world.cases] == [2]


def test_the_ref_in_the_body_finds_the_case(world: World) -> None:
    opened(world)
    reply(world, "hello", body=f"This is about {world.cases[0]['ref']}, please look.")
    assert [case["entries"] for case in world.cases] == [2]


@pytest.mark.parametrize("change", ["unknown key", "foreign org", "cut short"])
def test_an_untrue_ref_opens_a_new_case(world: World, change: str) -> None:
    opened(world)
    ref = str(world.cases[0]["ref"])
    last = "0" if ref[-5] != "0" else "1"
    untrue = {
        "unknown key": f"{ref[:-5]}{last}:ref",
        "foreign org": ref.replace("_00D", "_00DZ")[: len("ref:_00DZ") + 5] + ref[ref.index("._") :],
        "cut short": ref[:-6] + ":ref",
    }[change]
    assert untrue != ref
    reply(world, f"Re: something {untrue}")
    assert [case["entries"] for case in world.cases] == [1, 1]


@pytest.mark.parametrize("kind", ["altered", "foreign"])
def test_an_untrue_ref_takes_the_number_beside_it_along(world: World, kind: str) -> None:
    """Every installation counts from 000001 each month: a number that came with another desk's ref is that desk's."""
    number = opened(world)
    ref = str(world.cases[0]["ref"])
    last = "0" if ref[-5] != "0" else "1"
    untrue = f"{ref[:-5]}{last}:ref" if kind == "altered" else "ref:_00DOTHER9._500AAAABBBBCCCCD:ref"
    row = world.inbox(reply(world, f"Re: #{number}: their case {untrue}"))
    assert (row["reason"], len(world.cases)) == ("opened", 2)
    assert "beside a ref" in str(row["trace"]["signals"])


def test_two_numbers_in_one_subject_are_no_guess(world: World) -> None:
    first, second = opened(world), opened(world, subject="Second", message_id="<s@customer.test>")
    reply(world, f"about {first} and {second}", n=3)
    assert [case["entries"] for case in world.cases] == [1, 1, 1]


def test_two_different_refs_in_one_subject_are_held(world: World) -> None:
    opened(world)
    opened(world, subject="Second", message_id="<s@customer.test>")
    first, second = (str(case["ref"]) for case in world.cases)
    row = world.inbox(reply(world, f"Re: {first} {second}", n=3))
    assert (row["state"], row["reason"]) == ("held", "two_refs")


def test_a_stranger_with_a_ref_alone_is_held_and_can_be_released(world: World) -> None:
    from mailgate.pipeline import replay  # noqa: PLC0415 - the one test that needs it

    opened(world)
    row_id = reply(world, f"Re: {world.cases[0]['ref']}", by="Eve <eve@elsewhere.test>")
    assert (world.inbox(row_id)["state"], world.inbox(row_id)["reason"]) == ("held", "stranger")
    assert len(world.letters) == 1
    replay(world.house, row_id, released_by="operator")
    assert world.inbox(row_id)["state"] == "filed"
    assert [case["entries"] for case in world.cases] == [2]


def test_a_colleague_with_the_ref_is_appended_but_gmail_is_no_organisation(world: World) -> None:
    opened(world)
    reply(world, f"Re: {world.cases[0]['ref']}", by="Bob <bob@customer.test>")
    assert [case["entries"] for case in world.cases] == [2]
    world.receive(mail(by="Cy <cy@gmail.com>", message_id="<g@gmail.com>"), sender="cy@gmail.com")
    row = world.inbox(reply(world, f"Re: {world.cases[1]['ref']}", n=7, by="Dee <dee@gmail.com>"))
    assert row["reason"] == "stranger"


def test_a_resolved_case_is_reopened_by_the_customer(world: World) -> None:
    number = opened(world)
    world.set_status(number, "resolved")
    row = world.inbox(reply(world, f"Re: {world.cases[0]['ref']}"))
    assert (row["reason"], world.cases[0]["status"]) == ("reopened", "open")


def test_a_closed_case_is_reopened_within_14_days_and_followed_by_a_new_one_later(world: World) -> None:
    number = opened(world)
    ref = world.cases[0]["ref"]
    world.set_status(number, "closed")
    world.advance(days=14)
    reply(world, f"Re: {ref}")
    assert [case["status"] for case in world.cases] == ["open"]
    world.set_status(number, "closed")
    world.advance(days=14, seconds=1)
    row = world.inbox(reply(world, f"Re: {ref}", n=3))
    assert row["reason"] == "follow_up"
    old, new = world.cases
    assert (old["status"], new["status"]) == ("closed", "new")
    assert world.case(str(new["number"]))["follows"] == number
    assert str(new["ref"]) in str(world.letters[-1]["Subject"])
    assert str(old["ref"]) not in str(world.letters[-1]["Subject"])


def test_a_waiting_case_is_opened_by_the_customers_answer(world: World) -> None:
    number = opened(world)
    world.set_status(number, "waiting")
    reply(world, f"Re: {world.cases[0]['ref']}")
    assert world.cases[0]["status"] == "open"


@pytest.mark.parametrize("status", ["new", "open", "waiting", "resolved", "closed"])
def test_an_out_of_office_changes_no_status_and_is_not_answered(world: World, status: str) -> None:
    number = opened(world)
    if status != "new":
        world.set_status(number, status)
    row = world.inbox(
        reply(world, "Out of office", in_reply_to=str(world.letters[0]["Message-ID"]), auto_submitted="auto-replied")
    )
    assert (row["state"], row["reason"], row["case"]) == ("filed", "auto_reply", number)
    assert world.cases[0]["status"] == status
    assert len(world.letters) == 1


def test_an_out_of_office_about_nothing_of_ours_is_held(world: World) -> None:
    row = world.inbox(world.receive(mail("Out of office", auto_submitted="auto-replied")))
    assert (row["state"], row["reason"], world.cases, world.letters) == ("held", "auto_reply", [], [])


def test_monitoring_opens_a_case_without_a_letter(world: World) -> None:
    row = world.inbox(world.receive(mail("disk full on db1", auto_submitted="auto-generated")))
    assert (row["state"], row["reason"]) == ("filed", "opened")
    assert [case["status"] for case in world.cases] == ["new"]
    assert world.letters == []


def test_a_bounce_of_our_letter_goes_on_its_case_and_is_not_answered(world: World) -> None:
    number = opened(world)
    world.deliver()
    envelope_from = world.relay.sent[0][0]
    assert envelope_from.startswith("support+b")
    bounce = mail("Undelivered Mail Returned to Sender", by="MAILER-DAEMON@mx.customer.test", message_id="<b@mx.test>")
    row = world.inbox(world.receive(bounce, to=envelope_from, sender=""))
    assert (row["state"], row["reason"], row["case"]) == ("filed", "bounce", number)
    assert (world.cases[0]["status"], len(world.letters)) == ("new", 1)


def test_a_bounce_of_nothing_of_ours_is_held(world: World) -> None:
    bounce = mail("Undelivered Mail Returned to Sender", by="MAILER-DAEMON@mx.customer.test", message_id="<b@mx.test>")
    row = world.inbox(world.receive(bounce, sender=""))
    assert (row["state"], row["reason"]) == ("held", "bounce")


def test_our_own_letter_coming_back_is_held_as_a_loop(world: World) -> None:
    opened(world)
    row = world.inbox(world.receive(world.letters[0].as_bytes()))
    assert (row["state"], row["reason"]) == ("held", "loop")


@pytest.mark.parametrize(
    "author", ["support@example.com", "Help@Example.com", "support+x@example.com", "sales@example.com"]
)
def test_a_mail_from_an_address_of_ours_is_a_loop(world: World, author: str) -> None:
    row = world.inbox(world.receive(mail(by=author), sender="x@y.test"))
    assert (row["state"], row["reason"], world.letters) == ("held", "loop", [])


def test_a_blocked_sender_is_held(world: World) -> None:
    from mailgate.store import blocks  # noqa: PLC0415 - two tests need it

    with world.store.write() as connection:
        blocks.add(connection, "customer.test", "spam", world.clock.now())
    row = world.inbox(world.receive(mail()))
    assert (row["state"], row["reason"]) == ("held", "block")


def test_the_same_mail_twice_is_one_row_one_case_one_letter(world: World) -> None:
    first = world.receive(mail())
    again = world.receive(b"Received: by other.example; now\r\n" + mail())
    assert first == again
    assert world.inbox(first)["seen"] == 2
    assert ([case["entries"] for case in world.cases], len(world.letters)) == ([1], 1)


def test_the_same_message_id_with_other_bytes_is_attached_without_a_letter(world: World) -> None:
    number = opened(world)
    row = world.inbox(
        world.receive(mail("[list] Printer on fire", "It burns.\r\n--\r\nthe list"), sender="list@lists.test")
    )
    assert (row["state"], row["reason"], row["case"]) == ("filed", "copy", number)
    assert (len(world.cases), len(world.letters)) == (1, 1)


def test_a_copy_after_7_days_is_a_mail_of_its_own(world: World) -> None:
    opened(world)
    world.advance(days=7, seconds=1)
    world.receive(mail("[list] Printer on fire"))
    assert len(world.cases) == 2


def test_one_mail_to_two_of_our_mailboxes_opens_a_case_in_each(world: World) -> None:
    world.receive(mail(), to=("support@example.com", "sales@example.com"))
    assert {case["mailbox"] for case in world.cases} == {"support", "sales"}
    assert {str(letter["From"]).partition("<")[2] for letter in world.letters} == {
        "support@example.com>",
        "sales@example.com>",
    }


def test_an_answer_to_ones_own_mail_lands_in_each_mailbox_on_its_own_case(world: World) -> None:
    both = ("support@example.com", "sales@example.com")
    world.receive(mail(), to=both)
    world.receive(
        mail("Re: Printer on fire", "More.", message_id="<2@x.test>", in_reply_to="<1@customer.test>"), to=both
    )
    assert [case["entries"] for case in world.cases] == [2, 2]


def test_mail_without_a_message_id_is_known_again_by_its_content(world: World) -> None:
    first = world.receive(mail(message_id=None))
    assert world.receive(mail(message_id=None)) == first
    assert world.receive(mail(body="Another thing.", message_id=None)) != first
    assert len(world.cases) == 2


@pytest.mark.parametrize("author", ["a@x.test, b@y.test", "", "undisclosed:;", '"a@x.test"'])
def test_a_mail_of_nobody_is_a_case_like_any_other_without_a_letter(world: World, author: str) -> None:
    world.receive(mail(by=author))
    assert [case["contact"] for case in world.cases] in ([None], [""])
    assert world.letters == []
    assert "not sent" in world.case("2611000001")["history"][-1]["text"]


def test_a_no_reply_address_is_not_written_to(world: World) -> None:
    world.receive(mail(by="Shop <no-reply@shop.test>"))
    assert (len(world.cases), world.letters) == (1, [])


@pytest.mark.parametrize(
    ("authentication", "letters"),
    [(Authentication.PASS, 20), (Authentication.UNKNOWN, 20), (Authentication.UNVERIFIED, 5), (Authentication.FAIL, 0)],
)
def test_confirmations_to_one_address_are_capped_by_the_hour(authentication: Authentication, letters: int) -> None:
    with World() as world:
        for n in range(22):
            world.receive(mail(message_id=f"<{n}@x.test>"), authentication=authentication)
        assert (len(world.cases), len(world.letters)) == (22, letters)
        assert "not sent" in world.case("2611000022")["history"][-1]["text"]
        world.advance(hours=1, seconds=1)
        world.receive(mail("Something else", message_id="<later@x.test>"), authentication=authentication)
        assert len(world.letters) == letters + (letters > 0)


def test_an_unverified_sender_gets_no_words_of_his_own_back(world: World) -> None:
    world.receive(
        mail("Buy pills at http://spam.test", by="Cheap Pills <v@victim.test>"),
        authentication=Authentication.UNVERIFIED,
    )
    (letter,) = world.letters
    assert "pills" not in letter.as_string().lower()
    assert world.cases[0]["ref"] in str(letter["Subject"])


def test_reply_received_is_sent_where_the_policy_wants_it(world: World) -> None:
    chatty = replace(world.policy, letters=Letters(reply_received=True))
    with World(policy=chatty) as other:
        opened(other)
        reply(other, f"Re: {other.cases[0]['ref']}")
        assert len(other.letters) == 2
        assert other.cases[0]["ref"] in str(other.letters[1]["Subject"])


def test_an_answer_that_overtakes_its_parent_waits_for_it(world: World) -> None:
    answer = mail("Re: Printer on fire", "More.", message_id="<2@x.test>", in_reply_to="<1@customer.test>")
    world.receive(answer, process=False)
    world.receive(mail(), process=False)
    world.process()
    assert [case["entries"] for case in world.cases] == [2]


def test_two_mails_that_each_answer_the_other_are_both_decided(world: World) -> None:
    world.receive(mail(message_id="<1@x.test>", in_reply_to="<2@x.test>"), process=False)
    world.receive(mail(message_id="<2@x.test>", in_reply_to="<1@x.test>"), process=False)
    world.process()
    world.advance(seconds=2)
    assert world.sums() == {"filed": 2}


def test_a_strangers_machine_gets_no_foot_into_a_case(world: World) -> None:
    """What a mail says of itself opens no door: neither the mail, nor one that answers it."""
    number = opened(world)
    world.set_status(number, "resolved")
    evil = {"by": "Eve <eve@elsewhere.test>", "auto_submitted": "auto-replied"}
    for subject in (f"Automatic reply: #{number}", f"Automatic reply: {world.cases[0]['ref']}"):
        row = world.inbox(reply(world, subject, n=len(subject), **evil))
        assert (row["state"], row["reason"]) == ("held", "auto_reply")
        reply(world, "hello", n=len(subject) + 1, by="x@y.test", in_reply_to=f"<{len(subject)}@customer.test>")
    assert world.case(number)["status"] == "resolved"
    assert len(world.case(number)["history"]) == 2


def test_the_out_of_office_of_a_participant_leads_nobody_to_the_case(world: World) -> None:
    number = opened(world)
    answered = str(world.letters[0]["Message-ID"])
    reply(world, "Out of office", in_reply_to=answered, auto_submitted="auto-replied")
    reply(world, "hello", n=3, by="x@y.test", in_reply_to="<2@customer.test>")
    assert [entry["kind"] for entry in world.case(number)["history"]] == ["mail", "auto_reply"]


def test_a_reply_all_to_two_mailboxes_stands_once_on_each_ones_case(world: World) -> None:
    world.receive(mail(), to=("support@example.com", "sales@example.com"))
    letter = world.letters[0]
    answer = mail(
        f"Re: {letter['Subject']}",
        "More.",
        message_id="<2@customer.test>",
        in_reply_to=str(letter["Message-ID"]),
        references=f"<1@customer.test> {letter['Message-ID']}",
    )
    world.receive(answer, to=(str(letter["Reply-To"]), "sales@example.com"))
    assert [case["entries"] for case in world.cases] == [2, 2]


def test_a_reply_that_reaches_a_case_through_two_mailboxes_stands_on_it_once(world: World) -> None:
    world.receive(mail())
    letter = world.letters[0]
    answer = mail(f"Re: {letter['Subject']}", message_id="<2@x.test>", in_reply_to=str(letter["Message-ID"]))
    world.receive(answer, to=(str(letter["Reply-To"]), "sales@example.com"))
    assert [entry["kind"] for entry in world.case("2611000001")["history"]] == ["mail", "mail", "copy"]
    assert len(world.cases) == 1


def test_newsletters_of_a_blocked_domain_are_held(world: World) -> None:
    from mailgate.store import blocks  # noqa: PLC0415 - two tests need it

    with world.store.write() as connection:
        blocks.add(connection, "customer.test", "me", world.clock.now())
    row = world.inbox(world.receive(mail(list_unsubscribe="<mailto:x@customer.test>", precedence="bulk")))
    assert (row["state"], row["reason"]) == ("held", "block")


def test_a_number_of_a_stranger_does_not_hide_the_writers_own(world: World) -> None:
    bobs = opened(world, by="Bob <bob@other.test>", message_id="<b@other.test>")
    anns = opened(world)
    row = world.inbox(reply(world, f"order {bobs}, case #{anns}"))
    assert (row["reason"], row["case"]) == ("reply", anns)


def test_replies_to_a_case_closed_for_good_open_one_case_that_follows_it(world: World) -> None:
    number = opened(world)
    ref = world.cases[0]["ref"]
    world.set_status(number, "closed")
    world.advance(days=20)
    for n in (2, 3, 4):
        reply(world, f"Re: {ref}", n=n)
    assert [(case["status"], case["entries"]) for case in world.cases] == [("closed", 1), ("new", 3)]
    assert len(world.letters) == 2


def test_a_follow_up_is_opened_under_the_policy_of_the_mailbox_it_comes_to(world: World) -> None:
    world.receive(mail(), to="sales@example.com")
    ref = world.cases[0]["ref"]
    world.set_status("2611000001", "closed")
    world.advance(days=20)
    mine = replace(world.policy, name="mine", opening=Opening(priority=1))
    mailboxes = dict(world.house.settings.mailboxes)
    mailboxes["support"] = replace(mailboxes["support"], policy="mine")
    settings = replace(world.house.settings, mailboxes=mailboxes)
    world.house = replace(world.house, settings=settings, policies={**world.house.policies, "mine": mine})
    reply(world, f"Re: {ref}")
    assert (world.cases[1]["mailbox"], world.cases[1]["priority"]) == ("support", 1)


def test_a_mail_with_endless_references_is_still_its_writers(world: World) -> None:
    opened(world)
    endless = "\r\n ".join(f"<{n}.{'x' * 30}@elsewhere.test>" for n in range(600))
    row = world.inbox(reply(world, f"Re: {world.cases[0]['ref']}", references=endless))
    assert row["reason"] == "reply"


def test_a_batch_decides_as_its_mails_one_by_one(world: World) -> None:
    """Mails of one batch that build on each other: one writer, one case, one Message-ID, one old case."""
    number = opened(world)
    ref = str(world.cases[0]["ref"])
    old = opened(world, subject="old", message_id="<o@customer.test>", by="Zoe <zoe@customer.test>")
    old_ref = str(world.cases[1]["ref"])
    world.set_status(old, "closed")
    world.advance(days=20)
    batch = [
        mail(f"Re: {ref}", "one", by="Bob <bob@customer.test>", message_id="<b1@x.test>"),
        mail(f"Re: {ref}", "two", by="Cy <cy@customer.test>", message_id="<b2@x.test>"),
        mail(f"Re: {old_ref}", "three", by="Bob <bob@customer.test>", message_id="<b3@x.test>", cc="dee@customer.test"),
        mail(f"Re: {old_ref}", "four", by="Dee <dee@customer.test>", message_id="<b4@x.test>"),
        mail("new", "five", by="Eve <eve@else.test>", message_id="<b5@x.test>"),
        mail("[list] new", "five\r\n--\r\nlist", by="Eve <eve@else.test>", message_id="<b5@x.test>"),
        mail("about new", "six", by="Fay <fay@else.test>", message_id="<b6@x.test>", in_reply_to="<b5@x.test>"),
    ]
    for one in batch:
        world.receive(one, process=False)
    world.process()
    assert world.sums() == {"filed": 2 + len(batch)}
    written = [entry["text"] for entry in world.case(number)["history"] if entry["kind"] == "mail"]
    assert written == ["It burns.", "one", "two"]
    assert [case["entries"] for case in world.cases] == [3, 1, 2, 3]
    assert world.cases[2]["number"] == "2612000001"


def test_the_hourly_window_holds_within_a_batch(world: World) -> None:
    for n in range(25):
        world.receive(mail(message_id=f"<w{n}@x.test>"), process=False)
    world.process()
    assert (len(world.cases), len(world.letters)) == (25, 20)
