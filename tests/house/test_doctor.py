"""`mailgate doctor` on a gate that is well, and on one that is ill in each way it knows: what it says, what helps."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from commands import Gate
from dns_server import DnsServer
from fake_imap import FakeImap
from mailgate.cli.doctor import domains, examinations, files, network, stored
from mailgate.cli.doctor.line import Line, State
from mailgate.cli.doctor.stored import clock_line
from mailgate.settings import Settings, load_settings
from moments import NOON
from servers import Postgres
from signing import Zone, key_record, private_key
from smtp_sink import Sink, standing

CONFIG = """\
[store]
url = "sqlite:///mailgate.db"
[door.smtp]
protocol = "smtp"
listen = "127.0.0.1:2525"
[door.inbox]
protocol = "imap"
url = "imap://ann@127.0.0.1:{imap}/INBOX"
mailbox = "support"
password_file = "imap_password"
[mailbox.support]
address = "support@desk.net"
[mailbox.support.dkim]
selector = "s1"
key_file = "dkim.pem"
[relay]
url = "smtp://127.0.0.1:{relay}"
[operator]
address = "pm@elsewhere.net"
[dns]
servers = ["{dns}"]
seconds = 1
"""


def zone() -> Zone:
    found = Zone({("desk.net", "MX"): [b"10 mx.desk.net."], ("mx.desk.net", "A"): [b"127.0.0.1"]})
    found.txt("desk.net", "v=spf1 mx -all").txt("_dmarc.desk.net", "v=DMARC1; p=quarantine")
    return found.key("desk.net")


@dataclass
class Clinic:
    """A gate that is well, with servers of its own around it: `ill` is what a test does to it."""

    home: Path
    zone: Zone
    sink: Sink
    imap: FakeImap
    lock: Any
    more: list[Callable[[], None]] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.home / "mailgate.toml"

    def rewrite(self, old: str, new: str) -> None:
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def sql(self, statement: str) -> None:
        with closing(sqlite3.connect(self.home / "mailgate.db")) as connection, connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute(statement)

    def lines(self, *, offline: bool = False) -> list[Line]:
        return list(examinations(self.config, offline=offline))

    def line(self, name: str) -> Line:
        """The line of that name that is not well; only the room that it comes from is looked into."""
        look = _ROOMS.get(name.partition(".")[0].partition(" ")[0])
        lines = list(look(load_settings(self.config, {}))) if look else self.lines(offline=True)
        (found,) = [one for one in lines if one.name == name and one.state is not State.WELL]
        return found


_ROOMS: dict[str, Callable[[Settings], Iterator[Line]]] = {
    "secret": files.secrets,
    "writable": files.writable,
    "ready": network.pages,
    "relay": network.relay,
    "imap": network.imap,
    "dns": domains.dns,
    **dict.fromkeys(("schema", "database", "daemon", "leases", "books", "shelved"), stored.store),
}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Zone, DnsServer, Sink, FakeImap]]:
    with ExitStack() as stack:
        sink, records, imap = Sink(), zone(), FakeImap()
        dns = stack.enter_context(DnsServer(records))
        stack.enter_context(standing(sink))
        stack.enter_context(imap)
        yield records, dns, sink, imap


@pytest.fixture
def clinic(tmp_path: Path, migrated_file: Path, servers: tuple[Zone, DnsServer, Sink, FakeImap]) -> Iterator[Clinic]:
    records, dns, sink, imap = servers
    records.records, records.silent, sink.script = dict(zone().records), set(), {}
    shutil.copy(migrated_file, tmp_path / "mailgate.db")
    (tmp_path / "mailgate.db").chmod(0o600)
    (tmp_path / "mailgate.toml").write_text(CONFIG.format(imap=imap.port, relay=sink.port, dns=dns.place))
    for name, content in (("imap_password", b"hunter2\n"), ("dkim.pem", private_key("one"))):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    with (tmp_path / "mailgate.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as a daemon holds it
        yield Clinic(tmp_path, records, sink, imap, lock)


def test_a_gate_that_is_well_is_said_to_be(clinic: Clinic) -> None:
    assert [one for one in clinic.lines() if one.state is State.WRONG] == []
    found = {one.name: one.said for one in clinic.lines()}
    assert found["relay"].endswith("takes us")
    assert found["imap door.inbox"] == f"ann@127.0.0.1:{clinic.imap.port} reads INBOX"
    assert found["dns.mx desk.net"] == "mx.desk.net"
    assert found["dns.dkim s1._domainkey.desk.net"] == "published, and ours"
    assert found["dns.dmarc desk.net"] == "v=DMARC1; p=quarantine"
    assert found["books"].startswith("0 received = 0 waiting")


def drop_record(name: str, kind: str) -> Callable[[Clinic], None]:
    def drop(clinic: Clinic) -> None:
        del clinic.zone.records[name, kind]

    return drop


def set_record(name: str, kind: str, *records: bytes) -> Callable[[Clinic], None]:
    return lambda clinic: clinic.zone.records.__setitem__((name, kind), list(records))


def silence(name: str) -> Callable[[Clinic], None]:
    return lambda clinic: clinic.zone.silent.add(name)


def rewrite(old: str, new: str) -> Callable[[Clinic], None]:
    return lambda clinic: clinic.rewrite(old, new)


def mode(name: str, bits: int) -> Callable[[Clinic], None]:
    return lambda clinic: (clinic.home / name).chmod(bits)


def remove(name: str) -> Callable[[Clinic], None]:
    return lambda clinic: (clinic.home / name).unlink()


def sql(statement: str) -> Callable[[Clinic], None]:
    return lambda clinic: clinic.sql(statement)


def relay_says(step: str, answer: str) -> Callable[[Clinic], None]:
    return lambda clinic: clinic.sink.script.__setitem__(step, [answer])  # type: ignore[index]


def break_the_file(clinic: Clinic) -> None:
    file = clinic.home / "mailgate.db"
    pages = bytearray(file.read_bytes())
    pages[4096 * 3 : 4096 * 3 + 200] = b"\xff" * 200
    file.write_bytes(pages)


def override_a_letter(clinic: Clinic) -> None:
    folder = clinic.home / "templates" / "letters" / "en"
    folder.mkdir(parents=True)
    (folder / "confirmation.txt.j2").write_text("{{ nmae }}")


def leave_a_lease(clinic: Clinic) -> None:
    holder = f"{socket.gethostname()}/4194999/dead"
    clinic.sql(f"INSERT INTO role (name, holder, lease_until) VALUES ('imap x', '{holder}', '2026-01-01')")


def shut_the_page(clinic: Clinic) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    clinic.config.write_text(clinic.config.read_text() + f'[web]\nlisten = "127.0.0.1:{port}"\n')


def no_folder(clinic: Clinic) -> None:
    clinic.rewrite(f'url = "smtp://127.0.0.1:{clinic.sink.port}"', 'url = "maildir:none/sent"')


def publish_another_key(clinic: Clinic) -> None:
    clinic.zone.records["s1._domainkey.desk.net", "TXT"] = [key_record("another")]


def change_the_password(clinic: Clinic) -> None:
    (clinic.home / "imap_password").write_text("another")


def add_a_maildir(clinic: Clinic) -> None:
    door = '[door.drop]\nprotocol = "maildir"\nurl = "maildir:none/drop"\nmailbox = "support"\n'
    clinic.config.write_text(clinic.config.read_text() + door)


_SHELVED = (
    "INSERT INTO inbound (identity, mailbox, door, sha256, size, recipients, peer, helo, authentication, marks,"
    " received_at, seen, state, attempts, due_at, singly) VALUES"
    " ('i', 'support', 'smtp', 'x', 1, '[]', '', '', 'unknown', '[]', '2026-01-01', 1, 'shelved', 3, '2026-01-01', 0)"
)

ILL: list[tuple[str, Callable[[Clinic], None], str, str]] = [
    ("config", rewrite('protocol = "smtp"', 'protocol = "smpt"'), "door.smtp.protocol", "mailgate check-config"),
    ("templates", override_a_letter, "nmae", "the shipped one is used then"),
    ("secret imap_password", mode("imap_password", 0o644), "everybody on this machine can read", "chmod o= "),
    ("secret dkim.pem", remove("dkim.pem"), "there is no", "leave its key out of the settings"),
    ("secret database", mode("mailgate.db", 0o644), "can read all mail", "chmod o= "),
    ("writable database", rewrite("sqlite:///", "sqlite:///none/"), "there is no folder", "run this as the user"),
    ("writable door.drop", add_a_maildir, "there is no folder", "change the owner of that folder"),
    ("writable relay", no_folder, "there is no folder", "run this as the user of the daemon"),
    ("schema", sql("UPDATE alembic_version SET version_num = '0000'"), "its schema 0000", "mailgate"),
    ("schema", remove("mailgate.db"), "there is no mailgate in this database yet", "mailgate db upgrade --config"),
    ("database", break_the_file, "", "put the last backup in its place"),
    (
        "daemon",
        lambda clinic: fcntl.flock(clinic.lock, fcntl.LOCK_UN),
        "no mailgate serves",
        "systemctl start mailgate",
    ),
    ("leases", leave_a_lease, "processes that are no more", "start mailgate"),
    ("books", sql("INSERT INTO received VALUES ('2026-11-22', 'smtp', 3)"), "received 3 mails", "from a backup"),
    ("shelved", sql(_SHELVED), "mailgate failed on 1 mails", "mailgate inbox list --state shelved"),
    ("ready", shut_the_page, "does not answer", "systemctl start mailgate"),
    ("relay", rewrite('url = "smtp://127.0.0.1:', 'url = "smtp://127.0.0.2:'), "no session with the relay", "firewall"),
    ("relay", relay_says("connect", "554 5.7.1 go away"), "go away", "that the server runs"),
    ("relay", rewrite("[operator]", 'starttls = "verify"\n[operator]'), "STARTTLS", "ca_file and starttls"),
    (
        "imap door.inbox",
        change_the_password,
        "was not let in",
        "password_file",
    ),
    ("imap door.inbox", rewrite("/INBOX", "/Nowhere"), "no such folder", "the folder in its url"),
    ("imap door.inbox", rewrite("imap://ann@127.0.0.1", "imap://ann@127.0.0.2"), "127.0.0.2", "host and port"),
    ("dns.mx desk.net", drop_record("desk.net", "MX"), "there is none", "MX 10 mx.desk.net."),
    ("dns.mx desk.net", set_record("desk.net", "MX", b"0 ."), "null MX", "publish an MX"),
    ("dns.mx desk.net", drop_record("mx.desk.net", "A"), "mx.desk.net has no address", "A or AAAA"),
    ("dns.spf desk.net", drop_record("desk.net", "TXT"), "there is none", "v=spf1 mx include:"),
    ("dns.spf desk.net", set_record("desk.net", "TXT", b"v=spf1 a", b"v=spf1 b"), "there are 2", "one only"),
    (
        "dns.dkim s1._domainkey.desk.net",
        drop_record("s1._domainkey.desk.net", "TXT"),
        "not published",
        '._domainkey.desk.net. TXT "v=DKIM1; k=rsa; p=MI',
    ),
    (
        "dns.dkim s1._domainkey.desk.net",
        publish_another_key,
        "the published key is not ours",
        "publish: s1._domainkey.desk.net. TXT",
    ),
    (
        "dns.dkim s1._domainkey.desk.net",
        set_record("s1._domainkey.desk.net", "TXT", b"v=DKIM1; p="),
        "revoked",
        "publish: s1._domainkey",
    ),
    ("dns.dmarc desk.net", drop_record("_dmarc.desk.net", "TXT"), "there is none", "v=DMARC1; p=none; rua="),
    ("dns.dmarc desk.net", silence("_dmarc.desk.net"), "gave no answer", "resolver works ([dns] servers)"),
]


@pytest.mark.parametrize(("name", "ill", "said", "remedy"), ILL, ids=lambda one: one if isinstance(one, str) else "")
def test_each_illness_is_named_with_what_helps(
    clinic: Clinic, name: str, ill: Callable[[Clinic], None], said: str, remedy: str
) -> None:
    ill(clinic)
    line = clinic.line(name)
    assert line.state is State.WRONG
    assert said in line.said, line
    assert remedy in line.remedy, line


def test_a_full_disk_is_named_and_one_without_inodes() -> None:
    settings = load_settings(Path(__file__).parents[2] / "config" / "mailgate.toml", {})
    full = SimpleNamespace(f_bavail=10, f_frsize=4096, f_blocks=10**7, f_files=0, f_favail=0)
    dense = SimpleNamespace(f_bavail=10**7, f_frsize=4096, f_blocks=10**7, f_files=1000, f_favail=3)
    roomy = SimpleNamespace(f_bavail=10**7, f_frsize=4096, f_blocks=10**7, f_files=1000, f_favail=900)
    for found, said in ((full, "0 MiB are left of 39,062 MiB"), (dense, "3 inodes are left of 1000")):
        line = next(files.disk(settings, lambda _, found=found: cast("os.statvfs_result", found)))  # type: ignore[misc]
        assert (line.state, line.said.startswith(said)) == (State.WRONG, True), line
        assert "make room there" in line.remedy
    assert {one.state for one in files.disk(settings, lambda _: cast("os.statvfs_result", roomy))} == {State.WELL}


def test_clocks_that_differ_are_wrong_and_one_that_nobody_keeps_is_unwise() -> None:
    ahead = clock_line(NOON, NOON - timedelta(seconds=9), kept=True)
    assert (ahead.state, ahead.said) == (State.WRONG, "this machine is 9 s ahead of the database's")
    behind = clock_line(NOON, NOON + timedelta(minutes=1), kept=None)
    assert (behind.state, behind.said) == (State.WRONG, "this machine is 60 s behind the database's")
    loose = clock_line(NOON, None, kept=False)
    assert loose.state is State.UNWISE
    assert all("timedatectl set-ntp true" in one.remedy for one in (ahead, behind, loose))
    assert clock_line(NOON, NOON, kept=None).state is State.WELL


def test_the_exit_code_says_whether_all_is_well(tmp_path: Path, clinic: Clinic) -> None:
    gate = Gate(tmp_path)
    gate.config = clinic.config
    clinic.config.write_text(CONFIG.format(imap=clinic.imap.port, relay=clinic.sink.port, dns="127.0.0.1:9"))
    well = gate.run("doctor", "--offline", "--json")
    assert well.exit_code == 0, well.output
    told = json.loads(well.stdout)
    assert told["well"] is True
    assert {"name", "state", "said", "remedy"} == set(told["lines"][0])
    assert told["lines"][-1]["said"] == "--offline: nobody was asked"
    clinic.sql("INSERT INTO received VALUES ('2026-11-22', 'smtp', 3)")
    ill = gate.run("doctor", "--offline")
    assert ill.exit_code == 1
    assert "wrong   books: the doors received 3 mails" in ill.output
    assert "        → see who changed the database" in ill.output


def test_a_postgresql_database_is_examined_too(clinic: Clinic, postgres_url: str, postgres: Postgres) -> None:  # noqa: ARG001
    clinic.rewrite("sqlite:///mailgate.db", postgres_url)
    found = {one.name: one for one in clinic.lines(offline=True)}
    assert found["database"].state is State.WELL
    assert "there is no other" not in found["clock"].said
    assert found["daemon"].state is State.WRONG, "none is started"
    assert found["books"].state is State.WELL


def test_dns_that_answers_nothing_keeps_nobody_for_long(clinic: Clinic) -> None:
    clinic.zone.silent |= {"desk.net", "mx.desk.net"}
    line = clinic.line("dns.mx desk.net")
    assert (line.state, "gave no answer" in line.said) == (State.WRONG, True)


def test_a_relay_that_spf_does_not_let_send_is_unwise(clinic: Clinic) -> None:
    clinic.rewrite(f"smtp://127.0.0.1:{clinic.sink.port}", "smtp://relay.desk.net")
    clinic.zone.records["relay.desk.net", "A"] = [b"9.9.9.9"]
    line = clinic.line("dns.spf desk.net")
    assert (line.state, "does not let the relay's address 9.9.9.9 send" in line.said) == (State.UNWISE, True)
    assert "include:" in line.remedy
    clinic.zone.txt("desk.net", "v=spf1 mx ip4:9.9.9.9 -all")
    assert not [one for one in domains.dns(load_settings(clinic.config, {})) if one.state is State.UNWISE]


def test_mail_that_is_led_past_a_door_for_strangers_is_unwise(clinic: Clinic) -> None:
    clinic.rewrite('listen = "127.0.0.1:2525"', 'listen = "0.0.0.0:2525"\nhostname = "gate.desk.net"')
    clinic.zone.records["mx.desk.net", "A"] = [b"9.9.9.9"]
    line = clinic.line("dns.mx desk.net")
    assert (line.state, "none of them is this machine" in line.said) == (State.UNWISE, True)
    assert "door hostname" in line.remedy
    clinic.zone.records["desk.net", "MX"] = [b"10 gate.desk.net."]
    clinic.zone.records["gate.desk.net", "A"] = [b"9.9.9.9"]
    assert [one.said for one in domains.dns(load_settings(clinic.config, {})) if one.name.startswith("dns.mx")] == [
        "gate.desk.net"
    ]


class _Page(BaseHTTPRequestHandler):
    """`/readyz` as it would be."""

    status = 503
    said: ClassVar[Mapping[str, object]] = {}

    def do_GET(self) -> None:
        body = json.dumps(self.said).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's form
        """Nobody reads it."""


def read_of(clinic: Clinic, status: int, said: Mapping[str, object], more: str = "") -> list[Line]:
    """What is made of such an answer of the daemon."""
    page = type("Page", (_Page,), {"status": status, "said": said})
    with ThreadingHTTPServer(("127.0.0.1", 0), page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        listen = f'[web]\nlisten = "127.0.0.1:{server.server_port}"\n{more}'
        clinic.config.write_text(clinic.config.read_text() + listen)
        found = list(network.pages(load_settings(clinic.config, {})))
        server.shutdown()
    return found


def test_what_the_daemon_says_of_itself_is_passed_on(clinic: Clinic) -> None:
    wrong = {"wrong": [{"name": "inbox", "why": "a mail waits", "remedy": "look at it"}]}
    assert read_of(clinic, 503, wrong) == [Line("ready inbox", State.WRONG, "a mail waits", "look at it")]


@pytest.mark.parametrize(
    ("asked", "state", "said"),
    [
        ("support.example.com", State.WELL, "as browsers do"),
        ("127.0.0.1", State.UNWISE, "the proxy asks for 127.0.0.1, where browsers ask it for support.example.com"),
        ("", State.SKIPPED, "open https://support.example.com once"),
    ],
)
def test_a_proxy_that_asks_by_another_name_than_browsers_is_told(
    clinic: Clinic, asked: str, state: State, said: str
) -> None:
    url = 'url = "https://support.example.com"\n'
    ready, proxy = read_of(clinic, 200, {"wrong": [], "proxy_asks_for": asked}, url)
    assert (ready.state, proxy.name, proxy.state) == (State.WELL, "proxy", state)
    assert said in proxy.said


def test_a_canary_that_the_relay_does_not_take_is_named(clinic: Clinic) -> None:
    clinic.sink.script = {"RCPT": ["550 5.1.1 nobody here"]}
    gate = Gate(clinic.home)
    clinic.config.write_text(CONFIG.format(imap=clinic.imap.port, relay=clinic.sink.port, dns="127.0.0.1:9"))
    done = gate.run("doctor", "--canary", "--wait", "1", "--json")
    assert done.exit_code == 1
    (line,) = json.loads(done.stdout)["lines"]
    assert (line["name"], line["state"]) == ("canary support", "wrong")
    assert "the relay did not take it: RCPT: 550 5.1.1 nobody here" in line["said"]
    assert "the line of the relay" in line["remedy"]
    clinic.config.write_text(clinic.config.read_text().replace(f"smtp://127.0.0.1:{clinic.sink.port}", "maildir:sent"))
    assert gate.run("doctor", "--canary").output.startswith("skipped canary: letters stay on this machine")


def test_a_spool_that_cannot_be_written_is_named(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(clinic.home / "none"))
    line = clinic.line("writable spool")
    assert (line.state, "there is no folder" in line.said) == (State.WRONG, True)
    assert "change the owner of that folder" in line.remedy
