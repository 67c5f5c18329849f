"""What tests with real servers share: whether a server is here, and a PostgreSQL of our own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from mailgate.store.db import open_store, upgrade


def require(server: str | None, package: str) -> str:
    """The server's path as it was found (`shutil.which`, say). Missing: skipped, or on CI a failure."""
    if server:
        return server
    said = f"install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have every server: {said}")
    pytest.skip(said)


class Postgres:
    """A private cluster behind a unix socket: nobody else's data, no port to fight for, durable as in life. `under`
    begins the command that starts it, on a machine where it may `listen` to all."""

    def __init__(self, under: Sequence[str] = (), *, listen: bool = False) -> None:
        self._under, self._listen = under, listen
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[4]))
        control = shutil.which("pg_ctl") or (str(found[-1]) if found else None)
        self._binaries = Path(require(control, "postgresql")).parent
        self._home = Path(tempfile.mkdtemp(prefix="mailgate-pg-"))
        self._numbers = itertools.count(1)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self._home, "postgres")
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=mailgate", "data")
        if listen:
            with (self._home / "data" / "pg_hba.conf").open("a") as rules:
                rules.write("host all all all trust\n")
        self._start()
        self._execute("CREATE DATABASE template_mailgate")
        store = open_store(self.url("template_mailgate"))
        upgrade(store)
        store.close()

    @property
    def home(self) -> Path:
        """Its folder, with its socket and its data."""
        return self._home

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://mailgate@/{database}?host={self._home}"

    def database(self, *, empty: bool = False) -> str:
        """The URL of a fresh database: with our schema, or without any."""
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else 'template_mailgate'}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def crash_and_recover(self) -> None:
        """As after a power cut of its machine: no transaction is finished, no client is told."""
        self._run("pg_ctl", "stop", "--pgdata=data", "--mode=immediate")
        self._start()

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--pgdata=data", "--mode=immediate")
        shutil.rmtree(self._home)

    def _start(self) -> None:
        listens = "*" if self._listen else ""
        options = f"-c listen_addresses='{listens}' -c unix_socket_directories='{self._home}' -c max_connections=60"
        self._run("pg_ctl", "start", "--wait", "--pgdata=data", f"--options={options}")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self._home), user="mailgate", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        if os.geteuid() == 0:
            command = [*self._under, "runuser", "--user", "postgres", "--", *command]
        # Into a file: the server inherits what pg_ctl has, and a pipe would stay open for as long as it runs.
        said = self._home / "said"
        with said.open("ab") as out:
            done = subprocess.run(
                command, cwd=self._home, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False
            )
        if done.returncode:
            pytest.fail(f"{' '.join(command)}: {said.read_text(errors='replace')}")
