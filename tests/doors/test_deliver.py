"""`mailgate deliver` as an MTA runs it: a process, a mail on stdin, an exit code."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import pytest

import mailgate
from gate import MAIL, until
from mailgate.store.db import open_store
from mailgate.store.tables import inbound, raw_mail

CONFIG = """\
[store]
url = "sqlite:///gate.db"
[door.front]
protocol = "smtp"
listen = "127.0.0.1:0"
max_message_bytes = 100000
[mailbox.support]
address = "support@example.org"
subaddress = true
[mailbox.sales]
address = "sales@example.org"
[relay]
url = "maildir:sent"
"""
LF_ONLY = MAIL.replace(b"\r\n", b"\n")
TO_SUPPORT = ("--sender", "ann@customer.test", "--recipient", "support@example.org")
ROOT = Path(mailgate.__file__).parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "mailgate.toml").write_text(CONFIG)
    return tmp_path


def deliver(
    home: Path, mail: bytes = LF_ONLY, arguments: Sequence[str] = TO_SUPPORT, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run it; the configuration comes from the environment."""
    return subprocess.run(
        [sys.executable, "-m", "mailgate", "deliver", *arguments],
        input=mail,
        capture_output=True,
        env={"PYTHONPATH": str(ROOT), "MAILGATE_CONFIG": str(home / "mailgate.toml")} | environment,
        cwd=home,
        check=False,
    )


def rows(home: Path) -> list[Any]:
    if not (home / "gate.db").exists():
        return []
    with closing(open_store(f"sqlite:///{home}/gate.db")) as store, store.read() as connection:
        joined = inbound.join(raw_mail, raw_mail.c.sha256 == inbound.c.sha256)
        return list(connection.execute(joined.select().order_by(inbound.c.id)))


def test_the_first_mail_makes_the_database_and_is_in_it_with_its_crlfs_back(home: Path) -> None:
    done = deliver(home)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    (row,) = rows(home)
    assert (row.data, row.sender, row.recipients, row.door, row.peer, row.marks, row.state) == (
        MAIL,
        "ann@customer.test",
        ["support@example.org"],
        "pipe",
        "",
        [],
        "waiting",
    )


@pytest.mark.parametrize(
    ("keys", "found"),
    [("", "unknown"), ('trust = "upstream"\nauthserv_id = "mx.example.org"\n', "unverified")],
)
def test_mail_comes_by_the_door_that_is_the_pipe_and_is_walked_by_its_trust(home: Path, keys: str, found: str) -> None:
    with (home / "mailgate.toml").open("a") as file:
        file.write(f'[door.mta]\nprotocol = "pipe"\nmax_message_bytes = 65536\n{keys}')
    assert deliver(home).returncode == 0
    assert (rows(home)[0].door, rows(home)[0].authentication) == ("mta", found)
    assert deliver(home, LF_ONLY + b"x" * 65536).returncode == 65


def test_the_config_may_be_named_and_options_may_have_an_equals_sign(home: Path) -> None:
    (home / "mailgate.toml").rename(home / "other.toml")
    arguments = ("--config", "other.toml", "--sender=-eve@evil.test", "--recipient=support+x@example.org")
    assert deliver(home, arguments=arguments).returncode == 0
    assert (rows(home)[0].sender, rows(home)[0].recipients) == ("-eve@evil.test", ["support+x@example.org"])


def test_an_address_that_looks_like_an_option_is_an_address(home: Path) -> None:
    done = deliver(home, arguments=("--sender", "--help", "--recipient", "support@example.org"))
    assert (done.returncode, rows(home)[0].sender) == (0, "--help")


@pytest.mark.parametrize("null", ["", "<>", "MAILER-DAEMON"])
def test_the_null_sender_comes_in_three_spellings(home: Path, null: str) -> None:
    assert deliver(home, arguments=("--sender", null, "--recipient", "support@example.org")).returncode == 0
    assert rows(home)[0].sender == ""


