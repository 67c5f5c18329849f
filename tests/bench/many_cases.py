"""A store with as many cases as one asks for, written straight into its tables: what pages and searches are timed on.

It is a desk of three years: its cases have mails, answers, notes, letters and participants; words are as seldom and as
common as words are, most cases are closed, and the books reconcile. The same seed gives the same desk.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import Table, text

from kept import new_case
from mailgate.cases.case import EntryKind
from mailgate.cases.course import Course
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.ref import Names, crockford
from mailgate.store.books_tables import received
from mailgate.store.courses import course_json
from mailgate.store.db import Store, insert, insert_new
from mailgate.store.lease import AT_ONCE
from mailgate.store.rows import case_row
from mailgate.store.table import metadata
from mailgate.store.tables import (
    case_counter,
    cases,
    entry,
    inbound,
    meta,
    outbox,
    participant,
    raw_mail,
    thread_id,
)
from moments import NOON

_AT_ONCE = 5_000
_YEARS = 3
_ENGINEERS = [f"engineer{n}@example.com" for n in range(30)]
_STATUSES = ("new", "open", "waiting", "resolved")
_SYLLABLES = "ka lo mi ter vor na res tu bel gri san der pol wix chu fen gar hol ip jor".split()
_FOREIGN = (
    "Der Drucker läuft nicht, die Größe stimmt nicht.", "Le café est fermé à Orléans.", "プリンターが動きません。",
    "登录时出现错误,请帮忙。", "Принтер не печатает.",
)  # fmt: skip

Rows = dict[Table, list[dict[str, Any]]]


class Desk:
    """Makes one case after the other, with all its rows."""

    def __init__(self, seed: int = 1, now: datetime = NOON) -> None:
        self.chance = random.Random(seed)
        self.now = now
        self.inbound_id = self.outbox_id = 0
        self.months = Counter[str]()
        self.days = Counter[tuple[str, str]]()
        self._sentences = _sentences(self.chance)
        self._like = case_row(new_case(Names("0", "00DBENCH1", "0", b"", "example.com")))

    def case(self, opened_at: datetime) -> Rows:
        chance, month = self.chance, f"{opened_at:%y%m}"
        self.months[month] += 1
        number = f"{month}{self.months[month]:06}"
        # A few customers write most of the mail.
        contact = f"user{int(200_000 * chance.random() ** 3)}@org{int(5_000 * chance.random() ** 2)}.test"
        people = [contact, *(["boss@" + contact.partition("@")[2]] if chance.random() < 0.2 else [])]
        self.rows: Rows = {table: [] for table in metadata.sorted_tables}
        self.rows[participant] = [
            {"case_number": number, "address_key": key, "position": n} for n, key in enumerate(people)
        ]
        subject = " ".join(self.sentence().rstrip(".").split()[:6])
        course = self._history(number, contact, subject, opened_at)
        self._case(number, contact, subject, opened_at, course)
        return self.rows

    def _history(self, number: str, contact: str, subject: str, at: datetime) -> Course:
        """Mails and answers in turn, with the letters that went out because of them."""
        chance, opened_at, n, answered = self.chance, at, 1, None
        mail = self._mail(number, contact, subject, at, 1)
        self._letter(number, contact, LetterKind.CONFIRMATION, subject, at, mail)
        while n < 9 and chance.random() < (0.93 if n == 1 else 0.55):
            at += timedelta(minutes=chance.expovariate(1 / 170))
            if at > self.now:
                at = self.now
                break
            n += 1
            if n % 2 == 0:
                self._entry(number, None, at, EntryKind.REPLY, chance.choice(_ENGINEERS), n)
                self._letter(number, contact, LetterKind.REPLY, subject, at, mail)
                answered = answered or at
            else:
                mail = self._mail(number, contact, subject, at, n)
        if chance.random() < 0.15:
            n += 1
            self._entry(number, None, at, EntryKind.NOTE, chance.choice(_ENGINEERS), n)
        if chance.random() < 0.06:
            self._entry(number, None, at, EntryKind.BREACH, "mailgate", None, "the first answer is overdue")
        return Course(opened_at, at, answered_at=answered, spoke_at=answered)

    def _case(self, number: str, contact: str, subject: str, opened_at: datetime, course: Course) -> None:
        chance = self.chance
        age = (self.now - opened_at).days
        is_open = chance.random() < (0.6 if age < 14 else 0.1 if age < 90 else 0.005)
        closed_at = None if is_open else min(self.now, course.status_since + timedelta(days=chance.random() * 20))
        self.rows[cases].append(
            self._like
            | {
                "number": number,
                "key": "500" + crockford(chance.randbytes(16), 13),
                "subject": subject,
                "status": chance.choices(_STATUSES, (2, 5, 3, 2))[0] if is_open else "closed",
                "priority": chance.choices((1, 2, 3, 4), (1, 3, 12, 4))[0],
                "mailbox": "sales" if chance.random() < 0.2 else "support",
                "contact_name": contact.partition("@")[0].title(),
                "contact_address": contact,
                "opened_at": opened_at,
                "updated_at": closed_at or course.status_since,
                "closed_at": closed_at,
                "next_due_at": (due := self.now + timedelta(minutes=chance.random() * 9_000) if is_open else None),
                "owed_at": due,
                "owner": "" if chance.random() < 0.1 else chance.choice(_ENGINEERS),
                "last_entry": len(self.rows[entry]),
                "course": course_json(course),
            }
        )

    def _mail(self, number: str, contact: str, subject: str, at: datetime, n: int) -> int:
        self.inbound_id += 1
        words = self.words(n)
        name = f"<{self.inbound_id}.{self.chance.getrandbits(48):x}@mx.customer.test>"
        head = f"From: {contact}\r\nTo: support@example.com\r\nSubject: {subject}\r\nMessage-ID: {name}\r\n"
        data = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()
        sha256 = hashlib.sha256(data).hexdigest()
        self.days[f"{at:%Y-%m-%d}", "smtp"] += 1
        self.rows[raw_mail].append({"sha256": sha256, "size": len(data), "data": data})
        self.rows[inbound].append(
            {
                "id": self.inbound_id, "identity": sha256, "mailbox": "support", "door": "smtp", "sha256": sha256,
                "size": len(data), "message_id": name, "sender": contact, "recipients": ["support@example.com"],
                "peer": "192.0.2.1", "helo": "mx.customer.test", "authentication": "pass", "marks": [], "proof": None,
                "received_at": at, "seen": 1, "state": "filed", "reason": "opened" if n == 1 else "reply",
                "case_number": number, "from_key": contact, "subject": subject, "trace": {"checks": []},
                "attempts": 1, "due_at": AT_ONCE, "singly": False, "done_at": at,
            }
        )  # fmt: skip
        self.rows[thread_id].append({"message_id": name, "case_number": number, "mailbox": "support", "ours": False})
        self._entry(number, self.inbound_id, at, EntryKind.MAIL, contact, n, words)
        return self.inbound_id

    def _entry(
        self, number: str, mail: int | None, at: datetime, kind: EntryKind, actor: str, n: int | None, words: str = ""
    ) -> None:
        self.rows[entry].append(
            {
                "case_number": number, "inbound_id": mail, "at": at, "kind": kind, "actor": actor,
                "text": words or self.words(n or 1), "elided": "", "authentication": "pass" if mail else None, "n": n,
            }
        )  # fmt: skip

    def _letter(self, number: str, to: str, kind: LetterKind, subject: str, at: datetime, mail: int) -> None:
        self.outbox_id += 1
        name = f"<{number}.{self.outbox_id}@example.com>"
        self.rows[outbox].append(
            {
                "id": self.outbox_id, "key": f"{number}/{kind}/{self.outbox_id}/{to}", "case_number": number,
                "inbound_id": mail, "kind": kind, "recipient": to, "recipient_key": to, "neutral": False,
                "recipient_domain": to.partition("@")[2], "envelope_from": "support@example.com",
                "subject": f"#{number}: {subject}", "message_id": name,
                "token_hash": f"{self.chance.getrandbits(128):032x}",
                "message": f"To: {to}\r\nSubject: #{number}: {subject}\r\nMessage-ID: {name}\r\n\r\nHello\r\n".encode(),
                "state": "sent", "attempts": 1, "due_at": AT_ONCE, "created_at": at, "queued_at": at, "done_at": at,
            }
        )  # fmt: skip
        self.rows[thread_id].append({"message_id": name, "case_number": number, "mailbox": "support", "ours": True})

    def words(self, n: int) -> str:
        said = [self.sentence() for _ in range(self.chance.randrange(3, 9))]
        return f"Order {self.chance.randrange(10**8):08}. " + " ".join(said) if n == 1 else " ".join(said)

    def sentence(self) -> str:
        return self._sentences[int(len(self._sentences) * self.chance.random())]


def fill(
    store: Store, count: int, seed: int = 1, now: datetime = NOON, tell: Callable[[int], object] = lambda _: None
) -> Desk:
    """Writes so many cases into an empty store; `tell` hears how many are there after each batch."""
    desk = Desk(seed, now)
    moments = _openings(desk.chance, count, now)
    with store.write() as connection:
        connection.execute(insert_new(connection.dialect.name, meta), {"key": "org", "value": "00DBENCH1"})
    for begin in range(0, count, _AT_ONCE):
        batch: Rows = {table: [] for table in metadata.sorted_tables}
        for at in moments[begin : begin + _AT_ONCE]:
            for table, rows in desk.case(at).items():
                batch[table] += rows
        with store.write() as connection:
            for table in metadata.sorted_tables:
                if batch[table]:
                    connection.execute(insert(connection.dialect.name, table), batch[table])
        tell(min(begin + _AT_ONCE, count))
    with store.write() as connection:
        connection.execute(case_counter.insert(), [{"month": one, "last": n} for one, n in desk.months.items()])
        connection.execute(
            received.insert(), [{"day": day, "door": door, "mails": n} for (day, door), n in desk.days.items()]
        )
        if connection.dialect.name == "postgresql":
            # The ids were given by us: the next mail's follows.
            for name in ("inbound", "outbox"):
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
                )
            # As its autovacuum would; nobody does it for a SQLite file.
            connection.execute(text("ANALYZE"))
    return desk


def _openings(chance: random.Random, count: int, now: datetime) -> Sequence[datetime]:
    """When each is opened, in their order: most on working days and in office hours, more from year to year."""
    days = [now - timedelta(days=n) for n in range(365 * _YEARS, -1, -1)]
    weights = list(accumulate((1.0 if day.weekday() < 5 else 0.15) * (1 + n / 1000) for n, day in enumerate(days)))
    found = []
    for _ in range(count):
        day = days[bisect(weights, chance.random() * weights[-1])]
        found.append(day - timedelta(seconds=chance.triangular(0, 86_400, 10_000)))
    return sorted(found)


def _sentences(chance: random.Random) -> list[str]:
    """Of words that are as seldom and as common as words are (Zipf)."""
    words = list(_words(chance))
    weights = list(accumulate(1 / (n + 2) for n in range(len(words))))
    made = [
        " ".join(chance.choices(words, cum_weights=weights, k=chance.randrange(5, 15))).capitalize() + "."
        for _ in range(60_000)
    ]
    return made + [*_FOREIGN] * 300


def _words(chance: random.Random) -> Iterator[str]:
    from mails import WORDS  # noqa: PLC0415 - a neighbour of this file, found once the bench has said where

    yield from WORDS
    known = set(WORDS)
    while len(known) < 40_000:
        word = "".join(chance.choices(_SYLLABLES, k=chance.randrange(2, 5)))
        if word not in known:
            known.add(word)
            yield word
