"""A real Postfix of our own in a temporary folder: its ports, queue and log are nobody else's. Needs root."""

from __future__ import annotations

import os
import re
import shutil
import smtplib
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from servers import require

# What a queue needs to accept mail over SMTP, pass it on, and write its log.
_SERVICES = """\
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """`with Postfix(port, transport) as postfix:`; mail to example.org takes the transport, to all else the bin.

    `services` are lines of master.cf, `settings` lines of main.cf.
    """

    def __init__(self, port: int, transport: str, *, services: str = "", settings: str = "") -> None:
        require(shutil.which("postfix"), "postfix")
        require("root" if os.geteuid() == 0 else None, "postfix, and run the tests as root")
        self.port = port
        self.home = Path(tempfile.mkdtemp(prefix="mailgate-postfix-"))
        self.home.chmod(0o755)  # Postfix's processes come in as another user
        self.log = self.home / "mail.log"
        etc, queue, data = self.home / "etc", self.home / "queue", self.home / "data"
        for folder in (etc, queue, data):
            folder.mkdir(mode=0o755)
        shutil.copy("/etc/postfix/dynamicmaps.cf", etc) if Path("/etc/postfix/dynamicmaps.cf").exists() else None
        shutil.chown(data, "postfix")
        (etc / "master.cf").write_text(_SERVICES.format(port=f"127.0.0.1:{port}") + services)
        (etc / "main.cf").write_text(f"""\
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file = {self.log}
maillog_file_prefixes = {self.home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
relay_domains = example.org
smtpd_recipient_restrictions = permit_mynetworks, reject
transport_maps = inline:{{ {{ example.org = {transport} }} }}
default_transport = discard:
recipient_delimiter = +
multi_instance_enable = yes
multi_instance_name = postfix-mailgate-test
syslog_name = postfix
{settings}
""")

    def __enter__(self) -> Self:
        self._run("start")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("stop")
        shutil.rmtree(self.home, ignore_errors=True)

    def send(self, recipients: list[str], mail: bytes) -> None:
        """Hand a mail in, as a customer's server would."""
        with smtplib.SMTP("127.0.0.1", self.port) as smtp:
            smtp.sendmail("ann@customer.test", recipients, mail)

    def statuses(self, wanted: int) -> dict[str, str]:
        """What the log says became of each recipient at example.org: sent, bounced, deferred."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            said = self.log.read_text() if self.log.exists() else ""
            found = dict(re.findall(r"to=<([^>]*@example\.org)>.* status=(\w+)", said))
            if len(found) >= wanted:
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited for {wanted} deliveries; Postfix said:\n{said}")

    def _run(self, verb: str) -> None:
        # Into a file: the daemons inherit what this command has, and a pipe would stay open for as long as they run.
        with (self.home / "said").open("ab") as said:
            done = subprocess.run(
                ["postfix", "-c", str(self.home / "etc"), verb],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                check=False,
            )
        if done.returncode:
            log = self.log.read_text() if self.log.exists() else ""
            raise AssertionError(f"postfix {verb}: {(self.home / 'said').read_text()}\n{log}")
