"""Says whether a machine wrote a mail, which sort, and by what evidence. A person's mail is never a machine's.

What to do about it is the checks' and the policy's affair. RFC 3834 first; then what programs do instead of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from mailgate.mail.automatic_words import ABSENT, ALONE, PLAIN, SUBJECT
from mailgate.mail.by_hand import by_hand, names_a_program
from mailgate.mail.message import Automatic, AutomaticKind, Report

# Fields that only machines set, with any value that is no denial. As wide as names get: whatever speaks of an automatic
# answer is one (X-Zendesk-Auto-Replied, X-OTRS-AutoReply), but X-Auto-Response-Suppress: people's Outlook sends it.
_FIELD = re.compile(
    r"(?!.*suppress)(?:.*auto-?(?:respon(?:se|d|der)|replied|reply|generated|submitted|answer).*"
    r"|(?:x-)?(?:mail-)?auto-?(?:notify|notified)(?:-from|-by)?|.*(?:holidayreply|machine-?generated).*"
    r"|x-(?:vacation|away|ooo|cron-env|ms-exchange-generated-message-source|amazon-auto-reply|jira-fingerprint)"
    r"|x-(?:servicenow-generated|ricevuta|list-administrivia|rocket-autoresponder)"
    r"|x-post-messageclass|x-sfdc-emailcategory|x-freescout-mail-type|x-mailer-daemon|feedback-type)"
)
_DENIALS: Final = frozenset(("", "no", "false", "0", "none", "off", "n"))
# Fields of what was sent by hand, too, which say the sort: "auto.reply", "caseAutoResponse", "9; Autoresponder".
_SORTS: Final = ("x-post-messageclass", "x-sfdc-emailcategory", "x-freescout-mail-type")
_OWN_ACCORD = re.compile(r"generated|administrivia|notify|notified|submitted|cron|machine|fingerprint|daemon|feedback")

# What gateways and desks put in front: "[EXTERNAL]", "[example.com #123]".
_TAGS = re.compile(r"^(?:\[[^\]]{1,60}\]\s{0,3}){1,3}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,40}")
_REPLY = re.compile(
    r"(?:re|aw|sv|antw|r|rif|odp|vs|回复|回覆|답장|ynt)\s{0,2}[:：]\s{0,3}(?:\[[^\]]{1,40}\]\s{0,3}){0,2}",
    re.IGNORECASE,
)
_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|bounces?|microsoftexchange[0-9a-f]{32}"
    r"|mail[-_.]delivery[-_.]?(?:system|subsystem|service)?)(?:\+.*|-.*)?$",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(
    r"(?:[\w.-]{0,30}[._-])?(?:no|do[-_.]?not|dont|never|ne|non|nao|nicht|keine?)[-_.]?(?:reply|replies|response"
    r"|respond|antwort(?:en)?|responder?|rispondere)(?:[-_.+\d].{0,60})?$",
    re.IGNORECASE,
)
# A person may write as postmaster; but what is written to it may meet a machine.
_UNREAD = re.compile(r"(?:postmaster|ne[-_.]?pas[-_.]?repondre|nobody|devnull)(?:\+.*)?$", re.IGNORECASE)
_AGGREGATE = re.compile(r"\s?Report Domain: ?\S{1,255}\s{1,5}Submitter: ?\S", re.IGNORECASE)  # RFC 7489 §7.2.1.1
# Challenges ("confirm that you are a person") carry what is to come back: BoxTrapper, TMDA.
_ASKS_BACK = re.compile(r"\b(?:verify|conf)#[\w.-]{8,}", re.IGNORECASE)
# Nagios and its children, which set no field.
_MONITOR = re.compile(
    r"\*\* ?(?:PROBLEM|RECOVERY|ACKNOWLEDGEMENT|FLAPPING\w{0,20}|DOWNTIME\w{0,20})\b.{0,10}(?:Service|Host)\b",
    re.IGNORECASE,
)
# Mail to many: newsletters have these as lists have them; what marks a list on which people write is in `mailing_list`.
_MANY_FIELDS: Final = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "list-subscribe",
    "list-archive",
    "mailing-list",
    "x-mailing-list",
    "x-mailman-version",
    "x-listname",
    "x-campaign",
    "x-campaignid",
    "x-csa-complaints",
)
# What senders of newsletters add, whatever else the mail has in common with a list's.
_CAMPAIGN_FIELDS: Final = ("x-campaign", "x-campaignid", "x-csa-complaints", "feedback-id", "x-mc-user", "x-sg-eid")


def automatic(
    fields: Sequence[tuple[str, str]],
    sender: str | None,
    from_address: str,
    subject: str,
    text: str,  # noqa: ARG001 - agreed; so far no words of a body were evidence enough
    report: Report | None,
    content_type: str,
) -> Automatic | None:
    """The machine that wrote the mail; None for a person.

    `fields` are (lower-case name, unfolded value); `sender` the return path ("" the null sender, None unknown);
    `content_type` the whole field of the mail, parameters included.
    """
    if report is not None:
        return Automatic(AutomaticKind.BOUNCE, "delivery report" if report.failed else "delivery report: delayed")
    known = _first(fields)
    submitted = _auto_submitted(fields)
    found = None
    if submitted != "no":
        responds = _responds(known, subject)
        path = _return_path(known) if sender is None else sender
        found = (
            _submitted(submitted, responds)
            or _reporting(f"{content_type} {known.get('content-type', '')}")
            or _by_field(fields, responds)
            or _by_subject(known, responds, subject, path)
            or _by_address(known, path, from_address, subject)
        )
    return found or _to_many(known)


def nobody_reads(address: str) -> bool:
    """Whether an answer to that address would reach a machine, or nobody (RFC 3834 §2)."""
    local = address.rpartition("@")[0][:200]
    return any(pattern.match(local) for pattern in (_DAEMON, _NO_REPLY, _UNREAD))


def _auto_submitted(fields: Sequence[tuple[str, str]]) -> str:
    """What `Auto-Submitted` says, without comments and parameters; of several the first that does not say "no"."""
    said = [
        re.sub(r"\([^)]{0,200}\)", " ", value).partition(";")[0].strip().lower()
        for name, value in fields
        if name == "auto-submitted"
    ]
    return next((one for one in said if one not in ("", "no")), said[0] if said else "")


def _answers(known: Mapping[str, str]) -> bool:
    return "in-reply-to" in known or "references" in known


def _first(fields: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for name, value in fields:
        known.setdefault(name, value)
    return known


def _responds(known: Mapping[str, str], subject: str) -> str:
    """The evidence that this answers a mail by itself, "" for none."""
    precedence = known.get("precedence", "").strip().lower()
    if precedence in ("auto_reply", "auto-reply", "autoreply"):
        return f"Precedence: {precedence}"
    bare = _TAGS.sub("", subject[:200].strip(), count=1)
    answers = _answers(known)
    alone = not answers and ALONE.match(bare)
    if (
        (not alone and (SUBJECT.match(subject[:200].strip()) or SUBJECT.match(bare)))
        or _of_himself(bare, known)
        or (answers and PLAIN.match(bare) and not by_hand(known))
    ):
        return f"subject: {bare[:60]}"
    # A person answering an automatic reply keeps its subject, but their program then names what is answered.
    prefix = _REPLY.match(bare)
    if prefix and not answers and SUBJECT.match(_TAGS.sub("", bare[prefix.end() :], count=1)):
        return f"subject: {bare[:60]}"
    return ""


def _of_himself(subject: str, known: Mapping[str, str]) -> bool:
    """Whether the subject says of the writer, by his name, that he is absent: people say "I", or name others."""
    found = ABSENT.match(subject)
    if found is None:
        return False
    author = set(_WORD.findall(known.get("from", "")[:300].casefold()))
    name = _WORD.findall(found["name"].casefold())
    return bool(name) and name[0] in author


def _submitted(value: str, responds: str) -> Automatic | None:
    """RFC 3834 §5. Exchange says auto-generated of its out-of-office replies, so the subject may say more."""
    if not value:
        return None
    reply = value.startswith("auto-repl") or responds
    kind = AutomaticKind.AUTO_REPLY if reply else AutomaticKind.AUTO_GENERATED
    return Automatic(kind, f"Auto-Submitted: {value[:60]}")


def _reporting(content_type: str) -> Automatic | None:
    lowered = content_type[:1000].lower()
    if not lowered.startswith(
        ("multipart/report", "message/feedback-report", "message/disposition-notification", "message/delivery-status")
    ):
        return None
    if "disposition-notification" in lowered:
        return Automatic(AutomaticKind.AUTO_REPLY, "read receipt")
    if "feedback-report" in lowered:
        return Automatic(AutomaticKind.AUTO_GENERATED, "feedback report")
    return Automatic(AutomaticKind.AUTO_GENERATED, "multipart/report without a failure")


def _by_field(fields: Sequence[tuple[str, str]], responds: str) -> Automatic | None:
    for name, value in fields:
        said = value.strip()
        if name == "delivered-to" and said.lower() == "autoresponder":
            return Automatic(AutomaticKind.AUTO_REPLY, "Delivered-To: Autoresponder")
        if name in _SORTS and "auto" not in said.lower():
            continue
        if said.lower() in _DENIALS or not _is_machines(name):
            continue
        own = _OWN_ACCORD.search(name) and not responds and not re.search("oof|auto-?repl", said, re.IGNORECASE)
        return Automatic(AutomaticKind.AUTO_GENERATED if own else AutomaticKind.AUTO_REPLY, f"{name}: {said[:60]}")
    if any(name == "precedence" and value.strip().lower() == "junk" for name, value in fields):
        return Automatic(AutomaticKind.AUTO_REPLY, "Precedence: junk")  # what vacation(1) says
    return None


@lru_cache(maxsize=1000)  # most mails have the same few
def _is_machines(name: str) -> bool:
    return _FIELD.fullmatch(name) is not None


def _by_subject(known: Mapping[str, str], responds: str, subject: str, path: str | None) -> Automatic | None:
    """Precedence, or words in a subject alone. A person may begin so too ("Out of office: setup does not work"): a mail
    that answers none, has a return path, and was written with a program for people is his."""
    if not responds:
        return None
    answers = _answers(known) or _REPLY.match(subject[:200].strip())
    if path and not answers and responds.startswith("subject: ") and by_hand(known):
        return None
    return Automatic(AutomaticKind.AUTO_REPLY, responds)


def _return_path(known: Mapping[str, str]) -> str | None:
    """What an earlier host wrote down of the envelope, for a door that does not know it."""
    value = known.get("return-path")
    return None if value is None else value.strip().removeprefix("<").removesuffix(">")


def _by_address(known: Mapping[str, str], sender: str | None, from_address: str, subject: str) -> Automatic | None:
    local = from_address.rpartition("@")[0] or from_address
    # A trampoline shop has such an address, too.
    if _DAEMON.match(local[:200]) and not (local.lower().startswith("bounce") and by_hand(known)):
        return Automatic(AutomaticKind.AUTO_GENERATED, f"from {from_address[:60]}")
    # A contact form writes from no-reply@ too, but names the person in Reply-To.
    if _NO_REPLY.match(local[:200]) and not known.get("reply-to", "").strip():
        return Automatic(AutomaticKind.AUTO_GENERATED, f"from {from_address[:60]}")
    if _AGGREGATE.match(subject):
        return Automatic(AutomaticKind.AUTO_GENERATED, "DMARC report")
    if _ASKS_BACK.search(subject[:300]):
        return Automatic(AutomaticKind.AUTO_REPLY, "challenge")
    if sender == "staff@hotmail.com" or (from_address == "staff@hotmail.com" and "complaint" in subject):
        return Automatic(AutomaticKind.AUTO_GENERATED, "feedback report")  # Outlook.com's, which are no RFC 5965
    if _MONITOR.match(subject) and "in-reply-to" not in known and not by_hand(known):
        return Automatic(AutomaticKind.AUTO_GENERATED, f"subject: {subject[:60]}")
    # Some phones and gateways send a person's answer with no return path.
    if sender == "" and not (_answers(known) and names_a_program(known)):
        return Automatic(AutomaticKind.AUTO_GENERATED, "null return path")
    if sender and sender.lower().startswith(("mailer-daemon@", "mdaemon@")):
        return Automatic(AutomaticKind.AUTO_GENERATED, f"return path {sender[:60]}")
    return None


def _to_many(known: Mapping[str, str]) -> Automatic | None:
    if evidence := _mailing_list(known):
        return Automatic(AutomaticKind.LIST, evidence)
    for name in _MANY_FIELDS:
        # Programs for sellers offer to end the correspondence in each letter: an answer is one person's all the same.
        if known.get(name, "").strip() and not (name == "list-unsubscribe" and _answers(known)):
            return Automatic(AutomaticKind.BULK, name)
    precedence = known.get("precedence", "").strip().lower()
    return Automatic(AutomaticKind.BULK, f"Precedence: {precedence}") if precedence in ("bulk", "list") else None


def _mailing_list(known: Mapping[str, str]) -> str:
    """The evidence that people write to each other there, "" for none: RFC 2369 gives such a list an address to post
    to, and a newsletter none, or "NO"."""
    if any(known.get(name, "").strip() for name in _CAMPAIGN_FIELDS):
        return ""
    post = known.get("list-post", "").strip()
    if "mailto:" in post.lower():
        return f"list-post: {post[:60]}"
    for name in ("mailing-list", "x-mailing-list", "x-mailman-version"):
        if known.get(name, "").strip():
            return f"{name}: {known[name].strip()[:60]}"
    if known.get("list-id", "").strip() and known.get("precedence", "").strip().lower() == "list":
        return f"list-id: {known['list-id'].strip()[:60]}"
    return ""
