"""Judges the words of mail systems: is it a report, of failure or delay, for good or for now? No RFC 3464 here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailgate.mail import bounce_words as words
from mailgate.mail.bounce_places import LINES, WIDTH, names_in_front, shows_a_mail
from mailgate.mail.by_hand import by_hand, names_a_program
from mailgate.mail.enhanced_status import FULL

_SYSTEMS: Final = ("<>", "")


def looks_like_machine(known: Mapping[str, str], subject: str, text: str) -> bool:
    """Whether a mail may be read as a report at all: a daemon's name, a null return path, or the fields of one."""
    kind = known.get("content-type", "").lower()
    if known.keys() & words.REPORT_FIELDS or kind.startswith("multipart/report"):
        return True
    if "report-type=delivery-status" in kind:
        return True
    author = known.get("from", "")[:WIDTH]
    back = known.get("return-path", "?").strip()
    null = back in _SYSTEMS or bool(words.DAEMON.search(back[:WIDTH]))
    if words.DAEMON.search(author):
        return null or bool(words.DAEMON_ITSELF.search(author)) or not _by_a_person(known, text)
    opens = bool(words.OPENING.match(text[:300].lstrip(" \t\r\n*-=_#")))
    if not words.SUBJECT.search(subject[:WIDTH]):
        # James answers under the letter's own subject.
        return back == "<>" and opens and says_failed("", text) and names_in_front(text)
    if null or not known.get("from", "").strip():
        return True
    if known.get("auto-submitted", "no").strip().lower() not in ("no", ""):
        return True
    # A gateway with a name of its own. People paste reports too, but below words of theirs and with a mail program.
    if words.BANNER.match(text[:200].lstrip()):
        return True
    if words.OFFICE.search(author):
        head = text[:20_000]
        told = opens or words.CODE.search(head) or words.DELAY_TEXT.search(head) or names_in_front(text)
        return bool(told or shows_a_mail(text)) and not _by_a_person(known, text)
    if not opens or words.ASKS.search(text[:1000]) or known.keys() & words.PROGRAMS or by_hand(known):
        return False
    return names_in_front(text) or not _from_himself(known)


def _by_a_person(known: Mapping[str, str], text: str) -> bool:
    """Postmasters write, too, and so do firms called "Mail Delivery": with a program for people, or as people begin."""
    return names_a_program(known) or bool(words.GREETING.match(text[:200].lstrip()))


def _from_himself(known: Mapping[str, str]) -> bool:
    """Whether the mail comes back to where it says that it comes from, which hardly a report does."""
    back = known.get("return-path", "").strip().strip("<>").casefold()
    return "@" in back and back in known.get("from", "").casefold()


def is_challenge(subject: str, text: str) -> bool:
    """A challenge ("click here so that your mail is delivered") is no report: nothing failed."""
    head = text[:4000]
    challenges = words.CHALLENGE.search(subject[:WIDTH]) or words.CHALLENGE.search(head)
    return bool(challenges) and not words.CODE.search(head)


def is_delay(subject: str, text: str) -> bool:
    """A warning that delivery takes long and goes on."""
    head = text[:6000]
    if words.DELAY.search(subject[:WIDTH]):
        return not words.GAVE_UP.search(head) or bool(words.DELAY_TEXT.search(head))
    return bool(words.DELAY_TEXT.search(head)) and not words.GAVE_UP.search(head)


def says_failed(subject: str, text: str) -> bool:
    lines = text[:20_000].splitlines()[: LINES // 10]
    return bool(words.FAILED.search("\n".join(line[:WIDTH] for line in lines))) or bool(
        words.SUBJECT.search(subject[:WIDTH])
    )


def lasting(text: str) -> bool | None:
    """Whether the words speak of a failure for good; None where they do not say. A full mailbox may be emptied."""
    head = text[:8000]
    if FULL.search(head) and not words.NOBODY_THERE.search(head):
        return False
    if words.NOBODY_THERE.search(head) or words.LASTING.search(head):
        return True
    return False if words.PASSING.search(head) else None
