"""DMARC (RFC 7489): what the author's domain publishes, at its own name or at its organisation's."""

from __future__ import annotations

from mailgate.intake.resolver import Ask, NoAnswerNow
from mailgate.mail.authentication import DomainPolicy
from mailgate.mail.domains import organisational


def domain_policy(domain: str, ask: Ask) -> DomainPolicy:
    """RFC 7489 §6.6.3. No record, several, or one that is none: the domain asks for nothing."""
    own = organisational(domain)
    try:
        for name in dict.fromkeys((domain, own)):
            record = _record(name, ask)
            if record:
                return _policy(record, name, is_own=name == domain)
    except NoAnswerNow as error:
        return DomainPolicy(text=f"dmarc=temperror: {error}", temporary=True)
    return DomainPolicy(text=f"dmarc=none: {domain} publishes no policy")


def _record(name: str, ask: Ask) -> dict[str, str]:
    records = [text.decode("utf-8", "replace") for text in ask(f"_dmarc.{name}", "TXT")]
    found = [tags for tags in map(_tags, records) if tags]
    return found[0] if len(found) == 1 else {}


def _tags(text: str) -> dict[str, str]:
    """The tags of a record; {} where it is not DMARC's: `v=DMARC1` must come first (§6.4)."""
    pairs = [pair.partition("=") for pair in text.split(";") if pair.strip()]
    tags = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
    if not tags or tags[0] != ("v", "DMARC1"):
        return {}
    return {name: value.lower() for name, value in reversed(tags)}


def _policy(tags: dict[str, str], name: str, *, is_own: bool) -> DomainPolicy:
    asked = tags.get("p", "none") if is_own else tags.get("sp", tags.get("p", "none"))
    return DomainPolicy(
        refuses=asked in ("reject", "quarantine"),
        strict_dkim=tags.get("adkim", "r") == "s",
        strict_spf=tags.get("aspf", "r") == "s",
        text=f"dmarc: {name} publishes p={asked}"[:200],
    )
