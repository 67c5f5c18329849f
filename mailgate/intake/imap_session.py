"""One conversation with an IMAP server, in the few words that the door needs; the one typed room around imapclient.

It decides nothing. FACTS (imapclient) says why it is worded as it is: UIDs only, as lists of at most 1,000, never a
range that a command acts on; `BODY.PEEK[]`, never `RFC822`; no ENABLE; a socket that is never waited for without end.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from mailgate.intake.imap_login import Login, LoginFailed
from mailgate.places import ImapPlace

CONNECT_SECONDS, READ_SECONDS = 15, 60
WINDOW = 1_000
# How long a thread may not notice that it is to stop.
SLICE_SECONDS = 1.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Lost(OSError):
    """The connection is of no more use."""


class Refused(Exception):
    """The server said no to one thing; the conversation goes on."""


@contextmanager
def _refusable() -> Iterator[None]:
    try:
        yield
    except IMAPClientAbortError:
        raise  # the conversation itself is over
    except IMAPClientError as error:
        raise Refused(str(error)[:300]) from error


class Session:
    """One connection, logged in, one folder selected. Not for several threads, but for `abort`."""

    def __init__(self, client: Any, *, idles: bool, moves: bool, expunges: bool) -> None:
        self._client = client
        self.idles, self._moves, self._expunges = idles, moves, expunges
        self._folders: set[str] = set()  # that are known to be there
        self._copied: set[int] = set()  # and not expunged: whoever may not expunge must not copy them each time

    def select(self, folder: str, *, readonly: bool) -> int:
        """Choose the folder; its UIDVALIDITY. Read-only: looking at it changes nothing for others."""
        validity = self._client.select_folder(folder, readonly=readonly).get(b"UIDVALIDITY")
        if not isinstance(validity, int):
            raise Lost("the server gave no UIDVALIDITY")
        return validity

    def uids(self, since: int) -> list[int]:
        """The UIDs from `since` on. (`n:*` always names the last message, also where it is older than n.)"""
        return sorted(uid for uid in self._client.search(["UID", f"{since}:*"]) if uid >= since)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """RFC822.SIZE of at most 1,000; of one that is gone, nothing."""
        return self._fetched(uids, "RFC822.SIZE", b"RFC822.SIZE", int)

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The whole mails; of one that is gone or comes as NIL, nothing."""
        return self._fetched(uids, "BODY.PEEK[]", b"BODY[]", bytes)

    def headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        return self._fetched(uids, "BODY.PEEK[HEADER]", b"BODY[HEADER]", bytes)

    @_refusable()
    def move(self, uids: Sequence[int], folder: str) -> None:
        """RFC 6851, or its three steps where the server has UIDPLUS; Refused where it can or will do neither.

        A folder that is not there is made.
        """
        if folder not in self._folders and not self._client.folder_exists(folder):
            self._client.create_folder(folder)
        self._folders.add(folder)
        if self._moves:
            self._client.move(list(uids), folder)
        elif self._expunges:
            if fresh := [uid for uid in uids if uid not in self._copied]:
                self._client.copy(fresh, folder)
                self._copied.update(fresh)
            self._client.add_flags(list(uids), [b"\\Deleted"], silent=True)
            self._client.uid_expunge(list(uids))
        else:
            raise Refused("it has neither MOVE nor UIDPLUS, and a plain EXPUNGE would take others' deleted mail, too")

    @_refusable()
    def flag(self, uids: Sequence[int], flag: str) -> None:
        self._client.add_flags(list(uids), [flag.encode()], silent=True)

    def idle(self, seconds: float, go_on: Callable[[], bool]) -> None:
        """Wait until the server says something, `seconds` are over, or `go_on()` is False. Lost where it hung up."""
        self._client.idle()
        until = time.monotonic() + seconds
        while go_on() and (left := until - time.monotonic()) > 0:
            patience = min(SLICE_SECONDS, left)
            asked = time.monotonic()
            said = self._client.idle_check(timeout=patience)
            if any(line and line[0] == b"BYE" for line in said):
                raise Lost("the server said BYE")
            if any(b"EXISTS" in line or b"EXPUNGE" in line for line in said):
                break
            if not said and time.monotonic() - asked < patience / 2:
                # imapclient gives nothing, at once and for ever, when the server has closed.
                raise Lost("the server hung up in IDLE")
        self._client.idle_done()

    def noop(self) -> None:
        self._client.noop()

    def close(self) -> None:
        """Say goodbye if there is anybody to say it to."""
        with suppress(IMAPClientError, OSError, ValueError):
            self._client.socket().settimeout(2)
            self._client.logout()
        self.abort()

    def abort(self) -> None:
        """Cut it. Safe from another thread: whoever waits for the server is told at once."""
        with suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._client.shutdown()

    def _fetched(self, uids: Sequence[int], item: str, key: bytes, kind: type[Any]) -> dict[int, Any]:
        if len(uids) > WINDOW:
            raise ValueError(f"at most {WINDOW} at once")
        found = self._client.fetch(list(uids), [item]) if uids else {}
        return {uid: data[key] for uid, data in found.items() if isinstance(data.get(key), kind)}


def open_session(place: ImapPlace, login: Login, ca_file: Path | None) -> Session:
    """Connect, with TLS and the certificate verified, and log in. LoginFailed where the server does not believe us."""
    proof = login.proof()
    context = ssl.create_default_context(cafile=ca_file)
    timeout = SocketTimeout(CONNECT_SECONDS, READ_SECONDS)
    client = IMAPClient(place.host, place.port, ssl=place.tls, ssl_context=context, timeout=timeout)
    try:
        if not place.tls and place.host not in _LOOPBACK:
            client.starttls(context)
        _log_in(client, place.user, proof.mechanism, proof.secret, login)
        can = [client.has_capability(name) for name in ("IDLE", "MOVE", "UIDPLUS")]
    except BaseException:
        Session(client, idles=False, moves=False, expunges=False).abort()
        raise
    return Session(client, idles=can[0], moves=can[1], expunges=can[2])


def _log_in(client: Any, user: str, mechanism: str, secret: str, login: Login) -> None:
    try:
        if mechanism == "login":
            client.login(user, secret)
        elif mechanism == "xoauth2":
            client.oauth2_login(user, secret)
        else:
            client.oauthbearer_login(user, secret)
    except LoginError as error:
        login.refused()
        # What the server says is its own text; a token or password that it repeats must not reach a log.
        said = re.sub(r"[^ -~]", "?", str(error).replace(secret, "…"))[:200]
        raise LoginFailed(f"{user} was not let in: {said}") from None


def windows(uids: Sequence[int], most: int = WINDOW) -> Iterator[list[int]]:
    for start in range(0, len(uids), most):
        yield list(uids[start : start + most])
