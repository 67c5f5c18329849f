"""One case in the desk's window: what its page shows, and what its forms do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from desk_site import EVE, OTTO, let_in, staffed
from mailgate import pipeline
from mailgate.cases.events import EngineerActed, EngineerReplied
from mailgate.cases.may import OPERATOR
from mailgate.mail.message import Authentication
from mailgate.policy.authority import Proof
from site_visitor import Answer, Visitor, shown
from world import World, mail

ANN = "ann@customer.test"
CHOSEN = {"do", "status", "owner", "of_case"}  # of a list: what is not in it cannot be kept


@pytest.fixture
def world() -> Iterator[World]:
    with staffed() as world:
        yield world


@pytest.fixture
def eve(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield let_in(world, site)


def opened(world: World, words: str = "The printer burns.", subject: str = "Printer") -> str:
    """A new case; its number."""
    inbound = world.receive(mail(subject, words, message_id=f"<{subject}@customer.test>".replace(" ", "")))
    return str(world.inbox(inbound)["case"])


def answers(world: World, number: str, words: str, authentication: Authentication = Authentication.UNKNOWN) -> None:
    """Ann answers on the case."""
    subject, name = f"Re: {world.case(number)['ref']}", f"<{abs(hash(words))}@customer.test>"
    world.receive(mail(subject, words, message_id=name), authentication=authentication)


def page(visitor: Visitor, number: str, query: str = "") -> Answer:
    answer = visitor.get(f"/desk/cases/{number}{query}")
    assert answer.status == 200
    return answer


def does(visitor: Visitor, number: str, form: str, **fields: str) -> Answer:
    return visitor.fill(page(visitor, number), f"/{number}/{form}", **fields)


def sent_to(world: World, address: str) -> list[str]:
    return [str(letter["Subject"]) for letter in world.letters if letter["To"] and address in str(letter["To"])]


def last_reply(world: World) -> str:
    part = world.letters[-1].get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_an_answer_goes_out_in_the_engineers_name_and_the_case_waits(world: World, eve: Visitor) -> None:
    number = opened(world)
    done = does(eve, number, "reply", words="Pull the plug.", do="send")
    assert (done.status, done.headers["Location"]) == (303, f"/desk/cases/{number}?done=sent")
    assert world.case(number)["status"] == "waiting"
    assert "Eve" in str(world.letters[-1]["From"])
    assert "Pull the plug." in last_reply(world)
    assert "Your answer is on its way." in page(eve, number, "?done=sent").words


def test_an_answer_sets_the_status_that_is_chosen(world: World, eve: Visitor) -> None:
    number = opened(world)
    does(eve, number, "reply", words="Done.", do="send", status="resolved")
    assert world.case(number)["status"] == "resolved"


def test_a_note_stays_with_us_and_is_told_apart(world: World, eve: Visitor) -> None:
    number = opened(world)
    letters = len(world.letters)
    does(eve, number, "reply", words="He is always like this.", do="note")
    assert len(world.letters) == letters
    assert 'article class="note"' in page(eve, number).text
    assert "Internal note: customers never see it" in page(eve, number).words


def test_words_of_a_note_are_found_before_they_leave_and_can_leave_all_the_same(world: World, eve: Visitor) -> None:
    number = opened(world)
    secret = "the customer forgot to pay the last three bills of this year"
    does(eve, number, "reply", words=secret, do="note")
    letters = len(world.letters)
    told = does(eve, number, "reply", words=f"Dear Ann, {secret}.", do="send")
    assert told.status == 200
    assert "it has words of the internal note" in told.words
    assert secret in told.text.partition("<textarea")[2].partition("</textarea>")[0]
    assert len(world.letters) == letters
    assert world.case(number)["status"] == "new"
    done = eve.fill(told, "/reply", words=f"Dear Ann, {secret}.", do="anyway")
    assert done.headers["Location"].endswith("done=sent")
    world.deliver()
    assert secret in last_reply(world)
    assert world.relay.sent[-1][1] == ANN


def test_what_somebody_else_did_meanwhile_is_told_and_no_word_is_lost(world: World, eve: Visitor) -> None:
    number = opened(world)
    old = page(eve, number)
    pipeline.act(world.house, number, EngineerReplied(OTTO, "I have it."))
    told = eve.fill(old, "/reply", words="Pull the plug & run.", do="send")
    assert told.status == 409
    assert "has changed meanwhile" in told.words
    assert "Pull the plug &amp; run." in told.text
    assert "I have it." in told.words
    assert "Pull the plug" not in last_reply(world)
    assert eve.fill(told, "/reply", words="Pull the plug.", do="send").status == 303


def test_every_form_of_the_page_notices_what_somebody_else_did(world: World, eve: Visitor) -> None:
    number, other = opened(world), opened(world, subject="Other")
    old = page(eve, number)
    pipeline.act(world.house, number, EngineerActed(OTTO, answered=True))
    before = world.case(number)
    asked = {
        "reply": {"words": "Hello there.", "do": "send"},
        "set": {"priority": "1"},
        "people": {"join": "bob@customer.test"},
        "revoke": {"of": ANN},
        "merge": {"into": other},
        "split": {"entries": "1"},
    }
    assert {
        form: eve.fill(old, f"/{number}/{form}", **fields).status for form, fields in asked.items()
    } == dict.fromkeys(asked, 409)
    for how in ("note", "anyway"):
        assert eve.fill(old, f"/{number}/reply", words="Hello there.", do=how).status == 409
    assert world.case(number) == before


@pytest.mark.parametrize(
    ("fields", "becomes"),
    [
        ({"status": "resolved"}, {"status": "resolved"}),
        ({"priority": "1"}, {"priority": 1}),
        ({"owner": EVE}, {"owner": EVE}),
        ({"owner": OTTO, "reason": "too deep"}, {"owner": OTTO}),
        ({"activated": "1"}, {"status": "open"}),
        ({"workaround": "1"}, {"status": "open"}),
        ({"answered": "1"}, {"status": "open"}),
        ({"spam": "1"}, {"status": "closed"}),
        ({"wait_days": "5"}, {"status": "waiting"}),
        ({"status": "closed"}, {"status": "closed"}),
    ],
    ids="_".join,
)
def test_what_case_set_does_the_page_does(
    world: World, eve: Visitor, fields: dict[str, str], becomes: dict[str, object]
) -> None:
    number = opened(world)
    done = does(eve, number, "set", **fields)
    assert done.headers["Location"] == f"/desk/cases/{number}?done=changed"
    case = world.case(number)
    assert {name: case[name] for name in becomes} == becomes
    assert EVE in {entry["actor"] for entry in case["history"]}


def test_a_case_is_given_back_to_nobody(world: World, eve: Visitor) -> None:
    number = opened(world)
    does(eve, number, "set", owner=EVE)
    does(eve, number, "set", owner="nobody")
    assert world.case(number)["owner"] == ""


def test_escalation_moves_one_rung(world: World, eve: Visitor) -> None:
    number = opened(world)
    answer = does(eve, number, "set", escalate="1", reason="He shouts.")
    rungs = world.policy.escalation.rungs
    assert answer.status == (303 if rungs else 403)
    assert world.case(number)["rung"] == min(1, len(rungs))


def test_people_join_and_leave(world: World, eve: Visitor) -> None:
    number = opened(world)
    does(eve, number, "people", join="Bob <bob@customer.test>, carl@customer.test")
    assert world.case(number)["participants"] == [ANN, "bob@customer.test", "carl@customer.test"]
    does(eve, number, "people", leave="carl@customer.test")
    assert world.case(number)["participants"] == [ANN, "bob@customer.test"]


def test_reply_tokens_are_revoked(world: World, eve: Visitor) -> None:
    number = opened(world)
    does(eve, number, "revoke", of=ANN)
    assert f"the reply tokens of {ANN} were revoked" in page(eve, number).words


def test_cases_are_merged_and_the_old_number_leads_to_the_new_page(world: World, eve: Visitor) -> None:
    one, other = opened(world), opened(world, subject="Printer again")
    assert does(eve, one, "merge", into=f"#{other}").status == 303
    assert eve.get(f"/desk/cases/{one}").headers["Location"] == f"/desk/cases/{other}"
    assert f"Merged into it {one}" in page(eve, other).words


def test_entries_are_split_off(world: World, eve: Visitor) -> None:
    number = opened(world)
    answers(world, number, "And my phone too.")
    assert does(eve, number, "split", entries="2").status == 303
    assert len(world.cases) == 2
    assert does(eve, number, "split", entries="77").status == 403
    assert does(eve, number, "split", entries="two").status == 422


@pytest.mark.parametrize(
    ("form", "fields", "status", "told"),
    [
        ("reply", {"words": "  ", "do": "send"}, 422, "there are no words to send"),
        ("reply", {"words": "/close\nBye", "do": "send"}, 422, "is a command of mail"),
        ("reply", {"words": "Hello", "do": "send", "status": "gone"}, 422, "there is no such status"),
        ("set", {}, 422, "say what is to change"),
        ("set", {"priority": "9"}, 403, "has no priority 9"),
        ("set", {"priority": "-1"}, 422, "priority is a number"),
        ("set", {"owner": "mallory@example.org"}, 422, "there is no such engineer"),
        ("people", {"join": "nobody"}, 422, "address"),
        ("people", {"leave": "bob@customer.test"}, 403, "does not take part"),
        ("people", {"join": EVE}, 403, "is an engineer of ours"),
        ("merge", {"into": "2611999999"}, 422, "there is no such number"),
        ("split", {"entries": "1", "of_case": "2611999999"}, 422, "is no part of this case"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_was_typed(
    world: World, eve: Visitor, form: str, fields: dict[str, str], status: int, told: str
) -> None:
    number = opened(world)
    before = world.case(number)
    answer = does(eve, number, form, **fields)
    assert answer.status == status
    assert told in answer.words
    assert all(value.strip() in answer.text for name, value in fields.items() if name not in CHOSEN)
    assert world.case(number) == before


def test_what_the_policy_lets_no_engineer_do_no_page_does(world: World, eve: Visitor) -> None:
    number = opened(world)
    engineer = replace(world.policy.authority.engineer, relay=Proof.NEVER, commands=Proof.NEVER)
    policy = replace(world.policy, authority=replace(world.policy.authority, engineer=engineer))
    world.change_policy(policy)
    other = opened(world, subject="Other")
    before = world.case(number)
    for form, fields in (
        ("reply", {"words": "Pull the plug.", "do": "send"}),
        ("set", {"priority": "1"}),
        ("people", {"join": "bob@customer.test"}),
        ("revoke", {"of": ANN}),
        ("split", {"entries": "1"}),
        ("merge", {"into": other}),
    ):
        answer = does(eve, number, form, **fields)
        assert (answer.status, f"{EVE} may not" in answer.words) == (403, True), form
    assert world.case(number) == before
    assert does(eve, number, "reply", words="Only for us.", do="note").status == 303


def test_the_page_needs_a_session_and_a_form_of_ours(world: World, eve: Visitor) -> None:
    number = opened(world)
    fields = page(eve, number).forms()[f"/desk/cases/{number}/set"]
    stranger = eve.another()
    assert stranger.get(f"/desk/cases/{number}").status == 303
    assert stranger.post(f"/desk/cases/{number}/set", {**fields, "priority": "1"}).status in {401, 403}
    assert eve.post(f"/desk/cases/{number}/set", {"seen": fields["seen"], "priority": "1"}).status == 403
    assert world.case(number)["priority"] == 3


def test_who_was_signed_out_meanwhile_gets_back_what_he_typed(world: World, eve: Visitor) -> None:
    number = opened(world)
    old = page(eve, number)
    world.clock.time += timedelta(hours=13)
    answer = eve.fill(old, "/reply", words="A long answer <b>that</b> took an hour.", do="send")
    assert answer.status == 401
    assert "A long answer &lt;b&gt;that&lt;/b&gt; took an hour." in answer.text


def test_looking_changes_nothing(world: World, eve: Visitor) -> None:
    number = opened(world)
    before, letters = world.case(number), len(world.letters)
    for query in ("", "?done=sent", "?before=1", "?after=1", "?before=x"):
        page(eve, number, query)
    for path in ("reply", "set", "merge"):
        assert eve.get(f"/desk/cases/{number}/{path}").status == 405
    assert (world.case(number), len(world.letters)) == (before, letters)


def test_a_case_that_is_not_there_is_not_found(eve: Visitor) -> None:
    assert [eve.get(f"/desk/cases/{number}").status for number in ("2611999999", "x", "1%27")] == [404, 404, 404]


def test_words_of_strangers_are_words(world: World, eve: Visitor) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"
    number = opened(world, words=evil, subject=f"A {evil}")
    for path in (f"/desk/cases/{number}", "/desk/cases"):
        text = eve.get(path).text
        assert "<script" not in text
        assert "<img" not in text
    assert evil in page(eve, number).words


def test_who_was_proved_and_who_was_not_is_seen(world: World, eve: Visitor) -> None:
    number = opened(world)
    for authentication, told in (
        (Authentication.PASS, "proved"),
        (Authentication.UNVERIFIED, "not proved"),
        (Authentication.FAIL, "forged, says the door"),
    ):
        answers(world, number, f"So it is: {authentication}.", authentication)
        assert told in page(eve, number).words


def test_quoted_words_are_folded(world: World, eve: Visitor) -> None:
    number = opened(world)
    answers(world, number, "No.\n\nOn Monday Eve wrote:\n> Does it burn?\n")
    text = page(eve, number).text
    assert "<summary>Quoted words</summary>" in text
    assert "Does it burn?" in text.partition("<summary>Quoted words</summary>")[2]


def test_letters_stand_with_their_state(world: World, eve: Visitor) -> None:
    number = opened(world)
    does(eve, number, "reply", words="Pull the plug.", do="send")
    assert "reply to ann@customer.test : waits to be sent" in page(eve, number).words.replace("test:", "test :")
    world.deliver()
    words = page(eve, number).words.replace("test:", "test :")
    assert "reply to ann@customer.test : sent" in words
    assert "confirmation to ann@customer.test : sent" in words


def test_a_deep_history_is_paged_without_gap_or_repetition(world: World, eve: Visitor) -> None:
    number = opened(world, words="word 0.")
    for n in range(1, 121):
        world.clock.time += timedelta(seconds=n % 3)  # some of one moment
        pipeline.act(world.house, number, EngineerReplied(EVE, f"word {n}.", internal=True), OPERATOR)
    seen: list[int] = []
    answer = page(eve, number)
    while True:
        seen += [n for n in range(121) if f">word {n}.<" in answer.text]
        older = answer.text.partition(f'href="/desk/cases/{number}?before=')[2].partition("#")[0]
        if not older:
            break
        answer = page(eve, number, f"?before={older}")
        newer = answer.text.partition(f'href="/desk/cases/{number}?after=')[2].partition("#")[0]
        assert "word" in page(eve, number, f"?after={newer}").words
    assert sorted(seen) == list(range(121))
    assert seen.index(120) < seen.index(0)


def test_clocks_are_drawn_and_told_in_a_table(world: World, eve: Visitor) -> None:
    number = opened(world)
    text = page(eve, number).text
    assert 'role="img" aria-label="The clocks of the case' in text
    assert "4 h 0 min left" in page(eve, number).words
    world.advance(hours=5)
    assert "overdue" in page(eve, number).words
    assert page(eve, number).text.count("l12 12m0 -12l-12 12") == 1
    does(eve, number, "reply", words="Sorry.", do="send")
    assert "met, too late" in page(eve, number).words
