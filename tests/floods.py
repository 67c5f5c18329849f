"""What a hostile or clumsy client pours into a door, in any size, and how big the daemon became of it."""

from __future__ import annotations

import re
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from daemon import Daemon
from gate import Talker
from world import mail

MB = 1_000_000
SUPPORT = "support@example.com"
LIMITS = "[door.smtp.limits]\nconnections_per_peer = 500\n"
CERTIFICATE = Path(__file__).parent / "doors" / "localhost.pem"  # with its key
TLS = f'tls_cert_file = "{CERTIFICATE}"\n'
BIGGEST = 50 * 1024 * 1024  # max_message_bytes as it is by default


def peak(daemon: Daemon) -> float:
    """The most memory that the daemon's own process ever had, in MB (its child that reads mail is another process)."""
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024 / MB


def talk(daemon: Daemon, *, tls: bool = False) -> Talker:
    talker = Talker(socket.create_connection(("127.0.0.1", daemon.port)))
    talker._socket.settimeout(120)
    talker.greet()
    if tls:
        assert talker.say("STARTTLS").startswith("220")
        context = ssl.create_default_context(cafile=str(CERTIFICATE))
        talker = Talker(context.wrap_socket(talker._socket, server_hostname="localhost"))
        talker._socket.settimeout(120)
        assert talker.say("EHLO client.test").startswith("250")
    return talker


def pour(client: Talker, block: bytes, octets: int) -> int:
    """Sends the block again and again; how many octets went before the door hung up."""
    sent = 0
    with suppress(ConnectionError, ssl.SSLError):
        while sent < octets:
            client.send(block)
            sent += len(block)
    return sent


def without_line_ends(daemon: Daemon, octets: int, *, tls: bool = False) -> tuple[int, str]:
    """DATA in which no CRLF comes; what went through, and the answer."""
    with talk(daemon, tls=tls) as client:
        client.begin(SUPPORT)
        sent = pour(client, b"x" * 65536, octets)
        with suppress(ConnectionError, ssl.SSLError):
            return sent, client.reply()
        return sent, ""


def line_ends_alone(daemon: Daemon, octets: int) -> str:
    """A mail of nothing but CRLFs; the answer."""
    with talk(daemon) as client:
        client.begin(SUPPORT)
        pour(client, b"\r\n" * 32768, octets)
        return client.say(b".")


def in_the_middle(daemon: Daemon, connections: int, octets: int, *, tls: bool = False) -> None:
    """So many at once, each with so many octets of its mail brought and the end to come; then they hang up."""
    clients = [talk(daemon, tls=tls) for _ in range(connections)]
    for client in clients:
        client.begin(SUPPORT)
    block = (b"x" * 76 + b"\r\n") * 840
    for _ in range(-(-octets // len(block))):
        for client in clients:
            client.send(block)
    for client in clients:
        client.reset()


def chatter(daemon: Daemon, commands: int) -> tuple[int, str]:
    """So many NOOPs in one breath; how many were answered 250, and the last answer."""
    with talk(daemon) as client:
        pour(client, b"NOOP\r\n" * 1000, commands * 6)
        answers, last = 0, ""
        with suppress(ConnectionError, ssl.SSLError):
            while answer := client.reply():
                answers += answer.startswith("250")
                last = answer
        return answers, last


def of_the_biggest(daemon: Daemon, mails: int, *, tls: bool = False) -> set[str]:
    """So many mails at once, each as big as may be; the kinds of answer. Returns when all were read, too."""

    def bring(number: int) -> str:
        with talk(daemon, tls=tls) as client:
            client.begin(SUPPORT)
            head = (
                f"From: ann@customer.test\r\nSubject: {number}\r\nMessage-ID: <{number}@customer.test>\r\n"
                "Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            ).encode()
            client.send(head)
            pour(client, (b"x" * 76 + b"\r\n") * 840, BIGGEST - len(head) - 78 * 840)
            return client.say(b".")[:3]

    with ThreadPoolExecutor(mails) as clients:
        answers = set(clients.map(bring, range(mails)))
    daemon.becomes("filed", seconds=300)
    return answers


def of_many_words(daemon: Daemon, mails: int) -> None:
    """Mails of a MiB of text, of which one letter makes Python give every other one four octets, too."""
    words = ("x" * 75 + "\r\n") * 13_000 + "\N{PILE OF POO}\r\n"
    for number in range(mails):
        daemon.send(mail(f"{number}", words, message_id=f"<words{number}@customer.test>"))
    daemon.becomes("filed", seconds=300)
