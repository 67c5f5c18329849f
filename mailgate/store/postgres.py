"""How PostgreSQL is connected to, so that what it answers is durable, in UTC, and waits for others for a while only.

Between it and us a pooler may stand (pgbouncer, `pool_mode = transaction`), which gives each transaction whichever
connection is free: there nothing may be left behind on one, so all that is set is set anew in each transaction.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from mailgate.errors import StoreError
from mailgate.store import trouble

# A process that stands still in a transaction (SIGSTOP, a machine that is gone) would keep all others from what it has
# locked; the server ends it before its leases end (30 s).
IDLE_SECONDS = 20
# A server whose machine answers no more, where no packet says so, is given up after 20 s: a door then answers 451.
_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
# The same, asked of the server about us. It ends who stands idle in a transaction, but not who was cut off amid
# a statement: he would hold his locks for the two hours of Linux's keepalive. (Seen: no node decided on any mail.)
_OF_US = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
_POOLED = "pooled"


class Line(psycopg.Connection[Any]):
    """A connection whose server has so many seconds for each answer (None: for ever). Where none comes it is closed.

    No packet says that a server stands still whose machine takes all that is sent to it (SIGSTOP, a disk that hangs).
    """

    answers_within: float | None = None

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        """Through here goes all that waits for the server, but for connecting, which has `connect_timeout`."""
        watched = gen if self.answers_within is None else self._in_time(gen, self.answers_within)
        return super().wait(watched, *args, **kwargs)

    def _in_time(self, gen: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
        until = time.monotonic() + seconds
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > until:  # psycopg looks in so often where nothing happens
                    self.close()
                    raise psycopg.OperationalError(f"the server has not answered for {seconds:.0f} s")
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value


def postgres_engine(url: URL, patience: int, answers_within: float | None, *, read_only: bool) -> Engine:
    """`patience`: how many seconds a statement waits for a lock of others; `answers_within`: what one may take in all,
    lock and work."""
    name = f"mailgate {os.uname().nodename[:40]}/{os.getpid()}"  # so that the server can tell mailgates apart
    # What people wrote must not stand in the text of an error: it ends in logs.
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,  # a restart of the server costs nobody an error
        pool_recycle=3600,
        connect_args={"connect_timeout": 10, "client_encoding": "utf8", "application_name": name} | _KEEPALIVE,
    )

    wanted = {"TimeZone": "UTC", "lock_timeout": f"{patience}s"}
    if not read_only:
        wanted["idle_in_transaction_session_timeout"] = f"{IDLE_SECONDS}s"

    def connect(_: object, __: object, words: list[Any], named: dict[str, Any]) -> Line:
        line = Line.connect(*words, **named)
        line.answers_within = answers_within
        return line

    def prepare(connection: psycopg.Connection[Any], record: ConnectionPoolEntry) -> None:
        try:
            record.info[_POOLED] = _prepare_postgres(connection, wanted, read_only=read_only)
        except psycopg.Error as error:
            name = url.render_as_string(hide_password=True)
            told = trouble.of_postgres(name, error, connected=True, lost=False)
            raise told or StoreError(f"{name}: {error}") from error

    def put_back(line: Line | None, _: object) -> None:
        # Not only when the next transaction begins: before that the server is asked whether it is there.
        if line is not None:
            line.answers_within = answers_within

    def begin(connection: Connection) -> None:
        if settings := connection.info.get(_POOLED):
            values = {f"v{place}": value for place, value in enumerate(settings.values())}
            calls = ", ".join(f"set_config('{name}', :v{place}, true)" for place, name in enumerate(settings))
            connection.execute(text(f"SELECT {calls}"), values)

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "checkin", put_back)
    event.listen(engine, "begin", begin)
    return engine


def line_of(connection: Connection) -> Line:
    return cast("Line", connection.connection.driver_connection)


def take_your_time(connection: Connection) -> None:
    """Until the end of the transaction its server has all the time it wants for each answer."""
    if connection.dialect.name == "postgresql":
        line_of(connection).answers_within = None


def _prepare_postgres(
    connection: psycopg.Connection[Any], wanted: dict[str, str], *, read_only: bool
) -> dict[str, str]:
    """Sets what is wanted, for good; or gives what each transaction is to set, where a pooler stands between."""
    encoding, durable, process = connection.execute(
        "SELECT current_setting('server_encoding'), current_setting('synchronous_commit'), pg_backend_pid()"
    ).fetchone() or ("", "", 0)
    if encoding != "UTF8":
        raise StoreError(f"the PostgreSQL database has encoding {encoding}: mail needs one made with ENCODING 'UTF8'")
    if durable == "off":
        # Else a crash of the server may take a mail that was already answered 250.
        wanted = wanted | {"synchronous_commit": "on"}
    # Who answers is not who was connected to: a pooler, which has no statement prepared that another connection has.
    pooled = process != connection.info.backend_pid
    if pooled:
        connection.prepare_threshold = None
    else:
        for name, value in (wanted | _OF_US).items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.commit()
    connection.isolation_level = (
        psycopg.IsolationLevel.REPEATABLE_READ if read_only else psycopg.IsolationLevel.READ_COMMITTED
    )
    connection.read_only = read_only
    return wanted if pooled else {}
