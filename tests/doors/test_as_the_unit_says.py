"""The printed units, carried out by hand: its command, its environment, its credentials, its socket."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from daemon import Daemon
from notices import heard_until, listening
from servers import require
from world import mail

DKIM = '\n[mailbox.support.dkim]\nselector = "s2026"\nkey_file = "secrets/dkim.pem"\n'


def values(unit: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)


class Carried(Daemon):
    """Started as its units say."""

    def start(self) -> None:
        program = f"{sys.executable} -m mailgate"
        units = {
            name: self.run("systemd-unit", name, "--program", program).stdout
            for name in ("mailgate.service", "mailgate-smtp.socket")
        }
        service, socket = units["mailgate.service"], units["mailgate-smtp.socket"]
        credentials = self.home / "credentials"
        credentials.mkdir(mode=0o700)
        for name, file in (line.split(":", 1) for line in values(service, "LoadCredential")):
            shutil.move(file, credentials / name)  # as if root alone could read it where it was
        environ = dict(line.split("=", 1) for line in values(service, "Environment"))
        environ |= {"CREDENTIALS_DIRECTORY": str(credentials), "WATCHDOG_USEC": "3000000"}
        environ |= {name: os.environ[name] for name in ("NOTIFY_SOCKET", "PATH", "PYTHONPATH")}
        tool = require(shutil.which("systemd-socket-activate"), "systemd")
        (listen,), (name,) = values(socket, "ListenStream"), values(socket, "FileDescriptorName")
        command = [tool, *(word for variable in environ for word in ("-E", variable)), "-l", listen, f"--fdname={name}"]
        with self.log.open("ab") as log:
            words = [*command, *shlex.split(values(service, "ExecStart")[0])]
            self.process = subprocess.Popen(words, stdout=log, stderr=log, env=environ)
        self.wait(self.listens, "the socket")


def test_a_mail_comes_in_and_its_answer_is_signed_with_the_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    (tmp_path / "secrets").mkdir()
    key = tmp_path / "secrets" / "dkim.pem"
    openssl = require(shutil.which("openssl"), "openssl")
    subprocess.run([openssl, "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    with listening(tmp_path / "notify") as ear, Carried(tmp_path, extra=DKIM) as daemon:
        daemon.send(mail())
        assert "READY=1" in heard_until(ear, "READY=1")
        assert not key.exists()
        daemon.becomes("filed")
        (letter,) = daemon.wait(daemon.sent, "a letter")
        assert b" s=s2026;" in letter.read_bytes().partition(b"\n\n")[0]
        assert daemon.says("door open")["listen"] == "systemd"
        assert heard_until(ear, "WATCHDOG=1")
        assert daemon.stop() == 0
