"""The schema, as SQLModel tables. Nothing is read or written through these classes, and they never leave this room:
the statements use the Core tables at the end. A change here needs a migration (`schema.draft`); a test holds the two
together.

Moments are aware UTC. A row of `inbound` or `outbox` is leased while `lease_until` lies ahead, by `leased_by`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlmodel import Field

from mailgate.store import raw_tables  # noqa: F401 - they enter the metadata
from mailgate.store.columns import Handle, Id, Structure, Words
from mailgate.store.table import StoredRow, core, partial

# What the desk looks at first.
NOT_CLOSED = "status <> 'closed'"
HELD = "state = 'held'"
ON_A_RUNG = "rung > 0 and status <> 'closed'"

# What retention may have to forget (`erasing.py`).
CLOSED_WITH_RAW = "closed_at is not null and (raw_erased_at is null or raw_erased_at <= closed_at)"
CLOSED_AND_THERE = "closed_at is not null and erased_at is null"
DROPPED_AND_THERE = "state = 'dropped' and erased_at is null"
# What an organisation's people see of it (`organisations.py`).
OF_AN_ACCOUNT = "account_key <> '' and merged_into is null"


class Meta(StoredRow, table=True):
    """What there is once: the installation's part of every ref."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True, sa_type=Handle)
    value: str = Field(sa_type=Words)


class Inbound(StoredRow, table=True):
    """One accepted mail for one mailbox; its `state` is the account that law 2 asks for.

    `sha256` is no foreign key: the row outlives the bytes after retention or erasure. `from_key` is the address key of
    the strict author and, like `subject`, known once the mail was decided upon. `seen` counts how often it came.
    `erased_at`: since then nothing is known of it but that it was there, and what became of it.
    `passed_id` and `passed_from` are the Message-ID and author of the customer's mail that an engineer's passed on.
    `singly`: a process died holding it in a batch; from then on it is claimed alone, and dying counts as its failure.
    """

    __tablename__ = "inbound"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("state in ('waiting', 'filed', 'held', 'shelved', 'dropped')", name="state"),
        partial("inbound_leased", "lease_until", where="lease_until is not null"),
        Index("inbound_message_id", "message_id"),
        partial("inbound_passed", "passed_id", where="passed_id is not null"),
        Index("inbound_state_id", "state", "id"),
        Index("inbound_sha256", "sha256"),
        partial("inbound_dropped", "mailbox", "done_at", where=DROPPED_AND_THERE),
        partial("inbound_held", "state", "reason", "id", where=HELD),
        {"sqlite_autoincrement": True},  # an id names a mail for ever: never given twice
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    identity: str = Field(unique=True, sa_type=Handle)
    mailbox: str = Field(sa_type=Handle)
    door: str = Field(sa_type=Handle)
    sha256: str = Field(sa_type=Handle)
    size: int
    message_id: str | None = Field(sa_type=Handle)
    sender: str | None = Field(sa_type=Words)
    recipients: list[str] = Field(sa_type=Structure)
    peer: str = Field(sa_type=Words)
    helo: str = Field(sa_type=Words)
    authentication: str = Field(sa_type=Words)
    marks: list[str] = Field(sa_type=Structure)
    proof: dict[str, Any] | None = Field(sa_type=Structure)
    received_at: datetime
    seen: int
    state: str = Field(sa_type=Handle)
    reason: str | None = Field(sa_type=Words)
    case_number: str | None = Field(foreign_key="cases.number", sa_type=Handle)
    from_key: str | None = Field(sa_type=Handle)
    subject: str | None = Field(sa_type=Words)
    passed_id: str | None = Field(sa_type=Handle)
    passed_from: str | None = Field(sa_type=Handle)
    trace: dict[str, Any] | None = Field(sa_type=Structure)
    error: str | None = Field(sa_type=Words)
    attempts: int
    due_at: datetime
    lease_until: datetime | None
    leased_by: str | None = Field(sa_type=Handle)
    singly: bool
    released_by: str | None = Field(sa_type=Words)
    dropped_by: str | None = Field(sa_type=Words)
    done_at: datetime | None
    erased_at: datetime | None


