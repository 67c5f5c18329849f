"""The desk's list of blocked senders: everybody sees it, operators change it and are told what it holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk_site import EVE, OTTO, signed_in, staffed
from mailgate.store import blocks
from site_visitor import Visitor
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with staffed() as world:
        yield world


def blocked(world: World) -> dict[str, str]:
    """By sender: who blocked him."""
    with world.store.read() as connection:
        return {row["pattern"]: row["by"] for row in blocks.blocked(connection)}


def block(visitor: Visitor, sender: str) -> str:
    return visitor.fill(visitor.get("/desk/blocks"), "/desk/blocks/add", sender=sender).words


def test_an_operator_blocks_a_sender_whose_mail_is_held_from_then_on(world: World, otto: Visitor) -> None:
    assert "blocked: eve.test" in block(otto, "@Eve.Test ")
    assert blocked(world) == {"eve.test": OTTO}
    world.receive(mail(by="x@eve.test"), sender="x@eve.test")
    assert world.sums() == {"held": 1}
    assert "was blocked already" in block(otto, "eve.test")


@pytest.mark.parametrize("sender", ["", "eve", "a b@eve.test", "*@eve.test", "<script>@eve.test"])
def test_what_is_no_sender_is_shown_again_beside_the_reason(world: World, otto: Visitor, sender: str) -> None:
    page = otto.fill(otto.get("/desk/blocks"), "/desk/blocks/add", sender=sender)
    assert page.status == 422
    assert "Write an address, a domain" in page.words
    assert f'value="{sender.replace("<", "&lt;").replace(">", "&gt;")}"' in page.text
    assert blocked(world) == {}


def test_our_own_mailbox_is_not_blocked(world: World, otto: Visitor) -> None:
    assert "is a mailbox of ours" in block(otto, "support@example.com")
    assert blocked(world) == {}


@pytest.mark.parametrize(("pattern", "sender"), [("eve.test", "x@eve.test"), ("*.eve.test", "x@mail.eve.test")])
def test_what_a_rule_holds_is_told_before_it_goes_and_stays_held(
    world: World, otto: Visitor, pattern: str, sender: str
) -> None:
    block(otto, pattern)
    block(otto, "other.test")
    world.receive(mail(by=sender), sender=sender)
    world.receive(mail(by="x@other.test", message_id="<2@other.test>"), sender="x@other.test")
    told = otto.fill(otto.get("/desk/blocks"), "/desk/blocks/try", id=[pattern])
    assert f"would no longer be blocked: {pattern}" in told.words
    assert "mails of theirs that are held: 1" in told.words
    assert pattern in blocked(world)
    otto.fill(told, "/desk/blocks/do")
    assert set(blocked(world)) == {"other.test"}
    assert world.sums() == {"held": 2}
    held = otto.get(f"/desk/inbox?state=held&reason=block&from={pattern}").words
    assert sender in held
    assert "x@other.test" not in held


def test_an_engineer_sees_the_list_and_changes_nothing(world: World, site: Visitor, otto: Visitor) -> None:
    block(otto, "eve.test")
    eve = signed_in(world, site, EVE)
    page = eve.get("/desk/blocks")
    assert "eve.test" in page.words
    assert "/desk/blocks/add" not in page.forms()
    form = page.forms()["/desk/blocks/try"]
    posts = [("add", {"sender": "x.test"}), ("try", {"id": "eve.test"}), ("do", {"id": "eve.test"})]
    assert [eve.post(f"/desk/blocks/{where}", form | more).status for where, more in posts] == [403] * 3
    assert blocked(world) == {"eve.test": OTTO}


def test_the_list_is_searched_and_goes_on_where_the_page_ended(world: World, otto: Visitor) -> None:
    with world.store.write() as connection:
        for n in range(60):
            blocks.add(connection, f"n{n:02}.test", OTTO, world.clock.now())
    page = otto.get("/desk/blocks")
    assert "n49.test" in page.words
    assert "n50.test" not in page.words
    further = page.text.partition('" rel="next"')[0].rpartition('href="')[2]
    assert "n50.test" in otto.get(further).words
    assert "n00.test" not in otto.get(further).words
    assert "n17.test" in otto.get("/desk/blocks?text=17").words
    assert "n18.test" not in otto.get("/desk/blocks?text=17").words
    assert "There are no such senders." in otto.get("/desk/blocks?text=nobody").words
