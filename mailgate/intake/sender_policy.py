"""SPF (RFC 7208) by pyspf, which asks through us. The one place that knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import spf

from mailgate.intake.resolver import Ask, NoAnswerNow
from mailgate.mail.authentication import Evidence, Found

_VOID_LOOKUPS = 2  # RFC 7208 §4.6.4
_LABEL = 63


def spf_evidence(peer: str, sender: str, helo: str, ask: Ask) -> Evidence:
    """What the sender's domain says of that client. For the null sender HELO speaks (RFC 7208 §2.4)."""
    domain = sender.rpartition("@")[2] if sender else helo
    if not domain:
        return Evidence("spf", Found.NONE, "", "spf=none: neither a sender nor a HELO name")
    try:
        result, _, _ = _Query(peer, sender, helo, ask).check()
    except (spf.PermError, ValueError, IndexError, UnicodeError) as error:
        # Seen in fuzzing: odd addresses and records end pyspf; none of them is a pass.
        result = f"permerror ({type(error).__name__})"
    except (spf.TempError, NoAnswerNow):
        result = "temperror"
    found = {"pass": Found.PASS, "temperror": Found.TEMPORARY}.get(result, Found.NONE)
    return Evidence("spf", found, domain.lower(), f"spf={result} {domain.lower()} for {peer}"[:300])


class _Query(spf.query):  # type: ignore[misc]  # pyspf has no types
    """pyspf asks DNS by a global of its own; here each query asks its own way."""

    def __init__(self, peer: str, sender: str, helo: str, ask: Ask) -> None:
        super().__init__(i=peer, s=sender, h=helo)
        self._ask = ask

    def dns(
        self,
        name: str,
        qtype: str,
        cnames: Mapping[str, str] | None = None,  # noqa: ARG002 - the base's form; our resolver follows CNAMEs
        ignore_void: bool = False,
    ) -> list[Any]:
        plain = str(name).rstrip(".").lower()
        if not all(0 < len(label) <= _LABEL for label in plain.split(".")):
            return []
        try:
            records = self._ask(plain, qtype)
        except NoAnswerNow as error:
            raise spf.TempError(str(error)) from error
        if not records and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > _VOID_LOOKUPS:
                raise spf.PermError(f"more than {_VOID_LOOKUPS} questions without an answer")
        return [_as_pyspf(record, qtype) for record in records]


def _as_pyspf(record: bytes, qtype: str) -> object:
    """The shapes that pyspf expects of its own resolver."""
    if qtype == "TXT":
        return (record,)
    text = record.decode("ascii", "replace")
    if qtype == "MX":
        preference, _, host = text.partition(" ")
        return int(preference), host.rstrip(".")
    return text.rstrip(".")
