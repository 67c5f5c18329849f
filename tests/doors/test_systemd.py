"""What systemd and we say to each other: its sockets, our notices, its watchdog."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from daemon import Daemon
from mailgate.systemd import Watchdog, inherited, tell
from notices import heard_until, listening
from servers import require
from world import mail


def test_sockets_come_by_name_without_nagle_and_once(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as front,
        socket.socket(socket.AF_UNIX) as back,
    ):
        back.bind(str(tmp_path / "lmtp.sock"))
        front_fd, back_fd = os.dup(front.fileno()), os.dup(back.fileno())
        if back_fd != front_fd + 1:
            pytest.skip("the kernel gave numbers that do not follow each other")
        environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "mx:lmtp", "PATH": "x"}
        found = inherited(environ, first=front_fd)
        assert environ == {"PATH": "x"}
        assert {name: [one.fileno() for one in sockets] for name, sockets in found.items()} == {
            "mx": [front_fd],
            "lmtp": [back_fd],
        }
        (mx,), (lmtp,) = found["mx"], found["lmtp"]
        assert mx.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert mx.proto == socket.IPPROTO_TCP  # asyncio goes by it
        assert not mx.get_inheritable()
        mx.close()
        lmtp.close()
        assert inherited(environ, first=front_fd) == {}


def test_sockets_of_another_process_are_left_alone() -> None:
    assert inherited({"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "mx"}) == {}


def test_a_notice_goes_where_systemd_listens_and_to_nobody_else(tmp_path: Path) -> None:
    tell("READY=1", environ={})
    tell("READY=1", environ={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    with listening(tmp_path / "notify") as ear:
        tell("RELOADING=1", "MONOTONIC_USEC=1", environ={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert ear.recv(100) == b"RELOADING=1\nMONOTONIC_USEC=1"


def test_the_watchdog_ticks_only_when_all_have_shown_themselves_since_the_last_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    dog = Watchdog(("door", "writer", "sender"), {"WATCHDOG_USEC": "60000000"})
    assert dog.every == 20
    assert Watchdog((), {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}).every is None
    assert Watchdog((), {}).every is None
    with listening(tmp_path / "notify") as ear:
        ear.setblocking(False)
        dog.beat("door")
        dog.beat("writer")
        assert dog.look() == ["sender"]
        with pytest.raises(BlockingIOError):
            ear.recv(100)
        dog.beat("sender")
        assert dog.look() == []
        assert ear.recv(100) == b"WATCHDOG=1"
        assert dog.look() == ["door", "sender", "writer"]
        with pytest.raises(BlockingIOError):
            ear.recv(100)


def test_the_daemon_says_when_it_is_ready_alive_reloading_and_going(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "6000000")
    with listening(tmp_path / "notify") as ear, Daemon(tmp_path) as daemon:
        assert heard_until(ear, "READY=1") == ["READY=1"]
        assert heard_until(ear, "WATCHDOG=1") == ["WATCHDOG=1"]
        daemon.signal(signal.SIGHUP)
        reloading, ready = heard_until(ear, "READY=1")[-2:]
        assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
        assert ready == "READY=1"
        daemon.signal(signal.SIGTERM)
        assert heard_until(ear, "STOPPING=1")[-1] == "STOPPING=1"


def test_a_role_that_hangs_keeps_the_watchdog_from_ticking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    # A reader that does not answer holds the thread that reads for the deadline of 10 s.
    slow = tmp_path / "sitecustomize.py"
    slow.write_text(
        "import sys, time\n"
        "if 'mailgate.reader' in sys.orig_argv:\n"
        "    import mailgate.mail.parse as parsing\n"
        "    parsing.parse = lambda raw: time.sleep(60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ['PYTHONPATH']}")
    with listening(tmp_path / "notify") as ear, Daemon(tmp_path) as daemon:
        heard_until(ear, "WATCHDOG=1")
        daemon.send(mail())
        assert daemon.says("watchdog not told that all is well", times=3)["silent"] == ["reading"]


class ByHand(Daemon):
    """Started with its door already open, as descriptor 3."""

    name = "smtp"

    def start(self) -> None:
        become = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3);"
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES=sys.argv[2]);"
            "os.execv(sys.argv[3], sys.argv[3:])"
        )
        with socket.create_server(("127.0.0.1", self.port)) as door, self.log.open("ab") as log:
            command = [sys.executable, "-c", become, str(door.fileno()), self.name, *self.serving()]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, pass_fds=(door.fileno(),))

    def serving(self) -> list[str]:
        return [sys.executable, "-m", "mailgate", "serve", "--config", str(self.config)]


class BySystemd(ByHand):
    def start(self) -> None:
        tool = [require(shutil.which("systemd-socket-activate"), "systemd"), "-E", "PYTHONPATH"]
        with self.log.open("ab") as log:
            command = [*tool, "-l", f"127.0.0.1:{self.port}", f"--fdname={self.name}", *self.serving()]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.wait(self.listens, "the socket")


@pytest.mark.parametrize("kind", [ByHand, BySystemd])
def test_a_socket_that_systemd_opened_is_the_door_of_its_name(tmp_path: Path, kind: type[ByHand]) -> None:
    with kind(tmp_path) as daemon:
        (number,) = daemon.send(mail())
        daemon.becomes("filed", number)
        assert daemon.says("door open")["listen"] == "systemd"
        assert daemon.stop() == 0


def test_a_socket_with_the_name_of_no_door_is_refused(tmp_path: Path) -> None:
    daemon = ByHand(tmp_path)
    daemon.name = "smpt"
    daemon.start()
    assert daemon.process is not None
    assert daemon.process.wait(60) == 1
    assert "a socket of systemd has the name of no door: smpt" in daemon.log.read_text()
