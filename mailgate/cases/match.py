"""Which case is a mail about? Weighs its clues (`clues.py`) by what the store knows of them. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from mailgate.cases.case import Case
from mailgate.cases.clues import Clues
from mailgate.cases.organisation import same_organisation
from mailgate.mail.message import Mail


class Signal(StrEnum):
    """What can tie a mail to a case, in the order in which they are believed (DESIGN, "Matching order")."""

    COPY = "copy"  # it repeats a mail that is already on the case
    REPLY_TOKEN = "reply_token"  # noqa: S105 - the name of a signal
    THREAD = "thread"  # In-Reply-To or References name a mail of the case
    SUBJECT_REF = "subject_ref"
    SUBJECT_NUMBER = "subject_number"
    BODY_REF = "body_ref"
    QUOTED_REF = "quoted_ref"


class Standing(StrEnum):
    """Who the writer is to the case (DESIGN, "Who may do what")."""

    PARTICIPANT = "participant"
    ACQUAINTED = "acquainted"  # knows a reply token, or the Message-ID of a mail of the case
    ORGANISATION = "organisation"  # shares a participant's own domain
    STRANGER = "stranger"
    NOBODY = "nobody"  # no single plain From
    ENGINEER = "engineer"  # in the roster
    COLLEAGUE = "colleague"  # not in the roster, but answers a letter to our people
    OPERATOR = "operator"  # at the command line


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """The case that a token belongs to, the address key of the one to whom it was sent, and with which letter:
    its `kind` (`LetterKind`), and the mail that it was about. `revoked`: it is worth nothing any more. `of` is the
    number of the case that the letter was on: since then it may have become part of `case`."""

    case: Case
    owner: str
    kind: str = ""
    inbound_id: int | None = None
    revoked: bool = False
    of: str = ""


@dataclass(frozen=True, slots=True)
class ThreadCase:
    """A case that a Message-ID belongs to; `ours` where it is a letter of ours."""

    case: Case
    ours: bool


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the store knows of the clues: only what exists is in the mappings. `by_token` has reply tokens, `by_path`
    those of return paths. `copy` is the case of an earlier copy; `holding` are the numbers of the cases that hold a
    mail of this very Message-ID already."""

    by_token: Mapping[str, TokenOwner] = field(default_factory=dict)
    by_path: Mapping[str, TokenOwner] = field(default_factory=dict)
    by_message_id: Mapping[str, tuple[ThreadCase, ...]] = field(default_factory=dict)
    by_key: Mapping[str, Case] = field(default_factory=dict)
    by_number: Mapping[str, Case] = field(default_factory=dict)
    copy: Case | None = None
    holding: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tried:
    """One line of the trace: a signal that was tried, what was looked for, and what came of it."""

    signal: Signal
    looked_for: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Match:
    """Where a mail belongs. `case` None with `conflict` "" means: nowhere yet. `conflict` says why it cannot be told
    without guessing. `standing` is the writer's, towards `case`. `holds_it`: the case holds a mail of this
    Message-ID already. `owner` is the address key of the one to whom the letter was sent whose token it carries,
    `letter` that letter's kind, `letter_about` the mail that it was about, `letter_of` the number of the case that it
    was on (which may have been merged into `case` since); `direct`: the mail answers that letter itself
    (`Clues.direct`)."""

    case: Case | None = None
    how: Signal | None = None
    standing: Standing = Standing.STRANGER
    conflict: str = ""
    trace: tuple[Tried, ...] = ()
    holds_it: bool = False
    owner: str = ""
    letter: str = ""
    letter_about: int | None = None
    letter_of: str = ""
    direct: bool = False


def match_case(mail: Mail, clues: Clues, candidates: Candidates) -> Match:
    """Weigh the clues in their order; the first that leads to a case is it. Pure; the trace says what was tried."""
    trail = _Trail(mail)
    for try_signal in (_copy, _token, _thread, _subject_ref, _subject_number, _body_ref, _quoted_ref):
        found = try_signal(mail, clues, candidates, trail)
        if found is not None:
            return replace(found, holds_it=found.case is not None and found.case.number in candidates.holding)
    return Match(trace=tuple(trail.lines))


