"""A real name server on loopback, for tests that go through a real daemon: answers from a `Zone`, or not at all."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from mailgate.intake.resolver import NoAnswerNow
from signing import Zone


class DnsServer:
    """UDP alone. `silent` names of the zone get SERVFAIL, as a resolver gives whose upstream is gone."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            wire, client = self._socket.recvfrom(65_535)
            if not wire:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(wire)), client)

    def _answer(self, query: dns.message.Message) -> bytes:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        (question,) = query.question
        kind = dns.rdatatype.to_text(question.rdtype)
        try:
            records = self._zone.ask(question.name.to_text(), kind)
        except NoAnswerNow:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer.to_wire()
        if records:
            texts = [_quoted(record) if kind == "TXT" else record.decode() for record in records]
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        return answer.to_wire()


def _quoted(text: bytes) -> str:
    """TXT in strings of at most 255 octets."""
    return " ".join('"' + text[at : at + 255].decode() + '"' for at in range(0, len(text), 255))
