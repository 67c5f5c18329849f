"""The values a mail is made of, before and after it is read. No reading happens here (`parse.py`), and no judging."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from mailgate.mail.idn import a_labels


class Authentication(StrEnum):
    """What is known of the sender's right to the From domain, as the door found it (DESIGN, "Who may do what")."""

    PASS = "pass"  # noqa: S105 - an authentication result (RFC 8601), not a password
    UNKNOWN = "unknown"  # the door does not verify
    UNVERIFIED = "unverified"  # it did, and found no aligned pass
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of RFC 5322 §3.4.1: a display name (for people only, never identity) and an addr-spec.

    `address` is `local@domain`, the domain in lower case; the local part as it was written.
    """

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def key(self) -> str:
        """For comparing: two addresses with one key are one person to us. Its domain is in the ASCII form, if any."""
        key = self.address.casefold()
        if key.isascii():
            return key
        local, _, domain = self.address.rpartition("@")
        return f"{local.casefold()}@{a_labels(domain)}" if a_labels(domain) else key


@dataclass(frozen=True, slots=True)
class Proof:
    """What the word on a sender's authentication rests on: `lines` for people, the last of them says why.

    `temporary`: a question found no answer (DNS), so the next walk of the mail asks again.
    """

    lines: tuple[str, ...] = ()
    temporary: bool = False


# Marks of an envelope that more than one room must know.
TOO_BIG = "too big"  # the header alone was taken in; stands before the octets that there were
HISTORY = "history"  # an import: nobody waits for an answer


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the door knew of a mail: RFC 5321 envelope, the peer, and how far the sender is authenticated.

    `mailbox` is the name (in the settings) of the one mailbox of ours that this copy is for; `recipients` are the
    RCPT addresses that belong to it, plus-parts included. `sender` is the return path without brackets: "" is the
    null sender (`<>`), None a door that does not know it. `marks` says what the door had to change
    ("line ends normalised") or to leave out ("too big: 73400320 octets"). `received_at` is aware UTC. `proof` is None
    while nobody has looked into the mail for its sender's authentication (doors that trust nobody never do).
    """

    mailbox: str
    sender: str | None
    recipients: tuple[str, ...]
    door: str
    received_at: datetime
    peer: str = ""
    helo: str = ""
    authentication: Authentication = Authentication.UNKNOWN
    marks: tuple[str, ...] = ()
    proof: Proof | None = None


