"""Who asks: the address of a visitor, also where a reverse proxy of ours asks in his name."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request

from mailgate.web.site import site_of


def peer_of(request: Request) -> str:
    """His address, of IPv6 the network (/64) that one visitor has to himself; "local" where there is none to know.

    X-Forwarded-For is read from its end, where our proxies (`web.proxies`) wrote, to the first that is none of them.
    """
    proxies = [ipaddress.ip_network(one) for one in site_of(request).house().settings.web.proxies]
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    last = request.client.host if request.client and request.client.host else ""
    chain = [*(one.strip() for one in forwarded if one.strip()), last]
    while len(chain) > 1 and (not chain[-1] or _is_of(chain[-1], proxies)):
        chain.pop()
    return _counted(chain[-1])


def _is_of(peer: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(_plain(address) in network for network in networks)


def _counted(peer: str) -> str:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return "local"
    address = _plain(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Who comes by IPv4 to a socket that takes both is known by his IPv4 address, and is not all of these at once."""
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
