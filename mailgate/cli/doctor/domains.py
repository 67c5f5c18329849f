"""What DNS says of our domains: does mail come here, and are our letters believed (MX, SPF, DKIM, DMARC)?

Needs the extra `auth`.
"""

from __future__ import annotations

import base64
import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from dkim.crypto import UnparsableKeyError, parse_pem_private_key, parse_public_key

from mailgate.cli.doctor.line import Line, judged, skipped, unwise, well, wrong
from mailgate.intake.resolver import Ask, NoAnswerNow, asker
from mailgate.intake.sender_policy import spf_evidence
from mailgate.mail.authentication import Found
from mailgate.mail.domains import organisational
from mailgate.outbox.signing import public_record, read_key
from mailgate.places import is_loopback
from mailgate.settings import Mailbox, Settings
from mailgate.trust_rules import Dkim

_SECONDS = 20.0


def dns(settings: Settings) -> Iterator[Line]:
    """Four lines a domain; where DNS does not answer, that is what a line says."""
    ask = asker(settings.dns.servers, time.monotonic() + _SECONDS)
    for domain, mailboxes in _domains(settings).items():
        yield from _asked(f"dns.mx {domain}", _mx(settings, domain, ask))
        yield from _asked(f"dns.spf {domain}", _spf(settings, domain, ask))
        yield from _asked(f"dns.dkim {domain}", _dkim(domain, mailboxes, ask))
        yield from _asked(f"dns.dmarc {domain}", _dmarc(domain, ask))


def _asked(name: str, lines: Iterator[Line]) -> Iterator[Line]:
    try:
        yield from lines
    except NoAnswerNow as error:
        yield wrong(name, str(error), "see that this machine's resolver works ([dns] servers)")


def _domains(settings: Settings) -> dict[str, list[Mailbox]]:
    found: dict[str, list[Mailbox]] = {}
    for mailbox in settings.mailboxes.values():
        for address in (mailbox.address, *mailbox.aliases):
            of_it = found.setdefault(address.rpartition("@")[2].lower(), [])
            if mailbox not in of_it:
                of_it.append(mailbox)
    return found


def _mx(settings: Settings, domain: str, ask: Ask) -> Iterator[Line]:
    name = f"dns.mx {domain}"
    hosts = [record.decode("ascii", "replace").partition(" ")[2].rstrip(".").lower() for record in ask(domain, "MX")]
    if hosts == [""]:
        yield wrong(
            name, "it says that the domain takes no mail (null MX, RFC 7505)", "publish an MX for the mail server"
        )
        return
    if not hosts:
        remedy = f"publish one: {domain}. MX 10 mx.{domain}. (the mail server before mailgate, or this machine)"
        yield wrong(name, "there is none, so mail finds its way by chance or not at all", remedy)
        return
    facing = [door for door in settings.doors.values() if door.protocol == "smtp" and _faces_strangers(door.listen)]
    told = ", ".join(hosts)
    nowhere = [host for host in hosts if not _addresses(host, ask)]
    if nowhere:
        yield wrong(name, f"{', '.join(nowhere)} has no address", "publish an A or AAAA record of that name")
    elif facing and not any(door.hostname.lower() in hosts for door in facing) and not _is_here(hosts, ask):
        remedy = "where these hand mail on to mailgate, all is well; else name this machine in MX, and as door hostname"
        yield unwise(name, f"{told}: none of them is this machine, though it takes mail from outside", remedy)
    else:
        yield well(name, told)


def _spf(settings: Settings, domain: str, ask: Ask) -> Iterator[Line]:
    name = f"dns.spf {domain}"
    records = [one for one in ask(domain, "TXT") if one.lower().startswith(b"v=spf1")]
    if len(records) != 1:
        said = "there is none" if not records else f"there are {len(records)}, and then none counts (RFC 7208 §4.5)"
        yield wrong(name, said, f'publish one, and one only: {domain}. TXT "v=spf1 mx include:<your relay> -all"')
        return
    record = records[0].decode("ascii", "replace")
    for address in _leaves_from(settings, ask):
        evidence = spf_evidence(address, f"x@{domain}", "", ask)
        if evidence.found is not Found.PASS:
            remedy = (
                "add the relay's own include:, or ip4:, where letters leave from there; it may hand them on to others"
            )
            yield unwise(name, f"{record} does not let the relay's address {address} send ({evidence.text})", remedy)
            return
    yield well(name, record)


def _dkim(domain: str, mailboxes: list[Mailbox], ask: Ask) -> Iterator[Line]:
    signing = {mailbox.dkim for mailbox in mailboxes if mailbox.dkim}
    if not signing:
        yield skipped(f"dns.dkim {domain}", "letters are not signed here (no [mailbox.NAME.dkim]); the relay should")
    for dkim in sorted(signing, key=lambda one: one.selector):
        yield _key(dkim, ask)


def _key(dkim: Dkim, ask: Ask) -> Line:
    host = f"{dkim.selector}._domainkey.{dkim.domain}"
    name = f"dns.dkim {host}"
    try:
        key = read_key(dkim.key_file)
    except ValueError as error:
        return wrong(name, str(error), "make one: openssl genrsa -out FILE 2048")
    ours = parse_pem_private_key(key)["modulus"]
    publish = f'publish: {host}. TXT "{public_record(key).decode()}"'
    records = [one for one in ask(host, "TXT") if b"p=" in one]
    if not records:
        return wrong(name, "the key is not published, so every letter looks forged", publish)
    published = b"".join(records[0].partition(b"p=")[2].partition(b";")[0].split())
    with suppress(UnparsableKeyError, ValueError):
        if parse_public_key(base64.b64decode(published))["modulus"] == ours:
            return well(name, "published, and ours")
    said = "the published key is not ours" if published else "the key is published as revoked (p= is empty)"
    return wrong(name, f"{said}, so every letter looks forged", publish)


def _dmarc(domain: str, ask: Ask) -> Iterator[Line]:
    places = dict.fromkeys((domain, organisational(domain)))
    records = [one for place in places for one in ask(f"_dmarc.{place}", "TXT") if one.lower().startswith(b"v=dmarc1")]
    said = "" if records else "there is none: whoever writes in our name is believed as we are, and providers mind"
    remedy = f'publish one: _dmarc.{domain}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@{domain}", later p=quarantine'
    yield judged(f"dns.dmarc {domain}", said, remedy, records[0].decode("ascii", "replace") if records else "")


def _leaves_from(settings: Settings, ask: Ask) -> list[str]:
    """The relay's addresses, none where it is this machine: what it hands mail on to cannot be known here."""
    host = "" if settings.relay.url.startswith("maildir:") else urlsplit(settings.relay.url).hostname or ""
    if not host or is_loopback(host):
        return []
    return [one for one in _addresses(host, ask) if ipaddress.ip_address(one).is_global]


def _addresses(host: str, ask: Ask) -> list[str]:
    with suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    return [one.decode() for kind in ("A", "AAAA") for one in ask(host, kind)]


def _faces_strangers(listen: str) -> bool:
    return not listen.startswith("unix:") and not is_loopback(listen.rpartition(":")[0].strip("[]"))


def _is_here(hosts: list[str], ask: Ask) -> bool:
    """Whether one of them is an address of this machine: what can be bound is."""
    for address in (one for host in hosts for one in _addresses(host, ask)):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
            return True
    return False
