"""Who gets into the desk's window, and who does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from desk_site import EVE, OTTO, link_sent, signed_in, staffed
from mailgate.signing_in import MOST_LETTERS
from mailgate.store import desk_sessions
from site_visitor import HOST, Answer, Visitor, shown
from world import World

DOOR = "/desk/sign-out"  # any page of the desk that only who is signed in may post to


@pytest.fixture
def world() -> Iterator[World]:
    with staffed() as world:
        yield world


def asks(visitor: Visitor, address: str = EVE, then: str = "") -> Answer:
    return visitor.fill(visitor.get(f"/desk/sign-in?next={then}"), "/desk/sign-in", address=address)


def sessions(world: World) -> list[str]:
    now = world.clock.now()
    with world.store.read() as connection:
        return [one["address"] for one in desk_sessions.every(connection, now, now.replace(year=2000))]


def is_in(visitor: Visitor) -> bool:
    answer = visitor.get("/desk/cases")
    if answer.status == 303:
        assert answer.headers["Location"].startswith("/desk/sign-in")
    return answer.status == 200


def test_a_link_in_a_letter_lets_an_engineer_in_and_takes_him_where_he_wanted(world: World, site: Visitor) -> None:
    away = site.get("/desk/cases?owner=me&page=2")
    assert away.headers["Location"] == "/desk/sign-in?next=%2Fdesk%2Fcases%3Fowner%3Dme%26page%3D2"
    site.fill(site.get(away.headers["Location"]), "/desk/sign-in", address=EVE.upper())
    path = link_sent(world, EVE)
    entered = site.fill(site.get(path), path)
    assert (entered.status, entered.headers["Location"]) == (303, "/desk/cases?owner=me&page=2")
    assert is_in(site)


def test_the_page_answers_the_same_whoever_asks_and_only_ours_get_a_letter(world: World, site: Visitor) -> None:
    one, other = asks(site.another(), EVE), asks(site.another(), "mallory@example.org")
    assert one.text.replace(EVE, "?") == other.text.replace("mallory@example.org", "?")
    assert [name for name, _ in one.headers.items()] == [name for name, _ in other.headers.items()]
    world.deliver()
    assert [recipient for _, recipient, _ in world.relay.sent] == [EVE]


def test_looking_at_the_link_signs_nobody_in(world: World, site: Visitor) -> None:
    asks(site)
    path = link_sent(world, EVE)
    for _ in range(3):
        assert "One more press" in site.get(path).words
    assert (sessions(world), is_in(site)) == ([], False)


def test_a_link_works_once(world: World, site: Visitor) -> None:
    asks(site)
    path = link_sent(world, EVE)
    page = site.get(path)
    browser = dict(site.cookies)
    assert site.fill(page, path).status == 303
    site.cookies = browser
    assert site.fill(page, path).status == 403
    assert "used already" in site.get(path).words


def test_a_link_works_for_a_quarter_of_an_hour(world: World, site: Visitor) -> None:
    asks(site)
    path = link_sent(world, EVE)
    page = site.get(path)
    world.advance(minutes=15)
    assert site.fill(page, path).status == 403
    assert sessions(world) == []


def test_a_link_works_in_the_browser_that_asked_alone(world: World, site: Visitor) -> None:
    asks(site)
    path = link_sent(world, EVE)
    stranger = site.another()
    assert "in another browser" in stranger.get(path).words
    asks(stranger, "mallory@example.org")  # now he has a browser's cookie of his own
    page = site.get(path)
    fields = page.forms()[path]
    assert stranger.post(path, fields).status == 403
    assert site.fill(page, path).status == 303


def test_a_link_that_was_altered_lets_nobody_in(world: World, site: Visitor) -> None:
    asks(site)
    path = link_sent(world, EVE)
    for other in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/desk/sign-in/" + "x" * 43, "/desk/sign-in/.."):
        assert site.get(other).status in {403, 404}


def test_who_left_the_roster_after_asking_is_not_let_in(world: World, site: Visitor) -> None:
    asks(site)
    path = link_sent(world, EVE)
    page = site.get(path)
    off_the_roster(world, EVE)
    assert site.fill(page, path).status == 403


def test_who_leaves_the_roster_is_out_at_once(world: World, site: Visitor) -> None:
    eve = signed_in(world, site)
    assert is_in(eve)
    off_the_roster(world, EVE)
    assert not is_in(eve)


def test_signing_out_ends_the_session_also_for_who_kept_its_cookie(world: World, site: Visitor) -> None:
    eve = signed_in(world, site)
    kept = dict(eve.cookies)
    assert eve.fill(eve.get("/desk/cases"), "/desk/sign-out").headers["Location"] == "/desk/sign-in"
    assert not eve.cookies
    eve.cookies = kept
    assert not is_in(eve)


def test_an_hour_of_rest_ends_a_session_and_work_keeps_it(world: World, site: Visitor) -> None:
    eve = signed_in(world, site)
    for _ in range(4):
        world.advance(minutes=59)
        assert is_in(eve)
    world.advance(minutes=60)
    assert not is_in(eve)


def test_after_twelve_hours_a_session_is_over_whatever_one_does(world: World, site: Visitor) -> None:
    eve = signed_in(world, site)
    for _ in range(23):
        world.advance(minutes=30)
        assert is_in(eve)
    world.advance(minutes=30)
    assert not is_in(eve)


def test_nobody_is_sent_away_from_the_desk_by_a_link(world: World, site: Visitor) -> None:
    for evil in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/desk/../../evil",
        "/desk\r\nSet-Cookie:a",
    ):
        visitor = site.another()
        page = visitor.get("/desk/sign-in")
        visitor.fill(page, "/desk/sign-in", address=EVE, next=evil)
        path = link_sent(world, EVE)
        assert visitor.fill(visitor.get(path), path).headers["Location"] == "/desk"
        world.advance(hours=2)


def test_nobody_can_have_letters_written_without_end_and_the_page_does_not_tell(world: World, site: Visitor) -> None:
    answers = [asks(site.another()) for _ in range(MOST_LETTERS + 2)]
    world.deliver()
    assert len(world.relay.sent) == MOST_LETTERS
    assert {(one.status, one.text) for one in answers} == {(200, answers[0].text)}
    world.advance(hours=1, seconds=1)
    asks(site)
    world.deliver()
    assert len(world.relay.sent) == MOST_LETTERS + 1


def test_one_client_that_asks_for_many_is_told_to_wait(site: Visitor) -> None:
    found = [asks(site, f"one{n}@example.org").status for n in range(20)]
    assert found[0] == 200
    assert set(found) == {200, 429}


def test_no_breaker_stops_the_letter(world: World, site: Visitor) -> None:
    breaker = replace(world.house.settings.breaker, hourly=0)
    world.house = replace(world.house, settings=replace(world.house.settings, breaker=breaker))
    assert is_in(signed_in(world, site))


def test_the_outbox_shows_the_link_to_nobody(world: World, site: Visitor) -> None:
    asks(site)
    (letter,) = world.letters
    assert letter["Subject"] == "mailgate: signing in"
    assert "/desk/sign-in/" not in str(letter)
    assert link_sent(world, EVE)


def test_cookies_are_the_hosts_alone_and_leave_by_no_script_no_form_of_others_and_no_plain_wire(
    world: World, site: Visitor
) -> None:
    asks(site)
    path = link_sent(world, EVE)
    entered = site.fill(site.get(path), path)
    (cookie,) = [one for one in entered.headers.get_all("Set-Cookie") or () if "mailgate-desk" in one]
    said = {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}
    assert cookie.startswith("__Host-mailgate-desk=")
    assert {"secure", "httponly", "path", "samesite", "max-age"} <= said
    assert "domain" not in said
    assert "SameSite=lax" in cookie


def test_on_this_machine_itself_it_works_without_tls(world: World) -> None:
    with shown(world, local=True) as site:
        eve = signed_in(world, site)
        assert is_in(eve)
        assert all(not name.startswith("__Host-") for name in eve.cookies)


def test_a_form_of_one_session_is_worth_nothing_in_another(world: World, site: Visitor) -> None:
    eve, otto = signed_in(world, site), signed_in(world, site, OTTO)
    (fields,) = [form for action, form in eve.get("/desk/cases").forms().items() if action == DOOR]
    assert otto.post(DOOR, fields).status == 403
    assert otto.post(DOOR, {}).status == 403
    assert is_in(otto)


def test_a_page_of_another_site_signs_nobody_out(world: World, site: Visitor) -> None:
    eve = signed_in(world, site)
    (fields,) = [form for action, form in eve.get("/desk/cases").forms().items() if action == DOOR]
    body = f"csrf={fields['csrf']}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
    assert eve.ask("POST", DOOR, body, headers).status == 403
    assert is_in(eve)


def test_without_the_setting_there_is_no_desk(world: World) -> None:
    with shown(world, desk=False) as site:
        assert [site.get(path).status for path in ("/desk/sign-in", "/desk/cases")] == [404, 404]


def test_what_is_typed_must_be_an_address(world: World, site: Visitor) -> None:
    for typed in ("eve", "eve@", "a@b.example, c@d.example", '"<b>"@x.example', "x" * 300 + "@example.com"):
        answer = asks(site.another(), typed)
        assert answer.status == 422
        assert "<b>" not in answer.text
    world.deliver()
    assert world.relay.sent == []


def off_the_roster(world: World, address: str) -> None:
    left = tuple(one for one in world.house.settings.engineers if one.address != address)
    world.house = replace(world.house, settings=replace(world.house.settings, engineers=left))


def test_the_link_leads_to_the_configured_host_and_not_to_the_one_that_was_asked(world: World, site: Visitor) -> None:
    inside = Visitor(site.port, "127.0.0.1")
    inside.fill(inside.get("/desk/sign-in"), "/desk/sign-in", address=EVE)
    world.deliver()
    assert f"https://{HOST}/desk/sign-in/" in world.relay.sent[-1][2].decode()
