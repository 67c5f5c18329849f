"""What holds for each path there is, whoever adds one: looking changes nothing, and only a form of ours does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel
from starlette.routing import Route

from case_pages import ANN
from desk_site import EVE, OTTO, let_in, staffed
from mailgate.account_requests import Wanted, ask
from mailgate.cases.account import Account, AccountContact
from mailgate.links import Purpose, sign
from mailgate.mail.message import Address
from mailgate.policy.service import Accounts
from mailgate.store import accounts
from mailgate.web import pages
from mailgate.web.forms import csrf_token
from site_visitor import HOST, URL, Visitor, shown
from world import World, mail

ALL = [route for route in (*pages.CUSTOMER, *pages.DESK) if isinstance(route, Route)]
POSTS = [route.path for route in ALL if "POST" in (route.methods or ())]
GETS = [route.path for route in ALL if "GET" in (route.methods or ())]
# The form of who has nothing yet by which he could be told from another.
_ANYBODYS = {
    "/desk/sign-in": "desk sign-in",
    "/organisation": "/organisation",
    "/account/{mailbox}": "/account/support",
}
_OPERATORS = {
    "/desk/blocks/add", "/desk/blocks/try", "/desk/blocks/do", "/desk/silenced/try", "/desk/silenced/do",
    "/desk/inbox/{id}/raw",
}  # fmt: skip


@contextmanager
def whole_site() -> Iterator[tuple[World, Visitor]]:
    """A case, an account that was asked for, an organisation with an admin, and a desk."""
    with staffed(web_url=URL) as world:
        policy = replace(world.policy, accounts=Accounts(csm=EVE, page=True))
        world.house = replace(world.house, policies={policy.name: policy})
        with world.store.write() as connection:
            accounts.put(connection, Account("Example Ltd", ("customer.test",)))
            accounts.put_contact(connection, AccountContact("Example Ltd", ANN, "Ann", admin=True))
        world.receive(mail())
        ask(world.house, "support", Wanted(Address("New", "new@elsewhere.test")))
        with shown(world) as site:
            yield world, site


def token_for(world: World, path: str) -> str:
    """A good one, for what that path is about."""
    now, ring = world.clock.now(), world.house.link_keys.ring()
    asked = max(case["number"] for case in world.cases)
    if path.startswith("/case/"):
        return urlsplit(world.house.case_page(world.cases[0]["number"], ANN, now)).path.rpartition("/")[2]
    purpose, about, whose = {
        "/account/approve": (Purpose.APPROVE, asked, EVE),
        "/account/finish": (Purpose.ACCOUNT, asked, "new@elsewhere.test"),
    }.get(path.rpartition("/")[0], (Purpose.ORGANISATION, "", ANN))
    return sign(purpose, about, whose, now, now + timedelta(days=1), ring)


def path_of(world: World, path: str, token: str | None = None) -> str:
    first = min(case["number"] for case in world.cases)
    said = {"number": first, "mail": "1", "place": "0", "id": "1", "rung": "1", "mailbox": "support", "action": "close"}
    said["token"] = token if token is not None else token_for(world, path)
    return re.sub(r"\{(\w+)\}", lambda found: said.get(found[1], "1"), path)


def all_rows(world: World) -> dict[str, list[tuple[object, ...]]]:
    with world.store.read() as connection:
        tables = SQLModel.metadata.sorted_tables
        return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in tables}


def bound_of(path: str, token: str, eve: str) -> str:
    """What a form of that path's own page would be bound to."""
    if path in _ANYBODYS:
        return _ANYBODYS[path]
    if path.startswith("/desk"):
        return eve
    return f"{'case' if path.startswith('/case') else 'page'} {token}"


def test_looking_at_any_page_changes_nothing_in_the_store() -> None:
    with whole_site() as (world, site):
        otto, before = let_in(world, site, OTTO), None
        for path in GETS:
            asked = path_of(world, path)
            before = before or all_rows(world)
            found = [otto.get(asked, method) for method in ("GET", "HEAD")]
            assert found[0].status == found[1].status < 500, path
            assert not found[1].body, path
            assert all_rows(world) == before, path


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_done_but_by_a_form_of_ours_made_for_whoever_sends_it(path: str) -> None:
    with whole_site() as (world, site):
        eve, ring = let_in(world, site, OTTO), world.house.link_keys.ring()
        token = token_for(world, path)
        asked = path_of(world, path, token)
        page = eve.get("/desk").forms()["/desk/sign-out"]["csrf"]
        good = (
            page if path.startswith("/desk") and path not in _ANYBODYS else csrf_token(ring, bound_of(path, token, ""))
        )
        others = csrf_token(ring, "case of somebody else")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        before = all_rows(world)
        for body, more in (
            (b"", {}),
            (b"csrf=", {}),
            (f"csrf={others}".encode(), {}),
            (f"csrf={good}".encode(), {"Sec-Fetch-Site": "cross-site"}),
            (f"csrf={good}".encode(), {"Sec-Fetch-Site": "same-site"}),
            (f"csrf={good}".encode(), {"Origin": "https://evil.example"}),
            (f"csrf={good}".encode(), {"Origin": f"https://{HOST}.evil.example"}),
        ):
            answer = eve.ask("POST", asked, body, {**form, **more})
            assert answer.status == 403, (path, body, more)
            assert "not sent from our page" in answer.words or "too old, or not ours" in answer.words
        assert all_rows(world) == before
        # With it something else is wrong at most.
        if not path.startswith("/desk/sign-in/"):
            answer = eve.ask("POST", asked, f"csrf={good}".encode(), {**form, "Origin": f"https://{HOST}"})
            assert "not sent from our page" not in answer.words
            assert "too old, or not ours" not in answer.words


def test_the_desk_is_for_who_is_signed_in_and_some_of_it_for_operators() -> None:
    with whole_site() as (world, site):
        eve, stranger = let_in(world, site, EVE), site.another()
        eves = eve.get("/desk").forms()["/desk/sign-out"]["csrf"]
        nobodys = csrf_token(world.house.link_keys.ring(), "")
        before = all_rows(world)
        for route in pages.DESK:
            assert isinstance(route, Route)
            path, asked = route.path, path_of(world, route.path, "x" * 43)
            if "/sign-" in path:
                continue
            if "GET" in (route.methods or ()):
                assert stranger.get(asked).headers["Location"].startswith("/desk/sign-in?next="), path
                assert (eve.get(asked).status == 403) is (path in _OPERATORS), path
            else:
                assert stranger.post(asked, {"csrf": nobodys}).status == 401, path
                if path in _OPERATORS:
                    assert eve.post(asked, {"csrf": eves}).status == 403, path
        assert all_rows(world) == before
