"""What can happen in a random story. Each does it, tells the model what it was, and gives who wrote, if a customer did.

A function more in `EVENTS` is one event more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audience_model import CUSTOMERS
from audience_play import BOB, EVE, PASS, QUEUE, Play
from mailgate import pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import CustomerActed, EngineerActed
from mailgate.errors import NotAllowed
from mailgate.mail.message import Authentication

FAIL = Authentication.FAIL
CONVERSATION = frozenset(("new_case", "new_entry", "handed_on", "case_status"))

Event = Callable[[Play], str | None]


def opens(play: Play) -> str | None:
    """A customer writes for the first time, or somebody in his name."""
    who, found, copied = play.chance.choice(play.people), play.found(), play.copied()
    subject, box = play.secret("s"), play.chance.choice(("support", "sales"))
    row = play.brings("opens", who, f"{box}@example.com", found, subject, play.secret("b"), cc=", ".join(copied))
    play.follow(row, who, copied, subject, proved=True)
    return who


def answers(play: Play) -> str | None:
    """Somebody answers on a case: with a letter that he was sent, with another's, or with the ref alone."""
    number = play.case()
    if number is None:
        return opens(play)
    who = play.chance.choice((*play.people, *play.people, play.stranger))
    whose = who if play.chance.random() < 0.7 else play.chance.choice(play.people)
    letter = play.letter_to(whose, number, CUSTOMERS)
    way = play.chance.choice(("in_reply_to", "references", "ref", "number"))
    found, copied, subject = play.found(), play.copied(), play.secret("s")
    named = {"ref": f"{subject} {play.reference(number)}", "number": f"Re: {number} {subject}"}.get(way, subject)
    fields = {way: letter.message_id} if letter and way in {"in_reply_to", "references"} else {}
    box = play.to(number) if play.chance.random() < 0.9 else "sales@example.com"
    row = play.brings("answers", who, box, found, named, play.secret("b"), cc=", ".join(copied), **fields)
    own = letter is not None and way == "in_reply_to" and whose == who and row["case"] == letter.case
    own = own and letter is not None and letter.message_id not in play.model.cases[number].ended
    play.follow(row, who, copied, subject, proved=found is PASS or (own and found is not FAIL))
    return who


def engineer_writes(play: Play) -> str | None:
    """One of ours writes: relayed if he shows who he is and answers a letter of his about the customer's words, else a
    note; now and then with somebody whom he brings in or takes out."""
    number, who = play.case(), play.chance.choice((BOB, EVE))
    if number is None:
        return opens(play)
    letters = [one for one in play.letters if one.case == number and one.to in {BOB, EVE, QUEUE}]
    letter, found = play.chance.choice(letters) if letters else None, play.chance.choice((PASS, PASS, play.found()))
    other, command = (
        play.chance.choice((*play.people, play.stranger)),
        play.chance.choice(("", "", "cc", "uncc", "note")),
    )
    words = play.secret("r")
    body = f"/{command} {other if command != 'note' else ''}\n\n{words}" if command else words
    fields = {"in_reply_to": letter.message_id} if letter else {}
    play.story.append(f"in his mail: {command} {other if command else ''}")
    row = play.brings("engineer", who, play.to(number), found, f"Re: {play.reference(number)}", body, **fields)
    proved = found is PASS and letter is not None and letter.to in {who, QUEUE}
    proved = proved and letter is not None and letter.message_id not in play.model.cases[number].ended
    if row["reason"] == "relayed":
        may = proved and letter is not None and letter.kind in CONVERSATION and command != "note"
        assert may, play.told("relayed without right")
        play.model.cases[number].words.add(words)
    else:
        play.model.notes.add(words)
    if proved and command in {"cc", "uncc"} and row["reason"] in {"relayed", "note", "commands"}:
        _moved(play, number, other, command)
    return None


def _moved(play: Play, number: str, other: str, command: str) -> None:
    if command == "cc":
        play.model.cases[number].readers.add(other)
    else:
        play.model.left(
            number, other, [one.message_id for one in play.letters if (one.case, one.to) == (number, other)]
        )


def acts(play: Play) -> str | None:
    """The operator brings somebody in, takes him out, ends tokens, or moves the case."""
    number = play.case()
    if number is None:
        return opens(play)
    who, what = (
        play.chance.choice((*play.people, play.stranger)),
        play.chance.choice(("join", "leave", "revoke", "status")),
    )
    play.story.append(f"operator: {what} {who} on {number}")
    event = {
        "join": EngineerActed("operator", join=(who,)),
        "leave": EngineerActed("operator", leave=(who,)),
        "revoke": EngineerActed("operator", revoke=play.chance.choice((who, ""))),
        "status": EngineerActed("operator", status=play.chance.choice(list(Status)[1:])),
    }[what]
    try:
        pipeline.act(play.world.house, number, event)
    except NotAllowed:
        return None
    if what in {"join", "leave"}:
        _moved(play, number, who, {"join": "cc", "leave": "uncc"}[what])
    elif what == "revoke":
        about = [one for one in play.letters if one.case == number and event.revoke in {"", one.to}]
        play.model.cases[number].ended.update(one.message_id for one in about)
    return None


def acts_on_the_page(play: Play) -> str | None:
    """A reader of a case does something on its page, without a word: only ours hear of it."""
    number = play.case()
    if number is None or not play.model.cases[number].readers:
        return opens(play)
    who = play.chance.choice(sorted(play.model.cases[number].readers))
    what = play.chance.choice(("close", "reopen", "escalate", "leave", "priority"))
    play.story.append(f"on the page: {who} {what} {number}")
    more: dict[str, Any] = {"priority": play.chance.choice((1, 2, 3, 4))} if what == "priority" else {what: True}
    try:
        pipeline.act(play.world.house, number, CustomerActed(who, **more))
    except NotAllowed:
        return None
    if what == "leave":
        _moved(play, number, who, "uncc")
    return None


def machines(play: Play) -> str | None:
    """An absence notice or a delivery report about one of our letters."""
    if not play.letters:
        return opens(play)
    letter = play.chance.choice(play.letters)
    if play.chance.random() < 0.5:
        play.brings(
            "absence", letter.to, "support@example.com", play.found(), f"Automatic reply {play.secret('s')}",
            play.secret("b"), in_reply_to=letter.message_id, auto_submitted="auto-replied",
        )  # fmt: skip
        return None
    play.story.append(f"bounce of {letter.kind} to {letter.to}")
    report = (
        f"From: MAILER-DAEMON@mx.test\r\nTo: {letter.return_path}\r\nSubject: Undelivered {play.secret('s')}\r\n"
        f"Message-ID: <{play.one}.{play.mails}@mx.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        f"Final-Recipient: rfc822; {letter.to}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
    if letter.return_path:
        play.comes(report.encode(), letter.return_path, None)
    return None


def waits(play: Play) -> str | None:
    """Time passes: reminders, breaches, escalation, closing."""
    hours = play.chance.choice((1, 5, 24, 24 * 4, 24 * 10, 24 * 40))
    play.story.append(f"{hours} hours pass")
    play.world.advance(hours=hours)
    return None


EVENTS: tuple[Event, ...] = (
    opens, answers, answers, answers, engineer_writes, engineer_writes, acts, acts_on_the_page, machines, waits,
)  # fmt: skip
