"""The desk's inbox: why a mail is held, what it says, and what comes of letting it in, walking it again, dropping."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import select

from desk_site import EVE, OTTO, signed_in, staffed
from mailgate.policy.authority import Proof
from mailgate.store.tables import inbound, raw_mail
from mailgate.web.desk.listed import PAGE, WINDOW
from site_visitor import Answer, Visitor
from world import World, mail

AWAY = mail("Away", "Back soon", message_id="<3@customer.test>", auto_submitted="auto-replied")


@pytest.fixture
def world() -> Iterator[World]:
    with staffed() as world:
        yield world


def tries(visitor: Visitor, what: str, *ids: int) -> Answer:
    page = visitor.get("/desk/inbox?state=all")
    return visitor.fill(page, "/desk/inbox/try", what=what, id=list(ids))


def test_what_waits_for_a_person_is_listed_with_its_reason(world: World, eve: Visitor) -> None:
    world.receive(mail())
    world.receive(AWAY)
    page = eve.get("/desk/inbox")
    assert "an automatic answer ann@customer.test Away support" in page.words
    assert "Printer on fire" not in page.words
    assert "Printer on fire" in eve.get("/desk/inbox?state=all").words


def test_a_mail_says_who_wrote_it_when_and_why_it_is_held_in_the_words_of_explain(world: World, eve: Visitor) -> None:
    held = world.receive(AWAY)
    page = eve.get(f"/desk/inbox/{held}").words
    assert "is held : an automatic answer (Auto-Submitted: auto-replied)" in page
    assert "Did a machine write it? Yes: Auto-Submitted: auto-replied." in page
    assert "Back soon" in page
    assert "ann@customer.test" in page


def test_an_engineer_lets_a_held_mail_in_after_being_told_what_that_does(world: World, eve: Visitor) -> None:
    held = world.receive(AWAY)
    told = tries(eve, "release", held)
    assert f"mail {held} would be filed on case (new), now new" in told.words
    assert world.inbox(held)["state"] == "held"
    done = eve.fill(told, "/desk/inbox/do")
    assert "Done: 1 of 1." in done.words
    assert (world.inbox(held)["state"], world.inbox(held)["released_by"]) == ("filed", EVE)


def test_several_are_let_in_at_once_and_each_is_told_of(world: World, eve: Visitor) -> None:
    first, other = world.receive(AWAY), world.receive(mail())
    second = world.receive(mail("Away", "Gone", message_id="<4@customer.test>", auto_submitted="auto-replied"))
    told = tries(eve, "release", first, other, second)
    assert f"inbound {other} is filed: it cannot be brought back" in told.words
    done = eve.post("/desk/inbox/do", told.forms()["/desk/inbox/do"] | {"id": [first, other, second]})
    assert "Done: 2 of 3." in done.words
    assert [world.inbox(one)["released_by"] for one in (first, other, second)] == [EVE, None, EVE]


def test_what_is_walked_again_is_held_again_and_nobody_let_it_in(world: World, eve: Visitor) -> None:
    held = world.receive(AWAY)
    done = eve.fill(tries(eve, "replay", held), "/desk/inbox/do")
    assert f"mail {held}: held (auto_reply: an automatic answer)" in done.words
    assert (world.inbox(held)["state"], world.inbox(held)["released_by"]) == ("held", None)


def test_an_engineer_drops_one_mail_and_an_operator_many(world: World, eve: Visitor, otto: Visitor) -> None:
    first, second = world.receive(AWAY), world.receive(
        mail("Away", "Gone", message_id="<4@customer.test>", auto_submitted="auto-replied")
    )  # fmt: skip
    assert tries(eve, "drop", first, second).status == 403
    assert world.sums() == {"held": 2}
    assert f"dropped: mail {first}, held" in eve.fill(tries(eve, "drop", first), "/desk/inbox/do").words
    otto.fill(tries(otto, "drop", second), "/desk/inbox/do")
    assert [world.inbox(one)["dropped_by"] for one in (first, second)] == [EVE, OTTO]


def test_trying_does_nothing(world: World, otto: Visitor) -> None:
    held = world.receive(AWAY)
    before = world.inbox(held), world.cases, len(world.letters)
    for what in ("release", "replay", "drop"):
        assert tries(otto, what, held).status == 200
    assert (world.inbox(held), world.cases, len(world.letters)) == before


def test_where_the_policy_lets_no_engineer_command_he_lets_nothing_in(world: World, site: Visitor) -> None:
    policy = world.policy
    engineer = replace(policy.authority.engineer, commands=Proof.NEVER)
    policy = replace(policy, authority=replace(policy.authority, engineer=engineer))
    world.house = replace(world.house, policies={policy.name: policy})
    held = world.receive(AWAY)
    eve, otto = signed_in(world, site, EVE), signed_in(world, site, OTTO)
    assert "may not: the policy lets nobody do it" in tries(eve, "release", held).words
    done = eve.post(
        "/desk/inbox/do", eve.get("/desk/inbox").forms()["/desk/inbox/try"] | {"what": "release", "id": held}
    )
    assert world.inbox(held)["state"] == "held", done.words
    otto.fill(tries(otto, "release", held), "/desk/inbox/do")
    assert world.inbox(held)["released_by"] == OTTO


def test_a_shelved_mail_shows_its_traceback_and_its_octets_to_operators_alone(world: World, site: Visitor) -> None:
    world.fail_on = "Broken"
    shelved = world.receive(mail("Broken", "It is.", message_id="<b@customer.test>"))
    for _ in range(3):
        world.advance(hours=1)
    world.fail_on = ""
    eve, otto = signed_in(world, site, EVE), signed_in(world, site, OTTO)
    assert "mailgate failed on it" in eve.get(f"/desk/inbox/{shelved}").words
    assert "Traceback" not in eve.get(f"/desk/inbox/{shelved}").text
    assert "Traceback (most recent call last)" in otto.get(f"/desk/inbox/{shelved}").words
    assert eve.get(f"/desk/inbox/{shelved}/raw").status == 403
    octets = otto.get(f"/desk/inbox/{shelved}/raw")
    assert octets.body == mail("Broken", "It is.", message_id="<b@customer.test>")
    assert octets.headers["Content-Disposition"] == f'attachment; filename="mail-{shelved}.eml"'
    assert octets.headers["Content-Type"] == "application/octet-stream"
    otto.fill(tries(otto, "replay", shelved), "/desk/inbox/do")
    assert world.inbox(shelved)["state"] == "filed"


def test_no_word_of_a_mail_is_more_than_a_word_on_the_page(world: World, otto: Visitor) -> None:
    evil = "</div><script>alert(1)</script><img src=x onerror=alert(1)>"
    world.receive(mail(f"S{evil}", f"B{evil}", message_id=f"<{evil.replace('>', '')}@x.test>", x_odd=f"H{evil}",
                       auto_submitted="auto-replied"))  # fmt: skip
    for path in ("/desk/inbox", "/desk/inbox/1"):
        page = otto.get(path).text
        assert "<script" not in page
        assert "<img" not in page
    page = otto.get("/desk/inbox/1").text
    assert [f"{one}&lt;/div&gt;&lt;script&gt;" in page for one in "SBH"] == [True] * 3


def test_no_token_of_ours_stands_on_a_page_though_a_customer_quotes_it(world: World, otto: Visitor) -> None:
    world.receive(mail())
    (confirmation,) = [letter for letter in world.letters if "ann@customer.test" in letter["To"]]
    about = next(letter for letter in world.letters if EVE in letter["To"] and "[r:" in str(letter))
    marker = re.findall(r"\[r:[0-9a-z]{20}\]", str(about.get_body(("plain",))))[0]
    link = "https://support.example.com/case/2611000001/AbcDEF0123456789012345678901234567890_-zAAAAAAAAAA"
    quoted = f"You wrote:\r\n> {confirmation['Reply-To']}\r\n> {confirmation['Message-ID']}\r\n> {marker}\r\n> {link}"
    reply = mail(
        f"Re: {confirmation['Subject']}", quoted, message_id="<2@customer.test>", in_reply_to=confirmation["Message-ID"]
    )
    number = world.receive(reply, to=str(confirmation["Reply-To"]))
    pages = otto.get(f"/desk/inbox/{number}").text + otto.get("/desk/inbox?state=all").text
    tokens = {*re.findall(r"(?<=[<+]r)[0-9a-z]{20}", str(confirmation)), marker[3:-1], link.rpartition("/")[2]}
    assert len(tokens) == 3
    assert not [token for token in tokens if token in pages]
    assert "You wrote:" in pages


def test_a_mail_whose_octets_are_gone_still_tells_its_story(world: World, otto: Visitor) -> None:
    held = world.receive(AWAY)
    with world.store.write() as connection:
        connection.execute(raw_mail.delete())
    page = otto.get(f"/desk/inbox/{held}")
    assert "Its words are gone, or could not be read just now." in page.words
    assert "Did a machine write it? Yes" in page.words


def test_the_list_is_narrowed_and_goes_on_where_the_page_ended(world: World, eve: Visitor) -> None:
    for n in range(PAGE + 3):
        world.receive(mail("Away", "Gone", message_id=f"<a{n}@x.test>", auto_submitted="auto-replied"), process=False)
    world.receive(
        mail("Other", by="Bob <bob@other.test>", message_id="<o@other.test>", auto_submitted="auto-replied"),
        sender="bob@other.test",
    )
    page = eve.get("/desk/inbox?state=held&reason=auto_reply&from=customer.test")
    assert "bob@other.test" not in page.words
    shown = re.findall(r'name="id" value="(\d+)"', page.text)
    older = re.search(r'href="([^"]*)" rel="next"', page.text)
    assert older
    shown += re.findall(r'name="id" value="(\d+)"', eve.get(unescape(older[1])).text)
    assert shown == [str(n) for n in range(PAGE + 3, 0, -1)]
    assert "bob@other.test" in eve.get("/desk/inbox?from=other.test").words


@pytest.mark.parametrize("asked", ["state=lost", "mailbox=nobodys", "after=x"])
def test_what_there_is_not_is_said(eve: Visitor, asked: str) -> None:
    assert eve.get(f"/desk/inbox?{asked}").status == 422


def test_nothing_is_done_to_nothing(world: World, eve: Visitor) -> None:
    world.receive(AWAY)
    assert "tick at least one" in tries(eve, "release").words
    assert "choose what is to be done" in tries(eve, "burn", 1).words


def test_nobody_else_sees_or_does_anything(world: World, site: Visitor, eve: Visitor) -> None:
    held = world.receive(AWAY)
    form = tries(eve, "release", held).forms()["/desk/inbox/do"]
    assert [site.get(path).status for path in ("/desk/inbox", f"/desk/inbox/{held}", f"/desk/inbox/{held}/raw")] == [
        303
    ] * 3
    assert site.post("/desk/inbox/do", form).status == 403
    assert eve.post("/desk/inbox/do", form | {"csrf": "0" * 32}).status == 403
    assert [eve.get(f"/desk/inbox/{path}").status for path in ("do", "9" * 5000, "99")] == [404] * 3
    assert world.inbox(held)["state"] == "held"


def test_where_no_index_helps_a_list_says_how_far_it_looked_and_goes_on(world: World, eve: Visitor) -> None:
    world.receive(mail(by="Bob <bob@other.test>", message_id="<o@other.test>"), sender="bob@other.test")
    world.receive(mail())
    with world.store.write() as connection:
        row = dict(connection.execute(select(inbound).where(inbound.c.id == 2)).mappings().one())
        connection.execute(inbound.insert().values(row | {"id": WINDOW + 5, "identity": "another"}))
    page = eve.get("/desk/inbox?state=all&from=other.test")
    assert "There are no such mails. This looked back as far as mail 6; further back there may be more." in page.words
    assert "/desk/inbox/1" not in page.text
    older = re.search(r'href="([^"]*)" rel="next"', page.text)
    assert older
    page = eve.get(unescape(older[1]))
    assert 'href="/desk/inbox/1"' in page.text
    assert "further back" not in page.words
