"""Plays the mail of the past through the policy that there is and through another, side by side on turned clocks, and
finds what would have come otherwise. Nothing of it touches the store that the mail lies in, and no letter leaves.

Each mail comes at the moment at which it came, as the door found it. Cases have the numbers, refs and tokens that they
really have, so that answers find them. What engineers wrote by mail is played; what was done by command is not, but for
letting held mail in.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from mailgate import pipeline
from mailgate.cases.account import Directory
from mailgate.cases.agenda import agenda
from mailgate.cases.case import Case
from mailgate.directory import everybody
from mailgate.errors import MailgateError
from mailgate.house import House
from mailgate.intake.accept import accept_now
from mailgate.mail.message import Mail, Ours, RawMail
from mailgate.policy.policy import Policy
from mailgate.simulate.stage import Stage
from mailgate.store import facts, trials
from mailgate.store.db import open_store, upgrade
from mailgate.store.trials import Past

_UNREAL = 900_000  # numbers of cases that there never were begin here
_NOT_COMPARED = ("case", "from", "subject")  # one is named otherwise, the others are told beside

Seen = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Differing:
    """A mail or a case that comes otherwise: what it is, and what it comes to under the old and the new policy."""

    what: Mapping[str, Any]
    old: Seen | None
    new: Seen | None

    @property
    def keys(self) -> list[str]:
        """In what they differ."""
        old, new = self.old or {}, self.new or {}
        return [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key) and key not in _NOT_COMPARED]


@dataclass(slots=True)
class Sums:
    """How many mails were played, how many of them and of the cases differ, and how many had lost their bytes. `old`
    and `new` count what each policy came to, by name."""

    mails: int = 0
    mails_differing: int = 0
    cases_differing: int = 0
    bytes_gone: int = 0
    old: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)


class Trial:
    """The two stages. `house` is the real one, which is only read; `policies` are the new ones, by name; `folder` is
    for the stages' databases while it lasts."""

    def __init__(self, house: House, policies: Mapping[str, Policy], since: datetime, folder: Path) -> None:
        self.house, self.since, self.sums = house, since, Sums()
        self._read = _ReadOnce(house.reading)
        with house.store.read() as connection:
            known, contacts = everybody(house, connection)
            blocked = trials.block_rows(connection)
        made = (("old", house.policies), ("new", {**house.policies, **policies}))
        self.stages = tuple(
            _staged(
                house, one, Directory(tuple(known), tuple(contacts)), blocked, since, folder / f"{name}.db", self._read
            )
            for name, one in made
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stage in self.stages:
            stage.store.close()

    def mails(self, past: Iterator[Past], on_played: Callable[[], None] = lambda: None) -> Iterator[Differing]:
        """Plays them, and gives those that come otherwise."""
        for one in past:
            on_played()
            if one.raw is None:
                self.sums.bytes_gone += 1
                continue
            self.sums.mails += 1
            old, new = (self._play(stage, one, one.raw) for stage in self.stages)
            shown = {key: old[key] or new[key] for key in ("from", "subject")}
            different = Differing({"id": one.id, "received_at": one.at.isoformat(), **shown}, old, new)
            if different.keys:
                self.sums.mails_differing += 1
                yield different

    def cases(self, until: datetime) -> Iterator[Differing]:
        """Lets time go on until then, and gives the cases that end otherwise; all sums are then complete."""
        ends = []
        for stage, sums in zip(self.stages, (self.sums.old, self.sums.new), strict=True):
            stage.go_to(until)
            ends.append(dict(_ends(stage, sums)))
        for number in sorted({*ends[0], *ends[1]}):
            subject = next(str(end[number]["subject"]) for end in ends if number in end)
            different = Differing({"number": number, "subject": subject}, *(end.get(number) for end in ends))
            if different.keys:
                self.sums.cases_differing += 1
                yield different

    def _play(self, stage: Stage, past: Past, raw: RawMail) -> Seen:
        stage.go_to(past.at)
        names = self._expect(stage, past)
        inbound_id = accept_now(stage.store, raw.data, [raw.envelope])[-1].inbound_id
        stage.process()
        if past.released_by:
            with stage.store.read() as connection:
                is_held = facts.show_inbox(connection, inbound_id)["state"] == "held"
            if is_held:
                pipeline.replay(stage.house, inbound_id, past.released_by)
        with stage.store.write() as connection:
            mail = facts.show_inbox(connection, inbound_id)
            if names is not None and past.case and mail["case"] == past.case:
                trials.call(connection, past.case, names)
            case = facts.case_of(connection, mail["case"]) if mail["case"] else None
        stage.settle()
        stage.relay.sent.clear()
        return _seen(stage.house, mail, case)

    def _expect(self, stage: Stage, past: Past) -> trials.Names | None:
        """The case that the mail is really on is there, or would have its number; what else leads to it, if so."""
        month = past.at.astimezone(UTC).strftime("%y%m")
        with stage.store.write() as connection:
            unreal = _UNREAL + past.id  # an id is given once
            trials.next_number(connection, month, unreal)
            if past.case is None or trials.has_case(connection, past.case):
                return None
            with self.house.store.read() as real:
                case = trials.case_at(real, past.case, past.at)
                names = trials.names_of(real, past.case, self.since)
            if case is None:
                return None
            if case.opened_at < self.since:
                trials.put_case(connection, case)
                trials.call(connection, past.case, names)
                return None
            if past.case.startswith(month):
                trials.next_number(connection, month, int(past.case.removeprefix(month)))
            return names


class _ReadOnce:
    """Both stages read the same mail: it is parsed for the first alone, where nothing that matters differs."""

    def __init__(self, reading: Callable[[RawMail, Ours], Mail]) -> None:
        self._reading = reading
        self._last: tuple[RawMail, Ours, Mail] | None = None

    def __call__(self, raw: RawMail, ours: Ours) -> Mail:
        last = self._last
        if last and last[0].envelope == raw.envelope and last[1] == ours and last[0].data[:] == raw.data[:]:
            return last[2]
        mail = self._reading(raw, ours)
        self._last = raw, ours, mail
        return mail


def policies_for(house: House, new: Policy, mailbox: str | None) -> tuple[list[str], dict[str, Policy]]:
    """The mailboxes whose mail a new policy is tried on, and the policies that it then is instead of theirs.

    It stands for the one of its own name; where there is none, for that of the mailbox, or of all where they have one.
    """
    in_use = {name: box.policy for name, box in house.settings.mailboxes.items()}
    if mailbox is not None:
        chosen = [mailbox]
    else:
        chosen = [name for name, policy in in_use.items() if policy == new.name]
        if not chosen and len(set(in_use.values())) > 1:
            raise MailgateError(
                f'no mailbox has a policy "{new.name}", and they have several: say which is meant, --mailbox '
                + " | ".join(in_use)
            )
        chosen = chosen or list(in_use)
    replaced = {in_use[name] for name in chosen}
    return chosen, {name: dataclasses.replace(new, name=name) for name in replaced}


def _staged(
    house: House,
    policies: Mapping[str, Policy],
    directory: Directory,
    blocked: Sequence[dict[str, Any]],
    since: datetime,
    path: Path,
    read: Callable[[RawMail, Ours], Mail],
) -> Stage:
    store = open_store(f"sqlite:///{path}")
    upgrade(store)
    with store.write() as connection:
        trials.begin(connection, house.org, blocked)
    return Stage(store, house.settings, policies, house.renderer, since, read, directory)


def _seen(house: House, mail: Mapping[str, Any], case: Case | None) -> Seen:
    """What a mail came to, JSON-ready."""
    decision = (mail["trace"] or {}).get("decision", {})
    steps = agenda(case, house.policy_for(case, case.mailbox))[:1] if case else ()
    return {
        "from": mail["from"],
        "subject": mail["subject"],
        "outcome": mail["state"],
        "reason": mail["reason"],
        "case": mail["case"],
        "status": case.status.value if case else None,
        "priority": case.priority if case else None,
        "level": case.level if case else None,
        "kind": case.kind if case else None,
        "letters": [f"{one['kind']} to {one['to']}" for one in decision.get("letters", ())],
        "next": {"step": steps[0].name.value, "at": steps[0].at.isoformat()} if steps else None,
    }


def _ends(stage: Stage, sums: Counter[str]) -> Iterator[tuple[str, Seen]]:
    with stage.store.read() as connection:
        letters, broken = trials.letters_by_kind(connection), trials.breaches(connection)
        for reason, count in trials.held(connection).items():
            sums[f"held: {reason}"] += count
        for (_, kind), count in letters.items():
            sums[f"letters: {kind}"] += count
        by_case: dict[str, dict[str, int]] = {}
        for (number, kind), count in letters.items():
            by_case.setdefault(number, {})[kind] = count
        for case in trials.endings(connection):
            sums[f"cases: {case.status.value}"] += 1
            sums["breaches"] += broken.get(case.number, 0)
            yield (
                case.number,
                {
                    "subject": case.subject,
                    "status": case.status.value,
                    "priority": case.priority,
                    "rung": case.rung,
                    "closed_at": case.closed_at.isoformat() if case.closed_at else None,
                    "breaches": broken.get(case.number, 0),
                    "letters": dict(sorted(by_case.get(case.number, {}).items())),
                },
            )
