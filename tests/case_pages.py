"""A world with a page, and the links that its letters brought.

with page_world() as world:
    world.receive(mail())
    with shown(world) as site:
        page = site.get(link_to("ann@customer.test", world))
"""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from mailgate.policy.policy import PageNeeds, Policy
from mailgate.simulate.record import letter_of
from mailgate.store import facts
from site_visitor import URL
from world import World

ANN, BOB = "ann@customer.test", "bob@customer.test"
_LINK = re.compile(rf"{re.escape(URL)}(/case/\S+)")


def page_world(policy: Policy | None = None, **more: Any) -> World:
    return World(policy=policy, web_url=URL, **more)


def links_in(letter: EmailMessage) -> list[str]:
    body = letter.get_body(("plain",))
    return _LINK.findall(str(body.get_content())) if body is not None else []


def link_to(address: str, world: World) -> str:
    """The path of the newest link that a letter of his own brought to that address."""
    with world.store.read() as connection:
        rows = sorted(facts.list_outbox(connection), key=lambda row: int(row["id"]))
        theirs = [facts.show_outbox(connection, row["id"])["message"] for row in rows if row["to"] == address]
    return urlsplit([link for message in theirs for link in links_in(letter_of(message))][-1]).path


def page_of(world: World, address: str, number: str = "") -> str:
    """The path of the first case's page (or that case's), by a link made for that address now."""
    return urlsplit(world.house.case_page(number or world.cases[0]["number"], address, world.clock.now())).path


def parts_of(link: str) -> tuple[str, str]:
    """The case's number and the token of a link."""
    _, _, number, token = link.split("/")
    return number, token


CODE = PageNeeds.LINK_AND_CODE
