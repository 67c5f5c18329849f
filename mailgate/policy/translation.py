"""What a policy says to customers in another language than its own, and the policy as it speaks that language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailgate.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class TranslatedPriority:
    """The words of the priority of that level."""

    level: int
    name: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """The policy's words in one language; "" leaves those of its own language.

    `contact` and `hours` are those of `[contact]` (the name we sign with, when the telephone is answered), the others
    those of `[texts]`.
    """

    contact: str = ""
    hours: str = ""
    neutral_subject: str = ""
    next_step: str = ""
    missing: str = ""
    ask_for: str = ""
    priority: tuple[TranslatedPriority, ...] = ()


def in_language(policy: Policy, language: str) -> Policy:
    """`policy` with its words in `language`, as far as it has them: all that a letter of that language says."""
    words = policy.translations.get(language)
    if words is None or language == policy.letters.language:
        return policy
    told = {one.level: one for one in words.priority}
    return replace(
        policy,
        contact=replace(
            policy.contact, name=words.contact or policy.contact.name, hours=words.hours or policy.contact.hours
        ),
        texts=replace(policy.texts, **{name: value for name, value in _texts(words) if value}),
        priorities=tuple(
            replace(one, name=told[one.level].name or one.name, definition=told[one.level].definition or one.definition)
            if one.level in told
            else one
            for one in policy.priorities
        ),
    )


def untranslated(policy: Policy, language: str) -> list[str]:
    """The words of the policy that a letter in that language has in the policy's own: `next_step`, `priority 3` …

    The name that we sign with is none of them: a name needs no translation.
    """
    if language == policy.letters.language:
        return []
    words = policy.translations.get(language, Translation())
    left = ["hours"] if policy.contact.hours and not words.hours else []
    left += [name for name, value in _texts(words) if not value and getattr(policy.texts, name)]
    told = {one.level for one in words.priority if one.name and one.definition}
    return left + [f"priority {one.level}" for one in policy.priorities if one.level not in told]


def _texts(words: Translation) -> Iterator[tuple[str, str]]:
    for field in fields(Translation):
        if field.name not in {"contact", "hours", "priority"}:
            yield field.name, getattr(words, field.name)
