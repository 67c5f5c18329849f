"""The page of a case: what its customers see of it, each by the link in his own letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from case_pages import ANN, BOB, link_to, page_world
from mailgate import pipeline, rearranging
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed, EngineerReplied
from mailgate.cases.match import Standing
from mailgate.cases.may import Actor
from mailgate.mail.message import Authentication
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Extent
from site_visitor import Visitor, shown
from world import ROOT, World, mail

EVE = "eve@engineers.test"
BY_EVE = Actor(Standing.ENGINEER, EVE, Authentication.PASS, own_token=True)


@pytest.fixture
def world() -> Iterator[World]:
    with page_world(engineers=[EVE]) as world:
        world.receive(mail(cc=BOB))
        yield world


def number(world: World) -> str:
    return str(world.cases[0]["number"])


def replied(world: World, words: str, status: Status | None = None, *, internal: bool = False) -> None:
    pipeline.act(world.house, number(world), EngineerReplied(EVE, words, status, internal=internal), BY_EVE)


def test_the_link_in_a_letter_shows_the_case_to_its_reader(world: World, site: Visitor) -> None:
    answer = site.get(link_to(ANN, world))
    assert answer.status == 200
    assert f"Case {number(world)}: Printer on fire" in answer.words
    assert "Status received" in answer.words
    assert "Priority 3 (Medium) Service is limited little or not at all." in answer.words
    assert "It burns." in answer.words


def test_no_letter_has_another_letters_link(world: World) -> None:
    replied(world, "Look at the fuse.")
    links = [link_to(one, world) for one in (ANN, BOB)]
    assert len(set(links)) == 2


def test_a_letter_to_our_people_leads_to_the_desk_or_nowhere(world: World) -> None:
    (told,) = [letter for letter in world.letters if EVE in str(letter["To"])]
    assert "/case/" not in told.as_string()
    with shown(world):  # where there is a desk
        world.receive(mail(message_id="<9@customer.test>", subject="Lamp"))
    told = next(letter for letter in reversed(world.letters) if EVE in str(letter["To"]))
    assert f"/desk/cases/{world.cases[-1]['number']}" in told.as_string()


def test_clocks_are_told_in_the_zone_of_the_policy() -> None:
    policy = replace(load_policy(ROOT / "config/policies/default.toml"), zone="America/New_York")
    with page_world(policy) as world:
        world.receive(mail())
        with shown(world) as site:
            page = site.get(link_to(ANN, world)).words
            assert "First answer by 2026-11-17 11:00 EST (America/New_York)" in page


def test_a_clock_that_stands_still_or_is_met_is_told_so(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    replied(world, "Which printer?", Status.WAITING)
    page = site.get(link).words
    assert "Status waiting for your answer" in page
    assert "First answer done, 2026-11-17" in page


def test_a_target_that_was_missed_is_told_as_it_is(world: World, site: Visitor) -> None:
    world.clock.time = world.clock.time.replace(hour=20)
    assert "First answer was due by 2026-11-17 16:00 UTC" in site.get(link_to(ANN, world)).words


def test_the_rung_is_told_of_an_escalated_case_alone() -> None:
    with page_world(load_policy(ROOT / "config/policies/appviewx.toml")) as world:
        world.receive(mail())
        with shown(world) as site:
            assert "Escalated to" not in site.get(link_to(ANN, world)).words
            pipeline.act(world.house, number(world), EngineerActed("operator", escalate=True))
            first = world.policy.escalation.rungs[0]
            page = site.get(link_to(ANN, world))
            assert f"Escalated to {first.name}" in page.words
            assert not any(address in page.text for address in first.to)


def test_our_answer_is_told_under_a_public_name_and_nothing_that_was_not_sent(world: World, site: Visitor) -> None:
    replied(world, "Change the fuse.")
    replied(world, "He is a fool.", internal=True)
    page = site.get(link_to(ANN, world))
    assert "Change the fuse." in page.words
    assert "Eve" in page.words
    assert "fool" not in page.text
    assert EVE not in page.text


def test_an_answer_that_waits_for_somebodys_word_is_not_told(world: World, site: Visitor) -> None:
    note = "the customer has not paid any invoice since last spring and should be told nothing"
    replied(world, note, internal=True)
    replied(world, f"Dear Ann, {note}. Yours, Eve")
    assert "invoice" not in site.get(link_to(ANN, world)).text


def test_reasons_levels_and_owners_are_ours_alone(world: World, site: Visitor) -> None:
    pipeline.act(world.house, number(world), EngineerActed("operator", owner=EVE, reason="a tiresome person"))
    page = site.get(link_to(ANN, world))
    assert "tiresome" not in page.text
    assert EVE not in page.text


def test_what_others_than_those_of_the_case_wrote_is_not_told(world: World, site: Visitor) -> None:
    carol = mail(body="I work there, too.", by="Carol <carol@customer.test>", message_id="<3@customer.test>",
                 in_reply_to="<1@customer.test>")  # fmt: skip
    world.receive(carol)
    assert world.case(number(world))["entries"] == 2
    page = site.get(link_to(ANN, world))
    assert "I work there" not in page.text
    assert "carol" not in page.text


def test_what_all_of_the_case_wrote_is_told_to_each_of_them(world: World, site: Visitor) -> None:
    bob = mail(body="Smoke, too.", by=f"Bob <{BOB}>", message_id="<2@customer.test>", in_reply_to="<1@customer.test>")
    world.receive(bob)
    page = site.get(link_to(ANN, world)).words
    assert "You , 2026-11-17" in page
    assert f"{BOB} , 2026-11-17" in page
    assert "Smoke, too." in page


def test_a_neutral_letter_leads_to_no_words_of_who_nobody_could_make_sure_of() -> None:
    with page_world() as world:
        assert world.policy.confirmation[Authentication.UNVERIFIED] is Extent.NEUTRAL
        forged = mail(subject="Buy pills", body="At evil.test!", by=f"Evil Words <{ANN}>")
        world.receive(forged, authentication=Authentication.UNVERIFIED)
        with shown(world) as site:
            page = site.get(link_to(ANN, world))
            assert page.status == 200
            assert not any(word in page.text for word in ("pills", "evil.test", "Evil"))
            assert world.policy.texts.neutral_subject in page.words


def test_a_forged_mail_is_shown_as_doubtful_and_without_its_html(world: World, site: Visitor) -> None:
    forged = mail(body="Pay there.", message_id="<6@customer.test>", in_reply_to="<1@customer.test>")
    world.receive(forged, authentication=Authentication.FAIL)
    page = site.get(link_to(ANN, world))
    assert "Nobody could make sure that this was written by that address. Pay there." in page.words
    assert page.text.count("The whole mail") == 1


def test_the_links_of_others_in_a_quoted_letter_are_worth_nothing(world: World, site: Visitor) -> None:
    anns = link_to(ANN, world)
    quoting = mail(body=f"See https://support.example.com{anns} for it.", message_id="<4@customer.test>",
                   in_reply_to="<1@customer.test>")  # fmt: skip
    last = world.receive(quoting)
    world.receive(mail(by=f"Bob <{BOB}>", message_id="<5@customer.test>", in_reply_to="<1@customer.test>"))
    replied(world, "We look.")
    bobs = link_to(BOB, world)
    assert bobs != anns
    token = anns.rpartition("/")[2]
    assert token not in site.get(bobs).text
    assert token not in site.get(f"{bobs}/mail/{last}").text


def test_a_case_that_became_part_of_another_is_seen_there(world: World, site: Visitor) -> None:
    world.receive(mail(subject="Lamp", body="Dark.", message_id="<7@customer.test>", cc=BOB))
    old, survivor = (str(case["number"]) for case in world.cases)
    rearranging.merge(world.house, survivor, old)
    page = site.get(link_to(ANN, world))
    assert page.status == 200
    assert f"Case {old}: Printer on fire" in page.words
    assert "Dark." in page.words


def test_a_long_case_is_told_page_by_page(world: World, site: Visitor) -> None:
    for place in range(60):
        told = {"message_id": f"<n{place}@customer.test>", "in_reply_to": "<1@customer.test>"}
        world.receive(mail(body=f"Word {place}.", **told), process=False)
    world.process()
    link = link_to(ANN, world)
    page = site.get(link)
    assert "Word 59." in page.words
    assert "It burns." not in page.words
    older = page.text.partition("?before=")[2].partition("#")[0]
    assert "It burns." in site.get(f"{link}?before={older}").words
    assert site.get(f"{link}?before=9x").status == 200