class Octets(Protocol):
    """The octets of a mail wherever they lie: `bytes` are such, and `data[:]` are all of them. A big mail lies in a
    file or in the store, and is never in the daemon's memory whole."""

    def __len__(self) -> int: ...

    def __getitem__(self, cut: slice, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class RawMail:
    """The truth: the exact bytes and the envelope they came in. Everything else is derived from these."""

    data: Octets
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Inner:
    """A range within what the range round it decodes to. `signed`: within what was signed in that (RFC 5652)."""

    start: int
    end: int
    encoding: str = ""
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that a person would call a file: a byte range of the raw mail, never a copy. `opened.py` has its octets.

    `name` is safe to show and to save under (no path, no bidi override), "" where its sender gave none; `title` then
    says what it may be called (the subject of an attached mail). `size` is the decoded size in bytes. `start:end` is
    the range of the *encoded* body in the raw mail, `encoding` its Content-Transfer-Encoding in lower case; a file in a
    file (of winmail.dat, of an S/MIME wrapper) lies in that range, and there in `inner`, one within another. `inline`
    parts are shown within the html (by `content_id`).
    `digest` (hex) is of what a small picture holds, "" for others; `seen`: the same was on the case already.
    """

    name: str
    type: str
    size: int
    start: int
    end: int
    encoding: str = ""
    content_id: str = ""
    inline: bool = False
    inner: tuple[Inner, ...] = ()
    title: str = ""
    digest: str = ""
    seen: bool = False

    @property
    def called(self) -> str:
        """A name for people, safe as `name`; "" where there is nothing to call it by."""
        return self.name or self.title


class AutomaticKind(StrEnum):
    """Which sort of machine wrote it (RFC 3834 §1.1 and what is seen in the wild)."""

    BOUNCE = "bounce"  # a delivery report, or mail that says it could not be delivered
    AUTO_REPLY = "auto_reply"  # answers a mail: out of office, "we received your request"
    AUTO_GENERATED = "auto_generated"  # speaks of its own accord: monitoring, cron
    LIST = "list"  # people write on it, but a program passes it on to many
    BULK = "bulk"  # newsletter


@dataclass(frozen=True, slots=True)
class Automatic:
    """Why a mail is a machine's. `reason` names the evidence for people: "Auto-Submitted: auto-replied"."""

    kind: AutomaticKind
    reason: str


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient of a report. `permanent` is None where the report does not say. `status` as in RFC 3463, or ""."""

    address: str
    permanent: bool | None = None
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report says (RFC 3464, or read from its text).

    `failed` False means a delay notice ("still trying"). `original_message_id` keeps its angle brackets. `standard`:
    its recipients stand in fields of RFC 3464, made for machines; others are read from words, and may be misread.
    """

    recipients: tuple[FailedRecipient, ...]
    failed: bool
    original_message_id: str | None = None
    standard: bool = False


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A file that does not go out, and why, in words for the engineer. `missed`: he may well think that it did."""

    name: str
    why: str
    missed: bool = False


@dataclass(frozen=True, slots=True)
class GoingOut:
    """`html` is a clean fragment that says exactly what `text` says, None where there is none that surely does.

    `attachments` are ranges of the engineer's mail with the names and Content-IDs that they go out with; those that
    `html` shows are `inline`, no others. `files_say` is what their texts say, as far as it is quickly read. `unparted`:
    the marks of a letter to our people stand among the words, so the rest of it may, too. `signature` are the letters
    of what his mail program marked as one.
    """

    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    kept_back: tuple[KeptBack, ...] = ()
    files_say: tuple[str, ...] = ()
    unparted: bool = False
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as a person would read it, with what the gate must know of it.

    `identity` is the strict author: exactly one From with exactly one plain addr-spec, else None; authority comes from
    it alone, never from `shown_from` (whatever may be displayed as the writer). `message_id`, `in_reply_to`,
    `references` keep their angle brackets. `subject` is one clean line, not shortened. `text` is the whole body for a
    person, `reply_text` the new words alone, `elided` what was taken away for it. `fields` are the top header fields,
    (lower-case name, unfolded value as it stands, not decoded), in order. `defects` name what was wrong.
    `unread` is why the mail could not be read ("" where it could): then words are empty and the raw mail stands.
    `protection` says for people how it was protected, "signed with S/MIME", "encrypted with PGP", "" where it was not;
    nothing is verified.
    `passes_on`, and `goes_out`, what of it a customer may see, are looked for in engineers' mail alone.
    """

    envelope: Envelope
    message_id: str | None = None
    identity: Address | None = None
    shown_from: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    text: str = ""
    reply_text: str = ""
    elided: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic | None = None
    report: Report | None = None
    defects: tuple[str, ...] = ()
    unread: str = ""
    protection: str = ""
    passes_on: PassedOn | None = None
    goes_out: GoingOut | None = None

    @property
    def is_encrypted(self) -> bool:
        return self.protection.startswith("encrypted")

    def field(self, name: str) -> str:
        """The first header field of that name (any case), "" where there is none."""
        wanted = name.lower()
        return next((value for known, value in self.fields if known == wanted), "")


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A customer's mail that an engineer's mail forwards, as far as it shows there (`forward.py`).

    Nobody but the engineer says that `mail` is by its author: its authentication is UNKNOWN, its attachments are ranges
    of the engineer's raw mail. `comment` is what the engineer wrote himself, `on_top` whether that stands above what he
    forwards. `likely_id` is what is probably the Message-ID of `mail`, where it is not known.
    """

    mail: Mail
    comment: str
    how: Literal["inline", "attached"]
    on_top: bool = True
    likely_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """Address keys: the `engineers` of the roster; `private`: theirs and those of all our other people; `everybody`:
    these, and our mailboxes. `mailboxes` has the address of each by its name."""

    engineers: frozenset[str] = frozenset()
    everybody: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    mailboxes: tuple[tuple[str, str], ...] = ()

    def address_of(self, mailbox: str) -> Address:
        """The address of the mailbox of that name; of none such, none."""
        return Address("", dict(self.mailboxes).get(mailbox, ""))


def both(mail: Mail) -> tuple[Mail, ...]:
    """The mail, and the customer's that it passes on."""
    return (mail, mail.passes_on.mail) if mail.passes_on else (mail,)
