"""What must hold between the keys of doors that do not listen (imap, maildir, pipe), and of those that must not have
them.

The rest of the rules of settings is in `settings_rules.py`. Nothing here asks the network or opens a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mailgate.places import imap_fault, imap_place, maildir_fault, split_url
from mailgate.tomlfile import Step, nearest

if TYPE_CHECKING:
    from mailgate.door_settings import Door, OAuth

_Fault = tuple[tuple[Step, ...], str]

_LISTENING = ("listen", "hostname", "networks", "tls_cert_file", "tls_key_file")
_FETCHING = ("url", "mailbox")
_IMAP = ("password_file", "password_command", "oauth", "ca_file")
_SHORTEST_POLL_SECONDS = 5
# RFC 9051 §9: what a flag may be called.
_FLAG = re.compile(r"[$A-Za-z0-9_.-]+")


def faults(door: Door, mailboxes: Sequence[str]) -> Iterator[_Fault]:
    """Everything wrong with one door as far as fetching goes, by the key within its table."""
    if door.protocol in ("smtp", "lmtp"):
        yield from _foreign(door, (*_FETCHING, *_IMAP), "belongs to doors that fetch mail (imap, maildir)")
        return
    if door.protocol == "pipe":
        yield from _foreign(door, (*_FETCHING, *_IMAP), "belongs to doors that fetch mail (imap, maildir)")
    yield from _foreign(door, _LISTENING, "belongs to doors that listen (smtp, lmtp)")
    if door.limits != type(door.limits)():
        yield ("limits",), "belongs to doors that listen (smtp, lmtp)"
    if door.bare_newlines is not None:
        yield ("bare_newlines",), "belongs to doors that listen: this mail was accepted by somebody already"
    if door.trust == "network":
        yield ("trust",), '"network" is about peers, and this door has none'
    if door.protocol in ("imap", "maildir"):
        yield from _source(door, mailboxes)


def _source(door: Door, mailboxes: Sequence[str]) -> Iterator[_Fault]:
    """From where, and for whom, the mail is fetched."""
    if not door.mailbox:
        yield ("mailbox",), "is missing; name the mailbox that this mail is for, as in [mailbox.NAME]"
    elif door.mailbox not in mailboxes:
        yield ("mailbox",), f'there is no mailbox "{door.mailbox}"; {nearest(door.mailbox, mailboxes)}'
    if door.protocol == "imap":
        yield from _imap(door)
        return
    if maildir_fault(door.url):
        yield ("url",), maildir_fault(door.url)
    yield from _foreign(door, _IMAP, "belongs to imap doors")


def _foreign(door: Door, keys: Sequence[str], why: str) -> Iterator[_Fault]:
    """Keys that say nothing to a door of this protocol: whoever wrote them meant something by them."""
    yield from (((key,), why) for key in keys if getattr(door, key))


def shared(doors: Mapping[str, Door]) -> Iterator[_Fault]:
    """Two doors on one folder would take each other's mail; and `mailgate deliver` must know which door it is."""
    pipes = [name for name, door in doors.items() if door.protocol == "pipe"]
    for name in pipes[1:]:
        yield ("door", name, "protocol"), f"door.{pipes[0]} is the pipe already, and there can be one"
    taken: dict[object, str] = {}
    for name, door in doors.items():
        place: object = door.url
        if door.protocol == "imap" and not imap_fault(door.url):
            place = imap_place(door.url)
        if door.protocol in ("imap", "maildir") and door.url:
            if place in taken:
                yield ("door", name, "url"), f"door.{taken[place]} reads it already"
            taken[place] = name


def _imap(door: Door) -> Iterator[_Fault]:
    if imap_fault(door.url):
        yield ("url",), imap_fault(door.url)
    ways = [key for key in ("password_file", "password_command", "oauth") if getattr(door, key)]
    if not ways:
        yield (), f"has no way to log in; add password_file, password_command or [door.{door.name}.oauth]"
    elif len(ways) > 1:
        yield (ways[1],), f"a second way to log in beside {ways[0]}; keep one"
    if door.oauth:
        yield from ((("oauth", key), why) for key, why in _oauth(door.oauth))
    if door.after == "move" and not door.move_to:
        yield ("move_to",), "names no folder"
    elif door.after == "move" and not imap_fault(door.url) and door.move_to == imap_place(door.url).folder:
        yield ("move_to",), "is the folder that is read"
    if not _FLAG.fullmatch(door.flag):
        yield ("flag",), f'should be a keyword like "$Mailgate", not "{door.flag}"'
    if door.poll_seconds < _SHORTEST_POLL_SECONDS:
        yield ("poll_seconds",), f"should be {_SHORTEST_POLL_SECONDS} or more, not {door.poll_seconds}"
    if door.stall_minutes < 1:
        yield ("stall_minutes",), f"should be 1 or more, not {door.stall_minutes}"


def _oauth(oauth: OAuth) -> Iterator[tuple[str, str]]:
    if oauth.token_command:
        for key in ("token_url", "client_id", "client_secret_file", "scope"):
            if getattr(oauth, key):
                yield key, "stands without token_command only: the command knows how to get a token"
        return
    if not oauth.token_url:
        yield "token_url", "is missing; name the token endpoint, or give token_command"
        return
    parts = split_url(oauth.token_url)
    if parts is None or not parts.hostname or parts.scheme not in ("https", "http"):
        yield "token_url", 'should be "https://host/path"'
    elif parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        yield "token_url", "would send the secret in clear; write https://"
    if not oauth.client_id:
        yield "client_id", "is missing"
    if not oauth.client_secret_file:
        yield "client_secret_file", "is missing"
