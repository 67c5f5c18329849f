"""What it means for a case that one of our people wrote about it. A room of `decide`.

His words go out to those who take part, if he may and if they answer a letter that shows him the customer's words; else
they stay among us, a note that no customer reads. His commands are carried out all or none, the status last; whatever
stands in the way of one of them keeps his words back too, and he is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.cases.acting import engineer_acted
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Outcome
from mailgate.cases.command_words import Word
from mailgate.cases.desk_commands import Orders, orders
from mailgate.cases.events import EngineerActed, MailArrived
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, to_our_people
from mailgate.cases.match import Standing
from mailgate.cases.may import may
from mailgate.cases.merging import merge
from mailgate.cases.notices import commands, standing, told
from mailgate.cases.ref import Names
from mailgate.cases.relaying import Relayed, after_answer, cannot_leave, relayed, unreached
from mailgate.cases.ruling import Action, Ruling
from mailgate.cases.splitting import split
from mailgate.cases.waiting import as_said, moves, told_waiting
from mailgate.errors import NotAllowed
from mailgate.mail.message import Authentication, GoingOut
from mailgate.policy.policy import Policy

# An answer to one of these goes out: it shows what the customer wrote. An answer to any other stays among us.
CONVERSATION = frozenset({LetterKind.NEW_CASE, LetterKind.NEW_ENTRY, LetterKind.HANDED_ON, LetterKind.CASE_STATUS})
REFUSED = "commands_refused"  # why a mail came to nothing: not one of its commands was carried out
_KEPT = "Your words were kept as a note, and not sent"
_KEEPS_WORDS = frozenset({Word.NOTE, Word.RELEASE, Word.DROP, Word.SPAM})


@dataclass(frozen=True, slots=True)
class _Mail:
    """The engineer's mail with all that it is judged by."""

    case: Case
    event: MailArrived
    policy: Policy
    names: Names
    now: datetime

    @property
    def author(self) -> str:
        return self.event.mail.identity.address if self.event.mail.identity else ""

    def entry(self, kind: EntryKind, text: str) -> Entry:
        mail = self.event.mail
        return Entry(self.now, kind, self.author, text, mail.elided, mail.envelope.authentication)

    def may(self, action: Action) -> Ruling:
        return may(self.event.actor, action, self.case, self.policy)

    def letter(self, kind: LetterKind, says: Says) -> tuple[Letter, ...]:
        """To its writer alone, where he is in the roster. Who writes his address into From can have him told something
        a few times an hour, and no oftener."""
        hourly = self.policy.letters.hourly
        most = hourly.desk if self.event.mail.envelope.authentication is Authentication.PASS else hourly.unverified
        if self.event.desk.engineer(self.event.actor.address) is None or self.event.answered_desk(self.author) >= most:
            return ()
        return to_our_people(kind, str(self.event.inbound_id), self.case, [self.author], self.policy, self.names, says)


