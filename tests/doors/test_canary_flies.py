"""`doctor --canary` for real: the daemon, a Postfix as relay that delivers to it, and one that takes things off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from daemon import Daemon, free_port
from postfix import Postfix
from signing import private_key

DOOR = 'trust = "network"\nnetworks = ["127.0.0.0/8"]\n'


def looped(daemon: Daemon, port: int, more: str = "") -> Postfix:
    """A relay that delivers mail to our own domain to the daemon's door."""
    here = f"smtp:[127.0.0.1]:{daemon.port}"
    settings = f"transport_maps = inline:{{ {{ example.com = {here} }} }}\nrelay_domains = example.com\n{more}"
    return Postfix(port, here, settings=settings)


def fly(daemon: Daemon, *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = daemon.run("doctor", "--canary", "--json", *words)
    assert done.stdout, done.stderr
    return done.returncode, {line["name"]: line for line in json.loads(done.stdout)["lines"]}


def test_a_canary_comes_back_and_tells_of_its_way(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "dkim.pem").write_bytes(private_key("one"))
    (tmp_path / "dkim.pem").chmod(0o600)
    dkim = '[mailbox.support.dkim]\nselector = "s1"\nkey_file = "dkim.pem"\n'
    daemon = Daemon(tmp_path, relay=f"smtp://127.0.0.1:{port}", extra=dkim, door=DOOR)
    with looped(daemon, port), daemon:
        daemon.says("ready")
        code, lines = fly(daemon)
        assert code == 0, lines
        assert list(lines) == [
            "canary support",
            "canary support signals",
            "canary support subaddress",
            "canary support subaddress signals",
            "canary sales",
            "canary sales signals",
        ]
        way = lines["canary support"]["said"]
        assert way.startswith("came back after ")
        assert ": mx.example.org " in way
        assert ", decided " in way
        kept = "Message-ID, In-Reply-To, References, Reply-To, subject ref, body marker, From"
        assert lines["canary support signals"]["said"] == f"all survived: {kept}, DKIM"
        assert lines["canary sales signals"]["said"] == f"all survived: {kept}"
        assert {(row["state"], row["reason"]) for row in daemon.inbox()} == {("dropped", "dropped")}
        assert daemon.outbox() == []
        assert daemon.ask("case", "list") == []
        books = {line["name"]: line for line in json.loads(daemon.run("doctor", "--offline", "--json").stdout)["lines"]}
        assert books["books"]["said"].startswith("3 received = ")


def test_what_the_way_takes_off_is_named_and_what_never_comes_back(tmp_path: Path) -> None:
    port = free_port()
    daemon = Daemon(tmp_path, relay=f"smtp://127.0.0.1:{port}", door=DOOR)
    checks = "header_checks = regexp:$queue_directory/../checks\n"
    to_nowhere = "transport_maps = inline:{{ sales@example.com = discard: }, { example.com = smtp:[127.0.0.1]:%d }}\n"
    postfix = looped(daemon, port, checks + to_nowhere % daemon.port)
    taken_off = "/^In-Reply-To:/ IGNORE\n/^Message-ID:.*/ REPLACE Message-ID: <other@example.org>\n"
    (postfix.home / "checks").write_text(taken_off)
    with postfix, daemon:
        daemon.says("ready")
        code, lines = fly(daemon, "--wait", "8")
        assert code == 1
        signals = lines["canary support signals"]
        assert signals["state"] == "unwise"
        assert signals["said"].startswith("lost on the way: Message-ID, In-Reply-To; kept: References, Reply-To")
        assert "answers then find their case by References" in signals["remedy"]
        lost = lines["canary sales"]
        assert (lost["state"], lost["said"]) == ("wrong", "it did not come back within 8 s from sales@example.com")
        assert "canary-" in lost["remedy"]
