"""DKIM signatures and ARC chains (RFC 6376, RFC 8617) by dkimpy, which asks through us. The one place that verifies.

Stricter than the RFCs: a signature that covers a part of the body only (`l=`), leaves any From, Subject or Content-Type
field uncovered, or uses SHA-1 (RFC 8301) counts as none. dkimpy's patterns are quadratic in white space, so that this
runs in a child process (`verify.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from mailgate.intake.resolver import Ask, NoAnswerNow
from mailgate.mail.authentication import Evidence, Found, judge_results
from mailgate.mail.domains import aligned
from mailgate.mail.message import Address, Authentication
from mailgate.mail.results import NoResults, read_results

_COVERED = (b"from", b"subject", b"content-type")
_NO_TYPE = "it does not cover every content-type field"
# Each costs a question, a hash of the whole body and a modular power: RFC 6376 §6.1 allows a limit.
_MOST_SIGNATURES = 10
_MOST_SEALS = 10

_Tags = Mapping[bytes, bytes]


def dkim_evidence(data: bytes, ask: Ask) -> list[Evidence]:
    """One piece of evidence for each DKIM-Signature, topmost first."""
    try:
        signed = dkim.DKIM(data)
    except (dkim.DKIMException, IndexError) as error:
        return [Evidence("dkim", Found.NONE, "", f"dkim=permerror: the header cannot be read ({error})"[:200])]
    count = sum(name.lower() == b"dkim-signature" for name, _ in signed.headers)
    if not count:
        return [Evidence("dkim", Found.NONE, "", "dkim=none")]
    return [_signature(data, place, ask) for place in range(min(count, _MOST_SIGNATURES))]


def _signature(data: bytes, place: int, ask: Ask) -> Evidence:
    signed = dkim.DKIM(data)  # anew for each: verifying adds to its state
    fields = [value for name, value in signed.headers if name.lower() == b"dkim-signature"]
    tags = _tags(fields[place])
    domain = _text(tags.get(b"d", b"")).lower()
    told = f"{domain or '(no domain)'} selector {_text(tags.get(b's', b'')) or '(none)'}"
    try:
        right = bool(signed.verify(idx=place, dnsfunc=_txt(ask)))
    except NoAnswerNow as error:
        return Evidence("dkim", Found.TEMPORARY, domain, f"dkim=temperror {told}: {error}")
    except dkim.ValidationError as error:
        return Evidence("dkim", Found.NONE, domain, f"dkim=fail {told}: {str(error).partition(' (')[0]}"[:300])
    except Exception as error:  # noqa: BLE001 - dkimpy has its own family, and stumbles over keys that are none
        return Evidence("dkim", Found.NONE, domain, f"dkim=permerror {told}: {type(error).__name__}")
    if not right:
        return Evidence("dkim", Found.NONE, domain, f"dkim=fail {told}")
    if why := _lacking(tags, [name.lower() for name, _ in signed.headers]):
        # Seen in the wild: Gmail and Yahoo leave Content-Type out.
        return Evidence("dkim", Found.NONE, domain, f"dkim=policy {told}: {why}", sound=why == _NO_TYPE)
    return Evidence("dkim", Found.PASS, domain, f"dkim=pass {told}")


def _lacking(tags: _Tags, present: Sequence[bytes]) -> str:
    """Why a signature that is right counts as none, "" where it counts."""
    if b"l" in tags:
        return "it covers a part of the body only (l=)"
    if tags.get(b"a", b"").endswith(b"sha1"):
        return "SHA-1"
    covered = [name.strip().lower() for name in tags.get(b"h", b"").split(b":")]
    for name in _COVERED:
        # A second Subject put on top is what a person sees; the one below is signed. So every one must be.
        if present.count(name) > covered.count(name) or (name == b"from" and name not in covered):
            return f"it does not cover every {_text(name)} field"
    return ""


def arc_evidence(data: bytes, author: Address, sealers: Sequence[str], ask: Ask) -> list[Evidence]:
    """What trusted sealers saw of the author before the mail was forwarded; nothing where there are none.

    The chain must be whole and its last seal a trusted sealer's: whoever sealed after him could have written anything.
    """
    try:
        chain = dkim.ARC(data)
    except (dkim.DKIMException, IndexError):
        return []  # the header cannot be read: DKIM has said so
    last, _ = chain.sorted_arc_headers()
    if not last:
        return []
    if last > _MOST_SEALS:
        return [Evidence("arc", Found.NONE, "", f"arc=fail: more than {_MOST_SEALS} seals")]
    try:
        validity, sets, why = chain.verify(dnsfunc=_txt(ask))
    except NoAnswerNow as error:
        return [Evidence("arc", Found.TEMPORARY, "", f"arc=temperror: {error}")]
    except Exception as error:  # noqa: BLE001 - as above
        return [Evidence("arc", Found.NONE, "", f"arc=permerror: {type(error).__name__}")]
    if validity != dkim.CV_Pass:
        return [Evidence("arc", Found.NONE, "", f"arc=fail: {why}"[:200])]
    if why := _lacking(_message_signature(chain, last), [name.lower() for name, _ in chain.headers]):
        return [Evidence("arc", Found.NONE, "", f"arc=policy: {why}")]
    return [_sealed(author, sealers, sets)]


def _sealed(author: Address, sealers: Sequence[str], sets: Iterable[Mapping[str, Any]]) -> Evidence:
    """From the last seal back, as long as they are trusted: what each wrote of the author."""
    told = "arc=pass"
    for one in sets:
        sealer, signer = _text(one["as-domain"]).lower(), _text(one["ams-domain"]).lower()
        if not any(aligned(sealer, trusted) and aligned(signer, trusted) for trusted in sealers):
            return Evidence("arc", Found.NONE, sealer, f"{told}: {sealer} is no trusted sealer")
        try:
            _, _, field = _text(one["aar-value"]).strip().partition(";")
            results = read_results(field.strip())
        except NoResults as why:
            return Evidence("arc", Found.NONE, sealer, f"{told}: what {sealer} saw cannot be read ({why})")
        judgement = judge_results(author, results.results, sealer)
        told = f"arc=pass, sealed by {sealer}"
        if judgement.authentication is Authentication.PASS:
            return Evidence("arc", Found.PASS, author.domain, f"{told}: {judgement.proof.lines[-1]}")
    return Evidence("arc", Found.NONE, "", f"{told}: no pass that counts for {author.domain}")


def _message_signature(chain: Any, instance: int) -> _Tags:
    for name, value in chain.headers:
        tags = _tags(value) if name.lower() == b"arc-message-signature" else {}
        if tags.get(b"i") == str(instance).encode():
            return tags
    return {}


def _tags(value: bytes) -> _Tags:
    try:
        tags: _Tags = parse_tag_value(value)
    except InvalidTagValueList:
        return {}
    return tags


def _txt(ask: Ask) -> Callable[..., bytes | None]:
    """dkimpy's question for a key. Several records are as good as none (RFC 6376 §3.6.2.2)."""

    def key(name: bytes, timeout: int = 0) -> bytes | None:  # noqa: ARG001 - dkimpy's form; `ask` knows how long
        try:
            records = ask(name.decode("ascii"), "TXT")
        except UnicodeDecodeError:
            return None
        return records[0] if len(records) == 1 else None

    return key


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace")[:253]
