"""What of a mail its writer wrote, once it is known which letters of ours he had. It asks the store; it writes nothing.

Matching comes before, for our own words lead to the case, too; commands, entries and what goes to the customer come
after, for these are the writer's alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from mailgate.cases.case import Case
from mailgate.cases.commands import CommandFault, Commands, Speaker, read_commands
from mailgate.cases.match import Match, Signal, Standing
from mailgate.cases.may import actor_of
from mailgate.house import House
from mailgate.mail.already_said import LEAST, Read, Remains, Sent, without_notices, without_ours
from mailgate.mail.letter_words import sent_of
from mailgate.mail.message import GoingOut, Mail
from mailgate.mail.ordinary import ordinary
from mailgate.mail.pictures import without_repeated
from mailgate.mail.prefixes import outermost
from mailgate.mail.quote_marks import marker
from mailgate.mail.shingles import words_of
from mailgate.mail.words_out import less_going_out
from mailgate.store.said import said_on

_OUR_PEOPLE = frozenset({Standing.ENGINEER, Standing.COLLEAGUE})
_BELOW = "it stands below words of our letter: commands go at the top of your mail"


@dataclass(frozen=True, slots=True)
class Own:
    """`mail` has its writer's own words as new ones. Where nothing but ours would be left, they stay for our people to
    see, and say nothing. `as_read` is what the reader took for new; `remains` None where it was right."""

    mail: Mail
    as_read: str
    remains: Remains | None = None

    @property
    def taken(self) -> int:
        """How many words of ours were taken away."""
        return self.remains.words if self.remains is not None and self.remains.reply else 0

    def commands(self, who: Speaker) -> Commands:
        """What he orders. What came to the top only because ours above it was taken away is in doubt, for it may be a
        piece of ours that was not known again: it commands nothing."""
        if self.remains is None:
            return read_commands(self.mail.reply_text, who)
        if not self.remains.reply:
            return Commands(rest=self.as_read)
        said = read_commands(self.remains.reply, who)
        if not self.remains.below:
            return said
        before = read_commands(self.as_read, who)
        doubtful = not set(said.said) <= set(before.said) or not set(said.faults) <= set(before.faults)
        if not doubtful:
            return said
        if who is Speaker.CUSTOMER:
            return Commands(rest=self.remains.reply)
        faults = tuple(CommandFault(one.line, _BELOW) for one in said.said) or said.faults
        return Commands((), faults, said.rest)

    def going_out(self, house: House, said: Commands) -> GoingOut | None:
        """What of an engineer's mail a customer may see."""
        out, ours = self.mail.goes_out, house.ours
        if out is not None and self.remains is not None:
            mailbox = ours.address_of(self.mail.envelope.mailbox)
            out = less_going_out(out, said.rest, self.remains, ours.private, mailbox)
        return without_repeated(out) if out is not None else None


def own_words(
    house: House, connection: Connection, mail: Mail, match: Match, answered: Case | None, *, passed: bool
) -> Own:
    """The mail without what we said on the case that it is about, or on `answered`, which that one follows. `passed`:
    it is a customer's, whoever sent it on."""
    read = Read(mail.text, mail.reply_text, mail.elided)
    author = mail.identity.key if mail.identity else ""
    desk = not passed and actor_of(mail, match, house.desk).standing in _OUR_PEOPLE
    if match.case is None or mail.report is not None or _says_little(read, desk=desk):
        return Own(mail, read.reply)
    if not desk and _shows_it(mail, match):
        return Own(mail, read.reply)
    numbers = {one.number for one in (match.case, answered) if one is not None}
    said = said_on(connection, numbers, author, desk=desk)
    sent = [sent_of(message, at) for message, at in said.letters]
    if desk:
        # A note that stands there by itself is left for the guard: its writer is asked, not cut short.
        remains = without_notices(read, sent, (*said.answers, *said.told, *said.noted))
    else:
        known = [" ".join(words_of(text)) for letter in sent for text in letter.texts] if said.answers else []
        unread = tuple(one for one in said.answers if not any(" ".join(words_of(one)) in text for text in known))
        remains = without_ours(read, [*sent, Sent(unread)], said.told)
    if remains is not None and remains.reply:
        mail = replace(mail, reply_text=remains.reply, elided=remains.elided)
    return Own(mail, read.reply, remains)


def _shows_it(mail: Mail, match: Match) -> bool:
    """Whether a customer sends us our letter on purpose: forwarded, or copied into a mail that answers none."""
    if match.how is Signal.BODY_REF or outermost(mail.subject) == "forward":
        return True
    lines = mail.reply_text.splitlines()
    return any(not known and marker(line) == "forward" for line, known in zip(lines, ordinary(lines), strict=True))


def _says_little(read: Read, *, desk: bool) -> bool:
    """Whether there are too few words for a run of ours: new ones, and those that no mark shows to be quoted."""
    unmarked = [line for line in read.elided.splitlines() if not line.startswith((">", "|"))]
    texts = (read.text,) if desk else (read.reply, "\n".join(unmarked))
    return all(len(one) < 2 * LEAST or (one.isascii() and len(one.split()) < LEAST) for one in texts)
