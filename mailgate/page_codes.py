"""Codes that acting on the page of a case takes, where the policy says so: mailed to whom the link is for.

A link may be read over somebody's shoulder, or forwarded; the code shows that whoever acts reads the mail of its owner
now. It is bound to the link's case and to the browser that asked, holds for ten minutes and five tries, and five are
mailed to one address within an hour (law 12). Who has given it acts in that browser on that case for half an hour.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import structlog

from mailgate.cases.code_asked import CodeAsked
from mailgate.deciding import on_case, retrying
from mailgate.errors import NotAllowed
from mailgate.house import House
from mailgate.store import page_codes

MINUTES, TRIES, MOST_LETTERS = 10, 5, 5
SESSION = timedelta(minutes=30)
_DIGITS = 8

log = structlog.get_logger()


def new_browser() -> str:
    """What a browser is known by: 256 random bits, fit for a cookie."""
    return secrets.token_urlsafe(32)


def ask(house: House, number: str, address_key: str, browser: str) -> None:
    """Mails a code for that case to that address, which takes part in it. NotAllowed where it had enough of them."""
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    retrying(lambda: _ask(house, number, address_key, browser, code))
    log.info("a code for the page was mailed", case=number)


def _ask(house: House, number: str, address_key: str, browser: str, code: str) -> None:
    now = house.clock.now()
    with house.store.write() as connection:
        if page_codes.asked_lately(connection, address_key, now) >= MOST_LETTERS:
            log.warning("no more codes for the page are mailed to this address within the hour", case=number)
            raise NotAllowed("Enough codes were mailed to you within the hour. Please wait, or use the last one.")
        until = now + timedelta(minutes=MINUTES)
        page_codes.keep_code(connection, number, address_key, browser, code, TRIES, now, until)
        decision = on_case(house, connection, number, CodeAsked(address_key, code, MINUTES), now)
        if not decision.letters:
            raise NotAllowed("No code can be mailed to you: nothing arrives at your address. Please write to us.")


def waits(house: House, number: str, address_key: str, browser: str) -> bool:
    """Whether that browser can still give a code that was mailed for it."""
    with house.store.read() as connection:
        return page_codes.waits_for_code(connection, number, address_key, browser, house.clock.now())


def give(house: House, number: str, address_key: str, browser: str, code: str) -> str | None:
    """What the browser is known by from now on, if that was the code; None where not, or no more."""
    now, known = house.clock.now(), new_browser()
    with house.store.write() as connection:
        right = page_codes.give_code(connection, number, address_key, browser, "".join(code.split()), now)
        if right:
            page_codes.begin_session(connection, number, address_key, known, now + SESSION)
    log.info("a code for the page was given" if right else "a wrong code for the page was given", case=number)
    return known if right else None


def is_known(house: House, number: str, address_key: str, browser: str) -> bool:
    """Whether that browser has given a code for that case within the half hour."""
    if not browser:
        return False
    with house.store.read() as connection:
        return page_codes.is_known(connection, number, address_key, browser, house.clock.now())
