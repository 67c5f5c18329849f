"""What we talk to: the relay, as far as a letter's first word; each IMAP server; and our own pages."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from imapclient.exceptions import IMAPClientError

from mailgate.cli.doctor.line import Line, skipped, unwise, well, wrong
from mailgate.clock import SystemClock
from mailgate.door_settings import Door
from mailgate.errors import ConfigError, Transient
from mailgate.intake.imap_login import Login, LoginFailed
from mailgate.intake.imap_session import Lost, Refused, open_session
from mailgate.outbox.relay import SmtpRelay, open_relay
from mailgate.places import host_and_port, imap_place
from mailgate.settings import Settings
from mailgate.web.handed import Handed

_PAGE_SECONDS = 10.0


def relay(settings: Settings) -> Iterator[Line]:
    """Connected, TLS as the settings want it, logged in; no mail is begun."""
    url = settings.relay.url
    try:
        opened = open_relay(settings.relay)
        if not isinstance(opened, SmtpRelay):
            yield skipped("relay", f"letters stay on this machine ({url})")
            return
        asyncio.run(opened.try_out())
    except (ConfigError, Transient, OSError, ValueError) as error:
        yield wrong("relay", str(error), _relay_remedy(str(error)))
    else:
        yield well("relay", f"{url} takes us")


def _relay_remedy(said: str) -> str:
    low = said.lower()
    if "certificate" in low or "ssl" in low or "tls" in low:
        return "see [relay] ca_file and starttls, and that the certificate names the host of relay.url"
    if any(word in low for word in ("535", "534", "530", "auth")):
        return "see the user in relay.url and the password in [relay] password_file"
    return (
        "see that relay.url is right, that the server runs, and that no firewall stands between (port 25 often is shut)"
    )


def imap(settings: Settings) -> Iterator[Line]:
    for door in settings.doors.values():
        if door.protocol == "imap":
            yield _mailbox(door)


def _mailbox(door: Door) -> Line:
    name, place = f"imap door.{door.name}", imap_place(door.url)
    try:
        session = open_session(place, Login(door, SystemClock()), door.ca_file)
        with closing(session):
            session.select(place.folder, readonly=True)
    except LoginFailed as error:
        return wrong(name, str(error), "see the user in its url, and its password_file, password_command or oauth")
    except Lost as error:
        return wrong(name, str(error), "see that the server is an IMAP server, and the folder in its url")
    except (IMAPClientError, Refused) as error:
        return wrong(name, f"{type(error).__name__}: {error}"[:300], "see the folder in its url, and who may read it")
    except (OSError, ValueError) as error:
        remedy = "see the host and port in its url, ca_file, and that no firewall stands between"
        return wrong(name, f"{place.host}:{place.port}: {error}", remedy)
    return well(name, f"{place.account} reads {place.folder}")


def pages(settings: Settings) -> Iterator[Line]:
    """What the daemon says of itself, where it shows anything."""
    listen = settings.web.listen
    if not listen:
        yield skipped("ready", "[web] listen is not set, so the daemon shows nothing")
        return
    try:
        status, body = _ask(listen)
        said = json.loads(body)
    except (OSError, ValueError, http.client.HTTPException) as error:
        yield wrong("ready", f"{listen} does not answer ({error})", "start it: systemctl start mailgate; see its log")
        return
    for one in said.get("wrong", []):
        yield wrong(f"ready {one['name']}", one["why"], one["remedy"])
    if status == 200:
        yield well("ready", "the daemon says that all is well")
    if settings.web.url:
        yield _proxy(settings.web.url, said.get("proxy_asks_for", ""))


def _proxy(url: str, asked: str) -> Line:
    """By which name the proxy in front asks, as the daemon has heard it since its start."""
    handed = Handed(urlsplit(url).hostname)
    if not asked:
        return skipped("proxy", f"nobody has come by one since the daemon started: open {url} once, and ask again")
    handed.hear(asked)
    if handed.trouble:
        return unwise(
            "proxy",
            f"{handed.trouble}: it may show /metrics and /readyz to everybody",
            "have it hand on the Host (nginx: proxy_set_header Host $host), and restart mailgate",
        )
    return well("proxy", f"it asks for {asked}, as browsers do")


def _ask(listen: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", timeout=_PAGE_SECONDS)) as client:
        if listen.startswith("unix:"):
            client.sock = socket.socket(socket.AF_UNIX)
            client.sock.settimeout(_PAGE_SECONDS)
            client.sock.connect(listen.removeprefix("unix:"))
        else:
            client.host, client.port = host_and_port(listen)
        client.request("GET", "/readyz")
        answer = client.getresponse()
        return answer.status, answer.read()