class Cases(StoredRow, table=True):
    """A case as it is now. Its number never changes, so everything about it points to the number itself. `course` is
    what its deadlines hang on (`courses.py`). `raw_erased_at`: the raw mail that it had then is gone, `erased_at`: all
    that was said on it is. `merged_into` is the case that stands for it, which is itself merged into
    none (`found.py`). `account_key` is the name `account`, casefolded."""

    __tablename__ = "cases"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("status in ('new', 'open', 'waiting', 'resolved', 'closed')", name="status"),
        partial("cases_due", "next_due_at", "number", where="next_due_at is not null"),
        partial("cases_owed", "owed_at", "number", where="owed_at is not null"),
        partial("cases_priority", "priority", "opened_at", "number", where=NOT_CLOSED),
        partial("cases_rung", "rung", "opened_at", "number", where=ON_A_RUNG),
        partial("cases_merged_into", "merged_into", where="merged_into is not null"),
        Index("cases_opened", "opened_at", "number"),
        Index("cases_status", "status", "opened_at", "number"),
        Index("cases_owner", "owner", "status", "opened_at", "number"),
        partial("cases_account", "account_key", "opened_at", "number", where=OF_AN_ACCOUNT),
        partial("cases_with_raw", "policy", "closed_at", where=CLOSED_WITH_RAW),
        partial("cases_closed", "policy", "closed_at", where=CLOSED_AND_THERE),
    )
    number: str = Field(primary_key=True, sa_type=Handle)
    org: str = Field(sa_type=Handle)
    key: str = Field(unique=True, sa_type=Handle)
    subject: str = Field(sa_type=Words)
    status: str = Field(sa_type=Handle)
    priority: int
    mailbox: str = Field(sa_type=Handle)
    policy: str = Field(sa_type=Handle)
    contact_name: str | None = Field(sa_type=Words)
    contact_address: str | None = Field(sa_type=Words)
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    follows: str | None = Field(foreign_key="cases.number", sa_type=Handle)
    next_due_at: datetime | None
    owed_at: datetime | None
    version: int
    owner: str = Field(sa_type=Handle)
    level: int
    rung: int
    kind: str = Field(sa_type=Words)
    provisional: bool
    account: str = Field(sa_type=Words)
    account_key: str = Field(sa_type=Handle)
    account_status: str = Field(sa_type=Handle)
    merged_into: str | None = Field(foreign_key="cases.number", sa_type=Handle)
    last_entry: int
    language: str = Field(sa_type=Handle)
    course: dict[str, Any] = Field(sa_type=Structure)
    raw_erased_at: datetime | None
    erased_at: datetime | None


class CaseCounter(StoredRow, table=True):
    """The last number given in each month (`YYMM`)."""

    __tablename__ = "case_counter"
    month: str = Field(primary_key=True, sa_type=Handle)
    last: int


class Participant(StoredRow, table=True):
    """Who takes part in a case, by address key, in the order in which they joined."""

    __tablename__ = "participant"
    __table_args__: ClassVar[Any] = (Index("participant_address", "address_key", "case_number"),)
    case_number: str = Field(primary_key=True, foreign_key="cases.number", sa_type=Handle)
    address_key: str = Field(primary_key=True, sa_type=Handle)
    position: int


