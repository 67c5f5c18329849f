"""Reads delivery reports: who could not be reached, for good or for now, and which mail of ours it was.

RFC 3464 by our own reading first, then flufl.bounce, then the loose rules of `bounce_texts.py`; the last two only for
mail that looks like a machine's, for people quote reports too. Whether to believe a report is the checks' affair.
"""

from __future__ import annotations

import email
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flufl.bounce import all_failures

from mailgate.mail import bounce_texts as texts
from mailgate.mail.message import FailedRecipient, Report

_LONGEST_LINE: Final = 600  # bytes that flufl.bounce sees of one of the
_MOST_LINES: Final = 3_000  # lines
MAX_SCANNED: Final = 192 * 1024  # bytes of the mail that flufl.bounce and the loose rules see
MAX_RECIPIENTS: Final = 500

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,100}@(?:[\w-]{1,63}\.){0,8}[\w-]{1,63}")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_MESSAGE_ID = re.compile(
    r"^[ \t>]{0,6}(?:Message-ID|X-Message-ID)[ \t]{0,3}:\s{0,3}(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE
)
_TO = re.compile(r"^To[ \t]{0,3}:([^\n]{1,500}(?:\n[ \t][^\n]{0,500}){0,5})", re.IGNORECASE | re.MULTILINE)
_ORIGINALS: Final = (
    "text/rfc822-headers",
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "message/partial",
    "text/rfc822",
)
_STATUSES: Final = ("message/delivery-status", "message/global-delivery-status")
_SUCCESSES: Final = ("delivered", "relayed", "expanded", "deliverable", "delivery-success")


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One leaf of the mail. `body` is decoded and capped (64 KiB); of a message/* part it is the whole message."""

    content_type: str
    header: bytes
    body: bytes


def read_report(
    data: bytes, parts: Sequence[ReportPart], fields: Sequence[tuple[str, str]], subject: str, text: str
) -> Report | None:
    """The report that the mail is, or None. `data` is the raw mail, `text` what a person would read of it."""
    known: dict[str, str] = {}
    for name, value in fields:
        known.setdefault(name, value)
    if not texts.looks_like_machine(known, subject, text):
        return None
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
    notice = _sns(text)
    if notice is not None:
        return notice
    shown = text[:MAX_SCANNED]
    if texts.is_delay(subject, shown):
        addresses = texts.recipients(shown, _ours(known)) or _failed_field(known)
        rows = tuple(FailedRecipient(address, permanent=False) for address in addresses)
        return Report(rows, failed=False, original_message_id=original)
    return _loose(data, parts, known, subject, shown, original)


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
        if part.content_type in _STATUSES:
            rows += [row for group in _groups(part.body) if (row := _row(group)) is not None]
    return rows or None


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
    addresses = [
        _address_in(group.get(name, "")) for name in ("original-recipient", "final-recipient", "x-actual-recipient")
    ]
    address = next((one for one in addresses if one), "")
    if not address:
        return None
    action = group.get("action", "").split("(")[0].split(";")[0].strip().lower()
    diagnostic = group.get("diagnostic-code", "")
    match = _STATUS.search(group.get("status", "")) or _STATUS.search(diagnostic)
    status = match.group() if match else ""
    if action in _SUCCESSES or (not action and status.startswith("2")):
        settled = "delivered"
    elif action.startswith("delay"):
        settled = "delayed"
    else:  # "failed", "failure", "error", or nothing: a status group without a word of success
        settled = "failed"
    permanent = None if not status else status.startswith("5")
    return FailedRecipient(address, permanent, status, diagnostic[:500]), settled


def _address_in(value: str) -> str:
    """The address of `rfc822; <ann@example.com>` and of what is written instead of it."""
    _, semicolon, rest = value.partition(";")
    found = _ADDRESS.search(rest if semicolon else value)
    return _plain(found.group()) if found else ""


def _plain(address: str) -> str:
    return address.strip(".'`*").removeprefix("mailto:")


def _original_id(parts: Sequence[ReportPart], text: str, own: str) -> str | None:
    """The Message-ID of the mail that failed: from the part that holds it, else from a header shown in the text."""
    for part in parts:
        if part.content_type in _ORIGINALS:
            found = _MESSAGE_ID.search(part.body[:MAX_SCANNED].decode("utf-8", "replace"))
            if found:
                return found.group(1)
    for found in _MESSAGE_ID.finditer(text[:MAX_SCANNED]):
        if found.group(1) != own.strip():
            return found.group(1)
    return None


def _ours(known: Mapping[str, str]) -> frozenset[str]:
    """To whom the report came: that is the sender of the mail that failed, so never its recipient."""
    values = " ".join(
        known.get(name, "") for name in ("to", "delivered-to", "x-original-to", "envelope-to", "from", "return-path")
    )
    return frozenset(one.casefold() for one in _ADDRESS.findall(values[:5000]))


def _failed_field(known: Mapping[str, str]) -> list[str]:
    """X-Failed-Recipients, which Exim sets."""
    return [_plain(one) for one in _ADDRESS.findall(known.get("x-failed-recipients", "")[:20_000])]


def _sns(text: str) -> Report | None:
    """Amazon SES tells of bounces by a JSON notification."""
    opening = text.find("{")
    if opening < 0 or not ('"notificationType"' in text or '"eventType"' in text):
        return None
    try:
        notice: Any = json.JSONDecoder().raw_decode(text[opening:MAX_SCANNED])[0]
        inner = notice if "bounce" in notice else json.loads(notice.get("Message", "{}"))
        bounce = inner["bounce"]
        permanent = bounce.get("bounceType") == "Permanent"
        rows = tuple(
            FailedRecipient(
                str(one["emailAddress"]),
                permanent,
                str(one.get("status", "")),
                str(one.get("diagnosticCode", ""))[:500],
            )
            for one in bounce["bouncedRecipients"][:MAX_RECIPIENTS]
        )
        original = inner.get("mail", {}).get("commonHeaders", {}).get("messageId")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (
        Report(rows, failed=True, original_message_id=original if isinstance(original, str) else None) if rows else None
    )


def _loose(
    data: bytes, parts: Sequence[ReportPart], known: Mapping[str, str], subject: str, text: str, original: str | None
) -> Report | None:
    """Reports that are no RFC 3464."""
    failing = texts.says_failed(subject, text)
    named = _failed_field(known)
    temporary, permanent = (set[str](), set[str]()) if named else _flufl(data)
    if not (failing or named or temporary or permanent):
        return None
    ours = _ours(known)
    addresses = (
        named or sorted(permanent) or sorted(temporary) or texts.recipients(text, ours) or _only_recipient(parts, ours)
    )
    lasting = texts.lasting(text)
    rows = tuple(
        FailedRecipient(address, True if address in permanent else lasting, *_said_of(address, text))
        for address in dict.fromkeys(addresses[:MAX_RECIPIENTS])
    )
    return Report(rows, failed=failing or bool(named or permanent), original_message_id=original)


def _only_recipient(parts: Sequence[ReportPart], ours: Collection[str]) -> list[str]:
    """Where no words name the recipient, the returned mail does, if it had but one."""
    for part in parts:
        found = (
            _TO.search(part.body[:MAX_SCANNED].decode("utf-8", "replace")) if part.content_type in _ORIGINALS else None
        )
        if found:
            addresses = dict.fromkeys(_plain(one) for one in _ADDRESS.findall(found.group(1)))
            return [one for one in addresses if one.casefold() not in ours] if len(addresses) == 1 else []
    return []


def _said_of(address: str, text: str) -> tuple[str, str]:
    """The status and the line of diagnosis that stand near an address."""
    at = text.find(address)
    near = text[at : at + 800] if at >= 0 else text[:2000]
    found = _STATUS.search(near)
    if not found or found.group(1) == "2":
        return "", ""
    line = near[near.rfind("\n", 0, found.start()) + 1 :].split("\n", 1)[0]
    return found.group(), line.strip()[:500]


def _flufl(data: bytes) -> tuple[set[str], set[str]]:
    """flufl.bounce's (temporary, permanent) failures. It raises on a missing or non-ASCII From; it is quadratic in
    ";;;" and in the length of a line, and runs forty times over the lines."""
    scanned = b"\n".join(line[:_LONGEST_LINE] for line in data[:MAX_SCANNED].split(b"\n")[:_MOST_LINES])
    if scanned.count(b";") > 4000:
        return set(), set()
    try:
        temporary, permanent = all_failures(email.message_from_bytes(scanned))
    except Exception:  # noqa: BLE001 - 38 real mails made it raise in its own code
        return set(), set()
    return set(_clean(temporary)), set(_clean(permanent))


def _clean(addresses: Iterable[bytes | str]) -> Iterable[str]:
    for address in addresses:
        shown = address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)
        found = _ADDRESS.search(shown)
        if found:
            yield _plain(found.group())
