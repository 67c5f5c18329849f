"""Reads a support policy from its TOML file, and refuses one that contradicts itself, naming file, key and remedy."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from mailgate import shipped
from mailgate.errors import ConfigError, PolicyError, SettingsError
from mailgate.policy.policy import Handling, Policy
from mailgate.settings import Settings
from mailgate.tomlfile import Step, line_of, nearest, read_toml

_Fault = tuple[tuple[Step, ...], str]

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


def load_policy(path: Path) -> Policy:
    """The policy of that file, named after it. Raises PolicyError for the first fault in it."""
    policy, faults = read_policy(path)
    if policy is None:
        raise faults[0]
    return policy


def load_policies(settings: Settings) -> Mapping[str, Policy]:
    """The policies of all mailboxes, by name: the operator's own file, else the shipped one.

    Raises PolicyError, or SettingsError where a mailbox names a policy that is not there.
    """
    policies: dict[str, Policy] = {}
    for mailbox in settings.mailboxes.values():
        if mailbox.policy not in policies:
            path = shipped.policy_file(settings.path.parent, mailbox.policy)
            if path is None:
                raise _no_such_policy(settings, mailbox.name, mailbox.policy)
            policies[mailbox.policy] = load_policy(path)
            _check_language(policies[mailbox.policy], path, settings)
    return policies


def read_policy(path: Path) -> tuple[Policy | None, tuple[ConfigError, ...]]:
    """The policy of a file, or None and everything that is wrong with it."""
    reading = read_toml(path, Policy, PolicyError, name=path.stem)
    if reading.value is None:
        return None, reading.faults
    # What a file says of some kinds of sender leaves the others as they are.
    defaults = Policy(path.stem).confirmation
    policy = dataclasses.replace(reading.value, confirmation={**defaults, **reading.value.confirmation})
    faults = tuple(reading.fault(steps, why) for steps, why in _contradictions(policy))
    return (None, faults) if faults else (policy, ())


def _contradictions(policy: Policy) -> Iterator[_Fault]:
    try:
        ZoneInfo(policy.zone)
    except (KeyError, ValueError, OSError):
        yield ("zone",), f'"{policy.zone}" is no IANA time zone; write one like "Europe/Berlin", or "UTC"'
    yield from _priorities(policy)
    if not 0 <= policy.closing.reopen_days <= 36_500:
        yield ("closing", "reopen_days"), "should be 0 (never reopened) to 36500"
    for table, windows in (("hourly", policy.letters.hourly), ("daily", policy.letters.daily)):
        for key, letters in dataclasses.asdict(windows).items():
            if letters < 0:
                yield ("letters", table, key), "should be 0 (no letter at all) or more"
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", policy.letters.language):
        yield ("letters", "language"), f'should be a language like "en", not "{policy.letters.language}"'
    if not policy.texts.neutral_subject.strip():
        yield ("texts", "neutral_subject"), "should not be empty: it stands in subjects"
    yield from _handlings(policy)
    yield from _lines(policy)


def _priorities(policy: Policy) -> Iterator[_Fault]:
    levels = [priority.level for priority in policy.priorities]
    for place, priority in enumerate(policy.priorities):
        if priority.level < 1:
            yield ("priority", place, "level"), f"should be 1 or more (1 is the most urgent), not {priority.level}"
        if priority.level in levels[:place]:
            yield ("priority", place, "level"), f"there is a priority {priority.level} already"
        if not priority.name.strip():
            yield ("priority", place, "name"), "should not be empty: customers read it"
    if policy.opening.priority not in levels:
        known = ", ".join(map(str, sorted(levels))) or "none"
        yield ("opening", "priority"), f"there is no [[priority]] of level {policy.opening.priority}; there: {known}"


def _handlings(policy: Policy) -> Iterator[_Fault]:
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


def _lines(policy: Policy) -> Iterator[_Fault]:
    """What stands in a header or in a sentence is one line of text."""
    texts = {
        ("title",): policy.title,
        ("contact", "name"): policy.contact.name,
        ("contact", "telephone"): policy.contact.telephone,
        ("texts", "neutral_subject"): policy.texts.neutral_subject,
    }
    for steps, text in texts.items():
        if not text.isprintable():
            yield steps, "should be one line of plain text"


def _check_language(policy: Policy, path: Path, settings: Settings) -> None:
    folders = [place / "letters" for place in shipped.template_folders(settings.path.parent)]
    languages = sorted({place.name for folder in folders if folder.is_dir() for place in folder.iterdir()})
    if policy.letters.language not in languages:
        why = f'there are no templates in "{policy.letters.language}"; {nearest(policy.letters.language, languages)}'
        steps = ("letters", "language")
        raise PolicyError(path, ".".join(steps), why, line_of(path.read_text(encoding="utf-8-sig"), steps))


def _no_such_policy(settings: Settings, mailbox: str, policy: str) -> SettingsError:
    """The file was there when the settings were read, or the settings were not read from a file at all."""
    names = shipped.policy_names(settings.path.parent)
    return SettingsError(
        settings.path, f"mailbox.{mailbox}.policy", f'there is no policy "{policy}"; {nearest(policy, names)}'
    )
