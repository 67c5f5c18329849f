"""Codes that were mailed to who wants to act on the page of a case, and the sessions that they begin.

What a browser knows (32 random octets, in a cookie) is kept as its SHA-256 alone, and a code only together with it:
from what is kept nobody learns a code, though it has eight digits.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from mailgate.store.case_page_tables import page_code, page_session
from mailgate.store.columns import handle

WINDOW = timedelta(hours=1)


def asked_lately(connection: Connection, address_key: str, now: datetime) -> int:
    """How many codes were mailed to that address within the hour, for whichever case."""
    count = select(func.count()).select_from(page_code)
    count = count.where(page_code.c.address_key == handle(address_key), page_code.c.made_at > now - WINDOW)
    return connection.execute(count).scalar_one()


def keep_code(
    connection: Connection,
    number: str,
    address_key: str,
    browser: str,
    code: str,
    tries: int,
    now: datetime,
    until: datetime,
) -> None:
    """From now on it is this code alone that this browser can give for that case. What is long over is forgotten."""
    connection.execute(delete(page_code).where(page_code.c.until < now - WINDOW))
    connection.execute(delete(page_session).where(page_session.c.until < now))
    connection.execute(
        update(page_code)
        .where(page_code.c.browser == hashed(browser), page_code.c.case_number == number)
        .values(tries=0)
    )
    row = {"case_number": number, "address_key": handle(address_key), "browser": hashed(browser)}
    code_row = {"digest": _digest(browser, number, code), "made_at": now, "until": until, "tries": tries}
    connection.execute(insert(page_code), row | code_row)


def waits_for_code(connection: Connection, number: str, address_key: str, browser: str, now: datetime) -> bool:
    """Whether that browser can still give a code for that case."""
    return connection.execute(_live(number, address_key, browser, now)).first() is not None


def give_code(connection: Connection, number: str, address_key: str, browser: str, code: str, now: datetime) -> bool:
    """Whether it is the code. Right or wrong, that was one try; the right one is used up."""
    row = connection.execute(_live(number, address_key, browser, now).with_for_update()).mappings().first()
    if row is None:
        return False
    right = hmac.compare_digest(str(row["digest"]), _digest(browser, number, code))
    left = 0 if right else row["tries"] - 1
    connection.execute(update(page_code).where(page_code.c.id == row["id"]).values(tries=left))
    return right


def begin_session(connection: Connection, number: str, address_key: str, browser: str, until: datetime) -> None:
    row = {"browser": hashed(browser), "case_number": number, "address_key": handle(address_key), "until": until}
    connection.execute(insert(page_session), row)


def is_known(connection: Connection, number: str, address_key: str, browser: str, now: datetime) -> bool:
    """Whether that browser has given a code for that case, and not too long ago."""
    found = select(page_session.c.until).where(
        page_session.c.browser == hashed(browser),
        page_session.c.case_number == number,
        page_session.c.address_key == handle(address_key),
        page_session.c.until > now,
    )
    return connection.execute(found).first() is not None


def forget_person(connection: Connection, address_key: str) -> None:
    """Nothing of these is kept of that person."""
    for table in (page_code, page_session):
        connection.execute(delete(table).where(table.c.address_key == handle(address_key)))


def hashed(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()


def _digest(browser: str, number: str, code: str) -> str:
    return hashlib.sha256(f"{browser}\n{number}\n{code}".encode()).hexdigest()


def _live(number: str, address_key: str, browser: str, now: datetime) -> Select[Any]:
    return (
        select(page_code)
        .where(page_code.c.case_number == number, page_code.c.address_key == handle(address_key))
        .where(page_code.c.browser == hashed(browser), page_code.c.until > now, page_code.c.tries > 0)
        .order_by(page_code.c.id.desc())
        .limit(1)
    )
