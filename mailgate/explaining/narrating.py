"""Tells the story of a mail (`mailgate/story.py`) in plain sentences that can be handed on to who wrote it: nothing of
our own people, no token or ref, nobody else's words. It prints nothing itself; `telling.py` tells it as a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mailgate.cases.letter_kinds import INTERNAL_LETTERS, OPERATOR_LETTERS
from mailgate.explaining.telling import ACTIONS, REASONS, SIGNALS
from mailgate.policy.wall_clock import local

Plain = Mapping[str, Any]

_AUTHENTICATION = {
    "pass": "The door found proof that it really comes from that address.",
    "unknown": "The door that it came by does not verify senders, so its sender is believed to be whom it names.",
    "unverified": "The door looked for proof that it comes from that address, and found none.",
    "fail": "What the door found speaks against its sender: it may be forged.",
}
_CHECKS = {
    "canary": "Is it the mail that mailgate sent round itself, to try the way?",
    "loop": "Is it a letter of our own that comes back?",
    "too_big": "Is it bigger than we take?",
    "duplicate": "Did the same mail come before, by another way?",
    "bounce": "Is it a delivery report?",
    "block": "Is its sender blocked here?",
    "auto_reply": "Did a machine write it?",
}
_STANDINGS = {
    "participant": "Its writer takes part in that case.",
    "acquainted": "Its writer takes no part in that case, but answers something that was written on it.",
    "organisation": "Its writer takes no part in that case, but belongs to the organisation of somebody who does.",
    "stranger": "Its writer has no part in that case.",
    "nobody": "It does not say plainly who wrote it.",
    "engineer": "Its writer is one of our own people.",
    "colleague": "Its writer answers a letter to our own people.",
    "operator": "It was let in by hand.",
}
_LETTERS = {
    "confirmation": "A confirmation with the case's number",
    "reply_received": "A word that the mail has arrived",
    "reply": "The answer of one of our people",
    "priority_changed": "A letter about the new priority",
    "closed": "A letter that the case is closed",
    "entitlement_missing": "A letter about what is missing for a case",
    "write_to_support": "A letter that tells where to write",
    "more_needed": "A letter that asks for more",
    "page_code": "A code for the page",
}
_OURS = frozenset(one.value for one in (*INTERNAL_LETTERS, *OPERATOR_LETTERS))
HELD_FOR = {
    "breaker": "too many letters were to leave at once",
    "domain": "too many letters were to leave to one domain at once",
    "unverified": "too many letters were to leave to senders who are not verified",
    "guard": "a person is to look at it first",
    "operator": "a person keeps it back",
}


def narrate(
    story: Plain | None, mail: Plain | None, letters: Sequence[Plain], zone: str, *, brief: bool
) -> Iterator[str]:
    """The lines of the story. `mail` is its row (`show_inbox`), None where it has not come yet; `story` is None where
    it was not decided upon. Times are of that zone."""
    if mail is not None:
        yield from _came(mail, story, zone, brief=brief)
    elif story is not None:
        yield f"The mail “{story['mail']['subject'] or '(no subject)'}” from {_writer(story)} has not come yet."
    if story is not None:
        if not brief:
            yield from _who(story, came=mail is not None)
            yield from _checked(story)
            yield from _matched(story)
            yield from _asked(story)
        yield from _decided(story, mail, zone, brief=brief)
        yield from _answered(letters, zone, tense="" if mail else "would be ", brief=brief)
    if mail is not None and story is None:
        yield from _undecided(mail)


def _came(mail: Plain, story: Plain | None, zone: str, *, brief: bool) -> Iterator[str]:
    subject = f"“{mail['subject']}” " if mail["subject"] else ""
    by = f"from {_writer(story) if story else mail['from'] or mail['sender'] or 'nobody'} "
    yield f"The mail {subject}{by}came {_at(mail['received_at'], zone)} to the mailbox {mail['mailbox']}."
    if brief:
        return
    server = " ".join(filter(None, (mail["helo"], f"({mail['peer']})" if mail["peer"] else "")))
    parts = list(story["mail"].get("attachments", ())) if story else []
    files = ", ".join(f"{one['name'] or one['type']} ({_size(one['size'])})" for one in parts)
    size = f"It has {_size(mail['size'])}" + (f", with {files}" if files else "")
    yield f"It came by the door “{mail['door']}”{f', brought by {server}' if server else ''}. {size}."
    if mail["seen"] > 1:
        yield f"It came {mail['seen']} times, and was kept once."


def _who(story: Plain, *, came: bool) -> Iterator[str]:
    mail = story["mail"]
    yield ""
    yield "Who wrote it"
    if mail["identity"] is None:
        yield "  It does not name exactly one plain sender, so nobody is taken for its writer."
    if came:
        yield f"  {_AUTHENTICATION.get(mail['authentication'], mail['authentication'])}"
    else:
        yield f"  It says it is from {mail['from'] or 'nobody'}; no door has looked for proof of that."
    yield from (f"    {line}" for line in mail["proof"])
    if mail["automatic"]:
        yield f"  It shows that a machine sent it: {mail['automatic']}."
    if mail["unread"]:
        yield f"  It could not be read: {mail['unread']}."
    passed = story.get("passed_on")
    if passed is not None and passed["taken"]:
        yield f"  One of our people passed it on; it was written by {passed['from'] or 'nobody who is named'}."


def _checked(story: Plain) -> Iterator[str]:
    yield ""
    yield "What was checked"
    for one in story["checks"]:
        answer = f"Yes: {one['evidence'] or one['reason']}." if one["reason"] else "No."
        yield f"  {_CHECKS.get(one['check'], one['check'])} {answer}"


def _matched(story: Plain) -> Iterator[str]:
    match = story["match"]
    yield ""
    yield "Which case it belongs to"
    for one in story["signals"]:
        what = SIGNALS.get(one["signal"], one["signal"])
        if one["outcome"].startswith("case "):
            yield f"  It has {what} that leads to {one['outcome'].partition(',')[0]}: this counted."
        else:
            yield f"  It has {what}, which did not count: {_not_counted(one['outcome'])}."
    if not story["signals"]:
        yield "  Nothing in it leads to a case that there was."
    if match["conflict"]:
        yield f"  It cannot be told which case is meant: {match['conflict']}."
    elif match["case"] is not None and match["standing"] in _STANDINGS:
        yield f"  {_STANDINGS[match['standing']]}"


def _not_counted(outcome: str) -> str:
    if outcome.startswith("sent to "):
        return "it is valid no more"
    return "we do not know it" if outcome in {"not known", "not one of ours"} else outcome


def _asked(story: Plain) -> Iterator[str]:
    refused = [one for one in story["rulings"] if not one["allowed"]]
    heard = story["commands"]["heard"]
    if not refused and not heard:
        return
    yield ""
    yield "What its writer may do"
    for one in refused:
        yield f"  {ACTIONS.get(one['action'], one['action'])} No: {one['why']}."
    if heard:
        done = "carried out" if story["commands"]["carried_out"] else "not carried out"
        yield f"  It orders {', '.join(f'/{word}' for word in heard)}: {done}."


def _decided(story: Plain, mail: Plain | None, zone: str, *, brief: bool) -> Iterator[str]:
    decision = story["decision"]
    if not brief:
        yield ""
        yield "What was decided" if mail else "What would be decided"
    # What follows a semicolon there is for whoever looks after the gate.
    meaning = REASONS.get(decision["reason"], decision["reason"]).partition(";")[0]
    on = f" on case {decision['case']}" if decision["case"] and (mail or not decision["opened"]) else ""
    done = f"It was {decision['outcome']}{on}" if mail else f"It would be {decision['outcome']}{on}"
    yield f"  {done}: {meaning}." + (f" The case was {decision['status']} then." if decision["case"] and mail else "")
    for one in decision.get("along", ()):
        yield f"  Case {one['case']} {'was opened' if one['opened'] else 'was concerned'}, too ({one['reason']})."
    if mail is None:
        return
    if mail["released_by"]:
        yield "  It was let in by hand."
    if mail["state"] == "dropped":
        yield f"  It was set aside by hand {_at(mail['done_at'], zone)}."
    elif mail["case"] not in {None, decision["case"]}:
        yield f"  It stands on case {mail['case']} now."


def _answered(letters: Sequence[Plain], zone: str, *, tense: str, brief: bool) -> Iterator[str]:
    if not brief:
        yield ""
        yield f"What {tense or 'was '}answered"
    theirs = [one for one in letters if one["kind"] not in _OURS]
    for one in theirs:
        what = _LETTERS.get(one["kind"], f"A letter ({one['kind'].replace('_', ' ')})")
        yield f"  {what} to {one['to']} {_delivered(one, zone)}."
    if not theirs:
        yield "  Nobody outside was written to because of it."
    if not brief and len(theirs) < len(letters):
        yield f"  Our own people {tense or 'were '}told."


def _delivered(letter: Plain, zone: str) -> str:
    """What became of a letter, as far as it is one that was written."""
    state = letter.get("state")
    tries = f", at attempt {letter['attempts']}" if letter.get("attempts", 0) > 1 else ""
    trouble = f": {letter['error']}" if letter.get("error") else ""
    match state:
        case None:
            return "would be sent"
        case "sent":
            back = f", and came back {_at(letter['bounced_at'], zone)}{trouble}" if letter["bounced_at"] else ""
            written, taken = _at(letter["created_at"], zone), _at(letter["done_at"], zone)
            return f"was written {written}; the next mail server took it {taken}{tries}{back}"
        case "queued" if letter["attempts"]:
            return f"was tried {letter['attempts']} times and is tried again {_at(letter['due_at'], zone)}{trouble}"
        case "queued":
            return "is about to be sent"
        case "held":
            return f"is held back: {HELD_FOR.get(letter['held_for'] or '', 'a person is to decide')}"
        case "failed":
            return f"was given up {_at(letter['done_at'], zone)}{tries}{trouble}"
    return f"was not sent: somebody did away with it {_at(letter['done_at'], zone)}"


def _undecided(mail: Plain) -> Iterator[str]:
    match mail["state"]:
        case "waiting":
            yield "It waits for its turn; nothing is decided yet."
        case "shelved":
            yield f"It could not be worked on ({mail['attempts']} attempts) and waits for a person."
        case "dropped":
            yield "It was set aside by hand."
        case _:
            yield "What stood in it, and what was decided about it, was erased. That it came is all that is kept."


def _writer(story: Plain) -> str:
    return str(story["mail"]["from"] or "nobody")


def _at(iso: str | None, zone: str) -> str:
    return local(datetime.fromisoformat(iso), zone) if iso else "soon"


def _size(size: int) -> str:
    for unit, length in (("MB", 1_000_000), ("kB", 1000)):
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size} bytes"
