"""What is not wrong in a configuration but unwise, unfinished or without effect: the warnings of `check-config`.

Unlike the rules of the settings, this looks at the files that they name.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mailgate import shipped
from mailgate.door_settings import Door
from mailgate.errors import ConfigError, PolicyError
from mailgate.intake.verify import cannot_verify
from mailgate.object_rules import S3Settings, plain_http
from mailgate.places import is_loopback
from mailgate.policy.authority import Proof
from mailgate.policy.contradictions import addresses
from mailgate.policy.policy import Policy
from mailgate.policy.translation import untranslated
from mailgate.rights import unreadable
from mailgate.settings import NO_PAGE, Settings
from mailgate.tomlfile import Step, dotted, line_of

# RFC 2606, RFC 6761
_RESERVED_DOMAIN = re.compile(r"(?:^|[.@])(?:example(?:\.(?:com|net|org))?|test|invalid)$", re.IGNORECASE)
# 555-01xx of the North American plan; Ofcom's 01632 960xxx. Given out for films and manuals.
_RESERVED_TELEPHONE = re.compile(r"1?\d{3}55501\d{2}|(?:44|0)1632960\d{3}")


# Keys are given as steps into the file, so that each piece of advice is told with its line, as an error is.
_Advice = tuple[tuple[Step, ...], str]


def about_settings(settings: Settings) -> Iterator[ConfigError]:
    """The advice in the order of the file."""
    found = (
        *_mailboxes(settings),
        *_doors(settings),
        *_relay(settings),
        *_objects(settings.store.s3),
        *_others(settings),
    )
    advice = [settings.fault(why, *steps) for steps, why in found]
    yield from sorted(advice, key=lambda one: one.line or 0)


def about_policies(settings: Settings, policies: Mapping[str, Policy]) -> Iterator[ConfigError]:
    """What stands in the policies that are used and is only an example, or leads nowhere under these settings."""
    for name, policy in policies.items():
        file = shipped.policy_file(settings.path.parent, name) or settings.path
        own = settings.path.parent / "policies" / f"{name}.toml"
        where = "" if file == own else f"; copy the file to {own} and change it there"
        text = file.read_text(encoding="utf-8-sig")
        for steps, why in _policy(settings, policy):
            yield PolicyError(file, dotted(steps), why + where, line_of(text, steps))


def about_engineers(settings: Settings, policies: Mapping[str, Policy]) -> Iterator[ConfigError]:
    """Where no door can tell an engineer from who only writes his address into From, though a policy asks for it."""
    if not settings.engineers or any(door.trust != "none" for door in settings.doors.values()):
        return
    asks = {Proof.AUTHENTICATION, Proof.BOTH}
    wanting = [
        name for name, one in policies.items() if asks & {one.authority.engineer.relay, one.authority.engineer.commands}
    ]
    if wanting:
        yield settings.fault(
            "no door authenticates senders, so what engineers write stays a note: give the door that their mail comes "
            f'by another trust than "none" (authority.engineer of policy {", ".join(sorted(wanting))} asks for it)',
            "engineer",
        )


def _policy(settings: Settings, policy: Policy) -> Iterator[_Advice]:
    digits = re.sub(r"\D", "", policy.contact.telephone)
    if digits and _RESERVED_TELEPHONE.fullmatch(digits):
        told = "is a reserved example, and customers are told to call it"
        yield ("contact", "telephone"), f'"{policy.contact.telephone}" {told}'
    for place, language in enumerate(policy.letters.languages):
        if left := untranslated(policy, language):
            why = f'letters in "{language}" have these words in another language: {", ".join(left)}'
            yield ("letters", "languages", place), f"{why}; say them in [translation.{language}]"
    for steps, address in addresses(policy):
        if settings.mailbox_of(address):
            continue
        if steps == ("escalation", "address"):
            why = "comes to no mailbox of ours, so no mail to it escalates a case; name it in the aliases of one"
            yield steps, f"{address} {why}"
        elif _RESERVED_DOMAIN.search(address):
            yield steps, f"{address} is a reserved example; no letter to it will ever be read"


def _mailboxes(settings: Settings) -> Iterator[_Advice]:
    for name, mailbox in settings.mailboxes.items():
        if _RESERVED_DOMAIN.search(mailbox.address):
            yield ("mailbox", name, "address"), f"{mailbox.address} is a reserved example; no mail will ever come to it"
        key = mailbox.dkim.key_file if mailbox.dkim else None
        if key and not unreadable(key) and key.stat().st_mode & 0o077:
            yield ("mailbox", name, "dkim", "key_file"), f"others on this machine can read {key}; chmod 600 it"


def _doors(settings: Settings) -> Iterator[_Advice]:
    if not settings.doors:
        yield ("door",), "there is none: mail comes in by `mailgate deliver` alone"
    for name, door in settings.doors.items():
        if door.trust == "network":
            yield ("door", name, "trust"), _about_network(door)
        if why := cannot_verify(door):
            yield ("door", name, "trust"), why
        for key, file in (("password_file", door.password_file), ("ca_file", door.ca_file)):
            if file and (why := unreadable(file) or (no_certificates(file) if key == "ca_file" else "")):
                yield ("door", name, key), why


def no_certificates(file: Path) -> str:
    """Why the file is none that servers can be verified by; "" where it is."""
    try:
        ssl.create_default_context(cafile=file)
    except (OSError, ValueError):
        return f"{file} holds no certificate in PEM; no server can be verified by it"
    return ""


def _about_network(door: Door) -> str:
    wide = [one for one in door.networks if ipaddress.ip_network(one).prefixlen == 0]
    if wide:
        return f"{wide[0]} is everybody: whoever reaches this door is believed to be whoever he says he is"
    return (
        "mail from these networks counts as authenticated; they may hold only servers that take mail from their own, "
        "authenticated users, never one that takes mail from the internet (an MX)"
    )


def _relay(settings: Settings) -> Iterator[_Advice]:
    relay = settings.relay
    if relay.url.startswith("maildir:"):
        yield ("relay", "url"), f"letters stay in {relay.url.removeprefix('maildir:')}; nobody gets them"
        return
    if relay.password_file and (why := unreadable(relay.password_file)):
        yield ("relay", "password_file"), why
    elif relay.password_file and relay.password_file.stat().st_mode & 0o077:
        yield ("relay", "password_file"), f"others on this machine can read {relay.password_file}; chmod 600 it"
    host = urlsplit(relay.url).hostname or ""
    if relay.url.startswith("smtp:") and relay.starttls == "off" and not is_loopback(host):
        yield ("relay", "starttls"), f"letters and passwords go to {host} in clear"


def _objects(s3: S3Settings) -> Iterator[_Advice]:
    if s3.secret_file and (why := unreadable(s3.secret_file)):
        yield ("store", "s3", "secret_file"), why
    elif s3.secret_file and s3.secret_file.stat().st_mode & 0o077:
        yield ("store", "s3", "secret_file"), f"others on this machine can read {s3.secret_file}; chmod 600 it"
    if host := plain_http(s3):
        yield ("store", "s3", "endpoint"), f"raw mail goes to {host} in clear; write https://"


def _others(settings: Settings) -> Iterator[_Advice]:
    if settings.web.listen and not settings.web.is_private:
        why = "whoever reaches it reads figures and faults, and no password is asked for; listen on 127.0.0.1, or see"
        yield ("web", "listen"), f"{why} that only your monitoring comes through to it"
    if settings.web.url and not settings.web.listen:
        yield ("web", "url"), NO_PAGE
    if settings.operator is None and any(door.protocol == "imap" for door in settings.doors.values()):
        yield ("operator",), "there is none: nobody is told when a mailbox cannot be read"
