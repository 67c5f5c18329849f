"""The desk's window on PostgreSQL: every kind of page is shown, and what is done on each is done there as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from desk_site import OTTO, let_in, staffed
from mailgate.store.db import open_store
from site_visitor import Visitor, shown
from world import World, mail

PAGES = (
    "/desk", "/desk/owed", "/desk/escalated/1", "/desk/cases", "/desk/cases?owner=me", "/desk/cases?due=30d",
    "/desk/cases?contact=ann@customer.test&status=all", "/desk/cases/2611000001", "/desk/cases/2611000001/mail/1",
    "/desk/search?words=burns", "/desk/inbox", "/desk/inbox?state=all&from=customer.test", "/desk/inbox/1",
    "/desk/outbox?state=all", "/desk/outbox?to=customer.test", "/desk/outbox/1", "/desk/blocks", "/desk/silenced",
    "/desk/pictures",
)  # fmt: skip


@pytest.fixture
def desk(postgres_url: str) -> Iterator[tuple[World, Visitor]]:
    with closing(open_store(postgres_url)) as store, staffed(store=store) as world, shown(world) as site:
        world.receive(mail("The printer burns"))
        world.receive(mail("Away", message_id="<2@customer.test>", auto_submitted="auto-replied"))
        yield world, let_in(world, site, OTTO)


def test_every_kind_of_page_is_shown(desk: tuple[World, Visitor]) -> None:
    _, otto = desk
    assert {path: otto.get(path).status for path in PAGES} == dict.fromkeys(PAGES, 200)


def test_a_day_is_lived(desk: tuple[World, Visitor]) -> None:
    world, otto = desk
    case = "/desk/cases/2611000001"
    assert otto.fill(otto.get(case), "/set", owner=OTTO, priority="1").status == 303
    assert otto.fill(otto.get(case), "/reply", words="Pull the plug.", do="send").status == 303
    assert otto.fill(otto.get(case), "/people", join="carl@customer.test").status == 303
    told = otto.fill(otto.get("/desk/inbox"), "/inbox/try", what="drop", id="2")
    assert "Done: 1 of 1." in otto.fill(told, "/inbox/do").words
    queued = otto.get("/desk/outbox?state=queued")
    told = otto.fill(queued, "/outbox/try", what="hold", id="1")
    assert "Done: 1 of 1." in otto.fill(told, "/outbox/do").words
    assert "a person keeps it back" in otto.get("/desk/outbox?state=held").words
    assert otto.fill(otto.get("/desk/blocks"), "/blocks/add", sender="spam.example").status == 200
    found = world.case("2611000001")
    assert (found["owner"], found["priority"], found["status"]) == (OTTO, 1, "waiting")
    assert "Pull the plug." in otto.get(case).words
    assert (world.inbox(2)["state"], world.inbox(2)["dropped_by"]) == ("dropped", OTTO)
