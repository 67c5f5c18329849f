"""`mailgate serve` where it must not start: one line that names what is wrong and what helps, exit code 1."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import mailgate
from daemon import Daemon
from world import mail

PACKAGE = Path(mailgate.__file__).parent

POLICY = 'policy = "gold"\n\n[mailbox.sales]'
NOWHERE = "smtp://relay.example.com"


def settings(old: str, new: str) -> Callable[[Daemon], None]:
    def change(daemon: Daemon) -> None:
        text = daemon.config.read_text()
        assert old in text
        daemon.config.write_text(text.replace(old, new))

    return change


def policy(text: str) -> Callable[[Daemon], None]:
    def write(daemon: Daemon) -> None:
        (daemon.home / "policies").mkdir()
        (daemon.home / "policies" / "default.toml").write_text(text)

    return write


def remove(daemon: Daemon) -> None:
    daemon.config.unlink()


def template(daemon: Daemon) -> None:
    folder = daemon.home / "templates" / "letters" / "en"
    folder.mkdir(parents=True)
    (folder / "confirmation.html.j2").write_text("<p>{{ nmae }}</p>")


WRONG: dict[str, tuple[Callable[[Daemon], None], list[str]]] = {
    "a file that is not there": (remove, ["~/mailgate.toml", "no such file"]),
    "no TOML": (settings("[relay]", "[relay"), ["~/mailgate.toml:15:"]),
    "an unknown key": (
        settings("subaddress", "subadress"),
        ["~/mailgate.toml:10:", "subadress", '"subaddress"'],
    ),
    "a missing key": (settings('address = "sales@example.com"', ""), ["~/mailgate.toml", "mailbox.sales", "address"]),
    "a wrong value": (settings("subaddress = true", "subaddress = 1"), ["mailbox.support.subaddress", "true or false"]),
    "a door of tomorrow": (settings('protocol = "smtp"', 'protocol = "imap"'), ["door.smtp.protocol", "imap"]),
    "no such policy": (settings("[mailbox.sales]", POLICY), ["mailbox.support.policy", '"gold"', "default"]),
    "a broken policy": (policy("[textes]\n"), ["~/policies/default.toml", "textes", '"texts"']),
    "a policy against the rules": (
        policy('[intake]\nbounce = "accept"\n'),
        ["default.toml:2: intake.bounce", "no letter"],
    ),
    "a broken template": (template, ["~/templates/letters/en/confirmation.html.j2:1:", "nmae"]),
    "a relay nobody knows": (settings("maildir:sent", "ftp://x"), ["relay.url", "smtp://host:port"]),
    "a password in the URL": (settings("maildir:sent", "smtps://u:secret@x"), ["relay.url", "relay.password_file"]),
    "a certificate that is none": (
        settings("[mailbox.support]", 'tls_cert_file = "mailgate.toml"\n\n[mailbox.support]'),
        ["door.smtp.tls_cert_file", "~/mailgate.toml"],
    ),
    "a store nobody knows": (settings("sqlite:///mailgate.db", "mysql://x/y"), ["store.url", "sqlite:///FILE"]),
    "a folder that is not there": (settings("sqlite:///", "sqlite:///none/"), ["~/none/mailgate.db", "No such file"]),
    "a file that is no database": (settings("mailgate.db", "mailgate.toml"), ["~/mailgate.toml", "not a database"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_the_settings_is_said_in_one_line(name: str, tmp_path: Path) -> None:
    daemon, (spoil, words) = Daemon(tmp_path), WRONG[name]
    spoil(daemon)
    said = daemon.refused()
    assert [word for word in words if word.casefold() not in said.casefold()] == [], said
    assert "secret" not in said


def test_a_port_in_use_is_said_with_its_door(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    with socket.create_server(("127.0.0.1", daemon.port)):
        said = daemon.refused()
    assert said.startswith(f"~/mailgate.toml: door.smtp.listen: 127.0.0.1:{daemon.port}: ")
    assert "in use" in said


def test_an_empty_database_is_set_up(empty_database: str, tmp_path: Path) -> None:
    with Daemon(tmp_path, empty_database) as daemon:
        daemon.send(mail())
        daemon.becomes("filed", 1)


def test_one_daemon_at_a_time_on_a_sqlite_file(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with Daemon(tmp_path / "first") as first:
        second = Daemon(tmp_path / "second", f"sqlite:///{first.home}/mailgate.db")
        assert "first/mailgate.db: another mailgate daemon runs on this database" in second.refused()
        first.kill()
        with second:
            second.send(mail())
            second.becomes("filed", 1)


def test_a_schema_of_another_version_is_refused_with_the_command_that_helps(database: str, tmp_path: Path) -> None:
    """Not a fake: the next version of mailgate is made, with one migration more, and both meet one database."""
    tomorrow = tmp_path / "tomorrow"
    shutil.copytree(PACKAGE, tomorrow / "mailgate", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("templates", "config", "systemd"):
        (tomorrow / name).symlink_to(PACKAGE.parent / name)
    (tomorrow / "mailgate" / "store" / "migrations" / "versions" / "9999_tomorrow.py").write_text(
        'revision, down_revision = "9999", "0001"\nbranch_labels = depends_on = None\n'
        'def upgrade():\n    from alembic import op\n    op.execute("CREATE TABLE tomorrow (id integer)")\n'
    )

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mailgate", *words, "--config", str(daemon.config)]
        env = {**os.environ, "PYTHONPATH": str(tomorrow)}
        return subprocess.run(command, cwd=tomorrow, env=env, capture_output=True, text=True, timeout=60, check=False)

    daemon = Daemon(tmp_path, database)
    older = run("serve")
    assert older.returncode == 1
    assert re.search(
        r"^Error: .*schema 0001 is older than 9999.*mailgate db upgrade --config", older.stderr, re.MULTILINE
    )
    assert run("db", "upgrade").stdout.endswith("applied 9999\n")
    assert run("db", "check").returncode == 0
    newer = daemon.refused()
    assert "schema 9999 is newer than 0001" in newer
    assert "mailgate db upgrade --config" in newer


def test_a_database_without_a_schema_of_ours_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    with closing(sqlite3.connect(tmp_path / "mailgate.db")) as database:
        database.execute("CREATE TABLE cases (somebody, elses)")
    assert "~/mailgate.db: holds a table 'cases' that is not mailgate's" in daemon.refused()
    with closing(sqlite3.connect(tmp_path / "mailgate.db")) as database:
        assert database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("cases",)]
