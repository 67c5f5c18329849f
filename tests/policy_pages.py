"""A shipped policy with its customers' account and its pages, for tests of what it promises of them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from case_pages import link_to, page_world
from mailgate.cases.account import Account, AccountContact
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.pipeline import act
from mailgate.policy.load import load_policy
from mailgate.store import accounts
from site_visitor import URL, Answer, Visitor, shown
from world import ROOT, World, mail

ANN, BOB, EVE = "ann@customer.test", "bob@customer.test", "eve@engineers.test"
CSM = "csm@example.net"


@contextmanager
def playing(policy: str) -> Iterator[tuple[World, Visitor]]:
    """A world under that shipped policy, whose customers have an account with a contract, and its pages."""
    with page_world(load_policy(ROOT / f"config/policies/{policy}.toml"), engineers=[EVE]) as world:
        with world.store.write() as connection:
            licences = ("Privileged Remote Access, 20 seats", "Password Safe, 500 assets")
            end = date(2027, 6, 30)
            accounts.put(connection, Account("Customer Ltd", ("customer.test",), None, end, licences, CSM))
            accounts.put_contact(connection, AccountContact("Customer Ltd", ANN, "Ann Lee", admin=True))
        with shown(world) as site:
            yield world, site


def opened(world: World, subject: str = "Printer on fire", **more: str) -> tuple[str, str]:
    """A case of Ann's: its number, and the path of its page as her confirmation has it."""
    world.receive(mail(subject, **more))
    return str(world.cases[-1]["number"]), link_to(ANN, world)


def does(site: Visitor, link: str, action: str, **fields: str) -> Answer:
    """What the page shows once that was done on it."""
    answer = site.fill(site.get(link), f"/{action}", **fields)
    assert answer.status == 303, answer.words
    return site.get(answer.headers["Location"].partition("#")[0])


def offered(page: Answer) -> set[str]:
    return {action.rpartition("/")[2] for action in page.forms()}


def become(world: World, number: str, status: Status) -> None:
    act(world.house, number, EngineerActed("operator", status))


def letter_link(world: World, address: str, place: str) -> str:
    """The path of that page in the last letter to that address."""
    letter = next(one for one in reversed(world.letters) if address in str(one["To"]))
    body = letter.get_body(("plain",))
    assert body is not None
    (found,) = set(re.findall(rf"{re.escape(URL)}(/{place}/\S+)", body.get_content()))
    return str(found)


def organisations_page(world: World, site: Visitor) -> str:
    """The path of the page that Ann is mailed."""
    before = len(world.letters)
    assert site.fill(site.get("/organisation"), "/organisation", address=ANN).status == 200
    end = time.monotonic() + 60
    while len(world.letters) == before:  # the letter is written after the answer
        assert time.monotonic() < end, "no letter with the link came"
        time.sleep(0.01)
    return letter_link(world, ANN, "organisation")
