"""Nodes on one database: one is killed, one stands still, their clocks differ; nothing is lost and nothing twice."""

from __future__ import annotations

import random
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from daemon import Daemon
from faketime import SteppedClock
from ledger import Ledger, message_id, reconcile, taken_by
from mailgate import shipped
from mailgate.store import nodes
from mailgate.store.db import Store, open_store
from mailgate.store.peers import clock_of
from mailgate.store.tables import case_counter, inbound
from node_group import kill_in_turn, node, running
from smtp_sink import Sink, standing

KILLS = 2  # as many as you like: tests/bench/long/nodes
MAILS = 30


def test_nothing_is_lost_or_doubled_when_nodes_are_killed_at_random(postgres_url: str, tmp_path: Path) -> None:
    ledger = Ledger()
    with standing(Sink()) as sink, running(tmp_path, postgres_url, f"smtp://127.0.0.1:{sink.port}") as daemons:
        numbers = kill_in_turn(daemons, ledger, KILLS, MAILS, random.Random(10), lambda _: None)
        twice = reconcile(daemons[0], numbers, taken_by(sink))
        assert [daemon.stop() for daemon in daemons] == [0, 0, 0]
    assert len(ledger.answered) == len(numbers)
    # Only what was under way when its node was killed can go twice: the relay has it, and nobody wrote that down.
    assert len(twice) <= KILLS * 40


@contextmanager
def hanging(store: Store, daemon: Daemon, others: Sequence[Daemon], ledger: Ledger, numbers: range) -> Iterator[None]:
    """That node has these mails in hand and is in the middle of deciding on them: somebody else holds what it needs,
    for as long as it likes (else the server ends it after 20 seconds). The others stand still until the node has them.
    After 30 seconds it tries them one by one, and gives the first back after as long again."""
    for other in others:
        other.signal(signal.SIGSTOP)
    with store.write() as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(select(case_counter).with_for_update())
        ledger.bring(daemon, numbers)
        daemon.wait(lambda: holders(store) == dict.fromkeys(numbers, daemon.home.name), "the node to hold the mails")
        daemon.wait(lambda: waiting(store, daemon), "its transaction to wait")
        for other in others:
            other.signal(signal.SIGCONT)
        yield


def holders(store: Store) -> dict[int, str]:
    """Which node holds which of the numbered mails."""
    with store.read() as connection:
        rows = connection.execute(select(inbound.c.message_id, inbound.c.leased_by).where(inbound.c.state == "waiting"))
        return {int(row[0].strip("<").partition("@")[0]): (row[1] or "").partition("/")[0] for row in rows}


def waiting(store: Store, daemon: Daemon) -> bool:
    return bool(sessions(store, daemon, "wait_event_type = 'Lock'"))


def sessions(store: Store, daemon: Daemon, which: str) -> list[Any]:
    assert daemon.process is not None
    with store.read() as connection:
        found = text(f"SELECT pid FROM pg_stat_activity WHERE application_name LIKE :name AND {which}")
        return list(connection.execute(found, {"name": f"mailgate %/{daemon.process.pid}"}).scalars())


def test_a_node_that_stood_still_for_long_writes_nothing_of_what_another_has_done_since(
    postgres_url: str, tmp_path: Path
) -> None:
    """Time is made short here: the server ends its transaction at once instead of after 20 seconds, and its leases."""
    ledger = Ledger()
    with (
        standing(Sink()) as sink,
        running(tmp_path, postgres_url, f"smtp://127.0.0.1:{sink.port}", "ab") as (asleep, awake),
        closing(open_store(postgres_url)) as store,
    ):
        ledger.bring(awake, [0])
        awake.becomes("filed")
        with hanging(store, asleep, [awake], ledger, range(1, 4)):
            asleep.signal(signal.SIGSTOP)
            with store.write() as connection:
                for number in sessions(store, asleep, "state <> 'idle'"):
                    connection.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number})
        with store.write() as connection:
            ended = (
                "UPDATE inbound SET lease_until = clock_timestamp() - interval '1 second' WHERE leased_by LIKE 'a/%'"
            )
            assert connection.execute(text(ended)).rowcount == 3
        awake.becomes("filed")
        asleep.signal(signal.SIGCONT)
        said_by(asleep, "mails were taken over by another process")
        ledger.bring(asleep, [4])
        assert reconcile(awake, range(5), taken_by(sink)) == []
        assert [asleep.stop(), awake.stop()] == [0, 0]


