"""An IMAP server that misbehaves as it is told: what a real Dovecot cannot be made to do. Speaks only what we say."""

from __future__ import annotations

import base64
import re
import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass
class Faults:
    """How many times each happens; then the server is well."""

    cut: int = 0  # the connection ends in the middle of a literal
    nil: int = 0  # BODY[] comes as NIL
    missing: int = 0  # FETCH of a body answers OK and nothing else
    bye: int = 0  # BYE in IDLE
    hang_up: int = 0  # the connection ends in IDLE without a word
    mute: int = 0  # no answer to DONE, the connection stays
    lie: int = 0  # RFC822.SIZE is one too many
    limp: int = 0  # the connection ends after 20 mails
    closed: int = 0  # no flag may be set
    poison: frozenset[int] = frozenset()  # whoever fetches these is cut off, always


@dataclass
class FakeImap:
    """One folder of mails by UID. Its IDLE never says anything. It knows one password and one token."""

    mails: dict[int, bytes] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    capabilities: str = "IMAP4rev1 IDLE UIDPLUS MOVE"
    password: str = "hunter2"
    token: str = ""

    def __post_init__(self) -> None:
        self.said: Counter[str] = Counter()
        self.bodies: list[int] = []
        self.shown: list[str] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"imap://ann@127.0.0.1:{self.port}/INBOX"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            one.close()
        self._thread.join()

    def take(self, fault: str) -> bool:
        left = getattr(self.faults, fault)
        setattr(self.faults, fault, max(0, left - 1))
        return bool(left)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, connection.makefile("rwb") as stream:
            _Talk(self, stream).run()


class _Over(OSError):
    """The server ends the connection."""


class _Talk:
    def __init__(self, server: FakeImap, stream: Any) -> None:
        self._server, self._stream = server, stream
        self._bodies = 0

    def run(self) -> None:
        self._say("* OK ready")
        while line := self._stream.readline():
            tag, _, command = line.decode().strip().partition(" ")
            verb = re.match(r"(?:UID )?\w+", command.upper())
            assert verb, line
            self._server.said[verb[0]] += 1
            getattr(self, f"_{verb[0].lower().replace(' ', '_')}")(tag, command)

    def _say(self, line: str | bytes) -> None:
        self._stream.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        self._stream.flush()

    def _capability(self, tag: str, _command: str) -> None:
        self._say(f"* CAPABILITY {self._server.capabilities}")
        self._say(f"{tag} OK done")

    def _login(self, tag: str, command: str) -> None:
        known = command.endswith(f'"{self._server.password}"')
        self._say(f"{tag} {'OK' if known else 'NO'} [CAPABILITY {self._server.capabilities}] so")

    def _authenticate(self, tag: str, _command: str) -> None:
        self._say("+ ")
        shown = base64.b64decode(self._stream.readline()).decode()
        self._server.shown.append(shown)
        known = f"Bearer {self._server.token}\1" in shown
        self._say(f"{tag} {'OK' if known else 'NO'} [CAPABILITY {self._server.capabilities}] so")

    def _examine(self, tag: str, command: str) -> None:
        if "INBOX" not in command:
            self._say(f"{tag} NO there is no such folder")
            return
        self._say(f"* {len(self._server.mails)} EXISTS")
        self._say("* OK [UIDVALIDITY 7] valid")
        self._say(f"{tag} OK [READ-ONLY] selected")

    def _select(self, tag: str, _command: str) -> None:
        self._say(f"* {len(self._server.mails)} EXISTS")
        self._say("* OK [UIDVALIDITY 7] valid")
        self._say(f"{tag} OK [READ-WRITE] selected")

    def _uid_search(self, tag: str, _command: str) -> None:
        self._say("* SEARCH " + " ".join(map(str, sorted(self._server.mails))))
        self._say(f"{tag} OK done")

    def _uid_fetch(self, tag: str, command: str) -> None:
        assert "*" not in command
        _, _, uids, item = command.split(" ", 3)
        for place, uid in enumerate(map(int, uids.split(",")), start=1):
            if uid in self._server.mails:
                self._one(place, uid, item)
        self._say(f"{tag} OK done")

    def _one(self, place: int, uid: int, item: str) -> None:
        mail = self._server.mails[uid]
        if "SIZE" in item:
            self._say(f"* {place} FETCH (UID {uid} RFC822.SIZE {len(mail) + self._server.take('lie')})")
            return
        self._server.bodies.append(uid)
        self._bodies += 1
        if self._bodies > 20 and self._server.take("limp"):
            raise _Over
        if self._server.take("missing"):
            return
        if self._server.take("nil"):
            self._say(f"* {place} FETCH (UID {uid} BODY[] NIL)")
            return
        head = f"* {place} FETCH (UID {uid} BODY[] {{{len(mail)}}}"
        if uid in self._server.faults.poison or self._server.take("cut"):
            self._say(head)
            self._stream.write(mail[: len(mail) // 2])
            self._stream.flush()
            raise _Over
        self._say(head)
        self._say(mail + b")")

    def _idle(self, tag: str, _command: str) -> None:
        self._say("+ idling")
        if self._server.take("bye"):
            self._say("* BYE going down")
            self._stream.readline()
            raise _Over
        if self._server.take("hang_up"):
            raise _Over
        self._stream.readline()
        if self._server.take("mute"):
            self._stream.readline()
            raise _Over
        self._say(f"{tag} OK done")

    def _uid_copy(self, tag: str, _command: str) -> None:
        self._say(f"{tag} OK copied")

    def _uid_store(self, tag: str, _command: str) -> None:
        self._say(f"{tag} {'NO you may not' if self._server.take('closed') else 'OK stored'}")

    def _uid_expunge(self, tag: str, command: str) -> None:
        for uid in map(int, command.rpartition(" ")[2].split(",")):
            self._server.mails.pop(uid, None)
        self._say(f"{tag} OK expunged")

    def _list(self, tag: str, _command: str) -> None:
        self._say('* LIST () "/" Mailgate')
        self._say(f"{tag} OK done")

    def _noop(self, tag: str, _command: str) -> None:
        self._say(f"{tag} OK done")

    def _logout(self, tag: str, _command: str) -> None:
        self._say("* BYE")
        self._say(f"{tag} OK done")
        raise _Over
