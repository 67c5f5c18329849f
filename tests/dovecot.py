"""A Dovecot of our own for tests: loopback, a free port, accounts in a file, everything in one temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout

from daemon import Daemon, free_port
from servers import require

USER, PASSWORD = "support@example.com", "hunter2"
CERTIFICATE = Path(__file__).parent / "doors" / "localhost.pem"

_CONFIG = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
mail_location = maildir:{home}/mail/%u
first_valid_uid = 0
mail_uid = {uid}
mail_gid = {gid}
auth_mechanisms = plain {mechanisms}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
{more}
"""

_OAUTH = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2
}}
"""
_INTROSPECTION = """\
introspection_url = {url}
introspection_mode = post
username_attribute = username
active_attribute = active
active_value = true
"""


class Dovecot:
    """`with Dovecot() as server:` runs it. `server.restart()`, `server.put(mail)` and so on do what they say."""

    def __init__(self, *, user: str = USER, mechanisms: str = "", more: str = "", introspection: str = "") -> None:
        self.user = user
        self._program = require(shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin"), "dovecot-imapd")
        if os.geteuid():
            require(None, "and run as root, for a private dovecot-imapd")
        self.home = Path(tempfile.mkdtemp(prefix="mailgate-dovecot-"))
        self.home.chmod(0o755)
        self.port, self.plain = free_port(), free_port()
        (self.home / "users").write_text(f"{user}:{{PLAIN}}{PASSWORD}\n")
        (self.home / "mail").mkdir(mode=0o777)
        shutil.chown(self.home / "mail", "mail", "mail")
        if introspection:
            mechanisms += " xoauth2 oauthbearer"
            more += _OAUTH.format(home=self.home)
            (self.home / "oauth2").write_text(_INTROSPECTION.format(url=introspection))
        self._config = self.home / "dovecot.conf"
        self._config.write_text(
            _CONFIG.format(
                home=self.home,
                certificate=CERTIFICATE,
                internal="dovecot",
                login="dovenull",
                group="dovecot",
                uid="mail",
                gid="mail",
                port=self.port,
                plain=self.plain,
                mechanisms=mechanisms,
                more=more,
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"imaps://{self.user}@localhost:{self.port}/INBOX"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self) -> None:
        # Into a file: its children inherit what it has, and a pipe would stay open for as long as they run.
        with (self.home / "said").open("ab") as said:
            self._process = subprocess.Popen(
                [self._program, "-F", "-c", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self._process.poll() is None, self.said()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(self.said())

    def stop(self) -> None:
        """Every one of its processes, at once, as a crash of its machine would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            shutil.rmtree(self.home / "run", ignore_errors=True)

    def restart(self) -> None:
        self.stop()
        self.start()

    def said(self) -> str:
        return "".join(
            file.read_text(errors="replace") for file in sorted(self.home.glob("said")) + sorted(self.home.glob("log"))
        )

    def client(self) -> Any:
        """Another reader of the same mailbox."""
        context = ssl.create_default_context(cafile=CERTIFICATE)
        client = IMAPClient("localhost", self.port, ssl_context=context, timeout=SocketTimeout(60, 60))
        client.login(self.user, PASSWORD)
        return client

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        with closing(_Connected(self.client())) as one:
            for mail in mails:
                one.client.append(folder, mail)

    def deliver(self, mail: bytes) -> None:
        """Into the inbox by the file system, as a delivery agent does it."""
        box = self.home / "mail" / self.user
        for folder in (box, box / "tmp", box / "new", box / "cur"):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                shutil.chown(folder, "mail", "mail")
        name = f"{time.time_ns()}.agent"
        (box / "tmp" / name).write_bytes(mail)
        shutil.chown(box / "tmp" / name, "mail", "mail")
        (box / "tmp" / name).rename(box / "new" / name)

    def folder(self, name: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        """By UID the flags of every message."""
        with closing(_Connected(self.client())) as one:
            if not one.client.folder_exists(name):
                return {}
            one.client.select_folder(name, readonly=True)
            found = one.client.fetch(one.client.search(), ["FLAGS"])
            return {uid: data[b"FLAGS"] for uid, data in found.items()}

    def expunge(self, *uids: int) -> None:
        with closing(_Connected(self.client())) as one:
            one.client.select_folder("INBOX")
            one.client.add_flags(list(uids), [b"\\Deleted"])
            one.client.uid_expunge(list(uids))

    def renumber(self) -> None:
        """Another UIDVALIDITY, and other UIDs for the same mails, as after a restore from a backup."""
        for file in (self.home / "mail" / self.user).glob("dovecot*"):
            if file.name.startswith(("dovecot-uidlist", "dovecot-uidvalidity", "dovecot.index")):
                file.unlink()


class _Connected:
    def __init__(self, client: Any) -> None:
        self.client = client

    def close(self) -> None:
        self.client.logout()


def gate(home: Path, server: Dovecot, store: str = "sqlite:///mailgate.db", more: str = "", **daemon: str) -> Daemon:
    """A daemon with a door "inbox" that fetches from it; `more` stands in the door's table, and behind it."""
    home.mkdir(exist_ok=True)
    (home / "password").write_text(PASSWORD)
    door = (
        f'\n[door.inbox]\nprotocol = "imap"\nurl = "{server.url}"\nmailbox = "support"\n'
        f'password_file = "password"\nca_file = "{CERTIFICATE}"\n{more}'
    )
    return Daemon(home, store, extra=door, **daemon)
