"""What we have of one person, as files that he can read: his cases as JSON, his mails and our letters to him as mbox.

Nobody else's words are in it but those that our letters took to him, and nothing that our people wrote for each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection

from mailgate.errors import MailgateError, NotFound
from mailgate.house import House
from mailgate.mail.message import Address
from mailgate.store import facts, raw
from mailgate.store.theirs import branches, letters_to, mails, theirs

# mboxrd: a line that looks like a separator, quoted or not, gets one ">" more, so that reading it back is exact.
_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_READABLE = frozenset({"mail", "reply", "status"})


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written; `gone` counts mails whose octets are not kept any more."""

    cases: int
    mails: int
    letters: int
    gone: int


def export(house: House, address: Address, folder: Path) -> Exported:
    """Writes `cases.json` and `mail.mbox` into a folder that is not there yet, open to its owner alone. NotFound where
    there is nothing of that person."""
    with house.store.read() as connection:
        if not theirs(connection, address.key).anything:
            raise NotFound(f"there is nothing of {address.address} here")
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise MailgateError(f"{folder} is there already; name a folder that is not") from None
    except OSError as trouble:
        raise MailgateError(f"{folder} cannot be made: {trouble.strerror}") from trouble
    with house.store.read() as connection:
        found = theirs(connection, address.key)
        cases = [
            _case(connection, number, address.key, own=number in found.own)
            for number in sorted({*found.own, *found.shared})
        ]
        own = _for_us_alone(folder / "cases.json")
        own.write_text(json.dumps(cases, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        gone = written = 0
        with _for_us_alone(folder / "mail.mbox").open("wb") as mbox:
            for _, name in mails(connection, found.mails):
                content = raw.find_all(connection, (name,)).get(name)
                gone += content is None
                written += content is not None
                if content is not None:
                    _append(mbox, content[:])
            letters = 0
            for letter in letters_to(connection, address.key):
                _append(mbox, letter)
                letters += 1
    return Exported(len(cases), written, letters, gone)


def _for_us_alone(file: Path) -> Path:
    """A new file that stays closed to others where it is moved out of its folder."""
    file.touch(mode=0o600)
    return file


def _case(connection: Connection, number: str, key: str, *, own: bool) -> dict[str, Any]:
    """The case as this person may know it: of a case of somebody else's only what he wrote himself."""
    shown = facts.show_case(connection, number)
    known = {name: shown[name] for name in ("number", "ref", "subject", "status", "priority", "opened_at")}
    his = branches(connection, number, key)
    return known | {"history": list(_history(shown["history"], key, his)), "contact": own}


def _history(lines: list[dict[str, Any]], key: str, branches: set[str]) -> Iterator[dict[str, Any]]:
    """His own lines, and what was told to the customer on `branches`: a case that became part of another was somebody
    else's until then, or that one is."""
    for line in lines:
        his = Address("", line["actor"]).key == key
        if line["kind"] not in _READABLE or not (his or (line["of"] in branches and line["kind"] != "mail")):
            continue
        # Which of our people answered is told by the letter, in his public name.
        yield {"at": line["at"], "kind": line["kind"], "by": line["actor"] if his else "support", "text": line["text"]}


def _append(mbox: IO[bytes], message: bytes) -> None:
    lines = message.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
    mbox.write(b"From mailgate@localhost Thu Jan  1 00:00:00 1970\n" + _FROM_LINE.sub(rb">\1", lines) + b"\n")
