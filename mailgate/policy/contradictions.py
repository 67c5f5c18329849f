"""What a policy may not say though each of its keys is all right by itself. Each fault names its key and the remedy.

What concerns time is judged in `time_contradictions.py`; what concerns the deployment beside it, in `load.py`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping

from mailgate.places import LANGUAGE, address_fault
from mailgate.policy import time_contradictions
from mailgate.policy.authority import Proof
from mailgate.policy.policy import Handling, Policy
from mailgate.policy.service import Others
from mailgate.tomlfile import Step

Fault = tuple[tuple[Step, ...], str]

_MACHINE = (Handling.MATCH_OR_HOLD, Handling.QUIET, Handling.HOLD)

# What a policy may do with each finding. `accept` is missing where an answer would answer a machine (RFC 3834 §2).
ALLOWED: Mapping[str, tuple[Handling, ...]] = {
    "loop": (Handling.HOLD, Handling.QUIET),
    "too_big": (Handling.HOLD, Handling.QUIET),
    "duplicate": (Handling.ATTACH, Handling.QUIET, Handling.HOLD, Handling.ACCEPT),
    "bounce": _MACHINE,
    "auto_reply": _MACHINE,
    "auto_generated": _MACHINE,
    "list": _MACHINE,
    "bulk": _MACHINE,
    "block": (Handling.HOLD, Handling.QUIET, Handling.ACCEPT),
}


def contradictions(policy: Policy) -> Iterator[Fault]:
    """All of them, as the steps to a key and a sentence for people."""
    yield from time_contradictions.contradictions(policy)
    yield from _priorities(policy)
    yield from _words(policy)
    yield from _opening(policy)
    yield from _levels(policy)
    yield from _ladder(policy)
    yield from _addresses(policy)
    if policy.entitlement.others is Others.HOLD and not policy.entitlement.needs:
        yield (
            ("entitlement", "others"),
            '"hold" holds nobody while needs is empty; write needs = ["contact"], or "open"',
        )
    if not 0 <= policy.closing.reopen_days <= 36_500:
        yield ("closing", "reopen_days"), "should be 0 (never reopened) to 36500"
    for table, windows in (("hourly", policy.letters.hourly), ("daily", policy.letters.daily)):
        for key, letters in dataclasses.asdict(windows).items():
            if letters < 0:
                yield ("letters", table, key), "should be 0 (no letter at all) or more"
    yield from _languages(policy)
    if not policy.texts.neutral_subject.strip():
        yield ("texts", "neutral_subject"), "should not be empty: it stands in subjects"
    yield from _handlings(policy)
    yield from _authority(policy)
    yield from _lines(policy)


def _languages(policy: Policy) -> Iterator[Fault]:
    own, others = policy.letters.language, policy.letters.languages
    named: list[tuple[tuple[Step, ...], str]] = [(("letters", "language"), own)]
    named += [(("letters", "languages", place), one) for place, one in enumerate(others)]
    named += [(("translation", one), one) for one in policy.translations]
    for steps, language in named:
        if not LANGUAGE.fullmatch(language):
            yield steps, f'should be a language like "en", not "{language}"'
    for place, one in enumerate(others):
        if one == own or one in others[:place]:
            yield ("letters", "languages", place), f'"{one}" stands there already; name each language once'
    levels = {one.level for one in policy.priorities}
    for language, words in policy.translations.items():
        for place, priority in enumerate(words.priority):
            steps = ("translation", language, "priority", place, "level")
            if priority.level not in levels:
                yield steps, f"there is no priority {priority.level}"
            elif priority.level in {before.level for before in words.priority[:place]}:
                yield steps, f"priority {priority.level} stands there already"


def _priorities(policy: Policy) -> Iterator[Fault]:
    levels = [priority.level for priority in policy.priorities]
    for place, priority in enumerate(policy.priorities):
        if priority.level < 1:
            yield ("priority", place, "level"), f"should be 1 or more (1 is the most urgent), not {priority.level}"
        if priority.level in levels[:place]:
            yield ("priority", place, "level"), f"there is a priority {priority.level} already"
        if not priority.name.strip():
            yield ("priority", place, "name"), "should not be empty: customers read it"
        if priority.urgent and not policy.contact.telephone:
            yield ("priority", place, "urgent"), "advises customers to telephone, and contact.telephone is empty"
    if policy.opening.priority not in levels:
        known = ", ".join(map(str, sorted(levels))) or "none"
        yield ("opening", "priority"), f"there is no [[priority]] of level {policy.opening.priority}; there: {known}"


def _words(policy: Policy) -> Iterator[Fault]:
    """A word by which a sender chooses means one priority."""
    met: dict[str, int] = {}
    for place, priority in enumerate(policy.priorities):
        keys: list[tuple[tuple[Step, ...], str]] = [(("priority", place, "name"), priority.name)]
        keys += [(("priority", place, "words", which), word) for which, word in enumerate(priority.words)]
        for steps, word in keys:
            meant = word.strip().casefold()
            if not meant and "words" in steps:
                yield steps, "should not be empty"
            elif meant and met.setdefault(meant, priority.level) != priority.level:
                yield steps, f'"{word}" means priority {met[meant]} already'


def _opening(policy: Policy) -> Iterator[Fault]:
    levels = [level.level for level in policy.levels]
    if levels and policy.opening.level not in levels:
        known = ", ".join(map(str, sorted(levels)))
        yield ("opening", "level"), f"there is no [[level]] {policy.opening.level}; there: {known}"
    elif policy.opening.level < 1:
        yield ("opening", "level"), f"should be 1 or more, not {policy.opening.level}"
    kinds = [kind.strip().casefold() for kind in policy.opening.kinds]
    for place, kind in enumerate(kinds):
        if not kind:
            yield ("opening", "kinds", place), "should not be empty"
        elif kind in kinds[:place]:
            yield ("opening", "kinds", place), f'"{policy.opening.kinds[place]}" stands here twice'
    if not policy.accounts.kind.strip():
        yield ("account", "kind"), "should not be empty: it names the cases that ask for an account"
    if policy.accounts.page and not policy.accounts.csm:
        yield ("account", "page"), "nobody would decide on what is asked for there: name a csm, too"


def _levels(policy: Policy) -> Iterator[Fault]:
    levels = [level.level for level in policy.levels]
    for place, level in enumerate(policy.levels):
        if level.level < 1:
            yield ("level", place, "level"), f"should be 1 or more, not {level.level}"
        if level.level in levels[:place]:
            yield ("level", place, "level"), f"there is a level {level.level} already"
        if not level.name.strip():
            yield ("level", place, "name"), "should not be empty: engineers read it"


def _ladder(policy: Policy) -> Iterator[Fault]:
    rungs = policy.escalation.rungs
    names = [rung.name.strip().casefold() for rung in rungs]
    for place, name in enumerate(names):
        if not name:
            yield ("escalation", "rung", place, "name"), "should not be empty: a case shows which rung it has reached"
        elif name in names[:place]:
            yield ("escalation", "rung", place, "name"), f'there is a rung "{rungs[place].name}" already'
    # 1 is the default, and means nobody where there is no ladder.
    if not 0 <= policy.escalation.breach <= max(1, len(rungs)):
        there = f"0 (its engineer alone) to {len(rungs)}" if rungs else "0 or 1: there is no [[escalation.rung]]"
        yield ("escalation", "breach"), f"should be {there}, not {policy.escalation.breach}"


def _addresses(policy: Policy) -> Iterator[Fault]:
    for steps, address in addresses(policy):
        if why := address_fault(address):
            yield steps, why
    for place, rung in enumerate(policy.escalation.rungs):
        seen = [address.casefold() for address in rung.to]
        for which, address in enumerate(rung.to):
            if address.casefold() in seen[:which]:
                yield ("escalation", "rung", place, "to", which), f"{address} stands here twice"


def addresses(policy: Policy) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Every address of a policy and where it stands; "" stands for none, and is left out."""
    found: list[tuple[tuple[Step, ...], str]] = [
        (("escalation", "address"), policy.escalation.address),
        (("account", "csm"), policy.accounts.csm),
    ]
    found += [(("level", place, "queue"), level.queue) for place, level in enumerate(policy.levels)]
    yield from ((steps, address) for steps, address in found if address)
    for place, rung in enumerate(policy.escalation.rungs):
        yield from ((("escalation", "rung", place, "to", which), address) for which, address in enumerate(rung.to))