class _Trail:
    """Writes down what was tried, and makes the match once something was found."""

    def __init__(self, mail: Mail) -> None:
        self.author = mail.identity.key if mail.identity else None
        self.lines: list[Tried] = []

    def tried(self, signal: Signal, looked_for: str, outcome: str) -> None:
        self.lines.append(Tried(signal, looked_for, outcome))

    def found(self, signal: Signal, looked_for: str, case: Case, *, acquainted: bool = False) -> Match:
        standing = standing_of(self.author, case, acquainted=acquainted)
        self.tried(signal, looked_for, f"case {case.number}, the writer is {standing.value}")
        return Match(case, signal, standing, trace=tuple(self.lines))

    def conflict(self, signal: Signal, looked_for: str, why: str) -> Match:
        self.tried(signal, looked_for, why)
        return Match(how=signal, conflict=why, trace=tuple(self.lines))


def standing_of(author: str | None, case: Case, *, acquainted: bool = False) -> Standing:
    """Who `author` (an address key, None for nobody) is to the case."""
    if author in case.participants:
        return Standing.PARTICIPANT
    if acquainted:
        return Standing.ACQUAINTED
    if author is None:
        return Standing.NOBODY
    return Standing.ORGANISATION if same_organisation(author, case.participants) else Standing.STRANGER


def _copy(mail: Mail, clues: Clues, candidates: Candidates, trail: _Trail) -> Match | None:  # noqa: ARG001 - one form for all
    if candidates.copy is None:
        return None
    return trail.found(Signal.COPY, mail.message_id or "", candidates.copy, acquainted=True)


def _token(mail: Mail, clues: Clues, candidates: Candidates, trail: _Trail) -> Match | None:
    # The writer's own comes first: who answers to all has the others' in his To as well. Then what only servers see.
    own = tuple(token for token in clues.tokens if _is_own(token, clues, candidates, trail.author))
    others = tuple(token for token in clues.tokens if token not in own)
    for token, by in (
        *((token, candidates.by_token) for token in own),
        *((token, candidates.by_path) for token in clues.paths),
        *((token, candidates.by_token) for token in others),
    ):
        shown = f"{token[:4]}…"  # never the whole: a trace is read by people
        owner = by.get(token)
        if owner is None:
            trail.tried(Signal.REPLY_TOKEN, shown, "not one of ours")
        elif owner.revoked and mail.report is None:  # that a letter did not arrive is true all the same
            trail.tried(Signal.REPLY_TOKEN, shown, f"sent to {owner.owner}, and revoked since")
        elif owner.case.mailbox != mail.envelope.mailbox:
            # Who wrote to two of our mailboxes answers both with one mail: each copy belongs to its own mailbox's case.
            trail.tried(Signal.REPLY_TOKEN, shown, "a letter of another mailbox")
        else:
            match = trail.found(Signal.REPLY_TOKEN, f"{shown} sent to {owner.owner}", owner.case, acquainted=True)
            return replace(
                match,
                owner=owner.owner,
                letter=owner.kind,
                letter_about=owner.inbound_id,
                letter_of=owner.of,
                direct=by is candidates.by_token and token in clues.direct,
            )
    return None


def _is_own(token: str, clues: Clues, candidates: Candidates, author: str | None) -> bool:
    owner = candidates.by_token.get(token)
    return owner is not None and token in clues.direct and owner.owner == author and not owner.revoked


