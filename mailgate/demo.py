"""`mailgate demo`: the whole story on loopback with the real daemon, told as it happens. Nothing of it is kept."""

from __future__ import annotations

import email
import email.policy
import os
import re
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from mailgate.demo_daemon import ended_with_us
from mailgate.demo_mails import (
    duplicate_by_list,
    engineer_answers,
    japanese,
    new_request,
    out_of_office,
    reply_with_folded_ref,
)
from mailgate.errors import MailgateError
from mailgate.store import facts
from mailgate.store.db import Store, open_store

_CONFIG = """\
[store]
url = "sqlite:///mailgate.db"

[door.smtp]
protocol = "smtp"
listen = "127.0.0.1:{smtp}"

[door.desk]
protocol = "smtp"
listen = "127.0.0.1:{desk}"
trust = "network"
networks = ["127.0.0.1/32"]

[[engineer]]
address = "bob@desk.test"
name = "Bob Night"
public = "Bob"

[mailbox.support]
address = "support@example.com"
subaddress = true
policy = "default"

[relay]
url = "maildir:sent"
"""
_PATIENCE_SECONDS = 20.0
_T = TypeVar("_T")


def run() -> int:
    """Play it and print it; 0 when every mail came to what it should."""
    with tempfile.TemporaryDirectory(prefix="mailgate-demo-") as folder, ended_with_us() as daemons:
        home = Path(folder)
        smtp, desk = _free_ports(2)
        (home / "mailgate.toml").write_text(_CONFIG.format(smtp=smtp, desk=desk))
        _say("mailgate demo: a real daemon on loopback, real SMTP, SQLite and a maildir as relay.")
        daemon = daemons.start(home / "mailgate.toml", home / "serve.log")
        try:
            _wait("the daemon to listen", lambda: _listens(smtp) or _died(daemon))
            store = open_store(f"sqlite:///{home / 'mailgate.db'}")
            try:
                _Play(store, smtp, desk, home / "sent").all()
            finally:
                store.close()
        except MailgateError as error:
            _say(f"\nThe demo failed: {error}\n\nThe daemon said:\n{(home / 'serve.log').read_text(errors='replace')}")
            return 1
        code = daemons.stop()
    _say(f"\nThe daemon was asked to stop and ended with {code}.\n\n{_FOR_REAL}")
    return code


_FOR_REAL = """\
To run it for real:
  1. write a mailgate.toml (config/README.md explains every key; config/mailgate.toml is an example that works)
  2. mailgate check-config --config mailgate.toml
  3. mailgate serve --config mailgate.toml
Behind Postfix, hand support@ to it by LMTP: three lines, in README.md."""


