"""A world of two organisations with their admins, and what one does on their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from mailgate.cases.account import Account, AccountContact
from mailgate.organisation import send_link
from mailgate.policy.service import Accounts
from mailgate.store import accounts
from site_visitor import URL, Answer, Visitor
from world import World

CSM, ADMIN, BOB = "carol@engineers.test", "ann@customer.test", "bob@customer.test"
EXAMPLE = Account(
    "Example Ltd", ("customer.test",), date(2026, 1, 1), date(2026, 12, 31), ("50 desktops", "5 servers"), CSM
)


@contextmanager
def two_organisations() -> Iterator[World]:
    with World() as world:
        policy = replace(world.policy, accounts=Accounts(csm=CSM, page=True, customer_may_escalate=True))
        world.house = replace(world.house, policies={policy.name: policy})
        with world.store.write() as connection:
            accounts.put(connection, EXAMPLE)
            accounts.put(connection, Account("Acme", ("acme.test",)))
            accounts.put_contact(connection, AccountContact("Example Ltd", ADMIN, "Ann", admin=True))
            accounts.put_contact(connection, AccountContact("Example Ltd", BOB, "Bob", "+1 202 555 0100"))
            accounts.put_contact(connection, AccountContact("Acme", "cat@acme.test", "Cat", admin=True))
        yield world


def home(world: World, address: str = ADMIN) -> str:
    """The path of the page that the admin was mailed."""
    assert send_link(world.house, address)
    letter = world.letters[-1]
    assert letter["To"].addresses[0].addr_spec == address
    body = letter.get_body(("plain",))
    assert body is not None
    (found,) = re.findall(rf"{re.escape(URL)}(/organisation/\S+)", body.get_content())
    return str(found)


def contacts(world: World) -> list[str]:
    with world.store.read() as connection:
        return [one.address for one in accounts.contacts(connection, "example ltd")]


def add(site: Visitor, page: Answer, address: str, **more: str) -> Answer:
    return site.fill(page, "/add", address=address, **more)


def followed(site: Visitor, answer: Answer) -> Answer:
    assert answer.status == 303, answer.words
    return site.get(answer.headers["Location"])
