"""An import that is killed in the middle is begun again, and brings what is missing, once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from daemon import Daemon
from imap_bench import mail
from mailgate.store.tables import inbound

MAILS = 3_000


def test_an_import_that_is_killed_twice_brings_each_mail_once(database: str, tmp_path: Path) -> None:
    box = tmp_path / "old.mbox"
    with box.open("wb") as file:
        for number in range(MAILS):
            file.write(
                b"From ann@customer.test Thu Nov 19 09:00:00 2026\n" + mail(number).replace(b"\r\n", b"\n") + b"\n"
            )
    daemon = Daemon(tmp_path, database)

    def stored() -> int:
        with daemon.look() as connection:
            return connection.execute(select(func.count()).select_from(inbound)).scalar() or 0

    words = ["import", "mbox", str(box), "--mailbox", "support", "--config", str(daemon.config)]
    for share in (1, 2):
        importing = subprocess.Popen([sys.executable, "-m", "mailgate", *words], stderr=subprocess.DEVNULL)
        daemon.wait(lambda goal=share * MAILS // 4: stored() >= goal, "some of it", pause=0.01)
        importing.kill()
        assert importing.wait() == -9, "it was killed in the middle"
    before = stored()
    assert MAILS // 2 <= before < MAILS
    said = daemon.run("import", "mbox", str(box), "--mailbox", "support")
    assert said.stdout == f"{MAILS - before} came in for support, {before} had come before\n", said.stderr
    with daemon.look() as connection:
        came = Counter((row.message_id, row.seen) for row in connection.execute(select(inbound)))
    assert came == Counter((f"<{number}@customer.test>", 1) for number in range(MAILS))
