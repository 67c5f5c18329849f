"""Who of ours is let into the desk's window: by a link in a letter to an address of the roster, and by nothing else.

A link works once, for a quarter of an hour, and in the browser that asked for it: whoever reads or forwards the letter,
or opens all links in it, gets nowhere, and nobody is signed in as somebody else by a link that he was sent. On a phone
one asks on the phone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from mailgate.house import House
from mailgate.mail.message import Address
from mailgate.roster import Engineer
from mailgate.settings import Settings
from mailgate.store import desk_sessions, keep

LINK = timedelta(minutes=15)
SESSION, IDLE = timedelta(hours=12), timedelta(minutes=60)
# Law 12: nobody can have the gate write to one of ours more often than that.
MOST_LETTERS, WINDOW = 5, timedelta(hours=1)
# That somebody is still there is written down at most so often: looking is to cost no write.
_GRAIN = timedelta(minutes=2)

log = structlog.get_logger()


class Standing(StrEnum):
    """What a link is worth."""

    GOOD = "good"
    ELSEWHERE = "elsewhere"  # another browser asked for it
    OVER = "over"  # used, too old, or none of ours


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: its token, which is the cookie's alone, whose it is, and where he wanted to."""

    session: str
    engineer: Engineer
    then: str


def new_token() -> str:
    """256 random bits, fit for a URL and a cookie."""
    return secrets.token_urlsafe(32)


def ask(house: House, address: str, browser: str, then: str) -> None:
    """A link goes to that address if it is one of the roster. Whoever asks for whatever address waits for the same: the
    letter is written and the question kept, and only its row in the outbox is not made."""
    key, now, token = Address("", address).key, house.clock.now(), new_token()
    engineer = _engineer(house.settings, key)
    mailbox = next(iter(house.settings.mailboxes.values()))
    name = f"operator/sign_in/{desk_sessions.digest(token)[:32]}"
    # Never what the request says of itself: its Host is the asker's.
    link = f"{house.settings.web.url}/desk/sign-in/{token}"
    to = engineer.address if engineer else address
    letter = house.renderer.sign_in(to, mailbox, name, link, int(LINK.total_seconds() // 60), now)
    with house.store.write() as connection:
        desk_sessions.forget(connection, now - WINDOW, now)
        had = desk_sessions.asked_since(connection, key, now - WINDOW)
        if had < MOST_LETTERS:
            desk_sessions.note_asking(connection, token, browser, key, then, now, now + LINK)
            keep.enqueue(connection, [letter] if engineer else [], now)
    if engineer and had >= MOST_LETTERS:
        log.warning("no more links for the desk's window go to this address within the hour", to=key, letters=had)


def standing(house: House, token: str, browser: str) -> Standing:
    """What that link is worth in that browser; looking does not use it up."""
    with house.store.read() as connection:
        asking = desk_sessions.asking_of(connection, token, browser)
    return _standing(asking, house.clock.now())


def enter(house: House, token: str, browser: str) -> SignedIn | Standing:
    """Uses the link up and begins a session; or what is wrong with it."""
    session, now = new_token(), house.clock.now()
    with house.store.write() as connection:
        asking = desk_sessions.asking_of(connection, token, browser)
        found = _standing(asking, now)
        engineer = _engineer(house.settings, asking.address) if asking else None
        if asking is None or found is not Standing.GOOD:
            return found
        if engineer is None or not desk_sessions.use(connection, token, now):
            return Standing.OVER
        desk_sessions.begin(connection, session, engineer.key, now, now + SESSION)
    log.info("signed in to the desk's window", engineer=engineer.key)
    return SignedIn(session, engineer, asking.then)


def whose(house: House, session: str) -> Engineer | None:
    """Who is signed in by that session: he is on the roster now, and was here within the hour; None else."""
    now = house.clock.now()
    with house.store.read() as connection:
        found = desk_sessions.session_of(connection, session) if session else None
    if found is None or now >= found.ends_at or now - found.seen_at >= IDLE:
        return None
    engineer = _engineer(house.settings, found.address)
    if engineer is not None and now - found.seen_at >= _GRAIN:
        with house.store.write() as connection:
            desk_sessions.seen(connection, session, now)
    return engineer


def leave(house: House, session: str) -> None:
    """Signs out."""
    with house.store.write() as connection:
        desk_sessions.end(connection, session)


def _engineer(settings: Settings, key: str) -> Engineer | None:
    return next((one for one in settings.engineers if one.key == key), None)


def _standing(asking: desk_sessions.Asking | None, now: datetime) -> Standing:
    if asking is None or asking.used or now >= asking.until:
        return Standing.OVER
    return Standing.GOOD if asking.here else Standing.ELSEWHERE
