"""What can happen to a case. `decide.py` says what each means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailgate.cases.account_events import AccountAsked, AccountFinished
from mailgate.cases.case import Case, Entry, Status
from mailgate.cases.chosen import Chosen
from mailgate.cases.code_asked import CodeAsked
from mailgate.cases.commands import Commands
from mailgate.cases.desk import Desk
from mailgate.cases.match import Match
from mailgate.cases.may import Actor, actor_of
from mailgate.cases.ruling import Action, Ruling
from mailgate.cases.unheard import Unheard
from mailgate.checks.finding import Had, Verdict
from mailgate.mail.message import GoingOut, Mail
from mailgate.policy.policy import Policy
from mailgate.policy.service import Need


@dataclass(frozen=True, slots=True)
class Returned:
    """The letter of ours that a report is about: its outbox `id`, its `kind` (`LetterKind`), the address it went to.

    `by_path`: the report came to the return path of that letter alone; else the letter has none, and the report names
    its Message-ID. `known`: that it did not arrive has been told already.
    """

    id: int
    kind: str
    recipient: str
    written_at: datetime
    by_path: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class Passing:
    """An engineer's mail, by which a customer's (`mail.passes_on`) came to us: he says who wrote that, and when.

    `actor` is the engineer, `ruling` that he may; `said` are the commands above what he passes on. `write_to` is where
    the customer is to write next time, `told` that he was told so once.
    """

    mail: Mail
    actor: Actor
    ruling: Ruling
    said: Commands = field(default_factory=Commands)
    write_to: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class MailArrived:
    """A mail came in; what the checks found, where it belongs, and which letters there were before.

    `inbound_id` names it for ever (it is part of letter keys). `released_by` is who let it in by hand. `here` is the
    policy of the mailbox it came to, under which it opens a case (None: that of the case it is about). `missing` is
    what its writer lacks of the entitlement that the policy needs; `told_missing` that he was told already.
    `held_before` is the first mail of his that is held for want of entitlement. `account` is the name of the account
    that he belongs to, `account_status` what it stands at. `language` is what its writer is written to in, "" for the
    policy's own. `away_until` is when an out-of-office says he is back.
    `outage` is what a confirmation sent now says of one. `escalated_lately`: its writer escalated a case within the
    last hour. `desk` is who we are; `held_lately` how many held mails our people were shown within the last hour,
    `desk_had` how many letters about customers' words each address of ours had (by its key), and how many in answer to
    what he ordered. `said` are the commands in the mail, `unheard` those that stand where none is heard; `outgoing` is
    what of an engineer's mail may go to the customer. `notes` are those entries of the case that no customer may read,
    `shared` (where there are any) customers' words and answers to them, `recent` the last few of any kind, each the
    newest first. `dead` are address keys where nothing arrives. `opening_id` is the Message-ID of the mail that opened
    the case, `last_letters` that of the last letter about it to each customer, by his key. `held` is the held mail that
    the mail is about, as long as it is held; `waits` are the letters (outbox ids) of the answer that it is about, which
    a guard holds. `returned` is the letter of ours that it is about, where it is a report.
    `words` is the key of what it says (`repeat.py`); `taken` is how many words were taken from its new ones, because
    they are of our letters. `passing` is how `mail` came to us where it was not its writer who sent it; `not_passed`
    why what an engineer's mail forwards is not taken for a customer's. `into` is the case that `/merge` in it names,
    `chosen` what `/split` does; None where that cannot be found.
    """

    inbound_id: int
    mail: Mail
    verdict: Verdict
    match: Match
    had: Had = field(default_factory=Had)
    released_by: str = ""
    here: Policy | None = None
    missing: tuple[Need, ...] = ()
    told_missing: bool = False
    away_until: datetime | None = None
    outage: str = ""
    held_before: int | None = None
    account: str = ""
    account_status: str = ""
    language: str = ""
    escalated_lately: bool = False
    desk: Desk = field(default_factory=Desk)
    held_lately: int = 0
    desk_had: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    said: Commands = field(default_factory=Commands)
    unheard: tuple[Unheard, ...] = ()
    outgoing: GoingOut | None = None
    notes: tuple[Entry, ...] = ()
    shared: tuple[Entry, ...] = ()
    recent: tuple[Entry, ...] = ()
    dead: frozenset[str] = frozenset()
    opening_id: str | None = None
    last_letters: Mapping[str, str] = field(default_factory=dict)
    held: int | None = None
    waits: tuple[int, ...] = ()
    returned: Returned | None = None
    passing: Passing | None = None
    not_passed: Ruling | None = None
    into: Case | None = None
    chosen: Chosen | None = None
    words: str = ""
    taken: int = 0

    def answered_desk(self, address: str) -> int:
        """How many letters answered what that address of ours ordered within the last hour."""
        return self.desk_had.get(address.casefold(), (0, 0))[1]

    @property
    def actor(self) -> Actor:
        """Its writer, as far as rights go. A mail that was passed on shows nothing of who wrote it."""
        actor = actor_of(self.mail, self.match, self.desk)
        return replace(actor, own_token=False) if self.passing else actor


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """A letter of ours was given up: `letter` is its kind, `id` and `written_at` are its row's. `why` is for people.

    `dropped`: a person did away with it, so that it says nothing about whether the recipient can be reached. `desk` is
    who we are.
    """

    recipient: str
    letter: str
    why: str
    dropped: bool = False
    id: int = 0
    written_at: datetime | None = None
    desk: Desk = field(default_factory=Desk)


@dataclass(frozen=True, slots=True)
class LetterAccepted:
    """The relay took a letter of ours that time hangs on. `letter` is its kind (`LetterKind`)."""

    recipient: str
    letter: str


@dataclass(frozen=True, slots=True)
class EngineerActed:
    """Somebody of ours did something by hand. None and "" leave as it is. `actor` is an address or "operator".

    `wait_days`: it waits for the customer, who has so many days before he is reminded. `spam`: it is closed, as spam.
    `answered`: a person's words have gone to the customer. `activated`: work has begun. `workaround`: there is one.
    `owner`, `level` hand the case on, for `reason`; who gets it is shown the `recent` entries, the newest first.
    `join` and `leave` (addresses) take part from now on, or no more. `revoke`: the reply tokens of that address about
    the case end, those of everybody for "".
    `desk` is who we are: who hears of a case that is handed on. `ask`: the customer is asked for what the policy needs.
    `approve`: the account that this case asks for may be made, as one of `organisation` ("" leaves whose it is). `link`
    is then where the customer finishes it. `decline`: it may not, and he is told the `reason`, if there is one.
    `dead` are address keys where nothing arrives.
    """

    actor: str
    status: Status | None = None
    wait_days: int | None = None
    spam: bool = False
    priority: int | None = None
    answered: bool = False
    activated: bool = False
    workaround: bool = False
    owner: str | None = None
    level: int | None = None
    recent: tuple[Entry, ...] = ()
    kind: str = ""
    escalate: bool = False
    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    revoke: str | None = None
    ask: bool = False
    approve: bool = False
    organisation: str = ""
    link: str = ""
    decline: bool = False
    reason: str = ""
    dead: frozenset[str] = frozenset()

    @property
    def action(self) -> Action:
        """What it takes a right to."""
        return Action.SETTLE if self.approve or self.decline else Action.DIRECT

    desk: Desk = field(default_factory=Desk, compare=False)


@dataclass(frozen=True, slots=True)
class EngineerReplied:
    """Somebody of ours answers, other than by mail, in the name of the engineer `actor` (an address of the roster).

    `outgoing` is what of his `text` may go to the customer; `internal`: none of it, it is a note; `anyway`: all of it,
    whatever the guard finds. `status` is what the case becomes; None leaves it to the policy. The others: MailArrived.
    """

    actor: str
    text: str
    status: Status | None = None
    internal: bool = False
    anyway: bool = False
    outgoing: GoingOut = field(default_factory=lambda: GoingOut("", None, ()))
    notes: tuple[Entry, ...] = ()
    shared: tuple[Entry, ...] = ()
    dead: frozenset[str] = frozenset()
    opening_id: str | None = None
    last_letters: Mapping[str, str] = field(default_factory=dict)
    desk: Desk = field(default_factory=Desk)

    @property
    def action(self) -> Action:
        """What it takes a right to."""
        return Action.NOTE if self.internal else Action.RELAY


@dataclass(frozen=True, slots=True)
class MergeAsked:
    """Somebody of ours wants the case to become part of the case `into`. `actor` is an address or "operator"."""

    actor: str
    into: Case


@dataclass(frozen=True, slots=True)
class SplitAsked:
    """Somebody of ours wants a new case to be made of those entries. `actor` and `dead` as in EngineerActed."""

    actor: str
    chosen: Chosen
    desk: Desk = field(default_factory=Desk)
    dead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CustomerActed:
    """The customer did something other than write, on the page or by a word: None and False leave as it is.

    `confirm`: what was resolved is so. `close`: it need not go on. `reopen`: what was over is not. `leave`: he takes
    part no more. Whether he may, was asked before. `dead` are address keys where nothing arrives. `desk`, `desk_had`
    and `recent` are for the letter by which our people hear of it; as in MailArrived.
    """

    actor: str
    priority: int | None = None
    kind: str = ""
    escalate: bool = False
    confirm: bool = False
    close: bool = False
    reopen: bool = False
    leave: bool = False
    dead: frozenset[str] = frozenset()
    desk: Desk = field(default_factory=Desk)
    desk_had: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    recent: tuple[Entry, ...] = ()

    @property
    def action(self) -> Action:
        """What it takes a right to."""
        return Action.COMMAND


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Something is due, or may be. `desk`, whose operator hears of cases that nobody took, and `dead` as above."""

    desk: Desk = field(default_factory=Desk)
    dead: frozenset[str] = frozenset()


Acted = EngineerActed | EngineerReplied | CustomerActed | AccountFinished
Rearranged = MergeAsked | SplitAsked
Event = MailArrived | DeliveryFailed | LetterAccepted | Acted | Rearranged | AccountAsked | CodeAsked | TimePassed
