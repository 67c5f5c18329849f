"""Asks DNS for what authentication needs. The one place that knows dnspython; tests ask a table instead."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from mailgate.places import host_and_port

_DNS_PORT = 53
_PROBE_SECONDS = 2.0

# (name, type) -> the records' contents, () where there are none: TXT joined and raw, all other types as text
# ("10 mx.example.com." for MX). Raises NoAnswerNow.
Ask = Callable[[str, str], tuple[bytes, ...]]


class NoAnswerNow(Exception):
    """DNS did not answer, or with an error that may pass; the text names the question."""


def asker(servers: Sequence[str], until: float) -> Ask:
    """Asks those servers (the system's where there are none), each question once, all before `until` of
    `time.monotonic()`."""
    resolver = _resolver(servers)
    known: dict[tuple[str, str], tuple[bytes, ...]] = {}

    def ask(name: str, kind: str) -> tuple[bytes, ...]:
        question = (name.rstrip(".").lower(), kind)
        if question not in known:
            known[question] = _asked(resolver, *question, until)
        return known[question]

    return ask


def is_silent(servers: Sequence[str]) -> bool:
    """Whether those servers leave unanswered what every one that works can tell: who serves the root. An error is an
    answer, and a quick one. A sender's own dead servers cannot bring this about."""
    try:
        _resolver(servers).resolve(".", "NS", lifetime=_PROBE_SECONDS, raise_on_no_answer=False, search=False)
    except dns.resolver.LifetimeTimeout:
        return True
    except (NoAnswerNow, dns.exception.DNSException, OSError):
        return False
    return False


def _resolver(servers: Sequence[str]) -> dns.resolver.Resolver:
    if not servers:
        try:
            return dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration as error:
            raise NoAnswerNow("this machine has no resolver (/etc/resolv.conf)") from error
    resolver = dns.resolver.Resolver(configure=False)
    places = [place_of(server) for server in servers]
    resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in places]
    return resolver


def place_of(server: str) -> tuple[str, int]:
    """An IP address, or one with a port: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53"."""
    with suppress(ValueError):
        return host_and_port(server)
    return server.strip("[]"), _DNS_PORT


def _asked(resolver: dns.resolver.Resolver, name: str, kind: str, until: float) -> tuple[bytes, ...]:
    left = until - time.monotonic()
    if left <= 0:
        raise NoAnswerNow(f"no time left to ask for {kind} of {name}")
    try:
        answer = resolver.resolve(f"{name}.", kind, lifetime=left, raise_on_no_answer=False, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
        return ()
    except (dns.name.NameTooLong, dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError):
        return ()  # no name at all: nobody can have published anything there
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswerNow(f"DNS gave no answer to {kind} of {name} ({type(error).__name__})") from error
    if kind == "TXT":
        return tuple(b"".join(record.strings) for record in answer)
    return tuple(record.to_text().encode() for record in answer)
