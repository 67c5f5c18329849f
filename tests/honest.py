"""The suite of honest mail: what people's programs make of an answer, and where each of these mails belongs.

A fixture `honest_<name>.eml` names what only our letter can tell by `{{subject}}`, `{{ref}}`, `{{number}}`, `{{org}}`,
`{{key}}`, `{{message_id}}`, `{{reply_to}}`, `{{letter}}` (its words) and `{{quoted}}` (the same behind "> ").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage

from fixture_mail import data_of

PARTICIPANT, ACQUAINTED, ORGANISATION = "participant", "acquainted", "organisation"
ANN = "ann@customer.test"
STILL = "It still burns."
_REF = re.compile(r"ref:_(00D\w{6})\._(500\w{13,}):ref")
_PLACE = re.compile(rb"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Shape:
    """A mail that answers our letter to Ann: how it finds the case, who its writer is to it, and its new words.

    `sender` is the return path, `to` the recipient ("" for the Reply-To of our letter), `kind` that of its entry,
    `joins` who takes part from then on because he was copied.
    """

    name: str
    how: str
    standing: str = PARTICIPANT
    words: str = STILL
    sender: str | None = ANN
    to: str = "support@example.com"
    kind: str = "mail"
    joins: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether Ann is told that her words were added: hers alone, and never what a machine passed on."""
        return self.standing == PARTICIPANT and self.kind == "mail"


def filled(name: str, letter: EmailMessage) -> bytes:
    """The fixture of that name, as an answer to that letter."""
    subject = " ".join(str(letter["Subject"]).split())
    found = _REF.search(subject)
    body = letter.get_body(("plain",))
    assert found is not None
    assert body is not None
    words = str(body.get_content()).strip().splitlines()
    said = {
        "subject": subject,
        "ref": found[0],
        "number": subject[1:11],
        "org": found[1],
        "key": found[2],
        "message_id": str(letter["Message-ID"]).strip(),
        "reply_to": str(letter["Reply-To"]).strip("<> "),
        "letter": "\r\n".join(words),
        "quoted": "\r\n".join(f"> {line}".rstrip() for line in words),
    }
    return _PLACE.sub(lambda place: said[place[1].decode()].encode(), data_of(f"honest_{name}"))


