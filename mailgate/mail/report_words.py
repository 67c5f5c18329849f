"""Reads reports that are no RFC 3464: by the field that Exim sets, by flufl.bounce, by their words, by SES's JSON."""

from __future__ import annotations

import email
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any, Final

from flufl.bounce import all_failures

from mailgate.mail import bounce_places as places
from mailgate.mail import bounce_texts as texts
from mailgate.mail.enhanced_status import STATUS, for_good
from mailgate.mail.message import FailedRecipient, Report

ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,100}@(?:[\w-]{1,63}\.){0,8}[\w-]{1,63}")
MAX_SCANNED: Final = 192 * 1024  # bytes of the mail that flufl.bounce and the loose rules see
_LONGEST_LINE: Final = 600  # bytes that flufl.bounce sees of one of the
_MOST_LINES: Final = 3_000  # lines
MAX_RECIPIENTS: Final = 500
ORIGINALS: Final = (
    "text/rfc822-headers",
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "message/partial",
    "text/rfc822",
)
_EIGHT_BIT = re.compile(rb"[^\x00-\x7f]")
_VERP = re.compile(r"[+-]([\w.]{1,60})=([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})@")
_TO = re.compile(r"^To[ \t]{0,3}:([^\n]{1,500}(?:\n[ \t][^\n]{0,500}){0,5})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One leaf of the mail. `body` is decoded and capped (64 KiB); of a message/* part it is the whole message."""

    content_type: str
    header: bytes
    body: bytes


def plain(address: str) -> str:
    return address.strip(".'`*").removeprefix("mailto:")


def ours(known: Mapping[str, str]) -> frozenset[str]:
    """To whom the report came: that is the sender of the mail that failed, so never its recipient."""
    values = " ".join(
        known.get(name, "") for name in ("to", "delivered-to", "x-original-to", "envelope-to", "from", "return-path")
    )
    return frozenset(one.casefold() for one in ADDRESS.findall(values[:5000]))


def failed_field(known: Mapping[str, str]) -> list[str]:
    """X-Failed-Recipients, which Exim sets."""
    return [plain(one) for one in ADDRESS.findall(known.get("x-failed-recipients", "")[:20_000])]


def sns(text: str) -> Report | None:
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


def loose(
    data: bytes, parts: Sequence[ReportPart], known: Mapping[str, str], subject: str, text: str, original: str | None
) -> Report | None:
    """Reports that are no RFC 3464."""
    failing = texts.says_failed(subject, text)
    home = ours(known)
    named = _also_said(failed_field(known), text, home)
    temporary, permanent = (set[str](), set[str]()) if named else _flufl(data)
    if not (failing or named or temporary or permanent):
        return None
    found = sorted(permanent) or sorted(temporary)
    spoken = [] if named else places.recipients(text, home)
    addresses = (
        named
        or (spoken if set(found) < {one.casefold() for one in spoken} and places.names_in_front(text) else found)
        or spoken
        or _linked(parts, home)
        or places.recipients(subject, home)
        or _only_recipient(parts, home)
        or _verp(known)
    )
    if not addresses and not original and not texts.says_failed(subject, ""):
        return None  # "Your mailbox is almost full"
    above = "\n".join(places.above_the_returned(text))
    rows = tuple(_row(one, above, one in permanent) for one in dict.fromkeys(addresses[:MAX_RECIPIENTS]))
    return Report(rows, failed=failing or bool(named or permanent), original_message_id=original)


def _row(address: str, text: str, permanent: bool) -> FailedRecipient:
    status, said = _said_of(address, text)
    lasting = texts.lasting(text)
    good = for_good(status, said) if status else True if permanent and lasting is not False else lasting
    return FailedRecipient(address, good, status, said)


def _also_said(named: list[str], text: str, home: Collection[str]) -> list[str]:
    """The recipients of the field; those of the words, where these speak of none of them (the field was rewritten)."""
    low = "\n".join(places.above_the_returned(text)).casefold()
    if not named or any(one.casefold() in low for one in named):
        return named
    return places.recipients(text, home) or named


def _verp(known: Mapping[str, str]) -> list[str]:
    """The recipient that stands in the return path to which the report came: `news+ann=example.com@example.org`."""
    found = _VERP.search(known.get("delivered-to", "") or known.get("to", "")[:1000])
    return [f"{found[1]}@{found[2]}"] if found else []


def _linked(parts: Sequence[ReportPart], home: Collection[str]) -> list[str]:
    html = next((part.body[:MAX_SCANNED] for part in parts if part.content_type == "text/html"), b"")
    return places.linked(html.decode("utf-8", "replace"), home)


def _only_recipient(parts: Sequence[ReportPart], home: Collection[str]) -> list[str]:
    """Where no words name the recipient, the returned mail does, if it had but one."""
    for part in parts:
        found = (
            _TO.search(part.body[:MAX_SCANNED].decode("utf-8", "replace")) if part.content_type in ORIGINALS else None
        )
        if found:
            addresses = dict.fromkeys(plain(one) for one in ADDRESS.findall(found.group(1)))
            return [one for one in addresses if one.casefold() not in home] if len(addresses) == 1 else []
    return []


def _said_of(address: str, text: str) -> tuple[str, str]:
    """The status and the line of diagnosis that stand near an address."""
    at = text.find(address)
    near = text[at : at + 800] if at >= 0 else text[:2000]
    found = STATUS.search(near)
    if not found or found.group(1) == "2":
        return "", ""
    line = near[near.rfind("\n", 0, found.start()) + 1 :].split("\n", 1)[0]
    return found.group(), line.strip()[:500]


def _flufl(data: bytes) -> tuple[set[str], set[str]]:
    """flufl.bounce's (temporary, permanent) failures. It raises on a missing or non-ASCII From (and logs the
    traceback), so it sees neither; it is quadratic in ";;;" and in the length of a line, and runs forty times over
    the lines."""
    scanned = b"\n".join(line[:_LONGEST_LINE] for line in data[:MAX_SCANNED].split(b"\n")[:_MOST_LINES])
    header, end, body = scanned.partition(b"\n\n" if b"\r\n" not in scanned[:1000] else b"\n\r\n")
    scanned = _EIGHT_BIT.sub(b"?", header) + end + body
    if scanned.count(b";") > 4000:
        return set(), set()
    try:
        message = email.message_from_bytes(scanned)
        if not getaddresses([message.get("from", "")]):
            del message["From"]
            message["From"] = "nobody"
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - 38 real mails made it raise in its own code
        return set(), set()
    return set(_clean(temporary)), set(_clean(permanent))


def _clean(addresses: Iterable[bytes | str]) -> Iterable[str]:
    for address in addresses:
        shown = address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)
        found = ADDRESS.search(shown)
        if found:
            yield plain(found.group())
