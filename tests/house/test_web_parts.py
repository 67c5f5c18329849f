"""The parts of the pages alone: what hangs is not waited for, what takes too long is cut off, each fault is named."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from mailgate import figures
from mailgate.intake.trouble import PATIENCE_SECONDS, Trouble
from mailgate.jobs import JOBS
from mailgate.mail.page_html import on_page
from mailgate.settings import RelaySettings, Settings, WebSettings
from mailgate.store import vitals
from mailgate.store.db import Store
from mailgate.web import health
from mailgate.web.asking import Asking
from mailgate.web.begin import site
from mailgate.web.health import OLDEST_MAIL_SECONDS, Finding
from mailgate.web.pages import pages
from mailgate.web.serving import serve_web
from mailgate.web.watched import Watched
from moments import NOON
from world import World, mail


@dataclass
class Door:
    is_serving: bool = True
    trouble: str = ""

    async def stop(self) -> None:
        """Nothing to do."""


def watched(world: World, door: Door | None = None, silent: Callable[[float], list[str]] = lambda _: []) -> Watched:
    house = world.house
    doors = {"inbox": door or Door()}
    return Watched(house.settings, world.store, world.clock, doors, silent, world.clock.now())


def wrong(seen: Watched) -> list[Finding]:
    return [one for one in asyncio.run(health.look(seen)) if one.why]


@pytest.fixture
def ticked() -> None:
    for job in JOBS:
        figures.gauge("job_last_success_timestamp_seconds", NOON.timestamp(), job=job.name)


@pytest.mark.usefixtures("ticked")
@pytest.mark.parametrize(
    ("door", "silent", "name", "why", "remedy"),
    [
        (Door(is_serving=False), [], "door.inbox", "it is closed", "restart mailgate"),
        (Door(trouble="LoginFailed: no"), [], "door.inbox", "LoginFailed: no", "mailgate doctor"),
        (Door(), ["door", "writer"], "roles", "silent for 120 s: writer", "see the log"),
    ],
)
def test_what_is_wrong_is_named_with_what_helps(
    door: Door, silent: list[str], name: str, why: str, remedy: str
) -> None:
    with World() as world:
        (said,) = wrong(watched(world, door, lambda _: silent))
        assert said.name == name
        assert why in said.why
        assert remedy in said.remedy


@pytest.mark.usefixtures("ticked")
def test_all_is_well_while_all_is() -> None:
    with World() as world:
        assert wrong(watched(world)) == []


@pytest.mark.usefixtures("ticked")
def test_a_mail_that_waits_too_long_is_named() -> None:
    with World() as world:
        world.receive(mail(), process=False)
        seen = watched(world)
        world.clock.time += timedelta(seconds=OLDEST_MAIL_SECONDS + 1)
        for job in JOBS:
            figures.gauge("job_last_success_timestamp_seconds", world.clock.time.timestamp(), job=job.name)
        (said,) = wrong(seen)
        assert (said.name, said.why) == ("inbox", "a mail has waited for 301 s")


@pytest.mark.usefixtures("ticked")
def test_a_scheduler_that_stands_still_is_named() -> None:
    with World() as world:
        seen = watched(world)
        world.clock.time += timedelta(seconds=31)
        (said,) = wrong(seen)
        assert (said.name, said.why) == ("scheduler", "these jobs have not run for 30 s: inbox, outbox, time, search")


@pytest.mark.usefixtures("ticked")
def test_a_database_that_is_gone_is_named() -> None:
    with World() as world:
        seen = watched(world)
        world.store._guard = _gone  # type: ignore[method-assign]
        said = wrong(seen)
        assert [one.name for one in said] == ["database", "database_writes"]
        assert "the disk is gone" in said[0].why
        assert "mailgate doctor" in said[0].remedy


def _gone() -> None:
    raise OSError("the disk is gone")


def test_what_hangs_is_asked_once_and_waited_for_by_nobody() -> None:
    asked, go_on = [], threading.Event()

    def hang() -> str:
        asked.append(1)
        go_on.wait(60)
        return "at last"

    async def story() -> None:
        question = Asking(hang, patience=0.05)
        heard = await asyncio.gather(*(question.hear() for _ in range(20)))
        assert {one.answer for one in heard} == {None}
        assert all(one.why.startswith("no answer for") for one in heard)
        go_on.set()
        said = [await question.hear() for _ in range(200)]  # each waits for a while where there is nothing yet
        assert (said[-1].answer, said[-1].why) == ("at last", "")

    asyncio.run(story())
    assert len(asked) == 1


def test_an_answer_is_asked_for_anew_when_it_is_stale_and_kept_while_there_is_no_other() -> None:
    answers = iter(["first", "", "third"])

    def ask() -> str:
        answer = next(answers)
        if not answer:
            raise OSError("gone")
        return answer

    async def story() -> None:
        question = Asking(ask, fresh=0.0)
        said = [await question.hear() for _ in range(3)]
        assert [(one.answer, one.why) for one in said] == [("first", ""), ("first", "gone"), ("third", "")]

    asyncio.run(story())


def served(act: Callable[[int], Awaitable[None]], lasts: float) -> None:
    async def story() -> None:
        settings = Settings(Path("x.toml"), RelaySettings("maildir:x"), {}, {}, web=WebSettings("127.0.0.1:0"))
        with World() as world:
            web = await serve_web(
                settings,
                pages(replace(watched(world), settings=settings), site(lambda: world.house, on_page)),
                lasts=lasts,
            )
            assert web.port is not None
            try:
                await act(web.port)
            finally:
                await web.stop()

    asyncio.run(story())


def test_a_client_that_asks_an_octet_at_a_time_is_gone_when_its_time_is_over() -> None:
    async def drip(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: lo")
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()

    served(drip, lasts=0.2)


def test_a_client_that_never_reads_is_gone_when_its_time_is_over() -> None:
    async def deaf(port: int) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", port))
            try:
                while True:
                    await asyncio.wait_for(
                        loop.sock_sendall(client, b"GET /metrics HTTP/1.1\r\nHost: lo\r\n\r\n" * 50), 10
                    )
            except (BrokenPipeError, ConnectionResetError):
                return

    served(deaf, lasts=0.5)


def test_a_door_is_in_trouble_only_when_it_lasts() -> None:
    now = 0.0
    trouble = Trouble(lambda: now)
    trouble.bad("LoginFailed")
    assert trouble.why == ""
    now += PATIENCE_SECONDS + 5
    trouble.bad("OSError: gone")
    assert trouble.why == "OSError: gone (for 65 s)"
    trouble.good()
    assert trouble.why == ""


def test_vitals_go_by_indexes_alone(store: Store) -> None:
    said: list[tuple[str, Any]] = []
    with store.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
        vitals.look(connection)
    assert len(said) == 8
    with store.read() as connection:
        if store.dialect == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN " if store.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        for statement, values in said:
            plan = str(connection.exec_driver_sql(explain + statement, values).all())
            assert ("Seq Scan on" not in plan) if store.dialect == "postgresql" else ("SCAN inbound" not in plan), plan
            assert "SCAN outbox" not in plan, plan
            assert "Sort" not in plan, plan
