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
from commands import Gate
from daemon import Daemon
from servers import require
from world import mail

PACKAGE = Path(mailgate.__file__).parent
CERTIFICATE = Path(__file__).parent / "localhost.pem"

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


def door(more: str) -> Callable[[Daemon], None]:
    return settings("\n\n[mailbox.support]", f"\n{more}\n\n[mailbox.support]")


def another_key(daemon: Daemon) -> None:
    key(daemon, "-nodes")


def secret_key(daemon: Daemon) -> None:
    key(daemon, "-passout", "pass:secret")


def key(daemon: Daemon, *words: str) -> None:
    openssl = require(shutil.which("openssl"), "openssl")
    made = ["-keyout", str(daemon.home / "other.pem"), "-out", "/dev/null", "-subj", "/CN=x", *words]
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", *made], check=True, capture_output=True)
    door(f'tls_cert_file = "{CERTIFICATE}"\ntls_key_file = "other.pem"')(daemon)


def lock(daemon: Daemon) -> None:
    (daemon.home / "mailgate.db.lock").mkdir()


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
    "a door without a url": (settings('protocol = "smtp"', 'protocol = "imap"'), ["door.smtp", "mailbox", "missing"]),
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
        door('tls_cert_file = "mailgate.toml"'),
        ["~/mailgate.toml:7: door.smtp.tls_cert_file: cannot use ~/mailgate.toml", "should be PEM"],
    ),
    "a certificate that is not there": (
        door('tls_cert_file = "c.pem"'),
        [":7: door.smtp.tls_cert_file: there is no ~/c"],
    ),
    "a certificate that is a folder": (
        door('tls_cert_file = "."'),
        [":7: door.smtp.tls_cert_file: ~ is a folder; name a file"],
    ),
    "a key that is not there": (
        door(f'tls_cert_file = "{CERTIFICATE}"\ntls_key_file = "k.pem"'),
        [":8: door.smtp.tls_key_file: there is no ~/k.pem"],
    ),
    "a key of another certificate": (
        another_key,
        [":7: door.smtp.tls_cert_file:", "is not the certificate of the key in ~/other.pem; give two that belong"],
    ),
    "a key with a passphrase": (
        secret_key,
        [":7: door.smtp.tls_cert_file: cannot use", "without a passphrase"],
    ),
    "a socket in no folder": (
        settings('listen = "127.', 'listen = "unix:run/x.sock" # 127.'),
        ["~/mailgate.toml:6: door.smtp.listen: unix:~/run/x.sock: there is no folder ~/run; make it"],
    ),
    "a socket where something else is": (
        settings('listen = "127.', 'listen = "unix:mailgate.toml" # 127.'),
        [":6: door.smtp.listen:", "is there already, and is no socket"],
    ),
    "a socket with too long a name": (
        settings('listen = "127.', f'listen = "unix:{"x" * 200}" # 127.'),
        [":6: door.smtp.listen:", "longer than the 107 bytes"],
    ),
    "an address of another machine": (
        settings('listen = "127.0.0.1', 'listen = "192.0.2.1'),
        [":6: door.smtp.listen: 192.0.2.1:", "is no address of this machine"],
    ),
    "a host that nobody knows": (
        settings('listen = "127.0.0.1', 'listen = "nowhere.invalid'),
        [":6: door.smtp.listen: nowhere.invalid:", "no such host here"],
    ),
    "authorities that are not there": (
        settings('url = "maildir:sent"', 'url = "smtps://relay.example.com"\nca_file = "ca.pem"'),
        ["~/mailgate.toml:17: relay.ca_file: there is no ~/ca.pem"],
    ),
    "authorities that are none": (
        settings('url = "maildir:sent"', 'url = "smtps://relay.example.com"\nca_file = "mailgate.toml"'),
        ["~/mailgate.toml:17: relay.ca_file: ~/mailgate.toml holds no certificate in PEM form"],
    ),
    "a server that does not run": (
        settings("sqlite:///mailgate.db", "postgresql://gate@127.0.0.1:1/mail"),
        ["~/mailgate.toml:2: store.url: postgresql+psycopg://gate@127.0.0.1:1/mail: connection", "see that the server"],
    ),
    "a lock that is a folder": (lock, ["~/mailgate.toml:2: store.url: ~/mailgate.db.lock is a folder; remove it"]),
    "a store nobody knows": (settings("sqlite:///mailgate.db", "mysql://x/y"), ["store.url", "sqlite:///FILE"]),
    "a folder that is not there": (
        settings("sqlite:///", "sqlite:///none/"),
        ["~/mailgate.toml:2: store.url:", "there is no folder ~/none; make it"],
    ),
    "a file that is no database": (
        settings("mailgate.db", "mailgate.toml"),
        ["~/mailgate.toml:2: store.url: ~/mailgate.toml: file is not a database; name another file, or move this one"],
    ),
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
    where = f"~/mailgate.toml:6: door.smtp.listen: 127.0.0.1:{daemon.port}"
    assert said == f"{where}: is in use; stop who listens there, or listen elsewhere"


@pytest.mark.parametrize("name", [name for name in WRONG if "address of another" not in name and "host" not in name])
def test_check_config_says_the_same_as_the_daemon(name: str, tmp_path: Path) -> None:
    gate, daemon, (spoil, words) = Gate(tmp_path), Daemon(tmp_path), WRONG[name]
    spoil(daemon)
    done = gate.run("check-config")
    said = done.stderr.replace(str(daemon.home), "~")
    assert done.exit_code == 1, said
    assert "Traceback" not in said
    assert [word for word in words if word.casefold() not in said.casefold()] == [], said
    lines = [line.partition(": ")[2] for line in said.splitlines()]
    assert len(lines) == len(set(lines)), "each once"


def test_a_page_that_is_not_there_is_warned_of_at_the_start(tmp_path: Path) -> None:
    with Daemon(tmp_path, extra='\n[web]\nurl = "https://support.example.com"\n') as daemon:
        (line,) = daemon.lines("unwise setting")
    assert line["level"] == "warning"
    assert line["why"].startswith(f"{daemon.config}:19: web.url: no page is served here (web.listen)")


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
