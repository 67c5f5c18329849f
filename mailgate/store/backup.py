"""A copy of the whole database in one file, made beside the running daemon: SQLite's own, or pg_dump's."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, make_url

from mailgate.errors import StoreError
from mailgate.store import trouble
from mailgate.store.db import Store, check_schema

_DATED = re.compile(r"mailgate-\d{8}T\d{6}Z\.(?:db|dump)")


def place(store: Store, path: Path, now: datetime) -> Path:
    """The file that a backup to `path` goes into: in a folder one named by the moment, `mailgate-20261122T031500Z.db`
    (`.dump` for PostgreSQL's). StoreError where there is one already, or no folder for it."""
    kind = "db" if store.dialect == "sqlite" else "dump"
    file = path / f"mailgate-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.{kind}" if path.is_dir() else path
    if file.exists():
        raise StoreError(f"{file}: is there already; name another file, or a folder")
    if not file.parent.is_dir():
        raise StoreError(f"{file.parent}: there is no such folder; make it first")
    return file


def outdated(folder: Path, keep: int, coming: str) -> list[Path]:
    """The backups in a folder that are more than the newest `keep`, when `coming` is made there: oldest first."""
    dated = sorted({one.name for one in folder.iterdir() if _DATED.fullmatch(one.name)} | {coming})
    return [folder / name for name in dated[: max(0, len(dated) - keep)]]


def make(store: Store, file: Path) -> int:
    """Writes the backup, for its owner's eyes alone; its size in octets. Its name is there only once all of it is on
    the disk."""
    check_schema(store)
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if store.path is not None:
            _vacuum(store, store.path, draft)
        else:
            _dump(store, draft)
        _to_disk(draft)
        draft.rename(file)
        _to_disk(file.parent)
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return file.stat().st_size


def _vacuum(store: Store, path: Path, draft: Path) -> None:
    """Writers wait for it 0.05 s; the copy is one moment of the database, without its free pages."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", (str(draft),))
        with closing(sqlite3.connect(f"{draft.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        where = f"the backup of {store.name} in {draft.parent}"
        raise trouble.of_sqlite(where, None, error) or StoreError(f"{where}: {error}") from error
    if said != "ok":
        raise StoreError(f"{store.name}: its backup is damaged ({said}), and so perhaps is the database")


def _dump(store: Store, draft: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise StoreError("pg_dump is not installed; on Debian: apt install postgresql-client")
    url = make_url(store.url)
    # Every process can read a command line.
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    words = [program, "--format=custom", "--no-password", f"--file={draft}", f"--dbname={bare.render_as_string()}"]
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise StoreError(f"{store.name}: {' '.join(done.stderr.split())[:500]}")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
