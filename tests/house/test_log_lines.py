"""What the daemon's log tells: the way of each mail by one id. What it never tells: words, names, tokens, secrets."""

from __future__ import annotations

import re
import smtplib
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from daemon import Daemon
from mailgate.store import facts
from smtp_sink import Sink, standing
from world import mail

TOKEN = re.compile(r"(?:\+[rb]|<r)([0-9a-z]{20})")
# Of Zebedee's mails: nothing of this is for those who run the gate.
PRIVATE = ("Zebedee", "Quagga", "xylophone", "pomegranate", "marzipan", "hunter2", "aHVudGVyMg", "ref:_")


class QuotingSink(Sink):
    """A relay that quotes in its refusals what it was told, as many do."""

    def answer(self, *steps: str) -> str:
        if steps[-1] == "RCPT" and len([said for said in self.commands if said.startswith("RCPT")]) == 1:
            return f"550 5.7.1 no: {self.commands[-2]}"
        return super().answer(*steps)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """After all that a log could be tempted to tell of. `--verbose`: it must not tell then, either."""
    home = tmp_path_factory.mktemp("gate")
    (home / "password").write_text("hunter2\n")
    with (
        standing(QuotingSink(extensions=("AUTH PLAIN",))) as sink,
        Daemon(
            home,
            "sqlite:///mailgate.db",
            f"smtp://gate@127.0.0.1:{sink.port}",
            'password_file = "password"\n',
            "--verbose",
        ) as daemon,
    ):
        talk_to(daemon)
        assert daemon.stop() == 0
        yield daemon


def talk_to(daemon: Daemon) -> None:
    daemon.send(private(1))
    daemon.becomes("filed", 1)
    daemon.says("letter given up")  # the first one, with our return path quoted in the refusal
    daemon.send(private(2))
    daemon.becomes("filed", 2)
    daemon.says("letter sent")
    written = letter(daemon, 2)
    (token,) = {match[1] for match in TOKEN.finditer(written.rpartition("\n")[0])}
    path = written.rpartition("\n")[2]
    assert TOKEN.search(path)
    answer = {"in_reply_to": f"<r{token}.2611000002@example.com>", "references": f"<r{token}.2611000002@example.com>"}
    daemon.send(private(3, **answer), to=f"support+r{token}@example.com")
    daemon.becomes("filed", 3)
    with smtplib.SMTP("127.0.0.1", daemon.port) as client:
        client.ehlo("client.test")
        # A list that keeps our return path; a mailbox that has no subaddresses.
        client.mail(path)
        assert client.rcpt(f"sales+r{token}@example.com")[0] == 550
        client.rcpt("support@example.com")
        assert client.data(private(4))[0] == 250
    with closing(sqlite3.connect(daemon.home / "mailgate.db", timeout=20, isolation_level=None)) as database:
        for table in ("raw_mail", "inbound", "entry"):
            database.execute(f"CREATE TRIGGER t BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'bug'); END")
            with smtplib.SMTP("127.0.0.1", daemon.port) as client:
                client.ehlo("client.test")
                client.mail("ann@customer.test" if table == "entry" else path)
                client.rcpt(f"support+r{token}@example.com")
                code, _ = client.data(private(5))
                assert code == (250 if table == "entry" else 451)
            if table == "entry":
                daemon.says("mail failed, will be tried again")
            database.execute("DROP TRIGGER t")


def private(number: int, **fields: str) -> bytes:
    return mail(
        f"xylophone {number}",
        "pomegranate",
        by="Zebedee Quagga <zq@customer.test>",
        message_id=f"<marzipan{number}@customer.test>",
        **fields,
    )


def letter(daemon: Daemon, number: int) -> str:
    with daemon.look() as connection:
        shown = facts.show_outbox(connection, number)
    return f"{shown['message']}\n{shown['envelope_from']}"


def test_the_scenario_had_something_to_tell(daemon: Daemon) -> None:
    said = daemon.log.read_text()
    assert "hunter2" in (daemon.home / "password").read_text()
    assert "xylophone" in letter(daemon, 1)
    for event in (
        "refused for a fault of ours",
        "recipient refused",
        "mail failed, will be tried again",
        "letter given up",
    ):
        assert event in said


def test_no_line_holds_words_names_message_ids_or_the_password(daemon: Daemon) -> None:
    said = daemon.log.read_text()
    assert [word for word in PRIVATE if word.casefold() in said.casefold()] == []


def test_no_line_holds_a_token_that_only_its_recipient_may_know(daemon: Daemon) -> None:
    said = daemon.log.read_text().casefold()
    tokens = {match[1] for number in (1, 2) for match in TOKEN.finditer(letter(daemon, number))}
    assert len(tokens) == 4  # of each the reply token, and that of the return path
    assert [token for token in tokens if token in said] == []
    assert TOKEN.findall(said) == []


def test_each_line_is_one_json_object_with_time_level_and_place(daemon: Daemon) -> None:
    lines = daemon.log.read_text().splitlines()
    assert [line for line in lines if not line.startswith("{")] == []
    for line in daemon.lines():
        assert {"event", "level", "logger", "timestamp"} <= line.keys()


@pytest.mark.parametrize(("inbound", "end"), [(1, "letter given up"), (2, "letter sent")])
def test_one_id_leads_from_the_door_to_the_relay(daemon: Daemon, inbound: int, end: str) -> None:
    way = [line for line in daemon.lines() if line.get("inbound") == inbound]
    assert [line["event"] for line in way] == ["stored", "mail decided", end]
    assert way[1]["case"] == way[2]["case"] == f"261100000{inbound}"
    assert f'"inbound": {inbound},' in daemon.log.read_text()  # what people grep for
