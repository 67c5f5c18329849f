"""The keys that say how senders are authenticated (a door's `trust` and what belongs to it) and how our own letters are
(a mailbox's `dkim`), and what must hold between them.

The rest of the rules of settings is in `settings_rules.py`. Nothing here asks the network or opens a file.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailgate.places import host_and_port
from mailgate.tomlfile import Step

if TYPE_CHECKING:
    from mailgate.door_settings import Door
    from mailgate.settings import Mailbox

_Fault = tuple[tuple[Step, ...], str]

_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)
_LONGEST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Dkim:
    """How letters from one mailbox are signed. `domain` "": that of its address."""

    selector: str
    key_file: Path
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Dns:
    """How doors with `trust = "verify"` ask. `servers`: IP addresses, with a port where it is not 53; the system's
    where there are none. `seconds` is for all questions about one mail."""

    servers: tuple[str, ...] = ()
    seconds: float = 10


def faults(door: Door) -> Iterator[_Fault]:
    """Everything wrong with one door as far as trust goes, by the key within its table."""
    if door.trust == "network" and not door.networks:
        yield ("trust",), '"network" trusts the peers in networks, and there are none; add networks = ["10.1.0.0/16"]'
    elif door.trust == "network" and door.listen.startswith("unix:"):
        # Everybody would be "unverified", and get letters without a word of his own.
        why = "goes by the peer's IP address, and a unix socket has none"
        yield ("trust",), f'"network" {why}; listen on host:port, or leave trust out'
    elif door.networks and door.trust not in ("network", "verify"):
        yield ("networks",), f'stands only with trust = "network" or "verify"; trust is "{door.trust}"'
    for place, network in enumerate(door.networks):
        if why := network_fault(network):
            yield ("networks", place), why
    yield from _believed(door)


def _believed(door: Door) -> Iterator[_Fault]:
    """The servers whose word counts."""
    if door.trust == "upstream" and not re.fullmatch(r"[^\s;()\"]+", door.authserv_id):
        why = 'names no server; write the name that its Authentication-Results begin with, or "microsoft"'
        yield ("authserv_id",), why
    elif door.trust != "upstream" and door.authserv_id:
        yield ("authserv_id",), f'stands only with trust = "upstream"; trust is "{door.trust}"'
    if door.trust != "verify" and door.arc_sealers:
        yield ("arc_sealers",), f'stands only with trust = "verify"; trust is "{door.trust}"'
    for place, sealer in enumerate(door.arc_sealers):
        if not _DOMAIN.fullmatch(sealer):
            yield ("arc_sealers", place), f'should be a domain like "lists.example.org", not "{sealer}"'


def about_dns(dns: Dns) -> Iterator[_Fault]:
    """Everything wrong with how DNS is asked."""
    for place, server in enumerate(dns.servers):
        try:
            ipaddress.ip_address(_host(server))
        except ValueError:
            why = f'should be an IP address, with a port or without ("192.0.2.53:5353"), not "{server}"'
            yield ("dns", "servers", place), why
    if not 1 <= dns.seconds <= _LONGEST_SECONDS:
        yield ("dns", "seconds"), f"should be 1 to {_LONGEST_SECONDS}, not {dns.seconds:g}"


def about_dkim(mailbox: Mailbox) -> Iterator[tuple[str, str]]:
    """Everything wrong with how a mailbox's letters are signed."""
    if mailbox.dkim is None:
        return
    home, domain = mailbox.address.rpartition("@")[2].lower(), mailbox.dkim.domain.lower()
    if domain and home != domain and not home.endswith(f".{domain}"):
        yield "domain", f"{domain} does not speak for {mailbox.address}; leave it out, or name a domain above {home}"
    if not _SELECTOR.fullmatch(mailbox.dkim.selector):
        yield "selector", f'should be as in DNS, like "s2026", not "{mailbox.dkim.selector}"'


def _host(server: str) -> str:
    try:
        return host_and_port(server)[0]
    except ValueError:
        return server.strip("[]")


def network_fault(network: str) -> str:
    """What is wrong with the network, "" for nothing."""
    try:
        ipaddress.ip_network(network)
    except ValueError:
        try:
            meant = ipaddress.ip_network(network, strict=False)
        except ValueError:
            return f'should be a network like "10.1.0.0/16", not "{network}"'
        return f'"{network}" has bits beyond its mask; did you mean "{meant}"?'
    return ""
