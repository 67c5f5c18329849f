"""Odd dialogues by swaks, a client that none of us wrote, against doors as they are by default."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from floods import CERTIFICATE
from gate import SALES, SUPPORT, Gate, until
from mailgate.door_settings import Limits
from servers import require


@dataclass(frozen=True)
class Dialogue:
    """What swaks said and heard: `heard` are the door's lines, over TLS too."""

    code: int
    heard: list[str]
    whole: str

    def codes(self) -> str:
        """The codes of the door's answers, one for each."""
        return " ".join(line[:3] for line in self.heard if line[3:4] == " ")


def swaks(gate: Gate, *words: str) -> Dialogue:
    """One run of it; its mail is for SUPPORT unless the words say otherwise."""
    tool = require(shutil.which("swaks"), "swaks")
    command = [tool, "--server", "127.0.0.1", "--port", str(gate.door.port), "--timeout", "20", "--ehlo", "swaks.test"]
    command += ["--from", "ann@customer.test", *(() if "--to" in words else ("--to", SUPPORT.address)), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    require("swaks" if "requires Net::SSLeay" not in done.stdout + done.stderr else None, "libnet-ssleay-perl")
    heard = re.findall(r"^(?:<-|<~|<\*\*|<~\*) +(\d{3}[ -].*)$", done.stdout, re.MULTILINE)
    return Dialogue(done.returncode, heard, done.stdout + done.stderr)


def test_an_ordinary_mail(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        said = swaks(gate)
        assert (said.code, said.codes()) == (0, "220 250 250 250 354 250 221"), said.whole
        (row,) = gate.rows()
    assert (row["sender"], row["recipients"], row["helo"]) == ("ann@customer.test", [SUPPORT.address], "swaks.test")


def test_a_pipelined_mail_to_several_one_of_them_nobody(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        to = f"{SUPPORT.address},nobody@example.org,{SALES.address}"
        said = swaks(gate, "--pipeline", "--to", to)
        assert (said.code, said.codes()) == (0, "220 250 250 250 550 250 354 250 221"), said.whole
        assert [row["mailbox"] for row in gate.rows()] == ["support", "sales"]


def test_pipelining_to_nobody_at_all_stores_nothing(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        said = swaks(gate, "--pipeline", "--to", "nobody@example.org")
        assert (said.code, said.codes()) == (24, "220 250 250 550 503 221"), said.whole
        assert gate.rows() == []


@pytest.mark.parametrize("words", [(), ("--pipeline",)], ids=["one by one", "pipelined"])
def test_starttls(tmp_path: Path, words: tuple[str, ...]) -> None:
    with Gate(tmp_path, tls_cert_file=CERTIFICATE) as gate:
        said = swaks(gate, "--tls", *words)
        assert (said.code, said.codes()) == (0, "220 250 220 250 250 250 354 250 221"), said.whole
        assert b" with ESMTPS\r\n" in gate.rows()[0]["raw"]


def test_starttls_where_it_is_not_offered(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        said = swaks(gate, "--tls-optional")
        assert [line for line in said.heard if "STARTTLS" in line] == []
        assert swaks(gate, "--tls").code == 29
        assert len(gate.rows()) == 1


def test_tls_at_once_where_the_door_speaks_first_ends_that_session_alone(tmp_path: Path) -> None:
    """A TLS hello is no command; it ends in none of the ways in which a command does, or with a 500."""
    with Gate(tmp_path, tls_cert_file=CERTIFICATE, limits=Limits(silence_seconds=0.5)) as gate:
        assert swaks(gate, "--tls-on-connect").code == 29
        until(lambda: gate.door.sessions == 0)
        assert swaks(gate).code == 0


def test_one_who_speaks_before_the_greeting_is_no_proxy_to_us(tmp_path: Path) -> None:
    """`PROXY` lines (HAProxy) would set the peer's address: nobody has said that we stand behind one."""
    with Gate(tmp_path) as gate:
        claim = ("--proxy-source", "192.0.2.9", "--proxy-source-port", "9", "--proxy-dest", "192.0.2.1")
        said = swaks(gate, "--proxy-version", "1", "--proxy-family", "TCP4", *claim, "--proxy-dest-port", "25")
        assert "220" in said.codes()
        assert "500 5.5.2 Not understood" in said.heard, said.whole
        assert {row["peer"] for row in gate.rows()} <= {"127.0.0.1"}


def test_xclient_is_not_offered(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        assert "Host did not advertise XCLIENT" in swaks(gate, "--xclient", "ADDR=192.0.2.9").whole
        assert gate.rows() == []


def test_auth_is_not_offered(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        said = swaks(gate, "--auth", "LOGIN", "--auth-user", "u", "--auth-password", "p")
        assert said.code == 28, said.whole
        assert gate.rows() == []


def test_who_does_not_say_who_he_is_must_greet_first(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        said = swaks(gate, "--ehlo", " ")
        assert "501 5.5.4 Who are you?" in said.heard, said.whole
        assert gate.rows() == []


def test_helo_and_the_null_sender(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        said = swaks(gate, "--protocol", "SMTP", "--from", "<>")
        assert (said.code, said.codes()) == (0, "220 250 250 250 354 250 221"), said.whole
        (row,) = gate.rows()
    assert row["sender"] == ""
    assert b" with SMTP\r\n" in row["raw"]


def test_lmtp_answers_for_each(tmp_path: Path) -> None:
    with Gate(tmp_path, protocol="lmtp") as gate:
        to = f"{SUPPORT.address},{SALES.address}"
        said = swaks(gate, "--protocol", "LMTP", "--to", to)
        assert (said.code, said.codes()) == (0, "220 250 250 250 250 354 250 250 221"), said.whole
        assert len(gate.rows()) == 2
        assert swaks(gate, "--protocol", "ESMTP").code != 0  # EHLO is no word of LMTP's


@pytest.mark.parametrize(
    ("how", "stop"),
    [
        *(("--quit-after", stop) for stop in ("CONNECT", "FIRST-HELO", "MAIL", "RCPT")),
        *(("--drop-after", stop) for stop in ("CONNECT", "FIRST-HELO", "MAIL", "RCPT", "DATA")),
        *(("--drop-after-send", stop) for stop in ("FIRST-HELO", "MAIL", "RCPT", "DATA")),
    ],
)
def test_who_leaves_early_leaves_nothing(tmp_path: Path, how: str, stop: str) -> None:
    with Gate(tmp_path) as gate:
        swaks(gate, how, stop)
        until(lambda: gate.door.sessions == 0)
        assert gate.rows() == []
        assert gate.rooms.coming_in.taken == gate.rooms.counter.taken == gate.rooms.files.taken == 0


def test_eight_bit_mail_comes_as_it_is(tmp_path: Path) -> None:
    text = "From: ann@customer.test\nSubject: Grüße aus 東京\n\nÄrger mit dem Drucker ☹\n.\n..\n"
    with Gate(tmp_path) as gate:
        said = swaks(gate, "--data", text)
        assert said.code == 0, said.whole
        assert gate.rows()[0]["data"].startswith(text.replace("\n", "\r\n").encode())


def test_addresses_beyond_ascii_need_smtputf8(tmp_path: Path) -> None:
    with Gate(tmp_path) as gate:
        said = swaks(gate, "--from", "grüße@customer.test")
        assert said.code == 23, said.whole
        assert [line for line in said.heard if line.startswith("553 5.6.7 ")], said.whole
        with gate.talk() as client:  # which swaks cannot say
            client.greet()
            assert client.say("MAIL FROM:<grüße@customer.test> BODY=8BITMIME SMTPUTF8 SIZE=100").startswith("250")


@pytest.mark.parametrize("line", ["bare LF\\nhere", "bare CR\\rhere"])
def test_bare_line_ends_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "mail").write_bytes(line.encode().decode("unicode_escape").encode() + b"\r\n.\r\n")
    with Gate(tmp_path) as gate:
        said = swaks(gate, "--no-data-fixup", "--data", f"@{tmp_path}/mail")
        assert said.code == 26, said.whole
        assert [line for line in said.heard if line.startswith("550 5.6.11 ")], said.whole
        assert gate.rows() == []


def test_huge_headers_come_through_whole_and_too_many_hops_do_not(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("X-Huge: " + "h" * 500_000 + "\n" + "X-Many: 1\n" * 20_000 + "Subject: x\n\nwords\n")
    (tmp_path / "loop").write_text("Received: from a by b\n" * 51 + "Subject: x\n\nwords\n")
    with Gate(tmp_path) as gate:
        assert swaks(gate, "--data", f"@{tmp_path}/mail").code == 0
        (row,) = gate.rows()
        assert (tmp_path / "mail").read_bytes().replace(b"\n", b"\r\n") in row["data"]
        said = swaks(gate, "--data", f"@{tmp_path}/loop")
        assert "554 5.4.6 More than 50 Received fields: it goes round" in said.heard, said.whole


def test_a_mail_over_the_size_is_refused_after_its_end(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("Subject: x\n\n" + "x" * 76 + "\n" + "y" * 100_000 + "\n")
    with Gate(tmp_path, max_message_bytes=65_536) as gate:
        said = swaks(gate, "--data", f"@{tmp_path}/mail")
        assert (said.code, said.codes()) == (26, "220 250 250 250 354 552 221"), said.whole
