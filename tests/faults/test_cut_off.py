"""A node whose line to PostgreSQL loses every packet: what it held there is free again, whatever it was just saying.

Machines are network namespaces: where none can be made (most containers), this is skipped. In full, with daemons:
tests/bench/long/cut_off.
"""

from __future__ import annotations

from contextlib import ExitStack, closing

import psycopg
import pytest
from sqlalchemy import select

from machines import NotAllowed, joined
from mailgate.store import postgres
from mailgate.store.db import open_store
from mailgate.store.tables import cases
from servers import Postgres

LOCK = "LOCK TABLE cases IN ACCESS EXCLUSIVE MODE"
SOON = {"tcp_keepalives_idle": "1", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "1"}


def test_a_node_that_is_cut_off_in_the_middle_of_a_statement_holds_nothing_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`idle_in_transaction_session_timeout` is none for it: a statement is under way, of which no more comes."""
    monkeypatch.setattr(postgres, "_OF_US", dict.fromkeys(postgres._OF_US, "2s") | SOON)
    with ExitStack() as stack:
        try:
            lan = stack.enter_context(joined("database", "node", "other"))
        except NotAllowed as why:
            pytest.skip(str(why))
        server = Postgres(lan["database"].under, listen=True)
        stack.callback(server.stop)
        place = f"mailgate@{lan['database'].address}/{server.database().partition('@/')[2].partition('?')[0]}"
        with lan["node"].inside():
            node = stack.enter_context(closing(postgres.Line.connect(f"postgresql://{place}")))
            postgres._prepare_postgres(node, {}, read_only=False)
            node.execute(LOCK)
            node.pgconn.enter_pipeline_mode()
            node.pgconn.send_query_params(b"SELECT 1", None)  # without the Sync that ends it
            while node.pgconn.flush():
                pass
            assert node.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE
        lan.cut("node", "database")
        with (
            lan["other"].inside(),
            closing(open_store(f"postgresql://{place}")) as store,
            store.write() as connection,
        ):
            assert connection.execute(select(cases.c.number)).all() == []  # it waits for 30 seconds at most
