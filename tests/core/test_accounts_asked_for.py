"""An account that is asked for is decided on once, by who was sent the link for it, and finished once by who asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.cases.account_events import AccountAsked, AccountFinished
from mailgate.cases.case import Case, Decision, Status
from mailgate.cases.decide import decide
from mailgate.cases.events import EngineerActed
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.match import Standing
from mailgate.cases.may import OPERATOR, Actor, may
from mailgate.cases.ref import Names
from mailgate.cases.ruling import Action
from mailgate.errors import NotAllowed
from mailgate.mail.message import Address, Authentication
from mailgate.policy.policy import Policy
from mailgate.policy.service import Accounts
from moments import NOON

ANN, CSM = "ann@customer.test", "carol@engineers.test"
POLICY = Policy("default", accounts=Accounts(csm=CSM, page=True))
NAMES = Names("2611000001", "00D7F47PR0", "5007FY8VVC00000X", b"s" * 32, "example.com")
FINISHED = AccountFinished(ANN, "Example Ltd")


def decided(case: Case | None, event: AccountAsked | AccountFinished | EngineerActed) -> Decision:
    return decide(case, event, POLICY, NAMES, NOON)


def after(decision: Decision) -> Case:
    assert decision.case is not None
    return replace(decision.case, version=decision.case.version + 1)


def asked() -> Case:
    event = AccountAsked(Address("Ann Lee", ANN), "support", link="https://support.example.com/account/approve/t")
    return after(decided(None, event))


APPROVED = EngineerActed(CSM, approve=True, organisation="Example Ltd", link="https://support.example.com/x")
DECLINED = EngineerActed(CSM, decline=True, reason="We know you already.")


def test_who_asks_gets_no_letter_and_the_csm_gets_the_link() -> None:
    event = AccountAsked(Address("Ann Lee", ANN), "support", link="https://support.example.com/account/approve/t")
    (letter,) = decided(None, event).letters
    assert (letter.kind, letter.to.address) == (LetterKind.ACCOUNT_ASKED, CSM)
    assert dict(letter.says)["approve_link"] == "https://support.example.com/account/approve/t"


def test_what_was_approved_waits_for_the_customer_and_owes_him_no_first_answer() -> None:
    decision = decided(asked(), APPROVED)
    case = after(decision)
    assert (case.status, case.account, case.course.answered_at) == (Status.WAITING, "Example Ltd", NOON)
    (letter,) = decision.letters
    assert (letter.kind, letter.to.address, letter.neutral) == (LetterKind.ACCOUNT_READY, ANN, True)


@pytest.mark.parametrize("first", [APPROVED, DECLINED])
@pytest.mark.parametrize("second", [APPROVED, DECLINED])
def test_it_is_decided_on_once(first: EngineerActed, second: EngineerActed) -> None:
    with pytest.raises(NotAllowed, match="already"):
        decided(after(decided(asked(), first)), second)


def test_it_is_not_approved_and_declined_at_once() -> None:
    with pytest.raises(NotAllowed, match="not both"):
        decided(asked(), replace(APPROVED, decline=True))


@pytest.mark.parametrize(("reason", "kinds"), [("No.", [LetterKind.ACCOUNT_DECLINED]), ("", [])])
def test_what_was_declined_is_closed_and_told_where_there_is_a_reason(reason: str, kinds: list[LetterKind]) -> None:
    decision = decided(asked(), EngineerActed(CSM, decline=True, reason=reason))
    assert after(decision).status is Status.CLOSED
    assert [letter.kind for letter in decision.letters] == kinds


def test_only_what_was_approved_is_finished_and_only_once() -> None:
    with pytest.raises(NotAllowed, match="nobody has approved"):
        decided(asked(), FINISHED)
    with pytest.raises(NotAllowed, match="is over"):
        decided(after(decided(asked(), DECLINED)), FINISHED)
    done = after(decided(after(decided(asked(), APPROVED)), FINISHED))
    assert done.status is Status.CLOSED
    opened_again = replace(done, status=Status.OPEN)
    with pytest.raises(NotAllowed, match="is over"):
        decided(opened_again, FINISHED)


def test_the_letters_that_follow_carry_no_word_of_who_asked() -> None:
    case = after(decided(asked(), APPROVED))
    later = decide(case, EngineerActed("operator", ask=True), POLICY, NAMES, NOON + timedelta(days=1))
    assert [letter.neutral for letter in later.letters] == [True]


def test_only_the_link_that_he_alone_was_sent_lets_one_of_ours_decide_and_a_customer_finish() -> None:
    case = asked()
    allowed = {
        (standing, token, action)
        for standing in Standing
        for token in (True, False)
        for action in (Action.SETTLE, Action.FINISH)
        if may(Actor(standing, "x", Authentication.PASS, own_token=token), action, case, POLICY).allowed
    }
    operator = {one for one in allowed if one[0] is Standing.OPERATOR}
    assert allowed - operator == {
        (Standing.COLLEAGUE, True, Action.SETTLE),
        (Standing.ENGINEER, True, Action.SETTLE),
        (Standing.PARTICIPANT, True, Action.FINISH),
    }
    assert may(OPERATOR, Action.SETTLE, case, POLICY).allowed
