"""Who a client is to a door or a page, by his address, where the two are two machines: in IPv4 and in IPv6.

Machines are network namespaces: where none can be made (most containers), these tests are skipped, also on CI.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gate import MAIL, Gate, Talker
from machines import Lan, Machine, NotAllowed, joined
from mailgate.door_settings import Limits
from mailgate.web.peers import peer_of
from mailgate.web.site import showing
from site_visitor import shown
from world import World


@pytest.fixture
def lan() -> Iterator[Lan]:
    with ExitStack() as stack:
        try:
            machines = stack.enter_context(joined("door", "trusted", "stranger"))
        except NotAllowed as why:
            pytest.skip(str(why))
        yield machines


@contextmanager
def opened(folder: Path, lan: Lan, limits: Limits | None = None) -> Iterator[Gate]:
    """A door on its machine that listens to all and believes one network of each kind."""
    networks = [lan["trusted"].network, lan["trusted"].network6]
    with (
        lan["door"].inside(),
        Gate(folder, listen="[::]:0", trust="network", networks=networks, limits=limits, hostname="mx.test") as gate,
    ):
        yield gate


def call(gate: Gate, lan: Lan, by: Machine, *, ipv6: bool) -> Talker:
    with by.inside():
        door = lan["door"].address6 if ipv6 else lan["door"].address
        return Talker(socket.create_connection((door, gate.door.port), 60))


@pytest.mark.parametrize("ipv6", [False, True], ids=["IPv4", "IPv6"])
def test_a_network_is_believed_by_the_true_address_of_who_calls(lan: Lan, tmp_path: Path, ipv6: bool) -> None:
    with opened(tmp_path, lan) as gate:
        for number, name in enumerate(("trusted", "stranger")):
            with call(gate, lan, lan[name], ipv6=ipv6) as client:
                client.greet()
                client.begin()
                assert client.say(MAIL.replace(b"<1@", b"<%d@" % number) + b".").startswith("250")
        rows = gate.rows()
    addresses = [lan[name].address6 if ipv6 else lan[name].address for name in ("trusted", "stranger")]
    assert [row["peer"] for row in rows] == addresses
    assert [row["authentication"] for row in rows] == ["pass", "unverified"]
    for address, row in zip(addresses, rows, strict=True):
        literal = f"[IPv6:{address}]" if ipv6 else f"[{address}]"
        assert literal.encode() in row["raw"].partition(b"\r\n\r\n")[0], "the Received field says it, too"


def test_connections_are_counted_by_machine(lan: Lan, tmp_path: Path) -> None:
    """One of IPv4 and one of IPv6 are two peers, as two machines are."""
    limits = Limits(silence_seconds=60, connections_per_peer=1)
    with opened(tmp_path, lan, limits) as gate:
        for ipv6 in (False, True):
            with (
                call(gate, lan, lan["stranger"], ipv6=ipv6) as first,
                call(gate, lan, lan["stranger"], ipv6=ipv6) as second,
                call(gate, lan, lan["trusted"], ipv6=ipv6) as other,
            ):
                assert first.reply().startswith("220")
                assert second.reply().startswith("421 4.3.2 Too many connections")
                assert other.reply().startswith("220")


@pytest.mark.parametrize("ipv6", [False, True], ids=["IPv4", "IPv6"])
def test_only_a_proxy_of_ours_asks_for_others(lan: Lan, ipv6: bool) -> None:
    peer = Route("/peer", showing(lambda request, _: PlainTextResponse(peer_of(request))))
    proxies = (lan["trusted"].network, lan["trusted"].network6)
    found = {}
    with World() as world, lan["door"].inside(), shown(world, listen="[::]:0", proxies=proxies, rooms=(peer,)) as site:
        for name in ("trusted", "stranger"):
            with lan[name].inside():
                door = lan["door"].address6 if ipv6 else lan["door"].address
                client = http.client.HTTPConnection(door, site.port, timeout=60)
                client.request("GET", "/peer", headers={"X-Forwarded-For": "203.0.113.9"})
                found[name] = client.getresponse().read().decode()
                client.close()
    own = lan["stranger"].network6 if ipv6 else lan["stranger"].address
    assert found == {"trusted": "203.0.113.9", "stranger": own}