def _handlings(policy: Policy) -> Iterator[Fault]:
    for check, allowed in ALLOWED.items():
        handling = getattr(policy.intake, check)
        if handling not in allowed:
            could = ", ".join(f'"{other.value}"' for other in allowed)
            why = "no letter may answer a machine; " if handling is Handling.ACCEPT else ""
            if handling is Handling.ACCEPT and check == "list":
                why = "a list of your own goes into own_lists; "
            yield ("intake", check), f'cannot be "{handling.value}": {why}should be one of {could}'
    for name in policy.intake.own_lists:
        if not re.fullmatch(r"[^\s<>@]+(@[^\s<>@]+)?", name) or "." not in name:
            yield ("intake", "own_lists"), f'"{name}" is no List-Id and no address; write what stands in its mail'


def _lines(policy: Policy) -> Iterator[Fault]:
    """What stands in a header or in a sentence is one line of text."""
    texts: dict[tuple[Step, ...], str] = {
        ("title",): policy.title,
        ("contact", "name"): policy.contact.name,
        ("contact", "telephone"): policy.contact.telephone,
        ("contact", "hours"): policy.contact.hours,
        ("account", "kind"): policy.accounts.kind,
        ("texts", "neutral_subject"): policy.texts.neutral_subject,
    }
    texts |= {("priority", place, "name"): one.name for place, one in enumerate(policy.priorities)}
    for language, words in policy.translations.items():
        texts |= {
            ("translation", language, key): getattr(words, key) for key in ("contact", "hours", "neutral_subject")
        }
        for place, priority in enumerate(words.priority):
            texts["translation", language, "priority", place, "name"] = priority.name
    texts |= {("level", place, "name"): one.name for place, one in enumerate(policy.levels)}
    texts |= {("escalation", "rung", place, "name"): one.name for place, one in enumerate(policy.escalation.rungs)}
    texts |= {("opening", "kinds", place): kind for place, kind in enumerate(policy.opening.kinds)}
    for steps, text in texts.items():
        if not text.isprintable():
            yield steps, "should be one line of plain text"


def _authority(policy: Policy) -> Iterator[Fault]:
    """What would let anybody in who only writes an address into From, or a ref into a subject (law 11)."""
    table = policy.authority
    if table.engineer.opens in {Proof.TOKEN, Proof.BOTH}:
        yield (
            ("authority", "engineer", "opens"),
            'there is no letter yet whose token could be shown; write "authentication" or "never"',
        )
    for who in ("acquainted", "organisation", "stranger", "nobody"):
        if getattr(table, who).commands is Proof.TOKEN or getattr(table, who).commands is Proof.EITHER:
            yield (
                ("authority", who, "commands"),
                'only participants are sent letters with a token of their own; write "authentication" or "never"',
            )
    for place, word in enumerate(table.customer_commands):
        if word in table.customer_commands[:place]:
            yield ("authority", "customer_commands"), f'names "{word}" twice'