def test_the_mbox_line_is_taken_off(home: Path) -> None:
    assert deliver(home, b"From ann@customer.test  Tue Nov 17 12:00:00 2026\n" + LF_ONLY).returncode == 0
    assert rows(home)[0].data == MAIL


def test_mixed_line_ends_are_mended_and_marked(home: Path) -> None:
    assert deliver(home, b"Subject: a\r\nX: b\n\nc\r\n").returncode == 0
    assert (rows(home)[0].data, rows(home)[0].marks) == (b"Subject: a\r\nX: b\r\n\r\nc\r\n", ["line ends normalised"])


@pytest.mark.parametrize(
    "octets", [b"Subject: a\0\nX: b\n\nc\n", b"Subject: a\rX: b\r\r\0c\r"], ids=["LF and NUL", "CR"]
)
def test_no_bare_octet_comes_through_the_pipe(home: Path, octets: bytes) -> None:
    assert deliver(home, octets).returncode == 0
    assert rows(home)[0].data == b"Subject: a\r\nX: b\r\n\r\nc\r\n"
    assert rows(home)[0].marks == ["line ends normalised"] * (b"\n" not in octets) + ["NUL removed"]


def test_two_mailboxes_are_two_arrivals_and_the_same_mail_again_is_none(home: Path) -> None:
    arguments = (*TO_SUPPORT, "--recipient", "sales@example.org", "--recipient", "support+y@example.org")
    for _ in range(2):
        assert deliver(home, arguments=arguments).returncode == 0
    assert [(row.mailbox, row.recipients, row.seen) for row in rows(home)] == [
        ("support", ["support@example.org", "support+y@example.org"], 2),
        ("sales", ["sales@example.org"], 2),
    ]


def test_a_recipient_that_is_nobodys_is_67_and_stores_nothing_for_the_others(home: Path) -> None:
    done = deliver(home, arguments=(*TO_SUPPORT, "--recipient", "nobody@example.org"))
    assert (done.returncode, rows(home)) == (67, [])
    assert done.stderr == b"mailgate deliver: no mailbox of ours has the address nobody@example.org\n"


def test_the_postmaster_of_a_domain_of_ours_is_somebody(home: Path) -> None:
    assert deliver(home, arguments=(*TO_SUPPORT, "--recipient", "postmaster@example.org")).returncode == 0
    assert [(row.mailbox, row.recipients[1:]) for row in rows(home)] == [("support", ["postmaster@example.org"])]


def test_over_the_size_is_65(home: Path) -> None:
    assert deliver(home, b"x" * 100_001).returncode == 65
    assert deliver(home, b"x" * 100_000).returncode == 0


DOUBTS: dict[str, dict[str, Any]] = {
    "nothing on stdin": {"mail": b""},
    "only the mbox line": {"mail": b"From ann@customer.test  Tue Nov 17 12:00:00 2026\n"},
    "no arguments": {"arguments": ()},
    "no sender": {"arguments": ("--recipient", "support@example.org")},
    "no recipient": {"arguments": ("--sender", "ann@customer.test")},
    "no value": {"arguments": (*TO_SUPPORT, "--config")},
    "an unknown option": {"arguments": (*TO_SUPPORT, "--frob")},
    "help among other words": {"arguments": (*TO_SUPPORT, "--help")},
    "no such config": {"MAILGATE_CONFIG": "/nowhere/mailgate.toml"},
    "a folder as config": {"MAILGATE_CONFIG": "/"},
    "a store that is not there": {"MAILGATE_STORE_URL": "sqlite:////nowhere/gate.db"},
    "a store that does not answer": {"MAILGATE_STORE_URL": "postgresql://nobody@127.0.0.1:1/none"},
    "a store of no known kind": {"MAILGATE_STORE_URL": "frob://x"},
}