def test_nodes_whose_clocks_are_minutes_apart_leave_each_other_what_each_has_in_hand(
    postgres_url: str, tmp_path: Path
) -> None:
    """By the clock of the one, the other's leases have ended long ago."""
    ledger, apart = Ledger(), {"behind": -timedelta(minutes=5), "ahead": timedelta(minutes=5)}
    with ExitStack() as stack, standing(Sink()) as sink, closing(open_store(postgres_url)) as store:
        daemons = []
        for name, by in apart.items():
            one = node(tmp_path, name, postgres_url, f"smtp://127.0.0.1:{sink.port}")
            clock = SteppedClock(one.home)
            clock.step(by)
            one.environment = clock.environment
            daemons.append(stack.enter_context(one))
        behind, ahead = daemons
        ledger.bring(behind, [0])
        behind.becomes("filed")
        alive(store, behind, 2)
        shown = {one["name"]: one["clock_apart_seconds"] for one in behind.ask("nodes")["nodes"]}
        assert abs(shown["ahead"] - 300) < 60
        assert abs(shown["behind"] + 300) < 60
        with hanging(store, behind, [ahead], ledger, range(1, 4)):
            ledger.bring(ahead, [10])
            ahead.wait(lambda: holders(store).get(10), "somebody to claim what came last")
            assert {holders(store)[number] for number in range(1, 4)} == {"behind"}, "nobody took what it has in hand"
        assert reconcile(behind, [*range(4), 10], taken_by(sink)) == []
        with store.read() as connection:
            came = connection.execute(text("SELECT max(received_at) - min(received_at) FROM inbound")).scalar_one()
        assert came < timedelta(minutes=9), "a mail came when the database's clock says it came, whichever the door"
        assert [one.stop() for one in daemons] == [0, 0]


def said_by(daemon: Daemon, event: str) -> dict[str, Any]:
    daemon.wait(lambda: daemon.lines(event), f"{daemon.home.name} to say “{event}”")
    return daemon.lines(event)[-1]


def alive(store: Store, daemon: Daemon, many: int) -> None:
    """Waits until so many nodes say that they live."""

    def there() -> bool:
        with store.read() as connection:
            return len(nodes.living(connection, clock_of(store).now())) == many

    daemon.wait(there, "all nodes to say that they live")


def test_nodes_are_shown_with_what_they_hold_and_how_they_differ(postgres_url: str, tmp_path: Path) -> None:
    with (
        ExitStack() as stack,
        standing(Sink()) as sink,
        running(tmp_path, postgres_url, f"smtp://127.0.0.1:{sink.port}", "a") as (first,),
        closing(open_store(postgres_url)) as store,
    ):
        alive(store, first, 1)
        ledger = Ledger()
        ledger.bring(first, [0])
        first.becomes("filed")
        other = node(tmp_path, "b", postgres_url, f"smtp://127.0.0.1:{sink.port}")
        (other.home / "policies").mkdir()
        written = (shipped.folder("config") / "policies" / "default.toml").read_text()
        (other.home / "policies" / "default.toml").write_text(
            re.sub(r"(?m)^reopen_days.*$", "reopen_days = 3", written)
        )
        stack.enter_context(other)
        alive(store, first, 2)
        said = first.ask("nodes")
        assert said["differences"] == ["node b: policy default differs from node a's, key closing.reopen_days"]
        assert [(one["name"], one["state"]) for one in said["nodes"]] == [("a", "living"), ("b", "living")]
        assert "NODE" in first.run("nodes").stdout
        assert said_by(other, "nodes differ")["why"] == said["differences"][0]
        assert said_by(first, "nodes differ")["why"] == said["differences"][0]
        with hanging(store, first, [other], ledger, range(1, 3)), store.read() as connection:
            held = nodes.holdings(connection)
            assert [held[one["holder"]].mails for one in said["nodes"] if one["name"] == "a"] == [2]
        other.stop()
        said_by(first, "nodes go by one configuration again")
        assert message_id(1) in {row["message_id"] for row in first.inbox()}
        assert first.stop() == 0
