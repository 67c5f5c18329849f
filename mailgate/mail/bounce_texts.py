"""Judges the words of mail systems: is it a report, of failure or delay, for good or for now? No RFC 3464 here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailgate.mail import bounce_words as words
from mailgate.mail.automatic_words import SUBJECT as RESPONDS
from mailgate.mail.bounce_places import LINES, WIDTH, blames_an_address, names_in_front, shows_a_mail
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
    if words.DAEMON_ITSELF.search(author):
        return True
    if RESPONDS.match(subject[:WIDTH].strip()):
        return False  # an absence notice, whatever else it speaks of
    back = known.get("return-path", "?").strip()
    if words.DAEMON.search(author):
        return _a_daemons(known, subject, text, null=_is_null(known, back))
    if back != "<>":  # the words of subjects are the longest to look for
        return _speaks_as_one(known, author, subject, text, back) and _is_about_mail(subject)
    if not _is_about_mail(subject):
        return _under_its_subject(author, text)
    return _speaks_as_one(known, author, subject, text, back)


def _is_null(known: Mapping[str, str], back: str) -> bool:
    # "team-bounces+bob=example.com@": what comes from there can bounce, so it is a list's or a sender's of many.
    daemon = words.DAEMON.search(back[:WIDTH]) and not words.BOUNCES.search(back[:WIDTH])
    return back in _SYSTEMS or (bool(daemon) and not _from_himself(known))


def _is_about_mail(subject: str) -> bool:
    return bool(words.SUBJECT.search(subject[:WIDTH]) or words.FAILED.search(subject[:WIDTH]))


def _opens(text: str) -> bool:
    """Whether the text begins as reports do."""
    return bool(words.OPENING.match(text[:300].lstrip(" \t\r\n*-=_#")))


def _speaks_as_one(known: Mapping[str, str], author: str, subject: str, text: str, back: str) -> bool:
    """Whether what has a report's subject is one by everything else."""
    # A gateway with a name of its own. People paste reports too, but below words of theirs and with a mail program.
    if words.BANNER.match(text[:200].lstrip()):
        return True
    if _is_null(known, back) or not known.get("from", "").strip() or _submitted(known):
        if words.PLAINLY.match(subject) or words.LIST_OWNER.search(author):
            return not words.LIST_OWNER.search(author)
        told = _tells(text) or (_opens(text) and says_failed("", text) and not words.DESK.search(text[:2000]))
        system = bool(words.MASTER.search(author))
        return told and (system or bool(words.MAIL.search(f"{subject[:WIDTH]}\n{text[:2000]}")))
    return _by_its_words(known, author, subject, text)


def _under_its_subject(author: str, text: str) -> bool:
    """Whether the text is a report's, though the subject is not: James answers under the letter's own."""
    system = bool(words.OFFICE.search(author))
    if not (system or _opens(text)) or not says_failed("", text):
        return False
    return names_in_front(text) or (system and blames_an_address(text))


def _a_daemons(known: Mapping[str, str], subject: str, text: str, *, null: bool) -> bool:
    """Whether a mail whose author is called as mail systems are is a report: firms and lists have such names, too."""
    author = known.get("from", "")[:WIDTH]
    opens = _opens(text)
    if _from_himself(known) and not words.SYSTEM.search(author):
        return opens and _shows(text)  # "Mail Delivery Ltd <info@…>"
    bare = words.BOUNCES.search(author)  # lists write from there, too
    plainly = bool(words.PLAINLY.match(subject)) or (null and not bare)
    return (opens or plainly or _tells(text)) and (null or not _by_a_person(known, subject, text))


def _by_its_words(known: Mapping[str, str], author: str, subject: str, text: str) -> bool:
    """Whether a mail that no field gives away is a report: a postmaster's, or that of a gateway with another name."""
    if words.OFFICE.search(author):
        blames = blames_an_address(subject) or (words.PLAINLY.match(subject) and blames_an_address(text))
        says = blames or _opens(text) or _shows(text)
        if _from_himself(known) and words.ASKS.search(text[:1000]):
            return False  # "Whom do I talk to?"
        return bool(says) and not _by_a_person(known, subject, text)
    if not _opens(text) or words.ASKS.search(text[:1000]) or known.keys() & words.PROGRAMS or by_hand(known):
        return False
    return names_in_front(text) or not _from_himself(known)


def _submitted(known: Mapping[str, str]) -> bool:
    return known.get("auto-submitted", "no").strip().lower() not in ("no", "")


def _shows(text: str) -> bool:
    """Whether the text has more of a report than people's words about one."""
    head = text[:20_000]
    return bool(words.CODE.search(head) or words.DELAY_TEXT.search(head) or names_in_front(text) or shows_a_mail(text))


def _tells(text: str) -> bool:
    """Whether what a machine wrote speaks of an address that was not reached."""
    return _shows(text) or blames_an_address(text)


def _by_a_person(known: Mapping[str, str], subject: str, text: str) -> bool:
    """Postmasters write, too, and so do firms called "Mail Delivery": with a program for people, or as people begin."""
    answers = "in-reply-to" in known and words.REPLY.match(subject)
    if words.NO_REPLY.search(known.get("from", "")[:WIDTH]):
        return bool(known.get("reply-to", "").strip())  # a form, in somebody's name
    return bool(answers) or names_a_program(known) or bool(words.GREETING.match(text[:200].lstrip()))


def _from_himself(known: Mapping[str, str]) -> bool:
    """Whether the mail comes back to where it says that it comes from, which hardly a report does."""
    back = known.get("return-path", "").strip().strip("<>").casefold()
    return "@" in back and back in known.get("from", "").casefold()


def is_challenge(subject: str, text: str) -> bool:
    """A challenge ("click here so that your mail is delivered") is no report: nothing failed."""
    head = text[:4000]
    challenges = words.CHALLENGE.search(subject[:WIDTH]) or words.CHALLENGE.search(head)
    return bool(challenges) and not words.CODE.search(head)


def is_success(subject: str, text: str) -> bool:
    """A receipt: what it speaks of was delivered."""
    told = words.SUCCESS.search(subject[:WIDTH]) or words.SUCCESS.search(text[:2000])
    return bool(told) and not words.CODE.search(text[:4000])


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
    if words.PASSING.search(head):
        return False
    return True if words.FRAME.search(head) else None
