"""The kinds of letter that we write, and whom each kind is for. What one of them says is its template's."""

from __future__ import annotations

from enum import StrEnum


class LetterKind(StrEnum):
    """Each letter we can write has a template of this name under `templates/letters/<language>/`."""

    CONFIRMATION = "confirmation"
    REPLY_RECEIVED = "reply_received"
    REPLY = "reply"  # what an engineer wrote to the customer
    PRIORITY_CHANGED = "priority_changed"  # and what is promised now
    CUSTOMER_REMINDER = "customer_reminder"  # we wait for your answer
    CLOSING_NOTICE = "closing_notice"  # the last reminder: the case closes on this day unless you answer
    CLOSED = "closed"
    PROGRESS = "progress"  # we are still at work
    MORE_NEEDED = "more_needed"  # what the policy asks for to verify a request
    PAGE_CODE = "page_code"  # the code that acting on the page takes, where the policy asks for one
    ACCOUNT_READY = "account_ready"  # the link to finish an account
    ACCOUNT_DECLINED = "account_declined"  # and why
    ORGANISATION_LINK = "organisation_link"  # to an organisation's admin: where its page is
    ENTITLEMENT_MISSING = "entitlement_missing"  # the mail is kept; this is missing
    OUTAGE_ANNOUNCED = "outage_announced"
    WRITE_TO_SUPPORT = "write_to_support"  # once, to who wrote to an engineer and not to the desk
    ENGINEER_REMINDER = "engineer_reminder"  # soon due, or due now
    BREACH = "breach"
    ESCALATED = "escalated"
    HANDED_ON = "handed_on"  # to a level's queue or an engineer
    UNTAKEN = "untaken"  # to the operator: nobody took it
    NEW_CASE = "new_case"
    NEW_ENTRY = "new_entry"  # somebody else wrote on the case
    NOT_DELIVERED = "not_delivered"  # a reply did not reach a customer
    COMMAND_ANSWER = "command_answer"  # what was understood of commands, and what was not
    CASE_STATUS = "case_status"  # asked for
    HELD_MAIL = "held_mail"  # to the desk: a stranger's mail is held, and can be released
    ACCOUNT_ASKED = "account_asked"  # to the CSM
    ACCOUNT_ESCALATED = "account_escalated"  # to the CSM and the first rung: an account as a whole
    MAILBOX_STALLED = "mailbox_stalled"
    MAILBOX_RECOVERED = "mailbox_recovered"
    BREAKER_OPENED = "breaker_opened"
    BREAKER_CLOSED = "breaker_closed"
    BOOKS_UNBALANCED = "books_unbalanced"
    BOOKS_BALANCED = "books_balanced"
    SIGN_IN = "sign_in"  # to one of ours, who asked to be let into the desk's window
    NODES_DIFFER = "nodes_differ"
    NODES_AGREE = "nodes_agree"


# To people of ours: no ref, no reply token, and words that customers never see.
INTERNAL_LETTERS = frozenset(
    {
        LetterKind.ENGINEER_REMINDER,
        LetterKind.BREACH,
        LetterKind.ESCALATED,
        LetterKind.HANDED_ON,
        LetterKind.UNTAKEN,
        LetterKind.NEW_CASE,
        LetterKind.NEW_ENTRY,
        LetterKind.NOT_DELIVERED,
        LetterKind.COMMAND_ANSWER,
        LetterKind.CASE_STATUS,
        LetterKind.HELD_MAIL,
        LetterKind.ACCOUNT_ASKED,
        LetterKind.ACCOUNT_ESCALATED,
    }
)

# About no case: no number, no ref.
CASELESS_LETTERS = frozenset(
    map(LetterKind, ("entitlement_missing", "outage_announced", "account_escalated", "organisation_link"))
)

# About no case, too: to whoever runs the gate (or signs in to its desk), in English alone.
OPERATOR_LETTERS = frozenset(
    kind for kind in LetterKind if kind.startswith(("mailbox_", "breaker_", "books_", "nodes_", "sign_in"))
)
OPERATOR_LANGUAGE = "en"
