"""What must hold between the keys of the settings, beyond the type of each. A fault names its key and the remedy.

Nothing here asks the network or opens a file that the settings name: a person who only lists cases need not be
allowed to read the relay's password. `mailgate check-config` warns of those (`cli/advice.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mailgate import fetching_rules, object_rules, shipped, trust_rules
from mailgate.errors import ConfigError, SettingsError
from mailgate.places import (
    address_fault,
    host_and_port,
    listen_fault,
    relay_fault,
    split_url,
    store_fault,
    web_fault,
    without_plus_parts,
)
from mailgate.tomlfile import Reading, Step, nearest
from mailgate.trust_rules import network_fault

if TYPE_CHECKING:
    from pathlib import Path

    from mailgate.door_settings import Door, Limits
    from mailgate.settings import Mailbox, SettingsFile

_Fault = tuple[tuple[Step, ...], str]

MOST_CONNECTIONS = 5000  # of one door: each may need two file descriptors

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ANY = ("0.0.0.0", "::")  # noqa: S104 - to be recognised, not to be listened on


def faults(reading: Reading[SettingsFile], environ: Mapping[str, str]) -> Iterator[ConfigError]:
    """Everything wrong with settings whose keys are all right one by one."""
    written = reading.value
    if written is None:
        return
    found: list[_Fault] = [*_mailboxes(reading), *_addresses(written), *_web(written)]
    for name, door in written.door.items():
        found += [(("door", name, *steps), why) for steps, why in _door(door)]
        found += [(("door", name, *steps), why) for steps, why in fetching_rules.faults(door, sorted(written.mailbox))]
        found += [(("door", name, *steps), why) for steps, why in trust_rules.faults(door)]
    found += trust_rules.about_dns(written.dns)
    found += fetching_rules.shared(written.door)
    found += _listening(written)
    found += _spool(written)
    found += object_rules.faults(written.store)
    relay = environ.get("MAILGATE_RELAY_URL") or written.relay.url
    store = environ.get("MAILGATE_STORE_URL") or written.store.url
    found += [(("relay", "connections"), "should be 1 to 100")] * (not 1 <= written.relay.connections <= 100)
    for key in ("hourly", "domain_hourly", "unverified_hourly"):
        if getattr(written.breaker, key) < 0:
            found.append((("breaker", key), "should be 0 (every letter is held) or more"))
    for variable, steps, why in (
        ("MAILGATE_STORE_URL", ("store", "url"), store_fault(store)),
        ("MAILGATE_RELAY_URL", ("relay", "url"), relay_fault(relay) or _own_door(relay, written)),
        ("MAILGATE_RELAY_URL", ("relay", "url"), _login(relay, written)),
        ("MAILGATE_NODE_NAME", ("node", "name"), _node(environ.get("MAILGATE_NODE_NAME") or written.node.name)),
    ):
        if why and environ.get(variable):
            yield SettingsError("environment", variable, why)
        elif why:
            found.append((steps, why))
    yield from sorted((reading.fault(steps, why) for steps, why in found), key=lambda fault: fault.line or 0)


def _node(name: str) -> str:
    return "" if re.fullmatch(r"[\w.-]{0,64}", name) else 'should be letters, digits, "-", "_" and "." (64 at most)'


def _mailboxes(reading: Reading[SettingsFile]) -> Iterator[_Fault]:
    written = reading.value
    if written is None:
        return
    if not written.mailbox:
        yield ("mailbox",), 'there is none; add [mailbox.support] with address = "support@your.domain"'
    owners: dict[str, str] = {}
    for name, mailbox in written.mailbox.items():
        if not re.fullmatch(r"[\w.-]+", name):
            yield ("mailbox", name), "a mailbox's name is letters, digits, - and _ alone"
        keys: list[tuple[tuple[Step, ...], str]] = [(("mailbox", name, "address"), mailbox.address)]
        keys += [(("mailbox", name, "aliases", place), alias) for place, alias in enumerate(mailbox.aliases)]
        for steps, address in keys:
            why = address_fault(address)
            if why:
                yield steps, why
            elif address.casefold() in owners:
                yield steps, f"{address} is an address of mailbox.{owners[address.casefold()]} already"
            else:
                owners[address.casefold()] = name
        yield from (((("mailbox", name, "dkim", key), why)) for key, why in trust_rules.about_dkim(mailbox))
        yield from (((("mailbox", name, key), why)) for key, why in _shipped(mailbox, reading.path.parent))


def _shipped(mailbox: Mailbox, folder: Path) -> Iterator[tuple[str, str]]:
    """What the mailbox names and is not there, neither beside the settings nor with us: the key, and why."""
    if not re.fullmatch(r"[\w-]+", mailbox.policy):
        yield "policy", "a policy's name is letters, digits, - and _ alone"
    elif shipped.policy_file(folder, mailbox.policy) is None:
        known = nearest(mailbox.policy, shipped.policy_names(folder))
        yield (
            "policy",
            f'there is no policy "{mailbox.policy}" (policies/{mailbox.policy}.toml beside this file); {known}',
        )
    languages = shipped.languages(folder)
    if mailbox.language and mailbox.language not in languages:
        yield "language", f'there are no templates in "{mailbox.language}"; {nearest(mailbox.language, languages)}'


def _addresses(written: SettingsFile) -> Iterator[_Fault]:
    people: list[tuple[tuple[Step, ...], str]] = [
        (("engineer", place, "address"), engineer.address) for place, engineer in enumerate(written.engineer)
    ]
    if written.operator:
        people.append((("operator", "address"), written.operator.address))
    for steps, address in people:
        if address_fault(address):
            yield steps, address_fault(address)
        elif owner := _owner(written, address.casefold()):
            # A letter to it would come back to us as a case.
            yield steps, f"{address} is mailbox.{owner}; it should be somebody's own address"
    seen = Counter(engineer.address.casefold() for engineer in written.engineer)
    for place, engineer in reversed(list(enumerate(written.engineer))):
        if engineer.level < 1:
            yield ("engineer", place, "level"), f"should be 1 or more, not {engineer.level}"
        if seen[engineer.address.casefold()] > 1:
            seen[engineer.address.casefold()] -= 1
            yield ("engineer", place, "address"), f"{engineer.address} stands here twice"


def _owner(written: SettingsFile, address: str) -> str:
    """The name of the mailbox that mail to this address would come to, "" where it is none of ours."""
    for key in without_plus_parts(address):
        for name, mailbox in written.mailbox.items():
            ours = {one.casefold() for one in (mailbox.address, *mailbox.aliases)}
            if key in ours and (key == address or mailbox.subaddress):
                return name
    return ""


def _door(door: Door) -> Iterator[_Fault]:
    if not re.fullmatch(r"[\w.-]+", door.name):
        yield (), "a door's name is letters, digits, - and _ alone"
    if door.name == "page":
        yield (), "is what messages written on the page of a case come by; give this door another name"
    if door.max_message_bytes < 64 * 1024:
        # RFC 5321 §4.5.3.1.7
        yield ("max_message_bytes",), f"should be 65536 or more, not {door.max_message_bytes}"
    if door.protocol not in ("smtp", "lmtp"):
        return
    if not door.listen:
        yield ("listen",), 'is missing; write where to listen, like "127.0.0.1:2525"'
    elif listen_fault(door.listen):
        yield ("listen",), listen_fault(door.listen)
    elif door.protocol == "lmtp" and door.listen.endswith(":25"):
        # RFC 2033 §5
        yield ("listen",), "LMTP must not be on port 25; 24 and 2424 are usual"
    if door.hostname and not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", door.hostname):
        yield ("hostname",), f'"{door.hostname}" is no host name; write the one that DNS has, like "mx.example.com"'
    if door.tls_key_file and not door.tls_cert_file:
        yield ("tls_key_file",), "a key without tls_cert_file: give both"
    yield from _limits(door.limits)


def _limits(limits: Limits) -> Iterator[_Fault]:
    for key, least, unit in (
        ("connections", 1, ""),
        ("connections_per_peer", 1, ""),
        ("recipients", 100, ""),  # RFC 5321 §4.5.3.1.8
        ("commands", 110, ""),  # one mail to 100 recipients, its greeting and its end
        ("errors", 1, ""),
        ("silence_seconds", 10, " seconds"),
        ("session_seconds", 60, " seconds"),
    ):
        given = getattr(limits, key)
        if given < least:
            yield ("limits", key), f"should be {least}{unit} or more, not {given:g}"
    if limits.connections > MOST_CONNECTIONS:
        yield ("limits", "connections"), f"should be {MOST_CONNECTIONS} or fewer, not {limits.connections}"


def _listening(written: SettingsFile) -> Iterator[_Fault]:
    taken: dict[str, str] = {}
    for name, door in written.door.items():
        if not door.listen or door.listen.endswith(":0"):
            continue
        if door.listen in taken:
            yield ("door", name, "listen"), f"{door.listen} is taken by door.{taken[door.listen]}"
        taken[door.listen] = name
    if written.web.listen in taken:
        yield ("web", "listen"), f"{written.web.listen} is taken by door.{taken[written.web.listen]}"


def _spool(written: SettingsFile) -> Iterator[_Fault]:
    if written.spool.memory_bytes < 64 * 1024:
        yield ("spool", "memory_bytes"), f"should be 65536 or more, not {written.spool.memory_bytes}"
    listening = [door for door in written.door.values() if door.protocol in ("smtp", "lmtp")]
    biggest = max(listening, key=lambda door: door.max_message_bytes, default=None)
    if biggest and written.spool.max_bytes < biggest.max_message_bytes:
        why = f"should be {biggest.max_message_bytes} or more: door.{biggest.name} takes mails of that size"
        yield ("spool", "max_bytes"), f"{why}, and they would never find room"


def _web(written: SettingsFile) -> Iterator[_Fault]:
    if written.web.url and web_fault(written.web.url):
        yield ("web", "url"), web_fault(written.web.url)
    if written.web.listen and listen_fault(written.web.listen):
        yield ("web", "listen"), listen_fault(written.web.listen)
    for at, proxy in enumerate(written.web.proxies):
        if network_fault(proxy):
            yield ("web", "proxies", at), network_fault(proxy)
    if not 1 <= written.web.link_days <= 3650:
        yield ("web", "link_days"), f"should be 1 to 3650, not {written.web.link_days}"
    if written.web.desk and not (written.web.listen and written.web.url):
        yield ("web", "desk"), "needs web.listen and web.url: sign-in letters link to it"


def _own_door(relay: str, written: SettingsFile) -> str:
    """Letters that come back in at a door of ours would go round for ever."""
    parts = None if relay.startswith("maildir:") else split_url(relay)
    if parts is None or not parts.hostname:
        return ""
    port = parts.port or (465 if parts.scheme == "smtps" else 25)
    for name, door in written.door.items():
        if not door.listen or door.listen.startswith("unix:") or listen_fault(door.listen):
            continue
        host, listening = host_and_port(door.listen)
        same = host.lower() == parts.hostname or (parts.hostname in _LOOPBACK and host.lower() in _LOOPBACK + _ANY)
        if same and port == listening:
            return f"is our own door.{name}: letters would come back in; name the server that sends mail on"
    return ""


def _login(relay: str, written: SettingsFile) -> str:
    parts = None if relay.startswith("maildir:") else split_url(relay)
    if parts is not None and parts.username and not written.relay.password_file:
        return f'logs in as "{parts.username}", but there is no relay.password_file'
    if parts is not None and parts.hostname and written.relay.password_file and not parts.username:
        return "names no user for relay.password_file; write smtps://user@host"
    return ""
