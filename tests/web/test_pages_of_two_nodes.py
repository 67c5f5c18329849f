"""Two nodes show the same pages of one database: what one of them began, the other goes on with at once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace

from case_pages import ANN, CODE, link_to, page_world
from desk_site import EVE, link_sent, staffed
from mailgate import holder
from mailgate.policy.load import load_policy
from mailgate.store import link_keys
from mailgate.store.link_keys import LinkKeys
from site_visitor import Visitor, shown
from world import ROOT, World, mail

DEFAULT = load_policy(ROOT / "config/policies/default.toml")


@contextmanager
def nodes(world: World) -> Iterator[tuple[Visitor, Visitor]]:
    """One browser, which the server in front leads to this node or to that: both have its cookies."""
    other = copy(world)
    other.house = replace(world.house, holder=holder.holder_of("other"), link_keys=LinkKeys(world.store))
    with shown(world) as first, shown(other) as second:
        yield first, replace(second, cookies=first.cookies)


def test_a_link_that_one_node_signed_with_a_key_that_is_new_opens_on_another_at_once() -> None:
    with page_world(DEFAULT) as world, nodes(world) as (first, second):
        world.receive(mail())
        assert second.get(link_to(ANN, world)).status == 200
        world.advance(days=31)
        link_keys.turn(world.store, world.clock.now(), 90)
        world.advance(hours=2)
        world.house = replace(world.house, link_keys=LinkKeys(world.store))
        world.receive(mail("Second", message_id="<2@customer.test>"))
        link = link_to(ANN, world)
        assert first.get(link).status == 200
        until = time.monotonic() + 60
        while second.get(link).status != 200:  # for a key that it does not know it looks once a second at most
            assert time.monotonic() < until


def test_a_code_that_one_node_mailed_is_taken_by_another_and_opens_the_page_on_both() -> None:
    with page_world(replace(DEFAULT, page=CODE)) as world, nodes(world) as (first, second):
        world.receive(mail())
        link = link_to(ANN, world)
        assert first.fill(first.get(link), "/code").status == 303
        body = world.letters[-1].get_body(("plain",))
        assert body
        (code,) = re.findall(r"(?m)^(\d{8})\s*$", str(body.get_content()))
        assert second.fill(second.get(link), "/session", code=code).status == 303
        assert first.fill(second.get(link), "/close").status == 303
        assert world.cases[0]["status"] == "closed"


def test_who_signed_in_at_one_node_is_in_and_out_at_all() -> None:
    with staffed() as world, nodes(world) as (first, second):
        first.fill(first.get("/desk/sign-in"), "/desk/sign-in", address=EVE)
        path = link_sent(world, EVE)
        assert second.fill(second.get(path), path).status == 303
        assert [site.get("/desk/cases").status for site in (first, second)] == [200, 200]
        assert first.fill(second.get("/desk/cases"), "/desk/sign-out").status == 303
        assert [site.get("/desk/cases").status for site in (first, second)] == [303, 303]
