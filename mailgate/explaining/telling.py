"""Tells the trace of a mail (`mailgate/story.py`) as a story that a person can follow. It prints nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Story = Mapping[str, Any]

_HANDLINGS = {
    "accept": "it may come in",
    "hold": "to be held until a person releases it",
    "match_or_hold": "only onto a case that it belongs to, without a letter; else to be held",
    "quiet": "onto its case or a new one, without a letter",
    "attach": "onto the case of the mail that it repeats, without a letter",
}
SIGNALS = {
    "copy": "an earlier copy",
    "reply_token": "a reply token",
    "thread": "In-Reply-To, References",
    "subject_ref": "a ref in the subject",
    "subject_number": "a number in the subject",
    "body_ref": "a ref in the new words",
    "quoted_ref": "a ref in the quoted words",
}
REASONS = {
    "opened": "a new case is opened",
    "follow_up": "its case is closed for too long: a new case follows it",
    "reply": "a reply on its case",
    "reopened": "a reply that opens its case again",
    "copy": "the same mail once more",
    "stranger": "a stranger's mail, who has no more than the number or ref of a case",
    "by_policy": "the policy holds what such a writer sends (authority)",
    "two_refs": "it names two different cases, and guessing would be wrong",
    "canary": "the mail that `mailgate doctor --canary` sent round",
    "loop": "our own words coming back",
    "block": "its sender is on the block list",
    "bounce": "a delivery report",
    "auto_reply": "an automatic answer",
    "auto_generated": "a machine's own mail",
    "list": "a mailing list's mail",
    "bulk": "mail to many",
    "entitlement": "its writer lacks what the policy needs for a case; `mailgate inbox release` opens one",
    "escalation": "a person of ours escalates the case by mail",
}
ACTIONS = {
    "append": "May his words go on the case?",
    "command": "May his word move the case?",
    "join": "May whom he copies take part?",
    "note": "May he leave a note?",
    "relay": "May his words go out to the customer?",
    "direct": "May he give commands?",
    "open_for": "May he open a case for somebody else?",
}


def tell(story: Story) -> Iterator[str]:
    """The lines of the story."""
    yield from _mail(story["mail"])
    yield from _passed_on(story.get("passed_on"))
    yield ""
    yield "May it come in?"
    width = max((len(one["check"]) for one in story["checks"]), default=0)
    for one in story["checks"]:
        found = f"found: {one['evidence'] or one['reason']}" if one["reason"] else "nothing"
        yield f"  {one['check']:<{width}}  {found}"
    verdict = story["verdict"]
    because = f" ({verdict['reason']})" if verdict["reason"] else ""
    yield f"  => {verdict['handling']}{because}: {_HANDLINGS.get(verdict['handling'], '')}".rstrip(": ")
    yield ""
    yield "Which case is it about?"
    yield from _match(story)
    yield from _orders(story["commands"])
    if story["rulings"]:
        yield ""
        yield "What may its writer do?"
    for one in story["rulings"]:
        ruled = "yes" if one["allowed"] else f"no: {one['reason']} ({one['why']})"
        yield f"  {ACTIONS.get(one['action'], one['action'])} {ruled}"
    yield ""
    yield "What does it mean?"
    yield f"  => {tell_outcome(story)}"
    for letter in story["decision"]["letters"]:
        neutral = ", neutral: without the sender's words" if letter["neutral"] else ""
        yield f"  letter: {letter['kind']} to {letter['to']}{neutral}"
    if not story["decision"]["letters"]:
        yield "  no letter"
    for one in story["decision"].get("along", ()):
        yield f"  case {one['case']}, too{', opened' if one['opened'] else ''}: {one['reason']}"
        yield from (f"    letter: {letter['kind']} to {letter['to']}" for letter in one.get("letters", ()))
    for note in story["decision"]["notes"]:
        yield f"  note: {note}"


def tell_outcome(story: Story) -> str:
    """The end of the story in one line."""
    decision = story["decision"]
    meaning = REASONS.get(decision["reason"], "")
    why = f"{decision['reason']}: {meaning}" if meaning else str(decision["reason"])
    if decision["case"] is None:
        return f"{decision['outcome']} ({why})"
    return f"{decision['outcome']} on case {decision['case']}, now {decision['status']} ({why})"


def _mail(mail: Story) -> Iterator[str]:
    yield f"Mail from {mail['from'] or 'nobody'} to mailbox {mail['mailbox']}: {mail['subject'] or '(no subject)'}"
    if mail["identity"] is None:
        yield "  author: nobody (not exactly one plain From)"
    yield f"  authentication: {mail['authentication']}, at door {mail['door']}"
    yield from (f"    {line}" for line in mail["proof"])
    yield f"  Message-ID: {mail['message_id'] or 'none'}"
    if mail["automatic"]:
        yield f"  a machine's: {mail['automatic']}"
    if mail["unread"]:
        yield f"  could not be read: {mail['unread']}"
    if mail.get("protection"):
        yield f"  protection: {mail['protection']} (not verified)"
    if mail.get("words_of_ours"):
        yield f"  {mail['words_of_ours']} words of our own letters stood among its new words: they were taken away"
    if mail["defects"]:
        yield f"  defects: {', '.join(mail['defects'])}"


def _passed_on(passed: Story | None) -> Iterator[str]:
    if passed is None:
        return
    yield f"  it forwards ({passed['how']}) a mail from {passed['from']}: {passed['subject'] or '(no subject)'}"
    if passed["taken"]:
        yield "    taken for that person's own mail, for which the engineer vouches: all that follows is about it"
    else:
        yield f"    not taken for that person's own mail: {passed['why']}"


def _orders(commands: Story) -> Iterator[str]:
    heard, faults = commands["heard"], commands["not_understood"]
    if not (heard or faults or commands["unheard"]):
        return
    yield ""
    yield "What does it order?"
    done = "carried out" if commands["carried_out"] else "not carried out"
    for word in heard:
        yield f"  /{word}: {'waits with the words beside it' if word in commands.get('waiting', ()) else done}"
    yield from (f"  /{word}: not understood" for word in faults)
    yield from (f"  /{one['word']} {one['place']}: not heard" for one in commands["unheard"])


def _match(story: Story) -> Iterator[str]:
    match, signals = story["match"], story["signals"]
    width = max((len(SIGNALS.get(one["signal"], one["signal"])) for one in signals), default=0)
    for one in signals:
        yield f"  {SIGNALS.get(one['signal'], one['signal']):<{width}}  {one['looked_for']}: {one['outcome']}"
    if not signals:
        yield "  nothing in it leads to a case"
    if match["conflict"]:
        yield f"  => it cannot be told: {match['conflict']}"
    elif match["case"] is None:
        yield "  => none that we know"
    else:
        how = SIGNALS.get(match["how"], match["how"])
        yield f"  => case {match['case']}, by {how}; its writer is {match['standing']}"
