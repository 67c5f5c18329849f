"""Which case a number or a key means now: of one that became part of another, that other one.

A merged case's row is never locked and, but for where it leads, never changed: only the case that stands for it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, or_, select

from mailgate.cases.case import Case
from mailgate.errors import Conflict
from mailgate.store.among import among
from mailgate.store.columns import handle
from mailgate.store.rows import case_from
from mailgate.store.tables import cases, participant


@dataclass(frozen=True, slots=True)
class Found:
    """The cases that there are, by each number and each key that was asked for."""

    by_number: Mapping[str, Case] = field(default_factory=dict)
    by_key: Mapping[str, Case] = field(default_factory=dict)


def find(connection: Connection, numbers: Collection[str], keys: Collection[str] = (), *, lock: bool) -> Found:
    """With `lock` the cases stay as they are until the end of the transaction. Conflict: one was merged meanwhile."""
    if not numbers and not keys:
        return Found()
    # A list without elements is one that no row is in.
    asked = {"numbers": sorted(numbers), "keys": sorted(keys)}
    merged = connection.execute(_merged, asked).all()
    asked["numbers"] = sorted({*numbers, *(row.merged_into for row in merged)})
    rows = connection.execute(_locked if lock else _standing, asked).mappings().all()
    people: dict[str, list[str]] = {row["number"]: [] for row in rows}
    if rows:
        for number, key in connection.execute(_participants_of, {"numbers": sorted(people)}):
            people[number].append(key)
    by_number = {row["number"]: case_from(row, people[row["number"]]) for row in rows}
    by_key = {case.key: case for case in by_number.values()}
    by_key |= {row.key: by_number[row.merged_into] for row in merged if row.merged_into in by_number}
    by_number |= {row.number: by_number[row.merged_into] for row in merged if row.merged_into in by_number}
    found = Found(by_number, {key: by_key[key] for key in keys if key in by_key})
    missing = {"numbers": sorted(set(numbers) - by_number.keys()), "keys": sorted(set(keys) - by_key.keys())}
    if (missing["numbers"] or missing["keys"]) and connection.execute(_merged, missing).first():
        raise Conflict("a case was merged by somebody else meanwhile")
    return found


def case_of(connection: Connection, number: str, *, lock: bool = False) -> Case | None:
    """The case that this number means."""
    return find(connection, {number}, lock=lock).by_number.get(number)


def cases_of(connection: Connection, numbers: Sequence[str], *, lock: bool = False) -> list[Case]:
    """The cases that these numbers mean, each once, in their order."""
    found = find(connection, set(numbers), lock=lock).by_number
    return list({found[number].number: found[number] for number in numbers if number in found}.values())


def follow_up_of(connection: Connection, number: str, author: str, *, lock: bool = False) -> Case | None:
    """The newest case that was opened to continue that one, of those in which that address key takes part."""
    newest = connection.execute(_follow_up, {"number": number, "author": handle(author)}).scalar()
    return case_of(connection, newest, lock=lock) if newest else None


def family(number: str = "number") -> Select[tuple[str]]:
    """For statements: the numbers of the case in that parameter, and of all that became part of it."""
    this: BindParameter[str] = bindparam(number)
    return select(cases.c.number).where(or_(cases.c.number == this, cases.c.merged_into == this))


# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_asked = or_(among(cases.c.number, "numbers"), among(cases.c.key, "keys"))
# Locked in one order, so that two who want the same cases do not wait for each other in turns.
_standing = select(cases).where(cases.c.merged_into.is_(None), _asked).order_by(cases.c.number)
_locked = _standing.with_for_update()
_merged = select(cases.c.number, cases.c.key, cases.c.merged_into).where(_asked, cases.c.merged_into.is_not(None))
_participants_of = (
    select(participant.c.case_number, participant.c.address_key)
    .where(among(participant.c.case_number, "numbers"))
    .order_by(participant.c.case_number, participant.c.position)
)
_follow_up = (
    select(func.max(cases.c.number))
    .join(participant, participant.c.case_number == cases.c.number)
    .where(cases.c.follows == bindparam("number"), participant.c.address_key == bindparam("author"))
)
