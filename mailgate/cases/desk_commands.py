"""What an engineer's commands mean: names and numbers looked up, and all of them one action. A room of `decide`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mailgate.cases.case import Case, Settled, Status
from mailgate.cases.chosen import Chosen
from mailgate.cases.command_words import Command, Word
from mailgate.cases.desk import Desk
from mailgate.cases.events import EngineerActed, MailArrived
from mailgate.cases.participants import cannot_join
from mailgate.errors import NotAllowed
from mailgate.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Orders:
    """What was said, looked up. `acted` is one action on the case; `tell`: he asks how the case stands; `into` is the
    case that this one is to become part of, `chosen` are the entries that are to become a new one; `settles` are held
    mails that he decides about, `frees` the letters of an answer of his that a guard held (outbox ids)."""

    acted: EngineerActed
    tell: bool = False
    into: Case | None = None
    chosen: Chosen | None = None
    settles: tuple[tuple[int, Settled], ...] = ()
    frees: tuple[int, ...] = ()


def orders(event: MailArrived, policy: Policy) -> Orders:
    """All commands of the mail as one action. NotAllowed, with words for their writer, where one cannot be followed."""
    found = Orders(EngineerActed(event.actor.address))
    for command in event.said.said:
        match command.word:
            case Word.NOTE:  # about his words, which are no action
                continue
            case Word.STATUS:
                found = replace(found, tell=True)
            case Word.RELEASE if event.waits:
                found = replace(found, frees=event.waits)
            case Word.RELEASE | Word.DROP as word:
                found = replace(found, settles=_settled(event, word))
            case Word.MERGE:
                found = replace(found, into=_into(event, command))
            case Word.SPLIT:
                found = replace(found, chosen=_chosen(event, command))
            case _:
                found = replace(found, acted=_acting(found.acted, command, event, policy))
    if found.into is not None and (found.tell or found.acted != EngineerActed(event.actor.address)):
        raise NotAllowed(
            f"/merge ends this case: say what else is to be done in an answer to a letter of case {found.into.number}"
        )
    return found


def _into(event: MailArrived, command: Command) -> Case:
    if event.into is None:
        raise NotAllowed(f"there is no case {command.value}")
    return event.into


def _chosen(event: MailArrived, command: Command) -> Chosen:
    if event.chosen is not None and event.chosen.entries:
        return event.chosen
    if not event.match.letter_of:
        raise NotAllowed("/split goes into an answer to a letter of ours, which shows what is to become a new case")
    if command.value is None:
        raise NotAllowed("the answered letter is about no entry that is still on the case: say the numbers of entries")
    raise NotAllowed(f"case {event.match.letter_of} has not all of these entries: its letters number them")


# What needs no looking up.
_PLAIN: Mapping[Word, EngineerActed] = {
    Word.CLOSE: EngineerActed("", status=Status.CLOSED),
    Word.SPAM: EngineerActed("", status=Status.CLOSED, spam=True),
    Word.RESOLVE: EngineerActed("", status=Status.RESOLVED),
    Word.OPEN: EngineerActed("", status=Status.OPEN),
    Word.ACTIVATED: EngineerActed("", activated=True),
    Word.WORKAROUND: EngineerActed("", workaround=True),
}


def _acting(acted: EngineerActed, command: Command, event: MailArrived, policy: Policy) -> EngineerActed:
    """The action with one more command in it."""
    value = command.value
    if plain := _PLAIN.get(command.word):
        return replace(
            acted,
            status=plain.status or acted.status,
            spam=plain.spam or acted.spam,
            activated=plain.activated or acted.activated,
            workaround=plain.workaround or acted.workaround,
        )
    match command.word:
        case Word.WAIT:
            return replace(acted, status=Status.WAITING, wait_days=_number(value))
        case Word.PRIORITY:
            return replace(acted, priority=priority_named(value, policy))
        case Word.ASSIGN:
            return replace(acted, owner=_person(str(value), event))
        case Word.LEVEL:
            return replace(acted, level=_number(value))
        case Word.ESCALATE:
            return replace(acted, escalate=True, reason=str(value or ""))
        case Word.KIND:
            return replace(acted, kind=_kind(str(value), policy))
        case Word.CC:
            return replace(acted, join=(*acted.join, _joining(str(value), event.desk)))
        case Word.UNCC:
            return replace(acted, leave=(*acted.leave, str(value)))
        case _:
            raise NotAllowed(f"/{command.word.value} cannot be said here")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def priority_named(value: object, policy: Policy) -> int:
    """The level of a priority that somebody named by number or by name. NotAllowed where the policy has none such."""
    if isinstance(value, int):
        return value
    wanted = str(value).casefold()
    for one in policy.priorities:
        if wanted in {one.name.casefold(), *(word.casefold() for word in one.words)}:
            return one.level
    known = ", ".join(f"{one.level} ({one.name})" for one in policy.priorities)
    raise NotAllowed(f'there is no priority "{value}"; there are {known}')


def _kind(value: str, policy: Policy) -> str:
    known = (*policy.opening.kinds, policy.accounts.kind)
    return next((kind for kind in known if kind.casefold() == value.casefold()), value)


def _person(value: str, event: MailArrived) -> str:
    """Whom a case is given to: an engineer of the roster, by address or name."""
    wanted = value.casefold()
    if wanted == "nobody":
        return ""
    if wanted == "me":
        wanted = event.actor.address
    engineers = event.desk.engineers
    found = [one for one in engineers if wanted in {one.key, one.name.casefold()}]
    found = found or [one for one in engineers if wanted in {one.key.partition("@")[0], *one.name.casefold().split()}]
    if len(found) != 1:
        known = ", ".join(sorted(one.name for one in engineers))
        why = "more than one engineer is called" if found else "no engineer is called"
        raise NotAllowed(f'{why} "{value}"; there are {known}')
    return found[0].address


def _joining(address: str, desk: Desk) -> str:
    if why := cannot_join(address, desk):
        raise NotAllowed(why)
    return address


def _settled(event: MailArrived, word: Word) -> tuple[tuple[int, Settled], ...]:
    if event.held is None:
        held = "a held mail, or of an answer of yours that waits," if word is Word.RELEASE else "a held mail,"
        raise NotAllowed(f"/{word.value} answers a letter about {held} which must still be held")
    return ((event.held, Settled.RELEASED if word is Word.RELEASE else Settled.DROPPED),)
