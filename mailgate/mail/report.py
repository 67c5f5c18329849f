"""Reads delivery reports: who could not be reached, for good or for now, and which mail of ours it was.

RFC 3464 first, wherever its fields stand, then what `report_words.py` finds; only in mail that looks like a machine's,
for people quote reports too. Whether to believe a report is the checks' affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mailgate.mail import bounce_places as places
from mailgate.mail import bounce_texts as texts
from mailgate.mail.enhanced_status import STATUS, for_good
from mailgate.mail.message import FailedRecipient, Report
from mailgate.mail.report_words import (
    ADDRESS,
    MAX_RECIPIENTS,
    MAX_SCANNED,
    ORIGINALS,
    ReportPart,
    failed_field,
    loose,
    ours,
    plain,
    sns,
)

_MESSAGE_ID = re.compile(
    r"^[ \t>]{0,6}(?:[\w :-]{0,40}\*[ \t]{1,3})?(?:Message-ID|X-Message-ID)[ \t]{0,3}:\s{0,3}(<[^<>\s]{1,250}>)",
    re.IGNORECASE | re.MULTILINE,
)
_STATUSES: Final = ("message/delivery-status", "message/global-delivery-status")
_MISNAMED: Final = ("text/plain", "application/octet-stream", "text/x-delivery-status")
_STATUS_BEGINS = re.compile(
    rb"\s{0,100}(?:Reporting-MTA|Original-Envelope-Id|Arrival-Date|DSN-Gateway|Received-From-MTA|(?:Final|Original)-Recipient)"
    rb"[ \t]{0,3}:",
    re.IGNORECASE,
)
_HEX = re.compile(r"\+([0-9A-F]{2})")
_SUCCESSES: Final = ("delivered", "relayed", "expanded", "deliverable", "delivery-success")


def read_report(
    data: bytes, parts: Iterable[ReportPart], fields: Sequence[tuple[str, str]], subject: str, text: str
) -> Report | None:
    """The report that the mail is, or None. `data` is the raw mail, `text` what a person would read of it; `parts` are
    asked for only where it may be one."""
    known: dict[str, str] = {}
    for name, value in fields:
        known.setdefault(name, value)
    subject, text = subject.replace("’", "'"), text.replace("’", "'")
    if not texts.looks_like_machine(known, subject, text):
        return None
    parts = tuple(parts)
    original = _original_id(parts, text, known.get("message-id", ""))
    receipts = [part for part in parts if part.content_type == "message/disposition-notification"]
    if receipts:
        return _refused(receipts, known, text, original)
    standard = _delivery_status(parts)
    found = standard or _stray_status(data)
    if found is not None:
        report = _report(found, original)
        return replace(report, standard=standard is not None) if report else None
    if any(part.content_type == "message/feedback-report" for part in parts) or texts.is_challenge(subject, text):
        return None
    if texts.is_success(subject, text):
        return None
    notice = sns(text)
    if notice is not None:
        return notice
    shown = text[:MAX_SCANNED]
    if texts.is_delay(subject, shown):
        addresses = places.recipients(shown, ours(known)) or failed_field(known)
        rows = tuple(FailedRecipient(address, permanent=False) for address in addresses)
        return Report(rows, failed=False, original_message_id=original)
    return loose(data, parts, known, subject, shown, original)


def _report(rows: Iterable[tuple[FailedRecipient, str]], original: str | None) -> Report | None:
    """Rows of (recipient, action): failures alone if there are any, else delays, else nothing that failed."""
    failed: dict[str, FailedRecipient] = {}
    delayed: dict[str, FailedRecipient] = {}
    for recipient, action in rows:
        wanted = failed if action == "failed" else delayed if action == "delayed" else None
        if wanted is not None and len(wanted) < MAX_RECIPIENTS:
            wanted.setdefault(recipient.address.casefold(), recipient)
    if failed:
        return Report(tuple(failed.values()), failed=True, original_message_id=original)
    if delayed:
        return Report(tuple(delayed.values()), failed=False, original_message_id=original)
    return None


def _delivery_status(parts: Sequence[ReportPart]) -> list[tuple[FailedRecipient, str]] | None:
    """The per-recipient groups of RFC 3464 §2.3; None where the mail has no readable ones."""
    rows: list[tuple[FailedRecipient, str]] = []
    for part in parts:
        if part.content_type in _STATUSES or _is_status(part):
            rows += [row for group in _groups(part.body) if (row := _row(group)) is not None]
    return rows or None


def _is_status(part: ReportPart) -> bool:
    """Gateways give such parts other types: they begin with the fields of RFC 3464 §2.2 all the same."""
    return part.content_type in _MISNAMED and _STATUS_BEGINS.match(part.body[:2000]) is not None


def _stray_status(data: bytes) -> list[tuple[FailedRecipient, str]] | None:
    """The same groups in the open text: boundaries get lost, and gateways flatten reports."""
    at = data[:MAX_SCANNED].lower().find(b"\nfinal-recipient:")
    if at < 0:
        return None
    opening = max(data.rfind(b"\n\n", 0, at), data.rfind(b"\r\n\r\n", 0, at), 0)
    groups = _groups(data[opening : at + 32 * 1024])
    rows = [_row(group) for group in groups if "action" in group or "status" in group]
    return [row for row in rows if row is not None] or None


def _refused(
    receipts: Sequence[ReportPart], known: Mapping[str, str], text: str, original: str | None
) -> Report | None:
    """A receipt (RFC 8098) is no report, but Dovecot refuses mail by one: "automatically rejected: Quota exceeded"."""
    if "reject" not in known.get("auto-submitted", "").lower() and "automatically rejected" not in text[:2000]:
        return None
    rows = [row for part in receipts for group in _groups(part.body) if (row := _row(group)) is not None]
    return _report([(recipient, "failed") for recipient, _ in rows], original)


def _groups(body: bytes) -> list[dict[str, str]]:
    """Header-like groups parted by empty lines; a new recipient in the same group opens one too (seen in the wild)."""
    groups: list[dict[str, str]] = [{}]
    last = ""
    for line in body.decode("utf-8", "replace").splitlines()[:20_000]:
        if not line.strip():
            groups.append({})
            last = ""
            continue
        if line[0] in " \t" and last:
            groups[-1][last] = f"{groups[-1][last]} {line.strip()}"[:2000]
            continue
        name, colon, value = line.partition(":")
        last = name.strip().lower() if colon else ""
        if not last:
            continue
        if last == "final-recipient" and last in groups[-1]:
            groups.append({})
        groups[-1].setdefault(last, value.strip()[:2000])
    return groups


def _row(group: Mapping[str, str]) -> tuple[FailedRecipient, str] | None:
    original, final, actual = (
        _address_in(group.get(name, "")) for name in ("original-recipient", "final-recipient", "x-actual-recipient")
    )
    xtext = _HEX.sub(
        lambda found: chr(int(found[1], 16)), original
    )  # RFC 3461 §4, which is to be undone and often is not
    address = final if xtext.casefold() == final.casefold() != "" else original or final or actual
    if not address:
        return None
    action = group.get("action", "").split("(")[0].split(";")[0].strip().lower()
    diagnostic = group.get("diagnostic-code", "")
    match = STATUS.search(group.get("status", "")) or STATUS.search(diagnostic)
    status = match.group() if match else ""
    if action in _SUCCESSES or (not action and status.startswith("2")):
        settled = "delivered"
    elif action.startswith("delay"):
        settled = "delayed"
    else:  # "failed", "failure", "error", or nothing: a status group without a word of success
        settled = "failed"
    return FailedRecipient(address, for_good(status, diagnostic), status, diagnostic[:500]), settled


def _address_in(value: str) -> str:
    """The address of `rfc822; <ann@example.com>` and of what is written instead of it."""
    _, semicolon, rest = value.partition(";")
    found = ADDRESS.search(rest if semicolon else value)
    return plain(found.group()) if found else ""


def _original_id(parts: Sequence[ReportPart], text: str, own: str) -> str | None:
    """The Message-ID of the mail that failed: from the part that holds it, else from a header shown in the text."""
    for part in parts:
        if part.content_type in ORIGINALS:
            found = _MESSAGE_ID.search(part.body[:MAX_SCANNED].decode("utf-8", "replace"))
            if found:
                return found.group(1)
    for found in _MESSAGE_ID.finditer(text[:MAX_SCANNED]):
        if found.group(1) != own.strip():
            return found.group(1)
    return None
