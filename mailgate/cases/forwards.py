"""A customer's mail that an engineer passed on: whether it is taken for the customer's, and what it means besides.

A room of `decide`.

The engineer says who wrote it, and nobody else does: so it goes on a case, and gives its author no right to anything.
What stands above it is the engineer's own: commands, and a note.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.cases.acting import engineer_acted
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Status
from mailgate.cases.clues import Clues, clues_of
from mailgate.cases.commands import Commands
from mailgate.cases.desk_commands import orders
from mailgate.cases.events import EngineerActed, MailArrived, Passing
from mailgate.cases.letter_kinds import INTERNAL_LETTERS, LetterKind
from mailgate.cases.letters import Answer, Says, answer, to_our_people
from mailgate.cases.match import Match, Signal, Standing
from mailgate.cases.may import Actor, may
from mailgate.cases.notices import commands
from mailgate.cases.ref import Names
from mailgate.cases.ruling import Action, Ruling
from mailgate.cases.waiting import as_said
from mailgate.errors import NotAllowed
from mailgate.mail.message import HISTORY, Mail, PassedOn
from mailgate.policy.policy import Handling, Policy

NONE_CARRIED_OUT = "no command was carried out"


def may_pass_on(event: MailArrived, passed: PassedOn, policy: Policy, org: str) -> tuple[Actor, Ruling]:
    """The engineer who wrote that mail, and whether what it forwards is taken for the customer's. What answers a letter
    of ours is that answer, whatever stands below it."""
    mail = event.mail
    actor = Actor(Standing.ENGINEER, mail.identity.key if mail.identity else "", mail.envelope.authentication)
    ruling = may(actor, Action.OPEN_FOR, None, policy)
    if not ruling.allowed:
        return actor, ruling
    if event.verdict.handling is not Handling.ACCEPT and not event.released_by:
        return actor, Ruling(Action.OPEN_FOR, event.verdict.reason, event.verdict.evidence)
    own = clues_of(replace(mail, reply_text=passed.comment, elided="", to=(), cc=()), org)
    if is_about_us(event.match) or (event.match.how is Signal.REPLY_TOKEN and own.direct):
        why = "it answers or forwards a letter of ours, and is about that"
        return actor, Ruling(Action.OPEN_FOR, "our_letter", why)
    return actor, ruling


def is_about_us(match: Match) -> bool:
    """Whether what leads to the case is a letter that our own people alone were sent."""
    return match.letter in {kind.value for kind in INTERNAL_LETTERS}


def as_sent(outer: Mail, passed: PassedOn) -> Mail:
    """The customer's mail with what is likely of it: a mail program that forwards within its own text writes into its
    own fields what the mail answered, and its name."""
    mail = passed.mail
    if passed.how == "attached":
        return mail
    return replace(
        mail,
        message_id=mail.message_id or passed.likely_id,
        in_reply_to=outer.in_reply_to,
        references=outer.references,
    )


def clues_in(sent: Mail, outer: Mail, org: str) -> Clues:
    """What may lead to the case of a mail that was passed on; the mail itself may be there. Where it names no case, the
    engineer may have, in his subject."""
    clues = clues_of(sent, org)
    named = clues if clues.subject_keys or clues.subject_numbers else clues_of(outer, org)
    own = (sent.message_id,) if sent.message_id else ()
    return replace(
        clues,
        message_ids=tuple(dict.fromkeys((*own, *clues.message_ids))),
        subject_keys=named.subject_keys,
        subject_numbers=named.subject_numbers,
    )


def passed_by(event: MailArrived) -> tuple[str | None, str | None]:
    """Message-ID and author (address key) of the mail that was passed on, as far as they are known: by them the
    same is known when it comes once more."""
    passing = event.passing
    if passing is None or passing.mail.passes_on is None:
        return None, None
    passed = passing.mail.passes_on
    author = passed.mail.identity
    return passed.mail.message_id or passed.likely_id, author.key if author else None


def greeting(
    kind: LetterKind, occasion: str, case: Case, event: MailArrived, policy: Policy, names: Names, says: Says = ()
) -> Answer:
    """The letter of that kind to the writer of the mail. Once in his life it is another: that his mail was passed on,
    and where to write next time. It tells what a confirmation does; two letters about one mail are one too many."""
    passing = event.passing
    if passing is None or passing.told or not policy.letters.write_to_support:
        return answer(kind, occasion, case, event, policy, names, says)
    says = (("support_address", passing.write_to), *says)
    return answer(LetterKind.WRITE_TO_SUPPORT, str(event.inbound_id), case, event, policy, names, says)


def vouched(
    decision: Decision, event: MailArrived, passing: Passing, policy: Policy, names: Names, now: datetime
) -> Decision:
    """The decision on a mail that was passed on, with a note of who did, right below it, and with what he says himself.
    At an opening that is heard before; of a mail that is held only the raw mail tells it."""
    passed, case = passing.mail.passes_on, decision.case
    if case is None or passed is None:
        return replace(decision, rulings=(passing.ruling, *decision.rulings))
    by = passing.mail.identity.address if passing.mail.identity else passing.actor.address
    first, rest = decision.entries[:1], decision.entries[1:]
    text = f"forwarded by {by}, who vouches for it; the whole mail is inbound {event.inbound_id}"
    note = Entry(first[0].at, EntryKind.NOTE, "mailgate", text)
    ids = (*decision.thread_ids, *((passed.likely_id,) if passed.likely_id else ()))
    rulings = (passing.ruling, *decision.rulings)
    decision = replace(decision, entries=(*first, note, *rest), thread_ids=ids, rulings=rulings)
    if decision.opened:
        return decision
    done = directed(case, event, passing, policy, names, now, opened=False)
    return replace(
        decision,
        case=done.case,
        entries=(*decision.entries, *done.entries),
        letters=(*decision.letters, *done.letters),
        left=(*decision.left, *done.left),
        rulings=(*rulings, *done.rulings),
    )


@dataclass(frozen=True, slots=True)
class Directed:
    """What the engineer's own words bring to the case of the mail that he passed on."""

    case: Case
    entries: tuple[Entry, ...] = ()
    letters: tuple[Letter, ...] = ()
    left: tuple[str, ...] = ()
    rulings: tuple[Ruling, ...] = ()