def desk_wrote(case: Case, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision:
    """His words, and what he orders. Whatever it is, the mail itself stands on the case."""
    his = _Mail(case, event, policy, names, now)
    if event.actor.standing is Standing.COLLEAGUE:
        return _noted(his, (his.may(Action.NOTE),))
    said = event.said
    rulings: tuple[Ruling, ...] = ()
    if said.said or said.faults:
        rulings = (his.may(Action.DIRECT),)
        if not rulings[0].allowed:
            return _noted(his, (*rulings, his.may(Action.NOTE)), f"no command was carried out: {rulings[0].why}")
    if said.faults:
        faults = "\n".join(f"{one.line}: {one.why}" for one in said.faults)
        return _misunderstood(his, faults, rulings)
    try:
        return _obeyed(his, orders(event, policy), rulings)
    except NotAllowed as error:
        return _misunderstood(his, str(error), rulings)


def _obeyed(his: _Mail, orders: Orders, rulings: tuple[Ruling, ...]) -> Decision:
    """NotAllowed where an order does not go with the state of the case: then nothing of it is done."""
    his, acted, moved = _people(his, orders.acted)
    words = _Words(his.case, rulings=rulings)
    joins = frozenset(one.casefold() for one in orders.acted.join)
    his = replace(his, event=replace(his.event, dead=his.event.dead - joins))  # his word: something arrives there
    stays = _stays(his)
    if _says_something(his.event) and (stays or _leaves_something(his.event)):
        words = _kept(his, rulings) if stays else _sent(his, rulings)
    if words.sent and acted.status is None and orders.into is None:
        acted = replace(acted, status=after_answer(words.case, his.policy))
    if words.waits:
        acted = replace(acted, status=None, wait_days=None)
    if orders.frees:
        words, acted = _freed(his, words, acted)
    entries, letters, case = (*moved.entries, *words.entries), words.letters, words.case
    apart = _rearranged(replace(his, case=case), orders)  # what else is ordered is for the case that stays
    if apart is not None:
        case, entries = apart.case or case, (*entries, *apart.entries)
    if acted != EngineerActed(acted.actor):
        done = engineer_acted(
            case, replace(acted, recent=_lately(his, entries), desk=his.event.desk), his.policy, his.names, his.now
        )
        entries, letters = (*entries, *done.entries), (*letters, *done.letters)
        case = done.case or case
    for inbound, what in orders.settles:
        entries += (his.entry(EntryKind.NOTE, f"mail {inbound} was {what.value}"),)
    if not entries:  # /status alone: it stands on the case all the same
        entries = (his.entry(EntryKind.NOTE, his.event.mail.reply_text),)
    if orders.tell:
        letters += his.letter(LetterKind.CASE_STATUS, _how_it_stands(replace(his, case=case), words.entries))
    decision = Decision(
        Outcome.FILED,
        words.reason,
        replace(case, updated_at=his.now),
        entries=entries,
        letters=letters,
        thread_ids=(),
        left=moved.left,
        rulings=words.rulings,
        settles=orders.settles,
        along=apart.along if apart else (),
        alive=tuple(sorted(joins)),
        frees=orders.frees,
        undone=tuple(one.word.value for one in moves(his.event.said.said)) if words.waits else (),
    )
    return replace(decision, letters=(*decision.letters, *words.told))


def _rearranged(his: _Mail, orders: Orders) -> Decision | None:
    """Two cases made one, or one two, if he orders it."""
    if orders.into is not None:
        return merge(his.case, orders.into, his.author, his.policy, his.now)
    if orders.chosen is not None:
        return split(his.case, orders.chosen, his.author, his.event.desk, his.policy, his.names, his.now)
    return None


def _people(his: _Mail, acted: EngineerActed) -> tuple[_Mail, EngineerActed, Decision]:
    """Who comes and who goes, before anything else: his words are for those who take part once he has been obeyed.
    What is left to be done, and what this brought."""
    if not (acted.join or acted.leave):
        return his, acted, Decision(Outcome.FILED, "acted")
    people = EngineerActed(acted.actor, join=acted.join, leave=acted.leave)
    moved = engineer_acted(his.case, people, his.policy, his.names, his.now)
    return replace(his, case=moved.case or his.case), replace(acted, join=(), leave=()), moved


@dataclass(frozen=True, slots=True)
class _Words:
    """What became of his words: the case with them, and what it brings. `sent`: they go out to the customer; `waits`:
    they will, once somebody says so."""

    case: Case
    entries: tuple[Entry, ...] = ()
    letters: tuple[Letter, ...] = ()
    told: tuple[Letter, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    reason: str = "commands"
    sent: bool = False
    waits: bool = False


def _says_something(event: MailArrived) -> bool:
    return bool(event.said.rest.strip() or (event.mail.attachments and not event.said.said))


def _leaves_something(event: MailArrived) -> bool:
    """Whether there is more than a signature and its pictures."""
    out = event.outgoing
    return out is None or out.unparted or bool(out.text.strip() or out.attachments)


def _stays(his: _Mail) -> bool:
    """Whether he means his words for us alone: he says so, also where it is misspelt or he may not give commands, or
    answers what customers never see."""
    said = his.event.said
    if any(one.word in _KEEPS_WORDS for one in said.said) or any(one.nearest in _KEEPS_WORDS for one in said.faults):
        return True
    return his.event.match.letter != "" and his.event.match.letter not in {one.value for one in CONVERSATION}


def _unsent(his: _Mail) -> EntryKind:
    """What words are that were not sent: a draft that he will send again, unless he did not mean the customer, as
    above a forward that is taken for none."""
    above_a_forward = his.event.not_passed is not None and not his.event.match.letter
    return EntryKind.NOTE if above_a_forward or _stays(his) else EntryKind.DRAFT


def _kept(his: _Mail, rulings: tuple[Ruling, ...], kind: EntryKind = EntryKind.NOTE) -> _Words:
    entry = his.entry(kind, his.event.said.rest or his.event.mail.reply_text)
    return _Words(his.case, (entry,), rulings=(*rulings, his.may(Action.NOTE)), reason="note")


def _sent(his: _Mail, rulings: tuple[Ruling, ...]) -> _Words:
    ruling = his.may(Action.RELAY)
    out = his.event.outgoing or GoingOut("", None, ())
    why = ruling.why if not ruling.allowed else cannot_leave(out, his.case, his.event)
    if his.event.outgoing is None:
        why = why or "it could not be read as a whole"
    if why and his.event.said.said:
        raise NotAllowed(why)  # all of it, or nothing
    if why:
        kept = _kept(his, (*rulings, ruling), _unsent(his))
        because = Entry(his.now, EntryKind.NOTE, "mailgate", f"not sent to the customer: {why}")
        return replace(
            kept,
            entries=(*kept.entries, because),
            told=_answered(his, kept_as=f"{_KEPT}: {why}."),
        )
    authentication = his.event.mail.envelope.authentication
    done = relayed(his.case, his.event, out, his.author, authentication, his.policy, his.names, his.now)
    told_him: tuple[Letter, ...] = ()
    if done.hold:
        return _waiting(his, done, (*rulings, ruling))
    if missed := unreached(his.case, his.event):
        told_him = _answered(his, kept_as=f"Your answer was not sent to all who take part: {missed}.")
    elif files := ", ".join(f"{one.name} ({one.why})" for one in out.kept_back if one.missed):
        told_him = _answered(his, kept_as=f"Your answer was sent without these files: {files}.")
    return _Words(done.case, done.entries, done.letters, told_him, (*rulings, ruling), "relayed", sent=True)


def _waiting(his: _Mail, done: Relayed, rulings: tuple[Ruling, ...]) -> _Words:
    """Nobody was answered: so what the answer was to make of the case waits with it."""
    said, entries = his.event.said.said, done.entries
    undone = moves(said)
    if undone:
        names = ", ".join(as_said(undone))
        entries += (Entry(his.now, EntryKind.NOTE, "mailgate", f"not carried out, as the reply waits: {names}"),)
    obeyed = "\n".join(as_said(one for one in said if one not in undone))
    told_him = _answered(his, kept_as=told_waiting(done.hold, undone), understood=obeyed)
    return _Words(done.case, entries, done.letters, told_him, rulings, "relayed", waits=True)


def _freed(his: _Mail, words: _Words, acted: EngineerActed) -> tuple[_Words, EngineerActed]:
    """His answer that waited goes out now: he has seen why it did. The customer is answered."""
    ruling = his.may(Action.RELAY)
    if not ruling.allowed:
        raise NotAllowed(ruling.why)
    status = acted.status or after_answer(words.case, his.policy)
    return replace(words, rulings=(*words.rulings, ruling)), replace(acted, status=status, answered=True)


def _misunderstood(his: _Mail, faults: str, rulings: tuple[Ruling, ...]) -> Decision:
    """Nothing is changed and nothing sent; his words are kept, and he is told what was understood and what not."""
    understood = "\n".join(as_said(his.event.said.said))
    decision = _noted(his, rulings, f"no command was carried out: {faults}", tell=False)
    kept = f"{_KEPT}." if _says_something(his.event) else ""
    letters = _answered(his, kept_as=kept, understood=understood, faults=faults)
    return replace(decision, reason=REFUSED, letters=letters)


def _noted(his: _Mail, rulings: tuple[Ruling, ...], why: str = "", *, tell: bool = True) -> Decision:
    # What he meant for the customer is no internal word: he will send it again once he has mended what was wrong.
    kind = _unsent(his) if why else EntryKind.NOTE
    entries: tuple[Entry, ...] = (his.entry(kind, his.event.mail.reply_text),)
    if why:
        entries += (Entry(his.now, EntryKind.NOTE, "mailgate", why),)
    letters = _answered(his, kept_as=f"{_KEPT}: {why}.") if why and tell else ()
    case = replace(his.case, updated_at=his.now)
    return Decision(Outcome.FILED, "note", case, entries=entries, letters=letters, rulings=rulings)


def _answered(his: _Mail, *, kept_as: str, understood: str = "", faults: str = "") -> tuple[Letter, ...]:
    says: Says = (
        ("ordered", int(bool(his.event.said.said or his.event.said.faults))),
        ("understood", understood),
        ("faults", faults),
        ("commands", commands()),
        ("kept_as", kept_as),
    )
    return his.letter(LetterKind.COMMAND_ANSWER, says)


def _lately(his: _Mail, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The last entries of the case, the newest first, with those that this mail brings to it."""
    return (*(one for one in reversed(entries) if one.actor == his.author), *his.event.recent)


def _how_it_stands(his: _Mail, entries: tuple[Entry, ...]) -> Says:
    return (
        ("recent", told(_lately(his, entries), his.policy)),
        *standing(his.case, his.policy, his.now),
        ("people", "\n".join(his.case.participants)),
    )