class _Play:
    """The mails, one after the other, each sent only when the one before has been decided. Those of our own people come
    by the door `desk`, which only their mail server reaches."""

    def __init__(self, store: Store, port: int, desk: int, sent: Path) -> None:
        self.store, self.port, self.desk, self.sent = store, port, desk, sent
        self.seen = 0

    def all(self) -> None:
        first = new_request()
        number = self._scene("A customer asks for help", first, opened=True)
        confirmation = self._letter("ann@customer.test", "has been created")
        _say("\n  The confirmation, as the customer sees it:\n")
        _show(confirmation)
        self._engineer(number)
        subject = str(confirmation["Subject"])
        self._scene(
            "She answers; her mail system folds the ref in the middle", reply_with_folded_ref(subject), case=number
        )
        self._scene("Her out-of-office answers our letter", out_of_office(str(confirmation["Message-ID"])), case=number)
        self._again("Her first mail comes a second time, byte for byte", first)
        self._scene("And once more through a mailing list, with other bytes", duplicate_by_list(), case=number)
        self._scene("Somebody writes in Japanese, with an attachment", japanese(), opened=True)
        _say("")
        _show(self._letter("sato@kyaku.test", "has been created"))
        self._books()

    def _engineer(self, number: str) -> None:
        """What ours hears of it, says, and orders; and what of that she reads."""
        notice = self._letter("bob@desk.test", "a new case")
        _say("\n  And its engineer hears of it, where he reads all his mail:\n")
        _show(notice, 12)
        to = str(notice["Reply-To"])
        self._scene(
            "He answers from his own mail program", engineer_answers(notice), case=number, to=to, port=self.desk
        )
        _say("\n  The customer reads his words, and nothing of who or where he is:\n")
        _show(self._letter("ann@customer.test", "Pull the plug"))

    def _scene(
        self,
        title: str,
        mail: bytes,
        *,
        opened: bool = False,
        case: str = "",
        to: str = "support@example.com",
        port: int = 0,
    ) -> str:
        row = self._send(title, mail, to, port or self.port)
        _tell(row)
        got = str(row["case"] or "")
        decision = row["trace"]["decision"]
        if row["state"] != "filed" or decision["opened"] is not opened or (case and got != case):
            raise MailgateError(f"“{title}” came to {row['state']} ({row['reason']}), which is not what it should")
        return got

    def _send(self, title: str, mail: bytes, to: str, port: int) -> dict[str, Any]:
        _say(f"\n── {title}\n")
        head = email.message_from_bytes(mail, policy=email.policy.default)
        _say(f"  came      From: {head['From']}\n            Subject: {' '.join(str(head['Subject']).split())}")
        inbound_id = int(self._smtp(mail, to, port).rpartition(" ")[2])  # "250 2.0.0 stored as 17"
        self.seen += 1
        return _wait("the mail to be decided", lambda: self._decided(inbound_id))

    def _again(self, title: str, mail: bytes) -> None:
        _say(f"\n── {title}\n")
        answer = self._smtp(mail, "support@example.com", self.port)
        with self.store.read() as connection:
            row = facts.show_inbox(connection, 1)
        if sum(self._sums().values()) != self.seen:
            raise MailgateError("the second copy made a second row")
        _say(f"  answered  {answer}\n  decided   it is mail 1, seen {row['seen']} times now; nothing else happens")

    def _smtp(self, mail: bytes, to: str, port: int) -> str:
        with smtplib.SMTP("127.0.0.1", port, timeout=_PATIENCE_SECONDS) as client:
            client.ehlo("mx.customer.test")
            client.mail("bounces@customer.test")
            client.rcpt(to)
            code, text = client.data(mail)
        if code != 250:
            raise MailgateError(f"the door answered {code} {text!r}")
        return f"{code} {text.decode()}"

    def _decided(self, inbound_id: int) -> dict[str, Any] | None:
        with self.store.read() as connection:
            row = facts.show_inbox(connection, inbound_id)
        return row if row["state"] != "waiting" else None

    def _letter(self, recipient: str, words: str) -> EmailMessage:
        """The letter to that address that says so."""

        def look() -> EmailMessage | None:
            for file in sorted((self.sent / "new").glob("*")) if self.sent.is_dir() else ():
                letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                if isinstance(letter, EmailMessage) and recipient in str(letter["To"]) and words in _text(letter):
                    return letter
            return None

        return _wait(f"the letter to {recipient}", look)

    def _sums(self) -> dict[str, int]:
        with self.store.read() as connection:
            return facts.inbox_sums(connection)

    def _books(self) -> None:
        sums = ", ".join(f"{count} {state}" for state, count in self._sums().items() if count)
        with self.store.read() as connection:
            cases = facts.list_cases(connection)
        _say(f"\n── The books\n\n  received {self.seen}: {sums}")
        for case in cases:
            entries = "1 entry" if case["entries"] == 1 else f"{case['entries']} entries"
            about = f"P{case['priority']}  {case['status']:8}  {entries}  {case['subject']}"
            _say(f"  case {case['number']}  {about}")


def _tell(row: dict[str, Any]) -> None:
    story = row["trace"]
    hits = [f"{check['check']}: {check['evidence']}" for check in story["checks"] if check["reason"]]
    _say(f"  checked   {'; '.join(hits) if hits else 'nothing speaks against it: a person wrote it'}")
    for signal_ in story["signals"]:
        _say(f"  matched   {signal_['signal'].replace('_', ' ')}: {signal_['outcome']}")
    for one in story["mail"]["attachments"]:
        _say(f"  attached  {one['name']} ({one['type']}, {one['size']} bytes)")
    decision, case = story["decision"], row["case"]
    opened = f"opens case {case}, Priority 3" if decision["opened"] else f"goes on case {case}"
    _say(f"  decided   {row['reason']}: {opened}; the case is {decision['status']}")
    letters = [f"{letter['kind']} to {letter['to']}" for letter in decision["letters"]]
    _say(f"  answered  {', '.join(letters) if letters else 'with no letter'}")


def _show(letter: EmailMessage, most: int = 100) -> None:
    for name in ("From", "To", "Subject"):
        _say(f"    │ {name}: {letter[name]}")
    lines = ["", *re.sub(r"\n{3,}", "\n\n", _text(letter)).strip().splitlines()]
    for line in lines[:most]:
        _say(f"    │ {line}".rstrip())
    if len(lines) > most:
        _say(f"    │ … and {len(lines) - most} lines more: how the case stands, and what he can order by mail")


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(preferencelist=("plain",))
    return body.get_content().replace("\r\n", "\n") if body else ""


def _wait(what: str, look: Callable[[], _T | None]) -> _T:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise MailgateError(f"waited {_PATIENCE_SECONDS:.0f} s for {what}")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _died(daemon: subprocess.Popen[bytes]) -> bool:
    if daemon.poll() is not None:
        raise MailgateError(f"the daemon ended with {daemon.returncode}")
    return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _say(text: str) -> None:
    os.write(1, f"{text}\n".encode())  # unbuffered: the story is told as it happens
