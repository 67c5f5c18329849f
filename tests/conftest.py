"""The fixtures that all rooms of the tests share: databases of both kinds, a server for one, a door, pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings

from desk_site import eve, otto
from gate import client, gate
from mailgate.store.db import Store, open_store, upgrade
from servers import Postgres
from site_visitor import site

__all__ = ["client", "eve", "gate", "otto", "site"]

# How long one example takes says nothing on a machine that runs other tests meanwhile; `timeout` bounds the whole test.
settings.register_profile("patient", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of our own, for the whole run."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database with our schema."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        upgrade(store)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with our schema: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "mailgate.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    yield request.getfixturevalue("postgres_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any schema, once on each."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'mailgate.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.database(empty=True)
    yield url
    server.drop(url)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An open store on a fresh database, once on SQLite and once on PostgreSQL."""
    with closing(open_store(database)) as opened:
        yield opened
