"""Tells heads of mails that a person pasted, to ask about them or to show a patch, from those above quoted mails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailgate.mail.code_lines import leads_to_own
from mailgate.mail.quote_marks import EMPTY, TEXT, WIDTH, label

_LINES: Final = 16  # looked at above and below
# Fields that mail programs keep out of the heads of what they quote; and what opens a mail in an mbox, or a patch.
_RAW = re.compile(
    r"(?m)^(?:(?i:return-path|received|delivered-to|dkim-signature|authentication-results|arc-[a-z-]+|mime-version"
    r"|content-type|content-transfer-encoding|in-reply-to|references|x-[a-z-]+|message-id|received-spf|list-[a-z]+):"
    r"|From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) |Subject: \[PATCH)"
)


def is_pasted(lines: Sequence[str], kinds: str, at: int) -> bool:
    """Whether the head that begins with the line `at` is raw, or its writer leads to it ("These are the headers:")."""
    first = at
    while first > max(0, at - _LINES) and kinds[first - 1] == TEXT:
        first -= 1
    last = at
    while last < min(len(lines), at + _LINES) and kinds[last] == TEXT:
        last += 1
    if _RAW.search("\n".join([line[:WIDTH] for line in lines[first:last]])):
        return True
    lead = at - 1
    while lead >= first and label(lines[lead]):
        lead -= 1
    while lead >= max(0, at - _LINES) and kinds[lead] == EMPTY:
        lead -= 1
    return lead >= 0 and kinds[lead] == TEXT and leads_to_own(lines[lead])