ADDRESSES = (
    Shape("second_address_by_reply_address", "reply_token", ACQUAINTED, sender="ann.lee@home.test", to=""),
    Shape("second_address_by_in_reply_to", "reply_token", ACQUAINTED, sender="ann.lee@home.test"),
    Shape("second_address_answers_own_mail", "thread", ACQUAINTED, sender="ann.lee@home.test"),
    Shape("colleague_by_ref", "subject_ref", ORGANISATION, sender="bob@customer.test"),
    Shape("plus_address", "subject_ref", ORGANISATION, sender="ann+printers@customer.test"),
    Shape("send_as", "reply_token", ACQUAINTED),
    Shape("verp_sender", "subject_ref", sender="bounce+77-support=example.com@mail.customer.test"),
    Shape("srs_sender", "subject_ref", sender="SRS0=Ab3d=T5=customer.test=ann@forwarder.test"),
    Shape("batv_sender", "subject_ref", sender="prvs=1234ab56cd=ann@customer.test"),
    Shape("upper_case_domain", "subject_ref", sender="ANN@CUSTOMER.TEST"),
    Shape("quoted_local_part", "subject_ref"),
    Shape("domain_of_two_scripts", "reply_token", ACQUAINTED),
)
RELAYS = (
    Shape(
        "google_group_rewrites_from",
        "reply_token",
        ACQUAINTED,
        sender="office+bncBDX5TJ6@groups.test",
        kind="list",
    ),
    Shape("mailman_rewrites_from", "reply_token", ACQUAINTED, sender="office-bounces@lists.test", kind="list"),
    Shape("list_of_their_own", "subject_ref", ORGANISATION, sender="office-bounces@customer.test", kind="list"),
    Shape("list_keeps_from", "reply_token", sender="office-bounces@lists.test", kind="list"),
    Shape("exchange_new_ids_reply_address", "reply_token", ACQUAINTED, sender="a.lee@corp.test", to=""),
    Shape("exchange_new_ids_ref", "subject_ref"),
    Shape("forwarded_by_gmail", "subject_ref", ORGANISATION, sender="ann+caf_=support=example.com@home.test"),
    Shape("resent", "subject_ref", sender="bob@other.test"),
    Shape("spam_tag", "subject_ref"),
    Shape("external_tag", "subject_ref"),
    Shape("reply_address_in_to_alone", "reply_token", ACQUAINTED, sender="ann.lee@home.test"),
)
PROGRAMS = (
    Shape("iphone", "reply_token"),
    Shape("samsung", "reply_token"),
    Shape("outlook_mobile", "reply_token"),
    Shape("gmail_app", "reply_token"),
    Shape("outlook_html", "reply_token"),
    Shape("flowed", "reply_token"),
    Shape("bottom_posted", "reply_token"),
    Shape("interleaved", "reply_token", words="Thank you.\nIt still burns."),
    Shape("quotes_our_reply_address", "quoted_ref"),
    Shape("utf_16", "reply_token", words="Es brennt noch: größer."),
    Shape("base64", "reply_token"),
    Shape("gb2312", "subject_ref", words="还在着火。"),
    Shape("iso_2022_jp", "reply_token", words="まだ燃えています。"),
    Shape("koi8_r", "reply_token", words="Всё ещё горит."),
    Shape("smime", "reply_token"),
    Shape("pgp_mime", "reply_token"),
    Shape("pgp_inline", "reply_token"),
    Shape("calendar_answer", "subject_ref"),
    Shape("attachment_alone", "reply_token", words=""),
    Shape("empty", "reply_token", words=""),
    Shape("receipt_wanted", "reply_token"),
    Shape("auto_submitted_no", "reply_token"),
    Shape("outlook_suppresses", "reply_token"),
    Shape("important", "reply_token"),
)
THREADS = (
    Shape("no_message_id", "subject_ref"),
    Shape("no_date", "reply_token"),
    Shape("no_subject", "reply_token"),
    Shape("new_subject", "reply_token"),
    Shape("folded_ref", "subject_ref"),
    Shape("answer_prefixes", "subject_ref"),
    Shape("their_desk_adds_its_ref", "subject_ref"),
    Shape("long_references", "reply_token", ACQUAINTED, sender="ann.lee@home.test"),
    Shape("to_several", "reply_token", joins=("bob@customer.test",)),
    Shape("bcc", "reply_token"),
    Shape("undisclosed_recipients", "reply_token"),
    Shape("by_their_crm", "subject_ref", ORGANISATION, sender="desk@customer.test", kind="auto_generated"),
    Shape("by_their_no_reply", "reply_token", ACQUAINTED, sender="x@desk.test", to="", kind="auto_generated"),
)


@dataclass(frozen=True, slots=True)
class Opening:
    """A mail that opens a case: its contact, who alone is written to ("" for nobody)."""

    name: str
    contact: str
    sender: str | None = ANN
    kind: str = "mail"


OPENINGS = (
    Opening("quoted_local_part_with_a_space", '"ann lee"@customer.test'),
    Opening("domain_in_a_labels", "joerg@xn--bcher-kva.test"),
    Opening("list_opens_a_case", "", "office-bounces@lists.test", "list"),
    Opening("own_group_rewrites_from", "", "help+bncBDX5TJ6@example.com"),
    Opening("forwarded_by_our_gmail", ANN, "help+caf_=support=gate.example@example.com"),
    Opening("forwarded_by_our_exchange", ANN, "help+SRS=GrYzX=T5=customer.test=ann@example.com"),
)
# What only a door that looks for the sender's authentication sees (tests/doors/test_honest_doors.py).
AT_DOORS = (
    "arc_forwarded_answer",
    "signed_at_a_verifying_door",
    "unsigned_at_a_verifying_door",
    "upstream_says_fail",
)
SHAPES = (*ADDRESSES, *RELAYS, *PROGRAMS, *THREADS)