def directed(
    case: Case, event: MailArrived, passing: Passing, policy: Policy, names: Names, now: datetime, *, opened: bool
) -> Directed:
    """His comment as a note, and his commands, all or none. Who may open a case for a customer says how it begins; on a
    case that there was it takes what any command takes. A case that he opened is his, unless he says whose it is."""
    past = HISTORY in event.mail.envelope.marks
    said = Commands() if past else passing.said
    comment = passing.mail.passes_on.comment if passing.mail.passes_on else ""
    if not (said.said or said.faults):
        acted = EngineerActed(passing.actor.address)
        acted = _his(acted, event, passing) if opened and not past else acted
        return _noted(_carried_out(case, replace(acted, desk=event.desk), policy, names, now), passing, comment, now)
    ruling = passing.ruling if opened else may(passing.actor, Action.DIRECT, case, policy)
    rulings = () if opened else (ruling,)
    faults = ruling.why or "\n".join(f"{one.line}: {one.why}" for one in said.faults)
    if not faults:
        try:
            acted = orders(replace(event, mail=passing.mail, passing=None, said=said), policy).acted
            acted = _his(acted, event, passing) if opened else acted
            done = _carried_out(case, replace(acted, desk=event.desk), policy, names, now)
            return replace(_noted(done, passing, said.rest, now), rulings=rulings)
        except NotAllowed as error:
            faults = str(error)
    acted = EngineerActed(passing.actor.address)
    done = _carried_out(case, _his(acted, event, passing) if opened else acted, policy, names, now)
    why = Entry(now, EntryKind.NOTE, "mailgate", f"{NONE_CARRIED_OUT}: {faults}")
    letters = _told(done.case, event, passing, faults, policy, names)
    done = replace(done, entries=(why, *done.entries), letters=letters, rulings=rulings)
    return _noted(done, passing, comment, now)


def _carried_out(case: Case, acted: EngineerActed, policy: Policy, names: Names, now: datetime) -> Directed:
    if acted == EngineerActed(acted.actor):
        return Directed(case)
    done = engineer_acted(case, acted, policy, names, now)
    # The letter about a new case tells its priority; one about a change is for who knew another.
    new = case.version == 0 and case.opened_at == now
    letters = tuple(one for one in done.letters if not (new and one.kind is LetterKind.PRIORITY_CHANGED))
    return Directed(done.case or case, done.entries, letters, done.left)


def _noted(done: Directed, passing: Passing, comment: str, now: datetime) -> Directed:
    if not comment.strip():
        return done
    by = passing.mail.identity.address if passing.mail.identity else passing.actor.address
    note = Entry(now, EntryKind.NOTE, by, comment, "", passing.actor.authentication)
    return replace(done, entries=(note, *done.entries))


def _his(acted: EngineerActed, event: MailArrived, passing: Passing) -> EngineerActed:
    """A case that he opened is his: he knows of it, and nobody else does."""
    engineer = event.desk.engineer(passing.actor.address)
    spoken_for = acted.owner is not None or acted.level is not None or acted.status is Status.CLOSED
    return acted if engineer is None or spoken_for else replace(acted, owner=engineer.address)


def _told(
    case: Case, event: MailArrived, passing: Passing, faults: str, policy: Policy, names: Names
) -> tuple[Letter, ...]:
    if event.answered_desk(passing.actor.address) >= policy.letters.hourly.desk:
        return ()
    says: Says = (
        ("ordered", int(bool(passing.said.said or faults))),
        ("understood", "\n".join(as_said(passing.said.said))),
        ("faults", faults),
        ("commands", commands()),
        ("kept_as", f"The mail that you passed on is on case {case.number}; what you wrote above it is a note there."),
    )
    to = [passing.actor.address]
    return to_our_people(LetterKind.COMMAND_ANSWER, str(event.inbound_id), case, to, policy, names, says)
