"""The subject of a case, made from its first mail's: no refs or numbers of ours, no reply prefixes, one short line."""

from __future__ import annotations

import re

from mailgate.cases.ref import without_refs
from mailgate.mail.prefixes import PREFIX

MAX_LENGTH = 255
NO_SUBJECT = "(no subject)"

_TAG = re.compile(r"^\s*\[(?:ext|extern|external|externe|esterno|externo|spam\?*|caution)\]\s*:?", re.IGNORECASE)


def case_subject(subject: str, org: str) -> str:
    """What a case opened by a mail of this subject is called; never empty, at most 255 characters."""
    rest = " ".join(without_refs(subject, org).split())
    while match := PREFIX.match(rest) or _TAG.match(rest):
        rest = rest[match.end() :].lstrip()
    return rest[:MAX_LENGTH].rstrip() or NO_SUBJECT
