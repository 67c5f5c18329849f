"""Letters leave signed where their mailbox has a key; a key of no use is told before anything starts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import dkim
import pytest

from commands import CONFIG, Gate
from letters import CASE, LETTER, MAILBOX, OPENED, POLICY, SHIPPED
from mailgate.errors import Transient
from mailgate.outbox.render import Renderer
from mailgate.outbox.signing import Signer, SigningRelay
from mailgate.simulate.stage import RecordingRelay
from signing import Zone, private_key

SIGNER = Signer("example.com", "s1", private_key("one"))
MESSAGE = Renderer([SHIPPED]).render(LETTER, CASE, POLICY, MAILBOX, "", OPENED).message


def sent(message: bytes = MESSAGE, signer: Signer = SIGNER) -> bytes:
    relay = RecordingRelay()
    signing = SigningRelay(relay, {"support@example.com": signer})
    asyncio.run(signing.send(1, "support@example.com", "ann@example.net", message))
    asyncio.run(signing.close())
    ((_, _, message),) = relay.sent
    return message


def is_right(message: bytes) -> bool:
    ask = Zone().key("example.com").ask

    def key(name: bytes, timeout: int = 0) -> bytes:  # noqa: ARG001 - dkimpy's form
        return ask(name.decode(), "TXT")[0]

    return bool(dkim.verify(message, dnsfunc=key))


def test_a_letter_leaves_signed_for_its_mailboxs_domain() -> None:
    message = sent()
    assert message.endswith(MESSAGE)
    assert is_right(message)
    signature = b"".join(message[: -len(MESSAGE)].split())
    assert b"d=example.com;" in signature
    assert b"s=s1;" in signature
    assert b"l=" not in signature


@pytest.mark.parametrize(
    "field",
    "From To Reply-To Subject Date Message-ID In-Reply-To References Auto-Submitted MIME-Version Content-Type".split(),
)
def test_nothing_that_people_see_can_be_changed_afterwards(field: str) -> None:
    message = sent()
    assert is_right(message)
    head, name, rest = message.partition(f"\r\n{field}: ".encode())
    assert name
    assert not is_right(head + name + b"x" + rest)


@pytest.mark.parametrize("field", [b"From", b"To", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"Content-Type"])
def test_no_second_of_what_stands_once_can_be_added(field: bytes) -> None:
    assert not is_right(field + b": <eve@evil.test>\r\n" + sent())


def test_what_is_from_another_address_leaves_as_it_is() -> None:
    other = MESSAGE.replace(b"<support@example.com>", b"<sales@example.com>")
    assert other != MESSAGE
    assert sent(other) == other


def test_a_letter_that_cannot_be_signed_waits_and_does_not_leave_unsigned() -> None:
    with pytest.raises(Transient, match=r"could not be signed for example\.com"):
        sent(signer=Signer("example.com", "s1", b"no key"))


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    made = Gate(tmp_path)
    made.config.write_text(CONFIG + '[mailbox.support.dkim]\nselector = "s1"\nkey_file = "dkim.pem"\n')
    return made


def test_a_key_that_works_is_taken(gate: Gate) -> None:
    (gate.home / "dkim.pem").write_bytes(private_key("one"))
    (gate.home / "dkim.pem").chmod(0o644)
    (warning,) = [one for one in gate.json("check-config")["warnings"] if "dkim" in one["key"]]
    assert warning["key"] == "mailbox.support.dkim.key_file"
    assert "chmod 600" in warning["why"]
    (gate.home / "dkim.pem").chmod(0o600)
    assert [one for one in gate.json("check-config")["warnings"] if "dkim" in one["key"]] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "dkim.pem"),
        (b"", "is no RSA key in PEM form without a passphrase; make one: openssl genrsa -out dkim.pem 2048"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is no RSA key in PEM form"),
    ],
)
def test_a_key_of_no_use_is_told_with_its_line(gate: Gate, content: bytes | None, said: str) -> None:
    if content is not None:
        (gate.home / "dkim.pem").write_bytes(content)
    error = gate.error("check-config")
    assert "mailbox.support.dkim.key_file: " in error
    assert said in error


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('domain = "example.net"', "domain: example.net does not speak for support@example.com; leave it out"),
        ('selector = "s 1"', 'selector: should be as in DNS, like "s2026", not "s 1"'),
    ],
)
def test_a_signature_that_nobody_would_believe_is_refused(gate: Gate, key: str, said: str) -> None:
    text = gate.config.read_text()
    name = key.partition(" ")[0]
    gate.config.write_text(text.replace('selector = "s1"', key) if name == "selector" else text + key + "\n")
    assert said in gate.error("check-config")


WITHOUT = """
import sys
from importlib.machinery import PathFinder
find = PathFinder.find_spec
gone = ("dkim", "dns", "spf")
PathFinder.find_spec = lambda name, *more: None if name.partition(".")[0] in gone else find(name, *more)
from mailgate.__main__ import main
main()
"""


def test_a_machine_without_the_extra_is_told(gate: Gate) -> None:
    """In a process of its own, whose Python finds the libraries of the extra nowhere."""
    door = '[door.mx]\nprotocol = "smtp"\nlisten = "127.0.0.1:0"\ntrust = "verify"\n'
    gate.config.write_text(CONFIG + door)
    (gate.home / "dkim.pem").write_bytes(private_key("one"))

    def told() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", WITHOUT, "check-config", "--config", str(gate.config)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = told()
    assert (done.returncode, done.stderr) == (0, "")
    assert "door.mx.trust: nobody is authenticated without the extra" in done.stdout
    assert "mx.trust" not in gate.out("check-config")
    gate.config.write_text(CONFIG + '[mailbox.support.dkim]\nselector = "s1"\nkey_file = "dkim.pem"\n')
    done = told()
    assert done.returncode == 1
    assert "dkim.key_file: needs the extra: pip install 'mailgate[auth]'" in done.stderr
