"""What a person means by the name of a case, a mail or a letter: its number or id, its ref, a Message-ID, its key. And
which number he may have meant where there is none of that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import Connection, Table, select

from mailgate.cases.ref import find_refs
from mailgate.errors import NotFound
from mailgate.store.found import find
from mailgate.store.tables import cases, entry, inbound, outbox

_KEY = re.compile(r"500[0-9A-Z]{13,61}", re.IGNORECASE | re.ASCII)
_LARGEST = 2**63 - 1  # an id that a row can have
_NEWEST = 1_000_000  # numbers of a month that may be typed without the month


def case_named(connection: Connection, text: str) -> str:
    """The number that was given, or that of the ref that was; with or without `#`. NotFound with the nearest there is.

    A merged case's own number stays: whoever asks for entries means those that were written on it.
    """
    said = text.strip().lstrip("#")
    refs = find_refs(text)
    keys = [one.key for one in refs] or ([said.upper()] if _KEY.fullmatch(said) else [])
    if keys:
        found = find(connection, (), keys, lock=False).by_key
        for key in keys:
            if key in found:
                return found[key].number
        raise NotFound(f"{said}: no case has this ref")
    if connection.execute(select(cases.c.number).where(cases.c.number == said)).first():
        return said
    raise NotFound(f"case {said}: there is no such number" + _meant(connection, said))


def mail_named(connection: Connection, text: str) -> int:
    """The id of the mail of that id, Message-ID, or entry of a case (`2611000001/2`); of copies the first."""
    said = text.strip().lstrip("#")
    if said.isascii() and said.isdigit():
        return _id(connection, inbound, said)
    number, slash, n = said.rpartition("/")
    if slash and number.isdigit() and n.isdigit():
        asked = select(entry.c.inbound_id).where(entry.c.case_number == number, entry.c.n == int(n))
        if (found := connection.execute(asked).scalar()) is not None:
            return int(found)
        raise NotFound(f"{said}: no mail brought such an entry; `mailgate case show {number}` numbers them")
    asked = select(inbound.c.id).where(inbound.c.message_id.in_((said, f"<{said}>"))).order_by(inbound.c.id).limit(1)
    if (found := connection.execute(asked).scalar()) is not None:
        return int(found)
    raise NotFound(f"{said}: no mail has this Message-ID")


def letter_named(connection: Connection, text: str) -> int:
    """The id of the letter of that id, Message-ID or key."""
    said = text.strip().lstrip("#")
    if said.isascii() and said.isdigit():
        return _id(connection, outbox, said)
    asked = select(outbox.c.id).where(outbox.c.message_id.in_((said, f"<{said}>")) | (outbox.c.key == said))
    if (found := connection.execute(asked).scalar()) is not None:
        return int(found)
    raise NotFound(f"{said}: no letter has this Message-ID or key")


def _id(connection: Connection, table: Table, said: str) -> int:
    if int(said) <= _LARGEST and connection.execute(select(table.c.id).where(table.c.id == int(said))).first():
        return int(said)
    is_case = connection.execute(select(cases.c.number).where(cases.c.number == said)).first()
    meant = f"; that is a case, and its first entry is {said}/1" if is_case and table is inbound else ""
    raise NotFound(f"{table.name} {said}: there is no such id{meant}")


def _meant(connection: Connection, said: str) -> str:
    """Cases whose numbers differ by one digit, or by two that changed places; of a few digits, the newest ends in
    them."""
    if not (said.isascii() and said.isdigit()):
        return "; a number is like 2611000001"
    near = sorted({*_slips(said)} - {said}) if len(said) > len("2611") else []
    if len(said) < len("2611000001") and int(said) < _NEWEST:
        newest = connection.execute(select(cases.c.number).order_by(cases.c.opened_at.desc()).limit(1)).scalar()
        near.append(f"{newest[:4]}{int(said):06}" if newest else "")
    asked = select(cases.c.number).where(cases.c.number.in_(near)).order_by(cases.c.number.desc()).limit(3)
    found = connection.execute(asked).scalars().all()
    return f"; did you mean {' or '.join(found)}?" if found else ""


def _slips(said: str) -> Iterator[str]:
    for at, digit in enumerate(said):
        yield from (said[:at] + other + said[at + 1 :] for other in "0123456789")
        if at:
            yield said[: at - 1] + digit + said[at - 1] + said[at + 1 :]