def _thread(mail: Mail, clues: Clues, candidates: Candidates, trail: _Trail) -> Match | None:
    known = [
        (message_id, one) for message_id in clues.message_ids for one in candidates.by_message_id.get(message_id, ())
    ]
    here = [(message_id, one) for message_id, one in known if one.case.mailbox == mail.envelope.mailbox]
    # Elsewhere only a letter of ours is a sure sign: a customer's own mail may have gone to several of our mailboxes.
    for message_id, _ in here or [(message_id, one) for message_id, one in known if one.ours]:
        same = [one for other, one in here or known if other == message_id]
        # Somebody may have written a mail under a Message-ID that he saw: his case is not the participants' case.
        same.sort(key=lambda one: (trail.author not in one.case.participants, not one.ours, one.case.number))
        shown = "a letter of ours" if same[0].ours else message_id
        return trail.found(Signal.THREAD, shown, same[0].case, acquainted=True)
    for message_id in clues.message_ids:
        shown = "a Message-ID that looks like ours" if message_id.startswith("<r") else message_id
        trail.tried(Signal.THREAD, shown, "not known")
    return None


def _subject_ref(mail: Mail, clues: Clues, candidates: Candidates, trail: _Trail) -> Match | None:  # noqa: ARG001 - one form for all
    for foreign in clues.foreign_refs:
        trail.tried(Signal.SUBJECT_REF, foreign, "another installation's")
    cases = {case.number: case for key in clues.subject_keys if (case := candidates.by_key.get(key))}
    if len(clues.subject_keys) > 1 and (
        len(cases) != 1 or any(key not in candidates.by_key for key in clues.subject_keys)
    ):
        return trail.conflict(Signal.SUBJECT_REF, " ".join(clues.subject_keys), "two different refs in one subject")
    for case in cases.values():
        return trail.found(Signal.SUBJECT_REF, case.key, case)
    for key in clues.subject_keys:
        trail.tried(Signal.SUBJECT_REF, key, "not known")
    return None


def _subject_number(mail: Mail, clues: Clues, candidates: Candidates, trail: _Trail) -> Match | None:
    """A number is a weak word: every installation counts from 000001 each month. Beside a ref that is not one of ours
    it says nothing, for it came with that ref."""
    if clues.subject_keys or clues.foreign_refs:
        for number in clues.subject_numbers:
            trail.tried(Signal.SUBJECT_NUMBER, number, "stands beside a ref that leads to no case of ours")
        return None
    cases = {
        case.number: case  # two numbers may mean one case by now
        for number in clues.subject_numbers
        if (case := candidates.by_number.get(number)) and case.mailbox == mail.envelope.mailbox
    }
    found = list(cases.values())
    # A stranger's number (an invoice, a telephone) must not hide that of a case he takes part in.
    near = [case for case in found if standing_of(trail.author, case) is Standing.PARTICIPANT] or found
    if len(near) == 1:
        return trail.found(Signal.SUBJECT_NUMBER, near[0].number, near[0])
    for number in clues.subject_numbers:
        trail.tried(Signal.SUBJECT_NUMBER, number, "one of several: it may be about neither" if near else "not known")
    return None


def _body_ref(mail: Mail, clues: Clues, candidates: Candidates, trail: _Trail) -> Match | None:  # noqa: ARG001 - one form for all
    return _one_of(Signal.BODY_REF, clues.body_keys, candidates, trail)


def _quoted_ref(mail: Mail, clues: Clues, candidates: Candidates, trail: _Trail) -> Match | None:  # noqa: ARG001 - one form for all
    # Whoever is sent a forwarded letter quotes its ref: only somebody of the case means the case by it.
    ours = tuple(
        key
        for key in clues.quoted_keys
        if (case := candidates.by_key.get(key))
        and standing_of(trail.author, case) in {Standing.PARTICIPANT, Standing.ORGANISATION}
    )
    for key in clues.quoted_keys:
        if key not in ours:
            trail.tried(Signal.QUOTED_REF, key, "not known, or the writer is not of the case")
    return _one_of(Signal.QUOTED_REF, ours, candidates, trail)


def _one_of(signal: Signal, keys: tuple[str, ...], candidates: Candidates, trail: _Trail) -> Match | None:
    cases = {case.number: (key, case) for key in keys if (case := candidates.by_key.get(key))}
    if len(cases) > 1:
        trail.tried(signal, " ".join(keys), "several cases: it may be about neither")
        return None
    for key, case in cases.values():
        return trail.found(signal, key, case)
    for key in keys:
        trail.tried(signal, key, "not known")
    return None