class Entry(StoredRow, table=True):
    """One line of a case's history; `inbound_id` is the mail that brought it, `n` its number on that case, if it holds
    somebody's words."""

    __tablename__ = "entry"
    __table_args__: ClassVar[Any] = (
        Index("entry_case", "case_number", "id"),
        partial("entry_escalations", "actor", "at", where="kind = 'escalation'"),
        partial("entry_breaches", "at", where="kind = 'breach'"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    case_number: str = Field(foreign_key="cases.number", sa_type=Handle)
    inbound_id: int | None = Field(foreign_key="inbound.id", sa_type=Id)
    at: datetime
    kind: str = Field(sa_type=Handle)
    actor: str = Field(sa_type=Handle)
    text: str = Field(sa_type=Words)
    elided: str = Field(sa_type=Words)
    authentication: str | None = Field(sa_type=Words)
    n: int | None


class ThreadId(StoredRow, table=True):
    """A Message-ID that leads to a case; `ours` where it is a letter of ours."""

    __tablename__ = "thread_id"
    message_id: str = Field(primary_key=True, sa_type=Handle)
    case_number: str = Field(primary_key=True, foreign_key="cases.number", sa_type=Handle)
    mailbox: str = Field(sa_type=Handle)
    ours: bool


class Outbox(StoredRow, table=True):
    """One letter to one recipient: its bytes and Message-ID are fixed when it is decided.

    `inbound_id` is the mail that it answers, `answered` the key of its words. `gated_at` is when the breaker looked at
    it; `held_for` is why it is, or was, held: "breaker", "domain", "unverified", "guard", "operator". `queued_at` is
    when it was queued, or by a person's word queued again: from then on its days of trying count. `done_at` is when it
    was sent or given up, `bounced_at` when it came back. `revoked_at`: since then its reply token opens nothing.
    `path_hash` is of the token in its return path, where that has one.
    """

    __tablename__ = "outbox"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("state in ('queued', 'sent', 'failed', 'held', 'dropped')", name="state"),
        partial("outbox_queued", "due_at", "id", where="state = 'queued'"),
        partial("outbox_leased", "lease_until", where="lease_until is not null"),
        Index("outbox_recipient", "recipient_key", "created_at"),
        Index("outbox_case", "case_number", "created_at"),
        partial("outbox_gated", "gated_at", "held_for", "neutral", where="gated_at is not null"),
        partial("outbox_domain", "recipient_domain", "gated_at", where="gated_at is not null"),
        partial("outbox_held_mail", "created_at", where="kind = 'held_mail'"),
        Index("outbox_state_id", "state", "id"),
        {"sqlite_autoincrement": True},  # the maildir relay names its files by it: never given twice
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    key: str = Field(unique=True, sa_type=Handle)
    case_number: str | None = Field(foreign_key="cases.number", sa_type=Handle)
    inbound_id: int | None = Field(foreign_key="inbound.id", sa_type=Id)
    answered: str | None = Field(sa_type=Handle)
    kind: str = Field(sa_type=Handle)
    recipient: str = Field(sa_type=Words)
    recipient_key: str = Field(sa_type=Handle)
    recipient_domain: str = Field(sa_type=Handle)
    neutral: bool
    gated_at: datetime | None
    held_for: str | None = Field(sa_type=Handle)
    envelope_from: str = Field(sa_type=Words)
    subject: str = Field(sa_type=Words)
    message_id: str = Field(unique=True, sa_type=Handle)
    message: bytes = Field(sa_type=LargeBinary)
    token_hash: str | None = Field(unique=True, sa_type=Handle)
    path_hash: str | None = Field(unique=True, sa_type=Handle)
    revoked_at: datetime | None
    state: str = Field(sa_type=Handle)
    attempts: int
    due_at: datetime
    lease_until: datetime | None
    leased_by: str | None = Field(sa_type=Handle)
    created_at: datetime
    queued_at: datetime
    done_at: datetime | None
    bounced_at: datetime | None
    error: str | None = Field(sa_type=Words)


class Block(StoredRow, table=True):
    """Senders that are not let in. `pattern` (lower case): `ann@example.com`, `example.com`, or `*.example.com` for
    everything below it."""

    __tablename__ = "block"
    pattern: str = Field(primary_key=True, sa_type=Handle)
    by: str = Field(sa_type=Words)
    at: datetime


class Role(StoredRow, table=True):
    """What only one process may do at a time, and who does it until when. `troubled_since` is set while the operator
    has been told that it does not go well."""

    __tablename__ = "role"
    name: str = Field(primary_key=True, sa_type=Handle)
    holder: str | None = Field(sa_type=Handle)
    lease_until: datetime | None
    troubled_since: datetime | None


meta = core("meta")
raw_mail = core("raw_mail")
raw_piece = core("raw_piece")
inbound = core("inbound")
cases = core("cases")
case_counter = core("case_counter")
participant = core("participant")
entry = core("entry")
thread_id = core("thread_id")
outbox = core("outbox")
block = core("block")
role = core("role")
