"""Reads a support policy from its TOML file, and refuses one that contradicts itself or the deployment it is for.

Each fault names file, line, key and remedy. What contradicts itself, `contradictions.py` knows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

from mailgate import shipped
from mailgate.errors import ConfigError, NotFound, PolicyError, SettingsError
from mailgate.policy.contradictions import Fault, addresses, contradictions
from mailgate.policy.policy import Policy
from mailgate.settings import Settings
from mailgate.tomlfile import dotted, line_of, nearest, read_toml


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
            for fault in faults_here(policies[mailbox.policy], path, settings):
                raise fault
    return policies


def faults_here(policy: Policy, path: Path, settings: Settings) -> Iterator[PolicyError]:
    """What is wrong with a policy, right in itself, under these settings. `path` is its file."""
    text = path.read_text(encoding="utf-8-sig")
    for steps, why in _in_this_house(policy, settings):
        yield PolicyError(path, dotted(steps), why, line_of(text, steps))


def policy_path(folder: Path, name: str) -> Path:
    """The file of a policy that a person named: by its name (the operator's own in `folder` first), or by its path.

    NotFound, with the nearest name, where it is neither.
    """
    path = shipped.policy_file(folder, name)
    if path is not None:
        return path
    if name.endswith(".toml") or "/" in name:
        return Path(name)
    raise NotFound(f'there is no policy "{name}"; {nearest(name, shipped.policy_names(folder))}')


def read_policy(path: Path) -> tuple[Policy | None, tuple[ConfigError, ...]]:
    """The policy of a file, or None and everything that is wrong with it."""
    reading = read_toml(path, Policy, PolicyError, name=path.stem)
    if reading.value is None:
        return None, reading.faults
    # What a file says of some kinds of sender leaves the others as they are.
    defaults = Policy(path.stem).confirmation
    policy = dataclasses.replace(reading.value, confirmation={**defaults, **reading.value.confirmation})
    faults = sorted(
        (reading.fault(*fault) for fault in contradictions(policy)), key=lambda fault: (fault.line is None, fault.line)
    )
    return (None, tuple(faults)) if faults else (policy, ())


def _in_this_house(policy: Policy, settings: Settings) -> Iterator[Fault]:
    """What contradicts the deployment: a language without letters, our own mailboxes in the place of people."""
    languages = shipped.languages(settings.path.parent)
    named = ((("letters", "languages", place), one) for place, one in enumerate(policy.letters.languages))
    for steps, language in ((("letters", "language"), policy.letters.language), *named):
        if language not in languages:
            yield steps, f'there are no templates in "{language}"; {nearest(language, languages)}'
    for steps, address in addresses(policy):
        mailbox = settings.mailbox_of(address)
        if mailbox is None:
            continue
        if steps != ("escalation", "address"):
            # A letter to it would come back to us as a case.
            yield steps, f"{address} is mailbox.{mailbox.name}; it should be an address where people of yours read"
        elif mailbox.policy != policy.name:
            yield steps, f'{address} comes to mailbox.{mailbox.name}, which has the policy "{mailbox.policy}"'
        elif address.casefold() == mailbox.address.casefold():
            yield steps, f"{address} is the address of mailbox.{mailbox.name}: each mail would escalate; write an alias"


def _no_such_policy(settings: Settings, mailbox: str, policy: str) -> SettingsError:
    """The file was there when the settings were read, or the settings were not read from a file at all."""
    names = shipped.policy_names(settings.path.parent)
    return SettingsError(
        settings.path, f"mailbox.{mailbox}.policy", f'there is no policy "{policy}"; {nearest(policy, names)}'
    )
