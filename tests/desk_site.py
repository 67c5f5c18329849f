"""Somebody of ours in the desk's window of a world: signed in by the letter that he was sent, as everybody is.

with desk_of("eve@example.com") as (world, eve):
    eve.get("/desk/cases")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from mailgate.roster import Engineer
from mailgate.signing_in import SESSION, new_token
from mailgate.store import desk_sessions
from site_visitor import Visitor, shown
from world import World

EVE, OTTO = "eve@engineers.test", "otto@engineers.test"


def staffed(*more: Engineer, **kwargs: Any) -> World:
    """A world with two of ours: Eve is an engineer, Otto an operator."""
    world = World(**kwargs)
    ours = (Engineer(EVE, "Eve"), Engineer(OTTO, "Otto", 2, role="operator"), *more)
    world.house = replace(world.house, settings=replace(world.house.settings, engineers=ours))
    return world


def link_sent(world: World, to: str) -> str:
    """The path of the link in the last letter that lets somebody in."""
    world.deliver()
    sent = [message for _, recipient, message in world.relay.sent if recipient == to]
    path: str = re.findall(r"/desk/sign-in/[\w-]+", sent[-1].decode())[0]
    return path


def signed_in(world: World, site: Visitor, address: str = EVE, then: str = "") -> Visitor:
    """Another visitor of the site, who has signed in as that address."""
    visitor = site.another()
    visitor.fill(visitor.get(f"/desk/sign-in?next={then}"), "/desk/sign-in", address=address)
    path = link_sent(world, address)
    assert visitor.fill(visitor.get(path), path).status == 303
    return visitor


def let_in(world: World, site: Visitor, address: str = EVE) -> Visitor:
    """The same without the letter, for tests that are about something else: for twelve hours, also where he rests."""
    token, ends = new_token(), world.clock.now() + SESSION
    with world.store.write() as connection:
        desk_sessions.begin(connection, token, address, ends, ends)
    name = "mailgate-desk" if site.host.startswith("127.") else "__Host-mailgate-desk"
    return replace(site.another(), cookies={name: token})


@pytest.fixture
def eve(world: World, site: Visitor) -> Visitor:
    """An engineer, signed in to the world of the test's own file (`staffed`)."""
    return signed_in(world, site, EVE)


@pytest.fixture
def otto(world: World, site: Visitor) -> Visitor:
    """An operator there."""
    return signed_in(world, site, OTTO)


@contextmanager
def desk_of(address: str = EVE, **kwargs: Any) -> Iterator[tuple[World, Visitor]]:
    """A world, and one of ours in its window."""
    with staffed(**kwargs) as world, shown(world) as site:
        yield world, let_in(world, site, address)
