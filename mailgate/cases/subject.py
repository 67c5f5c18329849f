"""The subject of a case, made from its first mail's: no refs or numbers of ours, no reply prefixes, one short line."""

from __future__ import annotations

from mailgate.cases.ref import without_refs
from mailgate.mail.prefixes import without_prefixes

MAX_LENGTH = 255
NO_SUBJECT = "(no subject)"


def case_subject(subject: str, org: str) -> str:
    """What a case opened by a mail of this subject is called; never empty, at most 255 characters."""
    rest = " ".join(without_refs(subject, org).split())
    rest = without_prefixes(rest)
    return rest[:MAX_LENGTH].rstrip() or NO_SUBJECT
