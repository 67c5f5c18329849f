"""may(): who may do what to a case. The one place where rights are judged, for mail, page and command line alike.

A ref is an address, not a key (DESIGN, law 11): rights come from who somebody is to the case (`Standing`), from what
the door found of his mail, and from a reply token that he alone was sent. How much of it a thing needs is the
policy's (`policy/authority.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.cases.case import Case
from mailgate.cases.desk import Desk
from mailgate.cases.letter_kinds import INTERNAL_LETTERS
from mailgate.cases.match import Match, Standing
from mailgate.cases.ruling import Action, Ruling
from mailgate.mail.message import Authentication, Mail
from mailgate.policy.authority import MailGoes, Proof, Rights
from mailgate.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who wants something: an address key ("" for nobody), and all that speaks for him.

    `own_token`: he answers a letter about this very case that he alone was sent.
    """

    standing: Standing
    address: str = ""
    authentication: Authentication = Authentication.UNKNOWN
    own_token: bool = False


# Whoever runs the gate, at its command line: the machine has asked who he is.
OPERATOR = Actor(Standing.OPERATOR, "operator", Authentication.PASS)


def actor_of(mail: Mail, match: Match, desk: Desk) -> Actor:
    """Who the writer of a mail is. An engineer on a case of his own (he wrote to us as a customer does) is a customer,
    unless he answers a letter to our people."""
    key = mail.identity.key if mail.identity else ""
    answers_desk = match.letter in _DESK_LETTERS
    standing = match.standing if match.case is not None else Standing.STRANGER if key else Standing.NOBODY
    own_token = match.direct and bool(key) and match.owner == key
    engineer = desk.engineer(key)
    if engineer is not None and (answers_desk or standing is not Standing.PARTICIPANT):
        standing = Standing.ENGINEER
        # A letter to a queue was sent to all who read it, and who that is, the roster says.
        own_token = own_token or (match.direct and answers_desk and desk.engineer(match.owner) is None)
    elif answers_desk and standing is not Standing.PARTICIPANT:
        standing = Standing.COLLEAGUE
    return Actor(standing, key, mail.envelope.authentication, own_token)


# The door found no reason to doubt him.
BELIEVED = frozenset({Authentication.PASS, Authentication.UNKNOWN})

_CALLED = {
    Standing.PARTICIPANT: "participants",
    Standing.ACQUAINTED: "others who answer a mail of the case",
    Standing.ORGANISATION: "others of a participant's organisation",
}
_OURS = frozenset({Standing.ENGINEER, Standing.COLLEAGUE})
_DESK_LETTERS = frozenset(kind.value for kind in INTERNAL_LETTERS)


def may_speak(actor: Actor, policy: Policy) -> bool:
    """Whether commands of such a customer are read at all: of others than participants only by a policy's word."""
    if actor.standing in {*_OURS, Standing.OPERATOR}:
        return False
    rights: Rights = getattr(policy.authority, actor.standing.value)
    return actor.standing is Standing.PARTICIPANT or rights.commands is not Proof.NEVER


def may(actor: Actor, action: Action, case: Case | None, policy: Policy) -> Ruling:
    """Whether `actor` may do that to `case` (None: to no case yet) under `policy`."""
    if actor.standing is Standing.OPERATOR:
        return Ruling(action)
    if action in {Action.SETTLE, Action.FINISH}:
        return _of_an_account(actor, action)
    if actor.standing in _OURS and actor.authentication is Authentication.FAIL:
        return Ruling(action, "forged", f"the door found that the mail is not by {actor.address}, whom it names")
    if actor.standing is Standing.ENGINEER:
        return _engineer(actor, action, policy)
    if action in {Action.RELAY, Action.DIRECT, Action.OPEN_FOR}:
        return Ruling(action, "not_in_roster", f"{actor.address or 'the writer'} is no engineer of ours")
    if actor.standing is Standing.COLLEAGUE:
        if action in {Action.NOTE, Action.APPEND}:
            return Ruling(action)
        return Ruling(action, "not_of_the_case", f"{actor.address} does not take part in the case")
    if action is Action.NOTE:
        return Ruling(action, "not_in_roster", f"{actor.address or 'the writer'} is no engineer of ours")
    rights: Rights = getattr(policy.authority, actor.standing.value)
    if action is Action.APPEND:
        return _append(action, rights, case, actor)
    return _join(rights, case, actor) if action is Action.JOIN else _proved(action, rights.commands, actor)


def _join(rights: Rights, case: Case | None, actor: Actor) -> Ruling:
    """Whoever opens a case says who else it is about, as far as the door has no doubt of him; later it takes proof, or
    anybody who writes a participant's address into From could read along."""
    if case is None and actor.authentication in BELIEVED and rights.commands is not Proof.NEVER:
        return Ruling(Action.JOIN)
    return _proved(Action.JOIN, rights.commands, actor)


def _append(action: Action, rights: Rights, case: Case | None, actor: Actor) -> Ruling:
    if case is None or rights.mail is MailGoes.APPEND:
        return Ruling(action)
    if actor.standing not in {Standing.STRANGER, Standing.NOBODY}:
        return Ruling(action, "by_policy", f"the policy holds the mail of {_CALLED[actor.standing]}")
    return Ruling(action, "stranger", "the writer does not take part in the case, and knows no more of it than its ref")


def _of_an_account(actor: Actor, action: Action) -> Ruling:
    """Only who was sent the link for it: of ours who decides on it, of the customers who asked."""
    theirs = _OURS if action is Action.SETTLE else {Standing.PARTICIPANT}
    if actor.standing in theirs and actor.own_token:
        return Ruling(action)
    return Ruling(action, "needs_own_token", "only who was sent the link for it can do that")


def _engineer(actor: Actor, action: Action, policy: Policy) -> Ruling:
    rights = policy.authority.engineer
    match action:
        case Action.APPEND | Action.NOTE:
            return Ruling(action)
        case Action.RELAY:
            return _proved(action, rights.relay, actor)
        case Action.OPEN_FOR:
            return _proved(action, rights.opens, actor)
        case _:
            return _proved(action, rights.commands, actor)


def _proved(action: Action, needs: Proof, actor: Actor) -> Ruling:
    """Whether he shows what is needed."""
    authentic, token = actor.authentication is Authentication.PASS, actor.own_token
    if needs is Proof.NEVER:
        return Ruling(action, "forbidden", "the policy lets nobody do it who is no more than that to the case")
    if actor.authentication is Authentication.FAIL:
        return Ruling(action, "forged", "the door found that the mail is not by whom it says")
    shown = {
        Proof.AUTHENTICATION: authentic,
        Proof.TOKEN: token,
        Proof.EITHER: authentic or token,
        Proof.BOTH: authentic and token,
    }[needs]
    if shown:
        return Ruling(action)
    if needs is Proof.EITHER:
        return Ruling(action, "needs_proof", "the sender is not authenticated, and answers no letter that he was sent")
    if not authentic and needs is not Proof.TOKEN:
        found = actor.authentication.value
        return Ruling(action, "needs_authentication", f"the sender is not authenticated (the door found: {found})")
    return Ruling(action, "needs_own_token", "the mail answers no letter about this case that he alone was sent")