@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS.keys())
def test_doubt_is_75_with_one_line_that_says_why(home: Path, doubt: dict[str, Any]) -> None:
    done = deliver(home, **doubt)
    assert done.returncode == 75
    assert done.stderr.startswith(b"mailgate deliver: ")
    assert done.stderr.count(b"\n") == 1
    assert done.stdout == b""
    assert rows(home) == []


def test_an_old_schema_is_75_and_names_the_command(home: Path) -> None:
    assert deliver(home).returncode == 0
    with closing(open_store(f"sqlite:///{home}/gate.db")) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    done = deliver(home)
    assert done.returncode == 75
    assert b"mailgate db upgrade --config" in done.stderr


def test_a_database_that_is_none_is_75(home: Path) -> None:
    (home / "gate.db").write_bytes(b"this is no database" * 1000)
    assert deliver(home).returncode == 75


@pytest.mark.parametrize("missing", ["sqlalchemy", "structlog", "mailgate.intake.pipe", "mailgate.settings"])
def test_a_broken_installation_is_75(home: Path, missing: str) -> None:
    broken = home / "broken" / missing.replace(".", "/")
    broken.parent.mkdir(parents=True)
    if missing.startswith("mailgate."):  # a copy of the package without that module
        package = home / "broken" / "mailgate"
        for path in (ROOT / "mailgate").rglob("*.py"):
            copy = package / path.relative_to(ROOT / "mailgate")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        broken.with_suffix(".py").unlink()
    else:
        broken.with_suffix(".py").write_text("raise ImportError('half of an upgrade')\n")
    done = deliver(home, PYTHONPATH=f"{home / 'broken'}:{ROOT}")
    assert (done.returncode, rows(home)) == (75, [])
    assert b"Error: " in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
def test_closed_and_full_files_never_change_a_0_nor_make_anything_but_0_and_75(home: Path, closed: str) -> None:
    command = f"{sys.executable} -m mailgate deliver {' '.join(TO_SUPPORT)} {closed}"
    environment = {"PYTHONPATH": str(ROOT), "MAILGATE_CONFIG": str(home / "mailgate.toml")}
    done = subprocess.run(["sh", "-c", command], input=LF_ONLY, env=environment, check=False, capture_output=True)
    assert done.returncode == (75 if "<&-" in closed else 0)
    assert len(rows(home)) == (0 if "<&-" in closed else 1)


def test_words_of_a_library_on_a_stdout_that_is_full_change_nothing(home: Path) -> None:
    """Python would end with 120 then, and Postfix would bounce a mail that is stored."""
    (home / "sitecustomize.py").write_text("print('welcome')\n")
    command = f"{sys.executable} -m mailgate deliver {' '.join(TO_SUPPORT)} > /dev/full"
    environment = {"PYTHONPATH": f"{home}:{ROOT}", "MAILGATE_CONFIG": str(home / "mailgate.toml")}
    assert subprocess.run(["sh", "-c", command], input=LF_ONLY, env=environment, check=False).returncode == 0
    assert len(rows(home)) == 1


def unread(pipe: IO[bytes] | None) -> int:
    """How many octets nobody has taken out of it."""
    assert pipe
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_being_told_to_stop_in_the_middle_is_75(home: Path, how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "mailgate", "deliver", *TO_SUPPORT],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MAILGATE_CONFIG": str(home / "mailgate.toml")},
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(LF_ONLY)
        process.stdin.flush()
        while b"mailgate.intake.pipe" not in process.stderr.readline():
            pass
        until(lambda: unread(process.stdin) == 0)  # it waits for the rest of the mail now
        process.send_signal(how)
        process.stderr.read()
        assert process.wait(60) == 75
    assert rows(home) == []


def test_help_is_for_people(home: Path) -> None:
    done = deliver(home, b"", ("--help",))
    assert done.returncode == 0
    assert done.stdout.startswith(b"usage: mailgate deliver ")
