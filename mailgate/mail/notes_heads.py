"""Finds the heads that Lotus Notes puts above quoted mails: who, when, and bare labels, each on a line of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailgate.mail import quote_words as words
from mailgate.mail.quote_marks import CLOCK, MAIL, TO, WIDTH

# "Ann Example/Berlin/Example@Example"
_NOTES_NAME = re.compile(r"[^\W\d][\w .,'’-]{0,50}(?:/[\w .&-]{1,40}){1,4}(?:@[\w-]{1,40})?$")


def lotus_block(lines: Sequence[str], start: int) -> int | None:
    """Lotus Notes quotes with bare labels, each on a line of its own: "To", an address, "cc", "Subject".

    Where the quoted mail's head begins if `start` is the line "To", else None.
    """
    if lines[start][:40].strip().casefold() not in TO:
        return None
    kinds = [words.LABELS.get(line[:40].strip().casefold(), "") for line in lines[start : start + 14]]
    if "subject" not in kinds or "cc" not in kinds:
        return None
    head = start
    for above in range(start - 1, max(-1, start - 6), -1):  # who and when, each on a line of its own
        line = lines[above][:WIDTH].strip()
        if line and not (
            len(line) <= 80
            and (
                MAIL.search(line)
                or _NOTES_NAME.match(line)
                or CLOCK.search(line)
                or line.casefold().startswith("sent by")
            )
        ):
            break
        head = above
    return head
