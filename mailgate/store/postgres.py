"""How PostgreSQL is connected to, so that what it answers is durable, in UTC, and waits for others for a while only."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

from mailgate.errors import StoreError
from mailgate.store import trouble


def postgres_engine(url: URL, patience: int, *, read_only: bool) -> Engine:
    """`patience`: how many seconds a statement waits for a lock of others."""
    name = f"mailgate {os.uname().nodename[:40]}/{os.getpid()}"  # so that the server can tell mailgates apart
    # What people wrote must not stand in the text of an error: it ends in logs.
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,  # a restart of the server costs nobody an error
        pool_recycle=3600,
        connect_args={"connect_timeout": 10, "client_encoding": "utf8", "application_name": name},
    )

    def prepare(connection: psycopg.Connection[Any], _record: object) -> None:
        try:
            _prepare_postgres(connection, patience, read_only=read_only)
        except psycopg.Error as error:
            name = url.render_as_string(hide_password=True)
            told = trouble.of_postgres(name, error, connected=True, lost=False)
            raise told or StoreError(f"{name}: {error}") from error

    event.listen(engine, "connect", prepare)
    return engine


def _prepare_postgres(connection: psycopg.Connection[Any], patience: int, *, read_only: bool) -> None:
    encoding, durable = connection.execute(
        "SELECT current_setting('server_encoding'), current_setting('synchronous_commit')"
    ).fetchone() or ("", "")
    if encoding != "UTF8":
        raise StoreError(f"the PostgreSQL database has encoding {encoding}: mail needs one made with ENCODING 'UTF8'")
    connection.execute("SELECT set_config('TimeZone', 'UTC', false)")
    connection.execute(f"SELECT set_config('lock_timeout', '{patience}s', false)")
    if durable == "off":
        # Else a crash of the server may take a mail that was already answered 250.
        connection.execute("SELECT set_config('synchronous_commit', 'on', false)")
    connection.commit()
    connection.isolation_level = (
        psycopg.IsolationLevel.REPEATABLE_READ if read_only else psycopg.IsolationLevel.READ_COMMITTED
    )
    connection.read_only = read_only
