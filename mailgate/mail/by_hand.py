"""Was a mail written with a program that people write with? What such a program says outweighs words in a subject."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# As they name themselves. Not the scripts' (mailx, PHPMailer), nor Notes and GroupWise, whose agents write absence
# notices under their names.
_PROGRAM = re.compile(
    r"\b(?:thunderbird|betterbird|apple mail|(?:iphone|ipad|icloud) mail|microsoft (?:office )?outlook"
    r"|microsoft[- ]macoutlook|microsoft (?:windows (?:live )?mail|entourage)|windowsmail"
    r"|outlook for|evolution|geary|balsa|mutt|neomutt|alpine|aerc|gnus|mew\b|wanderlust|mulberry|nmh"
    r"|k-9|fairemail|kmail|trojita|claws|sylpheed|roundcube|squirrelmail|horde|internet messaging program|sogo|zimbra"
    r"|rainloop|snappymail|afterlogic|open-xchange mailer|cyrus-jmap|the bat|em_?\s?client|mailbird|mailspring|postbox"
    r"|foxmail|airmail|mailmate|spark|superhuman|seamonkey|opera mail|vivaldi|eudora|pegasus mail|becky!?|shuriken"
    r"|winbiff|ymail\w*|yahoomail\w*|zoho mail|mail\.ru mailer|yamail|coremail webmail|qqmail"
    r"|toi kommunikationscenter|aolmail"
    r"|aol webmail|laposte|orange)",
    re.IGNORECASE,
)
# Some name no program. Exchange, Gmail and these portals have responders of their own, which say Auto-Submitted: with
# no word of it a person wrote.
_FIELDS: Final = (
    "thread-index",
    "x-ms-has-attach",
    "x-gm-message-state",
    "x-google-dkim-signature",
    "x-ui-sender-class",
    "x-pm-message-id",
    "x-readdle-message-id",
)


def names_a_program(known: Mapping[str, str]) -> bool:
    """Whether User-Agent or X-Mailer is a program that only people use. `known`: fields, their names in lower case."""
    return bool(_PROGRAM.search(f"{known.get('user-agent', '')} {known.get('x-mailer', '')}"[:300]))


def by_hand(known: Mapping[str, str]) -> bool:
    """Whether a person's program wrote it, named or known by the fields that it sets."""
    return names_a_program(known) or any(known.get(name, "").strip() for name in _FIELDS)
