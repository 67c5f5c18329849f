"""What the five published policies promise of a page, line by line, played on it under the shipped policy files."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.cases.account import AccountContact, AccountStatus
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed, EngineerReplied
from mailgate.cases.match import Standing
from mailgate.cases.may import Actor
from mailgate.mail.message import Authentication
from mailgate.pipeline import act
from mailgate.policy.load import load_policy
from mailgate.store import accounts
from policy_pages import BOB, CSM, EVE, become, does, letter_link, offered, opened, organisations_page, playing
from world import ROOT, mail

# AppViewX


def test_appviewx_the_customer_changes_the_priority_at_any_time_after_opening() -> None:
    with playing("appviewx") as (world, site):
        number, link = opened(world, "CRITICAL: all is down, Priority 1")
        assert "Priority 3 (Medium)" in site.get(link).words
        steps = [(None, "1"), (Status.OPEN, "2"), (Status.WAITING, "4"), (Status.RESOLVED, "1"), (Status.CLOSED, "3")]
        for status, priority in steps:
            if status is not None:
                become(world, number, status)
            page = does(site, link, "priority", priority=priority)
            name = world.policy.priority(int(priority)).name
            assert f"Priority {priority} ({name})" in page.words
            assert world.case(number)["priority"] == int(priority)


def test_appviewx_the_page_tells_how_each_priority_is_defined() -> None:
    with playing("appviewx") as (world, site):
        _, link = opened(world)
        words = site.get(link).words
        for priority in world.policy.priorities:
            assert " ".join(priority.definition.split()) in words


def test_appviewx_each_click_escalates_one_rung_and_only_then_is_a_rung_shown() -> None:
    with playing("appviewx") as (world, site):
        number, link = opened(world)
        page = site.get(link)
        assert "Escalated to" not in page.words
        for place, rung in enumerate(world.policy.escalation.rungs, start=1):
            assert f"Escalate to {rung.name}" in page.words
            page = does(site, link, "escalate")
            assert f"Escalated to {rung.name}" in page.words
            assert world.case(number)["rung"] == place
            assert rung.to[0] in {str(letter["To"]) for letter in world.letters}
        assert "escalate" not in offered(page)


def test_appviewx_the_whole_account_is_escalated_by_changing_its_status() -> None:
    with playing("appviewx") as (world, site):
        home = organisations_page(world, site)
        page = site.get(home)
        assert "Account in order" in page.words
        answer = site.fill(page, "/status", status="escalated", reason="We go live on Monday")
        assert "Account escalated" in site.get(answer.headers["Location"]).words
        told = world.letters[-1].get_body(("plain",))
        assert (world.letters[-1]["To"], "We go live on Monday" in str(told)) == (CSM, True)
        number, _ = opened(world)
        assert world.case(number)["account_status"] == "escalated"


def test_appviewx_an_account_is_asked_for_approved_by_the_csm_and_finished_by_a_mailed_link() -> None:
    with playing("appviewx") as (world, site):
        form = site.get("/account/support")
        site.fill(form, "/account/support", address="fay@new.test", telephone="+49 30 1234567", preferred="telephone")
        assert [str(letter["To"]) for letter in world.letters] == [CSM]
        approve = letter_link(world, CSM, "account/approve")
        page = site.get(approve)
        assert all(said in page.words for said in ("fay@new.test", "+49 30 1234567", "telephone"))
        site.fill(page, approve, organisation="New Ltd", decision="approve")
        finish = letter_link(world, "fay@new.test", "account/finish")
        site.fill(site.get(finish), finish, name="Fay")
        with world.store.read() as connection:
            fay = accounts.contact(connection, "fay@new.test")
        assert fay == AccountContact("New Ltd", "fay@new.test", "Fay", "+49 30 1234567", preferred="telephone")
        assert world.cases[0]["status"] == "closed"


# Aveksa


def test_aveksa_no_page_shows_an_engineers_own_address() -> None:
    with playing("aveksa") as (world, site):
        number, link = opened(world)
        act(world.house, number, EngineerActed("operator", owner=EVE, level=2, reason=f"{EVE} knows printers"))
        eve = Actor(Standing.ENGINEER, EVE, Authentication.PASS, own_token=True)
        act(world.house, number, EngineerReplied(EVE, f"Look at the fuse. Yours, {EVE}"), eve)
        world.deliver()
        page = site.get(link)
        assert "Look at the fuse." in page.words
        assert EVE not in page.text
        home = organisations_page(world, site)
        for path in (home, f"{home}/case/{number}"):
            assert EVE not in site.get(path).text


def test_aveksa_level_3_is_called_in_by_escalation() -> None:
    with playing("aveksa") as (world, site):
        _, link = opened(world)
        assert "Escalated to" not in site.get(link).words
        assert "Escalated to Level 3" in does(site, link, "escalate").words
        assert "level-3@example.net" in {str(letter["To"]) for letter in world.letters}


def test_aveksa_a_case_whose_solution_was_given_is_closed_by_its_customer() -> None:
    with playing("aveksa") as (world, site):
        number, link = opened(world)
        become(world, number, Status.RESOLVED)
        assert "Status closed" in does(site, link, "confirm").words


# Auvik


def test_auvik_the_severity_is_set_by_support_and_by_nobody_else() -> None:
    with playing("auvik") as (world, site):
        number, link = opened(world, "Severity 1: all is down")
        page = site.get(link)
        assert "Priority 3 (Severity 3), until we have looked at it" in page.words
        assert "priority" not in offered(page)
        fields = next(iter(page.forms().values()))
        assert site.post(f"{link}/priority", {**fields, "priority": "1"}).status == 403
        assert world.case(number)["priority"] == 3
        act(world.house, number, EngineerActed("operator", priority=1))
        assert "Priority 1 (Severity 1) Service substantially fails" in site.get(link).words


def test_auvik_deadlines_are_told_in_eastern_time_and_counted_in_support_hours() -> None:
    with playing("auvik") as (world, site):
        number, link = opened(world)
        act(world.house, number, EngineerActed("operator", priority=1))
        # Opened Tuesday 07:00 in New York: two business hours later.
        assert "First answer by 2026-11-17 09:00 EST (America/New_York)" in site.get(link).words


def test_auvik_the_page_names_telephone_and_chat_and_their_hours() -> None:
    with playing("auvik") as (world, site):
        _, link = opened(world)
        words = site.get(link).words
        assert "1-866-59-AUVIK (28845) ext. 2, or by live chat in the product" in words
        assert "Monday to Friday, 4 am to 10 pm ET" in words


# Roxen


def test_roxen_the_priority_is_of_the_senders_choice_on_the_page_as_in_the_mail() -> None:
    with playing("roxen") as (world, site):
        number, link = opened(world, "Priority: High, pages are slow")
        assert "Priority 2 (High)" in site.get(link).words
        page = does(site, link, "priority", priority="1")
        assert "Priority 1 (Critical) System production unit severely impacted" in page.words
        assert world.case(number)["priority"] == 1


def test_roxen_the_page_tells_when_work_begins_and_when_we_report() -> None:
    with playing("roxen") as (world, site):
        number, link = opened(world, "Priority: High, pages are slow")
        words = site.get(link).words
        assert "First answer by 2026-11-17 16:00 UTC" in words
        assert "Work begins by 2026-11-18 12:00 UTC" in words
        assert "Next word from us by 2026-11-18 12:00 UTC" in words
        act(world.house, number, EngineerActed("operator", activated=True))
        assert "Work begins done, 2026-11-17 12:00 UTC" in site.get(link).words


# BeyondTrust


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.WAITING])
def test_beyondtrust_the_customer_closes_his_case_at_any_time(status: Status) -> None:
    with playing("beyondtrust") as (world, site):
        number, link = opened(world)
        if status is not Status.NEW:
            become(world, number, status)
        assert "Status closed" in does(site, link, "close").words
        assert world.case(number)["status"] == "closed"


def test_beyondtrust_the_customer_confirms_what_we_believe_resolved_as_long_as_it_is_open() -> None:
    with playing("beyondtrust") as (world, site):
        number, link = opened(world)
        assert "confirm" not in offered(site.get(link))
        become(world, number, Status.RESOLVED)
        for _ in range(14):
            world.advance(days=1)
        page = site.get(link)
        assert "Closes by itself" in page.words
        assert "confirm" in offered(page)
        assert "Status closed" in does(site, link, "confirm").words


def test_beyondtrust_the_severity_is_provisional_until_support_validated_it() -> None:
    with playing("beyondtrust") as (world, site):
        number, link = opened(world)
        assert "until we have looked at it" in site.get(link).words
        act(world.house, number, EngineerActed("operator", priority=3))
        assert "until we have looked at it" not in site.get(link).words


def test_beyondtrust_a_rung_is_shown_once_a_supervisor_or_manager_was_asked_for() -> None:
    with playing("beyondtrust") as (world, site):
        _, link = opened(world)
        assert "Escalated to" not in site.get(link).words
        assert "Escalated to Support supervisor" in does(site, link, "escalate").words
        assert "Escalated to Support manager" in does(site, link, "escalate").words


def test_beyondtrust_an_admin_sees_all_cases_of_his_organisation_and_its_licences() -> None:
    with playing("beyondtrust") as (world, site):
        world.receive(mail("Session drops", by=f"Bob <{BOB}>"))
        other, _ = opened(world, "Printer on fire", message_id="<2@customer.test>")
        home = organisations_page(world, site)
        words = site.get(home).words
        numbers = [str(case["number"]) for case in world.cases]
        assert other in numbers
        assert all(
            said in words for said in (*numbers, "Session drops", "Printer on fire", BOB.partition("@")[0].title())
        )
        assert "Privileged Remote Access, 20 seats, Password Safe, 500 assets" in words
        assert "until 2027-06-30" in words
        assert "It burns." in site.get(f"{home}/case/{numbers[0]}").words


def test_beyondtrust_an_admin_adds_contacts_who_may_then_open_cases() -> None:
    with playing("beyondtrust") as (world, site):
        home = organisations_page(world, site)
        site.fill(site.get(home), "/add", address="dan@customer.test", name="Dan")
        with world.store.read() as connection:
            assert accounts.contact(connection, "dan@customer.test") is not None
        # Whoever is elsewhere is decided on by us, and agrees himself, before his mail opens cases.
        dan = "Dan <dan@partner.test>"
        site.fill(site.get(home), "/add", address="dan@partner.test", name="Dan")
        world.receive(mail("Too early", by=dan, message_id="<7@partner.test>"))
        assert "Too early" not in {str(case["subject"]) for case in world.cases}
        approve = letter_link(world, CSM, "account/approve")
        page = site.get(approve)
        site.fill(page, approve, decision="approve")
        finish = letter_link(world, "dan@partner.test", "account/finish")
        site.fill(site.get(finish), finish)
        world.receive(mail("Now it may", by=dan, message_id="<8@partner.test>"))
        assert "Now it may" in {str(case["subject"]) for case in world.cases}


def test_beyondtrust_the_status_of_an_account_is_not_its_admins_to_change() -> None:
    with playing("beyondtrust") as (world, site):
        page = site.get(organisations_page(world, site))
        assert "status" not in offered(page)
        with world.store.read() as connection:
            assert accounts.status(connection, "customer ltd") is AccountStatus.NORMAL


# For all


@pytest.mark.parametrize("policy", ["appviewx", "aveksa", "auvik", "roxen", "beyondtrust"])
def test_every_policys_deadline_stands_on_the_page_in_its_own_zone(policy: str) -> None:
    with playing(policy) as (world, site):
        _, link = opened(world)
        words = site.get(link).words
        zone = "EST (America/New_York)" if policy == "auvik" else "UTC"
        assert re.search(rf"First answer by 2026-11-\d\d \d\d:\d\d {re.escape(zone)}", words)


@pytest.mark.parametrize("policy", ["aveksa", "auvik", "roxen", "beyondtrust"])
def test_nobody_asks_for_an_account_where_the_policy_has_none(policy: str) -> None:
    with playing(policy) as (_, site):
        assert site.get("/account/support").status == 404


def test_what_a_letter_promised_stays_on_the_page_when_the_policy_changes() -> None:
    with playing("appviewx") as (world, site):
        _, link = opened(world)
        before = re.findall(r"First answer by (\S+ \S+)", site.get(link).words)
        world.clock.time += timedelta(minutes=1)
        slower = load_policy(ROOT / "config/policies/beyondtrust.toml")
        world.house = replace(world.house, policies={world.policy.name: slower})
        assert re.findall(r"First answer by (\S+ \S+)", site.get(link).words) == before
