"""Real Postfix in front: what its own log says of what we answered."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import mailgate
from daemon import free_port
from gate import MAIL, Gate
from mailgate.errors import StoreError
from mailgate.store.db import open_store
from mailgate.store.tables import inbound
from postfix import Postfix
from servers import require

ROOT = Path(mailgate.__file__).parent.parent


def test_of_two_recipients_over_lmtp_one_is_sent_and_the_refused_one_bounces(tmp_path: Path) -> None:
    with (
        Gate(tmp_path, protocol="lmtp") as gate,
        Postfix(free_port(), f"lmtp:inet:127.0.0.1:{gate.door.port}") as postfix,
    ):
        postfix.send(["support+x@example.org", "nobody@example.org"], MAIL)
        assert postfix.statuses(2) == {"support+x@example.org": "sent", "nobody@example.org": "bounced"}
        (row,) = gate.rows()
        log = postfix.log.read_text()
        assert f"250 2.0.0 stored as {row['id']}" in log
        assert "550 5.1.1 No such mailbox here" in log
        assert (row["recipients"], row["sender"]) == (["support+x@example.org"], "ann@customer.test")
        assert row["data"].endswith(b"\r\n\r\nIt is broken.\r\n")


def test_two_mailboxes_over_lmtp_are_two_sent_and_postfix_never_sends_twice(tmp_path: Path) -> None:
    with (
        Gate(tmp_path, protocol="lmtp") as gate,
        Postfix(free_port(), f"lmtp:inet:127.0.0.1:{gate.door.port}") as postfix,
    ):
        postfix.send(["support@example.org", "sales@example.org"], MAIL)
        assert set(postfix.statuses(2).values()) == {"sent"}
        assert {(row["mailbox"], row["seen"]) for row in gate.rows()} == {("support", 1), ("sales", 1)}
        assert "lost connection" not in postfix.log.read_text()


def test_a_fault_of_ours_keeps_the_mail_in_the_queue_for_each_recipient(tmp_path: Path) -> None:
    def fail() -> None:
        raise StoreError("disk full")

    with (
        Gate(tmp_path, protocol="lmtp") as gate,
        Postfix(free_port(), f"lmtp:inet:127.0.0.1:{gate.door.port}") as postfix,
    ):
        gate.faults.before = fail
        postfix.send(["support@example.org", "sales@example.org"], MAIL)
        assert set(postfix.statuses(2).values()) == {"deferred"}
        assert "451 4.3.0 Not stored" in postfix.log.read_text()


CONFIG = """\
[store]
url = "sqlite:///pipe.db"
[mailbox.support]
address = "support@example.org"
subaddress = true
[relay]
url = "maildir:sent"
"""
FLAGS = "flags=Rhu user=nobody null_sender="


@pytest.fixture(scope="module")
def as_nobody() -> Iterator[str]:
    """An environment and a Python that user nobody may run, with what this one has; copied where he may not read."""
    require("root" if os.geteuid() == 0 else None, "postfix, and run the tests as root")
    packages = [folder for folder in sys.path if folder.endswith("site-packages")]
    with tempfile.TemporaryDirectory() as copies:
        Path(copies).chmod(0o755)
        found = _runs_as_nobody([str(ROOT), *packages])
        if found is None:
            for name in ("mailgate", "config", "templates"):
                shutil.copytree(ROOT / name, Path(copies) / name)
            for number, folder in enumerate(packages):
                shutil.copytree(folder, Path(copies) / f"packages{number}", ignore=shutil.ignore_patterns("*.pth"))
            found = _runs_as_nobody([copies, *(f"{copies}/packages{number}" for number in range(len(packages)))])
        if found is None:
            pytest.skip("no Python here that user nobody may run: install python3")
        yield found


def _runs_as_nobody(folders: list[str]) -> str | None:
    for python in (sys.executable, shutil.which("python3", path="/usr/bin")):
        words = [
            "/usr/bin/env",
            f"PYTHONPATH={os.pathsep.join(folders)}",
            python or "",
            "-c",
            "import mailgate.store.db",
        ]
        done = subprocess.run(["runuser", "-u", "nobody", "--", *words], cwd="/", capture_output=True, check=False)
        if done.returncode == 0:
            return " ".join(words[:3])
    return None


@pytest.mark.parametrize(
    ("limit", "became"),
    [
        ("1", {"support+x@example.org": "sent", "nobody@example.org": "bounced"}),
        # One exit code speaks for all: the README asks for a limit of 1.
        ("50", {"support+x@example.org": "bounced", "nobody@example.org": "bounced"}),
    ],
)
def test_a_pipe_says_sent_bounced_and_deferred_by_its_exit_codes(
    as_nobody: str, limit: str, became: dict[str, str]
) -> None:
    arguments = "--config {home}/mailgate.toml --sender=${{sender}} --recipient=${{recipient}}"
    postfix = Postfix(
        free_port(),
        "mailgate:",
        settings=f"mailgate_destination_recipient_limit = {limit}\nmaximal_backoff_time = 1s",
    )
    home = postfix.home / "gate"
    home.mkdir()
    shutil.chown(home, "nobody")
    (home / "mailgate.toml").write_text(CONFIG)
    command = f"{as_nobody} -m mailgate deliver {arguments.format(home=home)}"
    with (postfix.home / "etc" / "master.cf").open("a") as services:
        services.write(f"mailgate unix - n n - 2 pipe {FLAGS} argv={command}\n")
    with postfix:
        postfix.send(list(became), MAIL)
        assert postfix.statuses(2) == became
        # By its owner's rights: a new database is for nobody else to read.
        assert (home / "pipe.db").stat().st_mode & 0o777 == 0o600 if limit == "1" else not (home / "pipe.db").exists()
        if limit == "1":
            with closing(open_store(f"sqlite:///{home}/pipe.db")) as store, store.read() as connection:
                (row,) = connection.execute(inbound.select()).all()
            assert (row.sender, row.recipients, row.door) == ("ann@customer.test", ["support+x@example.org"], "pipe")
        (home / "mailgate.toml").write_text("[broken")
        postfix.send(["support@example.org"], MAIL)
        assert postfix.statuses(3)["support@example.org"] == "deferred"
