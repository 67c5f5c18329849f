"""PostgreSQL under nodes at work: restarted, cut off, behind a pooler, with a newer schema. All go on by themselves."""

from __future__ import annotations

import os
import shutil
import smtplib
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg

import mailgate
from ledger import Ledger, one, reconcile, taken_by
from mailgate.store.db import open_store
from mailgate.store.schema import head
from newer_schema import NEXT
from node_group import Line, bring_to_all, node, pooled, running
from servers import Postgres
from smtp_sink import Sink, standing

CUT_SECONDS = 3.0  # a minute: tests/bench/long/nodes
MAILS = 40


def test_nodes_outlast_a_restart_of_the_database_under_load(
    postgres_url: str, postgres: Postgres, tmp_path: Path
) -> None:
    ledger = Ledger()
    with standing(Sink()) as sink, running(tmp_path, postgres_url, f"smtp://127.0.0.1:{sink.port}", "ab") as daemons:
        bring_to_all(daemons, ledger, range(MAILS), postgres.crash_and_recover)
        ledger.bring(daemons[0])
        reconcile(daemons[0], range(MAILS), taken_by(sink))
        assert [daemon.stop() for daemon in daemons] == [0, 0]


def test_a_node_that_is_cut_off_from_the_database_answers_451_and_goes_on_when_it_is_back(
    postgres_url: str, tmp_path: Path
) -> None:
    ledger = Ledger()
    with (
        Line(tmp_path, postgres_url) as line,
        standing(Sink()) as sink,
        running(tmp_path, line.url, f"smtp://127.0.0.1:{sink.port}", "a") as (cut,),
        node(tmp_path, "b", postgres_url, f"smtp://127.0.0.1:{sink.port}") as other,
    ):

        def away() -> None:
            line.cut()
            with smtplib.SMTP("127.0.0.1", cut.port, timeout=60) as client:
                assert one(client, MAILS) == 451
            time.sleep(CUT_SECONDS)
            line.mend()

        bring_to_all([cut, other], ledger, range(MAILS), away)
        ledger.bring(cut, [MAILS])
        reconcile(other, range(MAILS + 1), taken_by(sink))
        assert [cut.stop(), other.stop()] == [0, 0]


def test_nodes_work_through_a_pooler_that_gives_each_transaction_another_connection(
    postgres_url: str, tmp_path: Path
) -> None:
    ledger = Ledger()
    with (
        standing(Sink()) as sink,
        pooled(postgres_url) as url,
        running(tmp_path, url, f"smtp://127.0.0.1:{sink.port}", "ab") as daemons,
    ):
        ledger.bring(daemons[0], range(MAILS // 2))
        ledger.bring(daemons[1], range(MAILS // 2, MAILS))
        reconcile(daemons[0], range(MAILS), taken_by(sink))
        assert [line for daemon in daemons for line in daemon.lines() if "prepared statement" in str(line)] == []
        assert [daemon.stop() for daemon in daemons] == [0, 0]


def test_what_a_transaction_needs_is_set_in_it_and_left_behind_nowhere(postgres_url: str) -> None:
    asked = (
        "SELECT current_setting('lock_timeout'), current_setting('TimeZone'), current_setting('transaction_read_only')"
    )
    with pooled(postgres_url, size=1) as url, closing(open_store(url)) as store:
        for _ in range(8):  # psycopg prepares what it has run five times
            with store.write() as connection:
                assert tuple(connection.exec_driver_sql(asked).one()) == ("30s", "UTC", "off")
            with store.read() as connection:
                assert tuple(connection.exec_driver_sql(asked).one()) == ("30s", "UTC", "on")
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
                left = other.execute("SELECT current_setting('lock_timeout'), current_setting('transaction_read_only')")
                assert left.fetchone() == ("0", "off")


def newer(home: Path) -> dict[str, str]:
    """The environment of a mailgate to come, whose schema only adds to ours."""
    package = shutil.copytree(
        Path(mailgate.__file__).parent, home / "newer" / "mailgate", ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / "store" / "migrations" / "versions" / "0002_next.py").write_text(NEXT.format(says='works_with = "0001"'))
    for name in ("templates", "config", "systemd"):
        (home / "newer" / name).symlink_to(Path(mailgate.__file__).parent.parent / name)
    return {**os.environ, "PYTHONPATH": str(home / "newer"), "PYTHONSAFEPATH": "1"}


def test_nodes_are_upgraded_one_by_one_while_mail_flows(postgres_url: str, tmp_path: Path) -> None:
    ledger, environment = Ledger(), newer(tmp_path)
    with standing(Sink()) as sink, running(tmp_path, postgres_url, f"smtp://127.0.0.1:{sink.port}", "ab") as daemons:

        def upgrade(place: int) -> Callable[[], None]:
            def work() -> None:
                daemons[place].stop()
                daemons[place].environment = environment
                if not place:
                    done = daemons[place].run("db", "upgrade")
                    assert done.returncode == 0, done.stderr
                daemons[place].start()

            return work

        bring_to_all(daemons, ledger, range(MAILS), upgrade(0))
        with closing(open_store(postgres_url)) as store, store.read() as connection:
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0002" > head()
        # An old one, started anew, goes on as before.
        daemons[1].stop()
        daemons[1].start()
        bring_to_all(daemons, ledger, range(MAILS, 2 * MAILS), upgrade(1))
        ledger.bring(daemons[0])
        reconcile(daemons[0], range(2 * MAILS), taken_by(sink))
        assert [daemon.stop() for daemon in daemons] == [0, 0]
